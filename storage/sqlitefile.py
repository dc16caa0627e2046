"""A SQLite database as a file: held by one instance, known again, and looked at before it is opened.

Beside ``lintas.db`` lies ``lintas.db.lock``. Its first line names the process that holds the database or held it last;
its second says what that process left:

- nothing: there was no database yet;
- ``open``: it was starting or ending;
- ``log``: it wrote, and what it wrote may lie in ``lintas.db-wal``, which must be there and is never emptied;
- ``closed``: all is in the database itself.

So a database or a log that was lost is told apart from one that never was, and is never made anew in silence.

Nothing here may run while this process has the database open: closing any descriptor of the file would drop SQLite's
own locks on it (https://www.sqlite.org/howtocorrupt.html, 2.2).
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import stat
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from newsdesk.errors import StoreError, StoreHeld
from storage.backups import remedy
from storage.faults import explain_sqlite
from storage.filesystem import remote_kind, sync_folder

OPEN, LOG, CLOSED = "open", "log", "closed"
CHECK_SECONDS = 1.0
"""How long a start may look for damage: enough for a database of some hundred MB."""
_HEADER = 100
_MAGIC = b"SQLite format 3\0"
_FOREIGN = stat.S_IRWXG | stat.S_IRWXO


def companion(file: Path, ending: str) -> Path:
    """The file beside the database: ``-wal``, ``-shm``, ``-journal`` or ``.lock``."""
    return file.with_name(file.name + ending)


def connect(file: Path, mode: str, timeout: float = 5.0) -> sqlite3.Connection:
    """A connection of the driver's own: `mode` is ``ro``, ``rw``, ``rwc``, or ``immutable`` for files nobody changes.

    Transactions are begun and ended by hand. One that is read-only never makes a checkpoint, not even when it is
    the last to close.
    """
    how = "immutable=1" if mode == "immutable" else f"mode={mode}"
    address = f"file:{quote(str(file.absolute()))}?{how}"
    return sqlite3.connect(address, uri=True, timeout=timeout, isolation_level=None, check_same_thread=False)


class Lock:
    """The lock file of a database, locked by this process. Each note is on the disk, or raises StoreError."""

    def __init__(self, file: Path, descriptor: int) -> None:
        self._file = file
        self._descriptor = descriptor
        self.left = _second_line(self._read())
        """What the last holder left: "", `OPEN`, `LOG` or `CLOSED`."""
        self._write(self.left)

    def began(self) -> None:
        """Note that from now on the log must be there; to be called after the first commit."""
        self._write(LOG)

    def between(self) -> None:
        """Note that the log may come and go; to be called before migrating, and before the last connection is closed."""
        self._write(OPEN if size_of(self._file) else "")

    def ended(self) -> None:
        """Note what is left: the log stays where somebody else still reads, or where it could not be emptied."""
        if size_of(self._file):
            self._write(LOG if size_of(companion(self._file, "-wal")) else CLOSED)

    def _read(self) -> str:
        with self._checked("read"):
            return os.pread(self._descriptor, 1000, 0).decode(errors="replace")

    def _write(self, state: str) -> None:
        """One write, and on the disk before anything that relies on it."""
        content = f"process {os.getpid()}\n{state}".encode().ljust(40)
        with self._checked("written"):
            os.pwrite(self._descriptor, content, 0)
            os.ftruncate(self._descriptor, len(content))
            os.fdatasync(self._descriptor)

    @contextmanager
    def _checked(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            path = companion(self._file, ".lock")
            raise StoreError(f"the lock file {path} cannot be {what}: {error.strerror}; check its disk") from error


@contextmanager
def locked(file: Path) -> Iterator[Lock]:
    """Be the only one; the kernel lets go of the lock when the process ends, however it ends. Raises StoreHeld."""
    path = companion(file, ".lock")
    make_folder(file)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(
            f"the lock file {path} cannot be opened: {error.strerror}; let this user write in its folder"
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreHeld(f"another instance ({_holder(path)}) holds the database {file}; stop it first") from error
        yield Lock(file, descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def itself_locked(file: Path) -> Iterator[None]:
    """Lock the database, too, so that a lock file that somebody deletes lets nobody in. Raises StoreHeld.

    SQLite's locks are of another kind and not touched: the descriptor is opened before SQLite opens the file, and is to
    be closed after SQLite has closed it.
    """
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise cannot_open(file, error) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreHeld(f"another instance holds the database {file}; stop it first") from error
        except OSError:
            pass  # a file system without such locks: the lock file has to do
        yield
    finally:
        os.close(descriptor)


def make_file(file: Path) -> None:
    """Make an empty database, for its owner alone, when it is not there; SQLite gives its companions the same mode.

    A file that is there is not opened: closing it would drop SQLite's locks.
    """
    if file.exists():
        return
    make_folder(file)
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        sync_folder(file.parent)
    except OSError as error:
        raise cannot_open(file, error) from error


def make_folder(file: Path) -> None:
    """Make the database's folder when it is not there."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_open(file, error) from error


def cannot_open(file: Path, error: OSError) -> StoreError:
    """The error for a file that the system refuses to open."""
    return StoreError(f"the database {file} cannot be opened: {error.strerror}; name a file that this user may write")


def look_before_opening(file: Path, left: str) -> list[str]:
    """Refuse a database that is lost, cut off, damaged or on a network file system; returns what should be told.

    `left` is what the last holder left. Reads at most for CHECK_SECONDS. Raises StoreError with the command that helps.
    """
    kind = remote_kind(file.parent)
    if kind is not None:
        raise StoreError(
            f"the database {file} lies on a network file system ({kind}), where SQLite's log does not work safely; "
            "put it on a local disk, or use PostgreSQL"
        )
    refuse_lost(file, left)
    if not size_of(file):
        return []
    notes = _close_to_others(file)
    _refuse_cut_off(file)
    return [*notes, *_check(file)]


def refuse_lost(file: Path, left: str) -> None:
    """Raise StoreError when a database was here and is gone, or is here without the log that belongs to it."""
    wal, lock = companion(file, "-wal"), companion(file, ".lock")
    if not size_of(file):
        if left or size_of(wal):
            sign = lock if left else wal
            raise StoreError(
                f"the database {file} is {'empty' if file.exists() else 'gone'}, though it was in use ({sign} tells); "
                f"{remedy(file)}; or delete {sign} to begin a new one"
            )
    elif left == LOG and not size_of(wal):  # a reader makes an empty one
        raise StoreError(
            f"the database {file} is there, but its log {wal.name} is gone, and with it what was written last; "
            f"{remedy(file)}; or, if you opened it with another program since, nothing is lost: delete {lock}"
        )


def left_behind(file: Path) -> str:
    """What the last holder left, told without the lock."""
    try:
        return _second_line(companion(file, ".lock").read_text("utf-8", "replace"))
    except OSError:
        return ""


def _second_line(content: str) -> str:
    lines = content.splitlines()
    state = lines[1].strip() if len(lines) > 1 else ""
    return state if state in (OPEN, LOG, CLOSED) else ""


def size_of(file: Path) -> int:
    """Bytes in the file; 0 when it is not there."""
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _holder(lock: Path) -> str:
    try:
        return lock.read_text().partition("\n")[0].strip() or "still starting"
    except OSError:
        return "unknown"


def _close_to_others(file: Path) -> list[str]:
    """Take other users' rights on the file away, as a new one has none; a note where that was done or cannot be."""
    found = file.stat()
    if not stat.S_IMODE(found.st_mode) & _FOREIGN:
        return []
    was = f"other users could open the database {file} (mode {stat.S_IMODE(found.st_mode):04o})"
    try:
        file.chmod(stat.S_IMODE(found.st_mode) & ~_FOREIGN)
    except OSError:
        return [f"{was}; let its owner run `chmod 600 {file}`"]
    return [f"{was}; it is now for its owner alone"]


def _refuse_cut_off(file: Path) -> None:
    """Compare the size with the number of pages that the header tells, where all pages are in the file."""
    if size_of(companion(file, "-wal")):
        return  # pages may lie in the log alone
    try:
        with file.open("rb") as database:
            header = database.read(_HEADER)
    except OSError as error:
        raise cannot_open(file, error) from error
    if len(header) < _HEADER or not header.startswith(_MAGIC):
        return  # SQLite finds its own words for that
    page = struct.unpack(">H", header[16:18])[0]
    page = 65536 if page == 1 else page
    changes, pages, valid_for = (struct.unpack(">I", header[place : place + 4])[0] for place in (24, 28, 92))
    told = pages * page
    if changes == valid_for and size_of(file) < told:
        raise StoreError(f"the database {file} is cut off: {size_of(file)} of {told} bytes are there; {remedy(file)}")


def _check(file: Path) -> list[str]:
    """SQLite's own look for damage, ended after CHECK_SECONDS; a note when it did not come to the end."""
    began = time.monotonic()
    # What a crash left half done without a log is undone by the first who opens the file, who must be able to write.
    mode = "rw" if companion(file, "-journal").exists() else "ro"
    try:
        with closing(connect(file, mode)) as connection:
            found = quick_check(connection, CHECK_SECONDS)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        explanation = explain_sqlite(error) or "it cannot be read"
        raise StoreError(f"the database {file}: {explanation} ({error}); {remedy(file)}") from error
    if found is None:
        seconds = time.monotonic() - began
        return [
            f"looked for damage in the database {file} for {seconds:.1f} s, not to its end ({size_of(file) >> 20} MiB); "
            "`lintas backup` looks at all of it"
        ]
    if found != "ok":
        raise StoreError(f"the database {file} is damaged ({found}); {remedy(file)}")
    return []


def quick_check(connection: sqlite3.Connection, seconds: float | None = None) -> str | None:
    """``ok``, or the first damage found; None when it was ended after so many seconds with nothing found."""
    timer = threading.Timer(seconds, connection.interrupt) if seconds is not None else None
    if timer is not None:
        timer.start()
    try:
        rows = connection.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname == "SQLITE_INTERRUPT":
            return None
        raise
    finally:
        if timer is not None:
            timer.cancel()
            timer.join()
    return " ".join(str(rows[0][0]).split()) if rows else "no answer"
