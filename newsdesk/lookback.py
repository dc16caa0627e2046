"""Looking back at a week: when it is time, and which stories were the most told. Pure: `now` is an argument."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from newsdesk.messages import Card
from newsdesk.routes import Route, Weekly
from newsdesk.routing import local_moments

WEEK = timedelta(days=7)
LATEST = timedelta(hours=24)
"""A look back that could not be made at its time is still made within this; later, the next one is near enough."""
APART = timedelta(days=4)
"""Two looks back are never nearer: whoever moves the day in the file does not get the same week twice."""


@dataclass(frozen=True, slots=True)
class LookBack:
    """One slot of a route in a chat: made `at`, as `message`; None for the first, which only says since when there is one."""

    slot: datetime
    at: datetime
    message: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """What a message that looks back shows: its slot, its stories, and whether any of them was taken back."""

    slot: datetime
    cards: tuple[Card, ...]
    struck: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A story of the week: when it was first told, by how many outlets, and what each of its articles matched.

    `score` is the highest sum of matched scores among its articles; `sources` are those of all its articles.
    """

    story: int
    at: datetime
    outlets: int
    matched: tuple[frozenset[str], ...]
    score: float
    sources: frozenset[str]


def last_slot(weekly: Weekly, timezone: str, now: datetime) -> datetime:
    """The newest slot that is not later than now, in UTC. Times that a change of the clock skips or repeats are as in
    `next_slot`: each comes once.
    """
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    # A week and a day back: today's slot may still be to come.
    days = (today - timedelta(days=back) for back in range(9))
    slots = (local_moments(day, weekly.at, zone)[0] for day in days if day.weekday() == weekly.on)
    return max(slot for slot in slots if slot <= now).astimezone(now.tzinfo)


def due_slot(route: Route, made: Collection[LookBack], now: datetime) -> datetime | None:
    """The slot for which the route is to look back now; None when there is none, or it was.

    `made` are those of the route in its chat; none at all means that the route is new here: only what comes after is
    its own. A clock that was set changes nothing about what was made.
    """
    if route.weekly is None or not made:
        return None
    slot = last_slot(route.weekly, route.timezone, now)
    if now - slot > LATEST or any(one.slot == slot for one in made):
        return None
    near = any(abs(one.slot - slot) < APART for one in made if one.message is not None)
    return None if near else slot


def top_stories(told: Iterable[Told], route: Route, silent: Collection[str] = ()) -> list[int]:
    """The stories of the week that the route takes: those that most outlets tell first, then those of the highest score,
    then the newest. An article's own verdict decides, as for posts. Stories that only `silent` sources tell are left out.
    """
    assert route.weekly is not None
    wanted = [
        story
        for story in told
        if any(route.when.takes(matched) for matched in story.matched) and not story.sources <= set(silent)
    ]
    wanted.sort(key=lambda story: (story.outlets, story.score, story.at, story.story), reverse=True)
    return [story.story for story in wanted[: route.weekly.top]]
