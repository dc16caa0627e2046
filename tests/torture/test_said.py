"""Replies of the Bot API × what is said in chat: each has its reaction, nothing is said twice, and the room stays open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from telegram.error import TelegramError

from bot.chat import ChatDesk
from bot.render import phrases
from bot.telegram import errors, listener
from bot.telegram import publisher as publishing
from bot.telegram import room as rooms
from bot.telegram.room import TelegramRoom
from bot.telegram.wire import make_request
from bot.threads import StoreThreads
from newsdesk.errors import OutcomeUnknown, PublishError, RetryLater
from newsdesk.limits import Allowance, Limits, Rate
from newsdesk.ports import Store
from newsdesk.routes import Route, TopicRule
from newsdesk.sources import Source, SourceBook
from storage import open_store
from tests.doubles.botapi import CHANNEL, TOKEN
from tests.doubles.newsroom import NOW, TOPICS, add
from tests.torture.frame import Figures, Size
from tests.torture.replies_table import ENDS_AN_EDIT, ROWS, Meaning, Row
from tests.torture.replies_wire import LATE, NEVER_LEFT, Reply, Replying

BOOK = SourceBook(
    sources=(Source(id="antara", name="ANTARA", url="https://antara.example/rss"),),
    routes=(Route(id="highlights", chat=str(CHANNEL), when=TopicRule(2, TOPICS)),),
)
PATIENT = 30.0
PLENTY = Allowance(person=Rate(1e6, 1e6), everybody=Rate(1e6, 1e6))
HERE = [row for row in ROWS if row.reply.way not in NEVER_LEFT]
"""All but those of connections that never stand, which look the same to chat and to delivery."""


class Place(StrEnum):
    """What is said, by the method that says it."""

    ANSWER = "sendMessage"
    PAGE = "editMessageText"
    PRESS = "answerCallbackQuery"
    TYPED = "answerInlineQuery"


@dataclass
class Chat:
    """A room whose sleeps take no time, and a person of their own for each case."""

    api: Replying
    slept: list[float] = field(default_factory=list)
    person: int = 90_000

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def newcomer(self) -> int:
        self.person += 1
        return self.person

    async def ask(self, person: int) -> str:
        """Ask something else, as another person, and wait for the answer: whatever was before it is over then."""
        await self.api.message("/topics", user=person)
        return str((await self.api.said(1, chat=person))[-1]["text"])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    kept = open_store(f"sqlite:///{tmp_path}/desk.db")
    for number in range(12):
        add(kept, f"Film <Korea> & kita {number}", summary=f"Produksi film bersama Korea, bagian {number}.")
    yield kept
    kept.close()


@pytest.fixture
async def chat(store: Store, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Chat]:
    monkeypatch.setattr(listener, "_BREATH", 0.0)
    monkeypatch.setattr(rooms, "make_request", lambda number, **_: make_request(number, LATE))
    async with Replying(TOKEN) as api, StoreThreads(store) as threads:
        desk = ChatDesk(store=threads, book=lambda: BOOK, topics=lambda: TOPICS, clock=lambda: NOW)
        stop, chat = asyncio.Event(), Chat(api)
        room = TelegramRoom(TOKEN, desk, api=api.base, sleep=chat.sleep, limits=Limits(PLENTY))
        running = asyncio.create_task(room.run(stop))
        await chat.ask(chat.newcomer())
        yield chat
        stop.set()
        await asyncio.wait_for(running, 10)


async def meet(chat: Chat, place: Place, row: Row) -> list[str]:
    """Let the reply come, and go on; what is wrong with what was said."""
    person, api = chat.newcomer(), chat.api
    if place in (Place.PAGE, Place.PRESS):
        await api.message("/latest", user=person)
        [page] = await api.said(1, chat=person)
        before, buttons = page["text"], page["reply_markup"]["inline_keyboard"]
    api.replies[place].append(_reply(row))
    chat.slept.clear()
    made = len(api.called(place))
    with capture_logs() as log:
        if place is Place.ANSWER:
            await api.message("/latest", user=person)
        elif place is Place.TYPED:
            await api.typed_at_once(["film korea"], user=person)
        else:
            await api.press(page, buttons[-1][-1]["callback_data"], user=person)
        await api.until(lambda: not api.replies[place])
        if place is Place.PRESS:
            await api.until(lambda: page["text"] != before)
        again = await settled(chat, place, made)
    wrong = [f"{one['event']}" for one in log if one["log_level"] in ("error", "critical")]
    if place is Place.PRESS:
        return wrong + ([] if page["text"] != before else ["the page did not turn"])
    if again != repeats(place, row):
        wrong.append(f"asked {again} times more, {repeats(place, row)} expected")
    if place is Place.ANSWER:
        stands = len([text for text in api.texts(person) if text.startswith("🕘")])
        due = repeats(place, row) or int(row.reply.does)
        wrong += [] if stands == due else [f"stands {stands} times"]
        if again and row.meaning is Meaning.FLOOD:
            wrong += [] if chat.slept == [max(row.wait, 0.0)] or not row.wait else [f"waited {chat.slept}"]
    return wrong


async def settled(chat: Chat, place: Place, made: int) -> int:
    """Once the room has answered somebody else, how many further calls the case took."""
    more = 1 if place is Place.ANSWER else 0
    answer = await chat.ask(chat.newcomer())
    assert str(phrases.TOPICS_TITLE) in answer
    return len(chat.api.called(place)) - made - 1 - more


def _reply(row: Row) -> Reply:
    """The row's reply; where a chat moved, with a number that it moved to."""
    if row.meaning is not Meaning.MOVED:
        return row.reply
    return replace(row.reply, body={**row.reply.body, "parameters": {"migrate_to_chat_id": -100_987}})


def repeats(place: Place, row: Row) -> int:
    """How often it is said again: after a flood wait that is worth it, and plainly where the markup was refused."""
    if place is Place.TYPED:
        return 0
    if row.meaning is Meaning.FLOOD:
        return int(row.wait <= PATIENT)
    if row.meaning not in (Meaning.MARKUP, Meaning.ABSENT):
        return 0
    return int(not any(words in row.name for words in ("message is not modified", *ENDS_AN_EDIT)))


@pytest.mark.parametrize("place", Place, ids=lambda place: place.name.lower())
async def test_every_reply_in_chat_has_its_reaction(chat: Chat, place: Place, size: Size, figures: Figures) -> None:
    """Certain refusals are said again once, where that helps; what may have arrived is not; the next one is answered."""
    rows = HERE if size.full else size.dice(place.name).sample(HERE, 16)
    wrong = [f"{row.name}: {fault}" for row in rows for fault in await meet(chat, place, row)]
    figures.put(**{f"{place.name.lower()}_replies": len(rows)})
    assert wrong == []


async def test_proof_saying_it_again_would_be_seen(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were what may have arrived taken for a refusal, answers would stand twice, and the same cases find it."""
    really = errors.translate

    def shifted(error: TelegramError) -> PublishError:
        meaning = really(error)
        return RetryLater(str(meaning), timedelta(0)) if isinstance(meaning, OutcomeUnknown) else meaning

    monkeypatch.setattr(publishing, "translate", shifted)
    executed = [row for row in HERE if row.meaning is Meaning.UNKNOWN and row.reply.does and row.reply.code >= 400][:5]
    wrong = [f"{row.name}: {fault}" for row in executed for fault in await meet(chat, Place.ANSWER, row)]
    assert sum("stands 2 times" in fault for fault in wrong) == len(executed) > 0
