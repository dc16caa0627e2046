"""Delivery to Telegram: the real publisher and a real SQLite file against a Bot API double over HTTP."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from bot.deliver import FRESH, Deliverer, Delivery, deliver_round, recover
from bot.notices import later
from bot.render import Tree, to_json
from bot.render.tree import Button, line
from bot.telegram import wire
from bot.telegram.publisher import TelegramPublisher
from bot.threads import StoreThreads
from newsdesk.errors import StoreHeld, TokenRefused
from newsdesk.messages import MessageState
from newsdesk.ports import Confirm, Store
from newsdesk.reports import DeliveryReport
from newsdesk.routes import Digest, Route, TopicRule
from storage import open_store
from tests.doubles.blackhole import black_hole
from tests.doubles.botapi import CHANNEL, OPERATORS, TOKEN, BotApiDouble
from tests.doubles.newsroom import NOW, add, queue, wait

ROUNDUP = Route(id="roundup", chat=str(CHANNEL), when=TopicRule(1, ("film",)), digest=Digest((time(18),), top=3))


@dataclass
class Desk:
    """Delivery with a clock that moves only when something sleeps."""

    threads: StoreThreads
    store: Store
    publisher: TelegramPublisher
    now: datetime = NOW
    slept: list[float] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)

    async def tell(self, notice: str, buttons: Sequence[Button] = ()) -> None:
        self.told.append(notice)
        self.buttons += buttons

    def delivery(self, settle: float = 45) -> Delivery:
        return Delivery(
            store=self.threads,
            publisher_for=lambda _: self.publisher,
            clock=lambda: self.now,
            settle=timedelta(seconds=settle),
            summarise=lambda card: card.article.summary,
            routes=lambda: (ROUNDUP,),
            tell=self.tell,
            sleep=self.sleep,
            jitter=lambda: 0.0,
        )

    async def round(self, settle: float = 45, patience: float = 90) -> DeliveryReport:
        return await deliver_round(self.delivery(settle), timedelta(seconds=patience))

    def state(self, number: int) -> MessageState:
        with self.store.read() as view:
            message = view.message(number)
        assert message is not None
        return message.state


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    kept = open_store(
        f"sqlite:///{tmp_path}/desk.db", index_text=lambda title, summary, body: (title.casefold(), summary.casefold())
    )
    yield kept
    kept.close()


@pytest.fixture
async def desk(store: Store, api: BotApiDouble) -> AsyncIterator[Desk]:
    publisher = TelegramPublisher(TOKEN, api=api.base, operators_chat=str(OPERATORS))
    async with StoreThreads(store) as threads, publisher:
        yield Desk(threads, store, publisher)


async def test_a_story_is_posted_once_with_its_source(desk: Desk, api: BotApiDouble) -> None:
    """A queued story arrives with headline, outlet, time and tags; a second round sends nothing."""
    number = queue(desk.store, "Sutradara A & B <3 garap film dengan AI", summary="Satu kalimat saja.")
    assert await desk.round() == DeliveryReport(sent=1)
    assert desk.state(number) is MessageState.SENT
    [text] = api.texts()
    assert text.startswith(
        "Sutradara A & B <3 garap film dengan AI\n\nSatu kalimat saja.\n\nANTARA · Sabtu 7 Feb 2026, 17.55 WIB"
    )
    assert "🇰🇷 Korea Selatan" in text
    assert text.endswith("#film #AI")
    assert api.accepted[0]["preview"]["url"].startswith("https://news.example/")
    assert await desk.round() == DeliveryReport()
    assert len(api.accepted) == 1


async def test_messages_keep_a_polite_pace(desk: Desk, api: BotApiDouble) -> None:
    """Twenty-two stories: at least a second apart, and no more than twenty a minute."""
    for number in range(22):
        queue(desk.store, f"Berita film {number}")
    report = await desk.round(patience=120)
    assert report.sent == 22
    assert [text.splitlines()[0] for text in api.texts()] == [f"Berita film {number}" for number in range(22)]
    assert desk.slept == [1.0] * 19 + [41.0, 1.0]


async def test_sources_take_turns(desk: Desk, api: BotApiDouble) -> None:
    """A source with many stories does not keep another's one story waiting; within a source the order stays."""
    for number in range(4):
        queue(desk.store, f"Banyak {number}", source="banyak")
    queue(desk.store, "Satu", source="satu")
    await desk.round()
    assert [text.splitlines()[0] for text in api.texts()] == ["Banyak 0", "Satu", "Banyak 1", "Banyak 2", "Banyak 3"]


async def test_flood_control_is_obeyed(desk: Desk, api: BotApiDouble) -> None:
    """After a 429 nothing is asked before the time is over, then the same story goes out once."""
    api.fault(
        "sendMessage",
        "error",
        code=429,
        description="Too Many Requests: retry after 30",
        parameters={"retry_after": 30},
    )
    number = queue(desk.store, "Kabar film")
    assert await desk.round(patience=10) == DeliveryReport(held=1)
    desk.now += timedelta(seconds=29)
    assert await desk.round(patience=0) == DeliveryReport(held=1)
    assert len(api.called("sendMessage")) == 1
    desk.now += timedelta(seconds=1)
    assert await desk.round(patience=0) == DeliveryReport(sent=1)
    assert desk.state(number) is MessageState.SENT
    assert len(api.texts()) == 1


@pytest.mark.parametrize("kind", ["drop", "garbage"])
async def test_a_lost_reply_is_found_and_not_doubled(desk: Desk, api: BotApiDouble, kind: str) -> None:
    """The message was taken but no sensible answer came: after settling it is found, and its copy deleted."""
    queue(desk.store, "Kabar pertama")
    await desk.round()
    api.fault("sendMessage", kind)
    number = queue(desk.store, "Kabar kedua")
    assert await desk.round() == DeliveryReport(sent=1)
    assert desk.slept[-1] == 45.0
    assert [text.splitlines()[0] for text in api.texts()] == ["Kabar pertama", "Kabar kedua"]
    assert desk.state(number) is MessageState.SENT
    assert api.texts(OPERATORS) == []
    with desk.store.read() as view:
        assert view.message(number).message_id == 3  # type: ignore[union-attr]


class _Blind(TelegramPublisher):
    """A publisher that does not look."""

    async def find(self, chat: str, content: str, after: int | None) -> int | None:
        return None


async def test_without_looking_the_lost_reply_would_be_doubled(store: Store, api: BotApiDouble) -> None:
    """The fault is real and it is the look that protects: switched off, the same job doubles the story."""
    async with StoreThreads(store) as threads, _Blind(TOKEN, api=api.base, operators_chat=str(OPERATORS)) as publisher:
        desk = Desk(threads, store, publisher)
        api.fault("sendMessage", "drop")
        queue(store, "Kabar")
        await desk.round()
    assert len(api.texts()) == 2


@pytest.mark.parametrize(("kind", "more"), [("close", {}), ("html", {"code": 502})])
async def test_an_unknown_send_that_did_not_happen_is_repeated(
    desk: Desk, api: BotApiDouble, kind: str, more: dict[str, int]
) -> None:
    """Nothing stands in the chat: the story is sent again, even when somebody else posted meanwhile."""
    queue(desk.store, "Kabar pertama")
    await desk.round()
    api.fault("sendMessage", kind, **more)
    queue(desk.store, "Kabar kedua")
    await api.post_by_other("Pengumuman dari admin")
    assert await desk.round(settle=0) == DeliveryReport(sent=1)
    assert [text.splitlines()[0] for text in api.texts()] == ["Kabar pertama", "Pengumuman dari admin", "Kabar kedua"]


@pytest.mark.parametrize("last_id", [1, 5000])
@pytest.mark.parametrize("kind", ["drop", "close"])
async def test_the_first_send_to_a_chat_may_be_the_lost_one(
    desk: Desk, api: BotApiDouble, kind: str, last_id: int
) -> None:
    """Without any known message the chat's end is found out, and the story stands there once."""
    api.chats[CHANNEL].last_id = last_id
    api.fault("sendMessage", kind)
    queue(desk.store, "Kabar pertama")
    assert await desk.round(settle=0) == DeliveryReport(sent=1)
    assert [text.splitlines()[0] for text in api.texts()] == ["Kabar pertama"]


async def test_where_looking_is_impossible_a_person_is_asked(desk: Desk, api: BotApiDouble) -> None:
    """In a chat that protects its content the message is held, an operator told, and the next one goes out."""
    queue(desk.store, "Kabar pertama")
    await desk.round()
    api.chats[CHANNEL].readable = False
    api.fault("sendMessage", "drop")
    number = queue(desk.store, "Kabar kedua")
    later = queue(desk.store, "Kabar ketiga")
    report = await desk.round()
    assert (report.sent, report.held) == (1, 1)
    assert desk.state(number) is MessageState.HELD
    assert desk.state(later) is MessageState.SENT
    assert len(desk.told) == 1


async def test_without_an_operators_chat_unknown_is_held(store: Store, api: BotApiDouble) -> None:
    """Nothing to look with: never guessed."""
    api.fault("sendMessage", "drop")
    async with StoreThreads(store) as threads, TelegramPublisher(TOKEN, api=api.base) as publisher:
        desk = Desk(threads, store, publisher)
        number = queue(store, "Kabar")
        assert await desk.round() == DeliveryReport(held=1)
        assert desk.state(number) is MessageState.HELD
        assert await desk.round() == DeliveryReport(held=1)
    assert len(api.texts()) == 1


async def test_a_refused_connection_is_retried(store: Store) -> None:
    """Nobody listens: certainly not sent, so it waits a little longer each time and goes out when somebody does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with StoreThreads(store) as threads, TelegramPublisher(TOKEN, api=f"http://127.0.0.1:{port}") as publisher:
        desk = Desk(threads, store, publisher)
        queue(store, "Kabar")
        queue(store, "Kabar kedua")
        assert await desk.round(patience=10) == DeliveryReport(held=2)
        assert desk.slept == [1.0, 2.0, 4.0]
        double = BotApiDouble()
        await double.start(port)
        desk.now += timedelta(minutes=1)
        assert await desk.round() == DeliveryReport(sent=2)
        assert [text.splitlines()[0] for text in double.texts()] == ["Kabar", "Kabar kedua"]
        await double.stop()


async def test_a_black_hole_and_a_broken_handshake_are_certain(
    store: Store, api: BotApiDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No connection came about, so nothing was sent: it stays queued, is not looked up, and goes out later once."""
    monkeypatch.setattr(wire, "CONNECT_TIMEOUT", 0.2)
    queue(store, "Kabar")
    async with StoreThreads(store) as threads:
        with black_hole() as port:
            for base in (f"http://127.0.0.1:{port}", f"https://127.0.0.1:{api.port}"):
                async with TelegramPublisher(TOKEN, api=base, operators_chat=str(OPERATORS)) as publisher:
                    desk = Desk(threads, store, publisher)
                    assert await desk.round(patience=0) == DeliveryReport(held=1)
                    assert desk.state(1) is MessageState.QUEUED
        async with TelegramPublisher(TOKEN, api=api.base, operators_chat=str(OPERATORS)) as publisher:
            desk = Desk(threads, store, publisher)
            desk.now += timedelta(minutes=10)
            assert await desk.round() == DeliveryReport(sent=1)
    assert len(api.texts()) == 1
    assert api.called("forwardMessage") == []


async def test_a_send_that_finds_no_free_connection_is_certain(
    store: Store, api: BotApiDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The only connection waits for an answer: what another chat has to get stays queued, is not looked up, and goes.

    An answer is waited for a whole minute by default: the library's five seconds would make most slow sends unknown.
    """
    assert wire.make_request().read_timeout == 60
    monkeypatch.setattr(wire, "CONNECTIONS", 1)
    monkeypatch.setattr(wire, "CONNECT_TIMEOUT", 0.2)
    other = api.chat(-1009, "channel").id
    api.fault("sendMessage", "stall")
    queued = {CHANNEL: queue(store, "Kabar satu"), other: queue(store, "Kabar dua", chat=str(other))}
    async with (
        StoreThreads(store) as threads,
        TelegramPublisher(TOKEN, api=api.base, operators_chat=str(OPERATORS), timeout=1.0) as publisher,
    ):
        desk = Desk(threads, store, publisher)
        await desk.round(patience=0)
        [call] = api.called("sendMessage")
        took = call["chat_id"]  # either may reach the connection first
        assert {chat: desk.state(message) for chat, message in queued.items()} == {
            chat: MessageState.SENDING if chat == took else MessageState.QUEUED for chat in queued
        }
        desk.now += timedelta(minutes=10)
        assert (await desk.round()).sent == 2
    assert len(api.texts()) == len(api.texts(other)) == 1
    looked = {fields["from_chat_id"] for fields in api.called("forwardMessage")}
    assert looked == {took}


async def test_refused_markup_is_sent_once_as_plain_text(desk: Desk, api: BotApiDouble) -> None:
    """When Telegram cannot parse the markup the words go out without it, with the address written out."""
    api.fault("sendMessage", "error", code=400, description="Bad Request: can't parse entities: whatever")
    queue(desk.store, "Kabar film")
    assert (await desk.round()).sent == 1
    assert api.accepted[0]["entities"] == []
    assert "https://news.example/" in api.accepted[0]["text"]


async def test_a_message_that_is_never_taken_lets_the_others_pass(desk: Desk, api: BotApiDouble) -> None:
    """Refused as it is and as plain text: failed, an operator told, and the queue moves on."""
    api.fault("sendMessage", "error", times=2, code=400, description="Bad Request: can't parse entities: whatever")
    bad = queue(desk.store, "Kabar buruk")
    good = queue(desk.store, "Kabar baik")
    assert await desk.round() == DeliveryReport(sent=1, failed=1)
    assert (desk.state(bad), desk.state(good)) == (MessageState.FAILED, MessageState.SENT)
    assert len(desk.told) == 1


async def test_a_chat_that_is_gone_rests_and_keeps_its_queue(desk: Desk, api: BotApiDouble) -> None:
    """Kicked out: nothing is lost, the operator hears once, no storm of tries; when it is let in again all goes out."""
    api.chats[CHANNEL].writable = False
    queue(desk.store, "Kabar satu")
    queue(desk.store, "Kabar dua")
    for _ in range(5):
        assert await desk.round() == DeliveryReport(held=2)
        desk.now += timedelta(minutes=20)
    assert len(api.called("sendMessage")) <= 4
    assert len(desk.told) == 1
    api.chats[CHANNEL].writable = True
    desk.now += timedelta(hours=6)
    assert await desk.round() == DeliveryReport(sent=2)


async def test_one_dead_chat_does_not_hold_up_another(desk: Desk, api: BotApiDouble) -> None:
    """Chats are served side by side."""
    other = api.chat(-1009, "channel", title="Lain")
    api.chats[CHANNEL].writable = False
    queue(desk.store, "Kabar satu")
    queue(desk.store, "Kabar dua", chat=str(other.id))
    assert await desk.round() == DeliveryReport(sent=1, held=1)
    assert len(api.texts(other.id)) == 1


async def test_a_refused_token_ends_delivery_and_loses_nothing(store: Store, api: BotApiDouble) -> None:
    """401: the message goes back to the queue and the error of its own says what to check."""
    async with StoreThreads(store) as threads, TelegramPublisher("1:wrong", api=api.base) as publisher:
        desk = Desk(threads, store, publisher)
        number = queue(store, "Kabar")
        with pytest.raises(TokenRefused, match="LINTAS_TELEGRAM_TOKEN"):
            await desk.round()
        assert desk.state(number) is MessageState.QUEUED


async def test_waiting_stories_become_one_round_up(desk: Desk, api: BotApiDouble) -> None:
    """At its time the round-up bundles the best stories, and says of the others why they were not sent."""
    for number in range(5):
        wait(desk.store, f"Film nomor {number}", topics=("film",), source=f"s{number}")
    article, story = add(desk.store, "Film besok", topics=("film",))
    with desk.store.write() as tx:
        tx.add_post(
            story=story, chat=str(CHANNEL), route="roundup", article=article, due=NOW + timedelta(hours=1), waiting=True
        )
    assert await desk.round() == DeliveryReport(sent=1)
    [text] = api.texts()
    assert text.startswith(
        "📰 Rangkuman · Sabtu 7 Feb 2026, 18.00 WIB · 3 berita\n\n🎬 Film (3)\n• Film nomor 4 — ANTARA"
    )
    with desk.store.read() as view:
        assert view.counts()["posts_dropped"] == 2
        assert view.counts()["posts_sent"] == 3


async def test_one_waiting_story_goes_out_as_a_post(desk: Desk, api: BotApiDouble) -> None:
    """A round-up of one story would only be a poorer post."""
    wait(desk.store, "Film tunggal", topics=("film",))
    assert (await desk.round()).sent == 1
    assert api.texts()[0].startswith("Film tunggal\n")


async def test_a_long_round_up_is_split_between_stories(desk: Desk, api: BotApiDouble) -> None:
    """Sixty stories of a route without a limit: several messages, every story whole and once."""
    for number in range(60):
        article, story = add(desk.store, f"Film {number:02} " + "dengan judul yang panjang " * 5, topics=("film",))
        with desk.store.write() as tx:
            tx.add_post(story=story, chat=str(CHANNEL), route="tak-terdaftar", article=article, due=NOW, waiting=True)
    report = await desk.round()
    assert report.sent == len(api.texts()) > 1
    rows = [row for text in api.texts() for row in text.splitlines() if row.startswith("• ")]
    assert sorted(row[2:9] for row in rows) == sorted(f"Film {number:02}" for number in range(60))
    assert all(row.endswith("— ANTARA 🇰🇷") for row in rows)


async def test_quiet_hours_hold_a_message_until_they_end(desk: Desk, api: BotApiDouble) -> None:
    """A message is not sent before its time, and then at once."""
    queue(desk.store, "Kabar malam", not_before=NOW + timedelta(hours=3))
    assert await desk.round() == DeliveryReport(held=1)
    desk.now += timedelta(hours=3)
    assert await desk.round() == DeliveryReport(sent=1)


@pytest.mark.parametrize("asked", [1, 30, 43838])
async def test_a_flood_wait_rests_the_whole_bot_over_restarts(desk: Desk, api: BotApiDouble, asked: int) -> None:
    """One 429 in one chat: no chat is asked anything before the time is over, whoever was started since."""
    other = api.chat(-1009, "channel")
    api.fault("sendMessage", "error", code=429, description="Too Many Requests", parameters={"retry_after": asked})
    queue(desk.store, "Kabar satu")
    await desk.round(patience=0)
    queue(desk.store, "Kabar dua", chat=str(other.id))
    for part in (0.0, 0.3, 0.6, 0.999):
        now = NOW + timedelta(seconds=asked * part)
        async with TelegramPublisher(TOKEN, api=api.base, operators_chat=str(OPERATORS)) as publisher:
            started = Desk(desk.threads, desk.store, publisher, now=now)
            await recover(desk.threads, now)
            assert await started.round(patience=0) == DeliveryReport(held=2)
    assert len(api.calls) == 1
    desk.now = NOW + timedelta(seconds=asked)
    assert (await desk.round(patience=0)).sent == 2


async def test_a_backlog_goes_out_in_few_messages_oldest_first(desk: Desk, api: BotApiDouble) -> None:
    """Eighty stories gathered while Telegram made the bot wait: bundled, each once, in the order of each source."""
    api.fault("sendMessage", "error", code=429, description="Too Many Requests", parameters={"retry_after": 3600})
    titles = [f"Kabar film {number:02}" for number in range(80)]
    for number, title in enumerate(titles):
        queue(desk.store, title, source=f"s{number % 3}", at=NOW + timedelta(seconds=number), topics=("film",))
    await desk.round(patience=0)
    assert api.texts() == []
    desk.now += timedelta(hours=1, seconds=1)
    report = await desk.round()
    assert report.sent == len(api.texts()) == 4
    assert report.held == 0
    told = [row[2:15] for text in api.texts() for row in text.splitlines() if row.startswith("• ")]
    assert sorted(told) == titles
    for source in range(3):
        mine = [title for title in told if int(title[-2:]) % 3 == source]
        assert mine == sorted(mine)
    with desk.store.read() as view:
        counts = view.counts()
        withdrawn = view.messages([MessageState.FAILED], 200)
    assert (counts["posts_sent"], counts["posts_failed"], len(withdrawn)) == (80, 0, 80)
    assert {message.reason for message in withdrawn} == {
        "bundled: 80 stories waited while the chat could not be sent to"
    }
    assert await desk.round() == DeliveryReport()


async def test_thirty_stories_after_a_wait_go_one_by_one(desk: Desk, api: BotApiDouble) -> None:
    """The largest backlog that is not bundled."""
    api.fault("sendMessage", "error", code=429, description="Too Many Requests", parameters={"retry_after": 3600})
    for number in range(30):
        queue(desk.store, f"Kabar film {number:02}")
    await desk.round(patience=0)
    desk.now += timedelta(hours=1, seconds=1)
    assert (await desk.round(patience=200)).sent == 30


async def test_a_group_that_became_a_supergroup_is_followed(desk: Desk, api: BotApiDouble) -> None:
    """The message goes to the new number at once, once; so does what is planned for the old one; the operator hears."""
    new = api.chat(-1005005, "supergroup")
    upgraded = {"code": 400, "description": "Bad Request: group chat was upgraded to a supergroup chat"}
    api.fault("sendMessage", "error", parameters={"migrate_to_chat_id": new.id}, **upgraded)  # type: ignore[arg-type]
    number = queue(desk.store, "Kabar satu", chat="-4004")
    api.chat(-4004, "group")
    later = queue(desk.store, "Kabar dua", chat="-4004")
    assert await desk.round() == DeliveryReport(sent=2)
    assert [text.splitlines()[0] for text in api.texts(new.id)] == ["Kabar satu", "Kabar dua"]
    assert desk.state(number) is desk.state(later) is MessageState.SENT
    assert len(api.called("sendMessage")) == 3
    assert len(desk.told) == 1
    assert "-1005005" in desk.told[0]
    assert "sources.yaml" in desk.told[0]
    queue(desk.store, "Kabar tiga", chat="-4004")
    assert await desk.round() == DeliveryReport(sent=1)
    assert len(api.texts(new.id)) == 3


async def test_two_numbers_that_point_at_each_other_are_no_endless_walk(desk: Desk, api: BotApiDouble) -> None:
    """The second move, back to where it came from, rests like a chat that is gone."""
    here = {"code": 400, "description": "Bad Request: group chat was upgraded"}
    api.fault("sendMessage", "error", parameters={"migrate_to_chat_id": -5005}, **here)  # type: ignore[arg-type]
    api.fault("sendMessage", "error", parameters={"migrate_to_chat_id": -4004}, **here)  # type: ignore[arg-type]
    queue(desk.store, "Kabar", chat="-4004")
    assert await desk.round(patience=0) == DeliveryReport(held=1)
    assert len(api.called("sendMessage")) == 2
    assert len(desk.told) == 2


async def test_a_post_that_an_admin_deleted_stays_sent(desk: Desk, api: BotApiDouble) -> None:
    """Never posted again: not by later rounds, not when another outlet tells the story; what follows is still found."""
    number = queue(desk.store, "Kabar dihapus")
    await desk.round()
    [sent] = api.chats[CHANNEL].messages
    del api.chats[CHANNEL].messages[sent]
    for _ in range(3):
        desk.now += timedelta(hours=1)
        assert await desk.round() == DeliveryReport()
    with desk.store.write() as tx:
        message = tx.message(number)
        assert message is not None
        [card] = tx.cards(message.posts)
    article, _ = add(desk.store, "Kabar dihapus, kata media lain", source="lain", story=card.story)
    with desk.store.write() as tx:
        again = tx.add_post(
            story=card.story, chat=str(CHANNEL), route="highlights", article=article, due=desk.now, waiting=False
        )
    assert again is None
    api.fault("sendMessage", "drop")
    queue(desk.store, "Kabar berikut", now=desk.now)
    assert await desk.round() == DeliveryReport(sent=1)
    assert [text.splitlines()[0] for text in api.texts()] == ["Kabar berikut"]


async def test_a_process_that_another_replaced_sends_nothing(desk: Desk, api: BotApiDouble) -> None:
    """Its number is not the store's any more: it neither sends nor records, and says who is to blame."""
    stalled, rival = Deliverer(desk.delivery()), Deliverer(desk.delivery())
    queue(desk.store, "Kabar satu")
    assert (await stalled.round(timedelta(0))).sent == 1
    await rival.round(timedelta(0))
    number = queue(desk.store, "Kabar dua")
    desk.now += timedelta(minutes=1)
    with pytest.raises(StoreHeld, match="another instance delivers"):
        await stalled.round(timedelta(0))
    assert desk.state(number) is MessageState.QUEUED
    assert (await rival.round(timedelta(0))).sent == 1
    assert len(api.texts()) == 2


@pytest.mark.parametrize("stall", ["replaced", "late", "slept"])
async def test_a_request_that_is_about_to_leave_is_looked_at_once_more(
    desk: Desk, api: BotApiDouble, stall: str
) -> None:
    """Replaced, or too old by either clock, after the commit: nothing leaves, and the message is left to be looked up."""
    steady = 0.0
    loud = desk.publisher.send

    async def send(chat: str, content: str, confirm: Confirm | None = None) -> int:
        nonlocal steady
        if stall == "replaced":
            await Deliverer(desk.delivery()).tick()
        elif stall == "late":
            steady += FRESH.total_seconds() + 1
        else:
            desk.now += FRESH + timedelta(seconds=1)
        return await loud(chat, content, confirm)

    desk.publisher.send = send  # type: ignore[method-assign]
    number = queue(desk.store, "Kabar")
    work = Deliverer(replace(desk.delivery(), steady=lambda: steady)).round(timedelta(0))
    if stall == "replaced":
        with pytest.raises(StoreHeld):
            await work
    else:
        await work
    assert desk.state(number) is MessageState.SENDING
    assert api.called("sendMessage") == []
    desk.publisher.send = loud  # type: ignore[method-assign]
    desk.now += timedelta(minutes=5)
    assert (await desk.round()).sent == 1
    assert len(api.texts()) == 1


async def test_what_waits_behind_a_message_of_its_source_waits_in_peace(desk: Desk, api: BotApiDouble) -> None:
    """A story held until quiet hours end keeps its source's later one back: without a look at the store meanwhile."""
    queue(desk.store, "Kabar malam", not_before=NOW + timedelta(hours=3))
    queue(desk.store, "Kabar sesudahnya")
    async with asyncio.timeout(10):
        assert await desk.round() == DeliveryReport(held=2)
    desk.now += timedelta(hours=3)
    assert await desk.round() == DeliveryReport(sent=2)
    assert [text.splitlines()[0] for text in api.texts()] == ["Kabar malam", "Kabar sesudahnya"]


async def test_a_kill_between_sending_and_recording_is_looked_up(desk: Desk, api: BotApiDouble) -> None:
    """What a dead process had written down and Telegram had taken is found by the next one, and not sent again."""
    queue(desk.store, "Kabar pertama")
    await desk.round()
    number = queue(desk.store, "Kabar kedua")
    content = to_json(Tree((line("Kabar kedua"),)))
    with desk.store.write() as tx:
        tx.claim_message(chats_busy=(), now=desk.now)
        last_known = tx.chat(str(CHANNEL)).last_message_id
        tx.mark_sending(number, content=content, last_known=last_known, now=desk.now)
    await api.post_by_other("lain")
    await desk.publisher.send(str(CHANNEL), content)
    sends = len(api.called("sendMessage"))
    assert await desk.round() == DeliveryReport(sent=1)
    assert len(api.called("sendMessage")) == sends
    assert desk.state(number) is MessageState.SENT


async def test_a_claimed_message_is_put_back_on_start_up(desk: Desk, api: BotApiDouble) -> None:
    """Claimed but never written down as sending: certainly not sent."""
    number = queue(desk.store, "Kabar")
    with desk.store.write() as tx:
        tx.claim_message(chats_busy=(), now=NOW)
    assert await recover(desk.threads, NOW) == 1
    assert (await desk.round()).sent == 1
    assert desk.state(number) is MessageState.SENT


async def test_ticks_deliver_without_waiting_and_close_ends_cleanly(desk: Desk, api: BotApiDouble) -> None:
    """A tick returns while a send is still under way; closing lets what is being sent finish or be looked up later."""
    api.fault("sendMessage", "hang")
    number = queue(desk.store, "Kabar lambat")
    deliverer = Deliverer(desk.delivery())
    await deliverer.tick()
    await api.until(lambda: len(api.accepted) == 1)
    await deliverer.tick()
    assert desk.state(number) is MessageState.SENDING
    await deliverer.close(timeout=0)
    assert desk.state(number) is MessageState.SENDING
    assert await desk.round() == DeliveryReport(sent=1)
    assert len(api.texts()) == 1


async def test_what_others_have_to_say_to_operators_waits_in_the_store(desk: Desk, api: BotApiDouble) -> None:
    """A notice of a poll, say, is said by whoever delivers next, once; while Telegram asks for rest it waits, too."""
    tell = later(desk.threads)
    queue(desk.store, "Film baru")
    api.fault("sendMessage", "error", code=429, description="Too Many Requests", parameters={"retry_after": 30})
    await tell("Sumber uji sudah pindah.")
    await desk.round(patience=0)
    assert desk.told == []
    desk.now += timedelta(seconds=32)
    await desk.round(patience=0)
    await desk.round(patience=0)
    assert desk.told == ["Sumber uji sudah pindah."]
