"""News sitemaps: titles and times that outlets give to news search engines. Runs in the child process only."""

from __future__ import annotations

import io
from xml.etree import ElementTree

from feeds.entries import Raw, finish
from feeds.markup import title_of
from feeds.prolog import refuse_entities, refuse_page
from feeds.rss import as_utf8, read_feed
from feeds.wire import Job, Reading
from newsdesk.errors import ParseError

_MOST_ADDRESSES = 50_000
"""What one sitemap may list by its own standard (sitemaps.org)."""


def read_sitemap(body: bytes, job: Job) -> Reading:
    """The articles of a news sitemap (``news:title``, ``news:publication_date``).

    An address without a title is refused: a slug is not a headline. A sitemap that turns out to be a feed is read as
    one. Raises ParseError: `html`, `dtd`, `sitemap-index` for a list of further sitemaps, `not-a-feed` for other documents,
    `parse` for broken XML.
    """
    refuse_page(body)
    text = as_utf8(body, job.content_type)
    refuse_page(text)
    refuse_entities(text)
    raws: list[Raw] = []
    root = ""
    try:
        for event, element in ElementTree.iterparse(io.BytesIO(text), events=("start", "end")):  # noqa: S314 (entities are refused above, and the child is limited)
            name = _local(element.tag)
            if event == "start" and name in ("rss", "feed", "RDF"):
                return read_feed(body, job)
            root = root or name
            if root != "urlset" and root != "sitemapindex":
                raise ParseError("not-a-feed", f"the answer is no sitemap: it begins with <{root[:40]}>")
            if event == "start" and name == "sitemapindex":
                raise ParseError("sitemap-index", "this lists further sitemaps; give the address of the news one")
            if event == "end" and name == "url":
                raws.append(_raw(element))
                element.clear()
            if len(raws) > _MOST_ADDRESSES:
                raise ParseError("too-large", f"more than {_MOST_ADDRESSES:,} addresses in one sitemap")
    except ElementTree.ParseError as error:
        if not raws:
            raise ParseError("parse", f"the sitemap is not readable XML ({error})") from error
    if not raws:
        return Reading(note="a valid sitemap without addresses")
    return finish(raws, job)


def _raw(url: ElementTree.Element) -> Raw:
    """One ``<url>``, whatever its name spaces are called."""
    texts: dict[str, str] = {}
    for element in url.iter():
        if element.text and element.text.strip():
            texts.setdefault(_place(element.tag), element.text.strip())
    return Raw(
        title=title_of(texts.get("news:title", "")),
        link=texts.get("loc", ""),
        dates=tuple(texts[name] for name in ("news:publication_date", "lastmod") if name in texts),
        image=texts.get("image:loc", ""),
    )


def _place(tag: str) -> str:
    """``{http://…/schemas/sitemap-news/0.9}title`` as ``news:title``."""
    space = tag.rpartition("}")[0]
    kind = next((kind for kind in ("news", "image", "video") if kind in space), "")
    return f"{kind}:{_local(tag)}" if kind else _local(tag)


def _local(tag: str) -> str:
    """A tag without its name space."""
    return tag.rpartition("}")[2]
