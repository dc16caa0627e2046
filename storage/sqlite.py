"""SQLite: one file in WAL mode, one connection that writes, a few that read.

The one writing connection also makes the checkpoints: before SQLite 3.51.3 two connections doing so at once could damage
the file (https://www.sqlite.org/wal.html#the_wal_reset_bug). Readers open the file read-only, so that they make none,
not even the one of the last connection to close. The log is kept short: where readers overlap so closely that it could
never begin anew, the writer waits a moment for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as DriverConnection
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.pool import QueuePool

from newsdesk.errors import SchemaOutdated, StoreError
from storage.backups import remedy
from storage.faults import SQLITE_FAULTS, fault, translate_faults
from storage.fts5 import Fts5Index, Fts5Keys
from storage.index import KeyIndex, SearchIndex
from storage.sqlitefile import cannot_open, companion, connect, left_behind, make_file, refuse_lost, size_of

LOG_LIMIT = 64 << 20
"""Bytes of the write-ahead log above which the writer insists that it begins anew."""
_LOG_KEPT = 16 << 20
_PATIENCE_MS = 50
_LOG_CUT = 1 << 20
"""A log that was cut holds less than this: a commit or two."""
_SCRUBBED = "scrubbed"
_TOUCH = "INSERT INTO meta (name, value) VALUES (:name, '1') ON CONFLICT (name) DO UPDATE SET value = value + 1"


class SqliteDatabase:
    """storage.store.Database in a SQLite file."""

    def __init__(self, url: URL, timeout: float, *, make: bool, beside: bool = False) -> None:
        self._file = sqlite_file(url)
        self.place = str(self._file)
        self.index: SearchIndex = Fts5Index()
        self.keys: KeyIndex = Fts5Keys()
        _find(self._file, make=make)
        writer = (*_WRITER, "PRAGMA wal_autocheckpoint = 0") if beside else _WRITER
        self._writer = _engine(self._file, timeout, "rw", writer, begin="BEGIN IMMEDIATE", connections=1)
        self._beside = beside
        self._readers = _engine(self._file, timeout, "ro", _READER, begin="BEGIN", connections=4)
        self._log = companion(self._file, "-wal")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees the state of its beginning."""
        with self._readers.connect() as connection, connection.begin():
            connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1")  # BEGIN alone does not look yet
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that holds the file's write lock from its beginning."""
        with self._writer.connect() as connection:
            with connection.begin():
                yield connection
            if not self._beside and size_of(self._log) > LOG_LIMIT:
                _begin_log_anew(connection)

    def grown(self, articles: int) -> None:
        """Nothing to do: SQLite's planner needs no statistics for what is asked here."""

    def scrub(self) -> bool:
        """Copy the log home and have it begin anew, cut to one small commit: what was deleted stood in it, too.

        It is never cut to nothing (see `_begin_log_anew`). The command that works beside the service leaves it to that.
        """
        if self._beside:
            return False
        with self._writer.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, DriverConnection)
            driver.execute("PRAGMA journal_size_limit = 0").close()
            try:
                if not _begin_log_anew(connection):
                    return False
                with connection.begin():
                    connection.execute(text(_TOUCH), {"name": _SCRUBBED})
            finally:
                driver.execute(f"PRAGMA journal_size_limit = {_LOG_KEPT}").close()
        return size_of(self._log) < _LOG_CUT

    def close(self) -> None:
        """Close all connections; the writer last, which empties the write-ahead log."""
        self._readers.dispose()
        self._writer.dispose()


_COMMON = ("PRAGMA foreign_keys = ON", "PRAGMA synchronous = FULL")
_WRITER = (
    *_COMMON,
    "PRAGMA secure_delete = ON",  # as Debian's SQLite does by itself: what a person takes back leaves no bytes behind
    "PRAGMA cache_size = -6000",  # 6 MB instead of 2: inserts touch pages all over the indexes; memory is scarce, too
    "PRAGMA wal_autocheckpoint = 4000",  # 16 MB of log instead of 4: a page is copied home once for many commits
    f"PRAGMA journal_size_limit = {_LOG_KEPT}",  # what one long reader made grow is given back
)
_READER = (
    *_COMMON,
    "PRAGMA cache_size = -4000",  # most of the newest articles' words; each of a few readers has its own
    "PRAGMA wal_autocheckpoint = 0",
    "PRAGMA query_only = ON",
)


def _engine(file: Path, timeout: float, mode: str, pragmas: tuple[str, ...], *, begin: str, connections: int) -> Engine:
    """An engine whose transactions begin as said: the driver's own way of beginning is switched off."""
    engine = create_engine(
        "sqlite://",
        creator=lambda: connect(file, mode, timeout),
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0 if connections == 1 else -1,
        hide_parameters=True,
    )
    translate_faults(engine, str(file), lambda: remedy(file))

    @event.listens_for(engine, "connect")
    def prepare(connection: DriverConnection, _record: Any) -> None:
        try:
            if mode == "rw":
                _use_log(connection, file)
            for pragma in pragmas:
                connection.execute(pragma).close()
        except UnicodeDecodeError as error:  # the driver could not read SQLite's message, which quotes the damage
            raise fault(str(file), error, SQLITE_FAULTS["SQLITE_CORRUPT"], remedy(file)) from error

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _use_log(connection: DriverConnection, file: Path) -> None:
    """Switch the write-ahead log on, and say so where the file system does not carry one."""
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise StoreError(
            f"the database {file}: SQLite's log does not work on this file system (the mode stays {mode!r}); "
            "put it on a local disk, or use PostgreSQL"
        )


def _begin_log_anew(connection: Connection) -> bool:
    """Copy the log home and let it begin anew, if its readers end within a moment; if not (False), the next commit tries.

    It is then cut to what is kept, and never to nothing: an empty log is one that was lost.
    """
    driver = connection.connection.driver_connection
    assert isinstance(driver, DriverConnection)
    (patience,) = driver.execute("PRAGMA busy_timeout").fetchone()
    driver.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}").close()
    try:
        (busy, _, _) = driver.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
    finally:
        driver.execute(f"PRAGMA busy_timeout = {patience}").close()
    return not busy


def sqlite_file(url: URL) -> Path:
    """The file that a SQLite URL names. Raises StoreError when it names none."""
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise StoreError("a SQLite database must be a file here; write sqlite:///var/lintas.db")
    return Path(url.database)


def _find(file: Path, *, make: bool) -> None:
    """See that the file is there; make it when it never was."""
    try:
        there, is_file = file.exists(), file.is_file()
    except OSError as error:
        raise cannot_open(file, error) from error
    if there and not is_file:
        raise StoreError(f"the database {file} cannot be opened: it is no file; name a file")
    if not there:
        refuse_lost(file, left_behind(file))
        if not make:
            raise SchemaOutdated(f"there is no database {file} yet; start `lintas run` once, which makes it")
        make_file(file)
