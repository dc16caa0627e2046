"""RSS, RDF and Atom with feedparser: the only file that imports it. Runs in the child process only.

feedparser opens files and fetches addresses when it is given a text or bytes that look like a path or URL, and its
work grows with the square of some inputs. So it gets a stream, never a text, and the child has limits.
"""

from __future__ import annotations

import io
import re
from typing import Any
from xml.parsers import expat

import feedparser
from feedparser import api

from feeds.entries import Raw, finish
from feeds.markup import first_image, text_of, title_of
from feeds.wire import Job, Reading
from newsdesk.errors import ParseError
from newsdesk.identity import fold

_HEAD = 4096
_ROOTS = re.compile(rb"<(?:rss|feed|rdf:rdf|channel|urlset|sitemapindex|item|entry)[\s>]", re.IGNORECASE)
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
_ENTITY = re.compile(rb"<!\s*ENTITY", re.IGNORECASE)
_IMAGE_TYPE = re.compile(r"^image/|\.(?:jpe?g|png|webp|gif)(?:$|\?)", re.IGNORECASE)


class _Captions:
    """Keeps ``media:description`` and ``media:text`` (photo captions) apart from the item's own description.

    feedparser takes them for the item's content, so that a caption could become an article's text.
    """

    def _start_media_description(self, attributes: Any) -> None:
        self.push("media_description", 1)  # type: ignore[attr-defined]

    def _end_media_description(self) -> None:
        self.pop("media_description")  # type: ignore[attr-defined]


_STRICT = type("StrictFeedParser", (_Captions, api.StrictFeedParser), {})
_LOOSE = type("LooseFeedParser", (_Captions, api.LooseFeedParser), {})


def read_feed(body: bytes, job: Job) -> Reading:
    """The entries of an RSS, RDF or Atom feed.

    Raises ParseError: `html` for a page, `dtd` for entity declarations, `not-a-feed` for anything else without items.
    """
    refuse_page(body)
    refuse_entities(body)
    api.StrictFeedParser, api.LooseFeedParser = _STRICT, _LOOSE
    parsed = feedparser.parse(
        io.BytesIO(body),
        sanitize_html=False,
        resolve_relative_uris=False,
        # Only the type counts here; feedparser judges the charset by RFC 3023 with the bytes.
        response_headers={"content-type": job.content_type} if "xml" in job.content_type else None,
    )
    if not parsed.entries:
        return _empty(parsed, job)
    news_search = "news.google." in job.url
    return finish([_raw(item, news_search) for item in parsed.entries], job)


def refuse_page(body: bytes) -> None:
    """Raise ParseError `html` when a web page came instead of a feed."""
    head = body[:_HEAD].replace(b"\0", b"")
    found = _HTML.search(head)
    if found and not _ROOTS.search(head[: found.start()]) and not _ROOTS.search(head):
        raise ParseError("html", "a web page came instead of a feed (a moved feed, a login or a bot check)")


def refuse_entities(body: bytes) -> None:
    """Raise ParseError `dtd` when the document declares entities: no feed needs them, every XML bomb does.

    expat itself is asked, so that what counts is what a parser would see: it is stopped at the first element. Where it
    cannot read the beginning, the bytes before the feed's root are looked at.
    """
    probe = expat.ParserCreate()
    probe.EntityDeclHandler = _on_entity
    probe.StartElementHandler = _on_element
    try:
        probe.Parse(body, True)
    except _PrologOver:
        return
    except expat.ExpatError:
        plain = body.replace(b"\0", b"")
        root = _ROOTS.search(plain)
        if _ENTITY.search(plain[: root.start()] if root else plain):
            raise _entities() from None


class _PrologOver(Exception):
    """The first element has come; no more declarations can follow."""


def _on_element(*_: object) -> None:
    raise _PrologOver


def _on_entity(*_: object) -> None:
    raise _entities()


def _entities() -> ParseError:
    return ParseError("dtd", "the feed declares XML entities, which is how XML bombs are made; it is not read")


def _empty(parsed: Any, job: Job) -> Reading:
    """A feed without items is a remark; what is no feed at all is an error."""
    if parsed.get("version") or parsed.get("feed"):
        return Reading(note="a valid feed without items")
    wrong = parsed.get("bozo_exception")
    detail = f" ({_short(str(wrong))})" if wrong else ""
    raise ParseError("not-a-feed", f"the answer holds no RSS or Atom feed{detail}")


def _raw(item: Any, news_search: bool) -> Raw:
    """One item as feedparser gives it."""
    title = title_of(_text(item, "title"))
    outlet = title_of(_text(item.get("source") or {}, "title"))
    if outlet and fold(title).endswith(fold(outlet)):
        title = re.sub(r"\s+[-–—|]\s+" + re.escape(outlet) + r"$", "", title)
    summary, body = _texts(item)
    return Raw(
        title=title,
        link=_link(item),
        summary="" if news_search else text_of(summary),  # Google News lists links there
        body="" if news_search else text_of(body),
        dates=tuple(_text(item, name) for name in ("published", "created", "updated") if name in item),
        guid=_text(item, "id") or None,
        outlet=outlet,
        author=_author(item),
        image=_image(item, summary or body),
    )


def _author(item: Any) -> str:
    """The author's name, without an e-mail address; an address of a page is no name."""
    name = title_of(_text(item.get("author_detail") or {}, "name") or _text(item, "author"))
    return "" if "://" in name or "@" in name else name


def _texts(item: Any) -> tuple[str, str]:
    """The description and the longest content, as markup."""
    contents = [str(content.get("value") or "") for content in item.get("content") or ()]
    return _text(item, "summary"), max(contents, key=len, default="")


def _link(item: Any) -> str:
    """The item's link, else a guid that is one."""
    link = _text(item, "link")
    guid = _text(item, "id")
    # feedparser makes a guid the link when there is no other; "1" is none, though it could be joined to the base.
    if link == guid and not guid.startswith(("http://", "https://")):
        return ""
    if not link and guid.startswith(("http://", "https://")):
        return guid
    return link


def _image(item: Any, markup: str) -> str:
    """The item's picture: enclosure, media, the outlet's own element, the first one in the text."""
    for enclosure in item.get("enclosures") or ():
        address = str(enclosure.get("href") or "")
        if address and _IMAGE_TYPE.search(str(enclosure.get("type") or address)):
            return address
    for name in ("media_content", "media_thumbnail"):
        for media in item.get(name) or ():
            address = str(media.get("url") or "")
            if address and str(media.get("medium") or "image") == "image":
                return address
    named = next((_text(item, name) for name in ("thumbnail", "imglink") if _text(item, name)), "")
    return named or first_image(markup)


def _text(item: Any, name: str) -> str:
    """A field as text; feedparser gives None, lists and dictionaries for broken ones."""
    value = dict.get(item, name) if isinstance(item, dict) else None
    return value if isinstance(value, str) else ""


def _short(text: str) -> str:
    return text if len(text) <= 120 else text[:119] + "…"
