"""Ten thousand hostile headlines and texts: every message made of them is taken, says its words, and delays nobody."""

from __future__ import annotations

import multiprocessing
import os
import re
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import deliver
from bot.render import telegram, text, tree
from newsdesk.delivery import Decision, Move
from newsdesk.ports import Store
from storage import open_store
from tests.torture import texts_kinds, texts_queue
from tests.torture.frame import Figures, Size
from tests.torture.texts_queue import APART

QUICK, FULL = 40, 10_000
QUICK_QUEUE = 40
PORTION = 200
"""Articles in one store: a search among many is another row's matter."""


def judged(number: int, seed: str) -> texts_kinds.Tally:
    """Every kind of message about so many articles, store after store; many are shared out among the cores."""
    parts = [(f"{seed}/{start}", min(PORTION, number - start)) for start in range(0, number, PORTION)]
    whole = texts_kinds.Tally()
    if len(parts) == 1:
        return texts_kinds.portion(*parts[0])
    with ProcessPoolExecutor(min(4, os.cpu_count() or 1), mp_context=multiprocessing.get_context("spawn")) as pool:
        for part in pool.map(texts_kinds.portion, *zip(*parts, strict=True)):
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


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    kept = open_store(f"sqlite:///{tmp_path}/queue.db")
    yield kept
    kept.close()


@pytest.mark.timeout(1700)
async def test_none_delays_the_next(store: Store, size: Size, figures: Figures) -> None:
    """A third of the messages is refused, in each way there is: the next one goes a second later all the same."""
    number = size.pick(quick=QUICK_QUEUE, full=FULL)
    queue = await texts_queue.send_all(store, number, size.dice("queue"))
    figures.put(queued=number, ends=dict(queue.ends), latest_behind_s=APART.total_seconds())
    assert queue.wrong == [], f"{len(queue.wrong)} wrong, such as {queue.wrong[:5]}"
    assert queue.ends["sent"] > number // 2
    assert queue.ends["failed"] > number // 20


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


async def test_proof_a_delay_is_found(store: Store, size: Size, monkeypatch: pytest.MonkeyPatch) -> None:
    """Did a refused message rest its chat, as a lost chat does, the queue would stand still, and this is seen."""
    really = deliver.after_error

    def resting(*args: Any, **more: Any) -> Decision:
        decision = really(*args, **more)
        return replace(decision, move=Move.RETRY, at=decision.at + timedelta(seconds=5), rest=True)

    monkeypatch.setattr(deliver, "after_error", resting)
    queue = await texts_queue.send_all(store, 12, size.dice("delay"))
    assert any("behind the one before it" in fault for fault in queue.wrong)
