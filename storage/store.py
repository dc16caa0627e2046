"""The store itself, and opening one by its URL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from sqlalchemy import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError

from newsdesk.errors import StoreError, StoreTrouble
from newsdesk.ports import Store
from newsdesk.search import index_text
from storage import revision
from storage.index import KeyIndex, SearchIndex
from storage.reading import StoreReading
from storage.writing import IndexText, StoreWriting

TIMEOUT = 5.0
"""Seconds that a writer waits for its turn."""


class Database(Protocol):
    """What SQLite and PostgreSQL do each in their own way."""

    place: str
    """How the database is called in messages: never with a password."""
    index: SearchIndex
    keys: KeyIndex

    def reading(self) -> AbstractContextManager[Connection]:
        """A transaction that sees one state and changes nothing."""

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction that no other writer overlaps."""

    def grown(self, articles: int) -> None:
        """Hear that so many articles were just kept."""

    def scrub(self) -> bool:
        """Leave nothing in the files of what was deleted before; False when readers keep it for now."""

    def close(self) -> None:
        """Let go of everything."""


class DatabaseStore:
    """newsdesk.ports.Store over a database."""

    def __init__(self, database: Database, *, timeout: float, index_text: IndexText) -> None:
        self._database = database
        self._timeout = timeout
        self._index_text = index_text
        self._turn = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[StoreReading]:
        """A consistent view; works while another process writes."""
        with self._database.reading() as connection:
            yield StoreReading(connection, self._database.index, self._database.keys)

    @contextmanager
    def write(self) -> Iterator[StoreWriting]:
        """One transaction: kept when the block ends, undone when it raises."""
        if not self._turn.acquire(timeout=self._timeout):
            raise StoreTrouble(
                f"the database {self._database.place}: another thread is writing and did not finish in time"
            )
        try:
            with self._database.writing() as connection:
                writing = StoreWriting(connection, self._database.index, self._database.keys, self._index_text)
                yield writing
                writing.finish()
            self._database.grown(writing.added)
        finally:
            self._turn.release()

    def scrub(self) -> bool:
        """Leave nothing in the files of what was deleted before; False when readers keep it for now."""
        if not self._turn.acquire(timeout=self._timeout):
            return False
        try:
            return self._database.scrub()
        finally:
            self._turn.release()

    def close(self) -> None:
        """Let go of files and connections."""
        self._database.close()

    def is_current(self) -> bool:
        """Whether the schema is this program's."""
        with self._database.reading() as connection:
            return revision.at_head(connection)

    def prepare(self, *, migrate: bool) -> None:
        """Make sure that the schema is this program's; see `open_store`."""
        if self.is_current():
            return
        # Alembic is large, and needed only where something is to be done.
        from storage import schema

        with self._database.reading() as connection:
            if schema.is_current(connection, self._database.place):
                return
            if not migrate:
                schema.refuse_old(connection, self._database.place)
        with self._database.writing() as connection:
            if not schema.is_current(connection, self._database.place):  # another process may have been quicker
                schema.migrate(connection)


def open_store(
    url: str,
    *,
    migrate: bool = True,
    beside: bool = False,
    timeout: float = TIMEOUT,
    index_text: IndexText = index_text,
) -> Store:
    """Open the store at a SQLAlchemy URL: ``sqlite:///var/lintas.db`` or ``postgresql://user:password@host/name``.

    A SQLite file and its folder are made when they are not there and never were (mode 0600). An empty or older database
    is brought up to date in one transaction. Without `migrate` nothing is made, and an older one is refused with
    SchemaOutdated; a newer one always is. `beside` is for commands that write a little while the service runs: SQLite's
    checkpoints are left to it. `timeout` is how many seconds a writer waits for another. Raises StoreError when the
    database cannot be used.
    """
    database = _database(url, timeout, make=migrate, beside=beside)
    store = DatabaseStore(database, timeout=timeout, index_text=index_text)
    try:
        store.prepare(migrate=migrate)
    except BaseException:
        store.close()
        raise
    return store


def is_current(url: str) -> bool:
    """Whether the database at the URL has this program's schema; makes a SQLite file that is not there."""
    store = DatabaseStore(_database(url, TIMEOUT, make=True), timeout=TIMEOUT, index_text=index_text)
    try:
        return store.is_current()
    finally:
        store.close()


def _database(url: str, timeout: float, *, make: bool, beside: bool = False) -> Database:
    parsed = parse_url(url)
    if is_sqlite(parsed):
        from storage.sqlite import SqliteDatabase

        return SqliteDatabase(parsed, timeout, make=make, beside=beside)
    from storage.postgres import PostgresDatabase

    return PostgresDatabase(parsed, timeout)


def is_sqlite(url: URL) -> bool:
    """Whether the URL names a SQLite file; if not, it names a PostgreSQL database."""
    return url.get_backend_name() == "sqlite"


def parse_url(url: str) -> URL:
    """The URL of a kind of database that can be used. Raises StoreError for any other."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise StoreError(
            "the database's URL cannot be read; write sqlite:///FILE or postgresql://USER@HOST/NAME"
        ) from error
    kind = parsed.get_backend_name()
    if kind not in ("sqlite", "postgresql", "postgres"):
        raise StoreError(f"a database of the kind {kind!r} cannot be used; write sqlite:///FILE or postgresql://…")
    return parsed
