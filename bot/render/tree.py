"""One message as a tree, before any markup: what the preview, Telegram, the web console and the outbox share.

Escaping happens in the printers and nowhere else. Whatever a tree holds is already fit to be shown: a Text has no
control or bidi characters, a Link leads to http(s) only. So a tree read back from the database needs no second look.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.render.catalogues import Phrase
from bot.render.text import tidy, units

VERSION = 1
LONGEST_URL = 2000
LONGEST_TAG = 40
MOST_CALLBACK = 64
"""Bytes of callback data that Telegram takes."""
_WEB = re.compile(
    r"https?://(?=[^/?#]*[^./?#:]\.[^./?#:])(?:[a-z0-9_.-]|[^\s\x00-\x7f\ud800-\udfff])+(?::(?P<port>[0-9]{1,5}))?"
    r"(?:[/?#][^\s<>\"'\\\x00-\x20\x7f\ud800-\udfff]*)?",
    re.IGNORECASE,
)
"""What Telegram takes for an address as well: a host with a dot in it, no name before an @, a port that there is. For any
other a button costs the whole message, and a link is dropped without a word."""
_LAST_PORT = 65535
_NO_TAG = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Text:
    """Plain words."""

    text: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", tidy(self.text))


@dataclass(frozen=True, slots=True)
class Bold:
    """Strong words."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Italic:
    """Words set apart."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead to an http(s) address. Build it with `link`, which takes any address."""

    children: tuple[Inline, ...]
    url: str

    def __post_init__(self) -> None:
        if not web_url(self.url):
            raise ValueError(f"not an http(s) address: {self.url!r}")


@dataclass(frozen=True, slots=True)
class Hashtag:
    """A hashtag that Telegram recognises: letters, digits and underscores, not digits alone. `word` has no #."""

    word: str

    def __post_init__(self) -> None:
        word = _NO_TAG.sub("_", tidy(self.word)).strip("_")[:LONGEST_TAG].rstrip("_")
        object.__setattr__(self, "word", f"t{word}" if not word or word.isdigit() else word)


Inline = Text | Bold | Italic | Link | Hashtag


@dataclass(frozen=True, slots=True)
class Line:
    """One line; without children, an empty one that parts paragraphs."""

    children: tuple[Inline, ...] = ()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines that belong together, set off by an empty line before them unless they come first."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation; `expandable` ones show their first lines until they are tapped."""

    lines: tuple[Line, ...]
    expandable: bool = False


Block = Line | Paragraph | Quote


@dataclass(frozen=True, slots=True)
class LinkPreview:
    """Which page Telegram previews below the message, and how large."""

    url: str
    large: bool = False
    above: bool = False


@dataclass(frozen=True, slots=True)
class Button:
    """A button below the message: either opens `url`, or sends `data` (at most 64 bytes) back to the bot."""

    text: str
    url: str = ""
    data: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", tidy(self.text))
        if bool(self.url) == bool(self.data):
            raise ValueError("a button has either an address or data")
        if self.url and not web_url(self.url):
            raise ValueError(f"not an http(s) address: {self.url!r}")
        if len(self.data.encode()) > MOST_CALLBACK:
            raise ValueError(f"callback data longer than {MOST_CALLBACK} bytes: {self.data!r}")


Rows = tuple[tuple[Button, ...], ...]
"""Buttons row by row."""


@dataclass(frozen=True, slots=True)
class Tree:
    """One message. No `preview` means that none is shown; `silent` means without a sound.

    `answers` is the number of the message in the same chat that it is a reply to, `topic` that of the forum's topic where
    it goes to.
    """

    blocks: tuple[Block, ...]
    preview: LinkPreview | None = None
    buttons: Rows = ()
    silent: bool = False
    answers: int | None = None
    topic: int | None = None


def web_url(url: str) -> bool:
    """Whether the address may stand behind a link."""
    found = _WEB.fullmatch(url) if len(url) <= LONGEST_URL else None
    return found is not None and 1 <= int(found["port"] or 80) <= _LAST_PORT


def post_url(chat: str, number: int | None) -> str:
    """Where a message of a channel or supergroup opens for its members; "" of other chats, and without a number."""
    return f"https://t.me/c/{chat.removeprefix('-100')}/{number}" if number and chat.startswith("-100") else ""


def link(label: str, url: str) -> Inline:
    """The label as a link, or as plain words where the address may not be linked."""
    return Link((Text(label),), url) if web_url(url) else Text(label)


def line(*parts: Inline | Phrase | str) -> Line:
    """A line of these parts; bare strings and phrases are plain words."""
    return Line(tuple(Text(str(part)) if isinstance(part, str | Phrase) else part for part in parts))


def lines_of(block: Block) -> tuple[Line, ...]:
    """The lines of any block."""
    return (block,) if isinstance(block, Line) else block.lines


def inlines(parts: Sequence[Inline]) -> Iterator[Inline]:
    """Every inline part, outermost first."""
    for part in parts:
        yield part
        if isinstance(part, Bold | Italic | Link):
            yield from inlines(part.children)


def words_of(parts: Sequence[Inline]) -> str:
    """The visible words of inline parts."""
    return "".join(
        part.text
        if isinstance(part, Text)
        else f"#{part.word}"
        if isinstance(part, Hashtag)
        else words_of(part.children)
        for part in parts
    )


def visible(tree: Tree) -> str:
    """The text that a reader sees, as Telegram counts it: markup left out, white space at the ends removed."""
    return "\n".join(row for block_rows in spaced(tree) for row in block_rows).strip()


def spaced(tree: Tree) -> Iterator[list[str]]:
    """The visible rows of each block, with the empty row that a paragraph begins with."""
    for number, block in enumerate(tree.blocks):
        rows = [words_of(row.children) for row in lines_of(block)]
        yield ["", *rows] if number and isinstance(block, Paragraph) else rows


@dataclass(frozen=True, slots=True)
class Size:
    """How large a message is: visible UTF-16 units, entities, and the longest that its markup may count."""

    visible: int
    entities: int
    markup: int


def size(tree: Tree) -> Size:
    """Measure the tree itself, before any printer adds tags to it."""
    parts = [part for block in tree.blocks for row in lines_of(block) for part in inlines(row.children)]
    links = [part for part in parts if isinstance(part, Link)]
    marked = [part for part in parts if not isinstance(part, Text)]
    quotes = sum(isinstance(block, Quote) for block in tree.blocks)
    # 7 is "<b></b>", the least a tag pair takes; a link takes its address and 15 more, a quote up to 36.
    markup = 7 * (len(marked) - len(links)) + sum(len(part.url) + 15 for part in links) + 36 * quotes
    return Size(visible=units(visible(tree)), entities=len(marked) + quotes, markup=markup)


def to_json(tree: Tree) -> str:
    """The tree as JSON, compact and stable: equal trees give equal text."""
    data = {
        "v": VERSION,
        "blocks": [_block_out(block) for block in tree.blocks],
        "preview": None
        if tree.preview is None
        else {"url": tree.preview.url, "large": tree.preview.large, "above": tree.preview.above},
        "buttons": [[{"text": b.text, "url": b.url, "data": b.data} for b in row] for row in tree.buttons],
        "silent": tree.silent,
        **({} if tree.answers is None else {"answers": tree.answers}),
        **({} if tree.topic is None else {"topic": tree.topic}),
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> Tree:
    """The tree that `to_json` wrote. Raises ValueError for anything else."""
    try:
        data = json.loads(text)
        if data["v"] != VERSION:
            raise ValueError(f"a message tree of version {data['v']}, not {VERSION}")
        preview = data["preview"]
        return Tree(
            blocks=tuple(_block_in(block) for block in data["blocks"]),
            preview=None if preview is None else _preview_in(preview),
            buttons=tuple(row for row in map(_buttons_in, data["buttons"]) if row),
            silent=bool(data["silent"]),
            answers=data.get("answers"),
            topic=data.get("topic"),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a message tree: {error!r}") from error


def _preview_in(data: Mapping[str, Any]) -> LinkPreview | None:
    return LinkPreview(data["url"], data["large"], data["above"]) if web_url(data["url"]) else None


def _buttons_in(row: Sequence[Mapping[str, Any]]) -> tuple[Button, ...]:
    return tuple(Button(b["text"], b["url"], b["data"]) for b in row if b["data"] or web_url(b["url"]))


def _block_out(block: Block) -> dict[str, Any]:
    if isinstance(block, Line):
        return {"line": _inlines_out(block.children)}
    rows = [_inlines_out(row.children) for row in block.lines]
    return {"quote": rows, "expandable": block.expandable} if isinstance(block, Quote) else {"paragraph": rows}


def _inlines_out(parts: Sequence[Inline]) -> list[Any]:
    out: list[Any] = []
    for part in parts:
        if isinstance(part, Text):
            out.append(part.text)
        elif isinstance(part, Hashtag):
            out.append({"tag": part.word})
        elif isinstance(part, Link):
            out.append({"link": _inlines_out(part.children), "url": part.url})
        else:
            out.append({"bold" if isinstance(part, Bold) else "italic": _inlines_out(part.children)})
    return out


def _block_in(data: Mapping[str, Any]) -> Block:
    if "line" in data:
        return Line(_inlines_in(data["line"]))
    if "paragraph" in data:
        return Paragraph(tuple(Line(_inlines_in(row)) for row in data["paragraph"]))
    return Quote(tuple(Line(_inlines_in(row)) for row in data["quote"]), bool(data["expandable"]))


def _inlines_in(parts: Sequence[Any]) -> tuple[Inline, ...]:
    return tuple(_inline_in(part) for part in parts)


def _inline_in(part: Any) -> Inline:
    if isinstance(part, str):
        return Text(part)
    if "tag" in part:
        return Hashtag(part["tag"])
    if "link" in part:
        # What was written down when more counted as an address shows its words.
        children = _inlines_in(part["link"])
        return Link(children, part["url"]) if web_url(part["url"]) else Text(words_of(children))
    return Bold(_inlines_in(part["bold"])) if "bold" in part else Italic(_inlines_in(part["italic"]))
