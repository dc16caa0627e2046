"""Mutated feeds by the hundred thousand: nothing but plain entries, or an error of the source, comes out."""

from __future__ import annotations

import random
import resource
from html import unescape

import pytest

from feeds import entries, markup
from feeds.policy import ReadLimits
from feeds.wire import Task
from tests.torture import mutants
from tests.torture.frame import Figures, Size
from tests.torture.portions import in_processes

FEEDS, QUICK = 200_000, 5_000


def _limited() -> None:
    """The memory that a child of the service gets; computing time is limited for each mutant."""
    memory = ReadLimits().memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


@pytest.mark.timeout(1700)
def test_no_mutated_feed_escapes(size: Size, figures: Figures) -> None:
    """Every mutant ends as an error of the source, or as entries that hold all invariants; no parser even stumbles."""
    count = size.pick(quick=QUICK, full=FEEDS)
    tally = mutants.Tally()
    for part in in_processes(mutants.run, f"{size.seed}/feeds", count, limit=_limited):
        tally.add(part)
    assert tally.escapes == [], f"{len(tally.escapes)} escapes, such as {tally.escapes[:5]}"
    assert tally.ends.total() == count
    # Mutants that nothing can be read from any more would prove little.
    assert tally.ends["read"] > count // 2
    assert tally.entries > count // 2
    figures.put(
        feeds=count, feed_escapes=0, entries=tally.entries, ends=dict(tally.ends), stumbles=dict(tally.stumbles)
    )


# --- with a protection switched off, the same runs find escapes -------------------------------------------------------


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


def test_the_same_seed_makes_the_same_mutants() -> None:
    """A failure can be run again from the seed that its message names."""
    seeds = mutants.Seeds()
    once, again = ([seeds.mutant(dice) for _ in range(50)] for dice in (random.Random("x"), random.Random("x")))
    assert once == again
    assert max(len(mutant.body) for mutant in once) <= mutants.MOST
    assert len(seeds.all) >= 20
