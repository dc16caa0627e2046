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
            could_write=may_write(told.old_chat_member, told.chat.type),
            may_write=may_write(told.new_chat_member, told.chat.type),
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


def may_write(member: ChatMember, chat_type: str) -> bool:
    """Whether a member of that standing may post: in channels only administrators with that right."""
    if isinstance(member, ChatMemberOwner):
        return True
    if isinstance(member, ChatMemberAdministrator):
        return chat_type != Chat.CHANNEL or bool(member.can_post_messages)
    if isinstance(member, ChatMemberRestricted):
        return member.is_member and member.can_send_messages
    return isinstance(member, ChatMemberMember) and chat_type != Chat.CHANNEL
