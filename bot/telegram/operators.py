"""The buttons below the notice of a held message: one tap of an operator decides."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import structlog
from telegram import CallbackQuery, Message, Update
from telegram.error import BadRequest
from telegram.ext import Application, CallbackQueryHandler, ContextTypes

from bot.grants import Press
from bot.render import phrases
from bot.telegram.people import may_order
from bot.telegram.saying import acknowledge
from bot.threads import StoreThreads
from bot.uncertain import PREFIX, Pressed, press
from newsdesk.errors import StoreError

log = structlog.get_logger()

_LONGEST = 3800


class OperatorButtons:
    """Answers presses of these buttons. `admins` are the people who may decide; nobody else reaches the store."""

    def __init__(self, store: StoreThreads, admins: Sequence[int], clock: Callable[[], datetime]) -> None:
        self._store = store
        self._admins = frozenset(admins)
        self._clock = clock

    def install(self, app: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Register; before any handler that takes every button."""
        app.add_handler(CallbackQueryHandler(self._press, pattern=f"^{PREFIX}"))

    async def _press(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        if query is None:
            return
        token, person = query.data or "", query.from_user
        if not may_order(update, self._admins):
            log.warning("a stranger pressed an operators' button", person=person.id)
            await acknowledge(query, str(phrases.OPERATORS_ONLY), alert=True)
            return
        try:
            pressed = await self._store.write(lambda tx: press(tx, token, person.id, self._admins, self._clock()))
        except StoreError as error:
            log.warning("held message not decided", reason=str(error))
            await acknowledge(query, str(phrases.TROUBLE), alert=True)
            return
        log.info("held message", press=pressed.press.value, decision=pressed.resolution, person=person.id)
        await acknowledge(query, _reply(pressed), alert=True)
        if isinstance(query.message, Message) and pressed.press in (Press.DONE, Press.SETTLED):
            await _close(query, query.message, _ending(pressed, person.full_name))


def _reply(pressed: Pressed) -> str:
    if pressed.press is Press.DONE and pressed.resolution is not None:
        return str(phrases.RESOLVED[pressed.resolution.value])
    if pressed.press is Press.SETTLED:
        return phrases.settled(pressed.message.state.value if pressed.message is not None else "")
    return str(phrases.OPERATORS_ONLY) if pressed.press is Press.STRANGER else str(phrases.DECISION_EXPIRED)


def _ending(pressed: Pressed, name: str) -> str:
    return f"{_reply(pressed)} ({name[:60]})" if pressed.press is Press.DONE else _reply(pressed)


async def _close(query: CallbackQuery, notice: Message, ending: str) -> None:
    """Take the buttons away and write down below the notice what was decided."""
    with contextlib.suppress(BadRequest):  # somebody deleted it
        await query.edit_message_text(f"{(notice.text or '')[:_LONGEST]}\n\n{ending}")
