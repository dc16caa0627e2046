"""Print a tree in the HTML subset that Telegram parses (core.telegram.org/bots/api#html-style)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from bot.render.tree import (
    Bold,
    Hashtag,
    Inline,
    Italic,
    Line,
    Link,
    LinkPreview,
    Paragraph,
    Quote,
    Rows,
    Text,
    Tree,
    inlines,
    lines_of,
    visible,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramText:
    """What a send needs: the text as HTML and as the plain words it shows, and what goes with it.

    `marked` is False where the HTML says no more than the plain words: those are sent without any parsing then.
    """

    html: str
    plain: str
    marked: bool
    preview: LinkPreview | None
    buttons: Rows
    silent: bool
    answers: int | None
    topic: int | None = None


def to_telegram(tree: Tree) -> TelegramText:
    """Print the tree. Every character of text and every address is escaped here, once."""
    rows: list[str] = []
    for number, block in enumerate(tree.blocks):
        if isinstance(block, Quote):
            opening = "<blockquote expandable>" if block.expandable else "<blockquote>"
            rows.append(f"{opening}{_lines(block.lines)}</blockquote>")
        elif isinstance(block, Paragraph):
            rows.append(("\n" if number else "") + _lines(block.lines))
        else:
            rows.append(_lines((block,)))
    return TelegramText(
        html="\n".join(rows).strip(),
        plain=visible(tree),
        marked=_marked(tree),
        preview=tree.preview,
        buttons=tree.buttons,
        silent=tree.silent,
        answers=tree.answers,
        topic=tree.topic,
    )


def _marked(tree: Tree) -> bool:
    return any(
        isinstance(block, Quote)
        or any(isinstance(part, Bold | Italic | Link) for row in lines_of(block) for part in inlines(row.children))
        for block in tree.blocks
    )


def _lines(rows: Sequence[Line]) -> str:
    return "\n".join(_inline(row.children) for row in rows)


def _inline(parts: Sequence[Inline]) -> str:
    return "".join(_part(part) for part in parts)


def _part(part: Inline) -> str:
    if isinstance(part, Text):
        return escape(part.text, quote=False)
    if isinstance(part, Hashtag):
        return escape(f"#{part.word}", quote=False)
    inner = _inline(part.children)
    if not inner.strip():
        return inner  # Telegram drops entities without content; not writing them keeps text and count honest
    if isinstance(part, Link):
        return f'<a href="{_address(part.url)}">{inner}</a>'
    return f"<b>{inner}</b>" if isinstance(part, Bold) else f"<i>{inner}</i>"


def _address(url: str) -> str:
    """The four references that Telegram decodes; an apostrophe needs none inside double quotes."""
    return url.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
