"""What operators are to be told, kept in the store until it was said: a crash between a decision and its notice must
not leave a held message that nobody hears of."""

from __future__ import annotations

import json
from dataclasses import dataclass

from newsdesk.ports import Reading, Writing

_UNSAID = "notices"
_MOST = 50
"""Notices kept at most: the newest. All of them stand in the log anyway."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A text, and the buttons below it: each a label and the data that it sends back."""

    text: str
    buttons: tuple[tuple[str, str], ...] = ()


def unsaid(view: Reading) -> list[Notice]:
    """What waits to be said, oldest first."""
    rows = json.loads(view.remembered(_UNSAID) or "[]")
    return [Notice(text, tuple((label, data) for label, data in buttons)) for text, buttons in rows]


def add(tx: Writing, notice: Notice) -> None:
    """Keep it until it was said."""
    _keep(tx, [*unsaid(tx), notice][-_MOST:])


def said(tx: Writing, notice: Notice) -> None:
    """It was said, or never can be."""
    _keep(tx, [other for other in unsaid(tx) if other != notice])


def _keep(tx: Writing, notices: list[Notice]) -> None:
    tx.remember(_UNSAID, json.dumps([[one.text, one.buttons] for one in notices], ensure_ascii=False))
