"""Who speaks: the key by which people's questions are counted, and who may give orders."""

from __future__ import annotations

from collections.abc import Collection, Hashable

from telegram import Chat, Message, Update, User

from bot.config.settings import SHARED_ACCOUNTS


def asker(update: Update) -> Hashable:
    """Whom an update is counted for: the person, or the chat in whose name it was sent."""
    message = update.message
    if message is not None and message.sender_chat is not None:
        return ("chat", message.sender_chat.id)
    user = update.effective_user
    return user.id if user is not None else None


def may_order(update: Update, admins: Collection[int]) -> bool:
    """Whether this comes from an operator: by the number of the account, in a private chat, in their own words.

    Names can be taken by anybody. Accounts that many people speak through (anonymous group admins, channels,
    Telegram's own) are nobody, also when they stand among the admins; a forwarded message is somebody else's words.
    """
    query = update.callback_query
    if query is not None:
        chat = query.message.chat if query.message is not None else None
        return _is_admin(query.from_user, chat, admins)
    message = update.message
    return message is not None and _own_words(message) and _is_admin(message.from_user, message.chat, admins)


def _is_admin(user: User | None, chat: Chat | None, admins: Collection[int]) -> bool:
    return (
        user is not None
        and chat is not None
        and chat.type == Chat.PRIVATE
        and chat.id == user.id
        and not user.is_bot
        and user.id not in SHARED_ACCOUNTS
        and user.id in admins
    )


def _own_words(message: Message) -> bool:
    return (
        message.sender_chat is None
        and message.forward_origin is None
        and not message.is_automatic_forward
        and message.via_bot is None
    )
