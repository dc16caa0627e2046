"""What a change of the bot's own place in a chat means: who closed their chat, which chat of ours opened or closed, and which
new one an operator may want to post to.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from newsdesk.delivery import is_gone
from newsdesk.messages import ChatState
from newsdesk.people import is_private


@dataclass(frozen=True, slots=True)
class Membership:
    """The bot's place in a chat was changed by an account. `could_write` and `may_write` are before and after."""

    chat: str
    title: str
    could_write: bool
    may_write: bool
    by: int


class Meaning(StrEnum):
    """What is to be done about a change."""

    NOTHING = "nothing"
    LEFT = "left"
    """A person closed their chat: nothing is sent there until they are heard again."""
    CLOSED = "closed"
    """A chat of a route takes nothing any more: it rests, and operators are told."""
    OPENED = "opened"
    """A chat of a route that took nothing takes posts again: what waits goes now."""
    OFFERED = "offered"
    """An operator let the bot into a chat that no route names: they are told its number."""


def meaning(change: Membership, state: ChatState, *, chats: Collection[str], admins: Collection[int]) -> Meaning:
    """`chats` are those of the routes, `state` what delivery remembers of this one, `admins` the operators' accounts.

    That anybody else lets the bot into a chat of theirs is no operator's business: anybody can, with any chat. Before
    operators are named, whoever does it is setting the bot up.
    """
    if is_private(change.chat):
        return Meaning.NOTHING if change.may_write else Meaning.LEFT
    if change.chat in chats:
        if change.may_write:
            return Meaning.OPENED if is_gone(state) else Meaning.NOTHING
        return Meaning.NOTHING if is_gone(state) else Meaning.CLOSED
    offered = change.may_write and not change.could_write and (change.by in admins or not admins)
    return Meaning.OFFERED if offered else Meaning.NOTHING
