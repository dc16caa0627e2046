"""Reading an article once: all words found in all fields, sorted out by topic.

What stands in clutter (see newsdesk/language/clutter.py) or below the horizon of a topic does not count; it is kept
as ignored, with the reason, so that `/why` can tell. A word inside a longer one of the same topic does not count
either: "kaca film" hides "film" when the topic says never, "film pendek" is counted once.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from classifiers.fold import Folded, fold
from classifiers.vocabulary import Vocabulary
from newsdesk.articles import ArticleText
from newsdesk.language.clutter import Clutter, clutter

Place = tuple[int, int, int, int]
"""Field number, start and end in the folded text, slot."""

_SENTENCE = re.compile(r"[.!?…][\"'”’)\]]*\s+|\n+")


@dataclass(slots=True)
class Field:
    """One field of the article: its name, its text as given, folded, its clutter, and its sentences (lazily)."""

    name: str
    text: str
    folded: Folded
    clutter: tuple[Clutter, ...]
    _starts: list[int] | None = None

    def sentence(self, at: int) -> int:
        """The number of the sentence at a folded offset."""
        if self._starts is None:
            self._starts = [match.end() for match in _SENTENCE.finditer(self.folded.cased)]
        return bisect_right(self._starts, at)


@dataclass(slots=True)
class Reading:
    """The places of one owner (a topic, or the list of parties) in the article."""

    places: list[Place] = field(default_factory=list)
    hidden: list[tuple[Place, str]] = field(default_factory=list)


def fields_of(text: ArticleText) -> list[Field]:
    """The fields of an article that hold text, folded, with their clutter."""
    found = []
    for name, value in (("title", text.title), ("summary", text.summary), ("body", text.body)):
        if value:
            spans = clutter(value) if name != "title" else ()
            found.append(Field(name, value, fold(value), spans))
    return found


def read(fields: Sequence[Field], vocabulary: Vocabulary, owners: Sequence[int], count: int) -> list[Reading]:
    """What each owner finds. `owners` maps a slot to its owner, `count` is the number of owners."""
    readings = [Reading() for _ in range(count)]
    ends = [0] * count
    last: list[tuple[int, int]] = [(-1, -1)] * count
    for number, one in enumerate(fields):
        ends = [-1] * count
        last = [(-1, -1)] * count
        spans = _folded_spans(one)
        at = 0
        for start, end, slots in vocabulary.find(one.folded):
            while at < len(spans) and spans[at][1] <= start:
                at += 1
            in_clutter = at < len(spans) and spans[at][0] < end
            for slot in slots:
                owner = owners[slot]
                if in_clutter:
                    readings[owner].hidden.append(((number, start, end, slot), spans[at][2]))
                elif end > ends[owner]:
                    ends[owner] = end
                    last[owner] = (start, end)
                    readings[owner].places.append((number, start, end, slot))
                elif last[owner] == (start, end):
                    readings[owner].places.append((number, start, end, slot))
    return readings


def _folded_spans(one: Field) -> list[tuple[int, int, str]]:
    """Clutter in offsets of the folded text."""
    if not one.clutter:
        return []
    if not one.folded.places:
        return [(span.start, span.end, span.kind) for span in one.clutter]
    return [(one.folded.from_given(span.start), one.folded.from_given(span.end), span.kind) for span in one.clutter]
