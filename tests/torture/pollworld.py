"""The real poller over real HTTP into a real database, on a clock that a test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from bot.intake import Desk
from bot.poll import Poller
from bot.threads import StoreThreads
from bot.wiring import desk_for
from feeds.gateway import Gateway
from newsdesk.sources import Source, SourceBook, SourceState
from storage import open_store
from tests.feeds.loopback import Loopback, policy
from tests.newdb import lay_database

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
EVERY = timedelta(minutes=10)


@dataclass
class World:
    """A poller over real HTTP into a real database, whose clock a test moves."""

    poller: Poller
    threads: StoreThreads
    clock: list[datetime] = field(default_factory=lambda: [NOW])

    async def state(self, source: str = "a") -> SourceState:
        """What is remembered of a source."""
        return await self.threads.read(lambda view: view.source_state(source))

    async def kept(self) -> int:
        """How many articles there are."""
        return (await self.threads.read(lambda view: view.counts()))["articles"]


@cache
def _desk() -> Desk:
    return desk_for(SourceBook(sources=()), live=False)


@asynccontextmanager
async def world(folder: Path, **limits: object) -> AsyncIterator[World]:
    """An empty desk; `limits` are those of fetching that are not the usual ones."""
    lay_database(folder, "news.db")
    store = open_store(f"sqlite:///{folder / 'news.db'}")
    clock = [NOW]
    try:
        async with StoreThreads(store) as threads, Gateway(policy(**limits)) as gateway:
            yield World(Poller(threads, gateway, gateway.pages, _desk(), lambda: clock[0]), threads, clock)
    finally:
        store.close()


def source(server: Loopback, name: str = "a", path: str = "/feed.xml") -> Source:
    """A source on that server."""
    return Source(id=name, name=name, url=server.url(path), every=EVERY)
