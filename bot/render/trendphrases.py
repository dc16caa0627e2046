"""The words of /trend (see phrases.py)."""

from __future__ import annotations

from bot.render.catalogues import Phrase, counted, say

ALL = Phrase("semua topik")
BY_WEEK = Phrase("Cerita per minggu")
BY_DAY = Phrase("Cerita per hari")
PARTNERS = Phrase("Negara mitra yang paling sering disebut")
NOTHING = Phrase("Belum ada cerita dalam masa itu.")
EXAMPLES = ("/trend", "/trend 30d", "/trend film 12w")
FAILED = Phrase("Maaf, gambarnya belum bisa dibuat. Coba lagi sebentar lagi.")


def title(days: int, what: str) -> str:
    """The heading of a chart."""
    return counted("Tren {n} hari · {what}", days, what=what)


def told(stories: int, change: int) -> str:
    """How many stories there were, and whether they become more."""
    said = counted("{n} cerita", stories)
    if not change:
        return said
    moved = f"{'+' if change > 0 else '−'}{abs(change)}"
    return " · ".join((said, say("paruh kedua {moved} dibanding paruh pertama", moved=moved)))
