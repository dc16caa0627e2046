"""The desk that polls hostile sources, in a process of its own: what is measured is the service and nothing else.

    python -m tests.torture.hostile_desk FOLDER HOSTILE_PORT HEALTHY_PORT LIMITS

The real Poller, Gateway and SQLite file. Jobs come on stdin, one line each; each gets one line of figures on stdout.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import structlog

from bench.storage import Made, ready_words
from bot import memory
from bot.poll import Poller
from bot.threads import StoreThreads
from bot.wiring import desk_for
from feeds.gateway import FetchPolicy, Gateway, ReadLimits
from newsdesk.sources import Listing, Source, SourceBook, SourceKind
from storage import open_store
from storage.holding import held_store
from tests.newdb import lay_database
from tests.torture.frame import size_here
from tests.torture.hostile_families import FAMILIES

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
PAUSE = 0.1
"""Seconds between two polls of the healthy feed."""
LATE = 1.0
"""Seconds that the healthy feed may take longer than usual."""
LONG = 9.0
"""Seconds from which a job is looked at like one that made others late."""
TRIES_AGAIN = 2
LARGE, LARGE_FULL = 1, 7
"""Large feeds that are read before anything is measured: what they leave in memory differs by a megabyte or so from one to
the next, as the allocator goes, and grows no further.
"""
FILLED = 20_000
"""Articles that are kept before the full size begins: the database's caches, which the healthy feed would fill in thousands
of polls, are full then."""
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Told:
    """What one job did. Seconds; bytes."""

    family: str
    size: int
    status: str
    reason: str
    wall: float
    cpu: float
    """Of the busiest child, in this job."""
    peak: int
    """VmHWM of the largest child."""
    late: float
    """How much longer than usual the healthy feed took, at most."""
    healthy: int
    """Healthy polls meanwhile."""
    rss: int
    """Of this process, after freed memory was given back."""
    children: int
    again: int
    """How often the job was run again because the healthy feed was late: what is late once may be the machine's doing,
    what is late each time is not."""
    busy: float
    """Seconds that starting an interpreter took right after a job that was late or long: 0.2 on a machine with time.
    Others' work slows us down as well, and is no fault of ours. 0 when it was not asked."""


def children() -> list[int]:
    """The process ids of our children."""
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as listed:
        return [int(pid) for pid in listed.read().split()]


def _proc(pid: int | str, name: str) -> str:
    """A file of /proc. Not by a Path, which interns its parts: at a hundred looks a second the interpreter's table of such
    names grows by two megabytes in some minutes, and would be taken for growth of the service.
    """
    with open(f"/proc/{pid}/{name}", encoding="ascii") as file:
        return file.read()


def status_bytes(pid: int | str, name: str) -> int:
    """A size in /proc/PID/status; 0 for a process that is gone."""
    with contextlib.suppress(OSError):
        for line in _proc(pid, "status").splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
    return 0


def cpu_seconds(pid: int) -> float:
    """The computing time of a process; 0 for one that is gone."""
    with contextlib.suppress(OSError):
        fields = _proc(pid, "stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS
    return 0.0


class Watch:
    """Looks at the children a hundred times a second, from a thread, and keeps the most of what it saw."""

    def __init__(self) -> None:
        self.peak = 0
        self.cpu = 0.0
        self.most = 0
        self._before = {pid: cpu_seconds(pid) for pid in children()}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._stop.wait(0.01):
            living = children()
            self.most = max(self.most, len(living))
            for pid in living:
                self.peak = max(self.peak, status_bytes(pid, "VmHWM"))
                self.cpu = max(self.cpu, cpu_seconds(pid) - self._before.get(pid, 0.0))

    @contextlib.contextmanager
    def watching(self) -> Iterator[Watch]:
        self._thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            self._thread.join()


class Bench:
    """A poller and the healthy feed that is polled all the time."""

    def __init__(self, poller: Poller, server: str, friend: str) -> None:
        self.poller = poller
        self.server = server
        self.friend = friend
        self.usual = 0.0

    def source(self, family: str, size: int) -> Source:
        kind = FAMILIES[family].kind
        return Source(
            id=f"{family}-{size}".replace("_", "-"),
            name=family,
            url=f"{self.server}/f/{family}/{size}",
            kind=kind,
            listing=Listing(pattern="/berita/{id}") if kind is SourceKind.LISTING else None,
        )

    async def healthy(self) -> float:
        """One poll of the healthy feed; the seconds that it took. It has news each time."""
        begun = time.perf_counter()
        report = await self.poller.poll(Source(id="sehat", name="Sehat", url=f"{self.friend}/healthy"))
        if report.status != "ok" or report.items != 5:
            raise AssertionError(f"the healthy feed was not read: {report}")
        return time.perf_counter() - begun

    async def warm_up(self) -> int:
        """Let everything be loaded that is loaded once, and learn what the healthy feed usually takes; the memory, in
        bytes, of the service as it is when large feeds come and go.
        """
        polls = size_here().pick(quick=15, full=100)
        seconds = [await self.healthy() for _ in range(polls)]
        self.usual = statistics.median(seconds[polls // 2 :])
        await self.run("redirects", 0)  # what the bench itself needs once, its threads, is no growth of the service
        memory.settled()
        large = size_here().pick(quick=LARGE, full=LARGE_FULL)
        return round(statistics.median([await self._ordinary(number) for number in range(1, large + 1)][large // 3 :]))

    async def _ordinary(self, number: int) -> int:
        source = Source(id=f"besar-{number}", name="Besar", url=f"{self.friend}/ordinary/{number}")
        report = await self.poller.poll(source)
        if report.stored != 500:
            raise AssertionError(f"the large feed was not read: {report}")
        await memory.give_back()
        return status_bytes("self", "VmRSS")

    async def run(self, family: str, size: int) -> Told:
        """Poll one hostile source; in the quick size again, at most twice, while the healthy one is late."""
        await asyncio.to_thread(self._build, family, size)
        told = await self._once(family, size)
        while told.late > LATE and told.again < (0 if size_here().full else TRIES_AGAIN):
            more = await self._once(family, size)
            told = replace(told, late=min(told.late, more.late), rss=more.rss, again=told.again + 1)
        if told.late > LATE or told.wall > LONG:
            told = replace(told, busy=round(await asyncio.to_thread(_seconds_for_a_start), 2))
        return told

    async def _once(self, family: str, size: int) -> Told:
        """Poll one hostile source once, the healthy one all the while and once after it."""
        over = asyncio.Event()
        beside = asyncio.create_task(self._beside(over))
        watch = Watch()
        begun = time.perf_counter()
        with watch.watching():
            report = await self.poller.poll(self.source(family, size))
            wall = time.perf_counter() - begun
        over.set()
        seconds = await beside
        await memory.give_back()
        return Told(
            family=family,
            size=size,
            status=report.status,
            reason=report.reason,
            wall=round(wall, 3),
            cpu=round(watch.cpu, 2),
            peak=watch.peak,
            late=round(max(seconds) - self.usual, 3),
            healthy=len(seconds),
            rss=status_bytes("self", "VmRSS"),
            children=watch.most,
            again=0,
            busy=0.0,
        )

    async def _beside(self, over: asyncio.Event) -> list[float]:
        seconds = []
        while not over.is_set():
            seconds.append(await self.healthy())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), PAUSE)
        return [*seconds, await self.healthy()]

    def _build(self, family: str, size: int) -> None:
        urllib.request.urlopen(f"{self.server}/build/{family}/{size}", timeout=60).close()


def _fill(address: str) -> None:
    """A database as it is after some weeks."""
    made = Made()
    with contextlib.closing(open_store(address, index_text=ready_words)) as store:
        for first in range(0, FILLED, 1000):
            with store.write() as tx:
                for number in range(first, first + 1000):
                    article = made.article(number)
                    tx.open_story(tx.add_article(article, made.verdicts(), ()), article.at)


def _seconds_for_a_start() -> float:
    """What it takes just now to start what a child is made of."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import feeds.rss"], check=True)
    return time.perf_counter() - begun


async def main(folder: Path, ports: tuple[int, int], limits: dict[str, float]) -> None:
    """Serve jobs until stdin ends."""
    reading = {name: value for name, value in limits.items() if name in ReadLimits.__dataclass_fields__}
    fetching = {name: value for name, value in limits.items() if name not in reading}
    policy = FetchPolicy(
        user_agent="LintasLayar/test",
        allow_networks=("127.0.0.0/8",),
        reading=ReadLimits(**reading),
        **fetching,  # type: ignore[arg-type]
    )
    desk = desk_for(SourceBook(sources=()), live=False)
    lay_database(folder, "news.db")
    address = f"sqlite:///{folder / 'news.db'}"
    if size_here().full:
        _fill(address)
    with held_store(address) as held:
        async with StoreThreads(held.store) as threads, Gateway(policy) as gateway:
            poller = Poller(threads, gateway, gateway.pages, desk, lambda: NOW)
            bench = Bench(poller, *(f"http://127.0.0.1:{port}" for port in ports))
            rss = await bench.warm_up()
            _say({"rss": rss, "usual": round(bench.usual, 4)})
            for line in iter(sys.stdin.readline, ""):
                family, size = json.loads(line)
                _say(asdict(await bench.run(family, size)))


def _say(told: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    memory.few_arenas()
    asyncio.run(main(Path(sys.argv[1]), (int(sys.argv[2]), int(sys.argv[3])), json.loads(sys.argv[4])))
