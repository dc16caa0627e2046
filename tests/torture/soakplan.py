"""What a soak is made of: sources, some of them faulty, and the news that they bring in simulated days. All seeded."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.torture.newsmaker import Item, crossing, ordinary, single

START = datetime(2026, 3, 2, tzinfo=UTC)
WINDOW = 15
"""How many items a feed shows."""
FAULTS = ("slow", "drip", "broken", "gone", "refusing", "cut", "bomb", "entities", "page", "circling", "flapping")
CURABLE = frozenset({None, "flapping"})
"""Whose news has to arrive: the sources without a fault, and those with one that comes and goes."""


@dataclass(frozen=True, slots=True)
class PlannedSource:
    """One source; `every` in minutes."""

    id: str
    every: int
    fault: str | None = None


class Plan:
    """So many days with so many sources, one in twenty of them faulty.

    The sources bring about one ordinary item a day each; of all news together about twenty-four items a day go out at
    once and eight wait for a round-up.
    """

    def __init__(self, sources: int, days: float, seed: random.Random) -> None:
        self.days = days
        self.end = START + timedelta(days=days)
        faulty = max(len(FAULTS), sources // 20) if sources >= 100 else 3
        faults = [FAULTS[-(number % len(FAULTS)) - 1] for number in range(faulty)]
        self.sources = tuple(
            PlannedSource(
                id=f"s{number:03d}",
                every=60 if number % 10 == 0 else 240,
                fault=faults[number // 2] if number % 2 and number // 2 < faulty else None,
            )
            for number in range(sources)
        )
        self.items: dict[str, list[Item]] = defaultdict(list)
        number = 0
        for make, how_many in (
            (ordinary, int(sources * days)),
            (crossing, int(24 * days)),
            (single, int(8 * days)),
        ):
            for _ in range(how_many):
                number += 1
                at = START + timedelta(seconds=seed.randrange(int(days * 86400)))
                self.items[seed.choice(self.sources).id].append(make(number, at))
        for items in self.items.values():
            items.sort(key=lambda item: (item.at, item.number))
        self._times = {source: [item.at for item in items] for source, items in self.items.items()}

    def shown(self, source: str, now: datetime) -> list[Item]:
        """What the source's feed holds now, newest first."""
        items = self.items.get(source, [])
        published = bisect_right(self._times.get(source, []), now)
        return items[max(0, published - WINDOW) : published][::-1]
