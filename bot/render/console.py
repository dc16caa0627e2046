"""Print a tree to a terminal, framed, about as Telegram would show it; never read as terminal or rich markup."""

from __future__ import annotations

import io
from collections.abc import Sequence

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.panel import Panel
from rich.style import Style
from rich.text import Text as RichText

from bot.render.tree import Bold, Hashtag, Inline, Link, Paragraph, Quote, Text, Tree, lines_of

WIDTH = 78
_TAG = Style(color="blue")
_BUTTON = Style(reverse=True)


def to_console(tree: Tree, *, title: str = "", width: int = WIDTH, colour: bool = False) -> str:
    """The message in a frame `width` cells wide, with escape codes when `colour` is on; ends with a newline.

    The address of the first link stands below the text in full, since a terminal may not be able to follow links.
    """
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    console.print(Panel(_message(tree), title=RichText(title) if title else None, title_align="left", box=box.ROUNDED))
    return out.getvalue()


def _message(tree: Tree) -> Group:
    rows: list[RichText | Padding] = []
    for number, block in enumerate(tree.blocks):
        if number and isinstance(block, Paragraph):
            rows.append(RichText(""))
        for row in lines_of(block):
            text = RichText()
            _append(text, row.children, Style())
            rows.append(Padding(text, (0, 0, 0, 3)) if isinstance(block, Quote) else text)
    if tree.preview is not None:
        rows.append(RichText(""))
        rows.append(RichText(f"↗ {tree.preview.url}", style=Style(dim=True), overflow="fold"))
    for buttons in tree.buttons:
        labels = RichText("")
        for button in buttons:
            labels.append(f" {button.text} ", style=_BUTTON)
            labels.append(" ")
        rows.append(Padding(labels, (1, 0, 0, 0)))
    return Group(*rows)


def _append(text: RichText, parts: Sequence[Inline], style: Style) -> None:
    for part in parts:
        if isinstance(part, Text):
            text.append(part.text, style=style)
        elif isinstance(part, Hashtag):
            text.append(f"#{part.word}", style=style + _TAG)
        elif isinstance(part, Link):
            _append(text, part.children, style + Style(underline=True))
        else:
            _append(text, part.children, style + (Style(bold=True) if isinstance(part, Bold) else Style(italic=True)))
