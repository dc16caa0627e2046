"""Pages without a feed: articles found by CSS selectors or by the pattern of their addresses (beautifulsoup4).

Runs in the child process only. Nothing found is an incident, never silence: pages are rebuilt without notice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
from bs4.element import Tag

from feeds.entries import Raw, absolute_url, finish
from feeds.wire import Job, Reading
from newsdesk.errors import ParseError
from newsdesk.identity import canonical_url, site_of
from newsdesk.language.clean import one_line
from newsdesk.sources import Listing

_DIGITS = {"MMYY": r"\d{4}", "YYMM": r"\d{4}", "YYYY": r"\d{4}", "MM": r"\d{2}", "DD": r"\d{2}", "id": r"\d+"}
_READ_ON = re.compile(r"(?:baca )?selengkapnya|read more|baca juga|lihat semua|more", re.IGNORECASE)
_DATE_IN_TEXT = re.compile(
    r"\d{1,2}\s+[A-Za-z]{3,9}\s+\d{4}[^\n]{0,25}|\d{1,2}/\d{1,2}/\d{4}[^\n]{0,15}|\d{1,2} (?:menit|jam|hari) (?:yang )?lalu"
)
_LEVELS = 4
"""How many elements above a link are looked at for its date."""


def read_listing(body: bytes, job: Job) -> Reading:
    """The articles that a page lists.

    Raises ParseError `no-match` when nothing on the page fits, with what was looked for.
    """
    listing = job.listing or Listing()
    page = BeautifulSoup(body, "html.parser")
    raws = list(_by_selectors(page, listing) if listing.item else _by_pattern(page, listing, job.url))
    if not raws:
        sought = f"selector {listing.item!r}" if listing.item else f"address pattern {listing.pattern!r}"
        raise ParseError("no-match", f"nothing on the page fits the {sought}; the page may have been rebuilt")
    return finish(_once(raws, job.url), job)


def url_pattern(pattern: str) -> re.Pattern[str]:
    """``/{author}/{MMYY}/{slug}`` as an expression on paths; see `Listing.pattern`."""
    parts = re.split(r"\{(\w+)\}", pattern.rstrip("/"))
    expression = "".join(
        re.escape(part) if place % 2 == 0 else _DIGITS.get(part, r"[^/]+") for place, part in enumerate(parts)
    )
    return re.compile(expression + "/?")


def _by_selectors(page: BeautifulSoup, listing: Listing) -> Iterator[Raw]:
    """One item for each element that the operator's selector names."""
    for item in page.select(listing.item):
        link = item.select_one(listing.link) if listing.link else (item if item.name == "a" else item.find("a"))
        title = item.select_one(listing.title) if listing.title else link
        date = item.select_one(listing.date) if listing.date else None
        yield Raw(
            title=_words(title),
            link=_href(link),
            dates=_dates_of(date) if date else _dates_near(item, levels=1),
        )


def _by_pattern(page: BeautifulSoup, listing: Listing, base: str) -> Iterator[Raw]:
    """One item for each link of this site whose path fits."""
    fits = url_pattern(listing.pattern)
    for link in page.find_all("a", href=True):
        url = absolute_url(_href(link), base)
        if url and site_of(url) == site_of(base) and fits.fullmatch(urlsplit(url).path):
            yield Raw(title=_words(link), link=url, dates=_dates_near(link, levels=_LEVELS))


def _once(raws: list[Raw], base: str) -> list[Raw]:
    """One item an address: pages link picture, headline and "read on" to the same story; the longest words win."""
    best: dict[str, Raw] = {}
    for raw in raws:
        key = canonical_url(absolute_url(raw.link, base) or raw.link)
        known = best.get(key)
        if known is None:
            best[key] = raw
        elif len(raw.title) > len(known.title):
            best[key] = Raw(title=raw.title, link=known.link, dates=raw.dates or known.dates)
    return list(best.values())


def _words(element: Tag | None) -> str:
    """The headline of a link: a heading inside it, its words, its title, or its picture's description."""
    if element is None:
        return ""
    heading = element.find(["h1", "h2", "h3", "h4", "h5"])
    picture = element.find("img", alt=True)
    candidates = (
        heading.get_text(" ") if isinstance(heading, Tag) else "",
        element.get_text(" "),
        str(element.get("title") or ""),
        str(picture.get("alt") or "") if isinstance(picture, Tag) else "",
    )
    words = (one_line(candidate) for candidate in candidates)
    return next((text for text in words if text and not _READ_ON.fullmatch(text.strip(" .…»→"))), "")


def _href(element: Tag | None) -> str:
    """Where an element links to."""
    return str(element.get("href") or "") if isinstance(element, Tag) else ""


def _target(link: Tag) -> str:
    """Where a link leads, without what tracks it."""
    return re.split(r"[?#]", _href(link))[0].rstrip("/")


def _dates_near(element: Tag, levels: int) -> tuple[str, ...]:
    """Dates that stand around a link, as long as the element around it holds no other article's link."""
    around: Tag | None = element
    for _ in range(levels):
        if around is None or len({_target(link) for link in around.find_all("a", href=True)}) > 1:
            return ()
        time = around.find("time")
        if isinstance(time, Tag):
            return _dates_of(time)
        found = _DATE_IN_TEXT.search(around.get_text("\n"))
        if found:
            return (one_line(found.group()),)
        around = around.parent
    return ()


def _dates_of(element: Tag) -> tuple[str, ...]:
    """A date element's machine-readable attribute and its words."""
    return (str(element.get("datetime") or ""), one_line(element.get_text(" ")))
