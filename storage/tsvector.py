"""The search index of PostgreSQL: one table with a tsvector of our own lexemes under a GIN index.

No text search configuration takes part: lexemes and their positions are given ready-made, so both databases know the very
same words (https://www.postgresql.org/docs/current/datatype-textsearch.html).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from storage.index import Bounds, Indexed
from storage.wording import Wanted, tsquery, tsvector

CREATE = (
    "CREATE TABLE search_words (place BIGINT NOT NULL CONSTRAINT pk_search_words PRIMARY KEY, title TEXT NOT NULL, "
    "text TEXT NOT NULL, words TSVECTOR NOT NULL)",
    "CREATE INDEX ix_search_words_words ON search_words USING gin (words)",
)

_ADD = text(
    "INSERT INTO search_words (place, title, text, words) "
    "VALUES (:place, :title, :text, CAST(CAST(:words AS text) AS tsvector))"
)
_MATCH = "FROM search_words WHERE words @@ CAST(CAST(:query AS text) AS tsquery) AND place >= :low AND place < :high"
_NEWEST = text(f"SELECT place {_MATCH} ORDER BY place DESC LIMIT :limit OFFSET :offset")
_CANDIDATES = text(f"SELECT place, title, substr(text, 1, :lead) {_MATCH} ORDER BY place DESC LIMIT :limit")
_COUNT = text(f"SELECT count(*) FROM (SELECT 1 {_MATCH} LIMIT :limit) AS matches")  # noqa: S608 - constants
_REMOVE = text("DELETE FROM search_words WHERE place = :place")


def _question(want: Wanted, within: Bounds, **more: Any) -> dict[str, Any]:
    return {"query": tsquery(want), "low": within[0], "high": within[1], **more}


class TsvectorIndex:
    """SearchIndex in PostgreSQL."""

    def add(self, connection: Connection, articles: Sequence[Indexed]) -> None:
        """Index these articles."""
        rows = [
            {
                "place": a.place,
                "title": " ".join(a.title),
                "text": " ".join(a.text),
                "words": tsvector(a.title, a.text, a.marks),
            }
            for a in articles
        ]
        connection.execute(_ADD, rows)

    def remove(self, connection: Connection, place: int) -> None:
        """Forget the article at that place."""
        connection.execute(_REMOVE, {"place": place})

    def newest(self, connection: Connection, want: Wanted, within: Bounds, limit: int, offset: int) -> list[int]:
        """The places of matches, newest first."""
        found = connection.execute(_NEWEST, _question(want, within, limit=limit, offset=offset))
        return list(found.scalars())

    def candidates(
        self, connection: Connection, want: Wanted, within: Bounds, limit: int, lead: int
    ) -> list[tuple[int, str, str]]:
        """The newest matches with their words."""
        found = connection.execute(_CANDIDATES, _question(want, within, limit=limit, lead=lead))
        return [(place, title, words) for place, title, words in found]

    def count(self, connection: Connection, want: Wanted, within: Bounds, at_most: int) -> int:
        """How many match; counting stops at `at_most`."""
        return int(connection.execute(_COUNT, _question(want, within, limit=at_most)).scalar_one())
