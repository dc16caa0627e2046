"""Folding: the text as patterns are compared with it, and the way back to the offsets of the text as given.

Folding lowers case, makes one plain blank of every run of blanks, and plain signs of typographic quotes and
dashes; invisible characters (soft hyphen, zero-width space) vanish. Most texts keep their length, so the way back
is free; the others carry a sorted list of places where the distance changes.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

_SAME_LENGTH = (
    ("\t", " "),
    ("\r", " "),
    ("\u00a0", " "),
    ("\u202f", " "),
    ("\u2013", "-"),
    ("\u2014", "-"),
    ("\u2010", "-"),
    ("\u2011", "-"),
    ("\u2012", "-"),
    ("\u2019", "'"),
    ("\u2018", "'"),
    ("\u201c", '"'),
    ("\u201d", '"'),
)
_PLAIN_SIGNS = _SAME_LENGTH[:2]
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_REDUCE = re.compile(r"  +|[\u00ad\u200b\u200c\u200d\u2060\ufeff]+")


@dataclass(frozen=True, slots=True)
class Folded:
    """`lower` and `cased` have equal length; `places` / `shifts` lead back to the text as given (empty: same)."""

    lower: str
    cased: str
    places: tuple[int, ...] = ()
    shifts: tuple[int, ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The offsets in the given text of a (non-empty) place in the folded one."""
        if not self.places:
            return start, end
        return self._back(start), self._back(end - 1) + 1

    def from_given(self, index: int) -> int:
        """The place in the folded text of an offset into the given one."""
        low, high = 0, len(self.cased)
        while low < high:
            middle = (low + high) // 2
            if self._back(middle) < index:
                low = middle + 1
            else:
                high = middle
        return low

    def _back(self, index: int) -> int:
        at = bisect_right(self.places, index) - 1
        return index + self.shifts[at] if at >= 0 else index


def fold(text: str) -> Folded:
    """Fold a text; linear in its length."""
    cased = text
    for old, new in _PLAIN_SIGNS if text.isascii() else _SAME_LENGTH:
        cased = cased.replace(old, new)
    places: tuple[int, ...] = ()
    shifts: tuple[int, ...] = ()
    if "  " in cased or (not cased.isascii() and any(sign in cased for sign in _INVISIBLE)):
        cased, places, shifts = _reduced(cased)
    lower = cased.lower().replace("\n", " ")
    if len(lower) != len(cased):  # a few capitals (İ) become two characters; keep those as they are
        lower = "".join(one if len(one := sign.lower()) == 1 else sign for sign in cased)
    return Folded(lower, cased, places, shifts)


def _reduced(text: str) -> tuple[str, tuple[int, ...], tuple[int, ...]]:
    parts: list[str] = []
    places: list[int] = []
    shifts: list[int] = []
    size = shift = last = 0
    for match in _REDUCE.finditer(text):
        keep = 1 if match.group()[0] == " " else 0
        parts.append(text[last : match.start() + keep])
        size += match.start() + keep - last
        shift += match.end() - match.start() - keep
        last = match.end()
        places.append(size)
        shifts.append(shift)
    parts.append(text[last:])
    return "".join(parts), tuple(places), tuple(shifts)
