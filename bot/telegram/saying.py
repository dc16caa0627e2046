"""What is said to people in chat, and what comes of it: the same reactions for every answer, page and button.

Only what Telegram certainly refused is said again: after a short flood wait as it is, and as plain words where the
markup was refused. What may have arrived is never repeated: one answer too few is a smaller evil than two.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import structlog
from telegram import CallbackQuery, Message

from bot.render import TelegramText, Tree, to_telegram
from bot.render.post import plain_tree
from bot.telegram.errors import UNCHANGED, UNEDITABLE, says
from bot.telegram.publisher import translated
from bot.telegram.wire import text_fields
from newsdesk.errors import PublishError, Rejected, RetryLater

log = structlog.get_logger()

MOST_PATIENCE = timedelta(seconds=30)
"""The longest flood wait that an answer is kept for; a person has gone on by then."""
_MOST_TOAST = 200

Sleep = Callable[[float], Awaitable[None]]
Call = Callable[[TelegramText], Awaitable[object]]


async def answer_with(tree: Tree, call: Call, sleep: Sleep) -> None:
    """Make the call with the tree's text, at most twice. Raises PublishError for what came to nothing."""
    text = to_telegram(tree)
    try:
        await _once(call, text)
    except RetryLater as error:
        if error.after is None or error.after > MOST_PATIENCE:
            raise
        await sleep(error.after.total_seconds())
        await _once(call, text)
    except Rejected as error:
        if not error.plain_may_pass or says(error, (*UNCHANGED, *UNEDITABLE)):
            raise
        log.warning("said in plain words", reason=str(error))
        plain = to_telegram(plain_tree(tree))
        await _once(call, replace(plain, buttons=text.buttons if "button" not in str(error).casefold() else ()))


async def reply(message: Message, tree: Tree, sleep: Sleep = asyncio.sleep) -> None:
    """Answer a message. In a group the library makes it a reply to the question, which may be deleted by now."""
    await answer_with(
        tree, lambda text: message.reply_text(**text_fields(text), allow_sending_without_reply=True), sleep
    )


async def show(query: CallbackQuery, tree: Tree, sleep: Sleep = asyncio.sleep) -> None:
    """Let the message whose button was pressed show this instead. That it is gone, or shows it already, is no failure."""
    try:
        await answer_with(tree, lambda text: query.edit_message_text(**text_fields(text)), sleep)
    except PublishError as error:
        if not says(error, (*UNCHANGED, *UNEDITABLE)):
            raise


async def acknowledge(query: CallbackQuery, text: str = "", *, alert: bool = False) -> None:
    """Let a button stop spinning, with these words. It raises nothing: what was asked for is done all the same."""
    try:
        async with translated():
            await query.answer(text[:_MOST_TOAST] or None, show_alert=alert)
    except PublishError as error:
        log.debug("a press is not acknowledged", reason=str(error))


async def _once(call: Call, text: TelegramText) -> None:
    async with translated():
        await call(text)
