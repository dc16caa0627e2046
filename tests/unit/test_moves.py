"""An operator hears once of a source that has moved for good, and not of a passing redirect."""

from __future__ import annotations

import pytest

from newsdesk.moves import STAYED, after_poll


@pytest.mark.parametrize(
    ("targets", "told"),
    [
        (["a", "a", "a", "a", "a"], [3]),
        (["a", "a", "", "a", "a"], []),
        (["a", "b", "a", "b"], []),
        (["a", "a", "a", "b", "b", "b", "b"], [3, 6]),
        (["a", "a", "a", "", "a", "a", "a"], [3, 7]),
        (["", "", "", ""], []),
    ],
)
def test_it_is_told_at_the_third_poll_in_a_row(targets: list[str], told: list[int]) -> None:
    """Once for each place; going back and moving again is another move."""
    move, seen = STAYED, []
    for number, target in enumerate(targets, 1):
        move, now = after_poll(move, target)
        if now:
            seen.append(number)
    assert seen == told
