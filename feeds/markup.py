"""The markup inside feeds as plain text (selectolax). Runs in the child process only."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsdesk.language.clean import clean_text, decode_entities, one_line

_ROUNDS = 3
_TAGS = (
    "a|abbr|article|aside|b|blockquote|br|center|cite|code|dd|del|div|dl|dt|em|embed|figcaption|figure|font|h[1-6]|hr|i"
    "|iframe|img|ins|li|mark|object|ol|p|picture|pre|q|s|script|section|small|source|span|strike|strong|style|sub|sup"
    "|table|tbody|td|th|thead|tr|u|ul|video"
)
# Only names that are HTML count as tags: "A & B <3" and "harga <Rp10 ribu>" are words.
_TAG = re.compile(rf"</?(?:{_TAGS})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_ANY_TAG = re.compile(rf"<(?:/?(?:{_TAGS})[\s/>]|!--)", re.IGNORECASE)

_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote br center dd div dl dt fieldset figure h1 h2 h3 h4 h5 h6 hr li ol p pre section"
        " table td th tr ul",
    )
)
_SILENT = frozenset(
    re.findall(
        r"\w+",
        "script style iframe noscript template object embed svg form button select figcaption video audio head title",
    )
)
# Boxes of other stories inside a text; the words of their headlines are not this article's.
_OTHER_STORIES = re.compile(r"(?:^|[\s_-])(?:baca-?juga|related|terkait|lihat-juga|read-?more|sharedaddy|feedflare)")


def text_of(markup: str) -> str:
    """Plain text of an HTML fragment, one line a paragraph; boxes of other stories are left out.

    Markup that was escaped twice shows up as tags after the first round, so up to three rounds are made.
    """
    text = markup
    for _ in range(_ROUNDS):
        if not _ANY_TAG.search(text):
            text = decode_entities(text)
            if not _ANY_TAG.search(text):
                break
        text = _flat(text)
    return clean_text(text)


def title_of(markup: str) -> str:
    """A headline: known tags removed, everything else kept, on one line."""
    return one_line(_TAG.sub(" ", decode_entities(_TAG.sub(" ", markup))))


def first_image(markup: str) -> str:
    """The address of the first picture that is not a counting pixel; "" without one."""
    if "<img" not in markup.lower():
        return ""
    for node in LexborHTMLParser(markup).css("img[src]"):
        attributes = node.attributes
        if attributes.get("width") in ("0", "1") or attributes.get("height") in ("0", "1"):
            continue
        return (attributes.get("src") or "").strip()
    return ""


def _flat(markup: str) -> str:
    """The text of a fragment with a line break around each block; white space as a browser shows it.

    Walked without recursion: the nesting of hostile markup is thousands deep.
    """
    body = LexborHTMLParser(markup).body
    parts: list[str] = []
    node = body.first_child if body is not None else None
    while node is not None:
        below = _enter(node, parts)
        if below is not None:
            node = below
            continue
        while node is not None and node.next is None:
            node = _leave(node.parent, body, parts)
        node = node.next if node is not None else None
    return "".join(parts)


def _enter(node: LexborNode, parts: list[str]) -> LexborNode | None:
    """Take what the node itself says; its first child where that is to be looked at."""
    if node.is_text_node:
        parts.append(re.sub(r"\s+", " ", node.text_content or ""))
        return None
    tag = node.tag or ""
    if tag in _SILENT or not node.is_element_node or _is_box(node):
        return None
    if tag in _BLOCKS:
        parts.append("\n")
    return node.first_child


def _leave(node: LexborNode | None, body: LexborNode | None, parts: list[str]) -> LexborNode | None:
    """The parent, closed; None when it is the root of the walk."""
    if node is None or body is None or node.mem_id == body.mem_id:
        return None
    if node.tag in _BLOCKS:
        parts.append("\n")
    return node


def _is_box(node: LexborNode) -> bool:
    """Whether the element's class says that it shows other stories."""
    classes = node.attributes.get("class") if node.tag in ("div", "p", "ul", "aside", "section", "table") else None
    return bool(classes and _OTHER_STORIES.search(classes.lower()))
