"""Print a tree as HTML for the web console. The result is safe to insert into a page as it is."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bot.render.tree import Block, Bold, Hashtag, Inline, Line, Link, Paragraph, Quote, Text, Tree, web_url


def to_html(tree: Tree) -> str:
    """The blocks as paragraphs and quotes, the buttons as a row of links and labels below them."""
    rows = [_block(block) for block in tree.blocks]
    for row in tree.buttons:
        buttons = "".join(
            f'<a class="button" href="{escape(button.url)}" rel="noopener noreferrer">{escape(button.text)}</a>'
            if button.url and web_url(button.url)
            else f'<span class="button">{escape(button.text)}</span>'
            for button in row
        )
        rows.append(f'<div class="buttons">{buttons}</div>')
    return "\n".join(rows)


def _block(block: Block) -> str:
    if isinstance(block, Line):
        return f"<p>{_inline(block.children)}</p>"
    rows = "<br>".join(_inline(row.children) for row in block.lines)
    if isinstance(block, Paragraph):
        return f'<p class="apart">{rows}</p>'
    if isinstance(block, Quote) and block.expandable:
        first, *rest = block.lines or (Line(),)
        more = "<br>".join(_inline(row.children) for row in rest)
        return f"<details><summary>{_inline(first.children)}</summary>{more}</details>"
    return f"<blockquote>{rows}</blockquote>"


def _inline(parts: Sequence[Inline]) -> str:
    return "".join(_part(part) for part in parts)


def _part(part: Inline) -> str:
    if isinstance(part, Text):
        return escape(part.text)
    if isinstance(part, Hashtag):
        return f'<span class="tag">#{escape(part.word)}</span>'
    inner = _inline(part.children)
    if isinstance(part, Link):
        return f'<a href="{escape(part.url)}" rel="noopener noreferrer">{inner}</a>'
    return f"<strong>{inner}</strong>" if isinstance(part, Bold) else f"<em>{inner}</em>"
