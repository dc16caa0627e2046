"""Which kills are tried: every named place, double kills while the first is being mended, and random instants."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence

from tests.torture.kills_points import INSTANT, POINTS, Point
from tests.torture.kills_stage import STAGES, Kill, Plan

MANNERS = ((), (), (), ("slow",), ("lose",), ("reset",), ("429",), ("500",), ("", "lose"), ("", "reset", "slow"))
"""What the double does to the first sends: answers slowly, loses the answer, resets, refuses, fails; or none of it."""

_TAKEN = (
    "api sendMessage accepted",
    "api sendMessage replying",
    "http.sendMessage after",
    "bot.telegram.publisher:TelegramPublisher.send after",
    "storage.writing:StoreWriting.mark_sent before",
    "commit sent before",
)
"""First kills after which the message stands in the channel and nobody has written that down."""
_NOT_TAKEN = (
    "api sendMessage received",
    "http.sendMessage before",
    "bot.telegram.publisher:TelegramPublisher.send before",
    "commit sending after",
)
_WHEN_FOUND = (
    *(point.name for point in POINTS if point.stage == "look"),
    "storage.writing:StoreWriting.mark_sent before",
    "storage.writing:StoreWriting.mark_sent after",
    "commit sent before",
    "commit sent after",
)
_WHEN_ABSENT = (
    "bot.deliver:Deliverer._look before",
    "bot.telegram.publisher:TelegramPublisher.find before",
    "bot.telegram.publisher:TelegramPublisher.find after",
    "bot.telegram.publisher:TelegramPublisher._scan after",
    "bot.telegram.publisher:TelegramPublisher._read after",
    "api forwardMessage received",
    "storage.writing:StoreWriting.release_message before",
    "storage.writing:StoreWriting.release_message after",
    "commit release before",
    "commit release after",
)
"""Places that a life comes by which has to find out what became of the message."""

_SPANS = {
    "desk": 400,
    "feeds": 1100,
    "news": 900,
    "migrate": 600,
    "look": 450,
    "first": 450,
    "refused": 450,
    "edit": 450,
    "retract": 450,
    "weekly": 450,
    "alerts": 900,
    "own": 450,
    "own look": 450,
}
"""Milliseconds within which random instants are drawn: about what an undisturbed life takes."""


def named(dice: random.Random, point: Point) -> Plan:
    """One kill at that place."""
    kill = Kill(point.name, point.nth + dice.randrange(point.most), carried_out=dice.random() < 0.5)
    # A service is told to end when all can be read in the channel: before edits are written down, or made again, and
    # before operators are told.
    late = ("edit", "retract", "hopeless")
    whole = point.name.startswith(("bot.deliver:Deliverer.round", "bot.notices:")) or point.stage in late
    service = not (whole or STAGES[point.stage].service or STAGES[point.stage].arguments) and dice.random() < 0.15
    manner = dice.choice(MANNERS)
    if point.stage == "edit" and point.name.endswith(".send after"):
        manner = ()  # of its only post the answer must come, or nothing comes after
    return Plan(point.stage, (kill,), manner, service)


def every_place(dice: random.Random) -> Iterator[Plan]:
    """All places in random order, again and again."""
    while True:
        yield from (named(dice, point) for point in dice.sample(POINTS, len(POINTS)))


def some_places(dice: random.Random, number: int) -> list[Plan]:
    """So many places, of each job its share."""
    by_job = sorted(dice.sample(POINTS, len(POINTS)), key=lambda point: point.stage)
    step = len(by_job) / number
    return [named(dice, by_job[int(n * step)]) for n in range(number)]


def in_recovery(dice: random.Random) -> Plan:
    """A kill around a send, and one or two more while the next lives find out what became of it."""
    taken = dice.random() < 0.6
    first = dice.choice(_TAKEN if taken else _NOT_TAKEN)
    later = dice.sample(_WHEN_FOUND if taken else _WHEN_ABSENT, 1)
    if dice.random() < 0.3:
        # A look that was cut off before anything was decided is followed by another.
        later = [dice.choice(("bot.deliver:Deliverer._look before", "api forwardMessage received")), *later]
    kills = (Kill(first, dice.randrange(1, 4)), *(Kill(point) for point in later))
    return Plan("desk", kills, dice.choice(((), ("slow",))))


def at_an_instant(dice: random.Random) -> Plan:
    """One or two kills wherever the process is at that moment."""
    stage = dice.choice(tuple(_SPANS))
    kills = tuple(Kill(INSTANT, dice.randrange(10, _SPANS[stage])) for _ in range(dice.choice((1, 1, 2))))
    return Plan(stage, kills, dice.choice(MANNERS))


def from_cold(dice: random.Random, number: int) -> list[Plan]:
    """Kills of the real command: from outside, on the wire and at random instants of its first three seconds."""
    wire = ("api sendMessage accepted", "api sendMessage received", "api sendMessage replying", "feed received")
    plans = []
    for n, point in zip(range(number), itertools.cycle((*wire, INSTANT, "feed half", "api getMe received", INSTANT))):
        stage = {3: "cold new", 4: "cold" if point.startswith("feed") else "cold old"}.get(n % 5, "cold")
        nth = dice.randrange(100, 3000) if point == INSTANT else 1 + ("sendMessage" in point) * dice.randrange(2)
        plans.append(Plan(stage, (Kill(point, nth, carried_out=dice.random() < 0.5),)))
    return plans


def kills_in(plans: Sequence[Plan]) -> int:
    """How many kills are planned."""
    return sum(len(plan.kills) for plan in plans)
