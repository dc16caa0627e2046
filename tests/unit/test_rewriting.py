"""Queries rewritten: other filters, one condition less, words put right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdesk.language.asking import LONGEST
from newsdesk.language.rewriting import (
    MOST_EASINGS,
    Ease,
    corrected,
    easings,
    filtered,
    spots,
    value_of,
    without,
)

ASKED = 'film "kerja sama" -horor topic:film 7d OR drama sumber:"media indonesia"'
QUERIES = st.text(st.sampled_from('abc film"-:*|7d topic since OR'), max_size=200)


@pytest.mark.parametrize(
    ("keys", "rest"),
    [
        ((), 'film "kerja sama" -horor OR drama'),
        (("topic",), 'film "kerja sama" -horor 7d OR drama sumber:"media indonesia"'),
        (("since",), 'film "kerja sama" -horor topic:film OR drama sumber:"media indonesia"'),
        (("topic", "source", "since"), 'film "kerja sama" -horor OR drama'),
        (("country",), ASKED),
    ],
)
def test_filters_are_taken_away_by_their_kind(keys: tuple[str, ...], rest: str) -> None:
    """Whatever language their names are in, and however their values are quoted."""
    assert without(ASKED, *keys) == rest


@pytest.mark.parametrize(
    ("text", "key", "value", "then"),
    [
        ("film", "topic", "ai", "topic:ai film"),
        ("film topik:film", "topic", "ai", "topic:ai film"),
        ("film since:2026-01-01 until:kemarin", "since", "30d", "30d film"),
        ("film 7d", "since", "30d", "30d film"),
        ("", "topic", "ai", "topic:ai"),
        ("film sort:newest", "sort", "newest", "sort:newest film"),
    ],
)
def test_a_filter_takes_the_place_of_its_kind(text: str, key: str, value: str, then: str) -> None:
    """A query has one of each, the last one asked for."""
    assert filtered(text, key, value) == then
    assert value_of(then, key) == value


@given(QUERIES)
def test_a_filter_is_always_read(text: str) -> None:
    """However long the query is: only its beginning is read, and the filter is part of that."""
    narrowed = filtered(text, "topic", "ai")
    assert len(narrowed) <= LONGEST
    assert value_of(narrowed, "topic") == "ai"


def test_every_condition_can_be_let_go_of() -> None:
    """Filters first, then what is refused, then quotes, then words; each with what is left."""
    found = [(easing.ease, easing.part, easing.text) for easing in easings('film "kerja sama" -horor topic:ai')]
    assert found == [
        (Ease.FILTER, "topic:ai", 'film "kerja sama" -horor'),
        (Ease.MINUS, "-horor", 'film "kerja sama" topic:ai'),
        (Ease.QUOTES, '"kerja sama"', "film kerja sama -horor topic:ai"),
        (Ease.WORD, "film", '"kerja sama" -horor topic:ai'),
        (Ease.WORD, '"kerja sama"', "film -horor topic:ai"),
    ]


@pytest.mark.parametrize(
    ("text", "eased"),
    [("film", []), ("", []), ("topic:ai", []), ("-film", ["film"]), ("-film -ai", ["film -ai", "-film ai"])],
)
def test_what_would_leave_nothing_to_ask_for_is_no_easing(text: str, eased: list[str]) -> None:
    """Of a query made of refusals alone, each may have been meant."""
    assert [easing.text for easing in easings(text)] == eased


def test_the_order_is_no_condition() -> None:
    """Another order finds no more."""
    assert easings("film sort:newest") == ()


@given(QUERIES)
def test_any_query_can_be_rewritten(text: str) -> None:
    """Nothing a person types is an error, and an easing always asks for less."""
    found = easings(text)
    assert len(found) <= MOST_EASINGS
    for easing in found:
        assert 0 < len(easing.text) < len(text)
    assert corrected(text, {}) == text[: len(corrected(text, {}))]


def test_words_are_put_right_where_they_stand() -> None:
    """Also in a phrase; filters, refusals and short words are left alone."""
    text = 'flim "kreja sama" -drmaa topic:flim di'
    found = {spot.word: spot for spot in spots(text)}
    assert set(found) == {"flim", "kreja", "sama"}
    right = corrected(text, {found["flim"]: "film", found["kreja"]: "kerja"})
    assert right == 'film "kerja sama" -drmaa topic:flim di'
