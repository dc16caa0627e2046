"""The languages that we speak with people, and the catalogues with their words.

The program's words are written in Indonesian where they are used (`Phrase`, `say`, `counted`), as gettext does it: what
stands there is also the key under which a catalogue holds its translation. Which language is spoken is a matter of the
task that answers: `speaking` sets it, and whatever is rendered inside follows. Outside of it Indonesian is spoken.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from babel import Locale

HOME = "id"
"""The language that the words are written in, and that channels are written in."""

LANGUAGES = {"id": "Indonesia", "en": "English", "zh": "中文"}
"""What people may choose, in its own name."""

_SPOKEN: ContextVar[str] = ContextVar("spoken", default=HOME)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words without anything to fill in, said in whatever language is spoken when they are shown."""

    text: str

    def __str__(self) -> str:
        return _catalogue(_SPOKEN.get()).gettext(self.text)


def say(text: str, **values: object) -> str:
    """The words in the language that is spoken, with `values` in the place of their ``{names}``."""
    return _catalogue(_SPOKEN.get()).gettext(text).format(**values)


def counted(text: str, number: int, **values: object) -> str:
    """The words for so many things, in the plural form that the language has for `number` (by CLDR); ``{n}`` is it."""
    # Indonesian has one form, so the key of one and of many is the same.
    return _catalogue(_SPOKEN.get()).ngettext(text, text, number).format(n=number, **values)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Within, `language` is spoken: one of LANGUAGES."""
    before = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(before)


def speak(language: str) -> None:
    """From here on in this task `language` is spoken: one of LANGUAGES."""
    _SPOKEN.set(language)


def spoken() -> str:
    """The language that is spoken now."""
    return _SPOKEN.get()


def locale() -> Locale:
    """CLDR's rules for the language that is spoken now: dates, numbers, names."""
    return _locale(_SPOKEN.get())


def language_for(tag: str | None) -> str | None:
    """The language of ours for an IETF tag as Telegram gives it (``en-GB``, ``zh-hans``); None where we have none.

    Malay is answered in Indonesian, which its speakers read.
    """
    base = (tag or "").replace("_", "-").split("-")[0].lower()
    base = {"in": HOME, "ms": HOME}.get(base, base)
    return base if base in LANGUAGES else None


@cache
def _locale(language: str) -> Locale:
    return Locale(language)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == HOME:
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    words = files("bot.render") / "locales" / f"{language}.po"
    with words.open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
