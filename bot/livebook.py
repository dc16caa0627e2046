"""The source book as it stands on disk: taken up live, as a whole or not at all. The last good one stays."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.config.book import book_digest, parse_book, read_bytes
from newsdesk.bookchange import BookVerdict, judge_change
from newsdesk.errors import ConfigError, Problem
from newsdesk.ports import Reading, Store, Writing
from newsdesk.sources import Source, SourceBook

LAST_GOOD = "book.last-good"
ACCEPTED = "book.accepted"
TAKEN = "book.taken"
"""Small facts in the store: the file last taken up, the digest of one that a person confirmed, and when the former was."""


@dataclass(frozen=True, slots=True)
class Held:
    """A file that is not taken up until it is confirmed or mended: what it would take away, and its digest."""

    verdict: BookVerdict
    digest: str


@dataclass(frozen=True, slots=True)
class BookChange:
    """What a look at the file found: a new book that is in force now, or why the old one stays.

    `removed` are the sources that the book in force lists no more. `again` says that the file is as it was before
    something was wrong with it.
    """

    book: SourceBook | None
    problems: tuple[str, ...] = ()
    held: Held | None = None
    removed: tuple[Source, ...] = ()
    again: bool = False


@dataclass(frozen=True, slots=True)
class _Content:
    """What one look read: the bytes, or the error; `mark` tells two contents apart."""

    mark: str
    raw: bytes = b""
    error: ConfigError | None = None


Judge = Callable[..., BookVerdict]


class LiveBook:
    """Holds the book in force and looks whether the file changed.

    Content is compared, read anew by its path each time, not times or inodes, so that renames, symlink swaps and bind
    mounts are seen; a change counts only when two looks in a row read the same bytes, so that a half-written file is
    not taken for a short one. A change that loses many sources waits until a person confirms it: see `judge_change`.
    """

    def __init__(self, path: Path, *, judge: Judge = judge_change) -> None:
        """Raises ConfigError when the file cannot be used at all."""
        self._path = path
        self._judge = judge
        self.raw = read_bytes(path)
        self.book = parse_book(self.raw, file=str(path))
        self._judged = self._seen = self.book.digest
        self._held: tuple[Held, bytes, SourceBook] | None = None

    def begin(self, last_good: str | None, accepted: str | None) -> BookChange | None:
        """Judge the file found at the start by what was last taken up: the former stays when too much is lost.

        The arguments are the facts LAST_GOOD and ACCEPTED. None when there is nothing to say. Raises ConfigError when
        the file is held and what was last good cannot be used any more.
        """
        if last_good is None or json.loads(last_good)["digest"] == self.book.digest:
            return None
        found, raw = self.book, self.raw
        self.book, self.raw, usable = former_book(last_good)
        change = self._take(found, raw, accepted)
        if change.held is not None and not usable:
            problem = Problem((), held_text(change.held.verdict), "mend the file, or `lintas check --accept`", 1, 1)
            raise ConfigError([problem], str(self._path))
        return change

    def look(self, accepted: str | None = None) -> BookChange | None:
        """Take a change up when it has settled; None when there is nothing to say.

        `accepted` is the fact ACCEPTED, which is only needed while `asks`.
        """
        now = self._read()
        settled, self._seen = now.mark == self._seen, now.mark
        if not settled:
            return None
        if now.mark == self._judged:
            return self._confirmed(accepted)
        self._judged, self._held = now.mark, None
        if now.mark == self.book.digest:
            return BookChange(self.book, again=True)
        try:
            if now.error is not None:
                raise now.error
            book = parse_book(now.raw, file=str(self._path))
        except ConfigError as error:
            return BookChange(None, tuple(error.lines()))
        return self._take(book, now.raw, accepted)

    @property
    def asks(self) -> bool:
        """Whether a file other than the one in force lies there, so that a confirmation may matter."""
        return self._held is not None or self._seen != self._judged

    @property
    def held(self) -> Held | None:
        """The file that waits for a person, if one does."""
        return self._held[0] if self._held is not None else None

    def fact(self) -> str:
        """The book in force, as it is remembered under LAST_GOOD."""
        return last_good_fact(self.book, self.raw)

    def _take(self, book: SourceBook, raw: bytes, accepted: str | None) -> BookChange:
        verdict = self._judge(self.book, book, cut_off=cut_off(self.raw, raw))
        if verdict.hold and (accepted != book.digest or not book.sources):
            self._held = Held(verdict, book.digest), raw, book
            return BookChange(None, held=self._held[0])
        self.book, self.raw, self._held = book, raw, None
        return BookChange(book, removed=verdict.removed)

    def _confirmed(self, accepted: str | None) -> BookChange | None:
        if self._held is None or accepted != self._held[0].digest:
            return None
        _, raw, book = self._held
        change = self._take(book, raw, accepted)
        return change if change.held is None else None

    def _read(self) -> _Content:
        try:
            raw = read_bytes(self._path)
        except ConfigError as error:
            return _Content("; ".join(error.lines()), error=error)
        return _Content(book_digest(raw), raw)


def cut_off(old: bytes, new: bytes) -> bool:
    """Whether the new content is nothing but the beginning of the old."""
    return len(new) < len(old) and old.startswith(new)


def last_good_fact(book: SourceBook, raw: bytes) -> str:
    """A book that was taken up, to be remembered as LAST_GOOD: its text, and what is polled in case a later program
    cannot read the text any more."""
    polled = [[source.id, source.name, source.url] for source in book.enabled()]
    return json.dumps({"digest": book.digest, "text": raw.decode("utf-8"), "polled": polled}, ensure_ascii=False)


def former_book(last_good: str) -> tuple[SourceBook, bytes, bool]:
    """The book of the fact LAST_GOOD, its text, and whether it can be used; if not, it only names what was polled."""
    kept = json.loads(last_good)
    raw = kept["text"].encode("utf-8")
    try:
        return parse_book(raw), raw, True
    except ConfigError:
        polled = tuple(Source(id=id_, name=name, url=url) for id_, name, url in kept["polled"])
        return SourceBook(sources=polled, digest=kept["digest"]), raw, False


def remember_book(tx: Writing, last_good: str, now: datetime) -> None:
    """Remember the book in force as the last good one, taken up now.

    What was confirmed stays confirmed: it is this one content, and each process takes it up for itself.
    """
    tx.remember(LAST_GOOD, last_good)
    tx.remember(TAKEN, now.isoformat())


def taken_up(view: Reading) -> datetime | None:
    """When the last good one was taken up; None when none was, or by a program that did not write it down."""
    stamp = view.remembered(TAKEN)
    return datetime.fromisoformat(stamp) if stamp else None


def facts(view: Reading) -> tuple[str | None, str | None]:
    """LAST_GOOD and ACCEPTED."""
    return view.remembered(LAST_GOOD), view.remembered(ACCEPTED)


def judged(view: Reading, book: SourceBook, raw: bytes) -> BookVerdict | None:
    """What this file would take away of the one last taken up; None when no service has taken one up yet."""
    last_good, _ = facts(view)
    if last_good is None:
        return None
    former, text, _ = former_book(last_good)
    return judge_change(former, book, cut_off=cut_off(text, raw))


def accept(store: Store, book: SourceBook, raw: bytes) -> str:
    """Confirm this very file, so that the service takes it up whatever it removes; says what came of it."""
    with store.read() as view:
        verdict = judged(view, book, raw)
    if verdict is None:
        return "nothing to confirm: no service has taken a file up yet"
    if not verdict.hold:
        return "nothing to confirm: the service takes this file up as it is"
    with store.write() as tx:
        tx.remember(ACCEPTED, book.digest)
    return f"confirmed ({held_text(verdict)}): the service takes it up within a few seconds, or at its next start"


SHOWN = 20


def held_text(verdict: BookVerdict) -> str:
    """Why a file is held, and which sources would vanish."""
    return verdict.hold + (f": {names(verdict.removed)}" if verdict.removed else "")


def names(sources: Sequence[Source]) -> str:
    """The ids of sources, the first of very many."""
    more = len(sources) - SHOWN
    return ", ".join(source.id for source in sources[:SHOWN]) + (f" and {more} more" if more > 0 else "")
