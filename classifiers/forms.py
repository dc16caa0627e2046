"""Word forms: what one entry of a rule file stands for in running text.

An entry is written once, as an editor would say it, and is turned into the strings that a text may show. That is
done when rules are compiled, never while matching, so that a verdict costs the same however rich the language is.

- A plain entry takes the clitics of Indonesian (``filmnya``, ``filmlah``) and reduplication (``film-film``), and
  for English a plural ``s``.
- ``~entry`` takes the derivations too: ``~kerja sama`` is *kerja sama, kerjasama, bekerja sama, kerja samanya,
  dikerjasamakan* and so on. The prefixes and the nasal assimilation follow the Tata Bahasa Baku Bahasa Indonesia
  (chapter on verb morphology): meN-/peN- become mem-, men-, meny-, meng-, menge- or me- by the first sound, and
  p, t, k, s fall away.
- ``=Entry`` is exactly these letters, case included: ``=AI`` is never *ai* in *mulai* nor the name *Ai*.
- ``entry*`` is any word that begins so.

Snowball's Indonesian stemmer is not used here: it joins badly (menari → ari, tari → tari, kerjasama → rjasama).
"""

from __future__ import annotations

from dataclasses import dataclass

CLITICS = ("nya", "lah", "pun")
_VOWELS = "aiueo"
_NASAL = {"p": "m", "t": "n", "k": "ng", "s": "ny"}
_SOFT = {"b": "m", "f": "m", "v": "m", "d": "n", "c": "n", "j": "n", "z": "n", "g": "ng", "h": "ng", "q": "ng"}


@dataclass(frozen=True, slots=True)
class Form:
    """One string to look for. `exact` is compared with case, `open_end` lets the word go on."""

    text: str
    exact: bool = False
    open_end: bool = False


def forms(entry: str, *, name: bool = False) -> tuple[Form, ...]:
    """Every form of one entry as rule files write it. The entry must be valid (see ``entry_problem``).

    A `name` (of a country, a company) stands as it is: nobody writes *Jepang-Jepang* or *Netflixlah*.
    """
    entry = " ".join(entry.split())
    if name and entry[0] not in "=~" and not entry.endswith("*"):
        return (Form(entry.lower()),)
    if entry.startswith("="):
        return (Form(entry[1:], exact=True),)
    if entry.endswith("*"):
        return (Form(entry[:-1].lower(), open_end=True),)
    if entry.startswith("~"):
        return tuple(Form(text) for text in sorted(_derived(entry[1:].strip().lower())))
    return tuple(Form(text) for text in sorted(_plain(entry.lower())))


def entry_problem(entry: str) -> tuple[str, str] | None:
    """What is wrong with an entry and what to write instead, or None."""
    text = entry.strip()
    core = text.lstrip("=~").rstrip("*").strip()
    if not core:
        return "an empty word", 'write a word or a phrase, such as "rumah produksi"'
    if "*" in core or (text.endswith("*") and len(core) < 3):
        return f'"{entry}" has a star in the wrong place', "put one star at the end, after at least three letters"
    if text[0] in "=~" and text.endswith("*"):
        return f'"{entry}" mixes = or ~ with a star', "use one of them"
    if not core[0].isalnum() or len(core) > 80:
        return f'"{entry}" is no word or phrase', "begin with a letter or digit and stay under 80 characters"
    return None


def _plain(text: str) -> set[str]:
    found = {text}
    if not text[-1].isalpha():
        return found
    found.update(text + clitic for clitic in CLITICS)
    found.add(text + "s")
    if " " not in text and "-" not in text and len(text) >= 4:
        doubled = f"{text}-{text}"
        found.update((doubled, doubled + "nya"))
    return found


def _derived(text: str) -> set[str]:
    found: set[str] = set()
    words = text.split(" ")
    spellings = {text} if len(words) == 1 else {text, "".join(words), "-".join(words)}
    for spelling in spellings:
        found |= _plain(spelling)
        for prefix, body in _prefixed(spelling):
            for suffix in _suffixes(prefix):
                whole = body + suffix
                found.add(whole)
                found.update(whole + clitic for clitic in CLITICS)
    return found


def _prefixed(stem: str) -> list[tuple[str, str]]:
    """The stem with each prefix, as (name of the prefix, prefixed stem)."""
    ber = "be" + stem if stem[:1] == "r" or "er" in stem[1:3] else "ber" + stem
    return [
        ("", stem),
        ("me", _nasal("me", stem)),
        ("pe", _nasal("pe", stem)),
        ("pe", "pe" + stem),
        ("di", "di" + stem),
        ("ber", ber),
        ("ter", "ter" + stem),
        ("ke", "ke" + stem),
        ("per", "per" + stem),
        ("memper", "memper" + stem),
        ("diper", "diper" + stem),
    ]


def _suffixes(prefix: str) -> tuple[str, ...]:
    table = {
        "": ("", "an", "kan", "i"),
        "ber": ("", "an", "kan"),
        "ke": ("an",),
        "per": ("an",),
        "pe": ("", "an"),
    }
    return table.get(prefix, ("", "kan", "i"))


def _nasal(prefix: str, stem: str) -> str:
    first = stem[0]
    if first in _VOWELS:
        return f"{prefix}ng{stem}"
    if first in _NASAL and stem[1:2] in _VOWELS + "":
        return prefix + _NASAL[first] + stem[1:]
    if first in _NASAL:
        return prefix + {"p": "m", "t": "n", "k": "ng", "s": "n"}[first] + stem
    return prefix + _SOFT.get(first, "") + stem
