"""An article's place in time as one whole number: what lists are ordered by, on both databases alike.

The number is the second of `at` since 1970, followed by 29 bits of the article's id, so that descending places are
newest first and, within a second, by id downwards. It is the row number of the search index, which makes "newest"
and "since/until" the two things a full-text index is quickest at: walking it backwards, and bounding it.
"""

from __future__ import annotations

from datetime import UTC, datetime

ID_BITS = 29
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LOWEST, HIGHEST = 0, 2**63 - 1


def _second(moment: datetime) -> int:
    passed = moment - _EPOCH
    return max(0, passed.days * 86_400 + passed.seconds)


def place_of(at: datetime, article_id: int) -> int:
    """The place of an article; times before 1970 all count as 1970."""
    return (_second(at) << ID_BITS) | (article_id & ((1 << ID_BITS) - 1))


def places_between(since: datetime | None, until: datetime | None) -> tuple[int, int]:
    """The half-open range of places with since ≤ at < until, to the second; None is no bound."""
    low = LOWEST if since is None else _second(since) << ID_BITS
    high = HIGHEST if until is None else _second(until) << ID_BITS
    return low, high


def second_at(place: int) -> int:
    """The second since 1970 that a place stands for."""
    return place >> ID_BITS
