"""Where backups of a SQLite file lie, what they are called, and what to say when one is needed."""

from __future__ import annotations

import shlex
from datetime import datetime
from pathlib import Path

FOLDER = "backups"
_STAMP = "%Y%m%dT%H%M%SZ"


def backup_name(file: Path, now: datetime) -> Path:
    """The default name of a backup made at `now` (UTC): ``backups/lintas-20260207T120000Z.db`` beside the database."""
    return file.parent / FOLDER / f"{file.stem}-{now.strftime(_STAMP)}.db"


def before_restore(file: Path, now: datetime) -> Path:
    """How the database is called that a restore at `now` (UTC) sets aside; it stays beside the new one."""
    return file.with_name(f"{file.name}.before-restore-{now.strftime(_STAMP)}")


def newest_backup(file: Path) -> Path | None:
    """The backup of this database with the latest time in its name; None when there is none under a default name."""
    found = sorted((file.parent / FOLDER).glob(f"{file.stem}-*T*Z.db"))
    return found[-1] if found else None


def remedy(file: Path) -> str:
    """What brings a damaged or lost database back: the very command, where there is a backup."""
    backup = newest_backup(file)
    if backup is None:
        return (
            f"there is no backup in {file.parent / FOLDER}; if you keep one elsewhere, run `lintas restore FILE`; "
            f"to begin anew, move {file} and all files whose names begin so out of the way"
        )
    return f"stop the service and run `lintas restore {shlex.quote(str(backup))}`"
