"""`lintas demo`: the real pipeline over loopback HTTP, on the sample feeds, in a store of its own."""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from bot import logs, reading
from bot.config import Settings, load_settings
from bot.deliver import ONCE_PATIENCE, recover
from bot.demo.book import ALLOW_NETWORKS, EXPLAINED, NEXT_MORNING, NOW, SEARCHES, demo_book
from bot.demo.server import demo_server
from bot.wiring import Parts, deliverer_for, desk_for, opened, publishers_for
from newsdesk.search import parse_query
from newsdesk.sources import SourceBook


def show_demo() -> int:
    """Poll, post, search and explain; 0 when all of it worked."""
    logs.configure(level=logging.WARNING)
    console = Console(highlight=False, soft_wrap=True)
    with demo_server() as base, tempfile.TemporaryDirectory(prefix="lintas-demo-") as folder:
        settings = load_settings(
            {
                "LINTAS_DATABASE": f"sqlite:///{Path(folder) / 'demo.db'}",
                "LINTAS_ALLOW_NETWORKS": ",".join(ALLOW_NETWORKS),
                "LINTAS_CONTACT": "demo@localhost",
            }
        )
        return asyncio.run(_show(settings, demo_book(base), console))


async def _show(settings: Settings, book: SourceBook, console: Console) -> int:
    moment = [NOW]
    async with (
        opened(settings, desk_for(book, live=False), lambda: moment[0]) as parts,
        publishers_for(settings, parts.threads, sys.stdout) as publishers,
    ):
        delivery = deliverer_for(
            settings, parts.threads, publishers, lambda: parts.poller.desk.routes, lambda: moment[0]
        )
        await recover(parts.threads, moment[0])
        _head(console, f"{len(book.sources)} outlets are polled over HTTP", moment[0])
        good = await _poll(parts, book, console)
        _head(console, "Highlights go out at once: stories that cross at least two topics", moment[0])
        highlights = await delivery.round(ONCE_PATIENCE)
        moment[0] = NEXT_MORNING
        _head(console, "Next morning: the round-up of the rest", moment[0])
        roundup = await delivery.round(ONCE_PATIENCE)
        _search(parts, console)
        good = _explain(parts, book, console) and good
    return 0 if good and highlights.sent and roundup.sent else 1


async def _poll(parts: Parts, book: SourceBook, console: Console) -> bool:
    """One after another in the order of the book, so that a story is there before the one that follows it."""
    good = True
    for source in book.sources:
        report = await parts.poller.poll(source)
        good = good and not report.failed
        console.print(Text(f"  {source.name:<16} {report.status:<10} {report.items} items, {report.stored} stored"))
        for refusal in report.refused:
            console.print(Text(f"  {'':<16} refused    “{refusal.title}”: {refusal.reason}", style="dim"))
    return good


def _search(parts: Parts, console: Console) -> None:
    for words in SEARCHES:
        _head(console, f"lintas search {words}")
        query = parse_query(words, now=NEXT_MORNING, zone=reading.zone())
        with parts.store.read() as view:
            hits = view.search(query, 3)
        reading.show_hits(console, hits, query)


def _explain(parts: Parts, book: SourceBook, console: Console) -> bool:
    _head(console, f"lintas explain {EXPLAINED}")
    with parts.store.read() as view:
        article = view.article(EXPLAINED)
        trace = view.trace(article.id) if article else None
        states = view.source_states()
    if trace is None:
        return False
    source = trace.article.source
    reading.show_trace(console, trace, book.source(source), states.get(source))
    return True


def _head(console: Console, text: str, moment: datetime | None = None) -> None:
    when = f"  ·  {reading.local(moment)}" if moment else ""
    console.print()
    console.print(Rule(Text(text + when, style="bold cyan"), align="left"))
