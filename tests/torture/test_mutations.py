"""Mutated feeds and hostile messages by the hundred thousand: nothing but plain entries and valid messages comes out."""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from html import unescape
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render import telegram, text, tree
from feeds import entries, markup
from feeds.policy import ReadLimits
from feeds.wire import Task
from tests.torture import mutants, naughty
from tests.torture.frame import Figures, Size

PROCESSES = min(4, os.cpu_count() or 1)
FEEDS, MESSAGES = 200_000, 1_000_000
QUICK = 5_000
EACH = 1_250
"""How many one process makes of one seed, before the next seed is taken."""

T = TypeVar("T")


def _limited() -> None:
    """The memory that a child of the service gets; computing time is limited for each mutant."""
    memory = ReadLimits().memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def in_processes(work: Callable[[str, int], T], base: str, count: int, limit: Callable[[], None] | None) -> Iterator[T]:
    """The work in portions, each with a seed of its own, over all processors."""
    portions = list(mutants.seeds_of(base, count, EACH))
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=fresh, initializer=limit) as pool:
        yield from pool.map(work, *zip(*portions, strict=True))


@pytest.mark.timeout(1700)
def test_no_mutated_feed_escapes(size: Size, figures: Figures) -> None:
    """Every mutant ends as an error of the source, or as entries that hold all invariants; no parser even stumbles."""
    count = size.pick(quick=QUICK, full=FEEDS)
    tally = mutants.Tally()
    for part in in_processes(mutants.run, f"{size.seed}/feeds", count, _limited):
        tally.add(part)
    assert tally.escapes == [], f"{len(tally.escapes)} escapes, such as {tally.escapes[:5]}"
    assert tally.ends.total() == count
    # Mutants that nothing can be read from any more would prove little.
    assert tally.ends["read"] > count // 2
    assert tally.entries > count // 2
    figures.put(
        feeds=count, feed_escapes=0, entries=tally.entries, ends=dict(tally.ends), stumbles=dict(tally.stumbles)
    )


@pytest.mark.timeout(1700)
def test_no_hostile_message_escapes(size: Size, figures: Figures) -> None:
    """Every message is accepted by Telegram's own rules, keeps its limits, and shows nothing but text."""
    count = size.pick(quick=QUICK, full=MESSAGES)
    tally = naughty.Tally()
    for part in in_processes(naughty.run, f"{size.seed}/messages", count, None):
        tally.add(part)
    assert tally.escapes == [], f"{len(tally.escapes)} escapes, such as {tally.escapes[:5]}"
    assert tally.messages >= count
    assert tally.longest > 1_500
    figures.put(messages=tally.messages, message_escapes=0, longest_in_units=tally.longest)


# --- with a protection switched off, the same runs find escapes -------------------------------------------------------


def _same(word: str) -> str:
    return word


@pytest.mark.parametrize("off", ["cleaning", "links", "limits", "catching"])
def test_mutants_escape_without_a_protection(off: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without cleaning, without judging links, without cutting, or without catching what parsers raise."""
    if off == "cleaning":
        for place, name in ((markup, "clean_text"), (markup, "one_line"), (entries, "one_line")):
            monkeypatch.setattr(place, name, unescape)
    elif off == "links":
        monkeypatch.setattr(entries, "absolute_url", lambda link, base: link)
    elif off == "limits":
        monkeypatch.setattr(entries, "_cut", lambda words, most: words)
    else:
        monkeypatch.setattr(entries, "parse_date", lambda *_, **__: 1 / 0)
        monkeypatch.setattr(mutants, "read_as_the_child_does", _uncaught)
    assert mutants.run("vacuity", 250).escapes != []


def _uncaught(mutant: mutants.Mutant) -> object:
    """What the child would do if it let exceptions out."""
    from feeds.child import read
    from tests.torture.mutants import NOW, Job

    return read(
        Job(task=Task.FEED, url="https://a.example/", name="A", zone="Asia/Jakarta", language="id", now=NOW),
        mutant.body,
    )


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


def test_the_same_seed_makes_the_same_mutants() -> None:
    """A failure can be run again from the seed that its message names."""
    seeds = mutants.Seeds()
    once, again = ([seeds.mutant(dice) for _ in range(50)] for dice in (random.Random("x"), random.Random("x")))
    assert once == again
    assert max(len(mutant.body) for mutant in once) <= mutants.MOST
    assert len(seeds.all) >= 20


@given(st.text(max_size=80))
def test_a_tidy_text_is_tidy(words: str) -> None:
    """A message that was kept says the same when it comes back; "e", a zero-width space and an accent did not."""
    for tried in (words, "e\u200b\u0301" + words, words + "\u0301" * 5):
        assert tree.tidy(tree.tidy(tried)) == tree.tidy(tried)


def test_half_a_character_is_no_address() -> None:
    """A link that cannot be sent as UTF-8 is no link: the message would never get out."""
    assert not tree.web_url("https://a.example/\ud800")
    assert tree.link("kata", "https://\udfff.example/") == tree.Text("kata")
