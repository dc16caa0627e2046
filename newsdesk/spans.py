"""Lengths of time as people write them in chat: a number and a unit, in Indonesian or short."""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS = {
    "m": timedelta(minutes=1),
    "menit": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "jam": timedelta(hours=1),
    "d": timedelta(days=1),
    "hari": timedelta(days=1),
    "w": timedelta(weeks=1),
    "minggu": timedelta(weeks=1),
    "bulan": timedelta(days=30),
}
_SPAN = re.compile(rf"(\d{{1,4}}) ?({'|'.join(_UNITS)})")


def read_span(text: str) -> timedelta | None:
    """``30m``, ``2 jam``, ``12w``, ``3 bulan``; None for anything else, and for nothing at all (``0d``)."""
    match = _SPAN.fullmatch(text.strip().lower())
    return int(match[1]) * _UNITS[match[2]] or None if match else None
