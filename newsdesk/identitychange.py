"""When a source suddenly shows nearly all of its items under new identities: what is old is kept, and never posted.

An outlet that moves to another domain or rebuilds its site gives every article another address and number. What the
channel's readers saw last week would come again as news. Two things look the same and are not: a feed with a small
window that ran on between two looks, and one that was not looked at for long. Their items are *younger* than what was
seen last, and a break is told by items that are older, or have the words of kept articles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsdesk.articles import Article
from newsdesk.sources import Source, SourceState

FEWEST_ITEMS = 8
"""With fewer items nothing can be said."""
MOST_NEW = 0.8
"""So much of a feed may be new at once without a question."""
LONG_ABSENCE = timedelta(days=30)
"""A source that was not read for so long is seen as if for the first time."""
STEADY_POLLS = 3
"""After so many looks with known items a feed without dates is expected to show known ones the next time."""
TWINS_SOUGHT = timedelta(days=45)
"""How long after a break items are compared with kept articles by their words; the store's story keys live as long."""
TOLD_AGAIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Unknown:
    """An item whose identity is new: its time, and whether a kept article of its source has its words (`twin`)."""

    published: datetime | None
    twin: bool


@dataclass(frozen=True, slots=True)
class Break:
    """A mass change of identities. What was published until `since` had been seen; it was noticed at `until`.

    `by_words`: most old items were known by their words, so that one with other words is new though it has no date.
    """

    since: datetime
    until: datetime
    by_words: bool = False
    reason: str = ""


def is_many(items: int, unknown: int) -> bool:
    """Whether so many unknown items at once are a reason to look closer."""
    return items >= FEWEST_ITEMS and unknown > MOST_NEW * items


def is_first_sight(state: SourceState, now: datetime) -> bool:
    """Whether the source is new to us, or as good as new."""
    return state.last_ok is None or now - state.last_ok > LONG_ABSENCE


def seen_until(state: SourceState) -> datetime | None:
    """What was published until then had its chance to be seen.

    A server's copy may be older than the look at it, so the newest item seen counts, not the time of the look alone.
    """
    if state.last_ok is None or state.newest_item is None:
        return state.last_ok
    return min(state.last_ok, state.newest_item)


def find_break(
    source: Source, state: SourceState, unknown: Sequence[Unknown], *, items: int, overlaps: int, now: datetime
) -> Break | None:
    """Decide whether the source's identities changed as a whole.

    `items` is how many it shows, `unknown` those among them that no identity tells; `overlaps` counts earlier looks
    at which items without dates were known. Old are items that have a twin, items published before what was seen
    last, and, where known items had to be expected, those without a date. More than half of the unknown must be old.
    """
    since = seen_until(state)
    if since is None or is_first_sight(state, now) or not is_many(items, len(unknown)):
        return None
    expected = _overlap_expected(source, state, overlaps, now)
    old = sum(one.twin or (expected if one.published is None else one.published <= since) for one in unknown)
    if 2 * old <= len(unknown):
        return None
    reason = f"{len(unknown)} of {items} items are unknown, though {old} of them should have been seen before"
    return Break(since, now, 2 * sum(one.twin for one in unknown) > len(unknown), reason)


def _overlap_expected(source: Source, state: SourceState, overlaps: int, now: datetime) -> bool:
    """Whether items of the last look should still be there, judged by the source's own rhythm."""
    assert state.last_ok is not None
    elapsed = now - state.last_ok
    if state.span is not None:
        return elapsed < state.span / 2
    return overlaps >= STEADY_POLLS and not state.gaps and elapsed <= 3 * source.every


def is_withheld(broken: Break | None, article: Article) -> bool:
    """Whether an article came up by a break only: kept and searchable, never posted."""
    if broken is None or article.first_seen <= broken.since:
        return False
    if article.published is None:
        return not broken.by_words and article.first_seen <= broken.until
    return article.published <= broken.since


def seeks_twins(broken: Break | None, now: datetime) -> bool:
    """Whether a break is recent enough that its articles may still come up under their new addresses."""
    return broken is not None and now - broken.until <= TWINS_SOUGHT


def joined(before: Break | None, found: Break) -> tuple[Break, bool]:
    """The break to remember, and whether an operator is told: not again for one that goes on."""
    if before is None or found.until - before.until > TOLD_AGAIN:
        return found, True
    by_words = before.by_words and found.by_words
    return Break(min(before.since, found.since), found.until, by_words, found.reason), False
