"""The pipeline for simulated days, as fast as it goes: ``python -m tests.torture.soaker ARGUMENTS-AS-JSON``.

Real: store, threads, gateway with its parsing processes, service ticks, deliverer and Telegram's publisher. Simulated:
the clock, which is an argument everywhere. Before each step it says the time on stdout and waits for a line on stdin,
so that the web outside knows the time, too; every simulated hour it says what it has grown to.

`plant` names defects that the judge has to find: `leak`, `skip` (a source is left out for a while) and `double`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bot import logs, memory
from bot.deliver import ONCE_PATIENCE, Deliverer, Delivery
from bot.poll import Poller
from bot.service import Service
from bot.telegram.publisher import TelegramPublisher
from bot.threads import StoreThreads
from bot.wiring import Parts, card_summary, desk_for
from classifiers.grouping import story_keys
from feeds.gateway import Gateway
from feeds.policy import FetchPolicy, ReadLimits
from newsdesk.articles import Article, ArticleText, Identity
from newsdesk.ports import Publisher, Store, Writing
from newsdesk.sources import Source, SourceBook
from newsdesk.verdicts import Verdicts
from storage.holding import held_store
from tests.newdb import lay_database
from tests.torture.newsmaker import ordinary
from tests.torture.soakroutes import routes

STEP = timedelta(minutes=10)
FURNISHED = 2500
"""Articles that the store holds beforehand."""
LONG = timedelta(hours=4)
"""How far the clock goes on while a slow source is polled. That takes three true seconds, half a day by a clock that
nobody holds."""
LEAK = 4 * 2**20
"""Bytes that the planted leak keeps each simulated day."""


class _Twice:
    """A publisher that sends every tenth message twice: the defect that must not happen."""

    def __init__(self, real: Publisher) -> None:
        self._real, self._sent = real, 0

    async def send(self, *what: Any, **more: Any) -> int:
        self._sent += 1
        if self._sent % 10 == 0:
            await self._real.send(*what, **more)
        return await self._real.send(*what, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class _Skipping:
    """A poller that overlooks the first source at times: the other defect that must not happen."""

    def __init__(self, real: Poller, away: Callable[[], bool]) -> None:
        self._real, self._away = real, away

    async def due(self, sources: Sequence[Source]) -> list[Source]:
        return [source for source in await self._real.due(sources) if not self._away() or source.id != sources[0].id]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class Soak:
    """One run. `told` says a line of JSON and waits for the answer."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self.now = datetime.fromisoformat(asked["start"])
        self._asked = asked
        self._plant: list[str] = asked["plant"]
        self._kept: list[bytes] = []
        self._since: dict[asyncio.Task[None], datetime] = {}

    def tell(self, **what: Any) -> None:
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()
        sys.stdin.readline()

    async def run(self) -> None:
        """Live through the days."""
        asked = self._asked
        policy = FetchPolicy(
            user_agent="soak",
            allow_networks=("127.0.0.0/8",),
            total_seconds=3.0,
            per_host=10,
            reading=ReadLimits(children=1),
        )
        sources = tuple(
            Source(id=name, name=f"Media {name}", url=f"{asked['web']}/{name}", every=timedelta(minutes=every))
            for name, every in asked["sources"]
        )
        book = SourceBook(sources=sources, routes=routes())
        publisher = TelegramPublisher(asked["token"], api=asked["api"], operators_chat=asked["operators"])
        lay_database(Path(asked["folder"]), "soak.db")
        with held_store(f"sqlite:///{asked['folder']}/soak.db") as held:
            await self._work(held.store, policy, publisher, book)

    async def _work(self, store: Store, policy: FetchPolicy, publisher: TelegramPublisher, book: SourceBook) -> None:
        async with StoreThreads(store) as threads, Gateway(policy) as gateway, publisher:
            poller = Poller(threads, gateway, gateway.pages, desk_for(book, live=True), lambda: self.now)
            service = Service(
                Parts(store, threads, poller), SimpleNamespace(book=book), None, live=True, clock=lambda: self.now
            )
            sender: Any = _Twice(publisher) if "double" in self._plant else publisher
            deliverer = Deliverer(
                Delivery(
                    store=threads,
                    publisher_for=lambda _: sender,
                    clock=lambda: self.now,
                    sleep=self._sleep,
                    settle=timedelta(0),
                    summarise=card_summary,
                    routes=lambda: book.routes,
                )
            )
            await self._days(service, poller, deliverer)
            await service.close()

    async def _days(self, service: Service, poller: Poller, deliverer: Deliverer) -> None:
        await service._threads.write(lambda tx: _furnish(tx, self.now))
        memory.settled()
        start = self.now
        if "skip" in self._plant:
            service._poller = _Skipping(poller, lambda: timedelta(hours=8) < self.now - start < timedelta(hours=14))  # type: ignore[assignment]
        for step in range(int(timedelta(days=self._asked["days"]) / STEP)):
            self.now = max(self.now, start + step * STEP)
            self.tell(now=self.now.isoformat())
            await service.poll_tick()
            await asyncio.gather(*self._awaited({source: poll.task for source, poll in service._polls.items()}))
            await deliverer.round(ONCE_PATIENCE)
            if "leak" in self._plant:
                self._kept.append(os.urandom(int(LEAK * STEP / timedelta(days=1))))
            if step % 6 == 0:
                await self._grown()

    def _awaited(self, polls: dict[str, asyncio.Task[None]]) -> list[asyncio.Task[None]]:
        """The polls that the clock waits for: as in the service not those of slow sources, until they have gone on long."""
        self._since = {task: self._since.get(task, self.now) for task in polls.values()}
        slow = self._asked["slow"]
        return [task for source, task in polls.items() if source not in slow or self.now - self._since[task] >= LONG]

    async def _sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    async def _grown(self) -> None:
        await memory.give_back()
        self.tell(
            hour=self.now.isoformat(),
            rss=_resident(),
            files=len(os.listdir("/proc/self/fd")),
            tasks=len(asyncio.all_tasks()),
            threads=threading.active_count(),
        )


def _furnish(tx: Writing, now: datetime) -> None:
    """Give the store a past, so that what its caches hold is no growth."""
    for number in range(FURNISHED):
        item, at = ordinary(10**6 + number), now - timedelta(days=10) - number * timedelta(minutes=10)
        url = f"https://past.example/{item.number}"
        article = Article(
            id=0,
            source="past",
            outlet="Media lama",
            title=item.title,
            summary=item.text,
            url=url,
            identity=Identity(url=url),
            first_seen=at,
            at=at,
        )
        keys = story_keys(ArticleText(title=item.title, summary=item.text))
        tx.open_story(tx.add_article(article, Verdicts(), keys), at)


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    logs.configure("json")
    memory.few_arenas()
    asyncio.run(Soak(json.loads(sys.argv[1])).run())
