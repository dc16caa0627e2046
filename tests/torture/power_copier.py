"""A process that uses a database and is gone, copies it, or puts a copy in its place: ``… WHAT FILE SAID``.

When a copy is made or in its place, it says so in SAID.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from newsdesk.ports import Store
from storage.backup import make_backup, restore_backup
from storage.holding import held_store
from tests.contract.builders import told

BACKUP, COPY = "backup.db", "copy.db"
"""The names beside the database of what is put back, and of what is made."""
ENDED, ARTICLES = 15, 25
"""How many articles lie in the database itself, and how many with those in its log."""
NOW = datetime(2026, 2, 7, tzinfo=UTC)


def main(what: str, file: Path, said: str) -> None:
    """Do what WHAT says: `use`, `backup` or `restore`."""
    match what:
        case "use":
            with held_store(f"sqlite:///{file}") as held:
                _keep(held.store, range(ENDED))
            with held_store(f"sqlite:///{file}") as held:
                _keep(held.store, range(ENDED, ARTICLES))
                os._exit(0)
        case "backup":
            make_backup(file, file.with_name(COPY), NOW, lambda done, whole: None)
        case _:
            restore_backup(file, file.with_name(BACKUP), NOW, lambda done, whole: None)
    os.write(os.open(said, os.O_WRONLY | os.O_APPEND | os.O_CREAT), b"done\n")


def _keep(store: Store, numbers: range) -> None:
    for number in numbers:
        with store.write() as tx:
            told(tx, number, summary="isi berita " * 60)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
