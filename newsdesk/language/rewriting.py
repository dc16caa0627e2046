"""Queries rewritten as a person would rewrite them: with another filter, without a condition, with a word put right."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from newsdesk.language.asking import Kind, Placed, placed_terms, shortened

_WORD = re.compile(r"[^\W\d_]{4,}")
MOST_EASINGS = 10


class Ease(StrEnum):
    """What kind of condition is let go of."""

    FILTER = "filter"
    MINUS = "minus"
    PLUS = "plus"
    """Of a query made of "-word" alone: asked for is the word."""
    QUOTES = "quotes"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Easing:
    """A query with one condition less: `part` is what was let go of, as it was written; `text` the rest."""

    ease: Ease
    part: str
    text: str


@dataclass(frozen=True, slots=True)
class Spot:
    """A word of a query that asks for something, and where it stands (code points, end exclusive)."""

    word: str
    start: int
    end: int


def without(text: str, *keys: str) -> str:
    """The query without its filters of these keys; of any key when none is named."""
    return _cut(text, (one for one in placed_terms(text) if _is_filter(one, keys)))


def filtered(text: str, key: str, value: str) -> str:
    """The query with exactly this value of a filter, in place of what it had. An age ("7d") replaces all dates.

    It stands first: only so much of a query is read, and a quote that was never closed takes in what follows it.
    """
    written = value if key == "since" else f"{key}:{value}"
    rest = without(text, "since", "until") if key == "since" else without(text, key)
    return shortened(f"{written} {rest}".strip())


def value_of(text: str, key: str) -> str:
    """The value of the query's last filter of that key; "" without one."""
    values = [one.term.text for one in placed_terms(text) if _is_filter(one, (key,)) and not one.term.negated]
    return values[-1] if values else ""


def easings(text: str) -> tuple[Easing, ...]:
    """The query with one condition less, in every way: filters first, then "-", quotes, and single words."""
    found = [one for one in placed_terms(text) if one.term.kind is not Kind.OR]
    said = [one for one in found if one.term.kind is not Kind.FILTER]
    asking = [one for one in said if not one.term.negated]
    eased: dict[str, Easing] = {}
    for ease, chosen in (
        (Ease.FILTER, [one for one in found if one.term.kind is Kind.FILTER and one.term.key != "sort"]),
        (Ease.MINUS if asking else Ease.PLUS, [one for one in said if one.term.negated]),
        (Ease.QUOTES, [one for one in asking if one.term.kind is Kind.PHRASE and " " in one.term.text]),
        (Ease.WORD, asking if len(asking) > 1 else []),
    ):
        for one in chosen:
            part = shortened(text)[one.start : one.end]
            rest = _let_go(text, one, ease)
            if rest.strip():
                eased.setdefault(rest, Easing(ease, part, rest))
    return tuple(eased.values())[:MOST_EASINGS]


def _let_go(text: str, one: Placed, ease: Ease) -> str:
    if ease in (Ease.QUOTES, Ease.PLUS):
        read = shortened(text)
        return " ".join(f"{read[: one.start]}{one.term.text}{read[one.end :]}".split())
    return _cut(text, [one])


def spots(text: str) -> tuple[Spot, ...]:
    """The words of four letters or more that the query asks for, also those of phrases."""
    read = shortened(text)
    return tuple(
        Spot(found.group(), found.start(), found.end())
        for one in placed_terms(text)
        if one.term.kind in (Kind.WORD, Kind.PHRASE) and not one.term.negated
        for found in _WORD.finditer(read, one.start, one.end)
    )


def corrected(text: str, words: Mapping[Spot, str]) -> str:
    """The query with other words in those spots."""
    parts, at, read = [], 0, shortened(text)
    for spot in sorted(words, key=lambda spot: spot.start):
        parts += [read[at : spot.start], words[spot]]
        at = spot.end
    return "".join((*parts, read[at:]))


def _is_filter(one: Placed, keys: tuple[str, ...]) -> bool:
    return one.term.kind is Kind.FILTER and (not keys or one.term.key in keys)


def _cut(text: str, gone: Iterable[Placed]) -> str:
    parts, at, read = [], 0, shortened(text)
    for one in gone:
        parts.append(read[at : one.start])
        at = one.end
    return " ".join("".join((*parts, read[at:])).split())
