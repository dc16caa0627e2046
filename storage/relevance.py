"""How hits are ranked: one formula over the hit's own words, so that every store ranks alike.

The candidates are the newest 2,000 matches, which bounds the work however common a word is. Each has for each
positive clause of the query the weighted frequency

    f = 3 × occurrences in the title + occurrences in the first 1,000 characters of the text

where words that only mean nearly what was asked count a fifth. It is
saturated as in BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009) with k = 1.2:
s = f × (k + 1) / (f + k); the relevance is the mean of s over the clauses. The inverse document frequency is left
out: all clauses must hold, so every candidate has them all. With the age a in days, counted from the newest
candidate so that no clock is needed, and a half-life of 14 days,

    score = relevance × (1 + 2^(−a / 14)) / 2

so a fresh hit counts at most twice as much as an old one of the same relevance. A word that stands only deep in a
long text matches, but adds nothing. Ties go to the newer article.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp2

from newsdesk.search import Clause
from storage.places import second_at

CANDIDATES = 2_000
LEAD = 1_000
"""Characters of the text that count."""
TITLE_WEIGHT = 3.0
NEARLY = 0.2
"""What a word counts that means nearly what was asked."""
SATURATION = 1.2
HALF_LIFE = 14 * 86_400
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An article's place and how good a hit it is."""

    place: int
    score: float


def recency(place: int, newest: int) -> float:
    """1 for the newest hit, tending to 0.5 for old ones."""
    return _of_age(second_at(newest) - second_at(place))


def _of_age(seconds: int) -> float:
    return (1.0 + exp2(-seconds / HALF_LIFE)) / 2.0


def _needles(clauses: Sequence[Clause]) -> list[list[tuple[str, float]]]:
    """What to count for each positive clause, in texts that begin and end with a blank, and how much it counts."""
    return [
        [
            (f" {' '.join(phrase)}{'' if clause.prefix else ' '}", 1.0 if number < len(clause.any_of) else NEARLY)
            for number, phrase in enumerate(clause.alternatives)
        ]
        for clause in clauses
        if not clause.negated
    ]


def _relevance(title: str, lead: str, needles: list[list[tuple[str, float]]]) -> float:
    total = 0.0
    for alternatives in needles:
        found = 0.0
        for needle, weight in alternatives:
            found += weight * (TITLE_WEIGHT * title.count(needle) + lead.count(needle))
        total += found * (SATURATION + 1.0) / (found + SATURATION)
    return total / len(needles)


def rank(
    candidates: Sequence[tuple[int, str, str]], clauses: Sequence[Clause], limit: int, offset: int = 0
) -> list[Hit]:
    """A page of the candidates (place, title words, text words; newest first), best first; `clauses` has a positive one.

    A word that stands directly after itself is counted once.
    """
    if not candidates:
        return []
    newest = second_at(candidates[0][0])
    needles = _needles(clauses)
    scored = [
        (_of_age(newest - second_at(place)) * _relevance(f" {title} ", f" {lead} ", needles), place)
        for place, title, lead in candidates
    ]
    scored.sort(reverse=True)
    return [Hit(place, score) for score, place in scored[offset : offset + limit]]
