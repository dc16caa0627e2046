"""Listening to Telegram: when a poll counts as stuck, how long to keep still, what was heard before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from newsdesk.listening import Cure, Heard, Mark, Pulse, Rivalry, failed_wait

NOW = datetime(2026, 2, 7, 11, 0, tzinfo=UTC)


def test_three_silences_in_a_row_end_the_process() -> None:
    """Two minutes each; an answer in between begins anew."""
    pulse = Pulse(0.0)
    cures = []
    for at in (119.0, 120.0, 239.0, 240.0, 360.0):
        pulse, cure, _ = pulse.judged(at)
        cures.append(cure)
    assert cures == [Cure.WAIT, Cure.REBUILD, Cure.WAIT, Cure.REBUILD, Cure.GIVE_UP]
    pulse = Pulse(0.0, silences=2).answered(100.0)
    assert pulse.judged(220.0)[1:] == (Cure.REBUILD, "no answer to getUpdates for 120 s, 1 of 3")


def test_a_network_that_is_away_ends_nothing() -> None:
    """The client is built anew, for ever; a failure of another kind counts again."""
    pulse = Pulse(0.0)
    for n in range(1, 100):
        pulse, cure, _ = pulse.failed(away=True).judged(n * 120.0)
        assert cure is Cure.REBUILD
    pulse, cure, _ = pulse.failed(away=False).judged(100 * 120.0)
    assert (cure, pulse.silences) == (Cure.REBUILD, 1)


def test_time_left_to_wait() -> None:
    """Never negative; a rest that was announced counts from its end."""
    assert Pulse(0.0).left(100.0) == 20.0
    assert Pulse(0.0).left(500.0) == 0.0
    assert Pulse(0.0).answered(900.0).left(0.0) == 1020.0


def test_failing_polls_are_spaced() -> None:
    """Doubling to half a minute."""
    assert [failed_wait(n) for n in (1, 2, 3, 4, 5, 6, 100)] == [1, 2, 4, 8, 16, 30, 30]


def test_a_rival_is_news_once_and_the_rests_grow() -> None:
    """After half an hour of calm it is news again."""
    rivalry = Rivalry()
    seen = []
    at = 0.0
    for _ in range(6):
        rivalry, rest, news = rivalry.met(at)
        seen.append((rest, news))
        at += rest
    assert seen == [(60, True), (120, False), (240, False), (480, False), (900, False), (900, False)]
    assert rivalry.met(at + 3600)[1:] == (60.0, True)


def test_an_update_is_taken_up_once_in_any_order() -> None:
    """Also a batch that comes again, or in another order."""
    heard = Heard()
    assert [heard.is_new(number, NOW) for number in (5, 4, 5, 6, 4)] == [True, True, False, True, False]
    assert heard.mark(NOW) == Mark(6, NOW)


def test_what_an_earlier_process_heard_is_not_answered_again() -> None:
    """Up to its mark, for a day: Telegram keeps updates no longer, and may number anew after a week."""
    heard = Heard(Mark(100, NOW))
    assert [heard.is_new(number, NOW + timedelta(hours=1)) for number in (99, 100, 101)] == [False, False, True]
    assert Heard(Mark(100, NOW)).is_new(50, NOW + timedelta(days=8))
    assert Heard(Mark(100, NOW)).is_new(50, NOW - timedelta(days=8)), "a clock that was set back locks nobody out"


def test_what_is_remembered_here_is_bounded() -> None:
    """Some thousands of numbers."""
    heard = Heard()
    for number in range(10_000):
        heard.is_new(number, NOW)
    assert not heard.is_new(9_999, NOW)
    assert len(heard._here) <= 2_000


@pytest.mark.parametrize(
    "text", [None, "", "x", "12", "12 gestern", "x 2026-02-07T11:00:00+00:00", "1 2026-02-07T11:00:00"]
)
def test_a_mark_that_is_not_ours_is_none(text: str | None) -> None:
    """Whatever stands in the database."""
    assert Mark.read(text) is None


def test_a_mark_is_read_as_it_was_written() -> None:
    """Number and time."""
    assert Mark.read(Mark(7, NOW).text()) == Mark(7, NOW)
