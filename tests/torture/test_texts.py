"""Ten thousand hostile headlines and texts: every message made of them is taken, and says its words."""

from __future__ import annotations

import re

import pytest

from bot.render import telegram, text, tree
from tests.torture import texts_kinds
from tests.torture.frame import Figures, Size
from tests.torture.portions import in_processes

QUICK, FULL = 40, 10_000
PORTION = 200
"""Articles in one store: a search among many is another row's matter."""


def judged(number: int, seed: str) -> texts_kinds.Tally:
    """Every kind of message about so many articles, store after store; many are shared out among the cores."""
    if number <= PORTION:
        return texts_kinds.portion(f"{seed}/0", number)
    whole = texts_kinds.Tally()
    for part in in_processes(texts_kinds.portion, seed, number, each=PORTION):
        whole.add(part)
    return whole


KINDS = "post,follow-up,plain post,edit,round-up,plain round-up,grown round-up,search,why,related,latest,inline,inline result"
KINDS = [
    *KINDS.split(","),
    "week",
    "own alert",
    "own round-up",
    "own list",
    "alert",
    "order to retract",
    "notice",
    "order to post",
    "status",
]


@pytest.mark.timeout(1700)
def test_every_kind_of_message_is_taken(size: Size, figures: Figures) -> None:
    """By Telegram's own parser and the models of its methods; what a reader sees are the words and links of the tree."""
    number = size.pick(quick=QUICK, full=FULL)
    tally = judged(number, f"{size.seed}")
    figures.put(headlines=number, messages=tally.kinds.total(), kinds=len(tally.kinds), longest_in_units=tally.longest)
    assert tally.wrong == [], f"{len(tally.wrong)} wrong, such as {tally.wrong[:5]}"
    assert min(tally.kinds[kind] for kind in KINDS) > 0
    assert tally.longest > 1_500


# --- with a protection switched off, the same runs find it --------------------------------------------------------------


@pytest.mark.parametrize("off", ["escaping", "marks", "addresses", "cutting"])
def test_proof_wrong_messages_are_found(off: str, size: Size, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without escaping, with marks that Telegram takes out, with hosts that it does not take, or without cutting."""
    if off == "escaping":
        monkeypatch.setattr(telegram, "escape", lambda words, quote: words)
    elif off == "marks":
        monkeypatch.setattr(text, "_LINES_ACROSS", set())
        monkeypatch.setattr(text, "_RING", "never")
    elif off == "addresses":
        monkeypatch.setattr(tree, "_WEB", re.compile(r"https?://(?P<port>)\S+"))
    else:
        monkeypatch.setattr(text, "clip", lambda words, most: words)
        monkeypatch.setattr(texts_kinds, "MOST_TITLE", 20_000)
        monkeypatch.setattr(texts_kinds, "hostile", lambda dice: "panjang " * 700)
    assert judged(16, f"{size.seed}/{off}").wrong != []
