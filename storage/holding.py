"""Be the one instance that works on a store: hold it, look at it, bring it up to date, open it, and end it in order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from newsdesk.errors import StoreError
from newsdesk.ports import Store
from storage.migrate import bring_up_to_date
from storage.sqlite import sqlite_file
from storage.sqlitefile import itself_locked, locked, look_before_opening, make_file
from storage.store import TIMEOUT, is_sqlite, open_store, parse_url

HOLDER = "holder"


@dataclass(frozen=True, slots=True)
class Held:
    """A store that this process holds, and what an operator should hear about it."""

    store: Store
    notes: tuple[str, ...] = ()


@contextmanager
def held_store(url: str) -> Iterator[Held]:
    """Hold the store at the URL for as long as the block lasts.

    Nothing is opened, made or migrated unless this process is the holder. One small commit proves that the store can
    be written. Raises StoreHeld when another instance holds it, SchemaOutdated, and StoreError for a database that is
    lost, damaged or cannot be used.
    """
    parsed = parse_url(url)
    if is_sqlite(parsed):
        with _held_file(url, sqlite_file(parsed)) as held:
            yield held
        return
    from storage.postgres import PostgresDatabase

    server = PostgresDatabase(parsed, TIMEOUT)
    try:
        with server.hold(), _opened(url) as store:
            yield Held(store)
    finally:
        server.close()


@contextmanager
def _held_file(url: str, file: Path) -> Iterator[Held]:
    with locked(file) as lock:
        notes = look_before_opening(file, lock.left)
        make_file(file)
        lock.between()
        try:
            with itself_locked(file), _opened(url) as store:
                lock.began()
                try:
                    yield Held(store, tuple(notes))
                finally:
                    # A disk that fails now takes no note: then it stands noted that the log must be there, and it is,
                    # since nothing could be copied home either.
                    with suppress(StoreError):
                        lock.between()
        finally:
            with suppress(StoreError):
                lock.ended()


@contextmanager
def _opened(url: str) -> Iterator[Store]:
    bring_up_to_date(url)
    store = open_store(url, migrate=False)
    try:
        with store.write() as tx:
            # The time makes it another fact each time: SQLite writes nothing where nothing changes, and in a container
            # each process has the same number.
            tx.remember(HOLDER, f"process {os.getpid()}, {datetime.now(UTC).isoformat()}")
        yield store
    finally:
        store.close()
