"""The words of /trend, in Indonesian (see phrases.py)."""

from __future__ import annotations

ALL = "semua topik"
BY_WEEK = "Cerita per minggu"
BY_DAY = "Cerita per hari"
PARTNERS = "Negara mitra yang paling sering disebut"
NOTHING = "Belum ada cerita dalam masa itu."
EXAMPLES = ("/trend", "/trend 30d", "/trend film 12w")
FAILED = "Maaf, gambarnya belum bisa dibuat. Coba lagi sebentar lagi."


def title(days: int, what: str) -> str:
    """The heading of a chart."""
    return f"Tren {days} hari · {what}"


def told(stories: int, change: int) -> str:
    """How many stories there were, and whether they become more."""
    moved = "" if not change else f" · paruh kedua {'+' if change > 0 else '−'}{abs(change)} dibanding paruh pertama"
    return f"{stories} cerita{moved}"
