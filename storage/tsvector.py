"""The indexes of PostgreSQL: a table with a tsvector of our own lexemes under a GIN index, and a table of story keys.

No text search configuration takes part: lexemes and their positions are given ready-made, so both databases know the very
same words (https://www.postgresql.org/docs/current/datatype-textsearch.html).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from math import sqrt
from typing import Any

from sqlalchemy import Connection, TextClause, text

from newsdesk.errors import SearchTooSlow, StoreError
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
# `place + 0` keeps the planner from walking the index of places: it believes that comparing a tsvector costs nothing.
_ORDERS = ("place", "place + 0")
_NEWEST = {order: text(f"SELECT place {_MATCH} ORDER BY {order} DESC LIMIT :limit OFFSET :offset") for order in _ORDERS}
_CANDIDATES = {
    order: text(
        f"WITH newest AS MATERIALIZED (SELECT place {_MATCH} ORDER BY {order} DESC LIMIT :limit) "  # noqa: S608 - constants
        "SELECT place, title, substr(text, 1, :lead) FROM newest JOIN search_words USING (place) ORDER BY place DESC"
    )
    for order in _ORDERS
}
_SAMPLE = text(
    "SELECT count(*) FILTER (WHERE words @@ CAST(CAST(:query AS text) AS tsquery)) AS hits, count(*) AS seen, "
    "(SELECT reltuples FROM pg_class WHERE oid = 'search_words'::regclass) AS total FROM (SELECT words FROM search_words "
    "WHERE place >= :low AND place < :high ORDER BY place DESC LIMIT :sample) AS recent"
)
_SAMPLED = 200
_COUNT = text(f"SELECT count(*) FROM (SELECT 1 {_MATCH} LIMIT :limit) AS matches")  # noqa: S608 - constants
_REMOVE = text("DELETE FROM search_words WHERE place = :place")
_LIMIT = text("SELECT set_config('statement_timeout', :limit, true)")


def _question(want: Wanted, within: Bounds, **more: Any) -> dict[str, Any]:
    return {"query": tsquery(want), "low": within[0], "high": within[1], **more}


def _order(connection: Connection, question: dict[str, Any], wanted: int) -> str:
    """Whether to walk the articles from the newest, or to look up all matches and sort them.

    With the share f of matches among the newest, walking reads wanted / f of N articles and looking up reads f × N, so
    walking is the shorter way from f = √(wanted / N) on. A range shorter than the sample is simply walked.
    """
    hits, seen, total = connection.execute(_SAMPLE, {**question, "sample": _SAMPLED}).one()
    walk = seen < _SAMPLED or hits / seen >= sqrt(wanted / max(total, seen, wanted))
    return _ORDERS[0] if walk else _ORDERS[1]


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
        question = _question(want, within)
        order = _order(connection, question, limit + offset)
        return list(connection.execute(_NEWEST[order], {**question, "limit": limit, "offset": offset}).scalars())

    def candidates(
        self, connection: Connection, want: Wanted, within: Bounds, limit: int, lead: int
    ) -> Sequence[tuple[int, str, str]]:
        """The newest matches with their words."""
        question = _question(want, within)
        order = _order(connection, question, limit)
        return connection.execute(_CANDIDATES[order], {**question, "limit": limit, "lead": lead}).all()

    def count(self, connection: Connection, want: Wanted, within: Bounds, at_most: int) -> int:
        """How many match; counting stops at `at_most`."""
        return int(connection.execute(_COUNT, _question(want, within, limit=at_most)).scalar_one())

    @contextmanager
    def limited(self, connection: Connection, seconds: float) -> Iterator[None]:
        """The server watches the time."""
        began = time.monotonic()
        connection.execute(_LIMIT, {"limit": f"{seconds * 1000:.0f}"})
        try:
            yield
        except StoreError as error:
            if time.monotonic() - began >= seconds:
                raise SearchTooSlow(f"the search took longer than {seconds:g} s; ask for something narrower") from error
            raise
        connection.execute(_LIMIT, {"limit": "0"})


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
