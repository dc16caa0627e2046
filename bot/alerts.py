"""Everybody's saved searches, read from the store and kept ready while nobody changes one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from newsdesk.people import HOME_ZONE
from newsdesk.ports import Reading
from newsdesk.search import SearchQuery, parse_query
from newsdesk.watching import Watch

_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)
"""Saved searches have no times in them (see bot/chat/mine.py), so it does not matter when they are read."""


class AlertReader:
    """Reads alerts by the topics and sources that there are; for one SourceBook, from any thread."""

    def __init__(self, topics: Sequence[str], sources: Sequence[str]) -> None:
        self._topics = tuple(topics)
        self._sources = tuple(sources)
        self._watch: Watch | None = None

    def parse(self, text: str) -> SearchQuery:
        """A saved search, read."""
        zone = ZoneInfo(HOME_ZONE)
        return parse_query(text, now=_SOME_DAY, zone=zone, topics=self._topics, sources=self._sources)

    def watch(self, view: Reading) -> Watch:
        """The alerts as they are in this view of the store."""
        kept, turn = self._watch, view.alerts_turn()
        if kept is None or kept.turn != turn:
            kept = self._watch = Watch.over(view.alerts_to_match(), self.parse, turn=turn, before=kept)
        return kept
