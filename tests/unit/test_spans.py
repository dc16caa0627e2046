"""Lengths of time in chat."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsdesk.spans import read_span


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("30m", timedelta(minutes=30)),
        ("2h", timedelta(hours=2)),
        (" 2 Jam ", timedelta(hours=2)),
        ("3 hari", timedelta(days=3)),
        ("12w", timedelta(weeks=12)),
        ("2 minggu", timedelta(weeks=2)),
        ("3 bulan", timedelta(days=90)),
        ("9999d", timedelta(days=9999)),
        ("0m", None),
        ("12345d", None),
        ("besok", None),
        ("-2h", None),
        ("2", None),
        ("film", None),
        ("", None),
    ],
)
def test_a_span_is_read_as_people_write_it(text: str, meant: timedelta | None) -> None:
    """A number of at most four digits and a unit, in either form; nothing else, and never nothing at all."""
    assert read_span(text) == meant
