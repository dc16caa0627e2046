"""Stems of Indonesian and English words.

Indonesian: affixes are peeled off in every order that the grammar allows (particles, possessives, suffixes, then up
to three prefixes, with the nasal sounds of me- and pe- restored), and the longest known root that appears wins; this
is confix stripping after Asian, Williams and Tahaghoghi ("Stemming Indonesian", 2005), with a root list of our own.
A word of unknown root loses only what is safe to lose: a clitic, or a matching pair such as di-…-kan, and never more
than leaves a word of four letters. So names and loans stay whole, while the forms of a new word still meet. Words
that grew a meaning of their own (pemerintah, pengadilan) are roots or exceptions, not derivations.

English: Snowball, by PyStemmer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import Stemmer

from newsdesk.language.roots import IRREGULAR, ROOTS

_VOWELS = frozenset("aiueo")
_FOLLOWERS = {"m": frozenset("bfpv"), "n": frozenset("cdjtz")}
"""The sounds that the nasal of me- and pe- leaves in place."""
_SWALLOWED = {"m": "p", "n": "t"}
"""The sound that the nasal took the place of."""
_PARTICLES = ("lah", "kah", "tah", "pun")
_CLITICS = ("nya", "ku", "mu")
_SUFFIXES = ("kan", "an", "i")
_SHORTEST = 4
"""Words shorter than this are never touched."""
_DEEPEST = 3
"""At most so many prefixes stand before one root (mem-per-ter-…)."""

_CONFIXES = (
    ("me", "kan"),
    ("me", ""),
    ("pe", "an"),
    ("di", "kan"),
    ("ke", "an"),
    ("ber", "an"),
    ("ber", ""),
    ("se", "nya"),
)
"""The pairs that an unknown word may lose, with the commonest first."""


@lru_cache(maxsize=1 << 12)
def stem(word: str, language: str) -> str:
    """The stem of one word in lower case; "en" is English, anything else Indonesian.

    A doubled word (film-film, berbondong-bondong) is the stem of its half.
    """
    if language == "en":
        return english_stem(word)
    left, hyphen, right = word.partition("-")
    if not hyphen:
        return _indonesian(word)
    return _doubled(left, right) if "-" not in right and left and right else word


def known(word: str) -> bool:
    """Whether a word in lower case is an Indonesian root or an exception of its own."""
    return word in ROOTS or word in IRREGULAR


@lru_cache(maxsize=1 << 12)
def english_stem(word: str) -> str:
    """The Snowball stem of an English word in lower case."""
    return _snowball().stemWord(word)  # type: ignore[no-any-return]


@lru_cache(maxsize=1)
def _snowball() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("english", 0)


def _doubled(left: str, right: str) -> str:
    first, second = _indonesian(left), _indonesian(right)
    if first == second or (len(second) > 3 and second[1:] == first[1:]):
        return first
    # berbondong-bondong, kejar-mengejar: one half is the bare root of the other
    return second if first.endswith(second) and len(second) > 3 else f"{first}-{second}"


def spoken_root(word: str) -> str:
    """The known root of a word as it is spoken and typed in Jakarta, "" when there is none: nyelundupin (selundup),
    ketangkep (tangkap), telor (telur).

    The suffix -in stands for -kan and -i, and e and o for the a and u of a last syllable (Sneddon, Colloquial Jakartan
    Indonesian, 2006). Too daring for what is indexed: Robin is no rob.
    """
    bares = [word, word[:-2]] if word.endswith("in") and len(word) > _SHORTEST + 1 else [word]
    for bare in bares:
        for said in (bare, _LAST_E.sub(r"a\1", bare), _LAST_O.sub(r"u\1", bare)):
            if said != word and (root := _known_root(said)):
                return root
    return ""


_LAST_E, _LAST_O = re.compile("e([^aeiou]{1,2})$"), re.compile("o([^aeiou]{1,2})$")


@lru_cache(maxsize=1 << 12)
def _indonesian(word: str) -> str:
    if word in IRREGULAR:
        return IRREGULAR[word]
    if len(word) < _SHORTEST or word in ROOTS:
        return word
    return _known_root(word) or _guess(word)


def _known_root(word: str) -> str:
    """The longest known root that the word may be made of; "" for none."""
    best = ""
    for bare in _without_ends(word):
        for root in _roots_in(bare, _DEEPEST):
            if len(root) > len(best):
                best = root
    return best


def _without_ends(word: str) -> Iterator[str]:
    """The word, and what is left of it without particle, possessive and suffix, in that order."""
    for bare in _each(word, _PARTICLES):
        for barer in _each(bare, _CLITICS):
            yield from _each(barer, _SUFFIXES)


def _each(word: str, endings: tuple[str, ...]) -> Iterator[str]:
    yield word
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            yield word[: -len(ending)]


def _roots_in(word: str, depth: int) -> Iterator[str]:
    """The known roots that the word hides behind up to `depth` prefixes."""
    if word in IRREGULAR:
        yield IRREGULAR[word]
    elif word in ROOTS:
        yield word
    if depth and len(word) > _SHORTEST:
        for rest in _without_prefix(word):
            yield from _roots_in(rest, depth - 1)


def _without_prefix(word: str) -> Iterator[str]:
    """Every reading of the word's first prefix; nasal prefixes give back the sound that they swallowed."""
    head = word[:2]
    if head in ("me", "pe"):
        yield from _after_nasal(word)
        if word.startswith("per"):
            yield word[3:]
            yield word[2:]
    elif head in ("be", "te"):
        if word[2:3] == "r":
            yield word[3:]
            yield word[2:]
        elif word[3:5] == "er":  # be-kerja, te-cermin: the r is dropped before a syllable in -er
            yield word[2:]
    elif head in ("di", "ke", "se"):
        yield word[2:]
    elif head[:1] == "n":
        yield from _after_spoken_nasal(word)


def _after_nasal(word: str) -> Iterator[str]:
    """What stands behind meN- or peN-."""
    rest = word[2:]
    yield rest
    if rest.startswith("ny"):
        yield "s" + rest[2:]
    elif rest.startswith("nge"):
        yield rest[3:]
        yield "k" + rest[2:]
        yield rest[2:]
    elif rest.startswith("ng"):
        yield rest[2:]
        yield "k" + rest[2:]
    elif rest.startswith("n"):
        yield rest[1:]
        yield "t" + rest[1:]
    elif rest.startswith("m"):
        yield rest[1:]
        yield "p" + rest[1:]


def _after_spoken_nasal(word: str) -> Iterator[str]:
    """What stands behind the short nasals of spoken Indonesian: ngambil, nyewa, nonton."""
    if word.startswith("ng"):
        yield word[2:]
        yield "k" + word[2:]
    elif word.startswith("ny"):
        yield "s" + word[2:]
    else:
        yield "t" + word[1:]


def _guess(word: str) -> str:
    """What is left of a word of unknown root when only the safe pairs of affixes are taken away."""
    for ending in ("nya", "lah", "kah"):
        if word.endswith(ending) and _stands(word[: -len(ending)]):
            return _indonesian(word[: -len(ending)])
    for prefix, suffix in _CONFIXES:
        if word.startswith(prefix) and word.endswith(suffix):
            bare = _bare(word[len(prefix) : len(word) - len(suffix)], prefix, restore=bool(suffix))
            if _stands(bare, 4 if suffix else 5):
                return bare
    return word


def _bare(rest: str, prefix: str, restore: bool) -> str:
    """What stands behind the prefix by the commonest reading; "" where the prefix does not fit its sounds.

    Swallowed sounds are restored only when a suffix confirms that this is a verb: memanen, but mentalitas.
    """
    if prefix not in ("me", "pe"):
        return rest
    if rest[:1] == "r" and prefix == "pe":
        return rest[1:] if rest[1:2] not in _VOWELS else ""
    if rest.startswith("ng"):
        return rest[2:]
    if rest[:1] in _FOLLOWERS and rest[1:2] in _FOLLOWERS[rest[0]]:
        return rest[1:]
    if restore and rest.startswith("ny"):
        return "s" + rest[2:]
    if restore and rest[:1] in _SWALLOWED and rest[1:2] in _VOWELS:
        return _SWALLOWED[rest[0]] + rest[1:]
    return ""


def _stands(word: str, least: int = _SHORTEST) -> bool:
    """Whether so much is left that it can be a word of its own: long enough, with two vowels."""
    return len(word) >= least and sum(letter in _VOWELS for letter in word) >= 2
