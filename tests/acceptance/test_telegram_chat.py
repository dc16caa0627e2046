"""Chat as a person uses it: the real application against a Bot API double over HTTP, a real SQLite file behind it."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat import ChatDesk
from bot.deliver import Deliverer, Delivery
from bot.render import phrases
from bot.telegram.publisher import TelegramPublisher
from bot.telegram.room import TelegramRoom
from bot.threads import StoreThreads
from newsdesk.errors import TokenRefused
from newsdesk.limits import Allowance, Limits, Rate
from newsdesk.messages import MessageState, NotSent
from newsdesk.ports import Store
from newsdesk.routes import Route, TopicRule
from newsdesk.sources import Source, SourceBook
from tests.doubles.botapi import CHANNEL, READER, TOKEN, BotApiDouble
from tests.doubles.newsroom import NOW, TOPICS, add, queue

BOOK = SourceBook(
    sources=(
        Source(id="antara", name="ANTARA", url="https://antara.example/rss"),
        Source(id="mati", name="Mati", url="https://mati.example/rss", enabled=False),
    ),
    routes=(Route(id="highlights", chat=str(CHANNEL), when=TopicRule(2, TOPICS)),),
)


@pytest.fixture
async def desk(store: Store) -> AsyncIterator[ChatDesk]:
    async with StoreThreads(store) as threads:
        yield ChatDesk(store=threads, book=lambda: BOOK, topics=lambda: TOPICS, clock=lambda: NOW)


@pytest.fixture
async def room(desk: ChatDesk, api: BotApiDouble) -> AsyncIterator[TelegramRoom]:
    stop = asyncio.Event()
    opened = TelegramRoom(TOKEN, desk, api=api.base)
    running = asyncio.create_task(opened.run(stop))
    yield opened
    stop.set()
    await asyncio.wait_for(running, 10)
    assert api.violations == []


@pytest.mark.usefixtures("room")
async def test_search_answers_with_marked_snippets_and_pages_in_place(store: Store, api: BotApiDouble) -> None:
    """A person searches, turns the page and back: the same message changes, the press is acknowledged."""
    for number in range(7):
        add(store, f"Film <Korea> & kita {number}", summary=f"Produksi film bersama Korea, bagian {number}.")
    await api.message("/search film korea")
    [answer] = await api.said()
    assert answer["text"].startswith("🔎 film korea · 7 berita · halaman 1 dari 2\n\n1. Film <Korea> & kita")
    assert answer["text"].count("/why_") == 5
    assert "bold" in {entity["type"] for entity in answer["entities"]}
    [older], *_ = answer["reply_markup"]["inline_keyboard"]
    query = await api.press(answer, older["callback_data"])
    await api.until(lambda: "halaman 2 dari 2" in answer["text"])
    assert [given["callback_query_id"] for given in api.answers] == [query]
    [newer], *_ = answer["reply_markup"]["inline_keyboard"]
    assert newer["text"] == str(phrases.NEWER)
    await api.press(answer, newer["callback_data"])
    await api.until(lambda: "halaman 1 dari 2" in answer["text"])
    assert len(api.accepted) == 1


@pytest.mark.usefixtures("room")
@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("/search", str(phrases.SEARCH_EMPTY)),
        ("/search    ", str(phrases.SEARCH_EMPTY)),
        ('/search """ (((', str(phrases.SEARCH_ODD)),
        ("/search -film", str(phrases.SEARCH_ODD)),
        ("/search zzzqqq <b>", str(phrases.SEARCH_NOTHING)),
        ("/search " + "a" * 300, str(phrases.SEARCH_TOO_LONG)),
        ("/latest olahraga", str(phrases.UNKNOWN_TOPIC)),
        ("/latest film", str(phrases.LATEST_NOTHING)),
        ("/why", str(phrases.WHY_HOW)),
        ("/why 99", str(phrases.WHY_UNKNOWN)),
        ("/why https://tidak.ada/1", str(phrases.WHY_UNKNOWN)),
        ("/why_7", str(phrases.WHY_UNKNOWN)),
        ("/halo", str(phrases.UNKNOWN_COMMAND)),
        ("/start", str(phrases.START)),
        ("/help", str(phrases.HELP_TITLE)),
        ("/topics", str(phrases.TOPICS_TITLE)),
        ("/sources", f"{phrases.SOURCES_TITLE} (1)\n\n✅ ANTARA · belum dibaca"),
        ("zzzqqq", str(phrases.SEARCH_NOTHING)),
    ],
)
async def test_every_question_gets_a_helpful_answer(api: BotApiDouble, asked: str, answered: str) -> None:
    """Empty, odd and fruitless questions are answered too, never with an error."""
    await api.message(asked)
    [answer] = await api.said()
    assert answer["text"].startswith(answered)


@pytest.mark.usefixtures("room")
async def test_latest_lists_the_newest_of_a_topic(store: Store, api: BotApiDouble) -> None:
    """The topic may be named as people call it."""
    add(store, "Film baru", topics=("film",))
    add(store, "Kolaborasi baru", topics=("collaboration",))
    await api.message("/latest Kolaborasi")
    [answer] = await api.said()
    assert "Kolaborasi baru" in answer["text"]
    assert "Film baru" not in answer["text"]


@pytest.mark.usefixtures("room")
@pytest.mark.parametrize("how", ["number", "address", "short", "reply", "forward"])
async def test_why_explains_by_number_address_or_reply(store: Store, api: BotApiDouble, how: str) -> None:
    """The answer names the verdicts with their evidence, the countries and what was posted."""
    queue(store, "Film Korea dan AI")
    with store.read() as view:
        article = view.article("1")
        assert article is not None
    if how == "reply":
        link = {"type": "text_link", "offset": 0, "length": 4, "url": article.url}
        shown = {"message_id": 900, "date": 1, "chat": api.chats[READER].wire(), "text": "Film", "entities": [link]}
        await api.message("/why", reply_to=shown)
    elif how == "forward":
        origin = {"type": "channel", "date": 1, "chat": api.chats[CHANNEL].wire(), "message_id": 5}
        link = {"type": "text_link", "offset": 0, "length": 4, "url": article.url}
        await api.message("Film Korea dan AI", entities=[link], forward_origin=origin)
    else:
        await api.message({"number": "/why 1", "address": f"/why {article.url}", "short": "/why_1"}[how])
    [answer] = await api.said()
    text = answer["text"]
    assert "✅ Film: cocok (6,0; batas 4,0)\n• “Film” (judul, +6,0)" in text
    assert "▫️ Kolaborasi: tidak cocok" in text
    assert "🇰🇷 Korea Selatan" in text
    assert "highlights, dalam antrean" in text


@pytest.mark.usefixtures("room")
async def test_why_says_why_a_post_did_not_go_in_the_readers_language(store: Store, api: BotApiDouble) -> None:
    """Reasons of our own are words of the catalogues."""
    queue(store, "Film Korea dan AI")
    with store.write() as tx:
        tx.fail_message(1, reason=NotSent.GIVEN_UP, now=NOW)
    await api.message("/why 1")
    await api.said()
    api.languages[READER] = "en"
    await api.message("/why 1")
    texts = [one["text"] for one in await api.said(2)]
    assert "highlights, gagal — dilepas oleh operator" in texts[0]
    assert "— an operator gave it up" in texts[1]


@pytest.mark.usefixtures("room")
async def test_an_expired_button_says_what_to_do(store: Store, api: BotApiDouble) -> None:
    """A code that is not known (any more) is answered with advice and changes nothing."""
    add(store, "Film")
    await api.message("/search film")
    [answer] = await api.said()
    before = answer["text"]
    for data in ("s#|1|deadbeef", "x|1|y", "s|-1|film", "", "s|99999|film"):
        await api.press(answer, data)
    await api.until(lambda: len(api.answers) == 5)
    assert {given["text"] for given in api.answers} == {str(phrases.NO_LONGER)}
    assert answer["text"] == before
    assert api.called("editMessageText") == []


@pytest.mark.usefixtures("room")
async def test_a_long_query_pages_too(store: Store, api: BotApiDouble) -> None:
    """A query that does not fit into a button is remembered for it."""
    words = "perfilman kolaborasi internasional Indonesia Korea"
    for number in range(6):
        add(store, f"{words} sutradara produser {number}")
    await api.message(f"/search {words} sutradara produser")
    [answer] = await api.said()
    [older], *_ = answer["reply_markup"]["inline_keyboard"]
    assert len(older["callback_data"].encode()) <= 64
    await api.press(answer, older["callback_data"])
    await api.until(lambda: "halaman 2 dari 2" in answer["text"])


@pytest.mark.usefixtures("room")
async def test_a_picture_gets_an_answer_too(api: BotApiDouble) -> None:
    """Whatever is sent in private is answered, with what can be asked."""
    sticker = {"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1, "is_animated": False, "is_video": False}
    await api.message("", sticker={**sticker, "type": "regular"})
    [answer] = await api.said()
    assert answer["text"].startswith(str(phrases.HELP_TITLE))


@pytest.mark.usefixtures("room")
async def test_a_search_is_not_queued_behind_a_send_that_hangs(store: Store, desk: ChatDesk, api: BotApiDouble) -> None:
    """Posts go over connections of their own, and each question is answered beside the others."""
    queue(store, "Film yang dikirim lambat")
    api.fault("sendMessage", "hang")
    publisher = TelegramPublisher(TOKEN, api=api.base)
    delivery = Delivery(
        store=desk.store,
        publisher_for=lambda _: publisher,
        clock=lambda: NOW,
        settle=timedelta(seconds=45),
        summarise=lambda card: card.article.summary,
    )
    async with publisher:
        deliverer = Deliverer(delivery)
        await deliverer.tick()
        await api.until(lambda: len(api.accepted) == 1)
        await api.message("/search film")
        [answer] = await api.said()
        assert "Film yang dikirim lambat" in answer["text"]
        with store.read() as view:
            assert len(view.messages([MessageState.SENDING])) == 1
        await deliverer.close(timeout=0)


@pytest.mark.usefixtures("room")
async def test_what_a_query_could_not_use_is_said(store: Store, api: BotApiDouble) -> None:
    """An unknown filter is named in the answer, in Indonesian."""
    add(store, "Film Korea")
    await api.message("/search film topic:olahraga")
    [answer] = await api.said()
    assert "topik tidak dikenal: olahraga" in answer["text"]


async def test_a_flood_wait_delays_an_answer_and_loses_none(desk: ChatDesk, api: BotApiDouble) -> None:
    """A 429 on a reply is waited for, once."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    api.fault(
        "sendMessage", "error", code=429, description="Too Many Requests: retry after 3", parameters={"retry_after": 3}
    )
    stop = asyncio.Event()
    running = asyncio.create_task(TelegramRoom(TOKEN, desk, api=api.base, sleep=sleep).run(stop))
    await api.message("/topics")
    await api.said()
    assert waits == [3.0]
    stop.set()
    await running


@pytest.mark.usefixtures("room")
async def test_posts_of_other_admins_tell_how_far_the_channel_has_come(store: Store, api: BotApiDouble) -> None:
    """Their numbers are remembered, so that little has to be searched when a send is in doubt."""
    await api.post_by_other("Pengumuman")
    await api.message("/topics")  # behind it in the same queue
    await api.said()
    for _ in range(100):
        with store.read() as view:
            newest = view.chat(str(CHANNEL)).last_message_id
        if newest is not None:
            break
        await asyncio.sleep(0)
    assert newest == api.chats[CHANNEL].last_id


@pytest.mark.usefixtures("room")
async def test_the_menu_lists_the_commands(api: BotApiDouble) -> None:
    """Telegram is told which commands there are."""
    await api.until(lambda: bool(api.menus))
    assert [command["command"] for command in api.menus["default", ""]] == [name for name, _ in phrases.COMMANDS]


async def test_a_refused_token_closes_the_room(desk: ChatDesk, api: BotApiDouble) -> None:
    """401 at the first call ends the room with the error that makes the process exit 4."""
    with pytest.raises(TokenRefused, match="LINTAS_TELEGRAM_TOKEN"):
        await TelegramRoom("1:falsch", desk, api=api.base).run(asyncio.Event())


async def test_a_token_revoked_later_closes_the_room(desk: ChatDesk, api: BotApiDouble) -> None:
    """401 at a later poll ends it as well."""
    api.fault("getUpdates", "error", code=401, description="Unauthorized")
    with pytest.raises(TokenRefused):
        await asyncio.wait_for(TelegramRoom(TOKEN, desk, api=api.base).run(asyncio.Event()), 10)


async def test_the_room_closes_at_once_while_telegram_is_away(desk: ChatDesk) -> None:
    """Nobody listens at the address: the room keeps trying, and still stops when asked."""
    stop = asyncio.Event()
    running = asyncio.create_task(TelegramRoom(TOKEN, desk, api="http://127.0.0.1:9").run(stop))
    await asyncio.sleep(0)
    stop.set()
    await asyncio.wait_for(running, 5)


@pytest.mark.usefixtures("room")
async def test_a_store_in_trouble_is_said_so(api: BotApiDouble, tmp_path: Path) -> None:
    """A person never waits for an answer that does not come."""
    with sqlite3.connect(tmp_path / "desk.db") as other:
        other.execute("DROP TABLE sources")
    other.close()
    await api.message("/sources")
    [answer] = await api.said()
    assert answer["text"] == str(phrases.TROUBLE)


@pytest.mark.usefixtures("room")
async def test_who_asks_too_often_is_told_once_and_then_met_with_silence(api: BotApiDouble) -> None:
    """Five answers, one notice; another person is answered as ever."""
    for _ in range(9):
        await api.message("/topics")
    await api.message("/topics", user=READER + 1)
    await api.said(1, READER + 1)
    texts = [message["text"] for message in await api.said(6)]
    assert [text.startswith(str(phrases.TOPICS_TITLE)) for text in sorted(texts, reverse=True)].count(True) == 5
    assert texts.count(str(phrases.ASKED_TOO_OFTEN)) == 1
    assert len(texts) == 6


@pytest.mark.usefixtures("room")
async def test_a_press_is_answered_at_once_also_when_it_is_one_too_many(store: Store, api: BotApiDouble) -> None:
    """A button never spins: what is refused says why."""
    for number in range(7):
        add(store, f"Film Korea {number}")
    await api.message("/search film")
    [answer] = await api.said()
    [older], *_ = answer["reply_markup"]["inline_keyboard"]
    for _ in range(25):
        await api.press(answer, older["callback_data"])
    await api.until(lambda: len(api.answers) == 25)
    refused = [given["text"] for given in api.answers if given.get("text")]
    assert set(refused) == {str(phrases.ASKED_TOO_OFTEN)}
    assert 7 <= len(refused) <= 10


@pytest.mark.usefixtures("room")
async def test_a_command_in_a_forwarded_message_is_not_carried_out(store: Store, api: BotApiDouble) -> None:
    """It is somebody else's; the answer says what a forwarded message is good for."""
    add(store, "Film Korea")
    origin = {"type": "user", "date": 1, "sender_user": {"id": 5, "is_bot": False, "first_name": "Budi"}}
    await api.message("/search film", forward_origin=origin)
    [answer] = await api.said()
    assert answer["text"].startswith(str(phrases.WHY_HOW))


@pytest.mark.usefixtures("room")
async def test_a_question_does_not_wait_for_a_store_that_is_busy_writing(desk: ChatDesk, api: BotApiDouble) -> None:
    """A large feed takes the writer for a while; reading goes on, and so do answers."""
    done = threading.Event()
    writing = asyncio.create_task(desk.store.write(lambda _: done.wait(20)))
    try:
        await api.message("/sources")
        [answer] = await api.said()
        assert answer["text"].startswith(str(phrases.SOURCES_TITLE))
        assert not writing.done()
    finally:
        done.set()
        await writing


async def test_limits_that_are_handed_in_are_those_that_count(desk: ChatDesk, api: BotApiDouble) -> None:
    """Several kinds of command share them, also while nobody has asked anything yet."""
    stop, limits = asyncio.Event(), Limits(Allowance(person=Rate(1, 0.001)))
    running = asyncio.create_task(TelegramRoom(TOKEN, desk, api=api.base, limits=limits).run(stop))
    await api.message("/topics")
    await api.said(1)
    await api.message("/topics")
    assert (await api.said(2))[1]["text"] == str(phrases.ASKED_TOO_OFTEN)
    assert len(limits) == 1
    stop.set()
    await asyncio.wait_for(running, 10)
