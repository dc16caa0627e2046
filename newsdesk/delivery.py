"""Delivery decisions: when a message may go, what becomes of it after each outcome, and after a restart.

Plain functions: `now` and the jitter are arguments, every answer carries its reason. The rules follow Telegram's
published limits (core.telegram.org/bots/faq: one message a second in a chat, twenty a minute in a group) and the
one fact that shapes everything: a send cannot be repeated safely unless it certainly did not happen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from newsdesk.errors import DestinationGone, OutcomeUnknown, PublishError, Rejected, RetryLater
from newsdesk.messages import Card, ChatState, Message, MessageState, Post
from newsdesk.routes import PREVIEW, Route

MOST_REMEMBERED = 40
"""How many send times of a chat are kept: more than the pace asks for."""
BACK_OFF_FIRST = timedelta(seconds=1)
BACK_OFF_MOST = timedelta(minutes=5)
GONE_FIRST = timedelta(minutes=15)
GONE_MOST = timedelta(hours=1)
_GONE = "takes nothing: "


@dataclass(frozen=True, slots=True)
class Pace:
    """At most `most` messages within `span`, and `apart` between two."""

    most: int = 20
    span: timedelta = timedelta(seconds=60)
    apart: timedelta = timedelta(seconds=1)


POLITE = Pace()


@dataclass(frozen=True, slots=True)
class Turn:
    """When a chat may get its next message, and why not earlier."""

    at: datetime
    reason: str = ""

    def open(self, now: datetime) -> bool:
        """Whether that is now."""
        return self.at <= now


def next_turn(chat: ChatState, now: datetime, pace: Pace = POLITE) -> Turn:
    """When the chat may get its next message: after its rest and at a polite pace. The preview needs no pace.

    Sends in the future (the clock was set back) count as never made, so that no clock can silence a chat for long.
    """
    turn = Turn(now)
    if chat.rest_until is not None and chat.rest_until > now:
        turn = Turn(chat.rest_until, chat.reason or "the chat rests")
    if chat.chat == PREVIEW:
        return turn
    sends = sorted(at for at in chat.sends if at <= now)
    if sends and sends[-1] + pace.apart > turn.at:
        turn = Turn(sends[-1] + pace.apart, f"messages are {pace.apart.total_seconds():g} s apart")
    if len(sends) >= pace.most and sends[-pace.most] + pace.span > turn.at:
        turn = Turn(sends[-pace.most] + pace.span, f"at most {pace.most} in {pace.span.total_seconds():g} s")
    return turn


def after_send_began(chat: ChatState, now: datetime) -> ChatState:
    """The chat with one more send on its record; a send counts from its beginning, whatever becomes of it."""
    return ChatState(
        chat=chat.chat,
        last_message_id=chat.last_message_id,
        rest_until=chat.rest_until,
        reason=chat.reason,
        sends=(*chat.sends, now)[-MOST_REMEMBERED:],
    )


def choose(
    queued: Sequence[Message], sources: Mapping[int, str], recent: Sequence[str], now: datetime
) -> Message | None:
    """Which queued message of one chat goes next: of the source least served lately, the oldest.

    `sources` names the source of each message (by number), `recent` those of the last messages sent. Within a
    source the order of queueing is kept: a message that may not go yet holds back its source's later ones.
    """
    heads: dict[str, Message] = {}
    for message in sorted(queued, key=lambda message: (message.created, message.id)):
        heads.setdefault(sources.get(message.id, ""), message)
    served = Counter(recent)
    able = [
        (served[source], message.created, message.id, message)
        for source, message in heads.items()
        if message.not_before <= now
    ]
    return min(able, key=lambda row: row[:3])[3] if able else None


class Move(StrEnum):
    """What to do with a message now."""

    RETRY = "retry"
    """Certainly not sent: back into the queue."""
    PLAIN = "plain"
    """Certainly not sent: once more at once, as plain text."""
    LOOK = "look"
    """Perhaps sent: look for it in the chat from `at` on."""
    SENT = "sent"
    FAIL = "fail"
    """It will never be taken; the queue moves on."""
    HOLD = "hold"
    """A person must look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do, from when on, and why.

    `rest` makes the whole chat wait until `at`; `tell` means that the operator hears of it; `moved_to` is the
    chat's new number where Telegram named one.
    """

    move: Move
    reason: str
    at: datetime
    rest: bool = False
    tell: bool = False
    moved_to: str | None = None


def after_error(
    error: PublishError,
    message: Message,
    chat: ChatState,
    *,
    now: datetime,
    settle: timedelta,
    jitter: float = 0.5,
    plain: bool = False,
) -> Decision:
    """What becomes of a message whose send raised. `jitter` is in [0, 1); `plain` if it was sent as plain text.

    After a certain failure the chat rests as a whole, so that a later message cannot overtake an earlier one.
    """
    reason = str(error) or type(error).__name__
    if isinstance(error, RetryLater):
        wait = back_off(message.attempts, jitter) if error.after is None else error.after * (1 + jitter / 20)
        return Decision(move=Move.RETRY, reason=reason, at=now + max(wait, BACK_OFF_FIRST), rest=True)
    if isinstance(error, DestinationGone):
        already = chat.reason.startswith(_GONE)
        wait = min(GONE_FIRST * (1 << min(message.attempts, 10)), GONE_MOST)
        return Decision(
            move=Move.RETRY,
            reason=_GONE + reason,
            at=now + wait,
            rest=True,
            tell=not already,
            moved_to=error.moved_to,
        )
    if isinstance(error, Rejected):
        if error.plain_may_pass and not plain:
            return Decision(move=Move.PLAIN, reason=reason, at=now)
        return Decision(move=Move.FAIL, reason=reason, at=now, tell=True)
    # OutcomeUnknown, and whatever publishing may raise that has no rule of its own: not knowing is the safe reading.
    return Decision(move=Move.LOOK, reason=reason, at=_settled(message, now, settle))


def back_off(attempts: int, jitter: float) -> timedelta:
    """1, 2, 4 … 300 seconds, each up to half longer by the jitter, so that many senders do not move in step."""
    doubled = BACK_OFF_FIRST * (1 << min(attempts, 12))
    return min(doubled, BACK_OFF_MOST) * (1 + jitter / 2)


def in_flight(message: Message, now: datetime, settle: timedelta) -> Decision:
    """What to do with a message that is claimed or sending while nobody works on it: after a restart, or a lost reply.

    A claimed one never left: its content is written down before the call. A sending one may have.
    """
    if message.state is MessageState.CLAIMED:
        return Decision(move=Move.RETRY, reason="claimed, but never sent", at=now)
    return Decision(move=Move.LOOK, reason="no answer came to the send", at=_settled(message, now, settle))


def _settled(message: Message, now: datetime, settle: timedelta) -> datetime:
    """When Telegram has certainly done with the send, one way or the other; `changed` is when it began."""
    return min(message.changed or now, now) + settle


def after_look(found: int | None, message: Message, *, now: datetime, jitter: float = 0.5) -> Decision:
    """What becomes of a message that was looked for: `found` is its number in the chat, None when it is not there.

    The first repeat goes at once; later ones wait longer and longer, the chat with them.
    """
    if found is not None:
        return Decision(move=Move.SENT, reason=f"found in the chat as {found}", at=now)
    wait = back_off(message.attempts, jitter) if message.attempts else timedelta(0)
    return Decision(move=Move.RETRY, reason="looked for and not in the chat", at=now + wait, rest=bool(wait))


def after_failed_look(error: PublishError, message: Message, *, now: datetime, jitter: float = 0.5) -> Decision:
    """What becomes of a message that could not be looked for: look again later, or leave it to a person."""
    reason = str(error) or type(error).__name__
    if isinstance(error, RetryLater):
        wait = back_off(3 + message.attempts, jitter) if error.after is None else error.after * (1 + jitter / 20)
        return Decision(move=Move.LOOK, reason=reason, at=now + max(wait, BACK_OFF_FIRST), rest=True)
    if isinstance(error, OutcomeUnknown | DestinationGone | Rejected):
        return Decision(move=Move.HOLD, reason=reason, at=now, tell=True)
    return Decision(move=Move.LOOK, reason=reason, at=now + GONE_FIRST, rest=True, tell=True)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Waiting posts of one route in one chat whose time has come together. `top` None means all of them."""

    chat: str
    route: str
    posts: tuple[int, ...]
    top: int | None


def bundles(waiting: Sequence[Post], routes: Sequence[Route]) -> list[Bundle]:
    """Put waiting posts together by chat and route; a route that is gone from the file bundles without a limit."""
    tops = {route.id: route.digest.top for route in routes if route.digest is not None}
    together: dict[tuple[str, str], list[int]] = {}
    for post in waiting:
        together.setdefault((post.chat, post.route), []).append(post.id)
    return [Bundle(chat, route, tuple(posts), tops.get(route)) for (chat, route), posts in together.items()]


def pick(cards: Sequence[Card], top: int | None) -> tuple[list[Card], list[Card]]:
    """The stories that a round-up carries, newest first, and those beyond its `top`.

    Kept first are those that most outlets tell, then those of most topics, then the newest.
    """
    ranked = sorted(
        cards, key=lambda card: (len(card.also), len(card.topics), card.article.at, card.article.id), reverse=True
    )
    kept = ranked if top is None else ranked[:top]
    return sorted(kept, key=lambda card: (card.article.at, card.article.id), reverse=True), ranked[len(kept) :]
