"""Telegram's own reading of texts, offline: TDLib, which the official Bot API server is built on.

`tdjson` ships it. The calls used here need no account and no network: the server formats a text by the very
`parseTextEntities`, cleans it by what `getMarkdownText` begins with, and judges a button's address as it judges that of
a link.
"""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

import tdjson

MOST_VISIBLE = 4096
MOST_CAPTION = 1024
"""Code points that are left when the markup is read: MessageContent.cpp counts by utf8_length."""
MOST_RAW = 32768
"""Bytes of a text before its markup is read."""
MOST_ENTITIES = 100
MOST_MARKUP = 9500
"""Characters of markup and addresses, from about which on the server says ENTITIES_TOO_LONG."""
_HTML = {"@type": "textParseModeHTML"}
_NAMES = re.compile(r"(?<!^)(?=[A-Z])")


class Unparsable(Exception):
    """What the server says of a text that it cannot read, as the Bot API words it."""


def units(text: str) -> int:
    """The length by which offsets of entities are counted."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse(html: str) -> tuple[str, list[dict[str, Any]]]:
    """What a reader sees of a text in HTML mode, cleaned and trimmed, with its entities. Raises Unparsable."""
    found = _execute({"@type": "parseTextEntities", "text": html, "parse_mode": _HTML})
    entities = [_entity(one) for one in found["entities"]]
    return finished(found["text"], entities)


def finished(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """Behind the parser: cleaned of what Telegram lets nobody send, and without white space at the end."""
    clean = cleaned(text)
    if clean != text:
        entities = [_moved(entity, text) for entity in entities]
    shown = clean.rstrip(" \n")
    end = units(shown)
    cut = [{**one, "length": min(one["length"], end - one["offset"])} for one in entities if one["offset"] < end]
    return shown, [one for one in cut if one["length"] > 0]


def cleaned(text: str) -> str:
    """The text as Telegram keeps it: without control and direction characters and lines drawn across. Raises Unparsable."""
    found = _execute({"@type": "getMarkdownText", "text": {"@type": "formattedText", "text": text, "entities": []}})
    return str(found["text"])


def linkable(url: str) -> bool:
    """Whether Telegram takes the address for a link or a button: others it drops, or refuses the message for them."""
    try:
        return any(entity["type"] == "text_link" for entity in parse(f'<a href="{escape(url)}">x</a>')[1])
    except Unparsable:
        return False


def _execute(request: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(tdjson.td_execute(json.dumps(request).encode()))
    if answer["@type"] == "error":
        said = answer["message"]
        raise Unparsable(said[0].lower() + said[1:])
    return answer


def _entity(found: dict[str, Any]) -> dict[str, Any]:
    """One as the Bot API names it."""
    kind = _NAMES.sub("_", found["type"]["@type"].removeprefix("textEntityType")).lower()
    name = {"text_url": "text_link", "expandable_block_quote": "expandable_blockquote", "block_quote": "blockquote"}
    address = {"url": found["type"]["url"]} if "url" in found["type"] else {}
    return {"type": name.get(kind, kind), "offset": found["offset"], "length": found["length"], **address}


def _moved(entity: dict[str, Any], text: str) -> dict[str, Any]:
    """Where the entity stands once the text is cleaned."""
    wide = text.encode("utf-16-le")
    begin, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
    before, within = (cleaned(wide[a:b].decode("utf-16-le")) for a, b in ((0, begin), (begin, end)))
    return {**entity, "offset": units(before), "length": units(within)}


_execute({"@type": "setLogVerbosityLevel", "new_verbosity_level": 0})
