"""The words of what is a person's own: alerts, settings, privacy. In Indonesian (see phrases.py)."""

from __future__ import annotations

from collections.abc import Sequence

from bot.render.catalogues import say


def for_alerts(names: Sequence[str], more: int) -> str:
    """Above a post or a round-up in a private chat: which saved searches it is for."""
    listed = ", ".join(names)
    if more:
        return say("🔔 Untuk peringatan Anda: {names} dan {more} lainnya", names=listed, more=more)
    return say("🔔 Untuk peringatan Anda: {names}", names=listed)
