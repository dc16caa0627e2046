"""Trends: how many stories a week (or a day) were told, by topic or by country."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

LONGEST = timedelta(days=366)
USUAL = timedelta(days=90)
BY_DAY = timedelta(days=21)
"""Up to this, days are counted, not weeks."""
MOST_LINES = 5
"""More than a handful of lines nobody tells apart."""


@dataclass(frozen=True, slots=True)
class Telling:
    """A story when it was first told: the topics that it matched, and the foreign parties that it names."""

    at: datetime
    topics: tuple[str, ...]
    countries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """One line: its name (a topic or an ISO country) and its numbers, one for each step."""

    name: str
    numbers: tuple[int, ...]

    @property
    def total(self) -> int:
        """All of them together."""
        return sum(self.numbers)


@dataclass(frozen=True, slots=True)
class Trend:
    """The lines over the same steps: `steps` are the local days on which each begins; `days` how long one is."""

    steps: tuple[date, ...]
    days: int
    topics: tuple[Series, ...]
    countries: tuple[Series, ...]
    stories: int

    @property
    def change(self) -> int:
        """How many stories more the later half of whole steps told than the earlier half (the one under way left out)."""
        numbers = [sum(column) for column in zip(*(line.numbers[:-1] for line in self.topics), strict=True)]
        half = len(numbers) // 2
        return sum(numbers[-half:]) - sum(numbers[:half]) if half else 0


def trend(tellings: Iterable[Telling], *, since: datetime, now: datetime, zone: tzinfo) -> Trend:
    """Count the tellings from `since` to `now` by local days, or by weeks that begin on Monday.

    Lines are sorted by their totals, the largest first; at most MOST_LINES of countries.
    """
    days = 1 if now - since <= BY_DAY else 7
    first, last = since.astimezone(zone).date(), now.astimezone(zone).date()
    if days == 7:
        first -= timedelta(days=first.weekday())
    steps = tuple(first + timedelta(days=offset) for offset in range(0, (last - first).days + 1, days))
    places = {step: number for number, step in enumerate(steps)}

    def step_of(telling: Telling) -> int | None:
        day = telling.at.astimezone(zone).date()
        return places.get(day - timedelta(days=(day - first).days % days))

    placed = [(step, telling) for telling in tellings if (step := step_of(telling)) is not None]
    topics = _lines(placed, lambda telling: telling.topics, len(steps))
    countries = _lines(placed, lambda telling: telling.countries, len(steps))
    return Trend(steps, days, topics, countries[:MOST_LINES], len(placed))


def _lines(
    placed: Sequence[tuple[int, Telling]], names: Callable[[Telling], Sequence[str]], steps: int
) -> tuple[Series, ...]:
    counts: dict[str, Counter[int]] = {}
    for step, telling in placed:
        for name in names(telling):
            counts.setdefault(name, Counter())[step] += 1
    lines = [Series(name, tuple(found[step] for step in range(steps))) for name, found in counts.items()]
    return tuple(sorted(lines, key=lambda line: (-line.total, line.name)))
