"""The vocabulary: every word of every rule, in one automaton.

All words of all topics and of the list of parties are looked for in a single pass (Aho-Corasick: A. V. Aho and
M. J. Corasick, "Efficient string matching", CACM 18, 1975), so that the time of a verdict grows with the text and
hardly with the number of words. Words compared with case have an automaton of their own over the unfolded text:
short capitals such as AI or AS would else be found inside a quarter of all Indonesian words.

A *slot* is a small number that a rule gives to one set of words; a place in the text is (start, end, slots).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from ahocorasick_rs import AhoCorasick, Implementation

from classifiers.fold import Folded
from classifiers.forms import forms

V = TypeVar("V")
_MOST_LATE = 12
Hit = tuple[int, int, tuple[int, ...]]
"""Start and negative end in the folded text (so that they sort longest first), and the slots that hold the word."""
Reading = tuple[bool, bool, tuple[int, ...]]
"""How one spelling may be read: with an open end, only with a capital, and for which slots."""


@dataclass(slots=True)
class VocabularyBuilder:
    """Collects words under slots while rules are read."""

    slots: int = 0
    _words: dict[tuple[str, bool, bool, bool], set[int]] = field(default_factory=dict)

    def slot(self) -> int:
        """A new slot."""
        self.slots += 1
        return self.slots - 1

    def add(self, slot: int, entries: Iterable[str], *, capital: bool = False) -> None:
        """Put entries (as rule files write them) into a slot; `capital` words must begin with a capital."""
        for entry in entries:
            for form in forms(entry, name=capital):
                key = (form.text, form.exact, form.open_end, capital and not form.exact)
                self._words.setdefault(key, set()).add(slot)

    def build(self) -> Vocabulary:
        """The finished vocabulary."""
        return Vocabulary({key: tuple(sorted(slots)) for key, slots in self._words.items()})


class Vocabulary:
    """Finds all words of all slots in a folded text. Immutable and shared by all verdicts."""

    def __init__(self, words: dict[tuple[str, bool, bool, bool], tuple[int, ...]]) -> None:
        self.words = tuple(text for text, *_ in words)
        folded: dict[str, list[Reading]] = {}
        exact: dict[str, tuple[int, ...]] = {}
        for (text, is_exact, open_end, capital), slots in words.items():
            if is_exact:
                exact[text] = tuple(sorted({*exact.get(text, ()), *slots}))
            else:
                folded.setdefault(text, []).append((open_end, capital, slots))
        # A DFA of all folded words is faster alone, but so large that the rest of a verdict pays with cache misses.
        self._folded, self._plain = _automaton(folded, Implementation.ContiguousNFA)
        self._simple = [_simple(readings) for readings in self._plain]
        self._exact, self._cased = _automaton(exact, Implementation.DFA)
        self._capitals = tuple(word.isupper() and len(word) > 1 for word in exact)

    def find(self, text: Folded, until: int | None = None) -> list[Hit]:
        """Every word of the vocabulary in the text, by start, the longest first.

        Of those that begin at `until` or later only the first few are given: they are no evidence, but worth a
        remark.
        """
        limit = len(text.lower) if until is None else until
        hits = self._find_folded(text, limit) if self._folded is not None else []
        if self._exact is not None:
            self._find_exact(text.cased, limit, hits)
        hits.sort()
        return hits

    def _find_folded(self, text: Folded, limit: int) -> list[Hit]:
        assert self._folded is not None
        cased, plain, simple = text.cased, self._plain, self._simple
        lower = text.lower
        inner = _inner(lower)
        late = 0
        hits: list[Hit] = []
        for index, start, end in self._folded.find_matches_as_indexes(lower, overlapping=True):
            if start >= limit:
                late += 1
                if late > _MOST_LATE:
                    break
            if inner[start] and not (cased[start].isupper() and cased[start - 1].islower()):
                continue  # inside a word, unless lost markup glued two words: "yangAnime"
            closed = not inner[end + 1] or (cased[end].isupper() and cased[end - 1].islower())
            slots = simple[index]
            if slots is not None:
                if closed:
                    hits.append((start, -end, slots))
                continue
            for open_end, capital, slots in plain[index]:
                if (closed or open_end) and (not capital or cased[start].isupper()):
                    hits.append((start, -(end if closed else _word_end(lower, end)), slots))
        return hits

    def _find_exact(self, cased: str, limit: int, hits: list[Hit]) -> None:
        assert self._exact is not None
        size = len(cased)
        late = 0
        for index, start, end in self._exact.find_matches_as_indexes(cased, overlapping=True):
            if start >= limit and (late := late + 1) > _MOST_LATE:
                break
            if start and cased[start - 1].isalnum() and not cased[start - 1].islower():
                continue
            if end < size and cased[end].isalnum() and not (cased[end].islower() and self._capitals[index]):
                continue
            hits.append((start, -end, self._cased[index]))


def _simple(readings: list[Reading]) -> tuple[int, ...] | None:
    """The slots of a spelling that is read in one way only, as a whole word in any case: what nearly all are."""
    if len(readings) != 1:
        return None
    open_end, capital, slots = readings[0]
    return None if open_end or capital else slots


_BEYOND_LATIN = re.compile("[^\x00-\xff]")
_ALNUM = bytes(chr(code).isalnum() for code in range(256))


def _inner(lower: str) -> bytes:
    """For each place, shifted by one, whether a letter or digit stands there; nothing stands before and behind."""
    try:
        signs = lower.encode("latin-1")
    except UnicodeEncodeError:
        signs = _BEYOND_LATIN.sub(_as_latin, lower).encode("latin-1")
    return b"\0" + signs.translate(_ALNUM) + b"\0"


def _as_latin(sign: re.Match[str]) -> str:
    return "a" if sign.group().isalnum() else " "


def _word_end(lower: str, at: int) -> int:
    while at < len(lower) and lower[at].isalnum():
        at += 1
    return at


def _automaton(words: dict[str, V], implementation: Implementation) -> tuple[AhoCorasick | None, list[V]]:
    if not words:
        return None, []
    return AhoCorasick(list(words), implementation=implementation), list(words.values())
