"""From what a feed, sitemap or listing names to Entries: the rules that hold for all three. Runs in the child.

`Raw` is one item as it stood there, still in the outlet's words; `finish` turns a list of them into Entries and
refusals.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from feeds.wire import Job, Reading
from newsdesk.articles import Entry, Refusal
from newsdesk.identity import direct_url, fold
from newsdesk.language.clean import clean_text, one_line, strip_lead
from newsdesk.language.dates import date_in_url, parse_date

MOST_ITEMS = 500
MOST_TITLE, MOST_SUMMARY, MOST_BODY = 500, 4_000, 20_000
MOST_URL, MOST_NAME = 2_000, 200
FULL_TEXT = 1_000
"""Characters from which a description is taken for the article itself."""
SHORT = 400
"""Characters of the summary that is made where a feed gives only the full text."""
REPUBLISHED = timedelta(days=7)
"""An item whose address is older than its date by more was published again, not newly."""
SAME_DATE_ITEMS = 5
"""So many items with one and the same moment carry the time of generation, not of publication."""

_TAILS = re.compile(
    r"\s*(?:The post .{1,300}? (?:first appeared|appeared first) on .{1,80}|Read Entire Article|Continue [Rr]eading.{0,80}"
    r"|Read [Mm]ore|\(?(?:Baca )?[Ss]elengkapnya\)?|Lebih Banyak\s?Flash Video)\.?\s*(?:→|»|\.{3}|…)?\s*$",
    re.DOTALL,
)
# ANTARA joins paragraphs without a space: "dari Afrika.Juara Indonesia".
_GLUED = re.compile(r"(?<=[a-z]{3}[.!?])(?=[A-Z][a-z])")
_SENTENCE_END = re.compile(r"[.!?][\"”’)]*(?=\s)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """One item as it stood there: texts are plain, but neither cut nor judged; `dates` in order of preference."""

    title: str
    link: str
    summary: str = ""
    body: str = ""
    dates: tuple[str, ...] = ()
    guid: str | None = None
    outlet: str = ""
    author: str = ""
    image: str = ""


def finish(raws: Sequence[Raw], job: Job, *, note: str = "") -> Reading:
    """Entries and refusals out of raw items, in their order; at most the 500 newest."""
    zone = ZoneInfo(job.zone)
    moments = [_moment(raw, zone, job.now) for raw in raws]
    moments = _without_generation_time(moments)
    kept = _newest(raws, moments)
    if len(kept) < len(raws):
        note = "; ".join(filter(None, (note, f"{len(raws):,} items, of which the {MOST_ITEMS} newest were read")))
    entries: list[Entry] = []
    refused: list[Refusal] = []
    for place in kept:
        made = _entry(raws[place], moments[place], job, zone)
        if isinstance(made, Entry):
            entries.append(made)
        else:
            refused.append(made)
    cut = sum(_is_cut(raws[place]) for place in kept)
    if cut:
        note = "; ".join(filter(None, (note, f"{cut:,} items with a text that was longer than is kept")))
    return Reading(entries=tuple(entries), refused=tuple(refused), note=note)


def _entry(raw: Raw, published: datetime | None, job: Job, zone: ZoneInfo) -> Entry | Refusal:
    """The Entry, or why there is none."""
    title = _cut(raw.title, MOST_TITLE)
    if not title:
        return Refusal("no title", _cut(one_line(raw.link or raw.summary or raw.guid or ""), 120))
    url = absolute_url(raw.link, job.url)
    if not url:
        return Refusal(f"no http(s) link ({_cut(raw.link, 80)!r})" if raw.link else "no link", title)
    summary, body = _summary_and_body(raw, title)
    return Entry(
        title=title,
        url=url,
        summary=_cut(summary, MOST_SUMMARY),
        body=_cut(body, MOST_BODY),
        published=_sane(published, url, job.now, zone),
        guid=_cut(one_line(raw.guid), MOST_NAME) or None if raw.guid else None,
        language=job.language,
        outlet=_cut(raw.outlet, MOST_NAME) if fold(raw.outlet) != fold(job.name) else "",
        author=_cut(raw.author, MOST_NAME),
        image=absolute_url(raw.image, job.url),
    )


def _is_cut(raw: Raw) -> bool:
    """Whether words of the item were lost because they were too many."""
    limits = (
        (raw.title, MOST_TITLE),
        (raw.summary, MOST_BODY),
        (raw.body, MOST_BODY),
        (raw.author, MOST_NAME),
        (raw.outlet, MOST_NAME),
    )
    return any(len(text) > most for text, most in limits)


# --- text ------------------------------------------------------------------------------------------------------------


def _summary_and_body(raw: Raw, title: str) -> tuple[str, str]:
    """Which text is the description and which the article itself."""
    summary, body = _tidy(raw.summary), _tidy(raw.body)
    if len(summary) > FULL_TEXT and len(summary) >= len(body):
        summary, body = "", summary
    if body and len(body) <= max(len(summary), 1) * 1.2:  # content:encoded that only repeats the description
        summary, body = (summary or body), ""
    if body and not summary:
        summary = opening(body)
        body = body if len(body) > len(summary) else ""
    if fold(summary) == fold(title):
        summary = ""
    return summary, body


def _tidy(text: str) -> str:
    """The text without the outlet's lead and the calls to read on, and with a space between glued sentences."""
    return strip_lead(_GLUED.sub(" ", _TAILS.sub("", text))).strip()


def opening(text: str) -> str:
    """The first paragraphs up to about 400 characters, ending with a sentence where that is possible."""
    if len(text) <= SHORT:
        return text
    head = text[: SHORT + 1]
    ends = [found.end() for found in _SENTENCE_END.finditer(head)]
    if ends and ends[-1] >= SHORT // 4:
        return head[: ends[-1]].strip()
    return _cut(text, SHORT)


def _cut(text: str, most: int) -> str:
    """At most so many characters, cut at a space, with an ellipsis."""
    text = text.strip()
    if len(text) <= most:
        return text
    head = text[: most - 1]
    space = head.rfind(" ", most - 40)
    return (head[:space] if space > 0 else head).rstrip() + "…"


# --- addresses -------------------------------------------------------------------------------------------------------


def absolute_url(link: str, base: str) -> str:
    """The http(s) address that a link means on a page at `base`; "" when it means none."""
    link = "".join(link.split()) if "\n" in link or "\t" in link else link.strip()
    link = clean_text(link).replace("\n", "").replace(" ", "%20")  # form feeds and line separators are breaks by now
    if not link or len(link) > MOST_URL:
        return ""
    try:
        url = direct_url(urljoin(base, link))
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
        usable = usable and len(url) <= MOST_URL  # one that is relative grows
        return url if usable and (parts.port is None or parts.port > 0) else ""
    except ValueError:
        return ""


# --- time ------------------------------------------------------------------------------------------------------------


def _moment(raw: Raw, zone: ZoneInfo, now: datetime) -> datetime | None:
    """The first date of the item that can be read."""
    read = (parse_date(text, zone=zone, now=now) for text in raw.dates if text)
    return next((moment for moment in read if moment is not None), None)


def _without_generation_time(moments: list[datetime | None]) -> list[datetime | None]:
    """No dates at all where every item carries the same one (ANTARA's video feed: the time of the request)."""
    dated = [moment for moment in moments if moment is not None]
    if len(dated) >= SAME_DATE_ITEMS and len(dated) == len(moments) and len(set(dated)) == 1:
        return [None] * len(moments)
    return moments


def _sane(published: datetime | None, url: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The publication time against the clock and against the day in the address.

    Nothing is published in the future: what is dated ahead (VIVA: up to 19 hours) is published now.
    """
    if published is None:
        return None
    written = date_in_url(url)
    if written is not None and published.astimezone(zone).date() - written > REPUBLISHED:
        return datetime(written.year, written.month, written.day, tzinfo=zone).astimezone(UTC)
    return min(published, now.astimezone(UTC))


def _newest(raws: Sequence[Raw], moments: Sequence[datetime | None]) -> list[int]:
    """The places of the 500 newest items, in the feed's order; undated ones count as new, as feeds put them first."""
    places = range(len(raws))
    if len(raws) <= MOST_ITEMS:
        return list(places)
    latest = datetime.max.replace(tzinfo=UTC)
    by_age = sorted(places, key=lambda place: moments[place] or latest, reverse=True)
    return sorted(by_age[:MOST_ITEMS])
