"""The words of the look back at a week, in Indonesian (see phrases.py)."""

from __future__ import annotations

from datetime import date

from babel.dates import format_interval

from bot.render.catalogues import Phrase, counted, locale

TITLE = Phrase("Sepekan")
MOST_TOLD = Phrase("Yang paling banyak diberitakan")


def week(first: date, last: date) -> str:
    """The days that it is about, as short as they can be said: ``1–7 Feb 2026``."""
    return format_interval(first, last, "yMMMd", locale=locale())


def outlets(number: int) -> str:
    """How many outlets told a story."""
    return counted("{n} media", number)
