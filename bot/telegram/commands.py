"""The commands: from Telegram's updates to questions for the desk, and from its answers to messages."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Hashable
from typing import Any

import structlog
from telegram import CallbackQuery, InlineQuery, Message, Update
from telegram.error import TelegramError
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    InlineQueryHandler,
    MessageHandler,
    filters,
)

from bot.chat import ChatDesk
from bot.chat.searching import MOST_OFFSET
from bot.render import Tree, phrases
from bot.telegram.errors import translate
from bot.telegram.inline import KEPT_BY_TELEGRAM, article_result, to_bot
from bot.telegram.people import asker, first_link, refusal
from bot.telegram.publisher import translated
from bot.telegram.saying import acknowledge, reply, show
from newsdesk.errors import PublishError, StoreError
from newsdesk.limits import KEYSTROKE, PRESS, QUESTION, Decision, Limits, Ruling

log = structlog.get_logger()

AT_WORK = 6
"""Answers that are made and sent side by side: what is done for posts in the same process comes between them."""
_REPORT_EVERY = 60.0

_WHY_NUMBER = re.compile(r"/why_(\d{1,18})(?=@|\s|$)", re.ASCII)
_NAMED = re.compile(r"/\w+@(\w+)", re.ASCII)

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
        self._typed: dict[Hashable, str] = {}
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
        # A command in a forwarded message is somebody else's, and what was picked while typing is ours.
        own = filters.UpdateType.MESSAGE & filters.TEXT & ~filters.FORWARDED & ~filters.VIA_BOT
        for name, answer in answers.items():
            app.add_handler(CommandHandler(name, self._replying(answer), filters=own))
        # What a person chooses for themselves is asked in private.
        app.add_handler(
            CommandHandler("language", self._replying(self._language), filters=own & filters.ChatType.PRIVATE)
        )
        asked = filters.UpdateType.MESSAGE & filters.TEXT & ~filters.VIA_BOT
        private = asked & filters.ChatType.PRIVATE
        app.add_handler(MessageHandler(own & filters.Regex(_WHY_NUMBER), self._replying(self._why_number)))
        app.add_handler(MessageHandler(private & filters.FORWARDED, self._replying(self._why)))
        app.add_handler(MessageHandler(private & filters.COMMAND, self._replying(self._unknown)))
        app.add_handler(
            MessageHandler(private, self._replying(lambda message, _: self._desk.search(message.text or "")))
        )
        anything = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE & ~filters.StatusUpdate.ALL
        app.add_handler(MessageHandler(anything & ~filters.VIA_BOT, self._replying(self._help)))
        app.add_handler(CallbackQueryHandler(self._press))
        app.add_handler(InlineQueryHandler(self._typing))
        app.add_handler(MessageHandler(filters.UpdateType.CHANNEL_POST, self._channel_post))
        app.add_error_handler(self._failed)

    async def _start(self, _: Message, words: str) -> Tree:
        return await self._desk.start(words)

    async def _help(self, _: Message, __: str) -> Tree:
        return self._desk.help()

    async def _topics(self, _: Message, __: str) -> Tree:
        return self._desk.topics_list()

    async def _language(self, message: Message, words: str) -> Tree:
        return await self._desk.language(message.chat.id, words)

    async def _unknown(self, _: Message, __: str) -> Tree:
        return self._desk.unknown()

    async def _why(self, message: Message, words: str) -> Tree:
        """Named by number or address, or by the message that this one replies to (or is a copy of)."""
        pointed = message.reply_to_message
        if message.forward_origin is not None:
            return await self._desk.why(first_link(message))
        return await self._desk.why(words or (first_link(pointed) if pointed is not None else ""))

    async def _why_number(self, message: Message, _: str) -> Tree:
        found = _WHY_NUMBER.match(message.text or "")
        return await self._desk.why(found[1] if found else "")

    def _replying(self, answer: Answer) -> Callable[[Update, Context], Coroutine[Any, Any, None]]:
        async def handle(update: Update, _: Context) -> None:
            message = update.effective_message
            if message is None or not _to_us(message):
                return
            decision = self._decide(update)
            if decision.ruling is Ruling.NOTICE:
                await message.reply_text(refusal(decision), allow_sending_without_reply=True)
            if decision.ruling is not Ruling.ANSWER:
                return
            async with self._turn(decision):
                await reply(message, await answer(message, _argument(message)), self._sleep)

        return handle

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

    async def _press(self, update: Update, _: Context) -> None:
        """Acknowledge at once, then edit in place: a button must never spin while something is looked up."""
        query = update.callback_query
        if query is None:
            return
        data = query.data or ""
        known = self._desk.knows(data)
        decision = self._decide(update, cost=PRESS)
        answered = decision.ruling is Ruling.ANSWER
        advice = str(phrases.NO_LONGER) if not known else None if answered else refusal(decision)
        await acknowledge(query, advice or "", alert=not known)
        if known and answered:
            async with self._turn(decision):
                await self._leaf(query, data)

    async def _leaf(self, query: CallbackQuery, data: str) -> None:
        """Show another page in the place of the one whose button was pressed."""
        tree = await self._desk.press(data)
        if tree is None or query.message is None:
            return
        await show(query, tree, self._sleep)

    async def _typing(self, update: Update, _: Context) -> None:
        """Answer what a person is typing in some chat; only the last words of each person are worth an answer."""
        query = update.inline_query
        if query is None:
            return
        who = asker(update)
        self._typed[who] = query.id
        await asyncio.sleep(0)  # what came along with it is heard first
        if self._typed.get(who) != query.id:
            return
        decision = self._decide(update, cost=KEYSTROKE)
        try:
            if decision.ruling is Ruling.ANSWER:
                async with self._turn(decision):
                    if self._typed.get(who) == query.id:
                        await self._suggest(query)
            elif decision.ruling is Ruling.NOTICE:
                button = to_bot(str(phrases.TYPED_TOO_OFTEN), "help")
                async with translated():
                    await query.answer([], cache_time=0, is_personal=True, button=button)
        except PublishError as error:
            # The person has typed on or gone away ("query is too old"), and what they type next asks anew.
            log.debug("late answer to typed words", reason=str(error))
        finally:
            if self._typed.get(who) == query.id:
                del self._typed[who]

    async def _suggest(self, query: InlineQuery) -> None:
        offset = int(query.offset) if query.offset.isascii() and query.offset.isdigit() else 0
        typed = await self._desk.typed(query.query, min(offset, MOST_OFFSET))
        # Telegram may keep the answer for this person, if not for long; to others it may be worded in their language.
        async with translated():
            await query.answer(
                [article_result(one) for one in typed.results],
                cache_time=KEPT_BY_TELEGRAM,
                is_personal=True,
                next_offset=str(typed.more) if typed.more else "",
                button=to_bot(typed.note, typed.link) if typed.note else None,
            )

    async def _channel_post(self, update: Update, _: Context) -> None:
        post = update.channel_post
        if post is not None:
            await self._desk.saw_post(str(post.chat.id), post.message_id)

    async def _failed(self, update: object, context: Context) -> None:
        """Say so to the person, and log it: what the world did as a line, a bug with its traceback."""
        error = context.error
        if isinstance(error, TelegramError | PublishError):
            meaning = translate(error) if isinstance(error, TelegramError) else error
            log.warning("answer not sent", reason=str(meaning))
            return
        if isinstance(error, StoreError):
            log.warning("no answer from the store", reason=str(error))
        else:
            log.error("answering failed", exc_info=error)
        message = update.effective_message if isinstance(update, Update) else None
        if message is not None and message.chat.type != "channel":
            await message.reply_text(str(phrases.TROUBLE))


def _to_us(message: Message) -> bool:
    """Whether a command is meant for this bot: one in a group may name another, and then also be none of the library's."""
    named = _NAMED.match(message.text or "")
    return named is None or named[1].casefold() == (message.get_bot().username or "").casefold()


def _argument(message: Message) -> str:
    """What stands behind the command, with its quotes and spaces as they were written."""
    words = (message.text or "").split(maxsplit=1)
    return words[1].strip() if len(words) == 2 and words[0].startswith("/") else ""
