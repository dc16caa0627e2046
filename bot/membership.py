"""Act on a change of the bot's own place in a chat, in one transaction with what operators are told of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from bot import notices
from bot.notices import Notice
from bot.render import phrases
from newsdesk.delivery import gone
from newsdesk.membership import Meaning, Membership, meaning
from newsdesk.ports import Writing

_NO_PLACE = "the bot may not write there any more"


def take_change(
    tx: Writing, change: Membership, *, chats: Collection[str], admins: Collection[int], now: datetime
) -> Meaning:
    """Let a person's chat go, let a route's chat rest or go on, or tell operators of a new one; says which it was."""
    state = tx.chat(change.chat)
    found = meaning(change, state, chats=chats, admins=admins)
    match found:
        case Meaning.LEFT:
            person = tx.person(int(change.chat))
            if person is None:
                return Meaning.NOTHING
            tx.give_up_chat(change.chat, reason="the person closed the chat", now=now)
            tx.keep_person(replace(person, left=now))
        case Meaning.CLOSED:
            tx.save_chat(gone(state, _NO_PLACE, now))
            notices.add(tx, Notice(phrases.chat_gone(change.chat, str(phrases.NO_PLACE))))
        case Meaning.OPENED:
            tx.save_chat(replace(state, rest_until=None, reason=""))
            tx.hurry_chat(change.chat, now)
            notices.add(tx, Notice(phrases.chat_opened(change.chat)))
        case Meaning.OFFERED:
            notices.add(tx, Notice(phrases.chat_offered(change.title, change.chat)))
        case Meaning.NOTHING:
            pass
    return found
