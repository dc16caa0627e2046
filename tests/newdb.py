"""An empty database, made once and copied: the first user of a new one is spared its migrations, half of a start.

What is about a start from nothing, or about migrations, begins without it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from storage import open_store, revision
from storage.tables import metadata


@cache
def _content() -> bytes:
    with TemporaryDirectory() as folder:
        open_store(f"sqlite:///{folder}/empty.db").close()
        (file,) = Path(folder).iterdir()
        return file.read_bytes()


def tables_since_the_first() -> list[str]:
    """The tables that the first schema had not, in an order in which they may be dropped."""
    first = revision.MIGRATIONS / "versions" / "r0001_first.py"
    there = set(re.findall(r'create_table\(\s*"(\w+)"', first.read_text("utf-8")))
    return [table.name for table in reversed(metadata.sorted_tables) if table.name not in there]


def lay_database(folder: Path, name: str = "var/lintas.db") -> None:
    """Put it where the program that runs in this folder looks for it; one that is there stays."""
    file = folder / name
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(0o600)
        file.write_bytes(_content())
