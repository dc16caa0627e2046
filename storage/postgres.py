"""PostgreSQL: the same store for when one machine is not enough.

Writers take turns by an advisory lock that their transaction holds, as SQLite's do by its file lock; a reader's
transaction is REPEATABLE READ. "Be the one instance" is a session's advisory lock: the server lets go of it when the
connection ends, however it ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text

from newsdesk.errors import StoreHeld
from storage.faults import translate_faults
from storage.index import KeyIndex, SearchIndex
from storage.tsvector import KeyTable, TsvectorIndex

_WRITE, _HOLD = 0x4C494E5441530001, 0x4C494E5441530002
"""Keys of the advisory locks: "LINTAS" and a number."""
_FIRST_ANALYZE = 500
"""Articles added by this process after which statistics are made for the first time, and then at four times as many."""


_OF_PEOPLE = "people, alerts, post_alerts, posts, message_posts, messages, chats"


class PostgresDatabase:
    """storage.store.Database in a PostgreSQL database."""

    def __init__(self, url: URL, timeout: float) -> None:
        self.place = f"{url.database or url.username} at {url.host or url.query.get('host') or 'localhost'}"
        self.index: SearchIndex = TsvectorIndex()
        self.keys: KeyIndex = KeyTable()
        self._engine = _engine(url.set(drivername="postgresql+psycopg"), self.place, timeout)
        self._added = 0
        self._analyze_at = _FIRST_ANALYZE
        self._readers = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees the state of its beginning."""
        with self._readers.connect() as connection, connection.begin():
            connection.exec_driver_sql("SELECT 1")  # the state is that of the first statement, not of BEGIN
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that has its turn from its beginning."""
        with self._engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITE})
            yield connection

    def grown(self, articles: int) -> None:
        """Have statistics made while the database grows from nothing.

        The server makes its own only after a minute or more, and without them its planner reads whole tables to
        recognise a handful of articles (measured: 21 ms instead of 2).
        """
        self._added += articles
        if self._added >= self._analyze_at:
            self._analyze_at = self._added * 4
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("ANALYZE articles, verdicts, story_articles, search_words, story_keys")

    def scrub(self) -> bool:
        """Have the server let go of the deleted rows. What its own log and backups hold is its operator's matter."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"VACUUM {_OF_PEOPLE}")
        return True

    @contextmanager
    def hold(self) -> Iterator[None]:
        """A lock that lives as long as a connection of its own."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _HOLD}).scalar():
                raise StoreHeld(f"another instance holds the database {self.place}; stop it first")
            try:
                yield
            finally:
                connection.detach()  # closed below, not pooled: the lock ends with it

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def _engine(url: URL, place: str, timeout: float) -> Engine:
    engine = create_engine(
        url,
        pool_size=5,
        max_overflow=-1,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"connect_timeout": max(2, round(timeout)), "application_name": "lintas"},
    )
    translate_faults(engine, place)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.execute(f"SET lock_timeout = {max(1, round(timeout * 1000))}")
        connection.execute("SET timezone = 'UTC'")
        connection.execute("SET plan_cache_mode = force_custom_plan")  # a plan for any word fits none
        connection.commit()

    return engine
