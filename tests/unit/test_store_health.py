"""Whether the database works: when it is tried again, and how often that is said."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from bot.storehealth import LONGEST_REST, SAID_EVERY, StoreHealth


class Steady:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_rests_grow_and_begin_small_again_after_calm() -> None:
    """1, 2, 4 … 30 seconds; a minute after the last failure it begins anew."""
    clock = Steady()
    health = StoreHealth(clock, lambda: 0.5)
    rests = []
    for _ in range(7):
        health.failed("full")
        rests.append(health.resting)
        clock.now += health.resting
        assert health.resting == 0
    assert rests == pytest.approx([1, 2, 4, 8, 16, 30, 30])
    health.worked()
    clock.now += 2 * LONGEST_REST + 1
    health.failed("full")
    assert health.resting == pytest.approx(1)


def test_trouble_lasts_until_something_was_written() -> None:
    """The last reason is told; nothing rests when nothing is wrong."""
    clock = Steady()
    health = StoreHealth(clock, lambda: 0.0)
    assert (health.trouble, health.resting) == (None, 0)
    health.failed("full")
    health.failed("read-only")
    assert health.trouble == "read-only"
    assert health.resting > 0
    health.worked()
    assert (health.trouble, health.resting) == (None, 0)


def test_it_is_said_once_a_minute_however_it_flaps() -> None:
    """A database that works every other second fills no log; that it works again is said where the trouble was."""
    clock = Steady()
    health = StoreHealth(clock, lambda: 0.5)
    with capture_logs() as logs:
        for _ in range(int(5 * SAID_EVERY)):
            health.failed("locked")
            clock.now += 0.5
            health.worked()
            clock.now += 0.5
    levels = [line["log_level"] for line in logs]
    assert levels == ["error", "info"] * 5
    assert logs[0]["reason"] == "locked"
