"""The operators' commands in Telegram: only in private, only from their own accounts. To others they do not exist."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

import structlog
from telegram import Message, MessageOriginChannel, Update
from telegram.error import BadRequest
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes, filters

from bot.grants import Press
from bot.orders import PREFIX, OrderDesk
from bot.render import Tree, phrases
from bot.retracting import Place
from bot.telegram.people import first_link, may_order
from bot.telegram.saying import acknowledge, reply
from newsdesk.errors import StoreError

log = structlog.get_logger()

_LONGEST = 3800
Answer = Callable[[int, str], Awaitable[Tree]]


class _FromOperator(filters.UpdateFilter):
    """Lets through what an operator says in private, in own words."""

    def __init__(self, admins: Sequence[int]) -> None:
        super().__init__()
        self._admins = frozenset(admins)

    def filter(self, update: Update) -> bool:
        return may_order(update, self._admins)


class OrderCommands:
    """Answers operators' commands with what the desk says, and takes the presses of its buttons."""

    def __init__(self, desk: OrderDesk) -> None:
        self._desk = desk

    def install(self, app: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Register; before the handlers of everybody's commands and buttons."""
        desk = self._desk
        answers: dict[str, Answer] = {
            "status": lambda _, __: desk.status(),
            "pause": desk.pause,
            "resume": lambda person, _: desk.resume(person),
            "mute": desk.mute,
            "unmute": lambda _, words: desk.unmute(words),
            "post": desk.post,
            "uncertain": lambda _, __: desk.uncertain(),
            "reload": lambda person, _: desk.reload(person),
        }
        allowed = _FromOperator(desk.admins)
        for name, answer in answers.items():
            app.add_handler(CommandHandler(name, self._replying(name, answer), filters=allowed))
        app.add_handler(CommandHandler("retract", self._retract, filters=allowed))
        app.add_handler(CallbackQueryHandler(self._press, pattern=f"^{PREFIX}"))

    def _replying(
        self, name: str, answer: Answer
    ) -> Callable[[Update, ContextTypes.DEFAULT_TYPE], Coroutine[Any, Any, None]]:
        async def handle(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
            message, person = update.effective_message, update.effective_user
            if message is None or person is None:
                return
            log.info("an operator's command", command=name, person=person.id)
            tree = await answer(person.id, " ".join(context.args or ()))
            await reply(message, tree)

        return handle

    async def _retract(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """What is taken back is named by number or address, or is the post that the order answers."""
        message, person = update.effective_message, update.effective_user
        if message is None or person is None:
            return
        log.info("an operator's command", command="retract", person=person.id)
        pointed, asked = message.reply_to_message, " ".join(context.args or ())
        link = first_link(pointed) if pointed is not None else ""
        tree = await self._desk.retract(person.id, asked or link, None if asked else _place(pointed))
        await reply(message, tree)

    async def _press(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        if query is None:
            return
        person = query.from_user
        try:
            outcome = await self._desk.press(query.data or "", person.id)
        except StoreError as error:
            log.warning("an order was not taken", reason=str(error))
            await acknowledge(query, str(phrases.TROUBLE), alert=True)
            return
        log.info("an operator's button", press=outcome.press.value, said=outcome.text, person=person.id)
        await acknowledge(query, outcome.text, alert=outcome.press is not Press.DONE)
        if outcome.press is Press.DONE and isinstance(query.message, Message):
            ending = f"{(query.message.text or '')[:_LONGEST]}\n\n{outcome.text}"
            with contextlib.suppress(BadRequest):  # somebody deleted it
                await query.edit_message_text(ending)


def _place(pointed: Message | None) -> Place | None:
    """Where the message stands that was forwarded into the private chat from a channel."""
    origin = None if pointed is None else pointed.forward_origin
    return Place(str(origin.chat.id), origin.message_id) if isinstance(origin, MessageOriginChannel) else None
