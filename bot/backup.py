"""`lintas backup` and `lintas restore`: a copy of the database while the service runs, and the way back."""

from __future__ import annotations

import contextlib
import shlex
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from storage.backup import file_of, make_backup, restore_backup


def backup(url: str, target: Path | None, now: datetime, console: Console) -> None:
    """Copy the database and say where the copy lies, how large it is and how long it took."""
    file = file_of(url)
    began = time.monotonic()
    with _progress(console, "copying") as tell:
        made = make_backup(file, target, now, tell)
    seconds = time.monotonic() - began
    console.print(
        f"{made}: {decimal(made.stat().st_size)}, made and looked through in {seconds:.1f} s\n"
        f"to put it back: stop the service, then `lintas restore {shlex.quote(str(made))}`",
        markup=False,
    )


def restore(url: str, source: Path, now: datetime, console: Console) -> None:
    """Put a backup back and say what to do next."""
    file = file_of(url)
    began = time.monotonic()
    with _progress(console, "copying") as tell:
        before = restore_backup(file, source, now, tell)
    seconds = time.monotonic() - began
    console.print(
        f"{file}: {decimal(file.stat().st_size)} from {source}, looked through and put in place in {seconds:.1f} s",
        markup=False,
    )
    if before is not None:
        console.print(f"the database before lies in {before}; delete it when all is well", markup=False)
    console.print(
        "next: `lintas run`. What was posted after the backup was made is not known to it: those stories may be posted "
        "once more while the feeds show them and they are younger than max_age.",
        markup=False,
    )


@contextlib.contextmanager
def _progress(console: Console, words: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal; elsewhere nothing, so that logs stay short."""
    shown = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not console.is_terminal,
    )
    with shown:
        task = shown.add_task(words, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)
