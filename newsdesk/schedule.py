"""When a source is looked at next, and what is remembered of a look.

Due-ness is data: `next_check` lies in the store, so a restart is harmless. Times are UTC; `jitter` is a number in
[0, 1) that the caller draws, so that many sources do not march in step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from newsdesk.articles import Entry
from newsdesk.errors import SourceError
from newsdesk.ports import Harvest
from newsdesk.sources import Source, SourceState

LONGEST_BACKOFF = timedelta(hours=6)
"""A source that keeps failing is still looked at four times a day, so that its return is noticed."""

SKEW = timedelta(seconds=30)
"""By how much the clocks of two machines, or one clock before and after a correction, may differ."""

GONE = "gone"
"""The status of a source whose server says that it was taken away for good."""
GONE_BACKOFF = timedelta(hours=20)
"""Such a source rests; about once a day it is looked at, for servers err."""

SHORTEST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=24)


def is_due(source: Source, state: SourceState, now: datetime) -> bool:
    """Whether the source should be looked at now.

    A last look that lies in the future, or a `next_check` further away than any interval can put it, means that the
    clock was set back: due, too.
    """
    if not source.enabled:
        return False
    if state.next_check is None or state.next_check <= now:
        return True
    if state.last_poll is not None and state.last_poll - now > SKEW:
        return True
    return state.next_check - now > max(2 * source.every, LONGEST_RETRY + source.every)


def due(sources: Sequence[Source], states: Mapping[str, SourceState], now: datetime) -> list[Source]:
    """The sources to look at now, the longest overdue first."""
    waiting = [(states.get(source.id, SourceState(source=source.id)), source) for source in sources]
    ready = [(state, source) for state, source in waiting if is_due(source, state, now)]
    ready.sort(key=lambda pair: pair[0].next_check.timestamp() if pair[0].next_check else 0.0)
    return [source for _, source in ready]


def after_success(
    source: Source, state: SourceState, harvest: Harvest, now: datetime, *, gap: bool = False, jitter: float = 0.5
) -> SourceState:
    """What to remember when the source was read.

    An unchanged body keeps what is known of the items. The next look comes after `every`, moved by at most a
    twentieth either way, or when the server asked for if that is later.
    """
    wait = source.every * (0.95 + 0.1 * jitter)
    if harvest.retry_after is not None:
        wait = max(wait, _clamped(harvest.retry_after))
    fresh = replace(
        state,
        source=source.id,
        etag=harvest.etag,
        last_modified=harvest.last_modified,
        body_hash=harvest.body_hash or state.body_hash,
        next_check=now + wait,
        last_poll=now,
        last_ok=now,
        last_full=now if harvest.complete else state.last_full,
        failures=0,
        status="ok",
        reason=harvest.note,
        gaps=state.gaps + gap,
    )
    if harvest.unchanged:
        return fresh
    newest, span = rhythm(harvest.entries)
    return replace(
        fresh,
        items=len(harvest.entries),
        newest_item=max(filter(None, (state.newest_item, newest)), default=None),
        span=span if span is not None else state.span,
    )


def after_failure(
    source: Source, state: SourceState, error: SourceError, now: datetime, *, jitter: float = 0.5
) -> SourceState:
    """What to remember when it could not be read: validators stay, and the wait doubles up to LONGEST_BACKOFF."""
    failures = state.failures + 1
    backoff = min(source.every * 2 ** min(failures - 1, 10), max(LONGEST_BACKOFF, source.every))
    if error.status == GONE:
        backoff = max(GONE_BACKOFF, source.every)
    wait = backoff * (0.9 + 0.2 * jitter)
    if error.retry_after is not None:
        wait = max(wait, _clamped(error.retry_after))
    return replace(
        state,
        source=source.id,
        next_check=now + wait,
        last_poll=now,
        failures=failures,
        status=error.status,
        reason=error.reason,
    )


def rhythm(entries: Sequence[Entry]) -> tuple[datetime | None, timedelta | None]:
    """The newest publication time among entries, and the time that they cover (None with fewer than two dates)."""
    dates = [entry.published for entry in entries if entry.published is not None]
    if not dates:
        return None, None
    return max(dates), max(dates) - min(dates) if len(dates) > 1 else None


def _clamped(asked: timedelta) -> timedelta:
    return min(max(asked, SHORTEST_RETRY), LONGEST_RETRY)
