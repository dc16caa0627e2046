"""Trends: stories counted by local days or weeks, the largest lines first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from newsdesk.trends import MOST_LINES, Series, Telling, trend

NOW = datetime(2026, 2, 7, 11, 0, tzinfo=UTC)  # a Saturday
WIB = ZoneInfo("Asia/Jakarta")


def told(days_ago: float, *topics: str, countries: tuple[str, ...] = ()) -> Telling:
    return Telling(NOW - timedelta(days=days_ago), topics, countries)


def test_weeks_begin_on_monday_and_those_without_news_count_as_nothing() -> None:
    """Sixty days make weeks; a story of two topics counts in both lines, and once among the stories."""
    found = trend(
        [told(1, "film", "ai"), told(2, "film"), told(40, "film")], since=NOW - timedelta(days=60), now=NOW, zone=WIB
    )
    assert (found.days, found.stories) == (7, 3)
    assert {step.weekday() for step in found.steps} == {0}
    assert found.steps[-1] == date(2026, 2, 2)
    film, ai = found.topics
    assert (film.name, film.numbers[-1], film.total) == ("film", 2, 3)
    assert ai == Series("ai", (0,) * (len(found.steps) - 1) + (1,))


def test_a_short_time_is_counted_by_the_readers_days() -> None:
    """What came at 00.30 WIB belongs to the new day, although it is the day before in UTC."""
    late = datetime(2026, 2, 6, 17, 30, tzinfo=UTC)
    found = trend([Telling(late, ("film",), ())], since=NOW - timedelta(days=7), now=NOW, zone=WIB)
    assert (found.days, len(found.steps)) == (1, 8)
    assert found.topics[0].numbers[-1] == 1


def test_only_the_largest_countries_are_lines() -> None:
    """At most a handful, the largest first; equal ones by name."""
    many = [told(1, "film", countries=(code,)) for code in ("CN", "CN", "KR", "KR", "JP", "US", "SG", "MY", "FR")]
    found = trend(many, since=NOW - timedelta(days=7), now=NOW, zone=WIB)
    assert [line.name for line in found.countries] == ["CN", "KR", "FR", "JP", "MY"]
    assert len(found.countries) == MOST_LINES


def test_the_change_leaves_the_step_under_way_out() -> None:
    """The later half of whole weeks against the earlier one."""
    tellings = [told(30, "film"), told(12, "film"), told(12, "film"), told(11, "film"), told(0, "film")]
    assert trend(tellings, since=NOW - timedelta(days=32), now=NOW, zone=WIB).change == 2
    assert trend([], since=NOW - timedelta(days=32), now=NOW, zone=WIB).change == 0
