"""Articles as JSON Lines, for `lintas classify` and `lintas cluster`: what a line may hold, and what is wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from newsdesk.articles import ArticleText
from newsdesk.language.dates import parse_date

_TEXTS = ("title", "summary", "body", "outlet", "url", "language")
_LONE = re.compile("[\ud800-\udfff]")
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Line:
    """One good line: its number from one, the caller's id (any JSON value), and the article's text."""

    number: int
    id: Any
    text: ArticleText


@dataclass(frozen=True, slots=True)
class BadLine:
    """One line that cannot be used, and what to write instead."""

    number: int
    error: str

    def as_json(self) -> str:
        """The line that stands in its place in the output."""
        return json.dumps({"line": self.number, "error": self.error}, ensure_ascii=False)


def read_lines(lines: Iterable[bytes], *, zone: tzinfo, now: datetime) -> Iterator[Line | BadLine]:
    """Read articles one by one; empty lines are skipped. `zone` is for dates that name none.

    Absent, null and "" are the same for every field but `id` and `title`.
    """
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        yield _read_line(raw, number, zone, now)


def _read_line(raw: bytes, number: int, zone: tzinfo, now: datetime) -> Line | BadLine:
    try:
        data = json.loads(raw)
    except UnicodeDecodeError:
        return BadLine(number, "not UTF-8; write the file in UTF-8")
    except ValueError as error:
        return BadLine(number, f"not JSON ({error}); write one object a line")
    if not isinstance(data, dict):
        return BadLine(number, f'{_kind(data)} where an object is expected; write {{"id": …, "title": …}}')
    wrong = [f"`{key}` is {_kind(data[key])}; write text" for key in _TEXTS if not _is_text(data.get(key))]
    if "id" not in data:
        wrong.insert(0, "`id` is missing; give each article an id of its own")
    if not (isinstance(data.get("title"), str) and data["title"].strip()) and _is_text(data.get("title")):
        wrong.append("`title` is missing; an article is judged by its headline first")
    published, problem = _date(data.get("published"), zone, now)
    if problem:
        wrong.append(problem)
    if wrong:
        return BadLine(number, "; ".join(wrong))
    # Half a surrogate pair is no character: it stands for one that is lost, and offsets stay what they are.
    texts = {key: _LONE.sub("\ufffd", data.get(key) or "") for key in _TEXTS}
    texts["language"] = texts["language"] or "id"
    return Line(number, data["id"], ArticleText(published=published, **texts))


def _date(value: Any, zone: tzinfo, now: datetime) -> tuple[datetime | None, str]:
    """The time that a `published` field names; text that is no date at all counts as undated, as in feeds."""
    if value is None or value == "":
        return None, ""
    if isinstance(value, str):
        return parse_date(value, zone=zone, now=now), ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            moment = datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
        except (OverflowError, OSError, ValueError):
            return None, "`published` is a number that is no time; write a date or seconds since 1970"
        return (moment, "") if moment < _LATEST else (None, "`published` lies after the year 2200; write a date")
    return None, f"`published` is {_kind(value)}; write a date as text"


def _is_text(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), "null")
