"""An empty database, made once and copied: the first user of a new one is spared its migrations, half of a start.

What is about a start from nothing, or about migrations, begins without it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from storage import open_store


@cache
def _content() -> bytes:
    with TemporaryDirectory() as folder:
        open_store(f"sqlite:///{folder}/empty.db").close()
        (file,) = Path(folder).iterdir()
        return file.read_bytes()


def lay_database(folder: Path, name: str = "var/lintas.db") -> None:
    """Put it where the program that runs in this folder looks for it; one that is there stays."""
    file = folder / name
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(0o600)
        file.write_bytes(_content())
