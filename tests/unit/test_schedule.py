"""When a source is looked at next, and what is remembered of a look."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsdesk.articles import Entry
from newsdesk.errors import FetchError
from newsdesk.ports import Harvest
from newsdesk.schedule import LONGEST_BACKOFF, after_failure, after_success, due, is_due, rhythm
from newsdesk.sources import Source, SourceState

NOW = datetime(2026, 2, 7, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SOURCE = Source(id="a", name="A", url="https://a.example/rss", every=10 * MINUTE)
STATE = SourceState(source="a")


def entry(minutes_ago: float | None) -> Entry:
    published = None if minutes_ago is None else NOW - minutes_ago * MINUTE
    return Entry(title="t", url="https://a.example/1", published=published)


@pytest.mark.parametrize(
    ("next_check", "expected"),
    [
        (None, True),
        (NOW, True),
        (NOW - MINUTE, True),
        (NOW + MINUTE, False),
        (NOW + timedelta(hours=24), False),
        (NOW + timedelta(days=365), True),
    ],
)
def test_a_source_is_due_when_its_time_has_come_or_the_clock_was_set_back(next_check, expected):
    assert is_due(SOURCE, replace(STATE, next_check=next_check), NOW) is expected


@pytest.mark.parametrize(
    ("looked", "expected"),
    [(timedelta(hours=2), True), (timedelta(days=365), True), (timedelta(seconds=20), False), (-MINUTE, False)],
)
def test_a_last_look_in_the_future_means_that_the_clock_was_set_back(looked, expected):
    """Half a minute is left to two machines whose clocks differ."""
    state = replace(STATE, last_poll=NOW + looked, next_check=NOW + looked + 10 * MINUTE)
    assert is_due(SOURCE, state, NOW) is expected


def test_a_disabled_source_is_never_due():
    assert not is_due(replace(SOURCE, enabled=False), STATE, NOW)


def test_the_longest_overdue_comes_first_and_the_never_seen_before_it():
    sources = [replace(SOURCE, id=name) for name in "abc"]
    states = {
        "a": replace(STATE, next_check=NOW - MINUTE),
        "b": replace(STATE, next_check=NOW - 5 * MINUTE),
    }
    assert [source.id for source in due(sources, states, NOW)] == ["c", "b", "a"]


@pytest.mark.parametrize(("jitter", "wait"), [(0.0, 9.5), (0.5, 10.0), (1.0, 10.5)])
def test_after_a_success_the_next_look_comes_after_every_moved_by_the_jitter(jitter, wait):
    after = after_success(SOURCE, replace(STATE, failures=3), Harvest(), NOW, jitter=jitter)
    assert after.next_check == NOW + wait * MINUTE
    assert after.failures == 0
    assert after.status == "ok"


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        (timedelta(hours=2), timedelta(hours=2)),
        (timedelta(seconds=1), 10 * MINUTE),
        (timedelta(days=400), timedelta(hours=24)),
    ],
)
def test_what_the_server_asks_for_is_honoured_within_reason(asked, wait):
    assert after_success(SOURCE, STATE, Harvest(retry_after=asked), NOW).next_check == NOW + wait
    error = FetchError("http", "429 Too Many Requests", asked)
    assert after_failure(SOURCE, STATE, error, NOW).next_check == NOW + wait


def test_an_unchanged_body_keeps_what_is_known_of_the_items():
    known = replace(STATE, items=10, newest_item=NOW - MINUTE, span=30 * MINUTE, body_hash="x")
    after = after_success(SOURCE, known, Harvest(unchanged=True, etag="e"), NOW)
    assert (after.items, after.newest_item, after.span, after.body_hash) == (10, NOW - MINUTE, 30 * MINUTE, "x")
    assert after.etag == "e"


def test_newest_item_never_goes_back():
    known = replace(STATE, newest_item=NOW)
    assert after_success(SOURCE, known, Harvest(entries=(entry(60),)), NOW).newest_item == NOW


def test_failures_double_the_wait_up_to_a_quarter_of_a_day_and_keep_the_validators():
    state = replace(STATE, etag="e", last_ok=NOW - timedelta(hours=1))
    waits = []
    for _ in range(12):
        state = after_failure(SOURCE, state, FetchError("dns", "no such host"), NOW)
        waits.append(state.next_check - NOW)
    assert waits[:3] == [10 * MINUTE, 20 * MINUTE, 40 * MINUTE]
    assert max(waits) == LONGEST_BACKOFF
    assert (state.failures, state.status, state.reason, state.etag) == (12, "dns", "no such host", "e")


@pytest.mark.parametrize(
    ("ages", "newest", "span"),
    [
        ([], None, None),
        ([None], None, None),
        ([5], 5, None),
        ([5, 35, None], 5, 30),
    ],
)
def test_rhythm_is_the_newest_date_and_the_time_covered(ages, newest, span):
    found = rhythm([entry(age) for age in ages])
    assert found == (
        None if newest is None else NOW - newest * MINUTE,
        None if span is None else span * MINUTE,
    )
