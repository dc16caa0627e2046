"""Buttons in rows that a phone shows whole."""

from __future__ import annotations

import pytest

from bot.render.rows import columns, in_rows
from bot.render.tree import Button


def _labels(labels: list[str], most: int = 4) -> list[list[str]]:
    return [[button.text for button in row] for row in in_rows((Button(label, data="x") for label in labels), most)]


@pytest.mark.parametrize(
    ("labels", "rows"),
    [
        (["Ya", "Tidak"], [["Ya", "Tidak"]]),
        (["a", "b", "c", "d", "e"], [["a", "b", "c", "d"], ["e"]]),
        (["🎬 Film", "🤖 AI", "🤝 Collaboration"], [["🎬 Film", "🤖 AI"], ["🤝 Collaboration"]]),
        (["Film korea dan Jepang yang baru", "AI"], [["Film korea dan Jepang yang baru"], ["AI"]]),
        ([], []),
    ],
)
def test_as_many_stand_in_a_row_as_fit(labels: list[str], rows: list[list[str]]) -> None:
    """All rows are of the length that the longest label allows, in their order."""
    assert _labels(labels) == rows


def test_there_is_a_most() -> None:
    """However short they are."""
    assert _labels(["1", "2", "3"], 2) == [["1", "2"], ["3"]]


@pytest.mark.parametrize(("label", "wide"), [("Film", 4), ("电影", 4), ("🎬 Film", 7), ("e\u0301", 1)])
def test_wide_signs_count_twice(label: str, wide: int) -> None:
    """Chinese and emoji; what combines counts nothing."""
    assert columns(label) == wide
