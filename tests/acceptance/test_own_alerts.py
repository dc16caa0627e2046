"""Alerts and subscriptions as people use them: commands, buttons and what arrives, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.deliver import PEOPLE_AT_ONCE, Deliverer
from classifiers.judge import Judge
from newsdesk.people import MOST_ALERTS, Person
from newsdesk.ports import Store
from tests.acceptance.own_room import OwnRoom, own_room
from tests.doubles.botapi import CHANNEL, READER, BotApiDouble
from tests.doubles.newsroom import NOW

OTHER = 888
GROUP = -4001
KOREA = ("Sutradara Korea menggarap film pendek di Bandung", "Film itu diproduksi rumah produksi Korea Selatan.")
HORROR = ("Film horor baru tayang di bioskop", "Sutradara Joko Anwar menggarap film itu di Jakarta.")
TREATY = (
    "Rumah produksi Indonesia dan Korea Selatan menandatangani kerja sama produksi film",
    "Nota kesepahaman itu diteken di Jakarta oleh kedua rumah produksi.",
)
CHILI = ("Harga cabai di pasar induk naik", "Pedagang mengeluh karena pasokan berkurang.")


@pytest.fixture
async def room(store: Store, api: BotApiDouble, judge: Judge) -> AsyncIterator[OwnRoom]:
    async with own_room(store, api, judge) as made:
        yield made


async def test_a_saved_search_brings_what_satisfies_it(room: OwnRoom) -> None:
    """At once, in private, named; what does not satisfy it does not come, and what was there before neither."""
    room.read("tempo", KOREA)
    said = await room.ask("/alert film korea")
    assert "Disimpan: “film korea”" in said["text"]
    assert "Dalam 7 hari terakhir ada 1 berita" in said["text"]
    assert await room.news(HORROR, CHILI) == []
    room.now += timedelta(days=5)
    [text] = await room.news(("Festival film Korea dibuka di Jakarta", "Lima film Korea diputar."))
    assert text.startswith("🔔 Untuk peringatan Anda: film korea\n")
    assert "Festival film Korea dibuka di Jakarta" in text
    await room.round()
    assert len(room.texts()) == 1


async def test_a_story_of_three_alerts_comes_once_and_names_all(room: OwnRoom) -> None:
    """Also when a second outlet tells it, and when the feed shows it again."""
    for words in ("/alert film korea", "/subscribe topic film", '/alert Pendek = "film pendek"'):
        await room.ask(words)
    await room.ask("/alert cabai")
    [text] = await room.news(KOREA)
    assert text.startswith("🔔 Untuk peringatan Anda: film korea, Film, Pendek\n")
    assert await room.news(KOREA) == []
    assert await room.news(KOREA, source="tempo") == []


async def test_two_people_get_the_same_story_once_each(room: OwnRoom, api: BotApiDouble) -> None:
    """With the names that each gave; the channel has it, too."""
    await room.ask("/alert Seoul = film korea")
    await room.ask("/subscribe negara korea selatan", user=OTHER)
    room.read("antara", TREATY)
    await room.round()
    assert [len(room.texts(person)) for person in (READER, OTHER)] == [1, 1]
    assert "Seoul" in room.texts(READER)[0]
    assert "🇰🇷 Korea Selatan" in room.texts(OTHER)[0].splitlines()[0]
    assert len(api.texts(CHANNEL)) == 1


async def test_saving_twice_is_as_good_as_once(room: OwnRoom, api: BotApiDouble) -> None:
    """In other words of the same command, by the same update, with a new name."""
    await room.ask("/alert film korea")
    said = await room.ask("/alert   film korea 7d")
    assert "Sudah tersimpan: “film korea”" in said["text"]
    await room.ask("/alert Layar = film korea")
    assert [(alert.name, alert.query) for alert in room.alerts()] == [("Layar", "film korea")]


async def test_names_may_be_anything_that_people_write(room: OwnRoom) -> None:
    """Markup is shown as it is written, what shows nothing is no name, and long ones are shortened everywhere."""
    for name in ("<b>Tebal</b> & co", "\u200b\u202e", "panjang " * 20):
        await room.ask(f"/alert {name} = film {len(name)}")
    names = [alert.name for alert in room.alerts()]
    assert names[0] == "<b>Tebal</b> & co"
    assert names[1] == "film 2"
    assert len(names[2]) <= 60
    assert "1. <b>Tebal</b> & co" in (await room.ask("/mine"))["text"]
    await room.ask("/alert <i>semua</i> = film")
    [text] = await room.news(HORROR)
    assert text.splitlines()[0] == "🔔 Untuk peringatan Anda: <i>semua</i>"


async def test_what_cannot_be_saved_is_said(room: OwnRoom) -> None:
    """Nothing at all, a time alone, only what must not occur, an unknown topic, too much."""
    for asked, answer in (
        ("/alert", "Tulis pencarian"),
        ("/alert 7d", "Belum bisa disimpan"),
        ("/alert -film", "Belum bisa disimpan"),
        ("/alert topic:olahraga", "topik tidak dikenal"),
        ("/alert " + "kata " * 80, "terlalu panjang"),
        ("/subscribe", "Pilih topik"),
        ("/subscribe negara antah berantah", "tidak mengenal"),
        ("/subscribe sumber tidakada", "tidak mengenal"),
    ):
        assert answer in (await room.ask(asked))["text"], asked
    assert room.alerts() == []
    assert room.person() is None, "nothing is kept of somebody who saved nothing"


async def test_subscriptions_are_meant_in_many_ways(room: OwnRoom) -> None:
    """By kind and name, by a filter, by a bare name, by the outlet's name, in other languages' words."""
    for asked, query in (
        ("topic film", "topic:film"),
        ("topik ai", "topic:ai"),
        ("topic:collaboration", "topic:collaboration"),
        ("sumber Tempo", "source:tempo"),
        ("antara", "source:antara"),
        ("negara jepang", "country:JP"),
        ("South Korea", "country:KR"),
    ):
        await room.ask(f"/subscribe {asked}")
        assert room.alerts()[-1].query == query, asked
    await room.ask("/subscribe film")
    assert len(room.alerts()) == 7, "there already"


async def test_subscriptions_bring_their_source_and_country(room: OwnRoom) -> None:
    """A source's articles come whatever they are about; a country's where it is a party."""
    await room.ask("/subscribe source tempo")
    assert await room.news(CHILI) == []
    [text] = await room.news(CHILI, source="tempo")
    assert text.splitlines()[0] == "🔔 Untuk peringatan Anda: Tempo"


async def test_alerts_are_rested_and_deleted_by_buttons(room: OwnRoom) -> None:
    """A rested one brings nothing until it goes on; a deleted one is gone, and an old button says so."""
    await room.ask("/alert film")
    await room.ask("/alert cabai")
    mine = await room.ask("/mine")
    assert mine["text"].splitlines() == ["🔔 Peringatan Anda (2)", "", "1. film", "2. cabai"]
    old = [dict(button) for row in mine["reply_markup"]["inline_keyboard"] for button in row]
    assert await room.press(mine, "⏸ 1") == "Dijeda."
    assert "1. film · dijeda" in mine["text"]
    assert await room.news(HORROR) == []
    assert await room.press(mine, "▶️ 1") == "Dilanjutkan."
    assert len(await room.news(("Film laga tayang di bioskop Bandung", "Sutradara film itu senang."))) == 1
    assert await room.press(mine, "🗑 1") == "Dihapus."
    assert [alert.query for alert in room.alerts()] == ["cabai"]
    delete_first = next(button["callback_data"] for button in old if button["text"] == "🗑 1")
    await room.ask("/alert drama")
    assert await room.press_data(mine, delete_first) == "Peringatan itu sudah tidak ada."
    assert [alert.query for alert in room.alerts()] == ["cabai", "drama"]


async def test_nobody_presses_what_is_anothers(room: OwnRoom) -> None:
    """Somebody else's data in one's own chat finds nothing."""
    await room.ask("/alert film")
    mine = await room.ask("/mine")
    await room.ask("/alert cabai", user=OTHER)
    theirs = await room.ask("/mine", user=OTHER)
    data = mine["reply_markup"]["inline_keyboard"][0][1]["callback_data"]
    assert await room.press_data(theirs, data, OTHER) == "Peringatan itu sudah tidak ada."
    assert [alert.query for alert in room.alerts()] == ["film"]


async def test_unsubscribing_takes_a_name_or_offers_the_list(room: OwnRoom) -> None:
    """By what it is called or what it asks; what is not there is said."""
    for asked in ("/subscribe film", "/alert Seoul = film korea", "/alert cabai"):
        await room.ask(asked)
    assert "Dihapus: “Film”" in (await room.ask("/unsubscribe topic film"))["text"]
    assert "Dihapus: “Seoul”" in (await room.ask("/unsubscribe seoul"))["text"]
    said = (await room.ask("/unsubscribe tidak ada"))["text"]
    assert "Tidak ada peringatan “tidak ada”." in said
    assert "1. cabai" in said
    assert "1. cabai" in (await room.ask("/unsubscribe"))["text"]


async def test_the_button_below_an_answer_saves_its_search(room: OwnRoom) -> None:
    """Of a fruitful search and of a fruitless one; the answer itself stays as it is."""
    room.read("antara", HORROR)
    for asked in ("film horor", "drakor musikal"):
        answer = await room.ask(f"/search {asked}")
        shown = answer["text"]
        data = answer["reply_markup"]["inline_keyboard"][-1][0]
        assert data["text"] == "🔔 Simpan sebagai peringatan"
        query = await room.api.press(answer, data["callback_data"])
        await room.api.until(
            lambda query=query: room.api.answers[-1:] and room.api.answers[-1]["callback_query_id"] == query
        )  # type: ignore[misc]
        assert room.api.answers[-1]["text"] == f"🔔 Disimpan: “{asked}”"
        assert answer["text"] == shown
    assert [alert.query for alert in room.alerts()] == ["film horor", "drakor musikal"]


async def test_there_is_an_end_to_how_many(room: OwnRoom) -> None:
    """Thirty; the next one is refused with what helps, and pages of the list are turned."""
    for number in range(MOST_ALERTS):
        await room.ask(f"/alert kata{number}")
    assert "batasnya" in (await room.ask("/alert satu lagi"))["text"]
    assert len(room.alerts()) == MOST_ALERTS
    mine = await room.ask("/mine")
    assert "halaman 1 dari 4" in mine["text"]
    await room.press(mine, "Berikutnya ›")
    assert "9. kata8" in mine["text"]


async def test_in_a_group_a_button_leads_to_the_private_chat(room: OwnRoom, api: BotApiDouble) -> None:
    """Nothing of a person's own is said or done where others read."""
    api.chat(GROUP, "group")
    said = await room.ask("/alert film", chat=GROUP)
    assert said["text"] == "Itu hanya bisa di obrolan pribadi dengan saya."
    assert said["reply_markup"]["inline_keyboard"][0][0]["url"] == "https://t.me/lintas_layar_bot?start=mine"
    assert room.alerts() == []
    await room.ask("/alert film")
    assert "1. film" in (await room.ask("/start mine"))["text"]


async def test_a_source_seen_for_the_first_time_brings_only_its_newest(room: OwnRoom) -> None:
    """As channels get them; and what is too old comes to nobody."""
    await room.ask("/alert kabar")
    stories = [
        (f"Kabar {word} dari pasar induk", f"Pedagang {word} bicara.")
        for word in ("cabai", "bawang", "tomat", "beras", "gula", "telur")
    ]
    room.read("antara", *stories, first=True)
    room.read("tempo", ("Kabar lama sekali dari desa", "Warga desa."), at=NOW - timedelta(days=9))
    await room.round()
    assert len(room.texts()) == 3


async def _here_again(room: OwnRoom) -> None:
    """That somebody is here is noted beside the answer, which does not wait for it."""
    for _ in range(10_000):
        person = room.person()
        if person is not None and person.left is None:
            return
        await asyncio.sleep(0)
    raise AssertionError("still taken for gone")


async def test_whoever_blocked_the_bot_is_left_alone_until_they_come_back(room: OwnRoom, api: BotApiDouble) -> None:
    """Nothing more is sent, operators hear nothing, and nothing that was saved is lost."""
    await room.ask("/alert film")
    api.fault("sendMessage", "error", code=403, description="Forbidden: bot was blocked by the user")
    await room.news(HORROR)
    sends = len(api.called("sendMessage"))
    for number in range(3):
        room.now += timedelta(hours=2)
        assert await room.news((f"Film laga {number} tayang di bioskop", f"Kota ke-{number}.")) == []
    assert len(api.called("sendMessage")) == sends
    assert room.told == []
    assert len(room.alerts()) == 1
    person = room.person()
    assert person is not None
    assert person.left is not None
    await room.ask("/start")
    await _here_again(room)
    assert len(await room.news(("Film drama tayang di bioskop Surabaya", "Penonton Surabaya senang."))) == 1


@pytest.mark.parametrize(
    ("code", "description"),
    [(403, "Forbidden: user is deactivated"), (400, "Bad Request: chat not found")],
)
async def test_other_ways_to_be_gone(room: OwnRoom, api: BotApiDouble, code: int, description: str) -> None:
    """A closed account, a chat that is not there: the same."""
    await room.ask("/alert film")
    api.fault("sendMessage", "error", code=code, description=description)
    await room.news(HORROR)
    person = room.person()
    assert person is not None
    assert person.left is not None
    assert len(room.alerts()) == 1


async def test_missing_rights_that_may_pass_lose_nothing(room: OwnRoom, api: BotApiDouble) -> None:
    """Telegram refuses for a while, without saying that the person is gone: it is tried again, and comes once."""
    await room.ask("/alert film")
    api.fault("sendMessage", "error", times=2, code=403, description="Forbidden: something is wrong with your rights")
    assert await room.news(HORROR) == []
    for _ in range(4):
        room.now += timedelta(hours=1)
        await room.round()
    assert len(room.texts()) == 1
    assert room.told == []
    person = room.person()
    assert person is not None
    assert person.left is None


@pytest.mark.parametrize("kind", ["drop", "garbage"])
async def test_an_unknown_outcome_is_looked_up_in_the_chat_itself(room: OwnRoom, api: BotApiDouble, kind: str) -> None:
    """What came is found among answers and the person's own words, and not sent again; no operator sees any of it."""
    await room.ask("/alert film")
    api.fault("sendMessage", kind)
    room.read("antara", HORROR)
    await room.round(settle=0, patience=0)
    await room.ask("ada kabar film apa")
    await room.ask("/help")
    room.now += timedelta(minutes=1)
    await room.round()
    assert len(room.texts()) == 1
    assert {fields["chat_id"] for fields in api.called("forwardMessage")} == {READER}
    assert all(fields["disable_notification"] for fields in api.called("forwardMessage"))
    stand = [one.get("text", "") for one in api.chats[READER].messages.values()]
    assert sum("🔔 Untuk" in text for text in stand) == 1
    assert not any(one.get("forward_origin") for one in api.chats[READER].messages.values())
    assert "·" not in stand


@pytest.mark.parametrize("kind", ["drop", "close"])
async def test_people_share_one_row_of_numbers(room: OwnRoom, api: BotApiDouble, kind: str) -> None:
    """Whoever comes between, each story comes once: others wait until a doubtful send was looked for."""
    api.one_row = True
    people = range(9001, 9041)
    for person in people:
        await room.ask("/alert film", user=person)
    for title in (HORROR, TREATY):
        api.fault("sendMessage", kind, times=3)
        room.read("antara", title)
        for _ in range(3):
            await room.round(patience=0)
        for person in (9005, 9020):
            await room.ask("/mine", user=person)
        room.now += timedelta(minutes=1)
        await room.round()
        await room.round()
    assert [len(room.texts(person)) for person in people] == [2] * len(people)
    assert not any(one.get("forward_origin") for person in people for one in api.chats[person].messages.values())


@pytest.mark.parametrize("kind", ["drop", "close"])
async def test_a_chat_that_was_silent_for_long_is_looked_into_all_the_same(
    room: OwnRoom, api: BotApiDouble, kind: str
) -> None:
    """Thousands of numbers have gone to others since: those that went before the send need no look."""
    api.one_row = True
    await room.ask("/alert film")
    await room.ask("/alert cabai", user=OTHER)
    api.chats[OTHER].last_id += 5000
    room.read("antara", CHILI)
    await room.round()
    api.fault("sendMessage", kind)
    room.read("antara", HORROR)
    await room.round(patience=0)
    room.now += timedelta(minutes=1)
    await room.round()
    assert len(room.texts()) == 1
    assert len(api.called("forwardMessage")) < 10


async def test_what_did_not_come_is_sent_again(room: OwnRoom, api: BotApiDouble) -> None:
    """The connection was cut before Telegram had it."""
    await room.ask("/alert film")
    api.fault("sendMessage", "close")
    room.read("antara", HORROR)
    await room.round(settle=0, patience=0)
    room.now += timedelta(minutes=1)
    await room.round()
    assert len(room.texts()) == 1


async def test_channels_come_first(room: OwnRoom, api: BotApiDouble) -> None:
    """However many people wait, and although they waited longer."""
    people = range(9001, 9031)
    for person in people:
        await room.ask("/alert film", user=person)
    room.read("antara", HORROR)
    room.read("tempo", TREATY)
    begin = len(api.accepted)
    report = await room.round()
    assert report.sent == 1 + 2 * len(people)
    assert api.accepted[begin]["chat"]["id"] == CHANNEL


async def test_people_are_served_some_at_a_time(room: OwnRoom, api: BotApiDouble) -> None:
    """While as many sends to people are under way as may be no further one is begun, but one to the channel is."""
    people = range(9001, 9001 + PEOPLE_AT_ONCE + 5)
    with room.store.write() as tx:
        for person in people:
            tx.keep_person(Person(id=person, seen=NOW))
            tx.add_alert(person=person, name="film", query="film", now=NOW)
    for person in people:
        api.chat(person, "private")
    going: list[int] = []
    free = asyncio.Event()

    async def watch(stage: str, method: str, fields: dict[str, object]) -> None:
        if (stage, method) == ("received", "sendMessage"):
            going.append(int(str(fields["chat_id"])))
            async with api._changed:
                api._changed.notify_all()
            await free.wait()

    api.watcher = watch
    deliverer = Deliverer(room.delivery())
    room.read("antara", HORROR)
    await deliverer.tick()
    await api.until(lambda: len(going) == PEOPLE_AT_ONCE)
    room.read("tempo", TREATY)
    await deliverer.tick()
    await api.until(lambda: CHANNEL in going)
    assert len(going) == PEOPLE_AT_ONCE + 1
    free.set()
    await deliverer.close()
    await room.round()
    assert [len(room.texts(person)) for person in people] == [2] * len(people)
    assert len(api.texts(CHANNEL)) == 1
