"""What stands before the first element of an answer: is it a page, and does it declare entities? Both are refused.

Runs in the child process only, before any parser that would act on what it reads.
"""

from __future__ import annotations

import contextlib
import re
from xml.parsers import expat

from newsdesk.errors import ParseError

_HEAD = 4096
_ROOTS = re.compile(rb"<(?:rss|feed|rdf:rdf|channel|urlset|sitemapindex|item|entry)[\s>]", re.IGNORECASE)
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body|script)[\s>]", re.IGNORECASE)
_BEFORE = re.compile(rb"[\s\0\xef\xbb\xbf]+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
"""What may stand before a document's first tag."""
_ENTITY = re.compile(rb"<!\s*ENTITY", re.IGNORECASE)
_ELEMENT = re.compile(rb"<\w")
"""Where feedparser takes the prolog to end; it looks for declarations before that, comments included."""


def refuse_page(body: bytes) -> None:
    """Raise ParseError `html` when a web page came instead of a feed.

    What begins as a page is one, whatever its scripts and texts say of feeds; so is what looks like a page somewhere near
    its beginning and has nothing there that feeds are made of.
    """
    head = body[:_HEAD].replace(b"\0", b"")
    if _PAGE.match(body, _first_tag(body)) or (_HTML.search(head) and not _ROOTS.search(head)):
        raise ParseError("html", "a web page came instead of a feed (a moved feed, a login or a bot check)")


def _first_tag(body: bytes) -> int:
    """Where the document's first tag or text stands, behind white space, comments and processing instructions."""
    place = 0
    while found := _BEFORE.match(body, place):
        place = found.end()
    return place


def has_root(body: bytes) -> bool:
    """Whether there is an element in it that feeds are made of; noise makes parsers find something, too."""
    return _ROOTS.search(body) is not None


def refuse_entities(text: bytes) -> None:
    """Raise ParseError `dtd` when the document declares entities: no feed needs them, every XML bomb does.

    `text` is the document as UTF-8, just as the parser gets it. expat itself is asked, so that what counts is what a
    parser would see: it is stopped at the first element. The words of the prolog are looked at as well, because expat
    passes over declarations behind a parameter entity that it does not know, and feedparser's other parser does not
    ask it at all. A DOCTYPE without declarations is fine: old RSS has one.
    """
    probe = expat.ParserCreate("utf-8")
    root: list[int] = []

    def on_element(*_: object) -> None:
        root.append(probe.CurrentByteIndex)
        raise _PrologOver

    probe.EntityDeclHandler = _on_entity
    probe.StartElementHandler = on_element
    with contextlib.suppress(_PrologOver, expat.ExpatError):
        probe.Parse(text, True)
    element = _ELEMENT.search(text)
    end = max(root, default=element.start() if element else len(text))
    if _ENTITY.search(text, 0, end):
        raise _entities()


class _PrologOver(Exception):
    """The first element has come; no more declarations can follow."""


def _on_entity(*_: object) -> None:
    raise _entities()


def _entities() -> ParseError:
    return ParseError("dtd", "the feed declares DTD entities, which is how XML bombs are made; it is not read")
