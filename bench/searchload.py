"""Speed of /search while posts go out: ``python -m bench.searchload [--articles 200000] [--searches 200]``.

The whole answer as chat makes it, over a SQLite file, alone and beside a delivery that sends without pause through the
outbox to a publisher that takes 20 ms a post. Compare the two columns; what they are worth depends on the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import cycle, islice
from statistics import median, quantiles

import structlog

from bench.storage import BATCH, NOW, TOPICS, VOCABULARY, Made, ready_words
from bot.chat import ChatDesk
from bot.deliver import Deliverer, Delivery
from bot.threads import StoreThreads
from newsdesk.ports import Confirm, Store
from newsdesk.routes import PREVIEW
from newsdesk.sources import SourceBook
from storage import open_store


class Taking:
    """A publisher that takes every message, each in 20 ms."""

    def __init__(self) -> None:
        self.sent = 0

    async def send(self, chat: str, content: str, confirm: Confirm | None = None) -> int:
        """Take it."""
        await asyncio.sleep(0.02)
        self.sent += 1
        return self.sent

    async def find(self, chat: str, content: str, after: int | None) -> int | None:
        """Nothing is ever in doubt here."""
        return None

    async def delete(self, chat: str, number: int, confirm: Confirm | None = None) -> None:
        """Nothing is taken back here."""

    async def edit(self, chat: str, number: int, content: str, confirm: Confirm | None = None) -> None:
        """As quick as a post."""
        await asyncio.sleep(0.02)


def asked(number: int) -> list[str]:
    """Searches as people make them: common and rare words, filters, orders, and some that find nothing."""
    common, rare = VOCABULARY[:40], VOCABULARY[5_000:5_040]
    kinds: list[Callable[[int], str]] = [
        lambda n: common[n],
        lambda n: f"{common[n]} {common[(n + 7) % 40]}",
        lambda n: rare[n],
        lambda n: f"{common[n]} topic:film 30d",
        lambda n: f"{common[n]} -{common[(n + 3) % 40]} sort:newest",
        lambda n: f'"{common[n]} {common[(n + 1) % 40]}"',
        lambda n: f"{rare[n][:-1]}zq {common[n]}",
    ]
    return [kind(turn % 40) for turn, kind in enumerate(islice(cycle(kinds), number))]


def queue(store: Store, first: int, number: int) -> None:
    """Posts for so many new articles, each a message of its own."""
    made = Made(seed=2)
    with store.write() as tx:
        for step in range(number):
            article = made.article(first + step)
            kept = tx.add_article(article, made.verdicts(), made.keys(article))
            story = tx.open_story(kept, article.at)
            post = tx.add_post(story=story, chat=PREVIEW, route="highlights", article=kept, due=NOW, waiting=False)
            if post is not None:
                tx.queue_message(chat=PREVIEW, kind="send", posts=[post], now=NOW, not_before=NOW)


async def timed_searches(desk: ChatDesk, words: list[str]) -> list[float]:
    """Seconds of each answer, one after another, a moment apart."""
    seconds = []
    for text in words:
        begun = time.perf_counter()
        await desk.search(text)
        seconds.append(time.perf_counter() - begun)
        await asyncio.sleep(0.01)
    return seconds


async def beside(desk: ChatDesk, threads: StoreThreads, words: list[str]) -> tuple[list[float], int]:
    """The same searches while posts go out; and how many went out meanwhile."""
    taking = Taking()
    deliverer = Deliverer(
        Delivery(
            store=threads,
            publisher_for=lambda _: taking,
            clock=lambda: NOW,
            settle=timedelta(seconds=45),
            summarise=lambda card: card.article.summary[:200],
        )
    )
    await deliverer.tick()
    seconds = await timed_searches(desk, words)
    sent = taking.sent
    await deliverer.close(timeout=1)
    return seconds, sent


def _line(name: str, seconds: list[float]) -> str:
    cuts = quantiles(seconds, n=20)
    return (
        f"{name:24} p50 {median(seconds) * 1000:7.1f}   p95 {cuts[-1] * 1000:7.1f}   max {max(seconds) * 1000:7.1f} ms"
    )


def _print(alone: list[float], beside: list[float], sent: int) -> None:
    print(_line("search alone", alone))
    print(_line("search beside posts", beside))
    print(f"ratio of the medians {median(beside) / median(alone):.2f}; {sent} posts went out meanwhile")


async def run(store: Store, articles: int, number: int) -> None:
    """Measure on a store of so many articles."""
    words = asked(number)
    async with StoreThreads(store) as threads:
        desk = ChatDesk(store=threads, book=lambda: SourceBook(sources=()), topics=lambda: TOPICS, clock=lambda: NOW)
        begun = time.perf_counter()
        await desk.search("zqzqzq")
        print(f"{'first that finds nothing':24} {(time.perf_counter() - begun) * 1000:.1f} ms (reads the vocabulary)")
        alone = await timed_searches(desk, words)
        queue(store, articles + 1, 1_000)
        at_work, sent = await beside(desk, threads, words)
    _print(alone, at_work, sent)


def main() -> None:
    """Fill, then search alone and beside a delivery."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--articles", type=int, default=200_000)
    parser.add_argument("--searches", type=int, default=200)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/load.db", index_text=ready_words)
        made = Made()
        for first in range(0, options.articles, BATCH):
            batch = [made.article(first + step) for step in range(BATCH)]
            with store.write() as tx:
                for article in batch:
                    tx.open_story(tx.add_article(article, made.verdicts(), ()), article.at)
        print(f"{options.articles:,} articles")
        asyncio.run(run(store, options.articles, options.searches))
        store.close()


if __name__ == "__main__":
    main()
