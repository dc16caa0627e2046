"""The databases' errors, translated: faults of the database become StoreTrouble, programming errors stay themselves.

SQLite tells faults apart by result code (https://www.sqlite.org/rescode.html), PostgreSQL by SQLSTATE class
(https://www.postgresql.org/docs/current/errcodes-appendix.html).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from newsdesk.errors import StoreTrouble

SQLITE_FAULTS = {
    "SQLITE_BUSY": "another process is writing and did not finish in time; trying again helps",
    "SQLITE_LOCKED": "another connection is writing; trying again helps",
    "SQLITE_FULL": "the disk is full, or the database may not grow; make room",
    "SQLITE_READONLY": "it cannot be written to; give this user write permission on the file and its folder",
    "SQLITE_PERM": "it may not be opened; give this user permission on the file and its folder",
    "SQLITE_CANTOPEN": "it cannot be opened; check that its folder exists and that this user may write there",
    "SQLITE_IOERR": "reading or writing the disk failed; check the disk",
    "SQLITE_CORRUPT": "the file is damaged",
    "SQLITE_NOTADB": "the file is damaged, or not a SQLite database",
    "SQLITE_PROTOCOL": "its locks do not work; do not keep it on a network file system",
    "SQLITE_NOLFS": "the file system takes no larger file; move it",
    "SQLITE_NOMEM": "there is no memory left",
    "SQLITE_INTERRUPT": "the query was interrupted",
    "SQLITE_TOOBIG": "a text is larger than SQLite takes",
    "SQLITE_AUTH": "the access was not authorised",
}
"""Primary result codes of SQLite that are faults of the database, and what to do about them."""

_UNSHARED = ("SQLITE_IOERR_SHMMAP", "SQLITE_IOERR_SHMOPEN")
_NO_SHARED_MEMORY = (
    "SQLite's log needs memory that processes share, which this file system does not give; put it on a local disk, or "
    "use PostgreSQL"
)

_UNDECODED = "Could not decode to UTF-8"
"""How the driver begins to say so of a column; it gives no result code."""

SQLITE_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
"""Of these: what only a backup mends."""

POSTGRES_FAULTS = {
    "08": "the connection failed",
    "25": "the transaction was ended by the server",
    "28": "the user or password was refused; check the URL",
    "3D": "there is no such database; create it, or check the URL",
    "40": "the transaction had to give way to another; trying again helps",
    "53": "the server has no room or connections left",
    "54": "a limit of the server was reached",
    "55": "another process is writing and did not finish in time; trying again helps",
    "57": "the server is shutting down or ended the query",
    "58": "the server's disk failed",
    "XX": "the database is damaged; see the server's log",
}
"""SQLSTATE classes that are faults of the database, and what to do about them."""


def explain_sqlite(error: BaseException) -> str | None:
    """What is wrong with the database, by SQLite's result code; None when it is a programming error."""
    if getattr(error, "sqlite_errorname", None) in _UNSHARED:
        return _NO_SHARED_MEMORY
    return SQLITE_FAULTS.get(_primary(error))


def is_damage(error: BaseException) -> bool:
    """Whether SQLite says that the file is not as it left it."""
    return _primary(error) in SQLITE_DAMAGE


def _primary(error: BaseException) -> str:
    """The primary result code's name: SQLITE_IOERR of SQLITE_IOERR_FSYNC; "" for what is no error of SQLite's.

    All that we write is UTF-8: what the driver cannot decode, a text or SQLite's message that quotes one, is damage.
    """
    if isinstance(error, UnicodeDecodeError) or _UNDECODED in str(error):
        return "SQLITE_CORRUPT"
    name = getattr(error, "sqlite_errorname", None)
    return "_".join(name.split("_")[:2]) if isinstance(error, sqlite3.Error) and name is not None else ""


def explain_postgres(error: BaseException) -> str | None:
    """What is wrong with the database, by SQLSTATE; None when it is a programming error."""
    import psycopg  # only where PostgreSQL is used: it costs 170 ms to import

    if not isinstance(error, psycopg.Error):
        return None
    state = error.sqlstate
    if state is None:  # the client lost or never had a connection
        lost = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        return f"the connection failed ({_first_line(error)})" if lost else None
    return POSTGRES_FAULTS.get(state[:2])


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def fault(place: str, error: BaseException, explanation: str, remedy: str = "") -> StoreTrouble:
    """The StoreTrouble for a database's error: which database, what to do, and its own words."""
    return StoreTrouble(f"the database {place}: {explanation} ({_first_line(error)}){remedy and '; ' + remedy}")


def translate_faults(engine: Engine, place: str, remedy: Callable[[], str] = lambda: "") -> None:
    """Make every statement, commit and connect of the engine raise StoreTrouble for faults of the database.

    `remedy` is asked what brings a damaged database back.
    """
    explain = explain_sqlite if engine.dialect.name == "sqlite" else explain_postgres

    @event.listens_for(engine, "handle_error")
    def translate(context: ExceptionContext) -> StoreTrouble | None:
        if context.is_pre_ping:  # a pooled connection proved dead before use: the pool makes a new one
            return None
        error = context.original_exception
        explanation = explain(error)
        if explanation is None:
            return None
        return fault(place, error, explanation, remedy() if is_damage(error) else "")
