"""A look at the database for `lintas doctor`: nothing is made, migrated or held."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from newsdesk.errors import StoreError
from storage.backups import remedy
from storage.faults import explain_sqlite
from storage.filesystem import kind_below, remote_kind
from storage.sqlite import sqlite_file
from storage.sqlitefile import connect, quick_check
from storage.store import is_current, is_sqlite, parse_url

CHECK_SECONDS = 120.0
SQLITE_VERSION: tuple[int, ...] = sqlite3.sqlite_version_info
"""Of the library that is in use."""


@dataclass(frozen=True, slots=True)
class StoreLook:
    """What was seen: `good` False where it needs mending, None where it only needs to be known."""

    good: bool | None
    text: str
    remedy: str = ""


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite database; None for any other kind."""
    parsed = parse_url(url)
    return sqlite_file(parsed) if is_sqlite(parsed) else None


def look(url: str) -> list[StoreLook]:
    """Whether the database at the URL can be reached, is whole, and has this program's schema."""
    try:
        file = sqlite_path(url)
        if file is None:
            return [_schema(url, "reached")]
        under = _under(file)
        if not file.exists():
            return [*under, StoreLook(None, f"{file} is not there yet", "`lintas run` makes it")]
        return [*under, *_file(url, file)]
    except StoreError as error:
        return [StoreLook(False, str(error), "see above; the service would not start")]


def _under(file: Path) -> list[StoreLook]:
    kind = remote_kind(file.parent)
    if kind is None:
        return []
    return [StoreLook(False, f"{file.parent} lies on a network file system ({kind})", "name a file on a local disk")]


def _file(url: str, file: Path) -> list[StoreLook]:
    try:
        with closing(connect(file, "ro")) as connection:
            found = quick_check(connection, CHECK_SECONDS)
    except sqlite3.Error as error:
        return [StoreLook(False, f"{file}: {explain_sqlite(error) or error}", remedy(file))]
    if found is None:
        note = f"{file}: no damage found in {CHECK_SECONDS:.0f} s, not looked at to its end"
        return [StoreLook(None, note, "`lintas backup` looks at all of it"), _schema(url, "readable")]
    if found != "ok":
        return [StoreLook(False, f"{file} is damaged ({found})", remedy(file))]
    kind = kind_below(file.parent)
    return [_schema(url, f"{file}{kind and f' on {kind}'}: quick_check ok")]


def _schema(url: str, so_far: str) -> StoreLook:
    if is_current(url):
        return StoreLook(True, f"{so_far}, schema up to date")
    return StoreLook(None, f"{so_far}, schema of another version", "`lintas run` brings an older one up to date")
