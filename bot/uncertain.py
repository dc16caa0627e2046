"""Held messages: what a person may decide about one, by a button in chat or on the command line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot import grants
from bot.grants import Press
from bot.render.tree import from_json, visible
from newsdesk.errors import StoreError
from newsdesk.messages import Message, MessageState, NotSent
from newsdesk.people import is_private
from newsdesk.ports import Reading, Writing

VALID = timedelta(hours=72)
PREFIX = "held:"
"""What the data of these buttons begins with."""


class Resolution(StrEnum):
    """What a person says about a message of unknown fate."""

    SENT = "sent"
    """It stands in the chat."""
    RESEND = "resend"
    """It does not: send it again."""
    DROP = "drop"
    """Never mind whether it does: do not send it again."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """What became of a press; `message` and `resolution` where the button was a good one."""

    press: Press
    message: Message | None = None
    resolution: Resolution | None = None


def resolve(tx: Writing, number: int, resolution: Resolution, now: datetime, by: int = 0) -> Message:
    """Do what was decided `by` that person about a held message; returns it as it was. Raises StoreError when it is not
    held.

    What is given up does not come again with another outlet: it may stand in the chat.
    """
    message = tx.message(number)
    if message is None:
        raise StoreError(f"there is no message {number}; `lintas uncertain` lists those that wait for a decision")
    if message.state is not MessageState.HELD:
        raise StoreError(f"message {number} is not held any more: it is {message.state.value}")
    if resolution is Resolution.SENT:
        tx.mark_sent(number, telegram_id=None, now=now)
    elif resolution is Resolution.RESEND:
        tx.release_message(number, not_before=now, reason="an operator asked for it to be sent again")
    else:
        tx.fail_message(number, reason=NotSent.GIVEN_UP, now=now)
        tx.retract_posts(message.posts, by=by, at=now)
    grants.settle(tx, _matter(number))
    return message


def issue(
    tx: Writing,
    number: int,
    admins: Sequence[int],
    now: datetime,
    draw: Callable[[], str] = grants.draw_token,
) -> dict[Resolution, str]:
    """A button's data for each decision about the message, good for these people and VALID; none without people."""
    orders = [resolution.value for resolution in Resolution]
    tokens = grants.issue(tx, _matter(number), orders, admins, now, VALID, lambda: PREFIX + draw())
    return {Resolution(order): token for order, token in tokens.items()}


def press(tx: Writing, token: str, person: int, admins: Collection[int], now: datetime) -> Pressed:
    """Use a button: `person` must be one of those it was made for, and of the `admins` of today."""
    allowed, grant = grants.look(tx, token, person, admins, now)
    if grant is None:
        return Pressed(allowed)
    number, resolution = int(grant.matter.removeprefix(PREFIX)), Resolution(grant.order)
    message = tx.message(number)
    if message is None or message.state is not MessageState.HELD:
        return Pressed(Press.SETTLED, message, resolution)
    return Pressed(Press.DONE, resolve(tx, number, resolution, now, person), resolution)


def held(view: Reading, most: int = 1000) -> list[Message]:
    """The messages that wait for a person, oldest first; not those to people, whose chats nobody else can look into."""
    return [message for message in view.messages([MessageState.HELD], 10 * most) if not is_private(message.chat)][:most]


def headline(view: Reading, message: Message) -> str:
    """The first line that the message shows, to find it in the chat by; "" where nothing of it is known."""
    if message.content:
        return visible(from_json(message.content)).split("\n", 1)[0]
    return next((card.article.title for card in view.cards(message.posts[:1])), "")


def _matter(number: int) -> str:
    return f"{PREFIX}{number}"
