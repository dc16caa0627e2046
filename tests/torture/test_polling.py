"""The long poll: stuck, away, taken by a rival, replayed, unreadable. Commands come back, posts go on, nobody is answered twice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.chat import ChatDesk
from bot.render import phrases
from bot.telegram.room import TelegramRoom
from bot.threads import StoreThreads
from newsdesk import listening
from newsdesk.messages import MessageState
from newsdesk.ports import Store
from newsdesk.sources import SourceBook
from storage import open_store
from tests.doubles.botapi import CHANNEL, DATE, OPERATORS, READER, TOKEN, BotApiDouble
from tests.doubles.newsroom import NOW, TOPICS, queue
from tests.torture.chatroom import Running, fill, start
from tests.torture.frame import Figures, Size

SILENCE = 0.5
TERMINATED = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


@pytest.fixture
def store(folder: Path, size: Size) -> Iterator[Store]:
    kept = open_store(f"sqlite:///{folder}/var/lintas.db")
    fill(kept, 20, size.dice("news"))
    yield kept
    kept.close()


class Room:
    """The room over a real store, in this process."""

    def __init__(self, store: Store, api: BotApiDouble) -> None:
        self.notices: list[str] = []
        self._store, self._api = store, api

    @asynccontextmanager
    async def open(self) -> AsyncIterator[asyncio.Task[None]]:
        """Open it; closed when the block ends."""
        stop = asyncio.Event()
        async with StoreThreads(self._store) as threads:
            desk = ChatDesk(
                store=threads, book=lambda: SourceBook(sources=()), topics=lambda: TOPICS, clock=lambda: NOW
            )
            room = TelegramRoom(TOKEN, desk, api=self._api.base, tell=self._tell)
            running = asyncio.create_task(room.run(stop))
            try:
                yield running
            finally:
                stop.set()
                await asyncio.wait_for(running, 15)

    async def _tell(self, notice: str) -> None:
        self.notices.append(notice)


@pytest.fixture
def room(store: Store, api: BotApiDouble) -> Room:
    return Room(store, api)


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A poll counts as stuck after half a second."""
    monkeypatch.setattr(listening, "SILENCE", SILENCE)


async def _run(folder: Path, api: BotApiDouble, *changes: str) -> Running:
    return await start(folder, api, "run", "--roles", "deliver,commands", changes=changes)


def _update(number: int, text: str) -> dict[str, Any]:
    person = {"id": READER, "is_bot": False, "first_name": "Siti"}
    chat = {"id": READER, "type": "private", "first_name": "Siti"}
    entities = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
    message = {"message_id": number, "date": DATE, "chat": chat, "from": person, "text": text, "entities": entities}
    return {"update_id": number, "message": message}


def _to(api: BotApiDouble, chat: int) -> list[str]:
    return [message["text"] for message in api.accepted if message["chat"]["id"] == chat]


@pytest.mark.usefixtures("hurry")
async def test_a_stuck_poll_is_built_anew_and_questions_are_answered_again(
    room: Room, api: BotApiDouble, figures: Figures
) -> None:
    """The connection took the call and never answers; another client gets the waiting question."""
    api.fault("getUpdates", "stall")
    async with room.open():
        await api.until(lambda: bool(api.called("getUpdates")))
        began = time.monotonic()
        await api.message("/topics")
        await api.said()
        figures.put(stuck_poll_mended_after_s=round(time.monotonic() - began, 1))
    assert len(api.called("getMe")) == 2


async def test_without_the_watch_a_stuck_poll_stays_stuck(
    room: Room, api: BotApiDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof that the watch does it: with endless patience the question waits."""
    monkeypatch.setattr(listening, "SILENCE", 1e6)
    api.fault("getUpdates", "stall")
    async with room.open():
        await api.until(lambda: bool(api.called("getUpdates")))
        await api.message("/topics")
        with pytest.raises(TimeoutError):
            await api.until(lambda: bool(api.accepted), timeout=4 * SILENCE)


@pytest.mark.usefixtures("store")
async def test_what_new_clients_do_not_mend_ends_the_process_for_its_supervisor(
    folder: Path, api: BotApiDouble, figures: Figures
) -> None:
    """Exit 1 after three silences, and the log says why."""
    api.fault("getUpdates", "stall", times=100)
    running = await _run(folder, api, "--set", f"newsdesk.listening.SILENCE={3 * SILENCE}")
    assert await running.wait(60) == 1
    said = running.said()
    assert "given up; the process ends for its supervisor" in said
    assert "Telegram's long poll is stuck" in said
    assert "Traceback" not in said
    polls = len(api.called("getUpdates"))
    figures.put(clients_before_giving_up=polls)
    assert 1 <= polls <= 3


@pytest.mark.usefixtures("hurry")
async def test_a_network_that_is_away_ends_nothing(
    room: Room, api: BotApiDouble, monkeypatch: pytest.MonkeyPatch, figures: Figures
) -> None:
    """Nobody listens at the address for many silences; when somebody does, questions are answered."""
    monkeypatch.setattr("bot.telegram.room._BACK_OFF_MOST", 0.2)
    async with room.open() as running:
        await api.until(lambda: bool(api.menus))
        await api.stop()
        began = time.monotonic()
        await asyncio.wait({running}, timeout=8 * SILENCE)
        figures.put(away_for_silences=int((time.monotonic() - began) / SILENCE))
        assert not running.done()
        back = BotApiDouble()
        await back.start(api.port)
        await back.message("/topics")
        await back.said()
    await back.stop()


async def test_a_rival_stops_polling_and_is_told_once(
    room: Room, api: BotApiDouble, monkeypatch: pytest.MonkeyPatch, figures: Figures
) -> None:
    """409 three times: one notice to the operators; nothing is asked while it rests, and then questions are answered."""
    monkeypatch.setattr(listening, "FIRST_REST", timedelta(seconds=0.4))
    monkeypatch.setattr(listening, "LONGEST_REST", timedelta(seconds=0.4))
    api.fault("getUpdates", "error", code=409, description=TERMINATED, times=3)
    await api.message("/topics")
    began = time.monotonic()
    async with room.open() as running:
        await api.said()
        assert time.monotonic() - began > 1.2
        assert not running.done()
    assert room.notices == [str(phrases.LISTENED_ELSEWHERE)]
    figures.put(conflicts=3, notices_to_operators=len(room.notices))


async def test_posts_go_on_while_a_rival_listens(
    folder: Path, store: Store, api: BotApiDouble, figures: Figures
) -> None:
    """Another program gets this bot's updates from the start on: the real service asks once, keeps still, and posts."""
    api.fault("getUpdates", "error", code=409, description=TERMINATED, times=100)
    running = await _run(folder, api)
    await api.until(lambda: _to(api, OPERATORS) == [str(phrases.LISTENED_ELSEWHERE)], timeout=60)
    queue(store, "Kabar selama ada yang lain")
    await api.until(lambda: bool(_to(api, CHANNEL)), timeout=10)
    assert await running.end() == 0
    assert len(_to(api, CHANNEL)) == 1
    polls = len(api.called("getUpdates"))
    figures.put(asked_beside_a_rival=polls)
    assert polls == 1


async def test_a_token_that_is_revoked_ends_the_service_at_once(folder: Path, store: Store, api: BotApiDouble) -> None:
    """Exit 4 with what to check, no second try, and what was to be sent stays queued."""
    running = await _run(folder, api)
    await api.until(lambda: len(api.menus) > 2, timeout=60)
    api.fault("sendMessage", "error", code=401, description="Unauthorized", times=100)
    number = queue(store, "Kabar yang belum terkirim")
    assert await running.wait(30) == 4
    assert len(api.called("sendMessage")) == 1
    assert "check LINTAS_TELEGRAM_TOKEN" in running.said()
    assert "Traceback" not in running.said()
    with store.read() as view:
        assert view.message(number).state is MessageState.QUEUED  # type: ignore[union-attr]


async def test_a_webhook_set_elsewhere_is_left_alone_and_said(
    room: Room, api: BotApiDouble, capfd: pytest.CaptureFixture[str]
) -> None:
    """The notice names the host; the rest of the address may be a secret, and the webhook is not ours to delete."""
    api.webhook = "https://lain.example/rahasia/abcdef"
    api.fault("getUpdates", "error", code=409, description=WEBHOOK, times=100)
    async with room.open():
        await api.until(lambda: bool(api.called("getWebhookInfo")))
    assert room.notices == [phrases.webhook_elsewhere("lain.example")]
    assert "rahasia" not in "".join(capfd.readouterr())
    assert api.called("deleteWebhook") == []


def _answers(api: BotApiDouble, said: str) -> int:
    return sum(said in message["text"] for message in api.accepted)


@pytest.mark.usefixtures("store")
async def test_a_replayed_update_is_not_answered_again_after_a_kill(
    folder: Path, api: BotApiDouble, figures: Figures
) -> None:
    """How far updates were taken up is written down before they are answered."""
    first = _update(5001, "/topics")
    running = await _run(folder, api)
    await api.again(first)
    await api.until(lambda: bool(api.accepted), timeout=60)
    running.process.kill()
    await running.process.wait()
    running = await _run(folder, api)
    await api.again(first)
    await api.again(_update(5002, "/search zzzqqq"))
    await api.until(lambda: _answers(api, str(phrases.SEARCH_NOTHING)) == 1, timeout=60)
    assert await running.end() == 0
    figures.put(answers_to_a_replayed_update=_answers(api, str(phrases.TOPICS_TITLE)))
    assert _answers(api, str(phrases.TOPICS_TITLE)) == 1


async def test_without_the_mark_a_replayed_update_is_answered_twice(
    room: Room, api: BotApiDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof that the mark does it: a day old at once, it counts for nothing."""
    monkeypatch.setattr(listening, "KEPT", timedelta(0))
    for turn in (1, 2):
        async with room.open():
            await api.again(_update(5001, "/topics"))
            await api.said(turn)
    assert _answers(api, str(phrases.TOPICS_TITLE)) == 2


async def test_updates_that_come_twice_or_out_of_order_are_answered_once_each(room: Room, api: BotApiDouble) -> None:
    """In one answer of Telegram's, in any order."""
    for number in (6003, 6001, 6003, 6002, 6001):
        await api.again(_update(number, f"/search zzz{number}"))
    async with room.open():
        await api.said(3)
        await api.again(_update(6004, "/topics"))
        await api.said(4)
    assert _answers(api, str(phrases.SEARCH_NOTHING)) == 3


async def test_an_update_that_cannot_be_read_is_left_out_and_the_others_answered(
    room: Room, api: BotApiDouble, figures: Figures
) -> None:
    """One of a shape that the library does not expect stands among good ones."""
    await api.again(_update(7001, "/search zzza"))
    await api.again({"update_id": 7002, "message": {"message_id": 1, "date": "gestern", "chat": 5}})
    await api.again(_update(7003, "/search zzzb"))
    with structlog.testing.capture_logs() as logged:
        async with room.open():
            await api.until(lambda: _answers(api, str(phrases.SEARCH_NOTHING)) == 2)
    assert [event["update"] for event in logged if event["event"] == "left out"] == [7002]
    assert len(api.called("getUpdates")) < 10
    figures.put(unreadable_updates_passed_over=1)
