"""Telegram's HTML parse mode, as strict as the real one in what a news desk uses.

Wordings and rules follow tdlib's parseTextEntities: supported tags only, balanced, quoted attributes; four named
references and numeric ones are decoded; offsets count UTF-16 units.
"""

from __future__ import annotations

import re
from typing import Any

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "s": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
}
_PIECE = re.compile(
    r"<(?P<close>/?)(?P<tag>[^\s<>/]*)(?P<attributes>[^<>]*)>|<|&(?P<name>lt|gt|amp|quot);|&#(?P<number>\d+);|[^<&]+|&"
)
_HREF = re.compile(r"""^\s+href=(?:"([^"]*)"|'([^']*)')\s*$""")
_REFERENCES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}


class Unparsable(Exception):
    """What the server would say after "can't parse entities: "."""


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def parse(html: str) -> tuple[str, list[dict[str, Any]]]:
    """The visible text, trimmed at its end, and its entities."""
    text = ""
    entities: list[dict[str, Any]] = []
    opened: list[tuple[str, int, dict[str, Any]]] = []
    for piece in _PIECE.finditer(html):
        if piece["tag"] is None:
            text += _words(piece)
        elif piece["close"]:
            entities += _close(opened, piece, units(text))
        else:
            tag = piece["tag"].lower()
            opened.append((tag, units(text), _entity(tag, piece["attributes"], piece.start())))
    if opened:
        raise Unparsable(f'Can\'t find end tag corresponding to start tag "{opened[-1][0]}"')
    entities = [entity for entity in entities if entity["type"] != "text_link" or entity.get("url")]
    return text.rstrip(), sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def _words(piece: re.Match[str]) -> str:
    if piece[0] == "<":
        raise Unparsable(f"Unclosed start tag at byte offset {piece.start()}")
    if piece["name"]:
        return _REFERENCES[piece["name"]]
    return chr(int(piece["number"])) if piece["number"] else piece[0]


def _close(opened: list[tuple[str, int, dict[str, Any]]], piece: re.Match[str], end: int) -> list[dict[str, Any]]:
    at = piece.start()
    if not opened:
        raise Unparsable(f"Unexpected end tag at byte offset {at}")
    tag, start, entity = opened.pop()
    if tag != piece["tag"].lower():
        raise Unparsable(f'Unmatched end tag at byte offset {at}, expected "</{tag}>", found "{piece[0]}"')
    return [{**entity, "offset": start, "length": end - start}] if end > start else []


def _entity(tag: str, attributes: str, at: int) -> dict[str, Any]:
    if tag not in TAGS:
        raise Unparsable(f'Unsupported start tag "{tag}" at byte offset {at}')
    if tag == "a":
        match = _HREF.match(attributes)
        if match is None:
            raise Unparsable(f"Attribute href expected at byte offset {at}")
        url, _ = parse(match[1] or match[2] or "")
        return {"type": "text_link", "url": url if url.startswith(("http://", "https://")) else ""}
    if tag == "blockquote" and attributes.strip() == "expandable":
        return {"type": "expandable_blockquote"}
    return {"type": TAGS[tag]}
