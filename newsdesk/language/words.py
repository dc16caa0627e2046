"""Search words: a text as the words that search indexes and grouping compares.

Each word is folded (compatibility forms, case, accents), joined with its neighbours where several mean one thing
("kerja sama"), replaced by the one form of its synonyms in Indonesian and English (newsdesk/language/synonyms.py),
or else reduced to its stem. An abbreviation may become several words (Korsel: korea selatan), so that each of them is
found; all of them then span the abbreviation. Numbers keep their value: "1.700", "1,700" and "1700" are one word,
"5,39" and "5.39" another ("5d39").

Words hold letters and digits only, so a store that splits at white space keeps them whole. Stop words are kept:
phrases need them, and an index makes them cheap.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from newsdesk.language import synonyms
from newsdesk.language.stems import english_stem, known, spoken_root, stem
from newsdesk.language.translations import NARROWER, TRANSLATIONS

_TOKEN = re.compile(
    r"(?:[Rr]p|IDR|USD|US|M)(?=\d)"  # Rp5,39 and M7,4 are a unit and a number
    r"|\d++(?:[.,]\d++)++"  # 5,39 and 1.700
    r"|(?:[A-Z]\.){2,}"  # U.S.
    r"|[^\W_]++(?:['’‘ʼ`´][^\W\d_]++)*+"  # film, 5G, Mu'ti, Qur'an, Trump's
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*")
_POSSESSIVE = re.compile(r"['’‘ʼ`´]s$", re.IGNORECASE)
_NOT_WORD = re.compile(r"[\W_]+")
_NO_ENGLISH = ("us", "is", "as", "os", "ss")
"""Endings of Indonesian loans (kampus, bisnis, kas, proses) from which Snowball would take an s."""


class SearchWord(NamedTuple):
    """One search word and the place (code points, end exclusive) of the text it stands for.

    A named tuple, not a dataclass: a text has hundreds, and tuples are made four times as fast.
    """

    word: str
    start: int
    end: int


class _Read(NamedTuple):
    """A token as read once and for all: folded, its search words in a text and in a query, forms it begins."""

    folded: str
    words: tuple[str, ...]
    asked: tuple[str, ...]
    begins: tuple[_Form, ...]


_Form = tuple[tuple[str, ...], tuple[str, ...]]
"""A form of several words: what follows its first word, and the search words for all of it."""
_Token = tuple[_Read, int, int]


@dataclass(frozen=True, slots=True)
class _Forms:
    """The tables, compiled: single forms, forms in capitals, and forms of several words by their first word."""

    single: dict[str, tuple[str, ...]]
    capitals: dict[str, tuple[str, ...]]
    several: dict[str, tuple[_Form, ...]]
    stems: dict[str, tuple[str, ...]]


def search_words(text: str, *, query: bool = False) -> list[SearchWord]:
    """The search words of a text in order. In a query, forms that need capitals (AI, AS) count in any case."""
    tokens = [
        (read, found.start(), found.end()) for found in _TOKEN.finditer(text) if (read := _known(found.group())).folded
    ]
    words: list[SearchWord] = []
    at = 0
    while at < len(tokens):
        read, start, end = tokens[at]
        count, found = _several(text, tokens, at) if read.begins else (0, ())
        if not count:
            count, found = 1, read.asked if query else read.words
        at += count
        if count > 1:
            end = tokens[at - 1][2]
        if words and words[-1].word == found[0] and text[words[-1].end : start] == "-" and len(found) == 1:
            words[-1] = SearchWord(found[0], words[-1].start, end)  # film-film is one film
        else:
            words.extend([SearchWord(word, start, end) for word in found])
    return words


def fold_words(text: str) -> list[str]:
    """The tokens of a text, folded but neither stemmed nor joined: what the beginning of a word is compared with."""
    return [folded for found in _TOKEN.finditer(text) if (folded := _fold_token(found.group()))]


def beginnings(start: str) -> tuple[tuple[str, ...], ...]:
    """The search words of those listed forms that begin so: the index knows sinema only as film."""
    found = (
        words for form, words in _forms().single.items() if form.startswith(start) and not words[0].startswith(start)
    )
    return tuple(dict.fromkeys(found))[:8]


LONGEST_RELATED = 3
"""Search words of a run that has relatives, at most."""


def related(words: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Runs of search words that a query for this one may also mean. They are never indexed as the same."""
    found = _related().get(words)
    if found is None and len(words) == 1 and not known(words[0]) and (root := spoken_root(words[0])):
        return (_run(root),)
    return found or ()


def fold(text: str) -> str:
    """A word without case, accents and compatibility forms."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", "".join(letter for letter in plain if not unicodedata.combining(letter)))


LONGEST_WORD = 64
"""Letters from which on a token is no word: it is not remembered, and nothing is looked for in it."""


def _known(raw: str) -> _Read:
    if len(raw) <= LONGEST_WORD:
        return _read(raw)
    folded = _fold_token(raw)
    return _Read(folded, (folded,), (folded,), ())


@lru_cache(maxsize=1 << 13)
def _read(raw: str) -> _Read:
    forms = _forms()
    folded = _fold_token(raw)
    words = _reduced(folded)
    asked = forms.capitals.get(folded, words)
    capitals = raw.isupper() and raw.isascii()
    return _Read(folded, asked if capitals else words, asked, forms.several.get(folded, ()))


def _fold_token(raw: str) -> str:
    if _NUMBER.fullmatch(raw) and raw.isascii():
        return _number(raw)
    folded = fold(_POSSESSIVE.sub("", raw))
    return folded if folded.isalnum() else _NOT_WORD.sub("", folded)


def _number(raw: str) -> str:
    """One spelling of a number: no thousands marks, "d" for the decimal mark, no zeros at its end."""
    if raw.isdigit():
        return raw.lstrip("0") or "0"
    if _THOUSANDS.fullmatch(raw):
        return _NOT_WORD.sub("", raw)
    whole, _, rest = raw.replace(",", ".").rpartition(".")
    whole = whole.replace(".", "").lstrip("0") or "0"
    rest = rest.rstrip("0")
    return f"{whole}d{rest}" if rest else whole


def _several(text: str, tokens: list[_Token], at: int) -> tuple[int, tuple[str, ...]]:
    """The longest form of several words that begins here: its number of tokens, and its search words."""
    for rest, found in tokens[at][0].begins:
        if len(rest) < len(tokens) - at and all(
            tokens[at + 1 + n][0].folded == word and _joined(text, tokens[at + n], tokens[at + 1 + n])
            for n, word in enumerate(rest)
        ):
            return 1 + len(rest), found
    return 0, ()


def _joined(text: str, left: _Token, right: _Token) -> bool:
    """Whether nothing but a blank, hyphen, slash or comma stands between two tokens."""
    gap = text[left[2] : right[1]]
    return gap == " " or (len(gap) <= 3 and not gap.strip(" -,/"))


def _reduced(folded: str) -> tuple[str, ...]:
    """The search words of one folded word by the tables, else its stem."""
    forms = _forms()
    if folded in forms.single:
        return forms.single[folded]
    if not folded.isalpha() or not folded.isascii():
        return (folded,)
    root = stem(folded, "id")
    if root == folded and not known(root):
        root = _english(folded)
    if root != folded and root in forms.single:
        return forms.single[root]
    return forms.stems.get(root, (root,))


def _english(folded: str) -> str:
    return folded if folded.endswith(_NO_ENGLISH) or len(folded) < 4 else english_stem(folded)


@lru_cache(maxsize=1)
def _forms() -> _Forms:
    """Compile the tables. The canonical words of a line are themselves reduced, so that a plain word meets them."""
    single: dict[str, tuple[str, ...]] = {}
    capitals: dict[str, tuple[str, ...]] = {}
    several: dict[tuple[str, ...], tuple[str, ...]] = {}
    lines = list(_lines())
    joined = {canonical for canonical, _ in lines if " " not in canonical}
    plain = {
        fold(form): canonical for canonical, forms in lines for form in forms if canonical in joined and form.islower()
    }
    for canonical, forms in lines:
        words = tuple(_canonical(word, joined, plain) for word in canonical.split())
        for form in forms:
            parts = tuple(_fold_token(found.group()) for found in _TOKEN.finditer(form))
            if len(parts) > 1:
                several[parts] = words
            elif form.isupper():
                capitals[parts[0]] = words
            else:
                single[parts[0]] = words
    return _Forms(single, capitals, _by_first(several), _by_stem(single))


def _lines() -> list[tuple[str, list[str]]]:
    tables = synonyms.TERMS + synonyms.INSTITUTIONS + synonyms.TITLES + synonyms.PLACES
    pairs = (line.split(" = ", 1) for line in tables.splitlines() if " = " in line)
    return [(canonical.strip(), [form.strip() for form in forms.split(";")]) for canonical, forms in pairs]


def _canonical(word: str, joined: set[str], plain: dict[str, str]) -> str:
    if word in joined:
        return word
    return plain.get(word) or plain.get(stem(word, "id")) or stem(word, "id")


def _by_first(several: dict[tuple[str, ...], tuple[str, ...]]) -> dict[str, tuple[_Form, ...]]:
    grouped: dict[str, list[_Form]] = {}
    for parts, words in several.items():
        grouped.setdefault(parts[0], []).append((parts[1:], words))
    return {first: tuple(sorted(forms, key=lambda form: -len(form[0]))) for first, forms in grouped.items()}


def _by_stem(single: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """English stems of the forms, so that an inflection that no table lists is joined as well."""
    stems: dict[str, tuple[str, ...]] = {}
    for form, words in single.items():
        root = _english(form) if form.isalpha() and form.isascii() and not known(form) else form
        if root != form and root not in single and not known(root):
            stems.setdefault(root, words)
    return stems


@lru_cache(maxsize=1)
def _related() -> dict[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    found: dict[tuple[str, ...], dict[tuple[str, ...], None]] = {}
    for word, _, others in (line.partition(":") for line in synonyms.RELATED.splitlines() if ":" in line):
        found.setdefault(_run(word), {}).update(dict.fromkeys(_run(other) for other in others.split(";")))
    for line in TRANSLATIONS.splitlines():
        runs = dict.fromkeys(_run(form) for form in line.replace("=", ";").split(";") if form.strip())
        for run in runs:
            found.setdefault(run, {}).update(runs)
    for line in NARROWER.strip().splitlines():
        meant, asked = (
            dict.fromkeys(_run(form) for form in side.split(";") if form.strip()) for side in line.split("=")
        )
        for run in asked:
            found.setdefault(run, {}).update(meant)
    return {run: tuple(other for other in others if other != run) for run, others in found.items()}


def _run(form: str) -> tuple[str, ...]:
    return tuple(word.word for word in search_words(form, query=True))
