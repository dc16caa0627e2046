"""Dates as Indonesian and English outlets write them. Strict: what is not understood is None, never a guess.

A fuzzy parser once made the year 2034 of the words "34 konten", and general parsers read WIB as UTC: so each form
is spelled out here. Nothing depends on the machine's clock or time zone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from urllib.parse import urlsplit

EARLIEST, LATEST = 1970, 2100
"""Years outside are nonsense: no feed of ours has such articles."""

_LONGEST = 160

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january januari jan",
            "february februari pebruari peb feb",
            "march maret mar mrt",
            "april apr",
            "may mei",
            "june juni jun",
            "july juli jul",
            "august agustus agust agt agu ags aug",
            "september sept sep",
            "october oktober oct okt",
            "november nopember nov nop",
            "december desember dec des",
        ),
        start=1,
    )
    for name in names.split()
}

# RFC 822 §5, the zones of Indonesia (WIB, WITA, WIT: Keppres 41/1987), and its neighbours.
_ZONES = {
    "z": 0.0,
    "ut": 0.0,
    "utc": 0.0,
    "gmt": 0.0,
    "wib": 7.0,
    "wita": 8.0,
    "wit": 9.0,
    "waktu indonesia barat": 7.0,
    "waktu indonesia tengah": 8.0,
    "waktu indonesia timur": 9.0,
    "sgt": 8.0,
    "myt": 8.0,
    "hkt": 8.0,
    "ict": 7.0,
    "kst": 9.0,
    "jst": 9.0,
    "ist": 5.5,
    "bst": 1.0,
    "cet": 1.0,
    "cest": 2.0,
    "msk": 3.0,
    "aest": 10.0,
    "aedt": 11.0,
    "est": -5.0,
    "edt": -4.0,
    "cst": -6.0,
    "cdt": -5.0,
    "mst": -7.0,
    "mdt": -6.0,
    "pst": -8.0,
    "pdt": -7.0,
}

_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_YEAR = r"(?P<year>\d{4}(?!\d)|\d{2}(?!\d|[:.]\d))"
_HALF = r"\s*(?P<half>[ap]\.?m\.?(?![a-z]))?"
_CLOCK = r"(?P<hour>\d{1,2})[:.](?P<minute>\d{1,2})(?:[:.](?P<second>\d{1,2}))?(?:[.,]\d{1,9})?(?!\d)" + _HALF
_ZONE_NAMES = r"(?:" + "|".join(sorted(_ZONES, key=len, reverse=True)) + r")(?![a-z])"
# Between a sign and its digits stands no blank, unless GMT or UTC stand before: "10:00 - 12:00" is from ten to twelve.
_ZONE = r"(?:\s*\(?\s*(?P<zone>(?:(?:gmt|utc)\s*[+-]\s*|[+-])\d{1,2}(?:[:.]?\d{2})?(?!\d)|" + _ZONE_NAMES + r")\)?)?"
_MARKS = r"[\s,|:•·@/)–—-]*"
_SAID = r"(?:pukul|jam|at|pkl\.?)\s+"
_GAP = _MARKS + rf"(?:{_SAID})?"

_ISO = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?:(?:\s*t|[\s,|]+)" + _CLOCK + _ZONE + r")?\s*$"
)
_COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})t(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?"
    r"(?:\.\d+)?" + _ZONE + r"$"
)
_NAMED = re.compile(rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s./-]*(?P<name>{_MONTH})(?![a-z])[\s.,/'-]*{_YEAR}")
_NAME_FIRST = re.compile(
    rf"(?<![a-z])(?P<name>{_MONTH})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s+(?P<year>\d{{4}})(?!\d)"
)
_ASCTIME = re.compile(rf"(?<![a-z])(?P<name>{_MONTH})\s+(?P<day>\d{{1,2}})\s+{_CLOCK}{_ZONE}\s+(?P<year>\d{{4}})(?!\d)")
_NUMBERS = re.compile(r"(?<![\d/.-])(?P<day>\d{1,2})(?P<sep>[/.-])(?P<month>\d{1,2})(?P=sep)(?P<year>\d{4})(?!\d)")
_YEAR_FIRST = re.compile(r"(?<!\d)(?P<year>\d{4})(?P<sep>[/.-])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})(?!\d)")
_TIME_AFTER = re.compile(_GAP + _CLOCK + _ZONE)
_HOUR_AFTER = re.compile(_MARKS + rf"(?P<said>{_SAID})?(?P<hour>\d{{1,2}})(?![\d:.]\d?)" + _HALF + _ZONE)
_DAYS = r"(?:sen|sel|rab|kam|jum|sab|min|ahad|mon|tue|wed|thu|fri|sat|sun)[a-z']*"
_TIME_BEFORE = re.compile(r"(?<!\d)" + _CLOCK + _ZONE + rf"[\s,|–—-]*(?:{_DAYS},\s*)?$")

# What shows that more was said of the time than is understood.
_ISO_BEGUN = re.compile(r"\d{4}-?\d{1,2}-?\d{1,2}\s*t\s*\d")
_UNREAD_ZONE = re.compile(r"\s*\(?\s*(?:[+-]\s*\d|waktu\s|[a-z]+/[a-z]|[a-z]{1,5}\)?$)")
_UNREAD_TIME = re.compile(_GAP + rf"\d+\s*(?:{_ZONE_NAMES}|[ap]\.?m\.?(?![a-z])|[+-]\d)")
_UNREAD_BEFORE = re.compile(r"\d[:.]\d{2}\s*[a-z]{1,5}[\s,]*$")
_ZONE_AGAIN = re.compile(rf"\s*\(?\s*(?P<zone>(?:gmt|utc)\s*[+-]\s*\d{{1,2}}(?:[:.]?\d{{2}})?(?!\d)|{_ZONE_NAMES})")

_RELATIVE = re.compile(
    r"(?:sekitar |about )?(?P<count>\d{1,3}|an?|se)\s*(?P<unit>detik|menit|jam|hari|minggu|pekan|second|minute|min|hour|hr|day|week)s?"
    r"\s*(?:yang\s+)?(?:lalu|ago)(?![a-z])"
)
_JUST_NOW = re.compile(r"(?:baru saja|just now)$")
_UNITS = {
    "detik": timedelta(seconds=1),
    "second": timedelta(seconds=1),
    "menit": timedelta(minutes=1),
    "minute": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "jam": timedelta(hours=1),
    "hour": timedelta(hours=1),
    "hr": timedelta(hours=1),
    "hari": timedelta(days=1),
    "day": timedelta(days=1),
    "minggu": timedelta(weeks=1),
    "pekan": timedelta(weeks=1),
    "week": timedelta(weeks=1),
}


@dataclass(frozen=True, slots=True)
class _Clock:
    """A time of day as read: hour and minute, second, and the zone where one was named."""

    hour: int = 0
    minute: int = 0
    second: int = 0
    zone: tzinfo | None = None


def parse_date(text: str, *, zone: tzinfo, now: datetime) -> datetime | None:
    """The moment that `text` names, in UTC; None when it names none that is certain.

    Understood are RFC 822, ISO 8601, Indonesian and English dates with month names, day-first numbers
    (month-first only where day-first is impossible), dotted times, WIB/WITA/WIT, ``GMT+9``, ``+7``, and ages such
    as "2 jam lalu", counted from `now`. A time without a zone is in `zone`; a date without a time is its midnight.
    """
    folded = " ".join(text.lower().replace("\u2212", "-").split())
    if not folded or len(folded) > _LONGEST:
        return None
    aged = _relative(folded, now)
    if aged is not None:
        return aged
    whole = _ISO.match(folded) or _COMPACT.match(folded)
    if whole:
        return _moment(_day(whole), _clock(whole), zone)
    if _ISO_BEGUN.match(folded):
        return None
    asctime = _ASCTIME.search(folded)
    if asctime:
        return _moment(_day(asctime), _clock(asctime), zone)
    return _day_then_time(folded, zone)


def _day_then_time(folded: str, zone: tzinfo) -> datetime | None:
    """A date somewhere in a short line, with the time that stands right behind or right before it."""
    found = next(
        (match for form in (_NAMED, _NAME_FIRST, _YEAR_FIRST, _NUMBERS) if (match := form.search(folded))), None
    )
    if found is None:
        return None
    clock = _clock_beside(folded[: found.start()], folded[found.end() :])
    return _moment(_day(found), clock, zone)


def _clock_beside(before: str, after: str) -> _Clock | None:
    """The time of day that stands right behind a date, or right before it; None where one is not understood."""
    time = _TIME_AFTER.match(after)
    if time is not None:
        return None if _more_of_zone(time, after[time.end() :]) else _clock(time)
    hour = _HOUR_AFTER.match(after)
    if hour is not None and (hour["said"] or hour["half"] or hour["zone"]):
        return None if _more_of_zone(hour, after[hour.end() :]) else _clock(hour)
    if _UNREAD_TIME.match(after):
        return None
    if re.search(r"\d[:.]\d", before):
        time = _TIME_BEFORE.search(before)
        if time is None and _UNREAD_BEFORE.search(before):
            return None
    return _clock(time) if time else _Clock()


def _more_of_zone(time: re.Match[str], behind: str) -> bool:
    """Whether what stands behind a time says another zone than was read, or one that is not known."""
    if not time["zone"]:
        return _UNREAD_ZONE.match(behind) is not None
    again = _ZONE_AGAIN.match(behind)
    if again is None:
        return False
    read, said = _zone(time["zone"]), _zone(again["zone"])
    return read is None or said is None or read.utcoffset(None) != said.utcoffset(None)


def _relative(folded: str, now: datetime) -> datetime | None:
    """Ages: "2 jam lalu", "an hour ago", "baru saja"."""
    if _JUST_NOW.match(folded):
        return now.astimezone(UTC)
    found = _RELATIVE.match(folded)
    if found is None:
        return None
    count = int(found["count"]) if found["count"].isdigit() else 1
    return now.astimezone(UTC) - count * _UNITS[found["unit"]]


def _day(found: re.Match[str]) -> date | None:
    """The calendar day of a match, None where there is no such day."""
    groups = found.groupdict()
    year, day = int(groups["year"]), int(groups["day"])
    if len(groups["year"]) == 2:
        year += 2000 if year < 69 else 1900  # RFC 2822 §4.3 with POSIX's pivot
    month = _MONTHS[groups["name"]] if groups.get("name") else int(groups["month"])
    if month > 12 and found.re is _NUMBERS:
        day, month = month, day
    if not EARLIEST <= year <= LATEST:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _clock(found: re.Match[str]) -> _Clock | None:
    """The time of day of a match, None where there is no such time."""
    groups = found.groupdict()
    if groups.get("hour") is None:
        return _Clock()
    hour, minute, second = (int(groups.get(name) or 0) for name in ("hour", "minute", "second"))
    half = (groups.get("half") or "").replace(".", "")
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        return None
    zone = _zone(groups["zone"]) if groups.get("zone") else None
    if zone is None and groups.get("zone"):
        return None
    return _Clock(hour, minute, min(second, 59), zone)


def _zone(text: str) -> tzinfo | None:
    """``wib``, ``+0700``, ``+7``, ``gmt+9``, ``+07:00`` as an offset; None for one that does not exist."""
    if text in _ZONES:
        return timezone(timedelta(hours=_ZONES[text]))
    digits = re.sub(r"[^\d]", "", text)
    hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
    if hours > 14 or minutes > 59:
        return None
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if "-" in text else offset)


def _moment(day: date | None, clock: _Clock | None, zone: tzinfo) -> datetime | None:
    """Day and time together, in UTC."""
    if day is None or clock is None:
        return None
    extra = timedelta(days=1) if clock.hour == 24 else timedelta()
    local = datetime(
        day.year, day.month, day.day, clock.hour % 24, clock.minute, clock.second, tzinfo=clock.zone or zone
    )
    return (local + extra).astimezone(UTC)


# --- dates in addresses ----------------------------------------------------------------------------------------------

_PATH_DATES = (
    re.compile(r"/(?P<year>(?:19|20)\d{2})/(?P<month>\d{1,2})/(?P<day>\d{1,2})(?=/|$)"),
    re.compile(r"/(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})(?:\d{6})?(?=[/-]|$)"),
    re.compile(r"/(?P<year>(?:19|20)\d{2})-(?P<month>\d{2})-(?P<day>\d{2})(?=[/-]|$)"),
)
_EPOCH = re.compile(r"-(\d{10})/?$")
_WIB = timezone(timedelta(hours=7))


def date_in_url(url: str) -> date | None:
    """The day that an article's address carries, such as ``/2025/12/18/`` or ``/20251218190000-``; None without one.

    Sindonews ends its addresses in the second of publication. Other outlets' ten-digit endings are article numbers
    (Variety's 1236762819 would be March 2009), so only Sindonews' are read as times.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    for form in _PATH_DATES:
        found = form.search(parts.path)
        if found and (day := _day(found)):
            return day
    epoch = _EPOCH.search(parts.path)
    if epoch and (parts.hostname or "").endswith("sindonews.com"):
        return datetime.fromtimestamp(int(epoch.group(1)), _WIB).date()
    return None
