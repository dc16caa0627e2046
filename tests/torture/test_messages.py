"""Hostile messages by the million: Telegram takes each one, and it shows nothing but text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render import telegram, text, tree
from tests.torture import naughty
from tests.torture.frame import Figures, Size
from tests.torture.portions import in_processes

MESSAGES, QUICK = 1_000_000, 5_000


@pytest.mark.timeout(1700)
def test_no_hostile_message_escapes(size: Size, figures: Figures) -> None:
    """Every message is accepted by Telegram's own rules, keeps its limits, and shows nothing but text."""
    count = size.pick(quick=QUICK, full=MESSAGES)
    tally = naughty.Tally()
    for part in in_processes(naughty.run, f"{size.seed}/messages", count):
        tally.add(part)
    assert tally.escapes == [], f"{len(tally.escapes)} escapes, such as {tally.escapes[:5]}"
    assert tally.messages >= count
    assert tally.longest > 1_500
    figures.put(messages=tally.messages, message_escapes=0, longest_in_units=tally.longest)


# --- with a protection switched off, the same runs find escapes -------------------------------------------------------


def _same(word: str) -> str:
    return word


@pytest.mark.parametrize("off", ["escaping", "tidying", "cutting", "links"])
def test_messages_escape_without_a_protection(off: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without escaping, without tidying, without cutting to size, or with any address behind a link."""
    if off == "escaping":
        monkeypatch.setattr(telegram, "escape", lambda words, quote: words)
    elif off == "tidying":
        monkeypatch.setattr(tree, "tidy", _same)
        monkeypatch.setattr(text, "tidy", _same)
    elif off == "cutting":
        monkeypatch.setattr(text, "clip", lambda words, most: words)
    else:
        monkeypatch.setattr(tree, "web_url", bool)
    assert naughty.run("vacuity", 200).escapes != []


@given(st.text(max_size=80))
def test_a_tidy_text_is_tidy(words: str) -> None:
    """A message that was kept says the same when it comes back; "e", a zero-width space and an accent did not."""
    for tried in (words, "e\u200b\u0301" + words, words + "\u0301" * 5):
        assert tree.tidy(tree.tidy(tried)) == tree.tidy(tried)


def test_half_a_character_is_no_address() -> None:
    """A link that cannot be sent as UTF-8 is no link: the message would never get out."""
    assert not tree.web_url("https://a.example/\ud800")
    assert tree.link("kata", "https://\udfff.example/") == tree.Text("kata")
