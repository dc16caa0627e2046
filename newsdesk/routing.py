"""Which chats take a story, when, and why not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from newsdesk.routes import Digest, QuietHours, Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """One story in one chat: by which route and when. `waits` for a digest rather than going as its own message."""

    route: str
    chat: str
    due: datetime
    waits: bool
    reason: str


def placements(routes: Sequence[Route], matched: Collection[str], now: datetime) -> list[Placement]:
    """Where a story that matched these topics goes: in each chat the first route of the file that takes it."""
    taken: dict[str, Placement] = {}
    for route in routes:
        if route.weekly is None and route.chat not in taken and route.when.takes(matched):
            taken[route.chat] = _place(route, matched, now)
    return list(taken.values())


def too_old(at: datetime, max_age: timedelta, now: datetime) -> bool:
    """Whether an article of that time is kept but not posted."""
    return now - at > max_age


def _place(route: Route, matched: Collection[str], now: datetime) -> Placement:
    why = f"{route.id}: at least {route.when.at_least} of {', '.join(route.when.topics)}; matched {', '.join(matched)}"
    if route.digest is not None:
        due = next_slot(route.digest, route.timezone, now)
        return Placement(route=route.id, chat=route.chat, due=due, waits=True, reason=why)
    due = quiet_until(route.quiet, route.timezone, now) or now
    return Placement(route=route.id, chat=route.chat, due=due, waits=False, reason=why)


def next_slot(digest: Digest, timezone: str, now: datetime) -> datetime:
    """The next local time of the digest strictly after now, in UTC.

    A local time that a change of the clock skips falls on the moment after the gap; one that occurs twice is the
    first of the two: each slot comes once a day.
    """
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    days = (today + timedelta(days=days) for days in (-1, 0, 1, 2))
    slots = (local_moments(day, at, zone)[0] for day in days for at in digest.at)
    return min(slot for slot in slots if slot > now).astimezone(now.tzinfo)


def quiet_until(quiet: QuietHours | None, timezone: str, now: datetime) -> datetime | None:
    """When the quiet hours end that hold now; None outside of them. Both passes of a repeated hour can be quiet."""
    if quiet is None or quiet.start == quiet.end:
        return None
    zone = ZoneInfo(timezone)
    local = now.astimezone(zone)
    if not _within(local.time(), quiet):
        return None
    days = (local.date() + timedelta(days=days) for days in (0, 1, 2))
    ends = (end for day in days for end in local_moments(day, quiet.end, zone))
    return min(end for end in ends if end > now).astimezone(now.tzinfo)


def local_moments(day: date, at: time, zone: ZoneInfo) -> list[datetime]:
    """The moments, in UTC, at which clocks of the zone show this time of this day: one, or two in a repeated hour.

    For a time that is skipped, the first moment after the gap.
    """
    naive = datetime.combine(day, at)
    readings = sorted({naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)})
    shown = [moment for moment in readings if moment.astimezone(zone).replace(tzinfo=None) == naive]
    return shown or [_first_after_gap(readings[0], readings[-1], zone)]


def _first_after_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second between the two at which the zone's offset changes."""
    low, high = int(before.timestamp()), int(after.timestamp())
    old = before.astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, UTC).astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)


def _within(at: time, quiet: QuietHours) -> bool:
    if quiet.start < quiet.end:
        return quiet.start <= at < quiet.end
    return at >= quiet.start or at < quiet.end
