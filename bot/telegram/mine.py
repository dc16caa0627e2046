"""What is a person's own, in Telegram: only in the private chat; elsewhere a button leads there."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog
from telegram import Chat, ChatMember, Message, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    TypeHandler,
    filters,
)

from bot.chat.mine import MineDesk
from bot.chat.privacy import PrivacyDesk
from bot.chat.settings import SettingsDesk
from bot.chat.who import Document, Reply, Who, heard
from bot.render import Tree
from bot.render import ownphrases as words
from bot.render.catalogues import language_for
from bot.render.own import STAY
from bot.render.tree import Button, line
from bot.telegram.people import asker, refusal
from bot.telegram.saying import acknowledge, reply, show
from newsdesk.errors import StoreError
from newsdesk.limits import PRESS, QUESTION, Limits, Ruling

log = structlog.get_logger()

START = "mine"
"""What a deep link brings that leads to a person's list."""
_EARLY = -1
"""The group of handlers that hear every update before it is answered."""

Context = ContextTypes.DEFAULT_TYPE
Answer = Callable[[Who, str], Awaitable[Tree | Document]]


class OwnCommands:
    """Answers what people ask for themselves. `limits` are shared with the other commands; `clock` counts seconds."""

    def __init__(
        self,
        desk: MineDesk,
        settings: SettingsDesk,
        privacy: PrivacyDesk,
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._desk = desk
        self._settings = settings
        self._privacy = privacy
        self._limits = limits
        self._clock = clock

    def install(self, app: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Register; before the handlers of everybody's commands and buttons."""
        desk = self._desk
        answers: dict[str, Answer] = {
            "alert": desk.alert,
            "subscribe": desk.subscribe,
            "unsubscribe": desk.unsubscribe,
            "mine": lambda who, _: desk.mine(who),
            "settings": self._settings.settings,
            "privacy": lambda who, _: self._privacy.privacy(who),
            "forget": lambda who, _: self._privacy.ask_to_forget(who),
            "export": lambda who, _: self._privacy.export(who),
        }
        own = filters.UpdateType.MESSAGE & filters.TEXT & ~filters.FORWARDED & ~filters.VIA_BOT
        # Aside: an answer, and above all the acknowledgement of a press, does not wait for what is noted.
        app.add_handler(TypeHandler(Update, self._hear, block=False), group=_EARLY)
        for name, answer in answers.items():
            app.add_handler(CommandHandler(name, self._replying(answer), filters=own))
        by_link = own & filters.ChatType.PRIVATE & filters.Regex(rf"^/start {START}$")
        app.add_handler(MessageHandler(by_link, self._replying(lambda who, _: desk.mine(who))))
        app.add_handler(CallbackQueryHandler(self._press, pattern=self._knows))

    @property
    def _desks(self) -> tuple[MineDesk | SettingsDesk | PrivacyDesk, ...]:
        return self._desk, self._settings, self._privacy

    def _knows(self, data: object) -> bool:
        return data == STAY or any(desk.knows(str(data)) for desk in self._desks)

    async def _hear(self, update: Update, _: Context) -> None:
        """Whoever writes or presses in private is here: what was kept for somebody who had left comes again."""
        place = update.my_chat_member
        blocked = place is not None and place.new_chat_member.status == ChatMember.BANNED
        who = None if blocked else _who(update)
        if who is not None:
            with contextlib.suppress(StoreError):  # the answer itself will say that the store is in trouble
                await heard(self._desk.store, who, self._desk.clock())

    def _replying(self, answer: Answer) -> Callable[[Update, Context], Coroutine[Any, Any, None]]:
        async def handle(update: Update, context: Context) -> None:
            message = update.effective_message
            if message is None:
                return
            decision = self._limits.ask(asker(update), self._clock(), QUESTION)
            if decision.ruling is Ruling.NOTICE:
                await message.reply_text(refusal(decision), allow_sending_without_reply=True)
            if decision.ruling is not Ruling.ANSWER:
                return
            who = _who(update)
            said = _elsewhere(context.bot.username) if who is None else await answer(who, _argument(message))
            await _say(message, said)

        return handle

    async def _press(self, update: Update, _: Context) -> None:
        """Do what the button says, then acknowledge it with what became of it and show the list as it is now."""
        query = update.callback_query
        if query is None:
            return
        decision = self._limits.ask(asker(update), self._clock(), PRESS)
        who = _who(update)
        if decision.ruling is not Ruling.ANSWER:
            await acknowledge(query, refusal(decision))
            return
        if who is None:
            await acknowledge(query, str(words.ONLY_IN_PRIVATE), alert=True)
            return
        data = query.data or ""
        known = next((desk for desk in self._desks if desk.knows(data)), None)
        # Of a button that says no more than that its person is here, hearing it was all.
        pressed = Reply(None, str(words.STAYS)) if known is None else await known.press(who, data)
        await acknowledge(query, pressed.toast)
        if pressed.tree is not None:
            await show(query, pressed.tree)


async def _say(message: Message, said: Tree | Document) -> None:
    if isinstance(said, Document):
        await message.reply_document(said.content, filename=said.name, caption=said.caption)
    else:
        await reply(message, said)


def _who(update: Update) -> Who | None:
    """Who writes or presses in a private chat of their own with the bot; None for everything else."""
    user, chat = update.effective_user, update.effective_chat
    if user is None or user.is_bot or chat is None or chat.type != Chat.PRIVATE or chat.id != user.id:
        return None
    message = update.effective_message
    return Who(user.id, language_for(user.language_code), message.message_id if message is not None else None)


def _argument(message: Message) -> str:
    """What stands behind the command, with its quotes as they were written."""
    parts = (message.text or "").split(maxsplit=1)
    return parts[1].strip() if len(parts) == 2 else ""


def _elsewhere(bot: str) -> Tree:
    """In a group: what is a person's own is not for everybody to see."""
    button = Button(str(words.TO_PRIVATE), url=f"https://t.me/{bot}?start={START}")
    return Tree((line(str(words.ONLY_IN_PRIVATE)),), buttons=((button,),))
