"""An Entry is one item as the feed gave it; an Article is an Entry accepted and kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item as the source gave it, as clean plain text and UTC; no judgement in it.

    `url` is absolute. `summary` is what the feed gives as description, `body` its full text where it gives one
    (plain text, paragraphs separated by newlines). `published` is UTC, never in the future, None when the source
    names no usable time. `guid` is a hint only: outlets renumber theirs. `outlet` is the name of the true outlet
    where an aggregator names it, else "".
    """

    title: str
    url: str
    summary: str = ""
    body: str = ""
    published: datetime | None = None
    guid: str | None = None
    language: str = "id"
    outlet: str = ""
    author: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An item that could not become an Entry, and why; `title` is what is known of it."""

    reason: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What an article is recognised by (see newsdesk/identity.py). Never a date.

    `url` is the canonical URL, `outlet_id` the outlet's own number with its site ("rmol.id:691234") or "",
    `fingerprint` a hash of folded title and summary within the site, "" where there is too little text.
    """

    url: str
    outlet_id: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An Entry accepted and kept: what search finds.

    `id` is the store's number (0 before it is stored). `source` is the id of the source that showed it first.
    `at` orders articles: the publication time where known, else `first_seen`; never later than `first_seen`.
    `revised` is when the outlet last changed title or text.
    """

    id: int
    source: str
    outlet: str
    title: str
    url: str
    identity: Identity
    first_seen: datetime
    at: datetime
    summary: str = ""
    body: str = ""
    published: datetime | None = None
    revised: datetime | None = None
    language: str = "id"
    guid: str | None = None
    author: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleText:
    """The text of an article as the classifiers read it: fields with names, and what is known of its origin."""

    title: str
    summary: str = ""
    body: str = ""
    language: str = "id"
    outlet: str = ""
    url: str = ""
    published: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLook:
    """What a look at an article's page gave: its text for the verdict only, never shown and kept for a month.

    `status` is `read` (the article's verdicts were taken on it), `robots` (its robots.txt does not allow it),
    `set aside` (read once, but not what the verdicts stand on now), or the kind of failure; `reason` says more.
    `text` is plain, paragraphs separated by newlines, without the page's furniture; "" unless read.
    """

    status: str
    at: datetime
    reason: str = ""
    text: str = ""

    @property
    def read(self) -> bool:
        """Whether there is a text to judge."""
        return self.status == "read" and bool(self.text)
