"""No spelling of an address that is not public, and no way of bringing it in, makes us connect to it.

Two witnesses: listeners on loopback count what they accept, and the interpreter reports every connect that is tried.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from feeds.fetch import Fetcher
from feeds.guard import Guard
from feeds.policy import PUBLIC_PORTS, FetchPolicy
from newsdesk.errors import FetchError
from tests.feeds.addresses import PUBLIC
from tests.feeds.loopback import answer, policy
from tests.feeds.witness import connects
from tests.torture.frame import Figures
from tests.torture.spellings import FRONT, LOOPBACK, Spelling, answers_for, spellings

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SPELLINGS = spellings()
HOPS = 5
BODY = b"<rss><channel/></rss>"
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@dataclass
class Field:
    """The listeners, which nobody may reach, and the front, an allowed server that leads to them. All on one port."""

    port: int = 0
    accepted: int = 0
    asked: int = 0
    targets: dict[int, str] = field(default_factory=dict)
    """Where the front's last redirect leads, by the number of the try."""

    async def hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A listener: whoever comes here got past the guard."""
        self.accepted += 1
        await self._say(reader, writer, lambda path: answer(BODY))

    async def front(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The allowed server: ``/hop/N/TRY`` redirects N times and then to the try's target, other paths are a feed."""
        self.asked += 1
        await self._say(reader, writer, self._front)

    def _front(self, path: str) -> bytes:
        parts = path.strip("/").split("/")
        if parts[0] != "hop" or not path.replace("/", "").removeprefix("hop").isdigit():
            return answer(BODY)
        left, number = int(parts[1]), int(parts[2])
        target = f"/hop/{left - 1}/{number}" if left > 1 else self.targets[number]
        head = f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n"
        return head.encode()

    async def _say(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, what: Callable[[str], bytes]
    ) -> None:
        try:
            line = (await reader.readuntil(b"\r\n\r\n")).split(b" ")
            writer.write(what(line[1].decode("latin-1")))
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def standing() -> AsyncIterator[Field]:
    """The servers, for as long as the block lasts."""
    ground = Field()
    async with AsyncExitStack() as stack:
        first = await asyncio.start_server(ground.front, FRONT, 0)
        ground.port = first.sockets[0].getsockname()[1]
        await stack.enter_async_context(first)
        for address in LOOPBACK:
            await stack.enter_async_context(await asyncio.start_server(ground.hear, address, ground.port))
        yield ground


@dataclass
class Names:
    """The name service of the tries: it lies where a try wants it to."""

    answers: dict[str, list[list[str]]] = field(default_factory=dict)
    """What a host answers, the first time, the second …; the last one stands."""
    asked: Counter[str] = field(default_factory=Counter)

    def __call__(self, host: str, port: int, family: socket.AddressFamily) -> list[Any]:
        self.asked[host] += 1
        known = self.answers.get(host)
        if known is None:
            return answers_for(host, port, family)
        turn = known[min(self.asked[host], len(known)) - 1]
        return [self._answer(host, address, port) for address in turn]

    @staticmethod
    def _answer(host: str, address: str, port: int) -> dict[str, object]:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return {"hostname": host, "host": address, "port": port, "family": family, "proto": 6, "flags": flags}


@dataclass
class Tries:
    """One fetcher with its lying name service, and the ground that it must not touch."""

    fetcher: Fetcher
    names: Names
    ground: Field
    environment: pytest.MonkeyPatch

    async def direct(self, number: int, spelling: Spelling) -> str:
        """The operator's file names the address itself."""
        return await self._outcome(spelling.at(self.ground.port))

    async def redirect(self, number: int, spelling: Spelling) -> str:
        """An allowed server leads there, over one to five redirects."""
        # A header carries no line break; everything else of the spelling arrives as it is.
        self.ground.targets[number] = spelling.at(self.ground.port).replace("\r", "").replace("\n", "").strip()
        return await self._outcome(f"http://{FRONT}:{self.ground.port}/hop/{1 + number % HOPS}/{number}")

    async def rebinding(self, number: int, spelling: Spelling) -> str:
        """A name stands for an allowed address first, and for the target when it is asked again."""
        host = f"r{number}.rebinding.example"
        self.names.answers[host] = [[FRONT], [spelling.means]]
        self.ground.targets[number] = f"http://{host}:{self.ground.port}/again"
        return await self._outcome(f"http://{host}:{self.ground.port}/hop/1/{number}")

    async def mixed(self, number: int, spelling: Spelling) -> str:
        """A name stands for the target and an allowed address at once, in both orders, and twice."""
        host = f"m{number}.mixed.example"
        orders = [spelling.means, FRONT], [spelling.means, spelling.means, FRONT], [FRONT, spelling.means]
        self.names.answers[host] = [orders[number % 3]]
        return await self._outcome(f"http://{host}:{self.ground.port}/feed")

    async def proxy(self, number: int, spelling: Spelling) -> str:
        """The environment names the target as a proxy for everything."""
        for name in PROXIES:
            self.environment.setenv(name, spelling.at(self.ground.port).strip().replace("/feed.xml", ""))
        try:
            return await self._outcome(f"http://{FRONT}:{self.ground.port}/feed")
        finally:
            for name in PROXIES:
                self.environment.delenv(name)

    async def _outcome(self, url: str) -> str:
        try:
            fetched = await self.fetcher.fetch(url, now=NOW)
        except FetchError as error:
            return error.status
        return "read" if fetched.body == BODY else "something else"


Way = Callable[[Tries, int, Spelling], Awaitable[str]]
WAYS: dict[str, tuple[Way, set[str]]] = {
    "direct": (Tries.direct, {"blocked", "http", "dns"}),
    # "read" is for what is no address of its own but a path, such as "http:/127.0.0.1/": the front has it.
    "redirect": (Tries.redirect, {"blocked", "http", "dns", "redirect", "read"}),
    "rebinding": (Tries.rebinding, {"blocked"}),
    "mixed": (Tries.mixed, {"read"}),
    "proxy": (Tries.proxy, {"read"}),
}
"""How an address is brought in, and how a try may end."""


def guarded() -> FetchPolicy:
    """Only the front is allowed beside public addresses."""
    return policy(allow_networks=(f"{FRONT}/32",), total_seconds=5, connect_seconds=2)


def unguarded() -> FetchPolicy:
    """Every address is allowed: the guard is off."""
    return policy(allow_networks=("0.0.0.0/0", "::/0"), total_seconds=5, connect_seconds=1)


@asynccontextmanager
async def trying(limits: FetchPolicy, environment: pytest.MonkeyPatch) -> AsyncIterator[Tries]:
    names = Names()
    async with standing() as ground, Fetcher(limits, names=names) as fetcher:
        yield Tries(fetcher, names, ground, environment)


def reached(seen: list[object]) -> set[str]:
    """The addresses that were connected to, the front left out."""
    return {str(address[0]) for address in seen if isinstance(address, tuple) and address} - {FRONT}


def test_there_are_enough_spellings_and_ways(figures: Figures) -> None:
    """At least two hundred spellings, five ways, a thousand tries."""
    assert len({spelling.url for spelling in SPELLINGS}) == len(SPELLINGS) >= 200
    assert len(SPELLINGS) * len(WAYS) >= 1000
    assert sum(spelling.heard for spelling in SPELLINGS) >= 60
    figures.put(spellings=len(SPELLINGS), ways=len(WAYS), tries=0, connects=0)


@pytest.mark.parametrize("way", WAYS)
async def test_nothing_connects(way: str, monkeypatch: pytest.MonkeyPatch, figures: Figures) -> None:
    """Every spelling, brought in this way: no listener accepts, no connect is tried, and the try ends as it should."""
    bring, ends = WAYS[way]
    outcomes: Counter[str] = Counter()
    async with trying(guarded(), monkeypatch) as tries:
        with connects() as seen:
            for number, spelling in enumerate(SPELLINGS):
                outcome = await bring(tries, number, spelling)
                assert outcome in ends, f"{spelling}: {outcome}"
                assert reached(seen) == set(), spelling
                outcomes[outcome] += 1
        assert tries.ground.accepted == 0
        asked = tries.ground.asked
    assert asked == _requests_to_the_front(way) + (outcomes["read"] if way == "redirect" else 0)
    assert outcomes["read"] in (0, len(SPELLINGS)) or (way == "redirect" and outcomes["read"] < 12)
    done = int(str(figures.values.get("tries", 0))) + outcomes.total()
    figures.put(tries=done, connects=0, **{way: dict(outcomes)})


def _requests_to_the_front(way: str) -> int:
    """How often the allowed server must have been asked, if every try got as far as it should."""
    each = {"direct": 0, "rebinding": 1, "mixed": 1, "proxy": 1}
    if way in each:
        return each[way] * len(SPELLINGS)
    return sum(1 + number % HOPS for number in range(len(SPELLINGS)))


@pytest.mark.parametrize("way", WAYS)
async def test_without_the_guard_the_listeners_are_reached(
    way: str, monkeypatch: pytest.MonkeyPatch, figures: Figures
) -> None:
    """The same tries with every address allowed (and proxies believed) reach the listeners: the tries are real."""
    bring, _ = WAYS[way]
    audible = [(number, spelling) for number, spelling in enumerate(SPELLINGS) if spelling.heard]
    async with trying(unguarded(), monkeypatch) as tries:
        if way == "proxy":
            assert tries.fetcher._session is not None
            tries.fetcher._session._trust_env = True
        with connects() as seen:
            for number, spelling in audible:
                await bring(tries, number, spelling)
        accepted = tries.ground.accepted
    assert accepted >= 40, (way, accepted)
    assert reached(seen) & set(LOOPBACK)
    figures.put(**{f"unguarded_{way}": f"{accepted} of {len(audible)}"})


class Recording(Fetcher):
    """A fetcher that stops short of the connection and notes for which address the guard gave a socket."""

    def __init__(self, limits: FetchPolicy, names: Names) -> None:
        super().__init__(limits, names=names)
        self.targets: list[tuple[str, int]] = []

    def _socket(self, info: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
        super()._socket(info).close()
        self.targets.append((str(info[4][0]), int(str(info[4][1]))))
        raise OSError("recorded, not connected")


async def test_public_addresses_are_not_blocked(figures: Figures) -> None:
    """At least fifty public addresses, as literals and behind a name: each would be connected to, none is."""
    names = Names({f"public{number}.example": [[address]] for number, address in enumerate(PUBLIC)})
    wrong = []
    with connects() as seen:
        async with Recording(policy(allow_networks=()), names) as fetcher:
            for number, address in enumerate(PUBLIC):
                literal = f"[{address}]" if ":" in address else address
                for host in (literal, f"public{number}.example"):
                    fetcher.targets.clear()
                    with pytest.raises(FetchError) as caught:
                        await fetcher.fetch(f"https://{host}/rss", now=NOW)
                    if caught.value.status != "connect" or _targets(fetcher) != [(address, 443)]:
                        wrong.append((host, str(caught.value), fetcher.targets[:]))
    assert len(PUBLIC) >= 50
    assert (wrong, seen) == ([], [])
    figures.put(public_addresses=len(PUBLIC), false_blocks=0)


def _targets(fetcher: Recording) -> list[tuple[str, int]]:
    """What was recorded; the one IPv4 address inside an IPv6 one may be written in two ways."""
    return [(address.replace("::ffff:808:808", "::ffff:8.8.8.8"), port) for address, port in fetcher.targets]


async def test_a_guard_that_blocks_everything_is_noticed() -> None:
    """The check of public addresses can fail: with the ports closed none of them gets a socket."""
    async with Recording(policy(allow_networks=(), ports=()), Names()) as fetcher:
        with pytest.raises(FetchError, match="port 443 is not a web port"):
            await fetcher.fetch("https://1.1.1.1/rss", now=NOW)
    assert fetcher.targets == []


def test_the_policy_alone_says_the_same() -> None:
    """The decision without any socket: every meaning is refused, every public address is not."""
    guard = Guard.of((), PUBLIC_PORTS)
    assert {spelling.means for spelling in SPELLINGS if not guard.refusal(spelling.means, 443)} == set()
    assert {address for address in PUBLIC if guard.refusal(address, 443)} == set()
