"""The pure parts of the store: places, ranking, wording, and the translation of the databases' errors."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta, timezone

import psycopg.errors
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdesk.search import Clause, SearchQuery
from storage import faults
from storage.places import HIGHEST, LOWEST, place_of, places_between
from storage.relevance import rank, recency
from storage.rows import KEY_BYTES, clean, lookup_key
from storage.wording import KEY, KEYS, WORD, fts5_query, tsquery, tsvector, usable_keys, wanted, words_of

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

moments = st.datetimes(datetime(1960, 1, 1), datetime(2400, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - a bound
ids = st.integers(1, 2**29 - 1)


@given(moments, ids, moments, ids)
def test_places_order_as_seconds_and_then_numbers_do(one: datetime, id_one: int, two: datetime, id_two: int) -> None:
    """Later is higher; within a second (and before 1970) the higher number is; 64 bits suffice."""

    def second(moment: datetime) -> int:
        return max(0, int((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)))

    assert (place_of(one, id_one) < place_of(two, id_two)) == ((second(one), id_one) < (second(two), id_two))
    assert LOWEST <= place_of(one, id_one) < HIGHEST


@pytest.mark.parametrize(
    ("since", "until", "inside"),
    [
        (None, None, True),
        (NOON, None, True),
        (NOON.astimezone(timezone(timedelta(hours=7))), None, True),
        (NOON + timedelta(seconds=1), None, False),
        (None, NOON, False),
        (None, NOON + timedelta(seconds=1), True),
        (NOON, NOON, False),
        (datetime(1900, 1, 1, tzinfo=UTC), datetime(2500, 1, 1, tzinfo=UTC), True),
        (None, datetime(1900, 1, 1, tzinfo=UTC), False),
    ],
)
def test_bounds_include_since_and_exclude_until(since: datetime | None, until: datetime | None, inside: bool) -> None:
    """A half-open range, to the second."""
    low, high = places_between(since, until)
    assert (low <= place_of(NOON, 77) < high) is inside


def test_recency_halves_its_part_every_fourteen_days() -> None:
    """1, then three quarters, tending to a half."""
    newest = place_of(NOON, 1)
    ages = [0, 14, 28, 14 * 60]
    values = [recency(place_of(NOON - timedelta(days=days), 1), newest) for days in ages]
    assert values == pytest.approx([1.0, 0.75, 0.625, 0.5], abs=1e-9)


@pytest.mark.parametrize(
    ("clause", "texts", "order"),
    [
        (Clause((("film",),)), [("x", "film"), ("film", "x"), ("x", "film film")], [1, 0, 2]),
        (Clause((("film",),)), [("filmku", "x"), ("x", "film")], [1, 0]),
        (Clause((("film",),), prefix=True), [("filmku", "x"), ("x", "film")], [0, 1]),
        (Clause((("a", "b"),)), [("a c b", "x"), ("x", "a b")], [1, 0]),
        (Clause((("a",), ("b",))), [("x", "a"), ("x", "a c b"), ("b", "a")], [2, 1, 0]),
        (Clause((("x",),)), [("x", ""), ("x", ""), ("x", "")], [0, 1, 2]),
        (Clause((("a",),), nearly=(("b",),)), [("b b b", "x"), ("a", "x")], [1, 0]),
    ],
)
def test_ranking_counts_whole_words_and_titles_more(
    clause: Clause, texts: list[tuple[str, str]], order: list[int]
) -> None:
    """Alternatives add up, what is only nearly asked counts little; equal hits are newest first."""
    places = [place_of(NOON, 9 - number) for number in range(len(texts))]
    candidates = [(place, *words) for place, words in zip(places, texts, strict=True)]
    ignored = Clause((("nowhere",),), negated=True)
    assert [places.index(hit.place) for hit in rank(candidates, [clause, ignored], 10)] == order


def test_no_candidates_no_hits() -> None:
    """Nothing to rank."""
    assert rank([], [Clause((("a",),))], 10) == []


@given(st.text(), st.text())
def test_words_are_bounded_and_stable(text: str, other: str) -> None:
    """No word is empty, too long or holds a blank or control; words of words are the same words."""
    words = words_of(f"{text} {other}")
    assert all(word and len(word) <= WORD and not word.isspace() and "\x00" not in word for word in words)
    assert words_of(" ".join(words)) == words
    assert words == words_of(text) + words_of(other)


@given(st.lists(st.text(), max_size=100))
def test_story_keys_are_single_words(keys: list[str]) -> None:
    """At most KEYS, sorted, each without blanks and of bounded length; the same however they are ordered."""
    usable = usable_keys(keys)
    assert usable == sorted(set(usable)) == usable_keys(list(reversed(keys)))
    assert len(usable) <= KEYS
    assert all(key and len(key) <= KEY and len(key.split()) == 1 for key in usable)


@pytest.mark.parametrize(
    ("query", "in_fts5", "in_postgres"),
    [
        (SearchQuery(text=""), '({marks} : ("all"))', "' all'"),
        (
            SearchQuery(text="", clauses=(Clause((("a", "b"), ("c",)), prefix=True),)),
            '({title text} : ("a b" * OR "c" *))',
            "(('a' <-> 'b':*) | ('c':*))",
        ),
        (
            SearchQuery(text="", clauses=(Clause((("it's",),)), Clause((('x"y\\',),), negated=True))),
            '(({title text} : ("it\'s"))) NOT (({title text} : ("x""y\\")))',
            "(('it''s')) & !(('x\"y\\\\'))",
        ),
        (
            SearchQuery(text="", topics=("film", "AI"), sources=("a-b",), countries=("CN",)),
            '({marks} : ("t:film" OR "t:ai")) AND ({marks} : ("s:a-b")) AND ({marks} : ("c:cn"))',
            "(' t:film' | ' t:ai') & (' s:a-b') & (' c:cn')",
        ),
        (
            SearchQuery(text="", clauses=(Clause((("a",),), negated=True), Clause(()), Clause(((" ",),)))),
            '(({marks} : ("all"))) NOT (({title text} : ("a")))',
            "!(('a')) & ' all'",
        ),
    ],
)
def test_a_query_in_either_language(query: SearchQuery, in_fts5: str, in_postgres: str) -> None:
    """Every word is quoted, filters are marks, and what is only negated is taken from everything."""
    assert fts5_query(wanted(query)) == in_fts5
    assert tsquery(wanted(query)) == in_postgres


def test_a_tsvector_keeps_title_and_text_apart() -> None:
    """Positions leave a gap, marks have none."""
    assert tsvector(["a", "b"], ["b", "c'd"], ["all"]) == "'a':1 'b':2 'b':4 'c''d':5 ' all'"
    assert tsvector([], ["a"], []) == "'a':2"


@given(st.text(alphabet=st.characters()))
def test_clean_text_can_be_kept(text: str) -> None:
    """It is UTF-8 without NUL, and what was good already is the same."""
    assert "\x00" not in clean(text)
    clean(text).encode()
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert clean(text) == text.replace("\x00", "")


@given(st.text(max_size=3000))
def test_lookup_keys_fit_an_index(text: str) -> None:
    """Short ones are themselves."""
    assert len(lookup_key(text).encode()) <= KEY_BYTES
    if len(text) < 200:
        assert lookup_key(text) == clean(text)


BUGS = {"SQLITE_ERROR", "SQLITE_MISUSE", "SQLITE_CONSTRAINT", "SQLITE_MISMATCH", "SQLITE_RANGE"}
"""Result codes that only a mistake of ours brings about."""
NEVER = {"SQLITE_ABORT", "SQLITE_INTERNAL", "SQLITE_NOTFOUND", "SQLITE_EMPTY", "SQLITE_SCHEMA", "SQLITE_FORMAT"}
"""Codes that do not reach a program, or not this one."""


def test_every_result_code_of_sqlite_has_its_place() -> None:
    """Each primary code is a fault with a remedy, a mistake of ours, or known never to come."""
    primary = {
        name
        for name in dir(sqlite3)
        if name.startswith("SQLITE_")
        and name.count("_") == 1
        and isinstance(getattr(sqlite3, name), int)
        and name not in {"SQLITE_OK", "SQLITE_DENY", "SQLITE_IGNORE", "SQLITE_ROW", "SQLITE_DONE"}
    }
    actions = {name for name in primary if name.split("_")[1] in _ACTIONS}
    assert primary - actions - BUGS - NEVER - {"SQLITE_NOTICE", "SQLITE_WARNING"} == set(faults.SQLITE_FAULTS)


_ACTIONS = {
    "ALTER",
    "ANALYZE",
    "ATTACH",
    "DELETE",
    "DETACH",
    "FUNCTION",
    "INSERT",
    "PRAGMA",
    "READ",
    "RECURSIVE",
    "REINDEX",
    "SAVEPOINT",
    "SELECT",
    "TRANSACTION",
    "UPDATE",
}
"""Names of the authorizer, which are no result codes."""


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (psycopg.errors.AdminShutdown, True),
        (psycopg.errors.CrashShutdown, True),
        (psycopg.errors.CannotConnectNow, True),
        (psycopg.errors.ConnectionFailure, True),
        (psycopg.errors.TooManyConnections, True),
        (psycopg.errors.DiskFull, True),
        (psycopg.errors.OutOfMemory, True),
        (psycopg.errors.IoError, True),
        (psycopg.errors.LockNotAvailable, True),
        (psycopg.errors.SerializationFailure, True),
        (psycopg.errors.DeadlockDetected, True),
        (psycopg.errors.IdleInTransactionSessionTimeout, True),
        (psycopg.errors.QueryCanceled, True),
        (psycopg.errors.InvalidPassword, True),
        (psycopg.errors.InvalidCatalogName, True),
        (psycopg.errors.DataCorrupted, True),
        (psycopg.errors.IndexCorrupted, True),
        (psycopg.OperationalError, True),
        (psycopg.InterfaceError, True),
        (psycopg.errors.UniqueViolation, False),
        (psycopg.errors.UndefinedTable, False),
        (psycopg.errors.SyntaxError, False),
        (psycopg.errors.DatatypeMismatch, False),
        (psycopg.errors.NumericValueOutOfRange, False),
        (psycopg.ProgrammingError, False),
        (ValueError, False),
        (sqlite3.OperationalError, False),
    ],
)
def test_faults_of_postgresql_are_told_from_mistakes(error: type[Exception], fault: bool) -> None:
    """By SQLSTATE class; without one, a lost connection is a fault."""
    assert (faults.explain_postgres(error("x")) is not None) is fault


def test_an_error_without_a_result_code_is_a_mistake() -> None:
    """sqlite3 raises such for wrong use, and other libraries' errors are not ours to explain."""
    assert faults.explain_sqlite(sqlite3.ProgrammingError("Cannot operate on a closed database.")) is None
    assert faults.explain_sqlite(ValueError("x")) is None
