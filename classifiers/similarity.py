"""How alike two articles are, as reports of one event: a score, what they share, and what speaks against it.

An article is compared by its title and lead as search words (Indonesian and English meet there), each weighted by how
rare it is in news. Two things are kept apart: the score says how much the articles share; an objection says that
they cannot be the same event however alike they look, because they are issues of one form: another date, number,
place, match or name in the same place of nearly the same title.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.distance import Indel

from classifiers.rarity import STOP_WORDS, weight
from newsdesk.language.clean import strip_lead
from newsdesk.language.words import search_words

LEAD = 400
"""Characters of the text, behind the dateline, that count as the lead."""
STRONG = 5.5
"""From this weight on a word is likely a name, a place or the matter itself."""
_TITLE = 1.5
"""How much more a word weighs when it stands in the title."""

_DAY_NAMES = "senin selasa rabu kamis jumat sabtu minggu ahad monday tuesday wednesday thursday friday saturday sunday"
_WEEKDAYS = frozenset(_DAY_NAMES.split())
_MONTH_NAMES = """januari februari maret april mei juni juli agustus september oktober november desember
january february march may june july august october december"""
_MONTHS = frozenset(_MONTH_NAMES.split())
_YEAR = re.compile(r"20[0-4]\d")


@dataclass(frozen=True, slots=True)
class Features:
    """An article as it is compared: its title's words in order, and the weights of what its title and all of it say."""

    order: tuple[str, ...]
    title: dict[str, float]
    words: dict[str, float]
    title_sum: float
    norm: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """The outcome of a comparison. `shared` are the words that tell most, `objection` is "" where there is none."""

    score: float
    shared: tuple[str, ...]
    strong: int
    objection: str = ""


@lru_cache(maxsize=4096)
def features(title: str, text: str) -> Features:
    """What is compared of an article: its title, and the beginning of its text without the dateline."""
    order = tuple(word.word for word in search_words(title))
    lead = strip_lead(text[: LEAD + 160])[:LEAD]
    heading = {word: weight(word) for word in order if word not in STOP_WORDS}
    words = {word.word: weight(word.word) for word in search_words(lead) if word.word not in STOP_WORDS} | heading
    norm = math.sqrt(sum((value * (_TITLE if word in heading else 1.0)) ** 2 for word, value in words.items()))
    return Features(order, heading, words, sum(heading.values()), norm)


def compare(new: Features, old: Features) -> Likeness:
    """Compare two articles. The score lies between 0 (nothing shared) and 1 (the same words)."""
    shared = new.words.keys() & old.words.keys()
    if not shared or not new.title or not old.title:
        return Likeness(0.0, (), 0)
    product = 0.0
    both = 0.0
    for word in shared:
        value = new.words[word]
        in_new, in_old = word in new.title, word in old.title
        product += value * value * (_TITLE if in_new else 1.0) * (_TITLE if in_old else 1.0)
        if in_new and in_old:
            both += value
    cosine = product / (new.norm * old.norm)
    dice = 2 * both / (new.title_sum + old.title_sum)
    covered = (_covered(new, old), _covered(old, new))
    score = 0.45 * cosine + 0.2 * dice + 0.2 * min(covered) + 0.15 * max(covered)
    return Likeness(
        score,
        tuple(sorted(shared, key=lambda word: (-new.words[word], word))[:6]),
        sum(1 for word in shared if new.words[word] >= STRONG),
        _objection(new, old, dice) if score > 0.3 else "",
    )


def _covered(one: Features, other: Features) -> float:
    """The share of one title that the other article's title or lead says as well."""
    return sum(value for word, value in one.title.items() if word in other.words) / one.title_sum


def _objection(new: Features, old: Features, dice: float) -> str:
    return (
        _other_day(new, old) or _other_number(new, old, dice) or _other_match(new, old) or _other_name(new, old, dice)
    )


def _other_day(new: Features, old: Features) -> str:
    """Titles that name different weekdays or different dates."""
    for here, there in ((_weekdays(new), _weekdays(old)), (_dates(new.order), _dates(old.order))):
        if here and there and not here & there:
            return f"another day: {_listed(here)} / {_listed(there)}"
    return ""


def _weekdays(one: Features) -> frozenset[str]:
    return frozenset(one.title.keys() & _WEEKDAYS)


def _dates(order: Sequence[str]) -> frozenset[str]:
    return frozenset(f"{day} {month}" for day, month in pairwise(order) if month in _MONTHS and day.isdigit())


def _other_number(new: Features, old: Features, dice: float) -> str:
    """The same place in both titles holds different numbers that the other article does not know."""
    slots = _slots(old.order)
    for place, number in _slots(new.order).items():
        other = slots.get(place)
        if other is None or number in old.words or other in new.words or _close(number, other):
            continue
        if dice >= 0.5 or place[1]:
            return f"another number: {' '.join(filter(None, (place[0], number, place[1])))} / {other}"
    return ""


def _slots(order: Sequence[str]) -> dict[tuple[str, str], str]:
    """The numbers of a title by the word before them, and by the words around them."""
    slots: dict[tuple[str, str], str] = {}
    for at, word in enumerate(order):
        if word[0].isdigit() and not _YEAR.fullmatch(word):
            before = order[at - 1] if at else ""
            after = order[at + 1] if at + 1 < len(order) else ""
            if before and before not in STOP_WORDS:
                slots.setdefault((before, ""), word)
            if before and after:
                slots.setdefault((before, after), word)
    return slots


def _close(one: str, other: str) -> bool:
    """Whether two numbers are one, rounded differently ("Rp93,6 M", "Rp93 miliar")."""
    try:
        here, there = (float(number.replace("d", ".")) for number in (one, other))
    except ValueError:
        return False
    return abs(here - there) <= 0.02 * max(here, there)


def _other_match(new: Features, old: Features) -> str:
    """Titles of matches whose sides differ."""
    here, there = _sides(new.order), _sides(old.order)
    if here and there and not here & there:
        return f"another match: {_listed(here)} / {_listed(there)}"
    return ""


def _sides(order: tuple[str, ...]) -> frozenset[str]:
    for mark in ("vs", "versus", "kontra"):
        if mark in order:
            at = order.index(mark)
            return frozenset(order[max(0, at - 1) : at] + order[at + 1 : at + 2])
    return frozenset()


def _other_name(new: Features, old: Features, dice: float) -> str:
    """Nearly the same title, but each has a telling word in the place of the other's."""
    if dice < 0.55:
        return ""
    here, there = _own(new, old), _own(old, new)
    if not here or not there:
        return ""
    alike = Indel.normalized_similarity(new.order, old.order)
    if alike >= 0.6 or dice >= 0.7:
        return f"another name: {_listed(here)} / {_listed(there)}"
    return ""


def _own(one: Features, other: Features) -> list[str]:
    """The telling words of one title that the other article does not say."""
    return [
        word for word, value in one.title.items() if word not in other.words and (value >= STRONG or word[0].isdigit())
    ]


def _listed(words: Collection[str]) -> str:
    return ", ".join(sorted(words)[:3])
