"""Posts and Messages: one story in one chat, and the sends that carry it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from newsdesk.articles import Article

SEND = "send"
DIGEST = "digest"
DIGEST_MORE = "digest-more"
WEEKLY = "weekly"
EDIT = "edit"
DELETE = "delete"
FAREWELL = "farewell"
"""Kinds of message: one story, a round-up, a round-up's continuation, a look back at a week, the new version of one of
these, and the taking back of one; and what a person is told who was not heard for long.
"""


class PostState(StrEnum):
    """waiting: for its digest or the end of quiet hours; queued: in a Message; then sent, failed or dropped."""

    WAITING = "waiting"
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


class NotSent(StrEnum):
    """Our own reasons why a post was dropped or failed, as they are kept; others are Telegram's words."""

    TAKEN_BACK = "an operator took it back"
    GIVEN_UP = "an operator gave it up"
    LOWER = "other stories of the round-up ranked higher"
    ARTICLE_GONE = "its article is gone"


class MessageState(StrEnum):
    """queued → claimed → sending → sent; or failed (will never be taken); or held (a person must look)."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One story in one chat, unique per (story, chat), with the route that won and the article that brought it.

    `message` is the newest send that carries it. `corrected` is when the outlet last changed the words that the post
    showed by then. `retracted` is when an operator took it back: no message shows it any more, and it does not come
    again; it counts as sent until what showed it is deleted or edited.
    """

    id: int
    story: int
    chat: str
    route: str
    article: int
    state: PostState
    due: datetime
    reason: str = ""
    message: int | None = None
    corrected: datetime | None = None
    retracted: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One send, edit or deletion in one chat, carrying one or more posts: what is queued, claimed, sent and looked up.

    `content` is the rendered message tree as JSON, written with the `sending` mark before the call, so that an
    unknown outcome can be looked up by what was really sent; of a message that was sent it is what stands in the chat
    now, edits included. `last_known` is the newest message id known in the chat at that moment; `message_id` is
    Telegram's number once sent. `edits` is the number of the message that an edit brings up to date, or a deletion takes
    back.
    """

    id: int
    chat: str
    kind: str
    posts: tuple[int, ...]
    state: MessageState
    created: datetime
    not_before: datetime
    attempts: int = 0
    content: str = ""
    last_known: int | None = None
    message_id: int | None = None
    changed: datetime | None = None
    reason: str = ""
    edits: int | None = None

    @property
    def is_edit(self) -> bool:
        """Whether it changes or deletes a message that stands already, so that it may be repeated and never adds one."""
        return self.edits is not None

    @property
    def is_deletion(self) -> bool:
        """Whether it takes a message back that stands already."""
        return self.kind == DELETE


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a post shows of its story: the article, its topics and countries, and what stands around it.

    `also` names further outlets (outlet, URL) that tell the same story; `follows` is the earlier story's
    (title, URL) where there is one, `answers` the Telegram number of that story's own post in the same chat: of the
    first one, where several follow each other. `corrected` is as in Post. `alerts` names the saved searches of a person
    that a post in their private chat is for. `stands` is the Telegram number of a message in the chat that tells the
    story; only a look back asks for it.
    """

    post: int
    story: int
    article: Article
    topics: tuple[str, ...]
    countries: tuple[str, ...]
    also: tuple[tuple[str, str], ...] = ()
    follows: tuple[str, str] | None = None
    answers: int | None = None
    corrected: datetime | None = None
    alerts: tuple[str, ...] = ()
    stands: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatState:
    """What delivery remembers of a chat: its newest known message id, and until when it must rest and why."""

    chat: str
    last_message_id: int | None = None
    rest_until: datetime | None = None
    reason: str = ""
    sends: tuple[datetime, ...] = ()
    """The times of the most recent sends, newest last: what the pace is judged by."""
