"""Deliver: bundle what waits, claim one message a chat, write down what is sent, send it, record what became of it.

The protocol that makes a story arrive once: the content and the newest known message id are committed *before* the
call; a failure that is certain puts the message back; an unknown outcome is looked up after it had time to settle;
where looking is impossible the message is held and an operator told. Every step may be cut off anywhere.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from bot.render import Tree, digest_tree, digest_trees, phrases, plain_tree, post_tree, to_json
from bot.threads import StoreThreads
from newsdesk.delivery import (
    POLITE,
    Decision,
    Move,
    Pace,
    after_error,
    after_failed_look,
    after_look,
    after_send_began,
    bundles,
    choose,
    in_flight,
    next_turn,
    pick,
)
from newsdesk.errors import PublishError, StoreError, TokenRefused
from newsdesk.messages import Card, ChatState, Message, MessageState
from newsdesk.ports import Publisher, Reading, Writing
from newsdesk.reports import DeliveryReport
from newsdesk.routes import Route

log = structlog.get_logger()

SEND = "send"
DIGEST = "digest"
DIGEST_MORE = "digest-more"
"""Kinds of message: one story, a round-up, and a round-up's continuation."""

ONCE_PATIENCE = timedelta(seconds=90)
TICK_PATIENCE = timedelta(seconds=2)
_IN_SIGHT = 1000
_FAIR_AMONG = 50
_RECENT = 20
_RIVAL = timedelta(seconds=1)
"""How long to stay away from a chat where another process is busy."""


async def _nobody(_: str) -> None:
    """Tells nobody: the log has it anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What delivering needs of its surroundings.

    `publisher_for` names the publisher of a chat. `routes` gives the routes as they are now. `summarise` chooses
    what a post quotes of its feed (at most two sentences). `tell` reaches an operator. `clock` gives UTC, `sleep`
    waits, `jitter` draws from [0, 1). `settle` is how long an unknown outcome is left alone before it is looked up.
    """

    store: StoreThreads
    publisher_for: Callable[[str], Publisher]
    clock: Callable[[], datetime]
    settle: timedelta
    summarise: Callable[[Card], str]
    routes: Callable[[], Sequence[Route]] = tuple
    tell: Callable[[str], Awaitable[None]] = _nobody
    pace: Pace = POLITE
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = random.random


async def deliver_round(delivery: Delivery, patience: timedelta = ONCE_PATIENCE) -> DeliveryReport:
    """Deliver until nothing may go within `patience`; chats side by side, one message at a time in each.

    Waits are made for the pace, for short rests and for unknown outcomes to settle, `patience` in all. Raises
    TokenRefused and StoreError; what could not be sent is in the store and in the report.
    """
    return await Deliverer(delivery).round(patience)


async def recover(store: StoreThreads, now: datetime) -> int:
    """On start-up, before the first round: put claimed messages back; returns how many.

    Call it only while holding the store. Messages found `sending` need nothing here: each round looks them up.
    """

    def release(tx: Writing) -> int:
        claimed = tx.messages([MessageState.CLAIMED], _IN_SIGHT)
        for message in claimed:
            decision = in_flight(message, now, timedelta(0))
            tx.release_message(message.id, not_before=decision.at, reason=decision.reason)
        return len(claimed)

    return await store.write(release)


@dataclass(frozen=True, slots=True)
class _Sight:
    """What is to be done in one chat: a message to look for, or one to send, or when to come back."""

    look: Message | None = None
    send: Message | None = None
    sources: Mapping[int, str] = field(default_factory=dict)
    again: datetime | None = None


class Deliverer:
    """Delivers tick by tick, or a whole round at once. One instance a process; not for several event loops."""

    def __init__(self, delivery: Delivery) -> None:
        self._needs = delivery
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._recent: dict[str, deque[str]] = {}
        self._sources: dict[str, Mapping[int, str]] = {}
        self._closing = False
        self._sent = 0
        self._failed = 0

    async def tick(self) -> None:
        """Start what may go now, in chats where nothing is under way, and return without waiting for it.

        Raises what a former tick's work raised: TokenRefused, or a bug. A StoreError is logged and tried again.
        """
        self._reap()
        await self._bundle(self._needs.clock())
        for chat in await self._chats():
            if chat not in self._workers and not self._closing:
                self._workers[chat] = asyncio.create_task(self._work(chat, TICK_PATIENCE), name=f"deliver {chat}")

    async def round(self, patience: timedelta) -> DeliveryReport:
        """See `deliver_round`."""
        self._sent = self._failed = 0
        await self._bundle(self._needs.clock())
        works = [self._work(chat, patience) for chat in await self._chats()]
        # Every chat gets its turn, also when the work in another one fails.
        for outcome in await asyncio.gather(*works, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome
        left = await self._needs.store.read(
            lambda view: len(view.messages([MessageState.QUEUED, MessageState.SENDING, MessageState.HELD], _IN_SIGHT))
        )
        return DeliveryReport(sent=self._sent, held=left, failed=self._failed)

    async def close(self, timeout: float = 10) -> None:
        """Claim nothing more, let what is being sent finish for `timeout` seconds, then cut it off.

        What is cut off is found `sending` later, and looked up.
        """
        self._closing = True
        workers = list(self._workers.values())
        if not workers:
            return
        _, late = await asyncio.wait(workers, timeout=timeout)
        for worker in late:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    def _reap(self) -> None:
        for chat, worker in list(self._workers.items()):
            if worker.done():
                del self._workers[chat]
                error = worker.exception()
                if isinstance(error, StoreError):
                    log.warning("delivery waits for the store", chat=chat, reason=str(error))
                elif error is not None:
                    raise error

    async def _chats(self) -> list[str]:
        """The chats in which something is queued or under way, those that waited longest first."""
        messages = await self._needs.store.read(
            lambda view: view.messages([MessageState.QUEUED, MessageState.SENDING], _IN_SIGHT)
        )
        return list(dict.fromkeys(message.chat for message in messages))

    async def _bundle(self, now: datetime) -> None:
        """Make messages of the waiting posts whose time has come."""
        if await self._needs.store.read(lambda view: view.waiting_posts(now)):
            routes = self._needs.routes()
            await self._needs.store.write(lambda tx: _bundle(tx, routes, now))

    async def _work(self, chat: str, patience: timedelta) -> None:
        """Do what there is to do in one chat, as long as no wait is longer than what is left of `patience`."""
        now = self._needs.clock()
        while not self._closing:
            # A clock that stands still (a round at a given moment) must not make waiting endless: what was slept
            # has passed.
            now = max(now, self._needs.clock())
            again = await self._step(chat, now)
            if again is None:
                return
            pause = again - now
            if pause > patience:
                return
            if pause > timedelta(0):
                patience -= pause
                await self._needs.sleep(pause.total_seconds())
                now = again

    async def _step(self, chat: str, now: datetime) -> datetime | None:
        """Do the next thing; returns when to come back, None when nothing is left to do."""
        recent = self._recent.setdefault(chat, deque(maxlen=_RECENT))
        known = self._sources.get(chat, {})
        needs = self._needs
        sight = await needs.store.read(
            lambda view: _look_around(
                view, chat, recent=tuple(recent), known=known, now=now, settle=needs.settle, pace=needs.pace
            )
        )
        self._sources[chat] = sight.sources
        if sight.look is not None:
            await self._look(sight.look, now)
        elif sight.send is not None:
            recent.append(sight.sources.get(sight.send.id, ""))
            if not await self._send(sight.send.id, now, plain=False):
                return now + _RIVAL
        else:
            return sight.again
        return now

    async def _send(self, number: int, now: datetime, *, plain: bool) -> bool:
        """Send one message and record the outcome; False when there was nothing to send after all."""
        message = await self._needs.store.write(lambda tx: _begin(tx, number, now, self._needs.summarise, plain=plain))
        if message is None:
            return False
        publisher = self._needs.publisher_for(message.chat)
        try:
            telegram_id = await publisher.send(message.chat, message.content)
        except TokenRefused as refusal:
            why = str(refusal)
            await self._needs.store.write(lambda tx: tx.release_message(number, not_before=now, reason=why))
            raise
        except PublishError as error:
            await self._decide(message, error, now, plain=plain)
        else:
            await self._settle_sent(message, telegram_id, now)
        return True

    async def _decide(self, message: Message, error: PublishError, now: datetime, *, plain: bool) -> None:
        """Record what an unsuccessful send means, and send at once as plain text where that is the answer."""
        needs = self._needs
        state = await needs.store.read(lambda view: view.chat(message.chat))
        decision = after_error(error, message, state, now=now, settle=needs.settle, jitter=needs.jitter(), plain=plain)
        await self._apply(message, decision, now)
        if decision.move is Move.PLAIN:
            await self._send(message.id, now, plain=True)

    async def _look(self, message: Message, now: datetime) -> None:
        """Find out what became of a send that nobody knows the end of."""
        publisher = self._needs.publisher_for(message.chat)
        try:
            found = await publisher.find(message.chat, message.content, message.last_known)
        except TokenRefused:
            raise
        except PublishError as error:
            await self._apply(message, after_failed_look(error, message, now=now, jitter=self._needs.jitter()), now)
            return
        decision = after_look(found, message, now=now, jitter=self._needs.jitter())
        if found is not None:
            log.info("found", message=message.id, chat=message.chat, telegram_id=found)
            await self._settle_sent(message, found, now)
        else:
            await self._apply(message, decision, now)

    async def _settle_sent(self, message: Message, telegram_id: int, now: datetime) -> None:
        def record(tx: Writing) -> None:
            tx.mark_sent(message.id, telegram_id=telegram_id, now=now)
            state = tx.chat(message.chat)
            if state.rest_until is not None or state.reason:
                tx.save_chat(replace(state, rest_until=None, reason=""))

        await self._needs.store.write(record)
        self._sent += 1
        log.info("sent", message=message.id, chat=message.chat, telegram_id=telegram_id, posts=len(message.posts))

    async def _apply(self, message: Message, decision: Decision, now: datetime) -> None:
        await self._needs.store.write(lambda tx: _apply(tx, message, decision, now))
        self._failed += decision.move is Move.FAIL
        log.warning(
            "not sent",
            message=message.id,
            chat=message.chat,
            move=decision.move.value,
            reason=decision.reason,
            until=decision.at.isoformat(),
        )
        if decision.tell:
            await self._tell(message, decision)

    async def _tell(self, message: Message, decision: Decision) -> None:
        """Tell an operator; that it fails must not disturb delivery."""
        if decision.moved_to is not None:
            notice = phrases.chat_moved(message.chat, decision.moved_to)
        elif decision.move is Move.HOLD:
            notice = phrases.message_held(message.id, message.chat, decision.reason)
        elif decision.move is Move.FAIL:
            notice = phrases.message_failed(message.id, message.chat, decision.reason)
        else:
            notice = phrases.chat_gone(message.chat, decision.reason)
        try:
            await self._needs.tell(notice)
        except PublishError as error:
            log.warning("operator not reached", reason=str(error))


def _look_around(
    view: Reading,
    chat: str,
    *,
    recent: Sequence[str],
    known: Mapping[int, str],
    now: datetime,
    settle: timedelta,
    pace: Pace,
) -> _Sight:
    """What is to be done in the chat. A message under way comes before any new one: one in flight per chat."""
    state = view.chat(chat)
    turn = next_turn(state, now, pace)
    flying = [message for message in view.messages([MessageState.SENDING], _IN_SIGHT) if message.chat == chat]
    if flying:
        at = max(in_flight(flying[0], now, settle).at, _rested(state, now))
        return _Sight(look=flying[0]) if at <= now else _Sight(again=at)
    queued = [message for message in view.messages([MessageState.QUEUED], _IN_SIGHT) if message.chat == chat]
    if not queued:
        return _Sight()
    if not turn.open(now):
        return _Sight(again=turn.at)
    near = queued[:_FAIR_AMONG]
    sources = _sources(view, near, known)
    chosen = choose(near, sources, recent, now)
    if chosen is None:
        return _Sight(sources=sources, again=min(message.not_before for message in near))
    return _Sight(sources=sources, send=chosen)


def _rested(state: ChatState, now: datetime) -> datetime:
    return state.rest_until or now


def _sources(view: Reading, messages: Sequence[Message], known: Mapping[int, str]) -> dict[int, str]:
    """The source of each message that carries one story; "" for round-ups. Looks up only what is not known yet."""
    sources = {message.id: known.get(message.id, "") for message in messages}
    fresh = {m.posts[0]: m.id for m in messages if m.id not in known and len(m.posts) == 1}
    sources.update((fresh[card.post], card.article.source) for card in view.cards(list(fresh)))
    return sources


def _bundle(tx: Writing, routes: Sequence[Route], now: datetime) -> None:
    for bundle in bundles(tx.waiting_posts(now), routes):
        cards = tx.cards(bundle.posts)
        kept, beyond = pick(cards, bundle.top)
        shown = {card.post for card in cards}
        tx.drop_posts([post for post in bundle.posts if post not in shown], "its article is gone")
        tx.drop_posts([card.post for card in beyond], f"beyond the {bundle.top} stories of the round-up")
        if len(kept) == 1:
            tx.queue_message(chat=bundle.chat, kind=SEND, posts=[kept[0].post], now=now, not_before=now)
            continue
        for number, (_, carried) in enumerate(digest_trees(kept, at=now)):
            tx.queue_message(
                chat=bundle.chat,
                kind=DIGEST_MORE if number else DIGEST,
                posts=[card.post for card in carried],
                now=now,
                not_before=now,
            )


def _begin(tx: Writing, number: int, now: datetime, summarise: Callable[[Card], str], *, plain: bool) -> Message | None:
    """Claim the message, render it and write down what is about to be sent, in one transaction.

    None when there is nothing to send after all: a rival has it, its posts are gone, or it cannot be rendered.
    """
    message = tx.claim_message(chats_busy=(), now=now, only=number)
    if message is None:
        return None
    cards = tx.cards(message.posts)
    if not cards:
        tx.fail_message(number, reason="its posts are gone", now=now)
        return None
    try:
        tree = _render(message.kind, cards, now, summarise)
    except Exception as bug:
        # A message that cannot be rendered is a bug, but must not stand in the way of all others for ever.
        log.exception("cannot be rendered", message=number)
        tx.hold_message(number, reason=f"cannot be rendered: {bug!r}", now=now)
        return None
    content = to_json(plain_tree(tree) if plain else tree)
    state = tx.chat(message.chat)
    tx.mark_sending(number, content=content, last_known=state.last_message_id, now=now)
    tx.save_chat(after_send_began(state, now))
    return replace(
        message,
        state=MessageState.SENDING,
        content=content,
        last_known=state.last_message_id,
        changed=now,
    )


def _render(kind: str, cards: Sequence[Card], now: datetime, summarise: Callable[[Card], str]) -> Tree:
    if kind in (DIGEST, DIGEST_MORE):
        return digest_tree(cards, at=now, more=kind == DIGEST_MORE)
    return post_tree(cards[0], summarise(cards[0]))


def _apply(tx: Writing, message: Message, decision: Decision, now: datetime) -> None:
    if decision.move in (Move.RETRY, Move.PLAIN):
        tx.release_message(message.id, not_before=decision.at, reason=decision.reason)
    elif decision.move is Move.FAIL:
        tx.fail_message(message.id, reason=decision.reason, now=now)
    elif decision.move is Move.HOLD:
        tx.hold_message(message.id, reason=decision.reason, now=now)
    if decision.rest:
        tx.save_chat(replace(tx.chat(message.chat), rest_until=decision.at, reason=decision.reason))
