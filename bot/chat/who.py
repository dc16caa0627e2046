"""Who asks for something of their own, what they get, and that they are here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.chat.codes import Code, Codes
from bot.render import Tree, phrases
from bot.threads import StoreThreads
from newsdesk.people import Person
from newsdesk.ports import Writing


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who writes or presses: the number of the account, the language of their Telegram client where it is one of
    ours, and the number of the message in the private chat that was heard.
    """

    id: int
    client: str | None = None
    message: int | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a press: what is shown in place of the message (None: it stays), and words that pass."""

    tree: Tree | None
    toast: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A file for somebody, and what is said below it."""

    name: str
    content: bytes
    caption: str


class Presses:
    """A desk whose buttons carry `codes`: `_answers` says, by their kind, what each does for whoever presses it."""

    __slots__ = ()
    codes: Codes

    def knows(self, data: str) -> bool:
        """Whether `press` has an answer for this button."""
        code = self.codes.read(data)
        return code is not None and code.kind in self._answers

    async def press(self, who: Who, data: str) -> Reply:
        """Do what the button says. Call it only with what `knows` knows."""
        code = self.codes.read(data)
        if code is None:
            return Reply(None, str(phrases.NO_LONGER))
        return await self._answers[code.kind](who, code)

    @property
    def _answers(self) -> Mapping[str, Callable[[Who, Code], Awaitable[Reply]]]:
        raise NotImplementedError


async def heard(store: StoreThreads, who: Who, now: datetime) -> Person | None:
    """Somebody was heard: a person of whom something is kept is here again; None for anybody else."""
    person = await store.read(lambda view: view.person(who.id))
    if person is None or _here(person, who, now) == person:
        return person
    return await store.write(lambda tx: None if tx.person(who.id) is None else note(tx, who, now))


def _day(now: datetime) -> datetime:
    """Until a person was last heard is kept to the day: more is nobody's business."""
    return datetime(now.year, now.month, now.day, tzinfo=UTC)


def _here(person: Person, who: Who, now: datetime) -> Person:
    return replace(person, seen=_day(now), client=who.client or person.client, left=None, warned=None)


def note(tx: Writing, who: Who, now: datetime) -> Person:
    """Keep that the person is here; makes them known who was not."""
    person = _here(tx.person(who.id) or Person(id=who.id, seen=now), who, now)
    tx.keep_person(person)
    if who.message is not None:
        # The newer the known number, the less has to be looked at when a send to the person is in doubt.
        state = tx.chat(person.chat)
        if who.message > (state.last_message_id or 0):
            tx.save_chat(replace(state, last_message_id=who.message))
    return person
