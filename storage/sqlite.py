"""SQLite: one file in WAL mode, one connection that writes, a few that read.

The one writing connection also makes the checkpoints: before SQLite 3.51.3 two connections doing so at once could damage
the file (https://www.sqlite.org/wal.html#the_wal_reset_bug), so readers never do.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from newsdesk.errors import StoreError, StoreHeld
from storage.faults import translate_faults
from storage.fts5 import Fts5Index, Fts5Keys
from storage.index import KeyIndex, SearchIndex


class SqliteDatabase:
    """storage.store.Database in a SQLite file."""

    def __init__(self, url: URL, timeout: float) -> None:
        self._file = _file(url)
        self.place = str(self._file)
        self.index: SearchIndex = Fts5Index()
        self.keys: KeyIndex = Fts5Keys()
        _make(self._file)
        self._writer = _engine(self._file, timeout, begin="BEGIN IMMEDIATE", pragmas=_WRITER, connections=1)
        self._readers = _engine(self._file, timeout, begin="BEGIN", pragmas=_READER, connections=4)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees the state of its beginning."""
        with self._readers.connect() as connection, connection.begin():
            connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1")  # BEGIN alone does not look yet
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that holds the file's write lock from its beginning."""
        with self._writer.begin() as connection:
            yield connection

    def grown(self, articles: int) -> None:
        """Nothing to do: SQLite's planner needs no statistics for what is asked here."""

    @contextmanager
    def hold(self) -> Iterator[None]:
        """A lock on a file beside the database; the kernel lets go of it when the process ends, however it ends."""
        lock = self._file.with_name(self._file.name + ".lock")
        try:
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(f"the lock file {lock} cannot be opened: {error.strerror}") from error
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StoreHeld(
                    f"another instance ({_holder(lock)}) holds the database {self.place}; stop it first"
                ) from error
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"process {os.getpid()}\n".encode(), 0)
            yield
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Close all connections; the writer last, which empties the write-ahead log."""
        self._readers.dispose()
        self._writer.dispose()


_COMMON = ("PRAGMA foreign_keys = ON", "PRAGMA synchronous = FULL")
_WRITER = (
    "PRAGMA journal_mode = WAL",
    *_COMMON,
    "PRAGMA cache_size = -6000",  # 6 MB instead of 2: inserts touch pages all over the indexes; memory is scarce, too
    "PRAGMA wal_autocheckpoint = 4000",  # 16 MB of log instead of 4: a page is copied home once for many commits
)
_READER = (
    *_COMMON,
    "PRAGMA cache_size = -4000",  # most of the newest articles' words; each of a few readers has its own
    "PRAGMA wal_autocheckpoint = 0",
    "PRAGMA query_only = ON",
)


def _engine(file: Path, timeout: float, *, begin: str, pragmas: tuple[str, ...], connections: int) -> Engine:
    """An engine whose transactions begin as said: the driver's own way of beginning is switched off."""
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        connect_args={"timeout": timeout, "isolation_level": None, "check_same_thread": False},
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0 if connections == 1 else -1,
        hide_parameters=True,
    )
    translate_faults(engine, str(file))

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        for pragma in pragmas:
            connection.execute(pragma).close()

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _file(url: URL) -> Path:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise StoreError("a SQLite database must be a file here; write sqlite:///var/lintas.db")
    return Path(url.database)


def _make(file: Path) -> None:
    """Make the folder, and the file for its owner alone; SQLite gives its companions the same mode."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreError(
            f"the database {file} cannot be opened: {error.strerror}; name a file that this user may write"
        ) from error


def _holder(lock: Path) -> str:
    try:
        return lock.read_text().strip() or "still starting"
    except OSError:
        return "unknown"
