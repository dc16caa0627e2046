"""The indexes of PostgreSQL: a table with a tsvector of our own lexemes under a GIN index, and a table of story keys.

No text search configuration takes part: lexemes and their positions are given ready-made, so both databases know the very
same words (https://www.postgresql.org/docs/current/datatype-textsearch.html).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, TextClause, text

from storage.index import Bounds, Indexed, padded
from storage.wording import Wanted, tsquery, tsvector

CREATE = (
    "CREATE TABLE search_words (place BIGINT NOT NULL CONSTRAINT pk_search_words PRIMARY KEY, title TEXT NOT NULL, "
    "text TEXT NOT NULL, words TSVECTOR NOT NULL)",
    "CREATE INDEX ix_search_words_words ON search_words USING gin (words)",
    "CREATE TABLE story_keys (key TEXT NOT NULL, article BIGINT NOT NULL, CONSTRAINT pk_story_keys PRIMARY KEY (key, article))",
    "CREATE INDEX ix_story_keys_article ON story_keys (article)",
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
    ) -> Sequence[tuple[int, str, str]]:
        """The newest matches with their words."""
        found = connection.execute(_CANDIDATES, _question(want, within, limit=limit, lead=lead))
        return found.all()

    def count(self, connection: Connection, want: Wanted, within: Bounds, at_most: int) -> int:
        """How many match; counting stops at `at_most`."""
        return int(connection.execute(_COUNT, _question(want, within, limit=at_most)).scalar_one())


_ADD_KEYS = text(
    "INSERT INTO story_keys (key, article) SELECT * FROM unnest(CAST(:keys AS text[]), CAST(:articles AS bigint[]))"
)
_REMOVE_KEYS = text("DELETE FROM story_keys WHERE article = :article")
_PRUNE_KEYS = text("DELETE FROM story_keys WHERE article <= :last")
_HAVING = "(SELECT {0}, article FROM story_keys WHERE key = :key{0} ORDER BY article DESC LIMIT :most)"


@cache
def _having(keys: int) -> TextClause:
    return text(" UNION ALL ".join(_HAVING.format(number) for number in range(keys)))


class KeyTable:
    """KeyIndex in PostgreSQL."""

    def add(self, connection: Connection, articles: Sequence[tuple[int, Sequence[str]]]) -> None:
        """Index these articles, given with their keys."""
        pairs = [(key, article) for article, keys in articles for key in keys]
        if pairs:
            connection.execute(_ADD_KEYS, {"keys": [key for key, _ in pairs], "articles": [one for _, one in pairs]})

    def remove(self, connection: Connection, article: int) -> None:
        """Forget the keys of the article."""
        connection.execute(_REMOVE_KEYS, {"article": article})

    def prune(self, connection: Connection, last: int) -> None:
        """Forget the keys of all articles up to that number."""
        connection.execute(_PRUNE_KEYS, {"last": last})

    def having(self, connection: Connection, keys: Sequence[str], at_most: int) -> Sequence[tuple[int, int]]:
        """For each key the newest articles that have it."""
        values = {f"key{number}": key for number, key in enumerate(padded(keys))}
        return connection.execute(_having(len(values)), {**values, "most": at_most}).all()
