"""Standing orders: what operators have told the desk to leave be for now: to post at all, or to post from a source."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Order:
    """One standing order: when it was given, by whom (a person's number), until when (None: until it is taken back)."""

    since: datetime
    by: int
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it is still in force."""
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class Standing:
    """All standing orders: `pause` keeps every post back, `muted` those that a source's articles would make."""

    pause: Order | None = None
    muted: Mapping[str, Order] = field(default_factory=dict)

    def paused(self, now: datetime) -> bool:
        """Whether nothing is posted at present."""
        return self.pause is not None and self.pause.holds(now)

    def mutes(self, source: str, now: datetime) -> bool:
        """Whether this source's articles are kept without being posted at present."""
        order = self.muted.get(source)
        return order is not None and order.holds(now)

    def silent(self, now: datetime) -> frozenset[str]:
        """The sources that are muted at present."""
        return frozenset(source for source in self.muted if self.mutes(source, now))

    def muting(self, source: str, order: Order | None) -> Standing:
        """These orders with the source muted, or (None) heard again."""
        others = {name: kept for name, kept in self.muted.items() if name != source}
        return replace(self, muted=others if order is None else {**others, source: order})

    def still(self, now: datetime) -> Standing:
        """These orders without those whose time has passed."""
        pause = self.pause if self.paused(now) else None
        return Standing(pause, {name: order for name, order in self.muted.items() if order.holds(now)})

    def text(self) -> str:
        """As it is remembered in the store."""
        muted = {name: _out(order) for name, order in self.muted.items()}
        return json.dumps({"pause": _out(self.pause) if self.pause else None, "muted": muted})

    @staticmethod
    def read(text: str | None) -> Standing:
        """The orders that `text` wrote; none from nothing."""
        if not text:
            return Standing()
        kept = json.loads(text)
        pause = _in(kept["pause"]) if kept["pause"] else None
        return Standing(pause, {name: _in(order) for name, order in kept["muted"].items()})


def _out(order: Order) -> list[object]:
    return [order.since.isoformat(), order.by, order.until.isoformat() if order.until else None]


def _in(row: list[str]) -> Order:
    since, by, until = row
    return Order(datetime.fromisoformat(since), int(by), datetime.fromisoformat(until) if until else None)
