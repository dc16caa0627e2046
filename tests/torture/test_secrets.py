"""Secrets: the token, the console's password and the database's are in no log, traceback, file or page, whatever fails."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus, urlencode

import pytest

from newsdesk.ports import Store
from storage import open_store
from tests.doubles.botapi import TOKEN, BotApiDouble
from tests.doubles.newsroom import queue
from tests.doubles.web import Page, WebDouble
from tests.torture.chatroom import Running, fill, start, write_book
from tests.torture.frame import Figures, Size

WEB_TOKEN = "s3sam-terbuka&lah/pintu+konsol"
PASSWORD = "k4ta s@ndi/p0stgres"
_SECRETS = (TOKEN, TOKEN.partition(":")[2], WEB_TOKEN, PASSWORD)
NEEDLES = tuple(
    {form.encode() for one in _SECRETS for form in (one, quote(one, safe=""), quote_plus(one), repr(one)[1:-1])}
)
POSTGRES = f"postgresql://lintas:{quote(PASSWORD, safe='')}@127.0.0.1:{{}}/lintas"
FEED = b'<?xml version="1.0"?><rss version="2.0"><channel><title>Uji</title></channel></rss>'
LOUD = ("--loud",)


@dataclass
class Sieve:
    """Everything that a person or a file could show, and the secrets found in it."""

    looked_at: int = 0
    found: list[str] = field(default_factory=list)

    def look(self, where: str, what: bytes) -> None:
        """Search these bytes."""
        self.looked_at += len(what)
        for needle in NEEDLES:
            at = what.find(needle)
            if at >= 0:
                self.found.append(f"{where}: {what[max(0, at - 80) : at + 10]!r}")

    def look_into(self, folder: Path) -> None:
        """Search every file, whatever it is."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.look(path.name, path.read_bytes())


@pytest.fixture
def feed() -> Iterator[str]:
    with WebDouble({"/feed": Page(FEED)}) as web:
        yield f"{web.url}/feed"


def _room(tmp_path: Path, name: str, feed: str) -> tuple[Path, Store]:
    folder = tmp_path / name
    folder.mkdir()
    write_book(folder, feed)
    store = open_store(f"sqlite:///{folder}/var/lintas.db")
    fill(store, 5, Size(False, 1).dice(name))
    queue(store, f"Film {name}")
    return folder, store


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _pages(port: int, sieve: Sieve) -> int:
    """Every page of the console, as a stranger, with the wrong and with the right password; how many were shown."""
    form = {"content-type": "application/x-www-form-urlencoded"}
    bearer = {"authorization": f"Bearer {WEB_TOKEN}"}
    asked = [
        ("GET", path, None, headers)
        for path in ("/", "/sources", "/login", "/healthz", "/metrics", "/nowhere")
        for headers in ({}, bearer)
    ]
    asked += [("POST", "/login", urlencode({"token": word}), form) for word in ("salah", WEB_TOKEN)]
    for method, path, body, headers in asked:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        sieve.look(f"{method} {path}", str(answer.getheaders()).encode() + answer.read())
        connection.close()
    return len(asked)


async def _through_trouble(tmp_path: Path, feed: str, api: BotApiDouble, sieve: Sieve, *changes: str) -> int:
    """The whole service, at DEBUG, through every kind of answer; the pages that were looked at."""
    folder, store = _room(tmp_path, "gangguan", feed)
    for number in range(4):
        queue(store, f"Film ke-{number}", chat=f"-10010000000{number}")
        api.chat(int(f"-10010000000{number}"), title="Kanal")
    port = _free_port()
    kinds = ("garbage", "html", "close", "drop", "error")
    for method, number in (("sendMessage", 5), ("getUpdates", 2), ("setMyCommands", 1), ("getMe", 4)):
        for kind in kinds[:number]:
            api.fault(method, kind, code=502, description=f"Bad Gateway: /bot{TOKEN}/{method}")
    changes = (
        *changes,
        *LOUD,
        "--set",
        "newsdesk.listening.SILENCE=3",
        "--set",
        "bot.telegram.room._BACK_OFF_MOST=0.1",
    )
    running = await start(folder, api, "run", changes=changes, WEB=f"127.0.0.1:{port}", WEB_TOKEN=WEB_TOKEN, LOG="json")
    await api.until(lambda: bool(api.menus) or len(api.called("setMyCommands")) > 0, timeout=60)
    await api.message("/search film korea")
    pages = await asyncio.to_thread(_pages, port, sieve)
    await api.until(lambda: len(api.texts()) > 0 or bool(api.accepted), timeout=60)
    assert await running.end(30) == 0, running.said()[-2000:]
    assert _all_events(running), running.said()[-3000:]
    store.close()
    sieve.look_into(folder)
    return pages


async def _refused(tmp_path: Path, feed: str, sieve: Sieve, code: int, *changes: str) -> int | None:
    """A token that Telegram does not know, or not any more; the exit code."""
    folder, store = _room(tmp_path, f"tolak{code}", feed)
    store.close()
    async with BotApiDouble() as api:
        api.fault("getMe", "error", times=100, code=code, description="Unauthorized" if code == 401 else "Not Found")
        running = await start(folder, api, "run", changes=(*changes, *LOUD))
        ended = await running.wait(60)
    sieve.look_into(folder)
    return ended


async def _with_errors_that_tell(
    tmp_path: Path, feed: str, api: BotApiDouble, sieve: Sieve, *changes: str
) -> int | None:
    """Errors whose text holds the address with the token, in every call; the exit code."""
    folder, store = _room(tmp_path, "alamat", feed)
    changes = (*changes, *LOUD, "--explode", "--set", "bot.telegram.room._BACK_OFF_MOST=0.2")
    running = await start(folder, api, "run", changes=changes)
    await _said(running, "cannot call", "no good", "cannot read", "not sent")
    ended = await running.end(60)
    store.close()
    sieve.look_into(folder)
    return ended


async def _without_tls(tmp_path: Path, feed: str, api: BotApiDouble, sieve: Sieve, *changes: str) -> int | None:
    """A server that does not speak TLS; the exit code."""
    folder, store = _room(tmp_path, "tls", feed)
    base = api.base.replace("http://", "https://")
    running = await start(folder, api, "run", changes=(*changes, *LOUD), TELEGRAM_API=base)
    await _said(running, "SSL", "not sent")
    ended = await running.end(60)
    store.close()
    sieve.look_into(folder)
    return ended


def _all_events(running: Running) -> bool:
    """Whether all that was said, by libraries, warnings, threads and last words, too, is one JSON object a line."""
    lines = running.said().splitlines()
    return bool(lines) and all(line.startswith("{") and isinstance(json.loads(line), dict) for line in lines)


async def _said(running: Running, *words: str) -> None:
    """Wait until the program has said all of these."""
    async with asyncio.timeout(90):
        while not all(word in running.said() for word in words):
            assert running.process.returncode is None, running.said()[-2000:]
            await asyncio.sleep(0.1)


async def _with_a_bug(tmp_path: Path, feed: str, api: BotApiDouble, sieve: Sieve, *changes: str) -> int | None:
    """A bug whose traceback, warning, thread and callback name every secret; the exit code."""
    folder, store = _room(tmp_path, "kutu", feed)
    store.close()
    settings = {"WEB_TOKEN": WEB_TOKEN, "CONTACT": f"mailto:redaksi@uji.example?{quote(PASSWORD, safe='')}"}
    running = await start(folder, api, "run", changes=(*changes, *LOUD, "--bug"), LOG="json", **settings)
    ended = await running.wait(60)
    assert _all_events(running), running.said()[-3000:]
    sieve.look("said", running.log.read_bytes().replace(quote(PASSWORD, safe="").encode(), b""))
    return ended


async def _with_databases(
    tmp_path: Path, feed: str, api: BotApiDouble, sieve: Sieve, *changes: str
) -> list[int | None]:
    """Databases with a password in their address that cannot be reached or read; the exit codes."""
    deaf = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = deaf.sockets[0].getsockname()[1]
    addresses = {
        "kosong": POSTGRES.format(_free_port()),
        "tuli": POSTGRES.format(port),
        "lain": POSTGRES.format(5432).replace("postgresql", "mysql"),
        "rusak": POSTGRES.format("bukan-angka"),
    }
    running: list[Running] = []
    for name, address in addresses.items():
        folder = tmp_path / name
        folder.mkdir()
        write_book(folder, feed)
        command = ("search", "film") if name == "kosong" else ("run", "--once")
        running.append(await start(folder, api, *command, changes=(*changes, *LOUD), DATABASE=address))
    ended = [await one.wait(90) for one in running]
    deaf.close()
    for name in addresses:
        sieve.look_into(tmp_path / name)
    return ended


async def test_secrets_are_nowhere_whatever_fails(
    tmp_path: Path, feed: str, api: BotApiDouble, figures: Figures
) -> None:
    """All that was said, written or shown, searched byte by byte, with every logger wide open."""
    sieve = Sieve()
    pages = await _through_trouble(tmp_path, feed, api, sieve)
    refused = await asyncio.gather(*(_refused(tmp_path, feed, sieve, code) for code in (401, 404)))
    told, tls, bug, databases = await asyncio.gather(
        _with_errors_that_tell(tmp_path, feed, api, sieve),
        _without_tls(tmp_path, feed, api, sieve),
        _with_a_bug(tmp_path, feed, api, sieve),
        _with_databases(tmp_path, feed, api, sieve),
    )
    figures.put(runs=10, pages=pages, kib_searched=sieve.looked_at // 1024, secrets_found=len(sieve.found))
    assert sieve.found == []
    assert refused == [4, 4]
    assert (told, tls) == (0, 0)
    assert bug == 1
    assert databases == [1, 1, 2, databases[3]]
    assert databases[3] in (1, 2)


async def test_without_hiding_the_same_runs_show_them(
    tmp_path: Path, feed: str, api: BotApiDouble, figures: Figures
) -> None:
    """The proof that hiding does it, for the token and for the others."""
    told, bugs = Sieve(), Sieve()
    await asyncio.gather(
        _with_errors_that_tell(tmp_path, feed, api, told, "--unhidden"),
        _with_a_bug(tmp_path, feed, api, bugs, "--unhidden"),
    )
    figures.put(found_without_hiding=len(told.found) + len(bugs.found))
    assert told.found
    assert bugs.found
