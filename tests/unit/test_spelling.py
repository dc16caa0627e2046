"""The nearest spelling, from words that were really written."""

from __future__ import annotations

import pytest

from newsdesk.language.spelling import Vocabulary

TEXTS = ["Film Korea tayang di Yogyakarta", "Film Prancis: sutradara Céline", "film dan flip Prabowo", "Karena korea"]


@pytest.fixture(scope="module")
def words() -> Vocabulary:
    return Vocabulary(TEXTS)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("flim", "film"),  # a pair that changed places is nearer and commoner than flip
        ("filem", "film"),
        ("FLIM", "film"),
        ("koera", "korea"),
        ("jogyakarta", "yogyakarta"),
        ("prabwo", "prabowo"),
        ("sutradra", "sutradara"),
        ("celin", "celine"),
        ("prancsi", "prancis"),
    ],
)
def test_the_nearest_word_comes_first(words: Vocabulary, typed: str, meant: str) -> None:
    """Few differences, then the same first letter, then how often it is written."""
    assert words.nearest(typed)[0] == meant


@pytest.mark.parametrize("typed", ["zzzqqq", "fi", "", "korea" * 20, "🎬🎬🎬🎬", "tayangan-yang-lain"])
def test_what_is_far_from_everything_has_none(words: Vocabulary, typed: str) -> None:
    """A guess that helps nobody is not made."""
    assert words.nearest(typed) == ()


def test_a_word_is_not_its_own_correction(words: Vocabulary) -> None:
    """Who wrote a known word is offered others only."""
    assert "film" not in words.nearest("film")


def test_an_archive_without_words_offers_none() -> None:
    """A fresh store has nothing to be near to."""
    assert Vocabulary([]).nearest("film") == ()
