"""One source over real HTTP whose outlet changes its mind about identities; judged by what the Bot API double took."""

from __future__ import annotations

import contextlib
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from html import escape
from pathlib import Path

from bot.config import load_settings
from bot.deliver import Delivery, deliver_round
from bot.intake import Desk
from bot.telegram.publisher import TelegramPublisher
from bot.wiring import Parts, card_summary, desk_for, opened
from newsdesk.delivery import Pace
from newsdesk.reports import PollReport
from newsdesk.routes import Route, TopicRule
from newsdesk.sources import Source, SourceBook
from tests.doubles.botapi import CHANNEL, OPERATORS, TOKEN, BotApiDouble
from tests.doubles.web import Page, WebDouble
from tests.newdb import lay_database
from tests.torture.newsmaker import crossing

BEGIN = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
EVERY = timedelta(minutes=20)
_FAST = Pace(most=10_000, span=timedelta(seconds=1), apart=timedelta(0))


@dataclass(frozen=True)
class Shown:
    """An item as the outlet shows it now; `number` is who it is, whatever it looks like."""

    number: int
    title: str
    text: str
    at: datetime | None
    url: str
    guid: str = ""


def news(number: int, at: datetime) -> Shown:
    """One piece of news that goes out at once when it may."""
    item = crossing(number, at)
    slug = "-".join(re.findall(r"\w+", item.title.casefold()))
    return Shown(
        number, item.title, item.text, at, f"https://uji.example/berita/{500_000 + number}/{slug}", f"guid-{number}"
    )


Mutation = Callable[[Shown], Shown]


def words_changed(shown: Shown) -> Shown:
    """Another title and another text: nothing but the date tells that it is old."""
    words = shown.title.split()
    text = " ".join(reversed(shown.text.rstrip(".").split())).capitalize() + "."
    return replace(shown, title=" ".join([*words[-3:], *words[:-3]]) + " Lagi", text=text)


def _as_it_is(shown: Shown) -> Shown:
    return shown


def _slug(shown: Shown) -> str:
    return shown.url.rsplit("/", 1)[1]


def _domain(shown: Shown) -> Shown:
    return replace(shown, url=shown.url.replace("uji.example", "ujibaru.example"))


def _renumbered(shown: Shown) -> Shown:
    return replace(shown, url=f"https://uji.example/berita/{700_000 + shown.number}/{_slug(shown)}")


def _then(*steps: Mutation) -> Mutation:
    def all_of(shown: Shown) -> Shown:
        for step in steps:
            shown = step(shown)
        return shown

    return all_of


def _undated(shown: Shown) -> Shown:
    return replace(shown, at=None)


SAME: dict[str, Mutation] = {
    "guids": lambda shown: replace(shown, guid=f"urn:{shown.number}:neu"),
    "no guid": lambda shown: replace(shown, guid=""),
    "one guid for all": lambda shown: replace(shown, guid="urn:uji:berita"),
    "swapped guids": lambda shown: replace(shown, guid=f"guid-{shown.number ^ 1}"),
    "https": lambda shown: replace(shown, url=shown.url.replace("https:", "http:")),
    "tracking": lambda shown: replace(shown, url=shown.url + "?utm_source=rss&utm_medium=feed&fbclid=x"),
    "www": lambda shown: replace(shown, url=shown.url.replace("https://", "https://www.") + "/"),
    "dates": lambda shown: replace(shown, at=shown.at and shown.at + timedelta(days=1)),
    "slug": lambda shown: replace(shown, url=shown.url + "-2"),
    "section": lambda shown: replace(shown, url=shown.url.replace("/berita/", "/hiburan/film/")),
    "no numbers": lambda shown: replace(shown, url=f"https://uji.example/film/{_slug(shown)}"),
    "undated": _undated,
}
"""After these nothing is new: what identifies an article is still there."""

BREAKS: dict[str, Mutation] = {
    "domain": _domain,
    "domain and dates": _then(_domain, lambda shown: replace(shown, at=shown.at and shown.at + timedelta(days=2))),
    "domain without dates": _then(_domain, _undated),
    "numbers": _renumbered,
    "words and links": _then(_domain, words_changed),
    "words, links, numbers": _then(_renumbered, words_changed),
}
"""After these no identity holds; what is old must be told by words or dates."""


def rss(items: Sequence[Shown]) -> bytes:
    rows = "".join(
        f"<item><title>{escape(one.title)}</title><link>{escape(one.url)}</link><guid>{escape(one.guid)}</guid>"
        f"<description>{escape(one.text)}</description>"
        + (f"<pubDate>{format_datetime(one.at)}</pubDate>" if one.at else "")
        + "</item>"
        for one in items
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{rows}</channel></rss>'.encode()


@dataclass
class World:
    """The desk, its one source, and the outlet behind it: `window` items, one more each `pace`."""

    parts: Parts
    publisher: TelegramPublisher
    api: BotApiDouble
    web: WebDouble
    clock: list[datetime]
    source: Source
    window: int = 12
    pace: timedelta = timedelta(minutes=30)
    made: int = 0
    mutation: Mutation = _as_it_is
    published: list[Shown] = field(default_factory=list)

    def publish(self, until: datetime) -> list[Shown]:
        """The outlet goes on publishing until then; what came."""
        begun = self.published[-1].at if self.published else until - self.window * self.pace
        assert begun is not None
        fresh = []
        at = begun + self.pace
        while at <= until:
            self.made += 1
            fresh.append(news(self.made, at))
            at += self.pace
        self.published += fresh
        return fresh

    def shown(self) -> list[Shown]:
        """What the feed shows now, as the outlet words it now."""
        return [self.mutation(one) for one in reversed(self.published[-self.window :])]

    async def look(self, items: Sequence[Shown] | None = None) -> PollReport:
        """One poll and all deliveries that follow from it."""
        page = self.shown() if items is None else items
        self.web.pages["/rss"] = Page(rss(page), validators=False)
        report = await self.parts.poller.poll(self.source)
        assert report.status in ("ok", "unchanged"), report
        await deliver_round(self._delivery())
        return report

    async def go_on(self, polls: int, every: timedelta = EVERY) -> list[PollReport]:
        """So many polls, one after another, while the outlet publishes."""
        reports = []
        for _ in range(polls):
            self.clock[0] += every
            self.publish(self.clock[0])
            reports.append(await self.look())
        return reports

    def posted(self) -> Counter[int]:
        """Which pieces of news the channel got, and how often, by the double's own log."""
        titles = {title: one.number for one in self.published for title in (one.title, words_changed(one).title)}
        got: Counter[int] = Counter()
        for text in self.api.texts(CHANNEL):
            # A post may name an earlier story below; its own comes first.
            _, number = min((text.index(title), number) for title, number in titles.items() if title in text)
            got[number] += 1
        return got

    def _delivery(self) -> Delivery:
        async def no_wait(_: float) -> None:
            """Time is the world's."""

        return Delivery(
            store=self.parts.threads,
            publisher_for=lambda _: self.publisher,
            clock=lambda: self.clock[0],
            settle=timedelta(0),
            summarise=card_summary,
            routes=lambda: ROUTES,
            pace=_FAST,
            sleep=no_wait,
            jitter=lambda: 0.5,
        )


ROUTES = (Route(id="all", chat=str(CHANNEL), when=TopicRule(1, ("film", "ai", "collaboration"))),)


@cache
def _desk() -> Desk:
    return desk_for(SourceBook(sources=(), routes=ROUTES), live=True)


@contextlib.asynccontextmanager
async def outlet(folder: Path, *, window: int = 12, pace: timedelta = timedelta(minutes=30)) -> AsyncIterator[World]:
    """A fresh desk and an outlet that has published one window of news by BEGIN."""
    settings = load_settings({"LINTAS_DATABASE": f"sqlite:///{folder}/news.db", "LINTAS_ALLOW_NETWORKS": "127.0.0.0/8"})
    lay_database(folder, "news.db")
    clock = [BEGIN]
    with WebDouble() as web:
        source = Source(id="uji", name="Uji", url=f"{web.url}/rss", every=EVERY)
        async with (
            BotApiDouble() as api,
            TelegramPublisher(TOKEN, api=api.base, operators_chat=str(OPERATORS)) as publisher,
            opened(settings, _desk(), lambda: clock[0]) as parts,
        ):
            world = World(parts, publisher, api, web, clock, source, window, pace)
            parts.poller.tell = publisher.notify
            world.publish(BEGIN)
            yield world


def drawn(dice: random.Random) -> tuple[int, timedelta]:
    """A window and a pace: it takes hours for an item to leave the feed."""
    window = dice.randint(12, 40)
    return window, timedelta(minutes=dice.randint(15, 60))
