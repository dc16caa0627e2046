"""The search index of SQLite: one FTS5 table whose row numbers are places (https://www.sqlite.org/fts5.html).

The tokenizer is `ascii` with all ASCII punctuation as letters: it splits at blanks only and leaves every other character
alone, whatever the Unicode tables of the SQLite at hand. The prefix indexes of three and four letters make
beginnings as fast as words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from storage.index import Bounds, Indexed
from storage.wording import Wanted, fts5_query

CREATE = (
    "CREATE VIRTUAL TABLE search_words USING fts5(title, text, marks, prefix='3 4', "
    """tokenize="ascii tokenchars '!""#$%&''()*+,-./:;<=>?@[\\]^_`{|}~'")"""
)

_ADD = "INSERT INTO search_words (rowid, title, text, marks) VALUES (?, ?, ?, ?)"
_MATCH = "FROM search_words WHERE search_words MATCH :query AND rowid >= :low AND rowid < :high"
_NEWEST = text(f"SELECT rowid {_MATCH} ORDER BY rowid DESC LIMIT :limit OFFSET :offset")
_CANDIDATES = text(f"SELECT rowid, title, substr(text, 1, :lead) {_MATCH} ORDER BY rowid DESC LIMIT :limit")
_COUNT = text(f"SELECT count(*) FROM (SELECT 1 {_MATCH} LIMIT :limit)")  # noqa: S608 - constants
_REMOVE = text("DELETE FROM search_words WHERE rowid = :place")


def _question(want: Wanted, within: Bounds, **more: Any) -> dict[str, Any]:
    return {"query": fts5_query(want), "low": within[0], "high": within[1], **more}


class Fts5Index:
    """SearchIndex in SQLite."""

    def add(self, connection: Connection, articles: Sequence[Indexed]) -> None:
        """In ascending order: FTS5 writes its buffer to disk whenever a row number goes back."""
        ordered = sorted(articles, key=lambda article: article.place)
        rows = [(a.place, " ".join(a.title), " ".join(a.text), " ".join(a.marks)) for a in ordered]
        connection.exec_driver_sql(_ADD, rows)

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
