"""/trend: how much was told, by topic and by country, as a chart that reads on a phone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.charts import Chart
from bot.chat.hits import advice
from bot.render import Tree, phrases
from bot.render import trendphrases as words
from bot.render.catalogues import speaking, spoken
from bot.render.text import shorten
from bot.render.tree import Bold, Paragraph, Text, line
from bot.threads import StoreThreads
from newsdesk.language.countries import country_name
from newsdesk.spans import read_span
from newsdesk.trends import LONGEST, USUAL, Trend, trend

_LEAST = timedelta(days=1)
"""A shorter time is no trend."""

_ON_CHARTS = {"zh": "en"}
"""The language of the words in a picture, where it is another: the font that comes with matplotlib has no Chinese."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a chart was asked for: a topic ("" for all), and how far back."""

    topic: str
    span: timedelta


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart to be drawn, and what stands below it."""

    chart: Chart
    caption: Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendDesk:
    """Counts what the store knows. `topics` gives what is watched now, `clock` UTC."""

    store: StoreThreads
    topics: Callable[[], Sequence[str]]
    clock: Callable[[], datetime]
    zone: ZoneInfo = field(default_factory=phrases.home_zone)

    def read(self, text: str) -> Asked | Tree:
        """What is asked for, in any order; advice for what cannot be read."""
        topics = tuple(self.topics())
        topic, span = "", USUAL
        for word in text.split():
            found = read_span(word)
            if found is not None and found >= _LEAST:
                span = min(found, LONGEST)
            elif (known := phrases.topic_called(word, topics)) is not None:
                topic = known
            else:
                said = f"{phrases.UNKNOWN_TOPIC} “{shorten(word, 40)}”. {phrases.known_topics(topics)}"
                return advice(said, words.EXAMPLES)
        return Asked(topic, span)

    async def draw(self, asked: Asked) -> Drawing | Tree:
        """The chart of what was asked; advice when nothing was told in that time."""
        now = self.clock()
        since = now - asked.span
        tellings = await self.store.read(lambda view: view.tellings(since))
        if asked.topic:
            tellings = [telling for telling in tellings if asked.topic in telling.topics]
        found = trend(tellings, since=since, now=now, zone=self.zone)
        if not found.stories:
            return advice(words.NOTHING, words.EXAMPLES)
        return self._drawing(asked, found)

    def _drawing(self, asked: Asked, found: Trend) -> Drawing:
        lines = [one for one in found.topics if not asked.topic or one.name == asked.topic]
        with speaking(_ON_CHARTS.get(spoken(), spoken())):
            chart = Chart(
                title=_title(asked),
                subtitle=str(words.BY_DAY) if found.days == 1 else str(words.BY_WEEK),
                steps=tuple(phrases.day_and_month(step) for step in found.steps),
                lines=tuple((phrases.topic_name(one.name), one.numbers) for one in lines),
                bars_title=str(words.PARTNERS),
                bars=tuple((country_name(one.name, spoken()), one.total) for one in found.countries),
            )
        told = line(words.told(found.stories, found.change))
        return Drawing(chart, Tree((Paragraph((line("📈 ", Bold((Text(_title(asked)),))), told)),)))


def _title(asked: Asked) -> str:
    return words.title(asked.span.days, phrases.topic_name(asked.topic) if asked.topic else str(words.ALL))
