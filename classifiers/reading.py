"""Reading an article once: all words found in all fields, sorted out by topic.

What stands in clutter (see newsdesk/language/clutter.py) or below the horizon of a topic does not count; it is kept
as ignored, with the reason, so that `/why` can tell. A word inside a longer one of the same topic does not count
either: "kaca film" hides "film" when the topic says never, "film pendek" is counted once.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from ahocorasick_rs import AhoCorasick, Implementation

from classifiers.fold import Folded, fold
from classifiers.vocabulary import Hit, Vocabulary
from newsdesk.articles import ArticleText
from newsdesk.language.clutter import Clutter, clutter

Place = tuple[int, int, int, int]
"""Field number, start and end in the folded text, slot."""

_ENDS = [mark + after for mark in ".?!" for after in ' "”’)\n']
_STARTS = AhoCorasick([*_ENDS, "\n"], implementation=Implementation.DFA)
"""What a sentence begins behind: a mark that is no part of a number or an address, and the end of a line."""
_SHORTENED = frozenset(
    f" {short}"[-3:]
    for short in [
        "dr",
        "Dr",
        "drg",
        "Drg",
        "Drs",
        "Dra",
        "Prof",
        "Ir",
        "Hj",
        "KH",
        "No",
        "Jl",
        "Mr",
        "Mrs",
        "Ms",
        "St",
        "Corp",
        "Inc",
        "Ltd",
        "Co",
        "Tn",
        "Ny",
        "Kol",
        "Gen",
        "Lt",
        "Sen",
        "Gov",
    ]
)
"""The last three signs before a full stop that shortens a word or a title inside a sentence: "dr. Radjiman"."""
_INITIALS = frozenset(f" {letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_MOST_HIDDEN = 4
_HEADLINE = 170
"""So far below the horizon clutter is looked for: the headline of a sidebar that straddles it must be known whole."""
_STRADDLES = 60
"""So far below the horizon words are looked for in any case: one that begins above it counts."""
BELOW = "below the story's horizon"


@dataclass(slots=True)
class Field:
    """One field of the article: its name, its text as given, folded, its clutter, and its sentences (lazily)."""

    name: str
    text: str
    folded: Folded
    clutter: tuple[Clutter, ...]
    _starts: list[int] | None = None

    @property
    def starts(self) -> list[int]:
        """Where the sentences after the first begin (folded offsets)."""
        if self._starts is None:
            self._starts = _sentence_starts(self.folded.cased)
        return self._starts

    def sentence(self, at: int) -> int:
        """The number of the sentence at a folded offset."""
        return bisect_right(self.starts, at)


def _sentence_starts(text: str) -> list[int]:
    """Where sentences begin. The automaton costs a third of one regular expression."""
    line_end = len(_ENDS)
    starts = [
        at + 1
        for what, at, _ in _STARTS.find_matches_as_indexes(text, overlapping=True)
        if what == line_end or (text[at - 3 : at] not in _SHORTENED and text[at - 2 : at] not in _INITIALS)
    ]
    starts.sort()
    return starts


@dataclass(slots=True)
class Reading:
    """The places of one owner (a topic, or the list of parties) in the article.

    `hidden` are places that do not count (clutter, or below the horizon), with the reason; only the first few.
    """

    places: list[Place] = field(default_factory=list)
    hidden: list[tuple[Place, str]] = field(default_factory=list)


def fields_of(text: ArticleText, desk: Desk) -> list[Field]:
    """The fields of an article that hold text, folded, with their clutter as far as it matters."""
    found = []
    end = sys.maxsize if desk.to_the_end else desk.horizon + _STRADDLES
    headline = max(end, desk.horizon + _HEADLINE)
    for name, value in (("title", text.title), ("summary", text.summary), ("body", text.body)):
        if value:
            known = clutter(value[:headline]) if name != "title" else ()
            found.append(Field(name, value, fold(value[:end]), known))
    return found


@dataclass(frozen=True, slots=True)
class Desk:
    """What sorting needs: the owner of each slot, how many owners, the slots that hide, and where stories end.

    A text is read a little below that end, or `to_the_end` for the sake of remarks.
    """

    owners: Sequence[int]
    count: int
    never: frozenset[int]
    horizon: int
    to_the_end: bool = False


def read(fields: Sequence[Field], vocabulary: Vocabulary, desk: Desk) -> list[Reading]:
    """What each owner finds in all fields."""
    readings = [Reading() for _ in range(desk.count)]
    for number, one in enumerate(fields):
        horizon = desk.horizon if one.name == "body" else len(one.text)
        _sort_out(number, one, vocabulary.find(one.folded, horizon), desk, readings)
    return readings


def _sort_out(number: int, one: Field, hits: Sequence[Hit], desk: Desk, readings: Sequence[Reading]) -> None:
    horizon = desk.horizon if one.name == "body" else len(one.text)
    spans = _folded_spans(one)
    if not spans and (not hits or hits[-1][0] < horizon):
        _share_out(number, hits, desk, readings)
        return
    counted: list[Hit] = []
    at = 0
    for hit in hits:
        start = hit[0]
        while at < len(spans) and spans[at][1] <= start:
            at += 1
        if at < len(spans) and spans[at][0] < -hit[1]:
            _hide(number, hit, f"not the story: {spans[at][2]}", desk, readings)
        elif start >= horizon:
            _hide(number, hit, BELOW, desk, readings)
        else:
            counted.append(hit)
    _share_out(number, counted, desk, readings)


def _hide(number: int, hit: Hit, why: str, desk: Desk, readings: Sequence[Reading]) -> None:
    for slot in hit[2]:
        hidden = readings[desk.owners[slot]].hidden
        if len(hidden) < _MOST_HIDDEN:
            hidden.append(((number, hit[0], -hit[1], slot), why))


def _share_out(number: int, hits: Sequence[Hit], desk: Desk, readings: Sequence[Reading]) -> None:
    """Give each place to its owners, without what stands inside a longer place or begins inside a barred one."""
    owners, never = desk.owners, desk.never
    ends = [-1] * desk.count
    starts = [-1] * desk.count
    barred = [-1] * desk.count
    for start, negative_end, slots in hits:
        end = -negative_end
        for slot in slots:
            owner = owners[slot]
            if end > ends[owner]:
                if start < barred[owner]:
                    continue
                ends[owner] = end
                starts[owner] = start
                if slot in never:
                    barred[owner] = end
                readings[owner].places.append((number, start, end, slot))
            elif end == ends[owner] and start == starts[owner]:
                if slot in never:
                    _drop_last(readings[owner].places, (number, start, end))
                    barred[owner] = end
                elif barred[owner] == end:
                    continue
                readings[owner].places.append((number, start, end, slot))


def _drop_last(places: list[Place], span: tuple[int, int, int]) -> None:
    """Take back what was just counted at the very span that is barred: "never: [film]" bars the word itself, too."""
    while places and places[-1][:3] == span:
        places.pop()


def _folded_spans(one: Field) -> list[tuple[int, int, str]]:
    """Clutter in offsets of the folded text."""
    if not one.clutter:
        return []
    if not one.folded.places:
        return [(span.start, span.end, span.kind) for span in one.clutter]
    return [(one.folded.from_given(span.start), one.folded.from_given(span.end), span.kind) for span in one.clutter]
