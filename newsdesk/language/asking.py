"""The language in which people search: a line of text as a list of terms. Anything a person types has a reading.

    film korea              both words
    "kerja sama film"       these words one after another
    -horor  -"film pendek"  without this
    anime OR animasi        one of them (also ATAU, atau, |)
    sinem*                  words that begin so
    source:antara topic:film country:korea since:2026-08-01 until:kemarin 7d sort:newest

The filters also have Indonesian names (sumber, topik, negara, sejak, sampai, urut). What looks like a filter and is
none (a URL, a time) is words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from newsdesk.language.dates import parse_date

LONGEST = 128
"""Characters of a query that are read."""

FILTERS = {
    "source": "source",
    "sumber": "source",
    "topic": "topic",
    "topik": "topic",
    "country": "country",
    "negara": "country",
    "since": "since",
    "sejak": "since",
    "dari": "since",
    "until": "until",
    "sampai": "until",
    "hingga": "until",
    "sort": "sort",
    "urut": "sort",
}
_DASHES = "-−–—"
_QUOTES = '"“”„«»'
_TERM = re.compile(
    rf"(?P<not>[{_DASHES}](?=\S))?"
    rf"(?:(?P<key>{'|'.join(FILTERS)}):\s?(?:[{_QUOTES}](?P<long>[^{_QUOTES}]*)[{_QUOTES}]?|(?P<value>[^\s|{_QUOTES}]*))"
    rf"|[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)[{_QUOTES}]?"
    rf"|(?P<word>\||[^\s|{_QUOTES}]+))",
    re.IGNORECASE,
)
_AGE = re.compile(r"(\d{1,4})(d|h|w|y|hari|pekan|minggu|tahun)")
_ONLY_AGE = re.compile(r"(\d{1,4})(d|w|y|hari|pekan|minggu)")
_UNITS = {"d": 1, "hari": 1, "w": 7, "pekan": 7, "minggu": 7, "y": 365, "tahun": 365}
_PERIOD = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_DAYS = {"today": 0, "hari-ini": 0, "hariini": 0, "yesterday": 1, "kemarin": 1}


class Kind(StrEnum):
    """What a term is."""

    WORD = "word"
    PHRASE = "phrase"
    PREFIX = "prefix"
    OR = "or"
    FILTER = "filter"


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a query; `key` names the filter of a FILTER, `text` is its value, else the words."""

    kind: Kind
    text: str
    negated: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """A term, and where in the text it stands (code points, end exclusive)."""

    term: Term
    start: int
    end: int


def terms(text: str) -> list[Term]:
    """The terms of the first LONGEST characters of a query. Never raises."""
    return [placed.term for placed in placed_terms(text)]


def placed_terms(text: str) -> list[Placed]:
    """The same terms with their places."""
    found = ((_term(match), match) for match in _TERM.finditer(shortened(text)))
    return [Placed(term, match.start(), match.end()) for term, match in found if term]


def shortened(text: str) -> str:
    """The part of a query that is read, cut at a word's end."""
    if len(text) <= LONGEST:
        return text
    head = text[:LONGEST]
    return head if text[LONGEST].isspace() else (head.rsplit(maxsplit=1) or [""])[0]


def _term(found: re.Match[str]) -> Term | None:
    negated = bool(found["not"])
    if found["key"]:
        value = found["long"] if found["long"] is not None else found["value"]
        return Term(Kind.FILTER, value.strip(), negated, FILTERS[found["key"].lower()])
    if found["phrase"] is not None:
        return Term(Kind.PHRASE, found["phrase"].strip(), negated) if found["phrase"].strip() else None
    return _word(found["word"], negated)


def _word(word: str, negated: bool) -> Term | None:
    if word in ("OR", "ATAU", "atau") or not word.strip("|"):
        return Term(Kind.OR, word)
    if word in ("AND", "DAN", "&", "+"):
        return None
    if _ONLY_AGE.fullmatch(word.lower()) and not negated:
        return Term(Kind.FILTER, word.lower(), key="since")
    if word.endswith("*") and len(word.rstrip("*")) > 1:
        return Term(Kind.PREFIX, word.rstrip("*"), negated)
    return Term(Kind.WORD, word, negated)


def period(value: str, *, now: datetime, zone: tzinfo) -> tuple[datetime, datetime] | None:
    """The beginning and end of the time that a value names: a year, month, day, age ("7d", "2w", "kemarin").

    An age begins so long before `now` and ends with it. None when the value names no time.
    """
    folded = value.strip().lower()
    age = _AGE.fullmatch(folded)
    if age and age[2] in _UNITS:
        return now - timedelta(days=int(age[1]) * _UNITS[age[2]]), now
    if age:
        return now - timedelta(hours=int(age[1])), now
    days = _days(folded, now.astimezone(zone).date()) or _day_of(folded, now, zone)
    if days is None:
        return None
    first, last = days
    return (
        datetime.combine(first, time(), zone).astimezone(now.tzinfo),
        datetime.combine(last, time(), zone).astimezone(now.tzinfo),
    )


def _days(folded: str, today: date) -> tuple[date, date] | None:
    """The first day of a named day, month or year, and the day after its last."""
    if folded in _DAYS:
        first = today - timedelta(days=_DAYS[folded])
        return first, first + timedelta(days=1)
    found = _PERIOD.fullmatch(folded)
    if not found:
        return None
    year, month, day = (int(part) if part else 0 for part in found.groups())
    try:
        first = date(year, month or 1, day or 1)
        if day:
            return first, first + timedelta(days=1)
        return first, date(year + 1, 1, 1) if not month or month == 12 else date(year, month + 1, 1)
    except (ValueError, OverflowError):
        return None


def _day_of(folded: str, now: datetime, zone: tzinfo) -> tuple[date, date] | None:
    """A day in any other spelling that articles use (13/8/2026, 13 Agustus 2026)."""
    moment = parse_date(folded, zone=zone, now=now)
    if moment is None:
        return None
    first = moment.astimezone(zone).date()
    return first, first + timedelta(days=1)
