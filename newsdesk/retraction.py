"""Taking a post back: what has to be done where the story stands, waits or is under way.

Plain functions: `now` is an argument, every answer carries its reason.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from newsdesk.messages import Message, MessageState, Post, PostState

DELETABLE = timedelta(hours=48)
"""Older messages Telegram may refuse to delete, unless the bot may delete any."""
_TO_BE_SENT = (MessageState.QUEUED, MessageState.CLAIMED)


class Step(StrEnum):
    """What takes a post out of a chat."""

    DROP = "drop"
    """It is not out yet, and does not go out."""
    DELETE = "delete"
    """Its message is deleted."""
    EDIT = "edit"
    """Its line is taken out of a message that tells other stories, too."""
    BY_HAND = "by-hand"
    """It stands under a number that is not known: a person must delete it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraction:
    """What is to be done in one chat, and with which message. `old`: Telegram may refuse to delete it."""

    chat: str
    step: Step
    message: Message | None = None
    old: bool = False


def take_back(post: Post, message: Message | None, others: Collection[int], now: datetime) -> Retraction | None:
    """What takes the post back that `message` carries (None: no message does), beside `others` that stay.

    None when there is nothing to take back: it is neither out nor on its way. What was taken back and stands all the
    same, because Telegram refused, may be tried again.
    """
    if post.state in (PostState.FAILED, PostState.DROPPED):
        return None
    if message is None or message.state is MessageState.FAILED:
        return Retraction(chat=post.chat, step=Step.DROP)
    return take_out(message, others, now)


def take_out(message: Message, others: Collection[int], now: datetime) -> Retraction:
    """What takes a story out of a message that did not fail and shows `others` besides."""
    chat = message.chat
    if message.state in _TO_BE_SENT:
        # Whoever sends it shows only what was not taken back; alone, it need not even be tried.
        return Retraction(chat=chat, step=Step.DROP, message=None if others else message)
    if message.state is MessageState.SENT and message.message_id is None:
        return Retraction(chat=chat, step=Step.BY_HAND, message=message)
    if others:
        return Retraction(chat=chat, step=Step.EDIT, message=message)
    return Retraction(chat=chat, step=Step.DELETE, message=message, old=is_old(message, now))


def is_old(message: Message, now: datetime) -> bool:
    """Whether Telegram may refuse to delete it for its age alone."""
    return now - (message.changed or now) > DELETABLE


def not_deletable(target: Message | None) -> str:
    """Why a message is not to be deleted (any more); "" when it is, now or as soon as its fate is known."""
    if target is None:
        return "what it takes back is gone"
    if target.state is MessageState.FAILED or target.state in _TO_BE_SENT:
        return "what it takes back is not sent"
    if target.state is MessageState.SENT and target.message_id is None:
        return "the number of what it takes back is not known in this chat"
    return ""
