"""How alike two articles are, as reports of one event: a score, what they share, and what speaks against it.

An article is compared by its title and lead as search words (Indonesian and English meet there), each weighted by how
rare it is in news. Two things are kept apart. The score says how much the articles share; it is a logistic function of
a few plain measures, whose weights were fitted on labelled pairs and rounded. An objection says that they cannot be
the same event however alike they look, because they are issues of one form: another day, number, place, match or
name in the same place of the title (daily prices, weather, horoscopes, schedules, exercises, lyrics).
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from operator import mul
from typing import NamedTuple

from rapidfuzz.distance import Indel

from classifiers.rarity import RARE, STOP_WORDS, weights
from newsdesk.language.clean import strip_lead
from newsdesk.language.words import SearchWord, search_words

LEAD = 400
"""Characters of the text, behind the dateline, that count as the lead."""
ACTORS = 3000
"""Characters of the text in which the actors' names are looked for."""
TELLING = 6.0
"""From this weight on a word is likely a name, a place or the matter itself."""
_SOMEWHAT = 4.5
"""From this weight on a word tells something, and fully from 2.5 more."""
_NAMING = 4.0
"""From this weight on a capitalised word names somebody: not Indonesia, not a minister."""
_DULL = 3.0
"""Below this weight a word does not say what happened."""
_TITLE = 1.5
"""How much more a word weighs when it stands in the title."""


class Measures(NamedTuple):
    """What a comparison measures, each between 0 and 1 (`days` up to 4).

    `cosine` of all words, `dice` of the titles, the `less` and the `more` covered of the two titles (the share of its
    weight that the other article says), rare words shared in `all` and in the titles (`heading`), the `days` between
    them, whether they are of the same `outlet`, and whether both have a `lead`.
    """

    cosine: float
    dice: float
    less: float
    more: float
    all: float
    heading: float
    days: float
    outlet: float
    lead: float


WEIGHTS = Measures(3.0, 1.0, 2.2, 2.1, 1.3, 1.1, -1.2, -1.0, -0.45)
"""Fitted by bench/grouping.py on labelled pairs, and rounded."""
BIAS = -3.45

_DAY_NAMES = "senin selasa rabu kamis jumat sabtu minggu ahad monday tuesday wednesday thursday friday saturday sunday"
_WEEKDAYS = frozenset(_DAY_NAMES.split())
_MONTH_NAMES = """januari februari maret april mei juni juli agustus september oktober november desember
january february march may june july august october december"""
_MONTHS = frozenset(_MONTH_NAMES.split())
_YEAR = re.compile(r"20[0-4]\d")
_INSIDE = " -/("
_SENTENCE_ENDS = frozenset(".!?:\"“”'\n")

_SERIAL_WORDS = """cuaca imsakiyah imsak ramalan zodiak shio weton primbon lirik chord kunci klasemen jadwal kurs ihsg
rupiah bitcoin kripto sinopsis ucapan contoh resep samsat keliling redeem loker lowongan kalender piodalan horoskop
streaming twibbon"""
_SERIAL = frozenset(_SERIAL_WORDS.split())
_SERIAL_PAIRS = frozenset(
    [("harga", "emas"), ("harga", "saham"), ("harga", "ponsel"), ("harga", "hari"), ("harga", "mobil")]
)
"""Words of titles that come again every day, for another day, place or thing."""
_ROUNDUP_TITLE = re.compile(
    r"\b(?:ter)?popul[ae]r\b|\btop (?:3|5|10)\b|\brangkuman\b|\bkemarin[,:]|\bberita hari ini\b", re.I
)
_ROUNDUP_LEAD = re.compile(
    r"(?:Sejumlah|Berbagai|Beragam|Kumpulan|Rangkuman) (?:berita|kabar|artikel|peristiwa)|Topik mengenai"
)
"""How round-ups begin, which are about several events."""
SERIAL_HOURS = 18
"""Issues of a form further apart than this are different ones."""


@dataclass(frozen=True, slots=True)
class Features:
    """An article as it is compared.

    `order` are its title's words; `title` and `words` weigh what its title, and title and lead together, say; `proper`
    are the words that are capitalised inside sentences, `names` the rare ones among them: its actors. `serial` marks issues of a form
    that comes again and again, `roundup` an article about several events.
    """

    order: tuple[str, ...]
    title: dict[str, float]
    words: dict[str, float]
    title_sum: float
    norm: float
    has_lead: bool
    serial: bool
    roundup: bool
    proper: frozenset[str]
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Likeness:
    """The outcome of a comparison. `shared` are all shared words, `telling` the number of rare ones among them,
    `cosine` and `dice` how much of all words and of the titles is the same, `deeds` what the shared words weigh that are no names and stand in a
    title (known from a score of 0.5 on), `actors` the shared names; `objection` is "" where there is none.
    """

    score: float
    shared: Collection[str] = ()
    telling: int = 0
    cosine: float = 0.0
    dice: float = 0.0
    deeds: float = 0.0
    actors: Collection[str] = ()
    objection: str = ""


NOTHING = Likeness(0.0)


@lru_cache(maxsize=128)
def features(title: str, text: str) -> Features:
    """What is compared of an article: its title, the beginning of its text without the dateline, and its actors."""
    weigh = weights().get
    heading = search_words(title)
    order = tuple([word.word for word in heading])
    told = strip_lead(text[:ACTORS])
    found = search_words(told)
    title_weights = {word: value for word in order if (value := weigh(word, RARE))}
    words = {
        word.word: value for word in found if word.end <= LEAD and (value := weigh(word.word, RARE))
    } | title_weights
    squares = [(value * _TITLE if word in title_weights else value) ** 2 for word, value in words.items()]
    proper = _proper(title, heading) | _proper(told, found)
    return Features(
        order=order,
        title=title_weights,
        words=words,
        title_sum=sum(title_weights.values()),
        norm=math.sqrt(sum(squares)),
        has_lead=bool(found),
        serial=_is_serial(order),
        roundup=bool(_ROUNDUP_TITLE.search(title) or _ROUNDUP_LEAD.match(told)),
        proper=frozenset(proper),
        names=frozenset([word for word in proper if len(word) > 2 and weigh(word, RARE) >= RARE]),
    )


def _proper(text: str, found: Sequence[SearchWord]) -> set[str]:
    """The words that are capitalised inside a sentence; none where nearly every word is, as in many titles."""
    named = set()
    inside = capitals = 0
    for word, start, _ in found:
        if start < 2 or text[start - 1] not in _INSIDE or text[start - 2] in _SENTENCE_ENDS:
            continue
        inside += 1
        if text[start].isupper():
            capitals += 1
            named.add(word)
    return named if capitals * 5 <= inside * 3 else set()


def _is_serial(order: Sequence[str]) -> bool:
    said = set(order)
    return not said.isdisjoint(_SERIAL) or any(a in said and b in said for a, b in _SERIAL_PAIRS)


def compare(
    new: Features,
    old: Features,
    *,
    days: float = 0.0,
    same_outlet: bool = False,
    shared: Collection[str] | None = None,
    worn: Mapping[str, float] | None = None,
) -> Likeness:
    """Compare two articles that lie `days` apart. The score lies between 0 and 1; from 0.5 on it is one event.

    `shared` are their shared words, where the caller has them already. `worn` gives the share of a word's weight that
    still tells, for words that many stories of the moment have.
    """
    if shared is None:
        shared = new.words.keys() & old.words.keys()
    if not shared or not new.title_sum or not old.title_sum:
        return NOTHING
    sums = _sums(new, old, shared, worn or {})
    measured = _measures(new, old, sums, days, same_outlet)
    score = 1 / (1 + math.exp(-BIAS - sum(map(mul, WEIGHTS, measured))))
    objection = _objection(new, old, days) if score >= 0.2 else ""
    deeds = _deeds(new, old, shared) if score >= 0.5 else 0.0
    return Likeness(
        score=score,
        shared=shared,
        telling=sums.telling,
        cosine=measured.cosine,
        dice=measured.dice,
        deeds=deeds,
        actors=new.names & old.names,
        objection=objection,
    )


def _deeds(new: Features, old: Features, shared: Collection[str]) -> float:
    """What the shared words weigh that say what happened: no names, no numbers, and in one of the titles."""
    return sum(
        new.words[word]
        for word in shared
        if (word in new.title or word in old.title)
        and word not in new.proper
        and word not in old.proper
        and not word[0].isdigit()
        and new.words[word] >= _DULL
    )


def measure(new: Features, old: Features, *, days: float, same_outlet: bool) -> Measures:
    """The measures alone, for fitting WEIGHTS; all 0 where an article has no words."""
    if not new.title_sum or not old.title_sum:
        return Measures(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, min(days, 4.0), float(same_outlet), 0.0)
    return _measures(new, old, _sums(new, old, new.words.keys() & old.words.keys(), {}), days, same_outlet)


def _measures(new: Features, old: Features, sums: _Sums, days: float, same_outlet: bool) -> Measures:
    here, there = sums.in_new_title / new.title_sum, sums.in_old_title / old.title_sum
    return Measures(
        sums.product / (new.norm * old.norm),
        2 * sums.both / (new.title_sum + old.title_sum),
        min(here, there),
        max(here, there),
        min(sums.strong, 5.0) / 5,
        min(sums.strong_title, 4.0) / 4,
        min(days, 4.0),
        float(same_outlet),
        float(new.has_lead and old.has_lead),
    )


class _Sums(NamedTuple):
    """What the shared words weigh, by where they stand; `strong` counts them by how much they tell."""

    product: float
    both: float
    in_new_title: float
    in_old_title: float
    strong: float
    strong_title: float
    telling: int


def _sums(new: Features, old: Features, shared: Collection[str], worn: Mapping[str, float]) -> _Sums:
    product = both = strong = strong_title = in_new_title = in_old_title = 0.0
    telling = 0
    weighed, new_title, old_title = new.words, new.title, old.title
    for word in shared:
        value = weighed[word]
        if word in worn:
            value *= worn[word]
        weighted = value * value
        here, there = word in new_title, word in old_title
        if here:
            in_new_title += value
            weighted *= _TITLE
            if there:
                both += value
        if there:
            in_old_title += value
            weighted *= _TITLE
        product += weighted
        if value > _SOMEWHAT:
            step = (value - _SOMEWHAT) / 2.5
            if step > 1.0:
                step = 1.0
            strong += step
            telling += value >= TELLING
            if here or there:
                strong_title += step
    return _Sums(product, both, in_new_title, in_old_title, strong, strong_title, telling)


def told_most(new: Features, shared: Collection[str], most: int = 6) -> list[str]:
    """The shared words that tell most, for the reason of a decision."""
    return sorted(shared, key=lambda word: (-new.words[word], word))[:most]


def _objection(new: Features, old: Features, days: float) -> str:
    if new.roundup or old.roundup:
        return "a round-up of several events"
    return (
        _other_day(new, old)
        or _other_match(new.order, old.order)
        or (_other_issue(new, old, days) if new.serial or old.serial else "")
        or _other_number(new, old)
        or _other_name(new, old)
        or _other_names(new, old)
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


def _other_match(new: Sequence[str], old: Sequence[str]) -> str:
    """Titles of matches whose sides differ."""
    here, there = _sides(new), _sides(old)
    if here and there and not here & there:
        return f"another match: {_listed(here)} / {_listed(there)}"
    return ""


def _sides(order: Sequence[str]) -> frozenset[str]:
    for mark in ("vs", "versus", "kontra"):
        if mark in order:
            at = order.index(mark)
            return frozenset([*order[max(0, at - 1) : at], *order[at + 1 : at + 2]])
    return frozenset()


def _other_issue(new: Features, old: Features, days: float) -> str:
    """Issues of a form: the same only on the same day, and when neither names what the other does not."""
    if days * 24 > SERIAL_HOURS:
        return "another issue of a daily form"
    here, there = _own(new, old, _SOMEWHAT), _own(old, new, _SOMEWHAT)
    if here and there:
        return f"another issue of one form: {_listed(here)} / {_listed(there)}"
    return ""


def _other_number(new: Features, old: Features) -> str:
    """The same place in both titles holds different numbers that the other article does not know."""
    slots = _slots(old.order)
    for place, number in _slots(new.order).items():
        other = slots.get(place)
        if other and number not in old.words and other not in new.words and not _close(number, other):
            return f"another number: {place[0]} {number} {place[1]} / {other}"
    return ""


def _slots(order: Sequence[str]) -> dict[tuple[str, str], str]:
    """The numbers of a title by the words around them."""
    slots: dict[tuple[str, str], str] = {}
    for at, word in enumerate(order):
        if word[0].isdigit() and not _YEAR.fullmatch(word):
            before = order[at - 1] if at else ""
            after = order[at + 1] if at + 1 < len(order) else ""
            if before not in STOP_WORDS:
                slots.setdefault((before, after), word)
                slots.setdefault((before, ""), word)
    return slots


def _close(one: str, other: str) -> bool:
    """Whether two numbers are one, rounded differently ("Rp93,6 M", "Rp93 miliar")."""
    try:
        here, there = (float(number.replace("d", ".")) for number in (one, other))
    except ValueError:
        return False
    return abs(here - there) <= 0.02 * max(here, there)


def _other_name(new: Features, old: Features) -> str:
    """Nearly the same title, but each has a telling word in the place of the other's."""
    here, there = _own(new, old, TELLING), _own(old, new, TELLING)
    if here and there and Indel.normalized_similarity(new.order, old.order) >= 0.72:
        return f"another name: {_listed(here)} / {_listed(there)}"
    return ""


def _other_names(new: Features, old: Features) -> str:
    """Both name names, and neither says any that the other names."""
    here, there = _told_names(new), _told_names(old)
    if here and there and here.isdisjoint(old.words) and there.isdisjoint(new.words):
        return f"other names: {_listed(here)} / {_listed(there)}"
    return ""


def _told_names(one: Features) -> set[str]:
    return {word for word in one.proper if one.words.get(word, 0.0) >= _NAMING and not word[0].isdigit()}


def _own(one: Features, other: Features, least: float) -> list[str]:
    """The telling words of one title that the other article does not say; numbers always tell, years never."""
    return [word for word, value in one.title.items() if word not in other.words and _tells(word, value, other, least)]


def _tells(word: str, value: float, other: Features, least: float) -> bool:
    if word[0].isdigit():
        return not _YEAR.fullmatch(word) and not any(
            _close(word, number) for number in other.title if number[0].isdigit()
        )
    return value >= least


def _listed(words: Collection[str]) -> str:
    return ", ".join(sorted(words)[:3])
