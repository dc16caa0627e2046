"""Whether a changed sources.yaml may be taken up as it is, or loses so much that a person must say it is meant.

A half-written file is mostly a valid one: of a file cut off anywhere three quarters of the prefixes are read without an
error and list fewer sources. That it could be read is no proof; what it no longer lists is the sign.
"""

from __future__ import annotations

from dataclasses import dataclass

from newsdesk.sources import Source, SourceBook

MOST_REMOVED = 0.2
FEWEST_REMOVED = 2
"""A change that removes more than this part of the sources, and at least so many, must be confirmed."""


@dataclass(frozen=True, slots=True)
class BookVerdict:
    """What a change takes away. `hold` is why it must be confirmed, "" when it may be taken up.

    `removed` are the polled sources that are no longer listed, under their id or their address, in the order of the
    old file; `known` is how many were polled.
    """

    removed: tuple[Source, ...]
    known: int
    hold: str = ""


def judge_change(old: SourceBook, new: SourceBook, *, cut_off: bool) -> BookVerdict:
    """Judge the book that a changed file says against the one in force.

    `cut_off` says that the file is the old one's beginning and nothing else: then whatever it lacks is a reason to
    ask, because that is what an interrupted write leaves. Sources that were not polled may go, and `enabled: false`
    removes nothing. A book without any source is never taken up.
    """
    known = old.enabled()
    ids = {source.id for source in new.sources}
    urls = {source.url for source in new.sources}
    removed = tuple(source for source in known if source.id not in ids and source.url not in urls)
    hold = ""
    if not new.sources:
        hold = "it lists no source at all"
    elif len(removed) >= FEWEST_REMOVED and len(removed) > MOST_REMOVED * len(known):
        hold = f"{len(removed)} of {len(known)} sources are no longer listed"
    elif cut_off and _says(new) != _says(old):
        hold = "it ends in the middle of what it said before, as a half-written file does"
    return BookVerdict(removed, len(known), hold)


def _says(book: SourceBook) -> tuple[object, ...]:
    return book.sources, book.routes, book.topics
