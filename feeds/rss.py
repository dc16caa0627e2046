"""RSS, RDF and Atom with feedparser: the only file that imports it. Runs in the child process only.

feedparser opens files and fetches addresses when it is given a text or bytes that look like a path or URL, and its
work grows with the square of some inputs. So it gets a stream, never a text, and the child has limits.
"""

from __future__ import annotations

import codecs
import io
import re
from typing import Any
from urllib.parse import urljoin
from xml.sax import SAXException
from zoneinfo import ZoneInfo

import feedparser
from feedparser import api
from feedparser.encodings import convert_to_utf8

from feeds.entries import MOST_ITEMS, Raw, absolute_url, finish
from feeds.markup import first_image, text_of, title_of
from feeds.prolog import has_root, refuse_entities, refuse_page
from feeds.wire import Job, Reading
from newsdesk.errors import ParseError
from newsdesk.identity import fold, is_front_page
from newsdesk.language.dates import parse_date

_CHARREF = re.compile(rb"&#([xX][0-9a-fA-F]+|[0-9]+);")
_DECLARED = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]+)")
_PROLOG = re.compile(rb"^\s*<\?xml[^>]{0,200}\?>")
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
"""How documents in wide encodings begin; the first that fits."""
_ITEM = re.compile(rb"<(?:item|entry|ITEM)(?=[\s>])")
_ITEM_DATE = re.compile(rb"(?i)<(?:pubdate|published|updated|dc:date)>\s*(?:<!\[CDATA\[)?([^<\]]{6,60})")
_MANY_ITEMS = 2_000
"""From so many items on, a feed is thinned before it is parsed."""
_IMAGE_TYPE = re.compile(r"^image/|\.(?:jpe?g|png|webp|gif)(?:$|\?)", re.IGNORECASE)


class _Captions:
    """Keeps ``media:description`` and ``media:text`` (photo captions) apart from the item's own description.

    feedparser takes them for the item's content, so that a caption could become an article's text.
    """

    def _start_media_description(self, attributes: Any) -> None:
        self.push("media_description", 1)  # type: ignore[attr-defined]

    def _end_media_description(self) -> None:
        self.pop("media_description")  # type: ignore[attr-defined]


class _Names:
    """Leaves a document to the loose parser when a name space has a space in its address: the strict one stumbles."""

    def startElementNS(self, name: Any, qname: Any, attributes: Any) -> None:  # noqa: N802 (the name is SAX's)
        if len(name) != 2:
            raise SAXException("a name space that is no address")
        super().startElementNS(name, qname, attributes)  # type: ignore[misc]


_STRICT = type("StrictFeedParser", (_Names, _Captions, api.StrictFeedParser), {})
_LOOSE = type("LooseFeedParser", (_Captions, api.LooseFeedParser), {})


def read_feed(body: bytes, job: Job) -> Reading:
    """The entries of an RSS, RDF or Atom feed.

    Raises ParseError: `html` for a page, `dtd` for entity declarations, `not-a-feed` for anything else without items.
    """
    refuse_page(body)
    if not body.strip(b"\0 \t\r\n"):
        raise ParseError("not-a-feed", "the answer is empty")
    body = as_utf8(body, job.content_type)
    refuse_page(body)  # encodings that are not made of ASCII show themselves only now
    refuse_entities(body)
    body, note = thin(_CHARREF.sub(_sound_charref, body) if b"&#" in body else body, job)
    api.StrictFeedParser, api.LooseFeedParser = _STRICT, _LOOSE
    parsed = feedparser.parse(
        io.BytesIO(body),
        sanitize_html=False,
        resolve_relative_uris=False,
        response_headers={"content-type": "application/xml; charset=utf-8"},
    )
    if not parsed.entries:
        return _empty(parsed, body)
    news_search = "news.google." in job.url
    # Relative links are meant from the outlet's own page, which the channel names, not from where its feed lies.
    base = absolute_url(_text(parsed.feed, "link"), job.url) or job.url
    return finish([_raw(item, base, news_search) for item in parsed.entries], job, note=note)


def as_utf8(body: bytes, content_type: str) -> bytes:
    """The document as UTF-8, in the encoding that feedparser finds for it: what is checked is what is parsed.

    So no encoding hides a declaration. UTF-16 and UTF-32 show themselves in the first bytes, and need no prolog. Bytes
    that an odd encoding turns into no text are taken for UTF-8, whatever their prolog says.
    """
    wide = next((name for mark, name in _WIDE if body.startswith(mark)), "")
    if wide:
        return _PROLOG.sub(b"", body.decode(wide, "replace").lstrip("\ufeff").encode())
    try:
        return bytes(convert_to_utf8(_charset_header(body, content_type) or {}, body, {}))
    except UnicodeError:  # codecs such as "undefined" or "idna", and those that give half of a surrogate pair
        return _PROLOG.sub(b"", body.decode("utf-8", "replace").encode())


def _charset_header(body: bytes, content_type: str) -> dict[str, str] | None:
    """What feedparser is to believe about the encoding: the bytes first, the server's word last.

    Bytes that are valid UTF-8 are UTF-8, whatever prolog and server claim. Others are what the prolog says, and only
    without one what the server says. Encodings made of plain ASCII (UTF-7, ISO-2022) are left to their prolog.
    """
    declared = _DECLARED.search(body[:200])
    name = declared.group(1).lower() if declared else b""
    if (
        body[:4].count(b"\0")
        or body[:2] in (b"\xff\xfe", b"\xfe\xff")
        or name.startswith((b"utf-7", b"iso-2022", b"hz"))
    ):
        return None
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        usable = not declared and "charset=" in content_type
        return {"content-type": f"application/xml; {content_type.partition(';')[2].strip()}"} if usable else None
    return {"content-type": "application/xml; charset=utf-8"}


def thin(body: bytes, job: Job) -> tuple[bytes, str]:
    """A feed of thousands of items with only its newest ones left in, and a remark about it; others as they are.

    feedparser needs 0.2 ms an item, so a hundred thousand of them would cost more than a feed may. Items are told
    apart by their tags and compared by their dates; undated ones count as new, as feeds put them first.
    """
    starts = [found.start() for found in _ITEM.finditer(body)]
    if len(starts) <= _MANY_ITEMS:
        return body, ""
    last_end = max(body.rfind(end) + len(end) for end in (b"</item>", b"</entry>", b"</ITEM>"))
    ends = [*starts[1:], last_end if last_end > starts[-1] else len(body)]
    items = [body[start:end] for start, end in zip(starts, ends, strict=True)]
    ages = [_age(item, job) for item in items]
    newest = sorted(sorted(range(len(items)), key=lambda place: ages[place])[:MOST_ITEMS])
    thinned = body[: starts[0]] + b"".join(items[place] for place in newest) + body[ends[-1] :]
    return thinned, f"{len(items):,} items, of which the {MOST_ITEMS} newest were read"


def _age(item: bytes, job: Job) -> float:
    """Seconds since the item's date; minus infinity for an undated one."""
    found = _ITEM_DATE.search(item)
    moment = (
        parse_date(found.group(1).decode("ascii", "replace"), zone=ZoneInfo(job.zone), now=job.now) if found else None
    )
    return (job.now - moment).total_seconds() if moment else float("-inf")


def _sound_charref(found: re.Match[bytes]) -> bytes:
    """A numeric reference that names a character; for surrogates and the like the replacement character.

    feedparser's loose parser raises over those, and one bad character would cost the whole feed.
    """
    digits = found.group(1)
    number = int(digits[1:], 16) if digits[:1] in b"xX" else int(digits[:12])
    sound = number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF and len(digits) < 12
    return found.group() if sound else b"&#xFFFD;"


def _empty(parsed: Any, body: bytes) -> Reading:
    """A feed without items is a remark; what is no feed at all is an error."""
    if has_root(body):
        return Reading(note="a valid feed without items")
    wrong = parsed.get("bozo_exception")
    detail = f" ({_short(wrong.getMessage())})" if isinstance(wrong, SAXException) else ""
    raise ParseError("not-a-feed", f"the answer holds no RSS or Atom feed{detail}")


def _raw(item: Any, base: str, news_search: bool) -> Raw:
    """One item as feedparser gives it."""
    title = title_of(_text(item, "title"))
    outlet = title_of(_text(item.get("source") or {}, "title"))
    if outlet and fold(title).endswith(fold(outlet)):
        title = re.sub(r"\s+[-–—|]\s+" + re.escape(outlet) + r"$", "", title)
    summary, body = _texts(item)
    return Raw(
        title=title,
        link=_link(item, base),
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


def _link(item: Any, base: str) -> str:
    """The item's link, else a guid that is one."""
    link = _text(item, "link")
    guid = _text(item, "id")
    # feedparser makes a guid the link when there is no other; "1" is none, though it could be joined to the base.
    if link == guid and not guid.startswith(("http://", "https://")):
        return ""
    if guid.startswith(("http://", "https://")) and (not link or (is_front_page(link) and not is_front_page(guid))):
        return guid
    return link if not link or re.match(r"\s*[A-Za-z][A-Za-z0-9+.-]*:", link) else urljoin(base, link.strip())


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
