"""Delivery decisions: when a message may go, what becomes of it after each outcome, and after a restart.

Plain functions: `now` and the jitter are arguments, every answer carries its reason. The rules follow Telegram's
published limits (core.telegram.org/bots/faq: one message a second in a chat, twenty a minute in a group) and the
one fact that shapes everything: a send cannot be repeated safely unless it certainly did not happen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from newsdesk.errors import DestinationGone, OutcomeUnknown, PublishError, Rejected, RetryLater
from newsdesk.messages import SEND, Card, ChatState, Message, MessageState, Post
from newsdesk.routes import PREVIEW, Route

MOST_REMEMBERED = 40
"""How many send times of a chat are kept: more than the pace asks for."""
BACK_OFF_FIRST = timedelta(seconds=1)
BACK_OFF_MOST = timedelta(minutes=5)
GONE_FIRST = timedelta(minutes=15)
GONE_MOST = timedelta(hours=1)
BACKLOG = 30
"""More stories than that are not sent one by one to a chat that could not be sent to for a while."""
BACKLOG_MOST = 25
"""Stories that one message of a bundled backlog carries at most."""
ROW_AHEAD = 100
"""By so many numbers a private chat's newest message may lie back until that of all private chats counts instead."""
SILENCE = timedelta(minutes=10)
"""A chat that nothing was sent to for so long, although something waited, could not be sent to."""
EDIT_QUIET = timedelta(minutes=3)
"""An edit waits until nothing more has come to its post for so long …"""
EDIT_LATEST = timedelta(minutes=10)
"""… but not longer than this, so that a story which many outlets join is edited once or twice."""
EDITABLE = timedelta(hours=48)
"""Older posts stay as they are: nobody reads them any more, and Telegram lets a bot find them less and less well."""
HELD_AGAIN = timedelta(minutes=15)
"""When to see again whether a message of unknown fate stands, so that it can be edited."""
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


@dataclass(frozen=True, slots=True)
class Rest:
    """Telegram asked the whole bot to ask nothing until then; `since` is when it said so."""

    since: datetime
    until: datetime
    reason: str

    def holds(self, now: datetime) -> bool:
        """Whether it lasts. Before its own beginning (the clock was set back) it is not known, and asked anew."""
        return self.since <= now < self.until


def rested(chat: ChatState, now: datetime, rest: Rest | None = None) -> Turn:
    """When neither the chat nor the whole bot rests any more. The preview is none of Telegram's."""
    turn = Turn(now)
    if chat.rest_until is not None and chat.rest_until > now:
        turn = Turn(chat.rest_until, chat.reason or "the chat rests")
    if rest is not None and rest.holds(now) and rest.until > turn.at and chat.chat != PREVIEW:
        turn = Turn(rest.until, rest.reason)
    return turn


def next_turn(chat: ChatState, now: datetime, pace: Pace = POLITE, rest: Rest | None = None) -> Turn:
    """When the chat may get its next message: after all rests and at a polite pace. The preview needs no pace.

    Sends in the future (the clock was set back) count as never made, so that no clock can silence a chat for long.
    """
    turn = rested(chat, now, rest)
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


def known_before(own: int | None, row: int) -> int | None:
    """Behind which number a message to a person is looked for that is about to be sent.

    `own` is the newest number known in that private chat, `row` in any. Telegram numbers all private chats of a bot in
    one row, so where `own` lies far back the newest of all is as good a bound, and leaves few numbers to look at.
    """
    return row if own is not None and row - own > ROW_AHEAD else own


def choose(
    queued: Sequence[Message], sources: Mapping[int, Collection[str]], recent: Sequence[str], now: datetime
) -> Message | None:
    """Which queued message of one chat goes next: of the source least served lately, the oldest.

    `sources` names the sources of each message (by number), `recent` those of the last messages sent (see
    `fairness`). Within a source the order of queueing is kept: a message that may not go yet holds back the later
    ones of all its sources.
    """
    served = Counter(recent)
    able = [
        (served[fairness(sources.get(message.id, ()))], message.id, message)
        for message in _heads(queued, sources)
        if message.not_before <= now
    ]
    return min(able, key=lambda row: row[:2])[2] if able else None


def next_time(queued: Sequence[Message], sources: Mapping[int, Collection[str]]) -> datetime | None:
    """When the next of the queued messages may go: of those that wait for themselves, not behind their source's others."""
    return min((message.not_before for message in _heads(queued, sources)), default=None)


def fairness(sources: Collection[str]) -> str:
    """By what name a message of these sources is counted when sources take turns: round-ups are one of their own."""
    return next(iter(sources)) if len(sources) == 1 else ""


def _heads(queued: Sequence[Message], sources: Mapping[int, Collection[str]]) -> Iterator[Message]:
    """The messages that stand behind none of their own sources, oldest first."""
    seen: set[str] = set()
    for message in sorted(queued, key=lambda message: message.id):
        names = set(sources.get(message.id, ())) or {""}
        if not names & seen:
            yield message
        seen |= names


def backlog(
    queued: Sequence[Message],
    sources: Mapping[int, Collection[str]],
    kinds: Collection[str],
    chat: ChatState,
    now: datetime,
    rest: Rest | None = None,
) -> list[Message]:
    """Which messages of a chat that may be sent to again are better bundled than sent one by one, oldest first.

    Those of these kinds whose time has come, when they are more than BACKLOG and the chat could not be sent to: the
    whole bot had to rest since the last send, or nothing went for SILENCE. A message that may not go yet, or is of
    another kind, keeps its source's later ones out: bundled, they would overtake it. Empty when nothing is to be done.
    """
    last = max((at for at in chat.sends if at <= now), default=None)
    able: list[Message] = []
    kept: set[str] = set()
    for message in sorted(queued, key=lambda message: message.id):
        names = set(sources.get(message.id, ()))
        if message.kind in kinds and message.not_before <= now and not names & kept:
            able.append(message)
        else:
            kept |= names
    if len(able) <= BACKLOG or chat.chat == PREVIEW:
        return []
    flooded = rest is not None and rest.until <= now and (last is None or last < rest.until)
    waited = now - max(able[0].not_before, last or able[0].not_before)
    return able if flooded or waited >= SILENCE else []


# --- edits: posts that stand are kept current, without a sound ---------------------------------------------------------


def worth_an_edit(message: Message, *, joined: bool = False, title: bool = False, summary: bool = False) -> bool:
    """Whether a message that stands is edited for this: a further outlet, another headline, another summary.

    A post is for each. A round-up is only for a headline: it was a look at one moment, which outlets that join later do
    not change, and its lines show no summaries; but a headline that its outlet took back must not stand on.
    """
    return joined or title or summary if message.kind == SEND else title


def not_editable(message: Message, now: datetime, *, takes_back: bool = False) -> str:
    """Why a message cannot be edited (any more); "" when it can, now or as soon as its fate is known.

    What takes a story back is never too late, as long as it is known what the message shows.
    """
    if message.state is MessageState.FAILED:
        return "what it edits was never sent"
    if message.state in (MessageState.QUEUED, MessageState.CLAIMED):
        return "what it edits is still to be sent, and will say it itself"
    if message.state is MessageState.SENT and message.message_id is None:
        return "the number of what it edits is not known in this chat"
    if takes_back and message.state is MessageState.SENT and not message.content:
        return "what it edits is so old that its words are not kept any more"
    if not takes_back and now - (message.changed or now) > EDITABLE:
        return f"what it edits is older than {EDITABLE // timedelta(hours=1)} hours"
    return ""


def edit_due(first: datetime, now: datetime) -> datetime:
    """When an edit goes whose first reason came at `first` and its newest now."""
    return max(now, min(now + EDIT_QUIET, first + EDIT_LATEST))


def edit_pace(pace: Pace) -> Pace:
    """Edits take at most half of a chat's pace, whatever took the rest: new posts find room."""
    return replace(pace, most=max(1, pace.most // 2))


def choose_deletion(queued: Sequence[Message], now: datetime) -> Message | None:
    """Which deletion of a chat goes next, before all else: the one asked for first."""
    able = [message for message in queued if message.is_deletion and message.not_before <= now]
    return min(able, key=lambda message: message.id, default=None)


def choose_edit(queued: Sequence[Message], now: datetime) -> Message | None:
    """Which edit of a chat goes next: the one that has been due for longest."""
    able = [message for message in queued if message.not_before <= now]
    return min(able, key=lambda message: (message.not_before, message.id), default=None)


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
    LEAVE = "leave"
    """The person whose private chat it is has closed it: nothing is written to them until they come back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do, from when on, and why.

    `rest` makes the whole chat wait until `at`, `everywhere` the whole bot; `tell` means that the operator hears of
    it; `moved_to` is the chat's new number where Telegram named one.
    """

    move: Move
    reason: str
    at: datetime
    rest: bool = False
    everywhere: bool = False
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
        if error.after is not None:
            return Decision(move=Move.RETRY, reason=reason, at=now + _flood(error.after, jitter), everywhere=True)
        return Decision(move=Move.RETRY, reason=reason, at=now + back_off(message.attempts, jitter), rest=True)
    if isinstance(error, DestinationGone) and error.moved_to is not None:
        return Decision(move=Move.RETRY, reason=reason, at=now, tell=True, moved_to=error.moved_to)
    if isinstance(error, DestinationGone):
        already = is_gone(chat)
        wait = min(GONE_FIRST * (1 << min(message.attempts, 10)), GONE_MOST)
        return Decision(move=Move.RETRY, reason=_GONE + reason, at=now + wait, rest=True, tell=not already)
    if isinstance(error, Rejected):
        if error.plain_may_pass and not plain:
            return Decision(move=Move.PLAIN, reason=reason, at=now)
        return Decision(move=Move.FAIL, reason=reason, at=now, tell=True)
    # OutcomeUnknown, and whatever publishing may raise that has no rule of its own: not knowing is the safe reading.
    return Decision(move=Move.LOOK, reason=reason, at=_settled(message, now, settle))


def is_gone(chat: ChatState) -> bool:
    """Whether the chat is known to take nothing from the bot."""
    return chat.reason.startswith(_GONE)


def gone(chat: ChatState, reason: str, now: datetime) -> ChatState:
    """The chat takes nothing now, with the reason: it rests, and is tried again later."""
    return replace(chat, rest_until=now + GONE_FIRST, reason=_GONE + reason)


def after_edit_error(
    error: PublishError, message: Message, *, now: datetime, settle: timedelta, jitter: float = 0.5, plain: bool = False
) -> Decision:
    """What becomes of an edit that raised. It may be repeated, so nothing is looked up; and the chat never waits for it.

    An unknown outcome is tried again when the first try has certainly ended, so that an old version cannot arrive after
    a newer one. An edit that is refused ends: the post stays as it is.
    """
    reason = str(error) or type(error).__name__
    if isinstance(error, RetryLater) and error.after is not None:
        return Decision(move=Move.RETRY, reason=reason, at=now + _flood(error.after, jitter), everywhere=True)
    if isinstance(error, RetryLater):
        return Decision(move=Move.RETRY, reason=reason, at=now + back_off(message.attempts, jitter))
    if isinstance(error, DestinationGone):
        wait = min(GONE_FIRST * (1 << min(message.attempts, 10)), GONE_MOST)
        moved = error.moved_to
        return Decision(
            move=Move.RETRY, reason=reason, at=now if moved else now + wait, tell=moved is not None, moved_to=moved
        )
    if isinstance(error, Rejected):
        move = Move.PLAIN if error.plain_may_pass and not plain else Move.FAIL
        return Decision(move=move, reason=reason, at=now)
    at = max(_settled(message, now, settle), now + back_off(message.attempts, jitter))
    return Decision(move=Move.RETRY, reason=reason, at=at)


def after_deletion_error(
    error: PublishError, message: Message, *, now: datetime, settle: timedelta, jitter: float = 0.5
) -> Decision:
    """What becomes of a deletion that raised. It may be repeated as an edit may, but somebody waits for it: that the chat
    takes nothing is told at once, and a deletion that will not be made is told in any case.
    """
    decision = after_edit_error(error, message, now=now, settle=settle, jitter=jitter, plain=True)
    if decision.move is Move.FAIL:
        return replace(decision, tell=True)
    if isinstance(error, DestinationGone) and error.moved_to is None:
        given_up = now - message.created > EDITABLE
        return replace(decision, move=Move.FAIL if given_up else Move.RETRY, tell=given_up or not message.attempts)
    return decision


def after_own_error(
    error: PublishError,
    message: Message,
    chat: ChatState,
    *,
    now: datetime,
    settle: timedelta,
    jitter: float = 0.5,
    plain: bool = False,
) -> Decision:
    """The same for what goes to a person for their own alerts, sent, edited or deleted.

    Whoever closed the chat is left alone; any other refusal may be Telegram's trouble, and is tried again. Operators do
    not hear of people's chats: there is nothing that they could do.
    """
    if isinstance(error, DestinationGone) and error.left:
        return Decision(move=Move.LEAVE, reason=str(error), at=now)
    if message.is_deletion:
        decision = after_deletion_error(error, message, now=now, settle=settle, jitter=jitter)
    elif message.is_edit:
        decision = after_edit_error(error, message, now=now, settle=settle, jitter=jitter, plain=plain)
    else:
        decision = after_error(error, message, chat, now=now, settle=settle, jitter=jitter, plain=plain)
    return replace(decision, tell=False)


def _flood(asked: timedelta, jitter: float) -> timedelta:
    """Exactly what Telegram asked for, and up to a second more; at least a second."""
    return max(asked, BACK_OFF_FIRST) + timedelta(seconds=jitter)


def back_off(attempts: int, jitter: float) -> timedelta:
    """1, 2, 4 … 300 seconds, each up to half longer by the jitter, so that many senders do not move in step."""
    doubled = BACK_OFF_FIRST * (1 << min(attempts, 12))
    return min(doubled, BACK_OFF_MOST) * (1 + jitter / 2)


def in_flight(message: Message, now: datetime, settle: timedelta) -> Decision:
    """What to do with a message that is claimed or sending while nobody works on it: after a restart, or a lost reply.

    A claimed one never left: its content is written down before the call. A sending one may have; an edit is simply made
    again.
    """
    if message.state is MessageState.CLAIMED:
        return Decision(move=Move.RETRY, reason="claimed, but never sent", at=now)
    if message.is_edit:
        return Decision(move=Move.RETRY, reason="no answer came to the edit", at=_settled(message, now, settle))
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
        if error.after is not None:
            return Decision(move=Move.LOOK, reason=reason, at=now + _flood(error.after, jitter), everywhere=True)
        return Decision(move=Move.LOOK, reason=reason, at=now + back_off(3 + message.attempts, jitter), rest=True)
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
