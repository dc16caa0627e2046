"""What the operator listed (Source, SourceBook) and what is remembered about it between polls (SourceState)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from newsdesk.routes import Route


class SourceKind(StrEnum):
    """How articles are found at the source's URL."""

    FEED = "feed"
    SITEMAP = "sitemap"
    LISTING = "listing"


class PageText(StrEnum):
    """What may be done with an article's page: nothing, or read it for the verdict only."""

    NEVER = "never"
    JUDGE = "judge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """How articles stand on a page without a feed: CSS selectors, or a pattern of article URLs.

    `pattern` is a path such as ``/{author}/{MMYY}/{slug}``: each ``{name}`` stands for one path segment,
    ``{MMYY}`` for four digits and ``{YYYY}``, ``{MM}``, ``{DD}``, ``{id}`` for digits.
    """

    item: str = ""
    title: str = ""
    link: str = ""
    date: str = ""
    pattern: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One thing the operator listed.

    `every` is the pace, `timezone` the zone of dates that name none, `max_age` the age from which an article is
    kept but never posted, `first` the most that the source may post when it is seen for the first time.
    `verified` is False for a URL that nobody has seen alive; `note` is the operator's own remark.
    """

    id: str
    name: str
    url: str
    kind: SourceKind = SourceKind.FEED
    every: timedelta = timedelta(minutes=15)
    timezone: str = "Asia/Jakarta"
    language: str = "id"
    max_age: timedelta = timedelta(hours=72)
    first: int = 3
    page_text: PageText = PageText.NEVER
    enabled: bool = True
    verified: bool = True
    listing: Listing | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceBook:
    """The whole parsed sources.yaml; replaced as one value or not at all.

    `topics` is what the operator adds to the shipped rule sets, as checked plain data: classifiers/ compiles it.
    `digest` is a hash of the file's bytes, so that "which file is loaded?" has an answer.
    """

    sources: tuple[Source, ...]
    routes: tuple[Route, ...] = ()
    topics: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    digest: str = ""

    def enabled(self) -> tuple[Source, ...]:
        """The sources that are polled."""
        return tuple(source for source in self.sources if source.enabled)

    def source(self, source_id: str) -> Source | None:
        """The source of that id, if it is listed."""
        return next((source for source in self.sources if source.id == source_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What we remember about a source between polls. All times are UTC; None means "never yet".

    `span` is the time that the items of the last poll covered: the source's own rhythm. `newest_item` is the
    newest publication time ever seen, the true sign of life (an answer of 200 is none). `gaps` counts polls whose
    items did not overlap with what was known, so that something may have scrolled away unseen.
    """

    source: str
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    next_check: datetime | None = None
    last_poll: datetime | None = None
    last_ok: datetime | None = None
    last_full: datetime | None = None
    """When a whole body was last asked for without validators; once a day one is, against a stuck ETag."""
    newest_item: datetime | None = None
    span: timedelta | None = None
    items: int = 0
    failures: int = 0
    status: str = "new"
    reason: str = ""
    gaps: int = 0
