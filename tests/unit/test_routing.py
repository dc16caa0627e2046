"""Which chats take a story, when, and why not."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from newsdesk.routes import Digest, QuietHours, Route, TopicRule
from newsdesk.routing import local_moments, next_slot, placements, quiet_until, too_old

JAKARTA = "Asia/Jakarta"
HIGHLIGHTS = Route(
    id="highlights",
    chat="-1",
    when=TopicRule(2, ("film", "ai", "collaboration")),
    quiet=QuietHours(time(22), time(6)),
)
ROUNDUP = Route(
    id="roundup", chat="-1", when=TopicRule(1, ("film", "ai", "collaboration")), digest=Digest((time(7), time(17)))
)


def at(text: str) -> datetime:
    """A local time in Jakarta, as UTC."""
    return (datetime.fromisoformat(text).replace(tzinfo=UTC)) - timedelta(hours=7)


@pytest.mark.parametrize(
    ("matched", "route", "due", "waits"),
    [
        (("film", "ai"), "highlights", "2026-02-07T12:00", False),
        (("film",), "roundup", "2026-02-07T17:00", True),
        ((), None, None, None),
        (("sport",), None, None, None),
    ],
)
def test_the_first_route_that_takes_a_story_wins_it_for_its_chat(matched, route, due, waits):
    found = placements([HIGHLIGHTS, ROUNDUP], matched, at("2026-02-07T12:00"))
    if route is None:
        assert found == []
    else:
        assert [(p.route, p.due, p.waits) for p in found] == [(route, at(due), waits)]


def test_two_chats_may_each_take_the_same_story():
    other = Route(id="other", chat="-2", when=TopicRule(1, ("film",)))
    assert [p.chat for p in placements([HIGHLIGHTS, other], ("film", "ai"), at("2026-02-07T12:00"))] == ["-1", "-2"]


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-02-07T21:59", None),
        ("2026-02-07T22:00", "2026-02-08T06:00"),
        ("2026-02-08T05:59", "2026-02-08T06:00"),
        ("2026-02-08T06:00", None),
    ],
)
def test_quiet_hours_that_span_midnight_end_in_the_morning(now, until):
    found = quiet_until(HIGHLIGHTS.quiet, JAKARTA, at(now))
    assert found == (at(until) if until else None)


@pytest.mark.parametrize(("now", "quiet"), [("2026-02-07T12:30", True), ("2026-02-07T14:00", False)])
def test_quiet_hours_within_a_day(now, quiet):
    assert (quiet_until(QuietHours(time(12), time(14)), JAKARTA, at(now)) is not None) is quiet


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        ("2026-02-07T06:59", "2026-02-07T07:00"),
        ("2026-02-07T07:00", "2026-02-07T17:00"),
        ("2026-02-07T17:00", "2026-02-08T07:00"),
    ],
)
def test_the_next_slot_lies_strictly_ahead(now, slot):
    assert next_slot(ROUNDUP.digest, JAKARTA, at(now)) == at(slot)


def test_a_slot_comes_once_a_day_across_changes_of_the_clock():
    """Europe/Berlin skips 02:30 on 29 March 2026 and has it twice on 25 October."""
    digest = Digest((time(2, 30),))
    for day in (datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)):
        slots, now = [], day
        while now < day + timedelta(days=3):
            now = next_slot(digest, "Europe/Berlin", now)
            slots.append(now)
        assert len({slot.date() for slot in slots}) == len(slots)


@pytest.mark.parametrize(
    ("day", "at_time", "moments"),
    [
        (date(2026, 3, 28), time(2, 30), ["2026-03-28T01:30"]),
        (date(2026, 3, 29), time(2, 30), ["2026-03-29T01:00"]),
        (date(2026, 3, 29), time(3, 0), ["2026-03-29T01:00"]),
        (date(2026, 10, 25), time(2, 30), ["2026-10-25T00:30", "2026-10-25T01:30"]),
    ],
)
def test_a_local_time_is_one_moment_two_or_the_end_of_a_gap(day, at_time, moments):
    found = local_moments(day, at_time, ZoneInfo("Europe/Berlin"))
    assert found == [datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in moments]


def test_a_slot_behind_a_gap_is_not_passed_over():
    """02:30 is skipped and falls on 03:00; 03:15 comes after it, on its own time."""
    digest = Digest((time(2, 30), time(3, 15)))
    first = next_slot(digest, "Europe/Berlin", datetime(2026, 3, 29, 0, 30, tzinfo=UTC))
    second = next_slot(digest, "Europe/Berlin", first)
    assert (first, second) == (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), datetime(2026, 3, 29, 1, 15, tzinfo=UTC))


def test_an_article_older_than_the_limit_is_not_posted():
    now = at("2026-02-07T12:00")
    assert too_old(now - timedelta(hours=73), timedelta(hours=72), now)
    assert not too_old(now - timedelta(hours=72), timedelta(hours=72), now)
