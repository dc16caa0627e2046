"""Deliver: bundle what waits, claim one message a chat, write down what is sent, send it, record what became of it.

Edits go the same way, behind all new posts, and deletions before them: they may be repeated, so an unknown outcome of one
is simply tried again.

The protocol that makes a story arrive once: the content and the newest known message id are committed *before* the
call; a failure that is certain puts the message back; an unknown outcome is looked up after it had time to settle;
where looking is impossible the message is held and an operator told. Every step may be cut off anywhere.

A process that was stalled and replaced meanwhile does none of this any more: the number under which it leads is checked
in each of these transactions, and once more, with the age of what it is about to send, when the request is about to
leave.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar

import structlog

from bot import lookbacks, notices, uncertain
from bot.contents import Contents, Form, contents, topic_of
from bot.fence import Fence, take_lead
from bot.notices import Notice
from bot.render import (
    digest_trees,
    from_json,
    phrases,
    retractphrases,
)
from bot.render.catalogues import HOME, speaking
from bot.render.tree import Button
from bot.standing import standing
from bot.threads import StoreThreads
from newsdesk.delivery import (
    BACKLOG_MOST,
    HELD_AGAIN,
    POLITE,
    Decision,
    Move,
    Pace,
    Rest,
    after_deletion_error,
    after_edit_error,
    after_error,
    after_failed_look,
    after_look,
    after_own_error,
    after_send_began,
    backlog,
    bundles,
    choose,
    choose_deletion,
    choose_edit,
    edit_pace,
    fairness,
    in_flight,
    known_before,
    next_time,
    next_turn,
    not_editable,
    pick,
    rested,
)
from newsdesk.errors import OutcomeUnknown, PublishError, RetryLater, StoreError, StoreHeld, StoreTrouble, TokenRefused
from newsdesk.messages import DIGEST, DIGEST_MORE, FAREWELL, SEND, Card, Message, MessageState, NotSent
from newsdesk.people import FORGOTTEN, Person, is_private
from newsdesk.ports import Publisher, Reading, Writing
from newsdesk.reports import DeliveryReport, Outcomes
from newsdesk.retraction import is_old, not_deletable
from newsdesk.routes import Route
from newsdesk.routing import quiet_until

log = structlog.get_logger()

ONCE_PATIENCE = timedelta(seconds=90)
TICK_PATIENCE = timedelta(seconds=2)
_IN_SIGHT = 1000
_FAIR_AMONG = 50
_RECENT = 20
_RIVAL = timedelta(seconds=1)
"""How long to stay away from a chat where another process is busy."""
FRESH = timedelta(seconds=30)
"""What was committed as being sent is sent within this, or not at all: whoever was stalled for longer does not know
what became of it meanwhile."""
CIRCLE = timedelta(hours=1)
"""How long a chat rests that Telegram says moved to a number that itself moved here."""
_NOTICE_AGAIN = timedelta(seconds=30)
_REST = "telegram rests"
_ROW = "newest private number"
"""Facts in the store: until when the whole bot rests; how far the numbers of all private chats have come."""
_NOTICES = " notices"
"""Among the workers: no chat is called so."""
PEOPLE_AT_ONCE = 10
"""Private chats that are served side by side, begun at most once a second: Telegram takes about thirty messages a second
from a bot, and channels and answers must find room.
"""
_PEOPLE_APART = 1.0

T = TypeVar("T")


class Tell(Protocol):
    """Reaches an operator."""

    async def __call__(self, notice: str, buttons: Sequence[Button] = ()) -> None:
        """Say it, with these buttons below. Raises PublishError."""


async def _nobody(notice: str, buttons: Sequence[Button] = ()) -> None:
    """Tells nobody: it stands in the log."""
    log.warning("operator notice", notice=notice, buttons=len(buttons))


def boot_clock() -> float:
    """Seconds of a clock that nobody sets, and that goes on while the machine is suspended, where there is one."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What delivering needs of its surroundings.

    `publisher_for` names the publisher of a chat. `routes` gives the routes as they are now. `summarise` chooses
    what a post quotes of its feed (at most two sentences). `tell` reaches an operator; `admins` are the people who may
    decide about held messages. `clock` gives UTC, `steady` seconds that nobody can set, `sleep` waits, `jitter` draws
    from [0, 1). `bot` is the bot's user name, "" while it is not known. `settle` is how long an unknown outcome is left alone before it is looked up, `fresh` how old a
    commit may be when its request leaves.
    """

    store: StoreThreads
    publisher_for: Callable[[str], Publisher]
    clock: Callable[[], datetime]
    settle: timedelta
    summarise: Callable[[Card], str]
    routes: Callable[[], Sequence[Route]] = tuple
    tell: Tell = _nobody
    admins: Sequence[int] = ()
    fresh: timedelta = FRESH
    pace: Pace = POLITE
    steady: Callable[[], float] = boot_clock
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = random.random
    bot: Callable[[], str] = str


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
    """What is to be done in one chat: a message to look for, one to send, many to bundle, or when to come back."""

    look: Message | None = None
    send: Message | None = None
    bundle: bool = False
    sources: Mapping[int, frozenset[str]] = field(default_factory=dict)
    again: datetime | None = None


class Deliverer:
    """Delivers tick by tick, or a whole round at once. One instance a process; not for several event loops."""

    def __init__(self, delivery: Delivery) -> None:
        self._needs = delivery
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._recent: dict[str, deque[str]] = {}
        self._sources: dict[str, Mapping[int, frozenset[str]]] = {}
        self._fence: Fence | None = None
        self._moved: list[str] = []
        self._tell_from: datetime | None = None
        self._closing = False
        self._sent, self._failed = Counter[bool](), Counter[bool]()
        """What came of messages, apart by whether they are edits."""

    async def tick(self) -> None:
        """Start what may go now, in chats where nothing is under way, and return without waiting for it.

        Raises what a former tick's work raised: TokenRefused, StoreHeld when another process took the lead, or a bug.
        Any other StoreError is logged and tried again.
        """
        self._reap()
        await self._lead()
        await self._bundle(self._needs.clock())
        doubtful = await self._in_doubt()
        for chat in await self._chats():
            waits = is_private(chat) and (
                chat not in doubtful if doubtful else sum(map(is_private, self._workers)) >= PEOPLE_AT_ONCE
            )
            if chat not in self._workers and not self._closing and not waits:
                self._workers[chat] = asyncio.create_task(self._work(chat, TICK_PATIENCE), name="deliver")
        if _NOTICES not in self._workers and not self._closing:
            self._workers[_NOTICES] = asyncio.create_task(self._say(), name="notices")

    async def round(self, patience: timedelta) -> DeliveryReport:
        """See `deliver_round`."""
        self._sent, self._failed = Counter(), Counter()
        await self._lead()
        await self._bundle(self._needs.clock())
        chats = await self._chats()
        while chats:
            self._moved.clear()
            await self._side_by_side([chat for chat in chats if not is_private(chat)], patience)
            await self._side_by_side(await self._in_doubt(), patience)
            people = [] if await self._in_doubt() else [chat for chat in chats if is_private(chat)]
            for begin in range(0, len(people), PEOPLE_AT_ONCE):
                if begin:
                    await self._needs.sleep(_PEOPLE_APART)
                await self._side_by_side(people[begin : begin + PEOPLE_AT_ONCE], patience)
            chats = list(dict.fromkeys(self._moved))
        await self._say()
        left = await self._needs.store.read(
            lambda view: view.messages([MessageState.QUEUED, MessageState.SENDING, MessageState.HELD], _IN_SIGHT)
        )
        edits = Outcomes(self._sent[True], sum(message.is_edit for message in left), self._failed[True])
        return DeliveryReport(sent=self._sent.total(), held=len(left), failed=self._failed.total(), edits=edits)

    async def _side_by_side(self, chats: Sequence[str], patience: timedelta) -> None:
        """Work in all of these; every chat gets its turn, also when the work in another one fails."""
        works = [self._work(chat, patience) for chat in chats]
        for outcome in await asyncio.gather(*works, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

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
                if is_private(chat):  # there may be very many of them
                    self._recent.pop(chat, None)
                    self._sources.pop(chat, None)
                error = worker.exception()
                if isinstance(error, StoreTrouble):
                    continue  # the store's health has said so
                if isinstance(error, StoreError) and not isinstance(error, StoreHeld):
                    log.warning("delivery waits for the store", chat=chat, reason=str(error))
                elif error is not None:
                    raise error

    async def _lead(self) -> Fence:
        """The number under which this process delivers: taken when it first does."""
        if self._fence is None:
            self._fence = await take_lead(self._needs.store)
        return self._fence

    async def _write(self, work: Callable[[Writing], T], *, insist: bool = False) -> T:
        """One transaction of the process that leads; raises StoreHeld when that is another by now.

        With `insist` for what has happened: tried until the store takes it.
        """
        fence = await self._lead()

        def fenced(tx: Writing) -> T:
            fence.check(tx)
            return work(tx)

        store = self._needs.store
        return await (store.insist(fenced) if insist else store.write(fenced))

    def _confirm(self) -> Callable[[], Awaitable[None]]:
        """A last look before a request leaves, to be made while it is about to: raises what keeps it from leaving."""
        begun, steady = self._needs.clock(), self._needs.steady()

        async def confirm() -> None:
            fence = await self._lead()
            await self._needs.store.read(fence.check)
            age = max(self._needs.clock() - begun, timedelta(seconds=self._needs.steady() - steady))
            if age > self._needs.fresh:
                raise OutcomeUnknown(f"stalled for {age.total_seconds():.0f} s before sending; not sent, looked up")

        return confirm

    async def _chats(self) -> list[str]:
        """The chats in which something is queued or under way, those that waited longest first, people's behind all."""
        now = self._needs.clock()
        return await self._needs.store.read(lambda view: view.busy_chats(now, _IN_SIGHT))

    async def _in_doubt(self) -> list[str]:
        """The private chats in which a send is of unknown fate and nobody is at work.

        Nothing is sent to other people until they are looked into: Telegram numbers all private chats in one row, and
        the fewer numbers pass, the surer a message is found.
        """
        sending = await self._needs.store.read(lambda view: view.messages([MessageState.SENDING], _IN_SIGHT))
        chats = (one.chat for one in sending if is_private(one.chat) and not one.is_edit)
        return [chat for chat in dict.fromkeys(chats) if chat not in self._workers]

    async def _bundle(self, now: datetime) -> None:
        """Make messages of the waiting posts whose time has come, and look back where a week is over."""
        routes = self._needs.routes()

        def due(view: Reading) -> bool:
            waits = bool(view.waiting_posts(now)) or lookbacks.is_due(view, routes, now)
            return waits and not standing(view).paused(now)

        def make(tx: Writing) -> None:
            _bundle(tx, routes, now)
            lookbacks.look_back(tx, routes, now)

        if await self._needs.store.read(due):
            await self._write(make)

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
        if sight.look is not None and sight.look.is_edit:
            await self._apply(sight.look, in_flight(sight.look, now, needs.settle), now)
        elif sight.look is not None:
            await self._look(sight.look, now)
        elif sight.bundle:
            await self._write(lambda tx: _bundle_backlog(tx, chat, now))
        elif sight.send is not None:
            if not sight.send.is_edit:
                recent.append(fairness(sight.sources.get(sight.send.id, frozenset())))
            if not await self._send(sight.send.id, now, plain=False):
                return now + _RIVAL
        else:
            return sight.again
        return now

    async def _send(self, number: int, now: datetime, *, plain: bool) -> bool:
        """Send one message and record the outcome; False when there was nothing to send after all."""
        needs = self._needs
        confirm = self._confirm()
        form = Form(needs.summarise, needs.bot(), plain, needs.routes())
        message = await self._write(lambda tx: _begin(tx, number, now, form, needs.admins))
        if message is None:
            return False
        publisher = needs.publisher_for(message.chat)
        try:
            if message.is_edit and message.message_id is not None:
                telegram_id = message.message_id
                if message.is_deletion:
                    await publisher.delete(message.chat, telegram_id, confirm)
                else:
                    await publisher.edit(message.chat, telegram_id, message.content, confirm)
            else:
                telegram_id = await publisher.send(message.chat, message.content, confirm)
        except TokenRefused as refusal:
            why = str(refusal)
            await self._write(lambda tx: tx.release_message(number, not_before=now, reason=why))
            raise
        except PublishError as error:
            await self._decide(message, error, now, plain=plain)
        else:
            await self._settle_sent(message, telegram_id, now)
        return True

    async def _decide(self, message: Message, error: PublishError, now: datetime, *, plain: bool) -> None:
        """Record what an unsuccessful send means, and send at once as plain text where that is the answer."""
        needs = self._needs
        settle, jitter = needs.settle, needs.jitter()
        state, owner = await needs.store.read(lambda view: (view.chat(message.chat), _owner(view, message.chat)))
        if owner is not None:
            decision = after_own_error(error, message, state, now=now, settle=settle, jitter=jitter, plain=plain)
        elif message.is_deletion:
            decision = after_deletion_error(error, message, now=now, settle=settle, jitter=jitter)
        elif message.is_edit:
            decision = after_edit_error(error, message, now=now, settle=settle, jitter=jitter, plain=plain)
        else:
            decision = after_error(error, message, state, now=now, settle=settle, jitter=jitter, plain=plain)
        await self._apply(message, decision, now)
        if decision.move is Move.PLAIN:
            await self._send(message.id, now, plain=True)

    async def _look(self, message: Message, now: datetime) -> None:
        """Find out what became of a send that nobody knows the end of."""
        fence = await self._lead()
        await self._needs.store.read(fence.check)
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
            if _is_forgotten(tx, message):
                return
            tx.mark_sent(message.id, telegram_id=telegram_id, now=now)
            if is_private(message.chat) and telegram_id > int(tx.remembered(_ROW) or 0):
                tx.remember(_ROW, str(telegram_id))
            state = tx.chat(message.chat)
            # That a post can be changed does not mean that a new one is taken.
            if not message.is_edit and (state.rest_until is not None or state.reason):
                tx.save_chat(replace(state, rest_until=None, reason=""))

        await self._write(record, insist=True)
        self._sent[message.is_edit] += 1
        log.info(
            "deleted" if message.is_deletion else "edited" if message.is_edit else "sent",
            message=message.id,
            chat=message.chat,
            telegram_id=telegram_id,
            posts=len(message.posts),
        )

    async def _apply(self, message: Message, decision: Decision, now: datetime) -> None:
        def record(tx: Writing) -> None:
            if not _is_forgotten(tx, message):
                _apply(tx, message, decision, now, self._needs.admins)

        await self._write(record)
        self._failed[message.is_edit] += decision.move in (Move.FAIL, Move.LEAVE)
        if decision.moved_to is not None:
            self._moved.append(decision.moved_to)
        log.warning(
            "not sent",
            message=message.id,
            chat=message.chat,
            move=decision.move.value,
            reason=decision.reason,
            until=decision.at.isoformat(),
        )

    async def _say(self) -> None:
        """Tell the operators what they were not told yet; that it fails must not disturb delivery."""
        now = self._needs.clock()
        waiting = await self._needs.store.read(lambda view: () if _rests(view, now) else tuple(notices.unsaid(view)))
        if not waiting or (self._tell_from is not None and self._tell_from > now):
            return
        for notice in waiting:
            try:
                await self._needs.tell(notice.text, [Button(label, data=data) for label, data in notice.buttons])
            except RetryLater as error:
                self._tell_from = now + _NOTICE_AGAIN
                if error.after is not None:
                    await self._rest(Rest(now, now + error.after, str(error)))
                return
            except PublishError as error:
                # Perhaps said, or never to be: once is enough, and the log has it.
                log.warning("operator not reached", reason=str(error))
            await self._write(partial(notices.said, notice=notice))

    async def _rest(self, rest: Rest) -> None:
        await self._write(lambda tx: _rest_everywhere(tx, rest))


def _look_around(
    view: Reading,
    chat: str,
    *,
    recent: Sequence[str],
    known: Mapping[int, frozenset[str]],
    now: datetime,
    settle: timedelta,
    pace: Pace,
) -> _Sight:
    """What is to be done in the chat. A message under way comes before any new one: one in flight per chat.

    In a pause only what takes something back is done, and what stands in its way.
    """
    state = view.chat(chat)
    rest = _rest(view)
    flying = view.messages([MessageState.SENDING], 1, chat=chat)
    queued = view.messages([MessageState.QUEUED], _IN_SIGHT, chat=chat)
    if standing(view).paused(now):
        queued = [message for message in queued if _takes_back(view, message, now)]
        if not queued and not any(_takes_back(view, message, now) for message in flying):
            return _Sight()
    if flying and flying[0].is_edit:
        return _Sight(look=flying[0])
    if flying:
        at = max(in_flight(flying[0], now, settle).at, rested(state, now, rest).at)
        return _Sight(look=flying[0]) if at <= now else _Sight(again=at)
    if not queued:
        return _Sight()
    turn = next_turn(state, now, pace, rest)
    if not turn.open(now):
        return _Sight(again=turn.at)
    deletion = choose_deletion(queued, now)
    if deletion is not None:
        return _Sight(send=deletion)
    near = [message for message in queued if not message.is_edit][:_FAIR_AMONG]
    sources = _sources(view, near, known)
    if backlog(near, sources, (SEND,), state, now, rest):
        return _Sight(sources=sources, bundle=True)
    chosen = choose(near, sources, recent, now)
    if chosen is not None:
        return _Sight(sources=sources, send=chosen)
    # Only when no new post may go: what stands is brought up to date.
    edits = [message for message in queued if message.is_edit]
    room = next_turn(state, now, edit_pace(pace), rest)
    edit = choose_edit(edits, now) if room.open(now) else None
    times = (next_time(near, sources), *(max(one.not_before, room.at) for one in edits))
    return _Sight(sources=sources, send=edit, again=min((time for time in times if time is not None), default=None))


def _takes_back(view: Reading, message: Message, now: datetime) -> bool:
    """Whether it deletes, or edits because a story was taken back."""
    return message.is_deletion or (message.is_edit and contents(view, message, now).less)


def _owner(view: Reading, chat: str) -> Person | None:
    """Whose private chat it is, where something is kept of that person."""
    return view.person(int(chat)) if is_private(chat) else None


def _sources(
    view: Reading, messages: Sequence[Message], known: Mapping[int, frozenset[str]]
) -> dict[int, frozenset[str]]:
    """The sources of each message's stories. Looks up only what is not known yet."""
    sources = {message.id: known[message.id] for message in messages if message.id in known}
    fresh = {post: message.id for message in messages if message.id not in known for post in message.posts}
    names: dict[int, set[str]] = {number: set() for number in fresh.values()}
    for card in view.cards(list(fresh)):
        names[fresh[card.post]].add(card.article.source)
    return sources | {number: frozenset(found) for number, found in names.items()}


def _rest(view: Reading) -> Rest | None:
    """Until when Telegram asked the whole bot to ask nothing."""
    text = view.remembered(_REST)
    if text is None:
        return None
    since, until, reason = json.loads(text)
    return Rest(datetime.fromisoformat(since), datetime.fromisoformat(until), reason)


def _rests(view: Reading, now: datetime) -> bool:
    rest = _rest(view)
    return rest is not None and rest.holds(now)


def _rest_everywhere(tx: Writing, rest: Rest) -> None:
    """Remember it, unless a longer one is known."""
    known = _rest(tx)
    if known is None or not known.holds(rest.since) or known.until < rest.until:
        tx.remember(_REST, json.dumps([rest.since.isoformat(), rest.until.isoformat(), rest.reason]))


def _bundle_backlog(tx: Writing, chat: str, now: datetime) -> None:
    """Put the stories that gathered while the chat could not be sent to into few messages, oldest first."""
    queued = [one for one in tx.messages([MessageState.QUEUED], _IN_SIGHT, chat=chat) if not one.is_edit]
    waiting = backlog(queued, _sources(tx, queued, {}), (SEND,), tx.chat(chat), now, _rest(tx))
    if not waiting:
        return
    reason = f"bundled: {len(waiting)} stories waited while the chat could not be sent to"
    for message in waiting:
        tx.withdraw_message(message.id, reason=reason, now=now)
    cards = tx.cards([post for message in waiting for post in message.posts], standing(tx).silent(now))
    share = -(-len(cards) // -(-len(cards) // BACKLOG_MOST)) if cards else 1
    parts = [
        [card.post for card in carried]
        for start in range(0, len(cards), share)
        for _, carried in digest_trees(cards[start : start + share], at=now)
    ]
    _queue_round_up(tx, chat, parts, now)
    log.warning("backlog bundled", chat=chat, stories=len(cards), messages=len(parts), reason=reason)


def _queue_round_up(tx: Writing, chat: str, parts: Sequence[Sequence[int]], now: datetime) -> None:
    for number, posts in enumerate(parts):
        tx.queue_message(chat=chat, kind=DIGEST_MORE if number else DIGEST, posts=posts, now=now, not_before=now)


def _bundle(tx: Writing, routes: Sequence[Route], now: datetime) -> None:
    silent = standing(tx).silent(now)
    for bundle in bundles(tx.waiting_posts(now), routes):
        cards = tx.cards(bundle.posts, silent)
        kept, beyond = pick(cards, bundle.top)
        shown = {card.post for card in cards}
        tx.drop_posts([post for post in bundle.posts if post not in shown], NotSent.ARTICLE_GONE)
        tx.drop_posts([card.post for card in beyond], NotSent.LOWER)
        if len(kept) == 1:
            tx.queue_message(chat=bundle.chat, kind=SEND, posts=[kept[0].post], now=now, not_before=now)
            continue
        parts = [[card.post for card in carried] for _, carried in digest_trees(kept, at=now)]
        _queue_round_up(tx, bundle.chat, parts, now)


def _begin(tx: Writing, number: int, now: datetime, form: Form, admins: Sequence[int]) -> Message | None:
    """Claim the message, render it and write down what is about to be sent, in one transaction.

    None when there is nothing to send after all: a rival has it, its posts are gone, or it cannot be rendered.
    """
    message = tx.claim_message(chats_busy=(), now=now, only=number)
    if message is None:
        return None
    if message.is_deletion:
        return _begin_deletion(tx, message, now)
    owner = _owner(tx, message.chat)
    if owner is None:
        return _begin_claimed(tx, message, now, form, admins)
    awake = quiet_until(owner.quiet, owner.timezone, now)
    if awake is not None and not message.is_edit:
        tx.release_message(number, not_before=awake, reason="the person's quiet hours")
        return None
    with speaking(owner.language or owner.client or HOME):
        return _begin_claimed(tx, message, now, form, admins)


def _begin_claimed(tx: Writing, message: Message, now: datetime, form: Form, admins: Sequence[int]) -> Message | None:
    number, shown = message.id, contents(tx, message, now)
    if not shown.cards and message.kind != FAREWELL:
        tx.fail_message(number, reason="its posts are gone, or were taken back", now=now)
        return None
    if message.is_edit:
        return _begin_edit(tx, message, shown, now, form)
    try:
        topic = topic_of(tx, message, shown, form.routes)
        content = form.content(replace(form.tree(shown), topic=topic))
    except Exception as bug:
        # A message that cannot be rendered is a bug, but must not stand in the way of all others for ever.
        log.exception("cannot be rendered", message=number)
        reason = f"cannot be rendered: {bug!r}"
        tx.hold_message(number, reason=reason, now=now)
        if not is_private(message.chat):
            notices.add(tx, _held_notice(tx, message, reason, now, admins))
        return None
    return _mark_sending(tx, message, content, now)


def _mark_sending(tx: Writing, message: Message, content: str, now: datetime) -> Message:
    state = tx.chat(message.chat)
    known = state.last_message_id
    if is_private(message.chat):
        known = known_before(known, int(tx.remembered(_ROW) or 0))
    tx.mark_sending(message.id, content=content, last_known=known, now=now)
    tx.save_chat(after_send_began(state, now))
    return replace(
        message,
        state=MessageState.SENDING,
        content=content,
        last_known=known,
        changed=now,
    )


def _begin_edit(tx: Writing, message: Message, shown: Contents, now: datetime, form: Form) -> Message | None:
    """The same for an edit; the message that is returned has the number that is edited.

    None when it ends here: what it edits cannot be changed any more, or says already what it would.
    """
    target = None if message.edits is None else tx.message(message.edits)
    if target is None:
        tx.fail_message(message.id, reason="what it edits is gone", now=now)
        return None
    reason = not_editable(target, now, takes_back=shown.less)
    if reason:
        tx.fail_message(message.id, reason=reason, now=now)
        if shown.less:
            _tell_left(tx, message, target, reason)
        log.info("not edited", message=message.id, chat=message.chat, reason=reason)
        return None
    if target.state is not MessageState.SENT:
        tx.release_message(message.id, not_before=now + HELD_AGAIN, reason="what it edits is of unknown fate")
        return None
    try:
        content, stands = _new_version(target, shown, form)
    except Exception as bug:
        log.exception("cannot be rendered", message=message.id)
        tx.fail_message(message.id, reason=f"cannot be rendered: {bug!r}", now=now)
        return None
    if stands:
        tx.mark_sending(message.id, content=target.content, last_known=None, now=now)
        tx.mark_sent(message.id, telegram_id=target.message_id, now=now)
        log.info("says it already", message=message.id, chat=message.chat, telegram_id=target.message_id)
        return None
    return replace(_mark_sending(tx, message, content, now), message_id=target.message_id)


def _begin_deletion(tx: Writing, message: Message, now: datetime) -> Message | None:
    """The same for a deletion; the message that is returned has the number that is deleted.

    None when it ends here: there is nothing to delete, or nobody knows where it stands.
    """
    target = None if message.edits is None else tx.message(message.edits)
    reason = not_deletable(target)
    if target is None or reason:
        tx.fail_message(message.id, reason=reason, now=now)
        if target is not None and target.state is MessageState.SENT:
            _tell_left(tx, message, target, reason)
        log.info("not deleted", message=message.id, chat=message.chat, reason=reason)
        return None
    if target.state is not MessageState.SENT:
        tx.release_message(message.id, not_before=now + HELD_AGAIN, reason="what it takes back is of unknown fate")
        return None
    return replace(_mark_sending(tx, message, target.content, now), message_id=target.message_id)


def _tell_left(tx: Writing, message: Message, target: Message, reason: str) -> None:
    """Nobody can delete for a person what stands in their own chat, so of that nobody is told."""
    if not is_private(message.chat):
        notices.add(tx, _left_standing(tx, message, target, reason))


def _left_standing(tx: Reading, message: Message, target: Message, reason: str) -> Notice:
    """What the operators are told of something taken back that stands on all the same."""
    title = uncertain.headline(tx, target)
    old = message.is_deletion and is_old(target, message.changed or message.created)
    return Notice(
        retractphrases.left_standing(target.chat, target.message_id, title, reason, whole=message.is_deletion, old=old)
    )


def _new_version(target: Message, shown: Contents, form: Form) -> tuple[str, bool]:
    """What the message is to show, and whether it shows that already: a remark alone is no news."""
    old = from_json(target.content)

    def content(shown: Contents) -> str:
        return form.content(replace(form.tree(shown), answers=old.answers, silent=old.silent, topic=old.topic))

    return content(shown), target.content in (content(shown), content(shown.unremarked()))


def _is_forgotten(view: Reading, message: Message) -> bool:
    """Whether the person for whom it is was forgotten while it was on its way: nothing is recorded of it any more."""
    now = view.message(message.id)
    return now is None or (now.chat == FORGOTTEN and message.chat != FORGOTTEN)


def _apply(tx: Writing, message: Message, decision: Decision, now: datetime, admins: Sequence[int]) -> None:
    if decision.moved_to is not None and not tx.move_chat(message.chat, decision.moved_to):
        # It was there already: going round in circles helps nobody.
        decision = replace(decision, at=now + CIRCLE, rest=True, moved_to=None)
    if decision.move in (Move.RETRY, Move.PLAIN):
        tx.release_message(message.id, not_before=decision.at, reason=decision.reason)
    elif decision.move is Move.FAIL:
        tx.fail_message(message.id, reason=decision.reason, now=now)
    elif decision.move is Move.HOLD:
        tx.hold_message(message.id, reason=decision.reason, now=now)
    elif decision.move is Move.LEAVE:
        _leave_alone(tx, message, decision.reason, now)
    if decision.rest:
        tx.save_chat(replace(tx.chat(message.chat), rest_until=decision.at, reason=decision.reason))
    if decision.everywhere:
        _rest_everywhere(tx, Rest(now, decision.at, decision.reason))
    tell = decision.tell or (decision.move is Move.FAIL and _takes_back(tx, message, now))
    if tell and _owner(tx, message.chat) is None and not (message.is_deletion and is_private(message.chat)):
        notices.add(tx, _notice(tx, message, decision, now, admins))


def _leave_alone(tx: Writing, message: Message, reason: str, now: datetime) -> None:
    """Nothing more goes to the person, who has closed the chat, until they are heard again; nothing of theirs is lost."""
    tx.fail_message(message.id, reason=reason, now=now)
    tx.give_up_chat(message.chat, reason=reason, now=now)
    owner = _owner(tx, message.chat)
    if owner is not None:
        tx.keep_person(replace(owner, left=now))


def _notice(tx: Writing, message: Message, decision: Decision, now: datetime, admins: Sequence[int]) -> Notice:
    """What the operators are told of a decision."""
    if decision.moved_to is not None:
        return Notice(phrases.chat_moved(message.chat, decision.moved_to))
    if decision.move is Move.HOLD:
        return _held_notice(tx, message, decision.reason, now, admins)
    target = None if message.edits is None else tx.message(message.edits)
    if decision.move is Move.FAIL and target is not None:
        return _left_standing(tx, message, target, decision.reason)
    if decision.move is Move.FAIL:
        return Notice(phrases.message_failed(message.id, message.chat, decision.reason))
    return Notice(phrases.chat_gone(message.chat, decision.reason))


def _held_notice(tx: Writing, message: Message, reason: str, now: datetime, admins: Sequence[int]) -> Notice:
    """Of a held message, with a button for each decision where there are people who may take it."""
    tokens = uncertain.issue(tx, message.id, admins, now)
    text = phrases.message_held(message.id, message.chat, reason, uncertain.headline(tx, message), buttons=bool(tokens))
    return Notice(text, tuple((str(phrases.RESOLUTIONS[choice.value]), token) for choice, token in tokens.items()))
