"""Who speaks, and of what: the key by which people's questions are counted, what who asks too much is told, who may give
orders, and the address that a message names.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from typing import TypeGuard

from telegram import Chat, Message, Update, User
from telegram.constants import MessageEntityType

from bot.config.settings import SHARED_ACCOUNTS
from bot.render import phrases
from newsdesk.limits import Decision, Reason


def asker(update: Update) -> Hashable:
    """Whom an update is counted for: the person, or the chat in whose name it was sent."""
    message = update.message
    if message is not None and message.sender_chat is not None:
        return ("chat", message.sender_chat.id)
    user = update.effective_user
    return user.id if user is not None else None


def refusal(decision: Decision) -> str:
    """What is said to somebody whose question is not answered now."""
    return str(phrases.ASKED_TOO_OFTEN) if decision.reason is Reason.PERSON else str(phrases.ASKED_BY_MANY)


def may_order(update: Update, admins: Collection[int]) -> bool:
    """Whether this comes from an operator: by the number of the account; a message also in private and in own words.

    Names can be taken by anybody. Accounts that many people speak through (anonymous group admins, channels,
    Telegram's own) are nobody, also when they stand among the admins; a forwarded message is somebody else's words.
    """
    query = update.callback_query
    if query is not None:
        # Telegram itself says who pressed, in any chat; nobody can press in another's name.
        return _is_admin(query.from_user, admins)
    message = update.message
    if message is None or message.chat.type != Chat.PRIVATE or not _own_words(message):
        return False
    return _is_admin(message.from_user, admins) and message.from_user.id == message.chat.id


def _is_admin(user: User | None, admins: Collection[int]) -> TypeGuard[User]:
    return user is not None and not user.is_bot and user.id not in SHARED_ACCOUNTS and user.id in admins


def _own_words(message: Message) -> bool:
    return (
        message.sender_chat is None
        and message.forward_origin is None
        and not message.is_automatic_forward
        and message.via_bot is None
    )


def first_link(message: Message) -> str:
    """The first address in a message, behind words or written out."""
    for entity in message.entities or ():
        if entity.type == MessageEntityType.TEXT_LINK and entity.url:
            return entity.url
        if entity.type == MessageEntityType.URL:
            return message.parse_entity(entity)
    return ""
