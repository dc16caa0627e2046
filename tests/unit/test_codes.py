"""What buttons and deep links carry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat import Code, Codes
from bot.chat.codes import read_link, search_link
from bot.render.tree import MOST_CALLBACK

WORDS = st.text(max_size=200).filter(lambda words: words.isprintable()) | st.sampled_from(
    ["film topic:collaboration sort:newest 7d", "ª topic:film ¹", "film|korea", "source:antara country:KR"]
)


@given(WORDS, st.integers(0, 9999))
def test_a_button_says_what_was_written(words: str, page: int) -> None:
    """Whatever the words, in at most 64 bytes."""
    codes = Codes(b"k" * 32)
    data = codes.write(Code("s", page, words))
    assert len(data.encode()) <= MOST_CALLBACK
    assert codes.read(data) == Code("s", page, words)


@pytest.mark.parametrize(
    "words",
    ["film korea", "film korea sort:newest topic:collaboration 30d", "sutradara bioskop topic:film sort:newest 7d"],
)
def test_a_narrowed_search_outlives_the_process(words: str) -> None:
    """Filters are written short, so that another process reads the button too."""
    assert Codes(b"k" * 32).read(Codes(b"k" * 32).write(Code("s", 3, words))) == Code("s", 3, words)
    assert Codes(b"x" * 32).read(Codes(b"k" * 32).write(Code("s", 3, words))) is None


@given(st.text(max_size=80))
def test_any_payload_is_read_or_refused(payload: str) -> None:
    """A deep link may be made by anybody."""
    code = read_link(payload)
    assert code is None or code.kind in ("w", "r", "s")


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40).filter(str.strip))
def test_a_link_to_a_search_leads_to_it(words: str) -> None:
    """As far as 64 characters of a link go; otherwise there is none."""
    payload = search_link(words)
    assert len(payload) <= 64
    assert not payload or read_link(payload) == Code("s", 0, words)
    assert payload or len(words.encode()) > 46
