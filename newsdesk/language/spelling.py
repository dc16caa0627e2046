"""The nearest spelling: which words of the archive a word that it does not know may have been meant for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA

from newsdesk.language.words import fold

_WORD = re.compile(r"[^\W\d_]{4,30}")
MOST_WORDS = 50_000
SHORT = 6
"""Words of fewer letters may differ by one letter, others by two; a pair that changed places is one difference."""


class Vocabulary:
    """The words of texts as people write them, folded, with how often they occur."""

    def __init__(self, texts: Iterable[str]) -> None:
        written: Counter[str] = Counter()
        for text in texts:
            written.update(_WORD.findall(text.lower()))
        counts: Counter[str] = Counter()
        for word, number in written.items():
            counts[fold(word)] += number
        self._counts = dict(counts.most_common(MOST_WORDS))
        self._by_length: dict[int, list[str]] = {}
        for word in self._counts:
            self._by_length.setdefault(len(word), []).append(word)

    def __len__(self) -> int:
        return len(self._counts)

    def nearest(self, word: str, most: int = 3) -> tuple[str, ...]:
        """At most so many other words, the likeliest first: few differences, the same first letter, often used."""
        folded = fold(word)
        apart = 1 if len(folded) < SHORT else 2
        near = [
            (distance, other[:1] != folded[:1], -self._counts[other], other)
            for length in range(len(folded) - apart, len(folded) + apart + 1)
            for other, distance, _ in process.extract_iter(
                folded, self._by_length.get(length, ()), scorer=OSA.distance, score_cutoff=apart
            )
            if distance
        ]
        return tuple(other for *_, other in sorted(near)[:most])
