"""People who leave: by asking to be forgotten, or by being silent for long. What is deleted is also cleaned off the files."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import structlog

from bot.threads import StoreThreads
from newsdesk.messages import FAREWELL
from newsdesk.people import IDLE, IDLE_TOLD, Fate, fate
from newsdesk.ports import Writing

log = structlog.get_logger()

_UNCLEAN = "to scrub"
"""The fact that something was deleted which may still stand in the files."""
_AT_ONCE = 100
_TRIES = 10
"""A search or a look at the list is over in a moment; whoever reads for longer is waited for by the next tidying."""


async def forget(store: StoreThreads, person: int, now: datetime) -> bool:
    """Let go of everything of the person, in the files too; False when that last step is still to come (see `clean`)."""

    def delete(tx: Writing) -> None:
        if tx.forget_person(person, now):
            leave_traces(tx)

    await store.write(delete)
    return await clean(store)


def leave_traces(tx: Writing) -> None:
    """Note that something was deleted which still stands in the files, so that they are cleaned."""
    tx.remember(_UNCLEAN, "1")


async def clean(store: StoreThreads) -> bool:
    """Clean the files of what was deleted, if anything was; False when readers keep it for now."""
    if not await store.read(lambda view: view.remembered(_UNCLEAN)):
        return True
    for _ in range(_TRIES):
        if await store.scrub():
            break
    else:
        return False
    await store.write(lambda tx: tx.remember(_UNCLEAN, ""))
    return True


async def let_go(store: StoreThreads, now: datetime) -> None:
    """Tell people who were not heard for long what will happen, and forget those who stayed silent after that."""
    told = gone = 0
    silent = await store.read(lambda view: view.idle_people(now - (IDLE - IDLE_TOLD), 10 * _AT_ONCE))
    for begin in range(0, len(silent), _AT_ONCE):
        numbers = [person.id for person in silent[begin : begin + _AT_ONCE]]
        fates = await store.write(lambda tx, numbers=numbers: [_let_go(tx, number, now) for number in numbers])  # type: ignore[misc]
        told += fates.count(Fate.IS_TOLD)
        gone += fates.count(Fate.IS_FORGOTTEN)
    if told or gone:
        log.info("people who were not heard for long", told=told, forgotten=gone)
    await clean(store)


def _let_go(tx: Writing, number: int, now: datetime) -> Fate:
    person = tx.person(number)
    if person is None:
        return Fate.STAYS
    decided = fate(person, now)
    if decided is Fate.IS_TOLD:
        tx.queue_message(chat=person.chat, kind=FAREWELL, posts=(), now=now, not_before=now)
        tx.keep_person(replace(person, warned=now))
    elif decided is Fate.IS_FORGOTTEN:
        tx.forget_person(number, now)
        leave_traces(tx)
    return decided
