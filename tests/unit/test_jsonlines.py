"""Articles as JSON Lines: what a line may hold, and what is wrong with it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jsonlines import BadLine, Line, read_lines
from newsdesk.articles import ArticleText

NOW = datetime(2026, 2, 7, 12, tzinfo=UTC)
JAKARTA = ZoneInfo("Asia/Jakarta")


def read(*rows: bytes | str) -> list[Line | BadLine]:
    raw = [row.encode() if isinstance(row, str) else row for row in rows]
    return list(read_lines(raw, zone=JAKARTA, now=NOW))


@pytest.mark.parametrize("nothing", ["", ', "summary": null', ', "summary": ""'])
def test_absent_null_and_empty_are_the_same(nothing: str) -> None:
    (line,) = read(f'{{"id": 1, "title": "Judul"{nothing}}}')
    assert isinstance(line, Line)
    assert line.text == ArticleText(title="Judul")


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ('"2026-02-07T17:55:00+07:00"', datetime(2026, 2, 7, 10, 55, tzinfo=UTC)),
        ('"Sat, 07 Feb 2026 17:55:00 +0700"', datetime(2026, 2, 7, 10, 55, tzinfo=UTC)),
        ('"Sabtu, 7 Februari 2026 17:55"', datetime(2026, 2, 7, 10, 55, tzinfo=UTC)),
        ("1770461700", datetime(2026, 2, 7, 10, 55, tzinfo=UTC)),
        ("1770461700000", datetime(2026, 2, 7, 10, 55, tzinfo=UTC)),
        ('"kapan-kapan"', None),
        ("null", None),
    ],
)
def test_dates_come_in_any_common_form(published: str, expected: datetime | None) -> None:
    (line,) = read(f'{{"id": 1, "title": "Judul", "published": {published}}}')
    assert isinstance(line, Line)
    assert line.text.published == expected


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ("nonsense", "not JSON"),
        (b'{"id": 1, "title": "\xff"}', "UTF-8"),
        ("[1]", "a list"),
        ('{"title": "Judul"}', "`id` is missing"),
        ('{"id": 1}', "`title` is missing"),
        ('{"id": 1, "title": "  "}', "`title` is missing"),
        ('{"id": 1, "title": 5}', "`title` is a number"),
        ('{"id": 1, "title": "Judul", "body": ["x"]}', "`body` is a list"),
        ('{"id": 1, "title": "Judul", "published": true}', "`published` is true or false"),
        ('{"id": 1, "title": "Judul", "published": 1e30}', "`published` is a number that is no time"),
    ],
)
def test_a_bad_line_says_what_to_write_and_the_rest_goes_on(row: bytes | str, word: str) -> None:
    bad, good = read(row, '{"id": 2, "title": "Judul"}')
    assert isinstance(bad, BadLine)
    assert word in bad.error
    assert json.loads(bad.as_json()) == {"line": 1, "error": bad.error}
    assert isinstance(good, Line)
    assert good.number == 2


def test_half_a_surrogate_pair_is_one_lost_character() -> None:
    (line,) = read('{"id": 1, "title": "a \\ud800 film"}')
    assert isinstance(line, Line)
    assert line.text.title == "a � film"


@given(st.binary(max_size=200))
def test_no_bytes_raise(raw: bytes) -> None:
    """Whatever a line holds, it becomes one answer, or none when it is blank."""
    assert len(read(raw.replace(b"\n", b" "))) <= 1
