"""The vocabulary: every word of every rule, in one automaton.

All words of all topics and of the list of parties are looked for in a single pass (Aho-Corasick: A. V. Aho and
M. J. Corasick, "Efficient string matching", CACM 18, 1975), so that the time of a verdict grows with the text and
hardly with the number of words. Words compared with case have an automaton of their own over the unfolded text:
short capitals such as AI or AS would else be found inside a quarter of all Indonesian words.

A *slot* is a small number that a rule gives to one set of words; a place in the text is (start, end, slots).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from ahocorasick_rs import AhoCorasick, Implementation

from classifiers.fold import Folded
from classifiers.forms import forms

V = TypeVar("V")
Hit = tuple[int, int, tuple[int, ...]]
"""Start and end in the folded text, and the slots that hold the word."""


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
            for form in forms(entry):
                key = (form.text, form.exact, form.open_end, capital and not form.exact)
                self._words.setdefault(key, set()).add(slot)

    def build(self) -> Vocabulary:
        """The finished vocabulary."""
        return Vocabulary({key: tuple(sorted(slots)) for key, slots in self._words.items()})


class Vocabulary:
    """Finds all words of all slots in a folded text. Immutable and shared by all verdicts."""

    def __init__(self, words: dict[tuple[str, bool, bool, bool], tuple[int, ...]]) -> None:
        self.size = len(words)
        folded: dict[str, list[tuple[bool, bool, tuple[int, ...]]]] = {}
        exact: dict[str, tuple[int, ...]] = {}
        for (text, is_exact, open_end, capital), slots in words.items():
            if is_exact:
                exact[text] = tuple(sorted({*exact.get(text, ()), *slots}))
            else:
                folded.setdefault(text, []).append((open_end, capital, slots))
        self._folded, self._plain = _automaton(folded)
        self._exact, self._cased = _automaton(exact)

    def find(self, text: Folded) -> list[Hit]:
        """Every word of the vocabulary in the text, by start, the longest first."""
        hits: list[Hit] = []
        lower, cased = text.lower, text.cased
        size = len(lower)
        if self._folded is not None:
            plain = self._plain
            for index, start, end in self._folded.find_matches_as_indexes(lower, overlapping=True):
                if start and lower[start - 1].isalnum() and not _camel(cased, start):
                    continue
                closed = end == size or not lower[end].isalnum() or _camel(cased, end)
                for open_end, capital, slots in plain[index]:
                    if (closed or open_end) and (not capital or cased[start].isupper()):
                        hits.append((start, end, slots))
        if self._exact is not None:
            signs = self._cased
            for index, start, end in self._exact.find_matches_as_indexes(cased, overlapping=True):
                if start and cased[start - 1].isalnum() and not cased[start - 1].islower():
                    continue
                if (
                    end < size
                    and cased[end].isalnum()
                    and not (cased[end].islower() and cased[start:end].isupper() and end - start > 1)
                ):
                    continue
                hits.append((start, end, signs[index]))
        hits.sort(key=_order)
        return hits


def _order(hit: Hit) -> tuple[int, int]:
    return hit[0], -hit[1]


def _camel(cased: str, at: int) -> bool:
    """True where two words were glued by lost markup: "yangAnime"."""
    return cased[at].isupper() and cased[at - 1].islower()


def _automaton(words: dict[str, V]) -> tuple[AhoCorasick | None, list[V]]:
    if not words:
        return None, []
    return AhoCorasick(list(words), implementation=Implementation.DFA), list(words.values())
