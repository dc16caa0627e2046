"""The indexes of SQLite: FTS5 tables of search words, by place, and of story keys, by article (https://www.sqlite.org/fts5.html).

Story keys are words too: FTS5 appends where a B-tree rewrites a page for nearly every key (measured: six times as
fast).

The tokenizer is `ascii` with all ASCII punctuation as letters: it splits at blanks only and leaves every other character
alone, whatever the Unicode tables of the SQLite at hand. The prefix indexes of three and four letters make
beginnings as fast as words.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Connection, text

from newsdesk.errors import SearchTooSlow, StoreError
from storage.index import Bounds, Indexed
from storage.wording import Wanted, fts5_query, fts5_string

_TOKENIZE = """tokenize="ascii tokenchars '!""#$%&''()*+,-./:;<=>?@[\\]^_`{|}~'\""""
CREATE = (
    f"CREATE VIRTUAL TABLE search_words USING fts5(title, text, marks, prefix='3 4', {_TOKENIZE})",
    f"CREATE VIRTUAL TABLE story_keys USING fts5(keys, detail=none, columnsize=0, {_TOKENIZE})",
)

_STEPS = 2_000
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
    ) -> Sequence[tuple[int, str, str]]:
        """The newest matches with their words."""
        found = connection.execute(_CANDIDATES, _question(want, within, limit=limit, lead=lead))
        return found.all()

    def count(self, connection: Connection, want: Wanted, within: Bounds, at_most: int) -> int:
        """How many match; counting stops at `at_most`."""
        return int(connection.execute(_COUNT, _question(want, within, limit=at_most)).scalar_one())

    @contextmanager
    def limited(self, connection: Connection, seconds: float) -> Iterator[None]:
        """Asks for the time every few thousand steps of SQLite's machine (https://www.sqlite.org/c3ref/progress_handler.html)."""
        driver: Any = connection.connection.driver_connection
        until = time.monotonic() + seconds
        driver.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
        try:
            yield
        except StoreError as error:
            if time.monotonic() > until:
                raise SearchTooSlow(f"the search took longer than {seconds:g} s; ask for something narrower") from error
            raise
        finally:
            driver.set_progress_handler(None, 0)


_ADD_KEYS = "INSERT INTO story_keys (rowid, keys) VALUES (?, ?)"
_REMOVE_KEYS = text("DELETE FROM story_keys WHERE rowid = :article")
_PRUNE_KEYS = text("DELETE FROM story_keys WHERE rowid <= :last")
_HAVING = "SELECT * FROM (SELECT {0}, rowid FROM story_keys WHERE story_keys MATCH ? ORDER BY rowid DESC LIMIT ?)"


@cache
def _having(keys: int) -> str:
    return " UNION ALL ".join(_HAVING.format(number) for number in range(keys))


class Fts5Keys:
    """KeyIndex in SQLite."""

    def add(self, connection: Connection, articles: Sequence[tuple[int, Sequence[str]]]) -> None:
        """Index these articles, given with their keys."""
        connection.exec_driver_sql(_ADD_KEYS, [(article, " ".join(keys)) for article, keys in sorted(articles)])

    def remove(self, connection: Connection, article: int) -> None:
        """Forget the keys of the article."""
        connection.execute(_REMOVE_KEYS, {"article": article})

    def prune(self, connection: Connection, last: int) -> None:
        """Forget the keys of all articles up to that number."""
        connection.execute(_PRUNE_KEYS, {"last": last})

    def having(self, connection: Connection, keys: Sequence[str], at_most: int) -> Sequence[tuple[int, int]]:
        """For each key the newest articles that have it."""
        # The driver's own statement: it runs for every new article, and SQLAlchemy's share would be a third of the time.
        values = tuple(value for key in keys for value in (fts5_string((key,)), at_most))
        return connection.exec_driver_sql(_having(len(keys)), values).all()
