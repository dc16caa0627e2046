"""Copies of a SQLite database: made while the service runs, and put in its place again.

A copy is the database at one moment, as one file without a log. It carries its name only once it is whole, looked
through and on the disk; so does a database that was put back.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from datetime import datetime
from pathlib import Path

from newsdesk.errors import ConfigError, Problem, SchemaOutdated, StoreError, StoreHeld
from storage.backups import backup_name, before_restore, remedy
from storage.faults import explain_sqlite
from storage.filesystem import sync_file, sync_folder
from storage.revision import head
from storage.sqlite import sqlite_file
from storage.sqlitefile import companion, connect, itself_locked, locked, make_folder, quick_check, size_of
from storage.store import is_sqlite, parse_url

Progress = Callable[[int, int], None]
"""Told now and then how many bytes of how many are copied."""

_STEP = 512
"""Pages copied between two reports of progress: 2 MiB."""
_COMPANIONS = ("-wal", "-shm", "-journal")


def file_of(url: str) -> Path:
    """The SQLite file at the URL. Raises ConfigError for PostgreSQL, which has tools of its own for this."""
    parsed = parse_url(url)
    if is_sqlite(parsed):
        return sqlite_file(parsed)
    problem = Problem(
        path=("LINTAS_DATABASE",),
        message="is a PostgreSQL database, which `lintas backup` and `lintas restore` do not copy",
        remedy="use `pg_dump --format=custom --file=FILE URL` and `pg_restore --clean --if-exists --dbname=URL FILE`",
    )
    raise ConfigError([problem])


def make_backup(file: Path, target: Path | None, now: datetime, progress: Progress) -> Path:
    """Copy the database to `target` (default: ``backups/`` beside it, named by `now`); returns where it lies.

    Works while others write: the copy is of the moment at which it began, and they do not wait. Raises StoreError when
    there is something under that name, when the copy cannot be written, or when the database is damaged.
    """
    if not file.is_file():
        raise StoreError(f"there is no database {file} to copy; see LINTAS_DATABASE")
    target = backup_name(file, now) if target is None else target
    if os.path.lexists(target):
        raise StoreError(f"{target} is there already and is not overwritten; name another file")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _scratch(target, "partial") as scratch:
            _copy(file, scratch, "ro", progress)
            _refuse_damaged(scratch, f"the database {file}", remedy(file))
            _name(scratch, target)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}; name another place") from error
    return target


def restore_backup(file: Path, backup: Path, now: datetime, progress: Progress) -> Path | None:
    """Put a backup in the place of the database; returns where the one before lies now, None when there was none.

    The backup is looked through first, as a copy. Whatever happens, and whenever, the database is the old one or the
    new one; the old one, with its log where it is too damaged to take it in, is never deleted. Raises StoreHeld while
    an instance holds the store or somebody reads it, SchemaOutdated for a newer backup, and StoreError.
    """
    if not backup.is_file():
        raise StoreError(f"there is no backup {backup}; name a file that `lintas backup` made")
    if file.exists() and backup.samefile(file):
        raise StoreError(f"{backup} is the database itself; name a file that `lintas backup` made")
    with locked(file) as lock, itself_locked(file) if file.exists() else nullcontext():
        try:
            make_folder(file)
            with _scratch(file, "restoring") as scratch:
                _copy(backup, scratch, "ro" if companion(backup, "-wal").exists() else "immutable", progress)
                _refuse_damaged(scratch, f"the backup {backup}", "name another one")
                _refuse_foreign(scratch, backup)
                lock.between()
                before = _put(scratch, file, before_restore(file, now))
        except OSError as error:
            raise StoreError(f"{file} cannot be replaced: {error.strerror}; it is as it was") from error
        lock.ended()
    return before


@contextmanager
def _scratch(target: Path, ending: str) -> Iterator[Path]:
    """A name beside the target for what is not whole yet; nothing of it stays."""
    scratch = target.with_name(f".{target.name}.{os.getpid()}.{ending}")
    names = [scratch, *(companion(scratch, other) for other in _COMPANIONS)]
    try:
        yield scratch
    finally:
        for name in names:
            with suppress(FileNotFoundError):
                name.unlink()


def _copy(source: Path, target: Path, mode: str, progress: Progress) -> None:
    """Copy page by page what one transaction sees, into one file without a log, on the disk at the end."""
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))

    def tell(_status: int, left: int, pages: int) -> None:
        progress((pages - left) * size, pages * size)

    try:
        with closing(connect(source, mode)) as here, closing(connect(target, "rw")) as there:
            (size,) = here.execute("PRAGMA page_size").fetchone()
            # Without a transaction around them, the steps would begin anew whenever somebody has written.
            here.execute("BEGIN")
            here.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
            there.execute("PRAGMA synchronous = OFF")  # the whole file is synchronised below
            here.backup(there, pages=_STEP, progress=tell, sleep=0)
            here.execute("ROLLBACK")
            there.execute("PRAGMA journal_mode = DELETE").fetchall()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise _translated(error, f"copying {source}") from error
    sync_file(target)


def _refuse_damaged(file: Path, name: str, instead: str) -> None:
    """Look through all of the file, which nobody else knows yet."""
    try:
        with closing(connect(file, "ro")) as connection:
            found = quick_check(connection)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise StoreError(f"{_translated(error, name)}; {instead}") from error
    if found != "ok":
        raise StoreError(f"{name} is damaged ({found}); {instead}")


def _refuse_foreign(file: Path, backup: Path) -> None:
    """Only a database of this program, of this schema or an older one, may be put in place."""
    try:
        with closing(connect(file, "ro")) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not {"alembic_version", "articles", "messages"} <= tables:
                raise StoreError(f"{backup} is no backup of this program: it has none of its tables; name another file")
            revisions = [revision for (revision,) in connection.execute("SELECT version_num FROM alembic_version")]
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise _translated(error, f"the backup {backup}") from error
    if len(revisions) != 1 or not revisions[0].isdecimal() or revisions[0] > head():
        raise SchemaOutdated(
            f"the backup {backup} has the schema {' '.join(revisions)}, which this program does not know: a newer one "
            "wrote it; install that version first"
        )


def _put(scratch: Path, file: Path, before: Path) -> Path | None:
    """Let the new file take the name; the old one keeps another beside it."""
    if os.path.lexists(before):
        raise StoreError(f"{before} is there already; try again in a second")
    with _kept_log(file, companion(before, "-wal")) as log:
        if file.exists() and _log_taken_in(file):
            log.unlink(missing_ok=True)
            os.link(file, before)
            sync_folder(file.parent)
            moved: Path | None = before
        else:  # first the name goes, then the log: a start between the two finds no database, and says so
            moved = _set_aside(file, before)
    _rename(scratch, file)
    return moved


@contextmanager
def _kept_log(file: Path, second: Path) -> Iterator[Path]:
    """The log under a second name: SQLite deletes a log in which it finds nothing that it can read."""
    log = companion(file, "-wal")
    if size_of(log):
        os.link(log, second)
        sync_folder(file.parent)
    try:
        yield second
    except StoreHeld:
        second.unlink(missing_ok=True)
        raise


def _set_aside(file: Path, before: Path) -> Path | None:
    """Move what is there of the database, its log last; None when nothing was."""
    moved = None
    for ending in ("", "-wal", "-journal"):
        old, new = companion(file, ending), companion(before, ending)
        if new.exists():  # the log's second name
            old.unlink(missing_ok=True)
        elif old.exists():
            os.rename(old, new)
        else:
            continue
        sync_folder(file.parent)
        moved = before
    companion(file, "-shm").unlink(missing_ok=True)
    return moved


def _log_taken_in(file: Path) -> bool:
    """Make the old database one file, as its only user; False when it or its log is too damaged. Raises StoreHeld."""
    logged = size_of(companion(file, "-wal")) > 0
    try:
        with closing(connect(file, "rw", timeout=1.0)) as connection:
            _, frames, _ = connection.execute("PRAGMA wal_checkpoint").fetchone()
            if logged and frames < 1:
                return False
            (mode,) = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
            connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise StoreHeld(f"somebody reads the database {file} now; end that, and try again") from error
        return False
    return mode == "delete" and not any(companion(file, ending).exists() for ending in _COMPANIONS)


def _name(scratch: Path, target: Path) -> None:
    """Give the whole file its name, and never take another's."""
    try:
        os.link(scratch, target)
    except FileExistsError:
        raise StoreError(f"{target} is there already and is not overwritten; name another file") from None
    except OSError:  # a file system without second names, as on memory sticks
        os.rename(scratch, target)
    sync_folder(target.parent)


def _rename(scratch: Path, file: Path) -> None:
    os.replace(scratch, file)
    sync_folder(file.parent)


def _translated(error: sqlite3.Error | UnicodeDecodeError, what: str) -> StoreError:
    """The driver's error as one of ours: a fault of the files, never a bug that a person could do nothing about."""
    return StoreError(f"{what}: {explain_sqlite(error) or 'it failed'} ({error})")
