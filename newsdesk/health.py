"""How a source is doing, told from what is remembered of it. An answer of 200 is no sign of life; new items are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from newsdesk.sources import Source, SourceState

SILENT_AFTER = timedelta(days=3)
"""No outlet that is worth a place in the book is silent for longer: recorded frozen sections are weeks old."""


@dataclass(frozen=True, slots=True)
class Health:
    """A word for tables (`ok`, `new`, `disabled`, `silent`, `hasty`, or the kind of failure) and a sentence."""

    status: str
    reason: str = ""


def health(source: Source, state: SourceState | None, now: datetime) -> Health:
    """Judge one source. The reason says what the operator can do where there is something to do."""
    if not source.enabled:
        return Health("disabled", "enabled: false in the file")
    doubt = "" if source.verified else "; nobody has seen this address alive: check it"
    if state is None or state.last_poll is None:
        return Health("new", "not looked at yet" + doubt)
    if state.failures:
        times = f" ({state.failures} times in a row)" if state.failures > 1 else ""
        return Health(state.status, state.reason + times + (doubt if state.last_ok is None else ""))
    if state.items == 0:
        return Health("empty", "valid, but without a single item: check the address")
    if state.newest_item is not None and now - state.newest_item > SILENT_AFTER:
        days = (now - state.newest_item).days
        return Health("silent", f"answers, but its newest item is {days} days old: the section may be frozen")
    if state.gaps and state.span is not None and state.span < 2 * source.every:
        minutes = max(1, round(state.span.total_seconds() / 60))
        return Health("hasty", f"its items span only {minutes} minutes and some were missed: write a smaller `every`")
    return Health("ok", state.reason)
