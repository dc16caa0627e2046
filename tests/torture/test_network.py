"""A bad network: names without an answer, broken answers, stuck validators, a slow host. Nothing false is kept of what
they sent, and no other feed waits.

The name server, the servers, the polls and the database are real ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import os
import shutil
import socket
import struct
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.config import load_settings
from bot.wiring import fetch_policy
from feeds import fetch
from feeds.fetch import Fetcher
from newsdesk.schedule import is_due
from storage import open_store
from tests.feeds.loopback import Loopback, Request, Script, always, answer, loopback, then_silence
from tests.needs import lacking
from tests.torture.frame import Figures, Size, crowd_here
from tests.torture.network_room import HEALTHY, NO_ADDRESS, NOBODY
from tests.torture.newsmaker import feed, ordinary
from tests.torture.pollworld import NOW, source, world

ROOT = Path(__file__).parents[2]
SILENT = 22
"""Names without an answer: more than are asked at once."""


def test_the_program_ships_with_the_promised_limits() -> None:
    """What the rows of fetching are tried with, smaller or not, is what runs."""
    limits = fetch_policy(load_settings({}))
    assert (limits.connect_seconds, limits.total_seconds, limits.redirects) == (5, 20, 5)
    assert (limits.wire_bytes, limits.inflated_bytes) == (5 * 2**20, 10 * 2**20)
    assert (limits.per_host, limits.at_once, limits.full_after_hours) == (2, 20, 24)
    assert (limits.allow_networks, limits.ports) == ((), (80, 443, 8080, 8443))
    reading = limits.reading
    assert (reading.wall_seconds <= 10, reading.cpu_seconds < 5, reading.memory_bytes) == (True, True, 256 * 2**20)
    assert reading.feeds_per_child == 200


# --- names ------------------------------------------------------------------------------------------------------------


async def _in_a_room(folder: Path, silent: int, seconds: int, *options: str) -> dict[str, Any]:
    """What became of the program in a machine with a silent name server (see network_room.py)."""
    room = ["unshare", "--map-root-user", "--net", "--mount", sys.executable, "-m", "tests.torture.network_room"]
    words = [*room, str(folder), str(silent), str(seconds), *options]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*words, cwd=ROOT, stdout=pipe, stderr=pipe)
    out, err = await asyncio.wait_for(process.communicate(), 200)
    assert process.returncode == 0, err.decode()
    told: dict[str, Any] = json.loads(out)
    return told


async def _needs_a_room() -> None:
    ways = ["unshare", "--map-root-user", "--net", "--mount", "true"]
    if shutil.which("unshare") and shutil.which("ip"):
        process = await asyncio.create_subprocess_exec(*ways, stderr=asyncio.subprocess.DEVNULL)
        if await process.wait() == 0:
            return
    lacking("a machine with a name server of its own needs unshare, ip and user namespaces")


async def test_names_without_an_answer_keep_no_other_feed_waiting(tmp_path: Path, size: Size, figures: Figures) -> None:
    """More silent names than are asked at once, a name that there is not and one without an address are `dns`; the
    healthy feed behind them is read at its first poll, and the program ends at once although lookups still wait.

    With the lookups in a pool of threads the healthy feed is not found either, and the end waits for them.
    """
    await _needs_a_room()
    patience = size.pick(quick=1, full=5)
    folders = [tmp_path / "real", tmp_path / "pooled"]
    for folder in folders:
        folder.mkdir()
    hurry = () if size.full else ("--connect", str(patience))
    silence = 4 * patience
    real, pooled = await asyncio.gather(
        _in_a_room(folders[0], SILENT, silence, *hurry), _in_a_room(folders[1], SILENT, silence, *hurry, "--pooled")
    )
    slack = size.stretch(crowd_here())
    statuses = {name: told["status"] for name, told in real["polled"].items()}
    assert len(statuses) == SILENT + 3
    assert {name for name, status in statuses.items() if status != "dns"} == {HEALTHY}
    assert statuses[HEALTHY] == "ok"
    assert "not known" in real["polled"][NOBODY]["reason"]
    assert "o address" in real["polled"][NO_ADDRESS]["reason"]
    assert real["polled"][HEALTHY]["seconds"] < (patience + 1) * slack
    assert max(told["seconds"] for told in real["polled"].values()) < (2 * patience + 1) * slack
    assert (real["code"], real["ended"] < slack) == (0, True), real["ended"]
    assert pooled["polled"][HEALTHY]["status"] == "dns"
    assert pooled["ended"] > max(real["ended"], patience)
    waits = _waits(folders[0] / "var" / "lintas.db")
    assert all(0.9 <= wait / 600 <= 1.1 for wait in waits)
    assert max(waits) - min(waits) > 30
    assert len(set(waits)) > 20
    figures.put(
        silent_names=SILENT,
        healthy_seconds=real["polled"][HEALTHY]["seconds"],
        ended_after=real["ended"],
        with_a_pool_ended_after=pooled["ended"],
    )


def _waits(file: Path) -> list[float]:
    """For how many seconds each of the failed sources rests, as the database has it."""
    with contextlib.closing(open_store(f"sqlite:///{file}")) as store, store.read() as view:
        states = view.source_states().values()
        return [
            (state.next_check - state.last_poll).total_seconds()
            for state in states
            if state.failures == 1 and state.next_check and state.last_poll
        ]


# --- broken answers ---------------------------------------------------------------------------------------------------

OLD, NEW = [ordinary(1)], [ordinary(number) for number in range(1, 40)]
GOOD = answer(feed(OLD), ETag='"old"')
BODY = feed(NEW)
CHUNKED = b'HTTP/1.1 200 OK\r\nETag: "new"\r\nTransfer-Encoding: chunked\r\n\r\n'
WHOLE_ITEMS = BODY.index(b"</item>", len(BODY) // 2) + len(b"</item>")
"""A cut here leaves items that are whole: what came reads like a shorter feed."""


def _reset(cut: int) -> Script:
    """Half an answer, then a reset of the connection (RST), not an end."""

    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(BODY, ETag='"new"')[: -len(BODY) or None] + BODY[:cut])
        await writer.drain()
        end = writer.get_extra_info("socket")
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return script


def _drip(cut: int) -> Script:
    """What came first is a shorter feed; then a byte at a time."""

    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(BODY, ETag='"new"')[: -len(BODY)] + BODY[:cut])
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    return script


def _lying(cut: int) -> Script:
    return always(answer(BODY[:cut], Content_Length=str(len(BODY)), ETag='"new"'))


def _bad_chunk(cut: int) -> Script:
    return always(CHUNKED + b"%x\r\n%s\r\nZZ\r\n" % (cut, BODY[:cut]))


def _cut_chunk(cut: int) -> Script:
    return always(CHUNKED + b"%x\r\n%s" % (len(BODY), BODY[:cut]))


def _cut_gzip(cut: int) -> Script:
    packed = gzip.compress(BODY)
    return always(answer(packed[: len(packed) * cut // len(BODY)], Content_Encoding="gzip", ETag='"new"'))


def _silent(cut: int) -> Script:
    return then_silence(CHUNKED + b"%x\r\n%s" % (len(BODY), BODY[:cut]))


def _refused(cut: int) -> Script:
    return always(answer(BODY[:cut], status="503 Service Unavailable", ETag='"new"', Retry_After="1"))


FAULTS: dict[str, Callable[[int], Script]] = {
    "reset": _reset,
    "lying length": _lying,
    "bad chunk": _bad_chunk,
    "cut chunk": _cut_chunk,
    "cut gzip": _cut_gzip,
    "drip": _drip,
    "silence": _silent,
    "refused": _refused,
}


class Server:
    """One feed: a test sets what is answered next."""

    def __init__(self) -> None:
        self.script: Script = always(GOOD)

    async def __call__(self, request: Request, writer: asyncio.StreamWriter) -> None:
        await self.script(request, writer)


def _held(server: Loopback) -> tuple[int, int]:
    """Connections of ours to the server, whatever their state, and tasks of the loop that are not the server's."""
    lines = Path("/proc/self/net/tcp").read_text("ascii").splitlines()[1:]
    inodes = {os.readlink(path) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()}
    ends = [line.split() for line in lines]
    ours = sum(end[2].endswith(f":{server.port:04X}") and f"socket:[{end[9]}]" in inodes for end in ends)
    coroutines = [task.get_coro() for task in asyncio.all_tasks()]
    return ours, sum("loopback" not in getattr(one, "__qualname__", "") for one in coroutines)


async def _through_faults(folder: Path, cuts: list[int], seconds: float) -> tuple[list[str], int]:
    """Poll through every fault at every cut; what was kept of it or left behind, and how many polls that were."""
    said = Server()
    wrong: list[str] = []
    async with loopback(said) as server, world(folder, total_seconds=seconds) as here:
        await here.poller.poll(source(server))
        held_before = _held(server)
        for name in FAULTS:
            for cut in cuts:
                said.script = FAULTS[name](cut)
                begun = asyncio.get_running_loop().time()
                report = await here.poller.poll(source(server))
                late = asyncio.get_running_loop().time() - begun - seconds
                state, asked = await here.state(), server.requests[-1].headers
                checks = {
                    f"it was taken for {report.status}": report.failed,
                    f"{await here.kept()} articles": await here.kept() == 1,
                    f"validator {state.etag}": state.etag == asked.get("if-none-match") == '"old"',
                    f"{late:.1f} s after the deadline": late < max(1.0, crowd_here()),
                    f"connections and tasks {_held(server)}": _held(server) == held_before,
                }
                wrong += [f"{name} at {cut}: {what}" for what, holds in checks.items() if not holds]
        said.script = always(answer(BODY, ETag='"new"'))
        report = await here.poller.poll(source(server))
        assert (report.status, await here.kept()) == ("ok", len(NEW))
        assert (await here.state()).etag == '"new"'
        return wrong, len(server.requests)


async def test_nothing_of_a_broken_answer_is_kept(tmp_path: Path, size: Size, figures: Figures) -> None:
    """Cut anywhere and in any way, dripping or silent: no article, no validator, no socket and no task stays; and at the
    next poll the whole feed is read.
    """
    dice = size.dice("cuts")
    cuts = [WHOLE_ITEMS, *(dice.randrange(1, len(BODY)) for _ in range(size.pick(quick=1, full=19)))]
    wrong, polls = await _through_faults(tmp_path, cuts, seconds=0.4)
    assert not wrong, wrong[:5]
    figures.put(broken_answers=polls - 2)


async def test_proof_a_fetch_that_keeps_what_came_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a feed reads like a shorter one: with it came articles, and the validator of the whole."""

    async def lenient(self: Fetcher, response: aiohttp.ClientResponse, ask: object) -> bytes:
        parts = bytearray()
        with contextlib.suppress(aiohttp.ClientError):
            async for part in response.content.iter_any():
                parts += part
        return bytes(parts)

    monkeypatch.setattr(Fetcher, "_body", lenient)
    monkeypatch.setattr(sys.modules[__name__], "FAULTS", {name: FAULTS[name] for name in ("reset", "lying length")})
    wrong, _ = await _through_faults(tmp_path, [WHOLE_ITEMS], seconds=0.4)
    for what in ("taken for ok", "articles", 'validator "new"'):
        assert any(what in one for one in wrong), (what, wrong)


# --- validators that are stuck ----------------------------------------------------------------------------------------


STUCK = [
    {"ETag": '"for ever"'},
    {"ETag": 'W/"\\"'},
    {"Last_Modified": "Fri, 01 Jan 2100 00:00:00 GMT"},
    {"ETag": '"a"', "Last_Modified": "Sat, 01 Jan 2000 00:00:00 GMT"},
]


async def _stuck(folder: Path, **limits: object) -> list[tuple[list[timedelta], timedelta | None]]:
    """Three days at feeds whose server answers 304 to every validator, with news an hour after the first poll.

    Of each feed: when whole bodies were asked for, and when the news was stored, counted from the first poll.
    """
    whole: list[list[timedelta]] = [[] for _ in STUCK]
    stored: list[timedelta | None] = [None for _ in STUCK]

    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        number, passed = int(request.path.strip("/")), here.clock[0] - NOW
        if {"if-none-match", "if-modified-since"} & set(request.headers):
            writer.write(answer(status="304 Not Modified", Content_Length="-", **STUCK[number]))
            return
        whole[number].append(passed)
        shown = [ordinary(2 * number + one) for one in range(2 if passed > timedelta(hours=1) else 1)]
        writer.write(answer(feed(shown), **STUCK[number]))

    async with loopback(script) as server, world(folder, **limits) as here:
        sources = [source(server, f"s{n}", f"/{n}") for n in range(len(STUCK))]
        while here.clock[0] < NOW + timedelta(days=3):
            for number, report in enumerate(await here.poller.poll_all(sources)):
                assert not report.failed
                if report.stored and here.clock[0] > NOW:
                    stored[number] = here.clock[0] - NOW
            here.clock[0] += timedelta(hours=4)
    return list(zip(whole, stored, strict=True))


async def test_a_server_that_answers_304_for_ever_costs_a_day_at_most(tmp_path: Path) -> None:
    """Each day the whole body is asked for, once, whatever the validator claims; without that the news never comes."""
    believing = tmp_path / "believing"
    believing.mkdir()
    daily = [timedelta(hours=hours) for hours in (0, 24, 48)]
    assert await _stuck(tmp_path) == [(daily, timedelta(hours=24))] * len(STUCK)
    assert await _stuck(believing, full_after_hours=1e6) == [(daily[:1], None)] * len(STUCK)


# --- a server that asks for a rest ------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable", "200 OK"])
async def test_a_rest_that_is_asked_for_is_kept_within_reason(tmp_path: Path, status: str) -> None:
    """By seconds or a date, between the source's own pace and a day, whatever is claimed; it stands in the database."""
    asked = {
        "7200": timedelta(hours=2),
        "Tue, 24 Nov 2026 05:00:00 GMT": timedelta(hours=2),
        "1": timedelta(minutes=10),
        "99999999999": timedelta(days=1),
        "Fri, 31 Dec 9999 23:59:59 GMT": timedelta(days=1),
        "-5": timedelta(minutes=10),
        "soon": timedelta(minutes=10),
    }

    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(feed(OLD), status=status, Retry_After=list(asked)[int(request.path.strip("/"))]))

    async with loopback(script) as server, world(tmp_path, per_host=9) as here:
        sources = [source(server, f"s{number}", f"/{number}") for number in range(len(asked))]
        reports = await here.poller.poll_all(sources)
        assert {report.failed for report in reports} == {status != "200 OK"}
        for one, rest in zip(sources, asked.values(), strict=True):
            state = await here.state(one.id)
            assert state.next_check is not None
            assert 0.9 <= (state.next_check - NOW) / rest <= 1.1, (one, state)
            assert not is_due(one, state, NOW + 0.89 * rest)
            assert is_due(one, state, NOW + 1.11 * rest)


# --- a host that is slow ----------------------------------------------------------------------------------------------


class _Slow:
    """A host that never answers, and how many stood before it at once."""

    def __init__(self) -> None:
        self.inside = 0
        self.most = 0
        self.full = asyncio.Event()

    async def __call__(self, request: Request, writer: asyncio.StreamWriter) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        if self.inside == 2:
            self.full.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.inside -= 1


@contextlib.contextmanager
def _common_lanes_first() -> Iterator[None]:
    """The lanes as one might write them: the common one is taken before the host's."""

    @asynccontextmanager
    async def lane(self: Any, host: str, port: int) -> AsyncIterator[None]:
        semaphore, users = self._hosts.get((host, port), (asyncio.Semaphore(self._per_host), 0))
        self._hosts[host, port] = (semaphore, users + 1)
        async with self._all, semaphore:
            yield

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fetch._Lanes, "lane", lane)
        yield


@pytest.mark.parametrize("protected", [True, False])
async def test_a_slow_host_with_many_feeds_delays_no_other(tmp_path: Path, protected: bool, figures: Figures) -> None:
    """Thirty feeds of a host that never answers come first: it is asked twice at a time, and feeds of ten other hosts
    are read meanwhile. With the common lanes taken first they would all stand behind it.
    """
    slow = _Slow()
    async with AsyncExitStack() as stack:
        if not protected:
            stack.enter_context(_common_lanes_first())
        lazy = await stack.enter_async_context(loopback(slow))
        others = [await stack.enter_async_context(loopback(always(GOOD))) for _ in range(10)]
        here = await stack.enter_async_context(world(tmp_path, total_seconds=60))
        behind = [asyncio.create_task(here.poller.poll(source(lazy, f"s{number}"))) for number in range(30)]
        await asyncio.wait_for(slow.full.wait(), 20)
        polls = asyncio.gather(*(here.poller.poll(source(one, f"o{n}")) for n, one in enumerate(others)))
        begun = asyncio.get_running_loop().time()
        try:
            reports = await asyncio.wait_for(polls, 20 if protected else 1)
        except TimeoutError:
            reports = []
        seconds = asyncio.get_running_loop().time() - begun
        assert not any(task.done() for task in behind)
        for task in behind:
            task.cancel()
        await asyncio.gather(*behind, return_exceptions=True)
    assert slow.most == 2
    assert [report.status for report in reports] == (["ok"] * 10 if protected else [])
    if protected:
        figures.put(behind_a_slow_host_seconds=round(seconds, 2))
