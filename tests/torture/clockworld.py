"""The program among its doubles, with a clock that is set while it runs, and what is measured of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import sub
from pathlib import Path
from typing import Any

import aiohttp

from tests.doubles.botapi import CHANNEL, OPERATORS, TOKEN, BotApiDouble
from tests.doubles.web import Page, WebDouble
from tests.newdb import lay_database
from tests.torture.newsmaker import Item, crossing, feed

ROOT = Path(__file__).parents[2]
SOURCES = ("a", "b", "c")
STARTING = 90.0
HOUR = 3600.0
DAY = 24 * HOUR
YEAR = 365 * DAY
_SOURCE = """
  - id: {name}
    name: Media {name}
    url: {url}/{name}
    every: 1m
    first: 20
"""
_ROUTES = f"""
routes:
  - id: highlights
    chat: {CHANNEL}
    when: at least 2 of [film, ai]
  - id: roundup
    chat: {CHANNEL}
    when: any of [film, ai]
    timezone: Europe/Berlin
    digest:
      at: ["02:30"]
      top: 12
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What one event brought about: polls by source, posts, CPU seconds, MiB grown, and complaints."""

    polls: tuple[int, ...]
    posts: int
    cpu: float
    grown: float
    wrong: tuple[str, ...] = ()


@dataclass
class ClockWorld:
    """A running program. `patience` is how long anything may take that should happen at once, in real seconds."""

    folder: Path
    web: WebDouble
    api: BotApiDouble
    port: int
    http: aiohttp.ClientSession
    patience: float = 20.0
    without: str = "-"
    roles: str = "poll,deliver,web"
    env: Mapping[str, str] = field(default_factory=dict)
    ahead: float = 0.0
    born: datetime = field(default_factory=lambda: datetime.now(UTC))
    steady: float = field(default_factory=time.monotonic)
    items: list[Item] = field(default_factory=list)
    process: asyncio.subprocess.Process | None = None

    # --- the clock -----------------------------------------------------------------------------------------------

    def true_time(self) -> datetime:
        """The time by which everything else goes."""
        return self.born + timedelta(seconds=time.monotonic() - self.steady)

    def until(self, moment: datetime) -> float:
        """By how much the clock must be ahead of the true time to show this moment."""
        return (moment - self.true_time()).total_seconds()

    def set(self, ahead: float) -> None:
        """Set the program's clock so many seconds ahead of the true time."""
        self.ahead = ahead
        self._write("clock", repr(ahead))

    def order(self, what: str) -> None:
        """Make the next poll tick misbehave: `block SECONDS` or `hang`."""
        self._write("clock.do", what)

    def _write(self, name: str, text: str) -> None:
        fresh = self.folder / "clock.new"
        fresh.write_text(text)
        fresh.replace(self.folder / name)

    # --- the program ---------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start it and wait until it has looked at each source."""
        self.set(self.ahead)
        before = self.asked()
        lay_database(self.folder)
        env = {name: value for name, value in os.environ.items() if not name.startswith("LINTAS_")}
        env |= {
            "LINTAS_TELEGRAM_TOKEN": TOKEN,
            "LINTAS_TELEGRAM_API": self.api.base,
            "LINTAS_OPERATORS_CHAT": str(OPERATORS),
            "LINTAS_ALLOW_NETWORKS": "127.0.0.0/8",
            "LINTAS_WEB": f"127.0.0.1:{self.port}",
            "LINTAS_CONTACT": "test@example.org",
            "LINTAS_SETTLE": "1",
            "TZ": "Europe/Berlin",
            "PYTHONPATH": str(ROOT),
            **self.env,
        }
        with (self.folder / "log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.torture.clocked", str(self.folder / "clock"), self.without),
                *("run", "--roles", self.roles),
                cwd=self.folder,
                env=env,
                stdout=log,
                stderr=log,
            )
        if not await self.happens(lambda: self.settled() and min(map(sub, self.asked(), before)) > 0, STARTING):
            raise AssertionError("it does not start:\n" + self.log())
        await self.quiet()

    def log(self) -> str:
        """What the program wrote."""
        return (self.folder / "log").read_text("utf-8", "replace")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program."""
        assert self.process is not None
        self.process.send_signal(number)

    async def end(self) -> int:
        """Ask it to end; the exit code."""
        assert self.process is not None
        self.signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), self.patience)

    def kill(self) -> None:
        """End it whatever it does."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()

    # --- what can be seen ------------------------------------------------------------------------------------------

    def asked(self) -> tuple[int, ...]:
        """How often each source was asked."""
        return tuple(self.web.asked[f"/{name}"] for name in SOURCES)

    def settled(self) -> bool:
        """Whether each poll that was begun has ended, as the log tells it."""
        log = self.log()
        return all(
            log.count(f"source={name} status") == times for name, times in zip(SOURCES, self.asked(), strict=True)
        )

    def posted(self) -> int:
        """How many messages the channel has taken."""
        return sum(message["chat"]["id"] == CHANNEL for message in self.api.accepted)

    def cpu(self) -> float:
        """CPU seconds that the program has used."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> tuple[float, float]:
        """Resident MiB of the program, now and at their highest."""
        assert self.process is not None
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        sizes = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines if line.endswith(" kB")}
        return sizes["VmRSS"], sizes["VmHWM"]

    async def happens(self, holds: Callable[[], bool], patience: float | None = None) -> bool:
        """Whether it comes about in time."""
        end = time.monotonic() + (self.patience if patience is None else patience)
        while not holds():
            if time.monotonic() > end or (self.process is not None and self.process.returncode is not None):
                return False
            await asyncio.sleep(0.01)
        return True

    async def quiet(self, seconds: float = 0.25) -> None:
        """Wait until nothing was asked or posted for so long: two polling ticks."""
        seen, since = (self.asked(), self.posted()), time.monotonic()
        end = since + self.patience
        while time.monotonic() - since < seconds and time.monotonic() < end:
            await asyncio.sleep(0.02)
            if (now := (self.asked(), self.posted())) != seen or not self.settled():
                seen, since = now, time.monotonic()

    # --- an event ----------------------------------------------------------------------------------------------------

    def news(self, make: Callable[[int], Item] = crossing) -> None:
        """Put a story into the first feed: one that goes out at once, unless another kind is made."""
        self.items.append(make(len(self.items)))
        self.web.pages["/a"] = Page(feed(self.items[-20:]))

    async def event(
        self,
        ahead: float,
        *,
        stopped: float = 0.0,
        polls: int = 1,
        posts: int | None = None,
        news: Callable[[int], Item] | None = crossing,
    ) -> Told:
        """Set the clock, perhaps while the program is stopped for so many real seconds, and see what follows.

        `polls` is how often each source should be asked. If at all, news of the kind `news` stands in a feed then;
        `posts` is how much should be posted, by default that story.
        """
        posts = polls if posts is None else posts
        if polls and news is not None:
            self.news(news)
        asked, posted, cpu, memory = self.asked(), self.posted(), self.cpu(), self.memory()
        if stopped:
            self.signal(signal.SIGSTOP)
            await asyncio.sleep(stopped)
        self.set(ahead)
        if stopped:
            self.signal(signal.SIGCONT)
        wanted = tuple(number + polls for number in asked)
        came = await self.happens(lambda: self.asked() >= wanted and self.posted() >= posted + posts and self.settled())
        await self.quiet()
        told = Told(
            polls=tuple(now - was for now, was in zip(self.asked(), asked, strict=True)),
            posts=self.posted() - posted,
            cpu=round(self.cpu() - cpu, 2),
            grown=round(max(map(sub, self.memory(), memory)), 1),
        )
        checks = {
            f"polls {told.polls}, not {polls} each": told.polls == (polls,) * len(SOURCES),
            f"{told.posts} posts, not {posts}": told.posts == posts,
            f"{told.cpu} CPU seconds": told.cpu <= 1.0,
            f"{told.grown} MiB grown": told.grown < 10,
            "not in time": came,
        }
        wrong = [what for what, holds in checks.items() if not holds] + await self._unwell()
        return Told(told.polls, told.posts, told.cpu, told.grown, tuple(wrong))

    async def _unwell(self) -> list[str]:
        """What /healthz and /metrics find wrong; nothing of a program that is gone already."""
        if self.process is None or self.process.returncode is not None:
            return ["the program ended"]
        try:
            status, body = await self.get("/healthz")
            metrics = await self.get("/metrics")
        except (aiohttp.ClientError, TimeoutError) as error:
            return [f"the console does not answer: {error!r}"]
        told = json.loads(body)
        wrong = [f"/healthz: {told['reasons']}"] if status != 200 else []
        wrong += [f"{name} is {age} s old" for name, age in told["ticks"].items() if not 0 <= age < STARTING]
        return wrong + [
            line for line in metrics[1].splitlines() if line.startswith("lintas_tick_age") and "} -" in line
        ]

    async def health_within(self, seconds: float) -> int | None:
        """What /healthz answers; None for no answer within so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                return (await self.get("/healthz"))[0]
        except TimeoutError:
            return None

    async def get(self, path: str) -> tuple[int, str]:
        """What the program's console answers."""
        async with asyncio.timeout(self.patience), self.http.get(f"http://127.0.0.1:{self.port}{path}") as answer:
            return answer.status, await answer.text()


@contextlib.asynccontextmanager
async def clock_world(folder: Path, **more: Any) -> AsyncIterator[ClockWorld]:
    """A world in which the program runs already; `more` are fields of it."""
    with WebDouble({f"/{name}": Page(feed([])) for name in SOURCES}) as web:
        rows = "".join(_SOURCE.format(name=name, url=web.url) for name in SOURCES)
        (folder / "sources.yaml").write_text(f"sources:{rows}{_ROUTES}")
        async with BotApiDouble() as api, aiohttp.ClientSession() as http:
            world = ClockWorld(folder, web, api, _free_port(), http, **more)
            try:
                await world.start()
                yield world
            finally:
                world.kill()
                if world.process is not None:
                    await world.process.wait()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
