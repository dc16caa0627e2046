"""The commands: from Telegram's updates to questions for the desk, and from its answers to messages."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any

import structlog
from telegram import CallbackQuery, Message, Update
from telegram.constants import MessageEntityType
from telegram.error import BadRequest, TelegramError
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot.chat import ChatDesk
from bot.render import Tree, phrases, to_telegram
from bot.telegram.errors import said, translate
from bot.telegram.people import asker
from bot.telegram.wire import text_fields
from newsdesk.errors import RetryLater, StoreError
from newsdesk.limits import PRESS, QUESTION, Decision, Limits, Reason, Ruling

log = structlog.get_logger()

MOST_PATIENCE = timedelta(seconds=30)
"""The longest flood wait that an answer is kept for; a person has gone on by then."""

AT_WORK = 6
"""Answers that are made and sent side by side: what is done for posts in the same process comes between them."""
_REPORT_EVERY = 60.0

Context = ContextTypes.DEFAULT_TYPE
Answer = Callable[[Message, str], Awaitable[Tree]]


class Commands:
    """Answers updates with what the desk says, as far as the limits allow. `clock` counts seconds."""

    def __init__(
        self,
        desk: ChatDesk,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        *,
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._desk = desk
        self._sleep = sleep
        self._limits = limits
        self._clock = clock
        self._under_way = 0
        self._at_work = asyncio.Semaphore(AT_WORK)
        self._refused = 0
        self._reported = float("-inf")

    def install(self, app: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Register every command, the buttons, plain questions and the handler of errors."""
        answers: dict[str, Answer] = {
            "start": self._start,
            "help": self._help,
            "search": lambda _, words: self._desk.search(words),
            "latest": lambda _, words: self._desk.latest(words),
            "topics": self._topics,
            "sources": lambda _, __: self._desk.sources(),
            "why": self._why,
        }
        # A command in a forwarded message is somebody else's.
        own = filters.UpdateType.MESSAGE & filters.TEXT & ~filters.FORWARDED
        for name, answer in answers.items():
            app.add_handler(CommandHandler(name, self._replying(answer), filters=own))
        asked = filters.UpdateType.MESSAGE & filters.TEXT
        private = asked & filters.ChatType.PRIVATE
        app.add_handler(MessageHandler(own & filters.Regex(r"^/why_\d+"), self._replying(self._why_number)))
        app.add_handler(MessageHandler(private & filters.FORWARDED, self._replying(self._why)))
        app.add_handler(MessageHandler(private & filters.COMMAND, self._replying(self._unknown)))
        app.add_handler(
            MessageHandler(private, self._replying(lambda message, _: self._desk.search(message.text or "")))
        )
        anything = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE & ~filters.StatusUpdate.ALL
        app.add_handler(MessageHandler(anything, self._replying(self._help)))
        app.add_handler(CallbackQueryHandler(self._press))
        app.add_handler(MessageHandler(filters.UpdateType.CHANNEL_POST, self._channel_post))
        app.add_error_handler(self._failed)

    async def _start(self, _: Message, __: str) -> Tree:
        return self._desk.start()

    async def _help(self, _: Message, __: str) -> Tree:
        return self._desk.help()

    async def _topics(self, _: Message, __: str) -> Tree:
        return self._desk.topics_list()

    async def _unknown(self, _: Message, __: str) -> Tree:
        return self._desk.unknown()

    async def _why(self, message: Message, words: str) -> Tree:
        """Named by number or address, or by the message that this one replies to (or is a copy of)."""
        pointed = message.reply_to_message
        if message.forward_origin is not None:
            return await self._desk.why(_first_link(message))
        return await self._desk.why(words or (_first_link(pointed) if pointed is not None else ""))

    async def _why_number(self, message: Message, _: str) -> Tree:
        return await self._desk.why((message.text or "").removeprefix("/why_").split("@")[0].split()[0])

    def _replying(self, answer: Answer) -> Callable[[Update, Context], Coroutine[Any, Any, None]]:
        async def reply(update: Update, _: Context) -> None:
            message = update.effective_message
            if message is None:
                return
            decision = self._decide(update)
            if decision.ruling is Ruling.NOTICE:
                await message.reply_text(_notice(decision))
            if decision.ruling is not Ruling.ANSWER:
                return
            async with self._turn(decision):
                text = to_telegram(await answer(message, _argument(message)))
                await self._patiently(lambda: message.reply_text(**text_fields(text)))

        return reply

    def _decide(self, update: Update, cost: float = QUESTION) -> Decision:
        """Whether this is answered now; what is not is counted, and logged once a minute."""
        now = self._clock()
        decision = self._limits.ask(asker(update), now, cost, self._under_way)
        if decision.ruling is not Ruling.ANSWER:
            self._refused += 1
        if self._refused and now - self._reported >= _REPORT_EVERY:
            log.warning("questions not answered", number=self._refused, reason=decision.reason.value or None)
            self._refused, self._reported = 0, now
        return decision

    @contextlib.asynccontextmanager
    async def _turn(self, decision: Decision) -> AsyncIterator[None]:
        """Wait for one's turn; within, be one of a few answers at work."""
        if decision.after:
            await self._sleep(decision.after)
        self._under_way += 1
        try:
            async with self._at_work:
                yield
        finally:
            self._under_way -= 1

    async def _patiently(self, call: Callable[[], Awaitable[object]]) -> None:
        """Make the call; after a short flood wait, which is a certain refusal, once more."""
        try:
            await call()
        except TelegramError as error:
            meaning = translate(error)
            if not isinstance(meaning, RetryLater) or meaning.after is None or meaning.after > MOST_PATIENCE:
                raise
            await self._sleep(meaning.after.total_seconds())
            await call()

    async def _press(self, update: Update, _: Context) -> None:
        """Acknowledge at once, then edit in place: a button must never spin while something is looked up."""
        query = update.callback_query
        if query is None:
            return
        data = query.data or ""
        known = self._desk.knows(data)
        decision = self._decide(update, cost=PRESS)
        answered = decision.ruling is Ruling.ANSWER
        advice = phrases.NO_LONGER if not known else None if answered else _notice(decision)
        try:
            await (query.answer() if advice is None else query.answer(advice, show_alert=not known))
        except BadRequest as error:
            log.debug("late press", reason=str(translate(error)))
        if known and answered:
            async with self._turn(decision):
                await self._leaf(query, data)

    async def _leaf(self, query: CallbackQuery, data: str) -> None:
        """Show another page in the place of the one whose button was pressed."""
        tree = await self._desk.press(data)
        if tree is None or query.message is None:
            return
        fields = text_fields(to_telegram(tree))
        try:
            await self._patiently(lambda: query.edit_message_text(**fields))
        except BadRequest as error:
            if not said(error, ("message is not modified", "message to edit not found")):
                raise

    async def _channel_post(self, update: Update, _: Context) -> None:
        post = update.channel_post
        if post is not None:
            await self._desk.saw_post(str(post.chat.id), post.message_id)

    async def _failed(self, update: object, context: Context) -> None:
        """Say so to the person, and log it: what the world did as a line, a bug with its traceback."""
        error = context.error
        if isinstance(error, TelegramError):
            log.warning("answer not sent", reason=str(translate(error)))
            return
        if isinstance(error, StoreError):
            log.warning("no answer from the store", reason=str(error))
        else:
            log.error("answering failed", exc_info=error)
        message = update.effective_message if isinstance(update, Update) else None
        if message is not None and message.chat.type != "channel":
            await message.reply_text(phrases.TROUBLE)


def _notice(decision: Decision) -> str:
    return phrases.ASKED_TOO_OFTEN if decision.reason is Reason.PERSON else phrases.ASKED_BY_MANY


def _argument(message: Message) -> str:
    """What stands behind the command, with its quotes and spaces as they were written."""
    words = (message.text or "").split(maxsplit=1)
    return words[1].strip() if len(words) == 2 and words[0].startswith("/") else ""


def _first_link(message: Message) -> str:
    """The first address in a message, behind words or written out."""
    for entity in message.entities or ():
        if entity.type == MessageEntityType.TEXT_LINK and entity.url:
            return entity.url
        if entity.type == MessageEntityType.URL:
            return message.parse_entity(entity)
    return ""
