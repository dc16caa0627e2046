"""When it is time to look back at a week, and which stories come first."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from newsdesk.lookback import APART, LATEST, LookBack, Told, due_slot, last_slot, top_stories
from newsdesk.routes import Route, TopicRule, Weekly
from newsdesk.routing import placements

SUNDAY = Weekly(on=6, at=time(18, 0), top=3)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SLOT = datetime(2026, 2, 8, 11, 0, tzinfo=UTC)
"""A Sunday, 18:00 in Jakarta."""


def route(weekly: Weekly = SUNDAY, least: int = 1, **more: str) -> Route:
    return Route(id="week", chat="-100", when=TopicRule(least, ("film", "ai")), weekly=weekly, **more)


def passed(*weeks_ago: int, message: int | None = 1) -> list[LookBack]:
    return [LookBack(SLOT - timedelta(weeks=weeks), SLOT, message) for weeks in weeks_ago]


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        (SLOT, SLOT),
        (SLOT - timedelta(seconds=1), SLOT - 7 * DAY),
        (SLOT + 6 * DAY + 23 * HOUR, SLOT),
        (SLOT + 7 * DAY, SLOT + 7 * DAY),
    ],
)
def test_the_last_slot(now: datetime, slot: datetime) -> None:
    """By the route's own clock, once a week."""
    assert last_slot(SUNDAY, "Asia/Jakarta", now) == slot


@pytest.mark.parametrize(
    ("at", "now", "slot"),
    [
        (time(2, 30), "2026-03-29T12:00", "2026-03-29T01:00"),  # skipped: the moment after the gap
        (time(2, 30), "2026-10-25T12:00", "2026-10-25T00:30"),  # comes twice: the first
    ],
)
def test_a_slot_comes_once_where_clocks_change(at: time, now: str, slot: str) -> None:
    """In a zone with summer time."""
    found = last_slot(Weekly(6, at), "Europe/Berlin", datetime.fromisoformat(f"{now}+00:00"))
    assert found == datetime.fromisoformat(f"{slot}+00:00")


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Jakarta"])
@pytest.mark.parametrize("at", [time(0, 0), time(2, 15), time(23, 45)])
def test_each_week_of_years_has_one_slot(zone: str, at: time) -> None:
    """Walking on in steps of seven hours: a slot a week, none earlier than the one before, whatever summer time does."""
    weekly, now = Weekly(6, at), datetime(2017, 9, 1, tzinfo=UTC)
    slots = [last_slot(weekly, zone, now + step * 7 * HOUR) for step in range(3 * 365 * 24 // 7)]
    assert slots == sorted(slots)
    different = sorted(set(slots))
    assert len(different) in (157, 158)
    gaps = {later - earlier for earlier, later in pairwise(different)}
    assert max(gaps) <= 7 * DAY + HOUR
    assert min(gaps) >= 7 * DAY - HOUR
    assert {slot.astimezone(ZoneInfo(zone)).weekday() for slot in different} == {6}


def test_once_a_slot_whatever_the_clock_says() -> None:
    """Due from its time on, and never again: not after a restart, nor when the clock went ahead and came back."""
    made = passed(1)
    assert due_slot(route(), made, SLOT - timedelta(seconds=1)) is None
    assert due_slot(route(), made, SLOT) == SLOT
    assert due_slot(route(), made, SLOT + LATEST) == SLOT
    assert due_slot(route(), made, SLOT + LATEST + timedelta(seconds=1)) is None, "the next one is near enough"
    assert due_slot(route(), passed(0, 1), SLOT + HOUR) is None
    ahead = passed(1, -2)  # the clock was three weeks ahead
    assert due_slot(route(), ahead, SLOT + HOUR) == SLOT
    assert due_slot(route(), ahead, SLOT + 14 * DAY) is None


def test_a_new_route_begins_with_its_next_slot() -> None:
    """Before its first row nothing is due; that row itself does not stand in the way of a day that was moved."""
    assert due_slot(route(), [], SLOT) is None
    assert due_slot(route(), passed(0, message=None), SLOT + HOUR) is None
    tuesday = route(Weekly(1, time(18, 0)))
    assert due_slot(tuesday, passed(0, message=None), SLOT + 2 * DAY) == SLOT + 2 * DAY


def test_moving_the_day_does_not_bring_the_same_week_again() -> None:
    """Two looks back are days apart."""
    assert due_slot(route(Weekly(6, time(19, 30))), passed(0), SLOT + 2 * HOUR) is None
    assert due_slot(route(Weekly(1, time(18, 0))), passed(0), SLOT + 2 * DAY) is None
    assert due_slot(route(Weekly(4, time(18, 0))), passed(0), SLOT + 5 * DAY) == SLOT + 5 * DAY
    assert timedelta(days=2) < APART < timedelta(days=5)


def test_other_routes_never_look_back() -> None:
    """And one that looks back takes no story of its own."""
    plain = Route(id="a", chat="-100", when=TopicRule(1, ("film",)))
    assert due_slot(plain, passed(1), SLOT) is None
    assert [one.route for one in placements([route(), plain], ["film"], SLOT)] == ["a"]


def told(story: int, outlets: int, score: float = 1.0, matched: str = "film", sources: str = "a", age: int = 1) -> Told:
    articles = tuple(frozenset(one.split("+")) for one in matched.split())
    return Told(story, SLOT - age * HOUR, outlets, articles, score, frozenset(sources.split()))


def test_the_most_told_come_first() -> None:
    """Then the highest score, then the newest; no more than the route's number."""
    stories = [told(1, 1, 9.0), told(2, 3), told(3, 3, 5.0), told(4, 1, 9.0, age=9)]
    assert top_stories(stories, route()) == [3, 2, 1]


def test_an_articles_own_verdict_decides() -> None:
    """Two articles with a topic each make no crossing; a story that only muted sources tell is left out."""
    stories = [told(1, 2, matched="film ai"), told(2, 1, matched="film film+ai"), told(3, 1, matched="sport")]
    assert top_stories(stories, route(least=2)) == [2]
    assert top_stories(stories, route()) == [1, 2]
    quiet = [told(1, 2, sources="a"), told(2, 1, sources="a b")]
    assert top_stories(quiet, route(), {"a"}) == [2]
