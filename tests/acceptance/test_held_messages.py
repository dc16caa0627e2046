"""A message that nobody knows the fate of, from its notice to an operator's decision: in chat and on the command line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.chat import ChatDesk
from bot.deliver import Delivery, deliver_round
from bot.render import phrases
from bot.telegram.operators import OperatorButtons
from bot.telegram.publisher import TelegramPublisher
from bot.telegram.room import TelegramRoom
from bot.threads import StoreThreads
from newsdesk.messages import MessageState
from newsdesk.ports import Store
from newsdesk.sources import SourceBook
from storage.holding import held_store
from tests.acceptance.conftest import Program
from tests.doubles.botapi import CHANNEL, OPERATORS, TOKEN, BotApiDouble
from tests.doubles.newsroom import NOW, queue
from tests.newdb import lay_database

ADMIN = 5151
ADMINS = (ADMIN,)


@dataclass
class Desk:
    """Delivery and the room beside it, on one store."""

    threads: StoreThreads
    store: Store
    publisher: TelegramPublisher
    now: datetime = NOW

    async def round(self) -> None:
        async def sleep(seconds: float) -> None:
            self.now += timedelta(seconds=seconds)

        await deliver_round(
            Delivery(
                store=self.threads,
                publisher_for=lambda _: self.publisher,
                clock=lambda: self.now,
                settle=timedelta(0),
                summarise=lambda card: card.article.summary,
                tell=self.publisher.notify,
                admins=ADMINS,
                sleep=sleep,
            ),
            timedelta(seconds=90),
        )

    def state(self, number: int) -> MessageState:
        with self.store.read() as view:
            message = view.message(number)
        assert message is not None
        return message.state


@pytest.fixture
async def desk(store: Store, api: BotApiDouble) -> AsyncIterator[Desk]:
    publisher = TelegramPublisher(TOKEN, api=api.base, operators_chat=str(OPERATORS))
    stop = asyncio.Event()
    async with StoreThreads(store) as threads, publisher:
        chat = ChatDesk(store=threads, book=lambda: SourceBook(sources=()), topics=lambda: (), clock=lambda: NOW)
        buttons = OperatorButtons(threads, ADMINS, lambda: NOW)
        room = TelegramRoom(TOKEN, chat, api=api.base, also=[buttons.install])
        running = asyncio.create_task(room.run(stop))
        yield Desk(threads, store, publisher)
        stop.set()
        await asyncio.wait_for(running, 10)


async def hold(desk: Desk, api: BotApiDouble) -> tuple[int, dict[str, Any]]:
    """A message whose fate cannot be looked up; returns its number and the notice."""
    api.chats[CHANNEL].readable = False
    api.fault("sendMessage", "drop")
    number = queue(desk.store, "Kabar yang meragukan")
    await desk.round()
    assert desk.state(number) is MessageState.HELD
    return number, (await api.said(chat=OPERATORS))[0]


def buttons(notice: dict[str, Any]) -> dict[str, str]:
    rows = notice["reply_markup"]["inline_keyboard"]
    return {button["text"]: button["callback_data"] for row in rows for button in row}


@pytest.mark.parametrize(
    ("label", "reached"),
    [
        ("Sudah terkirim", MessageState.SENT),
        ("Kirim ulang", MessageState.QUEUED),
        ("Buang", MessageState.FAILED),
    ],
)
async def test_one_tap_decides(desk: Desk, api: BotApiDouble, label: str, reached: MessageState) -> None:
    """The notice names the story and carries three buttons; after the tap it shows the decision and by whom."""
    number, notice = await hold(desk, api)
    assert "«Kabar yang meragukan»" in notice["text"]
    assert list(buttons(notice)) == ["Sudah terkirim", "Kirim ulang", "Buang"]
    rows = notice["reply_markup"]["inline_keyboard"]
    assert [len(row) for row in rows] == [2, 1], "three in a row are cut on a phone"
    await api.press(notice, buttons(notice)[label], user=ADMIN)
    await api.until(lambda: "reply_markup" not in notice)
    assert desk.state(number) is reached
    assert notice["text"].endswith("(Siti)")
    assert len(api.answers) == 1
    api.chats[CHANNEL].readable = True
    desk.now += timedelta(minutes=1)
    await desk.round()
    assert len(api.texts()) == (2 if reached is MessageState.QUEUED else 1)


async def test_strangers_and_second_taps_change_nothing(desk: Desk, api: BotApiDouble) -> None:
    """Whoever is no operator is told so; an old button says that it is over."""
    number, notice = await hold(desk, api)
    data = buttons(notice)
    await api.press(notice, data["Kirim ulang"], user=999)
    await api.until(lambda: len(api.answers) == 1)
    assert api.answers[0]["text"] == str(phrases.OPERATORS_ONLY)
    assert desk.state(number) is MessageState.HELD
    await api.press(notice, data["Buang"], user=ADMIN)
    await api.until(lambda: len(api.answers) == 2)
    await api.press(notice, data["Kirim ulang"], user=ADMIN)
    await api.until(lambda: len(api.answers) == 3)
    assert api.answers[2]["text"] == str(phrases.DECISION_EXPIRED)
    assert desk.state(number) is MessageState.FAILED


async def test_a_notice_that_could_not_be_said_is_said_later(desk: Desk, api: BotApiDouble) -> None:
    """The hold and its notice are one commit: what a crash or a refusal kept back is said by the next round, once."""
    queue(desk.store, "Kabar pertama")
    await desk.round()
    api.chats[CHANNEL].readable = False
    api.fault("sendMessage", "drop")
    api.fault("sendMessage", "error", code=429, description="Too Many Requests", parameters={"retry_after": 60})
    queue(desk.store, "Kabar")
    await desk.round()
    assert [message for message in api.accepted if message["chat"]["id"] == OPERATORS] == []
    await desk.round()
    desk.now += timedelta(seconds=61)
    await desk.round()
    await desk.round()
    assert len([message for message in api.accepted if message["chat"]["id"] == OPERATORS]) == 1


def test_the_command_lists_and_decides_while_another_process_holds_the_store(program: Program) -> None:
    """`lintas uncertain` works beside the service; a decision that comes too late says so, exit 1."""
    program.env["LINTAS_DATABASE"] = f"sqlite:///{program.folder}/desk.db"
    lay_database(program.folder, "desk.db")
    with held_store(program.env["LINTAS_DATABASE"]) as service:
        store = service.store
        numbers = [queue(store, f"Kabar {word}") for word in ("satu", "dua", "tiga")]
        with store.write() as tx:
            for number in numbers:
                tx.hold_message(number, reason="the chat's messages cannot be forwarded", now=NOW)
        listed = program.run("uncertain", "--json")
        assert (listed.code, [row["id"] for row in listed.lines]) == (0, numbers)
        assert listed.lines[0] == {
            "id": numbers[0],
            "chat": str(CHANNEL),
            "title": "Kabar satu",
            "since": NOW.isoformat(),
            "reason": "the chat's messages cannot be forwarded",
        }
        assert "Kabar dua" in program.run("uncertain").out
        for number, option in zip(numbers, ("--sent", "--resend", "--drop"), strict=True):
            ran = program.run("uncertain", option, str(number))
            assert ran.code == 0, ran.err
        late = program.run("uncertain", "--sent", str(numbers[2]))
        assert (late.code, late.out) == (1, "")
        assert "not held any more: it is failed" in late.err
        nothing = program.run("uncertain")
        assert (nothing.code, nothing.out.strip()) == (0, "no message waits for a decision")
        both = program.run("uncertain", "--sent", "1", "--drop", "2")
        assert both.code == 2
        with store.read() as view:
            states = [view.message(number).state for number in numbers]  # type: ignore[union-attr]
    assert states == [MessageState.SENT, MessageState.QUEUED, MessageState.FAILED]
