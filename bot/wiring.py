"""The one place where concrete parts are chosen and put together."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.config import Settings, load_rules
from bot.intake import Desk
from bot.poll import Poller
from bot.threads import StoreThreads
from classifiers import Judge, compile_judge
from feeds import FetchPolicy, Gateway
from newsdesk.errors import ConfigError
from newsdesk.ports import Store
from newsdesk.routes import PREVIEW
from newsdesk.sources import SourceBook
from storage import open_store


def compile_rules(additions: Mapping[str, Mapping[str, Any]]) -> Judge:
    """The shipped rule sets with the operator's additions; raises ConfigError for additions that do not compile."""
    judge, problems = compile_judge(load_rules(), additions)
    if judge is None or problems:
        raise ConfigError(problems)
    return judge


def desk_for(book: SourceBook, *, live: bool) -> Desk:
    """What deciding needs for this book. Without a token (`live` false) every chat is the preview."""
    routes = book.routes if live else tuple(replace(route, chat=PREVIEW) for route in book.routes)
    return Desk(compile_rules(book.topics), routes)


def fetch_policy(settings: Settings) -> FetchPolicy:
    """How the web is fetched: who we say we are, and which private networks are allowed."""
    from importlib.metadata import version

    contact = settings.contact or settings.public_url or "no contact set"
    return FetchPolicy(
        user_agent=f"LintasLayar/{version('lintas-layar')} (news desk; {contact})",
        allow_networks=tuple(str(network) for network in settings.allow_networks),
    )


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts that every way of running shares."""

    store: Store
    threads: StoreThreads
    poller: Poller


@contextlib.asynccontextmanager
async def opened(settings: Settings, desk: Desk, clock: Callable[[], datetime]) -> AsyncIterator[Parts]:
    """Open the store (as its one holder), its threads and the gateway; closed in reverse when the block ends."""
    store = open_store(settings.database.get_secret_value())
    try:
        with store.hold():
            async with StoreThreads(store) as threads, Gateway(fetch_policy(settings)) as gateway:
                yield Parts(store, threads, Poller(threads, gateway, desk, clock))
    finally:
        store.close()
