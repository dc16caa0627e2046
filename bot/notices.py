"""What operators are to be told, kept in the store until it was said: a crash between a decision and its notice must
not leave a held message that nobody hears of. Whoever has something to say puts it here; the process that delivers says
it, when Telegram may be asked.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from bot.threads import StoreThreads
from newsdesk.errors import StoreError
from newsdesk.ports import Reading, Writing

log = structlog.get_logger()

Tell = Callable[[str], Awaitable[None]]
"""Tells an operator; raises nothing, for that it fails must not disturb anything."""

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


def later(store: StoreThreads) -> Tell:
    """Tells operators by way of the store."""

    async def tell(notice: str) -> None:
        try:
            await store.write(lambda tx: add(tx, Notice(notice)))
        except StoreError as error:
            log.warning("an operator is not told", notice=notice, reason=str(error))

    return tell


async def in_the_log(notice: str) -> None:
    """Tells only who reads the log."""
    log.warning("operator notice", notice=notice)


def _keep(tx: Writing, notices: list[Notice]) -> None:
    tx.remember(_UNSAID, json.dumps([[one.text, one.buttons] for one in notices], ensure_ascii=False))
