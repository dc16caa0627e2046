"""Held messages: what a person may decide about one, by a button in chat or on the command line.

Buttons carry opaque tokens. What a token stands for (message, decision, who may use it, until when) is in the store,
under its hash; it is used up by the decision, and so are the others of the same message.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.render.tree import from_json, visible
from newsdesk.errors import StoreError
from newsdesk.messages import Message, MessageState
from newsdesk.ports import Reading, Writing

VALID = timedelta(hours=72)
PREFIX = "held:"
"""What the data of these buttons begins with."""
_TOKENS = "held tokens"
_MOST = 300


class Resolution(StrEnum):
    """What a person says about a message of unknown fate."""

    SENT = "sent"
    """It stands in the chat."""
    RESEND = "resend"
    """It does not: send it again."""
    DROP = "drop"
    """Never mind whether it does: do not send it again."""


class Press(StrEnum):
    """What became of a pressed button."""

    DONE = "done"
    STRANGER = "stranger"
    """Only operators may."""
    EXPIRED = "expired"
    """Unknown, used up or too old."""
    SETTLED = "settled"
    """The message is not held any more."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """What became of a press; `message` and `resolution` where the button was a good one."""

    press: Press
    message: Message | None = None
    resolution: Resolution | None = None


@dataclass(frozen=True, slots=True)
class _Grant:
    """What a token stands for; `until` in ISO 8601."""

    message: int
    resolution: str
    admins: tuple[int, ...]
    until: str


def resolve(tx: Writing, number: int, resolution: Resolution, now: datetime) -> Message:
    """Do what was decided about a held message; returns it as it was. Raises StoreError when it is not held."""
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
        tx.fail_message(number, reason="an operator gave it up", now=now)
    _save(tx, {key: grant for key, grant in _grants(tx).items() if grant.message != number})
    return message


def issue(
    tx: Writing,
    number: int,
    admins: Sequence[int],
    now: datetime,
    draw: Callable[[], str] = lambda: secrets.token_urlsafe(24),
) -> dict[Resolution, str]:
    """A button's data for each decision about the message, good for these people and VALID; none without people."""
    if not admins:
        return {}
    kept = {key: grant for key, grant in _grants(tx).items() if datetime.fromisoformat(grant.until) > now}
    tokens = {resolution: PREFIX + draw() for resolution in Resolution}
    for resolution, token in tokens.items():
        kept[_hash(token)] = _Grant(number, resolution.value, tuple(admins), (now + VALID).isoformat())
    _save(tx, dict(list(kept.items())[-_MOST:]))
    return tokens


def press(tx: Writing, token: str, person: int, admins: Iterable[int], now: datetime) -> Pressed:
    """Use a button: `person` must be one of those it was made for, and of the `admins` of today."""
    grant = _grants(tx).get(_hash(token))
    if person not in admins:
        return Pressed(Press.STRANGER)
    if grant is None or datetime.fromisoformat(grant.until) <= now:
        return Pressed(Press.EXPIRED)
    if person not in grant.admins:
        return Pressed(Press.STRANGER)
    resolution = Resolution(grant.resolution)
    message = tx.message(grant.message)
    if message is None or message.state is not MessageState.HELD:
        return Pressed(Press.SETTLED, message, resolution)
    return Pressed(Press.DONE, resolve(tx, grant.message, resolution, now), resolution)


def held(view: Reading, most: int = 1000) -> list[Message]:
    """The messages that wait for a person, oldest first."""
    return view.messages([MessageState.HELD], most)


def headline(view: Reading, message: Message) -> str:
    """The first line that the message shows, to find it in the chat by; "" where nothing of it is known."""
    if message.content:
        return visible(from_json(message.content)).split("\n", 1)[0]
    return next((card.article.title for card in view.cards(message.posts[:1])), "")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _grants(view: Reading) -> dict[str, _Grant]:
    rows = json.loads(view.remembered(_TOKENS) or "{}")
    grants = {key: _Grant(**row) for key, row in rows.items()}
    return {key: replace(grant, admins=tuple(grant.admins)) for key, grant in grants.items()}


def _save(tx: Writing, grants: dict[str, _Grant]) -> None:
    tx.remember(_TOKENS, json.dumps({key: asdict(grant) for key, grant in grants.items()}))
