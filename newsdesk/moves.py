"""A source whose address has moved for good: when an operator hears of it. The operator's file is never changed."""

from __future__ import annotations

from dataclasses import dataclass

POLLS = 3
"""So many polls in a row must have been led to the same place: a redirect may be a slip of an afternoon."""


@dataclass(frozen=True, slots=True)
class Move:
    """Where the last polls were led, and how many of them; counting ends at POLLS, when an operator was told."""

    target: str
    polls: int


STAYED = Move("", 0)


def after_poll(before: Move, target: str) -> tuple[Move, bool]:
    """The move after a poll that was led to `target` ("" for none), and whether an operator is to be told now."""
    if target != before.target:
        return Move(target, 1) if target else STAYED, False
    if not target or before.polls >= POLLS:
        return before, False
    return Move(target, before.polls + 1), before.polls + 1 == POLLS
