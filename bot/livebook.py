"""The source book as it stands on disk: taken up live, as a whole or not at all. The last good one stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from newsdesk.errors import ConfigError
from newsdesk.sources import SourceBook


@dataclass(frozen=True, slots=True)
class BookChange:
    """What a look at the file found: a new book that is in force now, or why the old one stays."""

    book: SourceBook | None
    problems: tuple[str, ...] = ()


class LiveBook:
    """Holds the book in force and looks whether the file changed.

    Content is compared, not times or inodes, so that symlink swaps and bind mounts are seen; and a change counts only
    when two looks in a row read the same bytes, so that a half-written file is not taken for a short one.
    """

    def __init__(self, path: Path, load: Callable[[Path], SourceBook]) -> None:
        """Raises ConfigError when the file cannot be used at all."""
        self._path = path
        self._load = load
        self.book = load(path)
        self._judged = self._hash()
        self._seen = self._judged

    def look(self) -> BookChange | None:
        """Take a change up when it has settled; None when there is nothing to say."""
        now = self._hash()
        settled, self._seen = now == self._seen, now
        if now == self._judged or not settled:
            return None
        self._judged = now
        try:
            self.book = self._load(self._path)
        except ConfigError as error:
            return BookChange(None, tuple(error.lines()))
        return BookChange(self.book)

    def _hash(self) -> str:
        try:
            return blake2b(self._path.read_bytes(), digest_size=16).hexdigest()
        except OSError as error:
            return f"unreadable: {error.strerror}"
