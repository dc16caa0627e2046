"""What is kept of people, as they ask for it over HTTP: what and why, all of it as a file, and nothing any more."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import structlog

from bot import logs
from bot.leaving import let_go
from bot.service import Service
from classifiers.judge import Judge
from newsdesk.messages import MessageState
from newsdesk.ports import Store
from storage import open_store
from tests.acceptance.own_room import OwnRoom, own_room
from tests.doubles.botapi import BotApiDouble
from tests.doubles.newsroom import NOW

SITI = 77_712_345_678
BUDI = 888
HORROR = ("Film horor baru tayang di bioskop", "Sutradara Joko Anwar menggarap film itu di Jakarta.")
DRAMA = ("Drama keluarga memenangi festival film Bandung", "Juri memuji film itu.")
DAY = timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    kept = open_store(f"sqlite:///{tmp_path}/var/desk.db")
    yield kept
    kept.close()


@pytest.fixture
async def room(store: Store, api: BotApiDouble, judge: Judge) -> AsyncIterator[OwnRoom]:
    async with own_room(store, api, judge) as made:
        yield made


async def test_privacy_says_what_is_kept_and_what_one_can_do(room: OwnRoom) -> None:
    """Of somebody unknown nothing; of somebody known what they gave; how the operator is reached."""
    said = (await room.ask("/privacy"))["text"]
    assert "tidak ada yang saya simpan" in said
    await room.ask("/alert film")
    said = (await room.ask("/privacy"))["text"]
    assert "Ini yang saya simpan" in said
    for part in ("/export", "/forget", "90 hari", "meja@example.org", "nomor akun"):
        assert part in said


async def test_export_is_everything_as_a_file(room: OwnRoom, api: BotApiDouble) -> None:
    """Settings, alerts and what went out, readable by machines; of somebody unknown there is nothing in it."""
    await room.ask("/alert Layar = film")
    await room.news(HORROR)
    await room.ask("/settings quiet 22:00 06:00")
    sent = await room.ask("/export")
    data = json.loads(api.files[sent["document"]["file_id"]])
    assert data["telegram_id"] == 777
    assert data["settings"]["quiet_hours"] == ["22:00", "06:00"]
    assert data["settings"]["last_heard"] == "2026-02-07"
    assert [(one["name"], one["search"], one["paused"]) for one in data["alerts"]] == [("Layar", "film", False)]
    [story] = data["stories"]
    assert (story["title"], story["state"], story["alerts"]) == (HORROR[0], "sent", ["Layar"])
    assert story["sent"] is not None
    sent = await room.ask("/export", user=BUDI)
    nothing = json.loads(api.files[sent["document"]["file_id"]])
    assert (nothing["settings"], nothing["alerts"], nothing["stories"]) == (None, [], [])


async def test_searches_are_not_kept(room: OwnRoom, tmp_path: Path) -> None:
    """What is only asked is in no file, neither of somebody unknown nor of somebody who saved something else."""
    await room.ask("/alert film")
    await room.ask("/search zamrud khatulistiwa")
    await room.ask("zamrud khatulistiwa lagi", user=BUDI)
    room.store.scrub()
    for path in (tmp_path / "var").iterdir():
        assert b"zamrud" not in path.read_bytes(), path
    assert room.person(BUDI) is None


async def test_forgetting_is_asked_back_and_then_complete(
    room: OwnRoom, api: BotApiDouble, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """No row, no byte in database or log file, no line of the log; the next news do not come; others keep theirs."""
    logs.configure("json")
    try:
        await room.ask("/alert Rahasia = film zamrud OR horor", user=SITI)
        await room.ask("/alert film", user=BUDI)
        room.read("antara", HORROR)
        await room.round()
        assert len(room.texts(SITI)) == 1
        asked = await room.ask("/forget", user=SITI)
        assert "tidak bisa dibatalkan" in asked["text"]
        await room.press(asked, "Batal", SITI)
        assert len(room.alerts(SITI)) == 1
        asked = await room.ask("/forget", user=SITI)
        await room.press(asked, "🗑 Ya, hapus semuanya", SITI)
        assert "sudah dihapus" in asked["text"]
        room.read("tempo", ("Film horor zamrud tayang di bioskop Medan", "Penonton Medan takut."))
        await room.round()
    finally:
        structlog.reset_defaults()
    assert len(room.texts(SITI)) == 1
    assert len(room.texts(BUDI)) == 2
    assert room.person(SITI) is None
    for path in (tmp_path / "var").iterdir():
        content = path.read_bytes()
        for trace in (str(SITI).encode(), b"Rahasia", b"zamrud OR", SITI.to_bytes(6, "big")):
            assert trace not in content, (path, trace)
    said = capfd.readouterr()
    assert "sent" in said.err, "the log did speak"
    for trace in (str(SITI), "zamrud", str(BUDI)):
        assert trace not in said.err + said.out


async def test_nobody_is_forgotten_by_another(room: OwnRoom) -> None:
    """The button is bound to its person, also where its data reached somebody else."""
    await room.ask("/alert film")
    await room.ask("/alert film", user=BUDI)
    mine = await room.ask("/forget")
    theirs = await room.ask("/forget", user=BUDI)
    data = mine["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    query = await room.api.press(theirs, data, user=BUDI)
    await room.api.until(lambda: any(one["callback_query_id"] == query for one in room.api.answers))
    assert len(room.alerts(BUDI)) == len(room.alerts()) == 1


async def test_what_is_on_its_way_to_somebody_who_goes_is_not_recorded(room: OwnRoom, api: BotApiDouble) -> None:
    """They ask to be forgotten while a story is being sent to them: delivery goes on, and nothing of it stays."""
    await room.ask("/alert film")
    asked = await room.ask("/forget")
    data = asked["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    pressed = False

    async def watch(stage: str, method: str, fields: dict[str, object]) -> None:
        nonlocal pressed
        if stage == "accepted" and method == "sendMessage" and "🔔 Untuk" in str(fields["text"]) and not pressed:
            pressed = True
            await api.press(asked, data)
            await api.until(lambda: "sudah dihapus" in asked["text"])

    api.watcher = watch
    room.read("antara", HORROR)
    await room.round()
    assert pressed
    with room.store.read() as view:
        assert view.person(777) is None
        assert view.messages([MessageState.SENDING, MessageState.QUEUED]) == []
        assert view.chat("777").last_message_id is None


async def test_whoever_is_silent_for_long_is_told_and_then_forgotten(room: OwnRoom, api: BotApiDouble) -> None:
    """Told once, a week before; a press or a word keeps everything."""
    for user in (777, BUDI, 999):
        await room.ask("/alert film", user=user)
    room.now = NOW + 84 * DAY
    await room.ask("/mine", user=999)
    for _ in range(2):
        await let_go(room.threads, room.now)
        await room.round()
    told = {
        user: [one for one in api.chats[user].messages.values() if "Sudah lama" in one.get("text", "")]
        for user in (777, BUDI, 999)
    }
    assert [len(some) for some in told.values()] == [1, 1, 0]
    query = await api.press(told[777][0], told[777][0]["reply_markup"]["inline_keyboard"][0][0]["callback_data"])
    await api.until(lambda: any(one["callback_query_id"] == query for one in api.answers))
    assert api.answers[-1]["text"] == "Baik, semuanya tetap tersimpan."
    room.now += 6 * DAY
    await let_go(room.threads, room.now)
    assert room.person(BUDI) is not None
    room.now += DAY
    await let_go(room.threads, room.now)
    assert room.person(BUDI) is None
    assert room.alerts(BUDI) == []
    assert [len(room.alerts(user)) for user in (777, 999)] == [1, 1]


async def test_in_groups_privacy_is_private(room: OwnRoom, api: BotApiDouble) -> None:
    """None of these commands answers where others read."""
    api.chat(-4001, "group")
    for command in ("/privacy", "/export", "/forget", "/settings"):
        assert (await room.ask(command, chat=-4001))["text"] == "Itu hanya bisa di obrolan pribadi dengan saya."


async def test_tidying_lets_go_of_people_and_cleans_the_files(room: OwnRoom, tmp_path: Path) -> None:
    """The service's hourly tidying does both, also for what was deleted while somebody read."""
    await room.ask("/alert rahasia zamrud")
    mine = await room.ask("/mine")
    await room.press(mine, "🗑 1")
    assert b"rahasia zamrud" in b"".join(path.read_bytes() for path in (tmp_path / "var").iterdir())
    await room.ask("/alert film")
    room.change(seen=NOW - 100 * DAY, left=NOW - 20 * DAY)
    parts = SimpleNamespace(poller=None, threads=room.threads)
    service = Service(parts, None, None, live=True, clock=lambda: room.now)  # type: ignore[arg-type]
    await service.tidy_tick()
    assert room.person() is None
    assert b"rahasia zamrud" not in b"".join(path.read_bytes() for path in (tmp_path / "var").iterdir())
