"""Buttons below a message: as many in a row as a phone shows with their whole labels."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from bot.render.tree import Button, Rows

COLUMNS = 44
"""Letters that a row of buttons shows on a phone of 390 points, its gaps among them; a CJK sign or an emoji takes two."""


def in_rows(buttons: Iterable[Button], most: int = 4) -> Rows:
    """The buttons in rows of one length, at most so many, in which every label fits (or in rows of one)."""
    row = tuple(buttons)
    widest = max((columns(button.text) for button in row), default=0)
    length = next((number for number in range(most, 1, -1) if widest < COLUMNS // number), 1)
    return tuple(row[at : at + length] for at in range(0, len(row), length))


def columns(label: str) -> int:
    """How wide a label is, in letters."""
    return sum(
        0 if unicodedata.combining(sign) or sign in "\u200d\ufe0f" else 1 + (unicodedata.east_asian_width(sign) in "WF")
        for sign in label
    )
