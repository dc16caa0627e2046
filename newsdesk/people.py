"""People who use the bot for themselves, and their alerts: what is kept of them, and what is theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from newsdesk.routes import Digest, QuietHours

HOME_ZONE = "Asia/Jakarta"
OWN = "own alerts"
"""The route of posts that go to a person for alerts of their own. No route of the operator's file can be called so."""


FORGOTTEN = "forgotten"
"""The chat that messages of a person who was forgotten are left with: nothing in them tells whose they were."""
IDLE = timedelta(days=90)
"""Of whoever was not heard for so long nothing is kept …"""
IDLE_TOLD = timedelta(days=7)
"""… and they are told that long before."""
MOST_ALERTS = 30
"""Saved searches of one person."""
LONGEST_NAME = 60
"""Letters of an alert's name."""


def is_private(chat: str) -> bool:
    """Whether that is the private chat with a person: Telegram numbers groups and channels below zero."""
    return chat.isascii() and chat.isdigit()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who chose or saved something; of everybody else nothing is kept.

    `id` is Telegram's number of the account, and of the private chat with it. `language` is what the person chose, None
    while it follows the Telegram client, whose language is `client` (None while not heard). Alerts come at once where
    `digest` is None, otherwise at its local times; not within the `quiet` hours. Both are in `timezone`.

    `seen` is when the person was last heard, to the day. `left` is since when nothing can be written to the private chat
    (blocked, closed account): nothing is, until the person is heard again. `warned` is when the person was told that
    everything will be deleted unless they are heard.
    """

    id: int
    seen: datetime
    language: str | None = None
    client: str | None = None
    digest: Digest | None = None
    quiet: QuietHours | None = None
    timezone: str = HOME_ZONE
    left: datetime | None = None
    warned: datetime | None = None

    @property
    def chat(self) -> str:
        """The private chat with the person, as messages name it."""
        return str(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A search that a person saved: what satisfies it from then on arrives in the private chat.

    A subscription is an alert whose query is a filter alone (`topic:film`). `name` is what it is called in lists and
    above what it brings. Numbers are never given twice, so that an old button cannot mean a newer alert.
    """

    id: int
    person: int
    name: str
    query: str
    created: datetime
    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A story that went, or is to go, to a person for alerts of their own; `sent` is when it went."""

    title: str
    url: str
    state: str
    due: datetime
    sent: datetime | None = None
    alerts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPost:
    """A story that is to go to a person for these alerts of their own; `waits` to be bundled at `due`."""

    chat: str
    due: datetime
    waits: bool
    alerts: tuple[int, ...]


class Fate(StrEnum):
    """What becomes of somebody who was not heard for long."""

    STAYS = "stays"
    IS_TOLD = "is told"
    IS_FORGOTTEN = "is forgotten"


def fate(person: Person, now: datetime) -> Fate:
    """Whether somebody was not heard for so long that they are to be told, or forgotten.

    Nobody is forgotten before they could answer; whoever cannot be written to is not told.
    """
    silent = now - person.seen
    told = person.warned is not None and now - person.warned >= IDLE_TOLD
    if silent >= IDLE and (told or person.left is not None):
        return Fate.IS_FORGOTTEN
    if silent >= IDLE - IDLE_TOLD and person.warned is None and person.left is None:
        return Fate.IS_TOLD
    return Fate.STAYS
