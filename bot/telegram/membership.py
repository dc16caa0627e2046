"""The bot's own place in a chat, as Telegram tells of it: let in, promoted, taken out, blocked by a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import structlog
from telegram import (
    Chat,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberMember,
    ChatMemberOwner,
    ChatMemberRestricted,
    Update,
)
from telegram.ext import Application, ChatMemberHandler, ContextTypes

from bot.membership import take_change
from bot.threads import StoreThreads
from newsdesk.errors import StoreError
from newsdesk.membership import Meaning, Membership
from newsdesk.sources import SourceBook

log = structlog.get_logger()


class OwnPlace:
    """Hears of changes of the bot's own place. `book` gives the sources and routes as they are now."""

    def __init__(
        self,
        store: StoreThreads,
        book: Callable[[], SourceBook],
        admins: Sequence[int],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._book = book
        self._admins = frozenset(admins)
        self._clock = clock

    def install(self, app: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Register."""
        app.add_handler(ChatMemberHandler(self._changed, ChatMemberHandler.MY_CHAT_MEMBER))

    async def _changed(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        told = update.my_chat_member
        if told is None:
            return
        change = Membership(
            chat=str(told.chat.id),
            title=told.chat.effective_name or "",
            could_write=not obstacle(told.chat.type, told.old_chat_member),
            may_write=not obstacle(told.chat.type, told.new_chat_member),
            by=told.from_user.id,
        )
        chats = {route.chat for route in self._book().routes}
        try:
            found = await self._store.write(
                lambda tx: take_change(tx, change, chats=chats, admins=self._admins, now=self._clock())
            )
        except StoreError as error:
            # The next send learns it, too.
            log.warning("a change of the bot's place is not noted", reason=str(error))
            return
        if found not in (Meaning.NOTHING, Meaning.LEFT):  # no log names a private chat
            log.info("the bot's place in a chat", meaning=found.value, chat=change.chat)


def obstacle(kind: str, member: ChatMember) -> str:
    """Why a member of that standing may not post in a chat of that kind; "" when it may. In channels only administrators
    with that right do.
    """
    if isinstance(member, ChatMemberOwner):
        return ""
    if isinstance(member, ChatMemberAdministrator):
        if kind == Chat.CHANNEL and not member.can_post_messages:
            return "the bot is an admin without the right to post"
        return ""
    if kind == Chat.CHANNEL:
        return f"the bot is no admin there ({member.status})"
    if isinstance(member, ChatMemberRestricted) and member.is_member:
        return "" if member.can_send_messages else "the bot may not write there"
    return "" if isinstance(member, ChatMemberMember) else f"the bot is not in the group ({member.status})"
