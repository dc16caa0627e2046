"""The look back at a week in the channel: the real store, deliverer and publisher against a Bot API double over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import retracting
from bot.deliver import Delivery, deliver_round, recover
from bot.standing import stand, standing
from bot.telegram.publisher import TelegramPublisher
from bot.threads import StoreThreads
from newsdesk.messages import MessageState
from newsdesk.ports import Store
from newsdesk.reports import DeliveryReport
from newsdesk.routes import Route, TopicRule, Weekly
from newsdesk.standing import Order
from storage import open_store
from tests.acceptance.conftest import Program
from tests.doubles.botapi import CHANNEL, OPERATORS, TOKEN, BotApiDouble
from tests.doubles.newsroom import NOW, add, queue
from tests.doubles.web import WebDouble

SUNDAY = NOW + timedelta(days=1)
"""18:00 in Jakarta."""
WEEK = timedelta(days=7)
HOUR = timedelta(hours=1)
ROUTE = Route(
    id="week", chat=str(CHANNEL), when=TopicRule(1, ("film", "ai", "collaboration")), weekly=Weekly(6, time(18, 0), 3)
)


@dataclass
class Room:
    """A news desk with one weekly route."""

    url: str
    api: BotApiDouble
    publisher: TelegramPublisher
    store: Store
    now: datetime = NOW
    route: Route = ROUTE
    told: list[str] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def tell(self, notice: str, buttons: object = ()) -> None:
        self.told.append(notice)

    async def round(self) -> DeliveryReport:
        """One life of the program: it starts, delivers what may go, and ends."""
        async with StoreThreads(self.store) as threads:
            await threads.write(lambda tx: tx.pull_back(self.now))
            await recover(threads, self.now)
            delivery = Delivery(
                store=threads,
                publisher_for=lambda _: self.publisher,
                clock=lambda: self.now,
                settle=timedelta(0),
                summarise=lambda card: card.article.summary,
                routes=lambda: (self.route,),
                sleep=self.sleep,
                tell=self.tell,
                jitter=lambda: 0.0,
            )
            return await deliver_round(delivery, timedelta(seconds=90))

    async def at(self, now: datetime) -> DeliveryReport:
        """The same at another time."""
        self.now = now
        return await self.round()

    def lists(self) -> list[dict[str, Any]]:
        """The looks back that stand in the channel."""
        messages = self.api.chats[CHANNEL].messages.values()
        return [message for message in messages if message["text"].startswith("📅")]


@pytest.fixture
async def room(tmp_path: Path, api: BotApiDouble) -> AsyncIterator[Room]:
    url = f"sqlite:///{tmp_path}/desk.db"
    store = open_store(url)
    async with TelegramPublisher(TOKEN, api=api.base, operators_chat=str(OPERATORS)) as publisher:
        yield Room(url, api, publisher, store)
    store.close()


def tell_news(room: Room) -> None:
    """One story was posted and told by three outlets, one by two and not posted, two by one."""
    queue(room.store, "Film Korea syuting di Bandung", topics=("film", "collaboration"), countries=("KR",))
    for outlet in ("RMOL", "Republika"):
        more = {"source": outlet.lower(), "outlet": outlet, "story": 1, "countries": ()}
        add(room.store, f"Film itu di {outlet}", topics=("film",), **more)  # type: ignore[arg-type]
    add(room.store, "Studio AI Indonesia", topics=("ai",), countries=(), language="en")
    add(room.store, "Studio itu", source="rmol", outlet="RMOL", topics=(), countries=(), story=2)
    add(room.store, "Bioskop baru", topics=("film",), countries=(), at=NOW - HOUR)
    add(room.store, "Bioskop lama", topics=("film",), countries=(), at=NOW - 2 * HOUR)
    add(room.store, "Harga cabai", topics=(), countries=())


async def test_the_weeks_most_told_stories_by_rank(room: Room) -> None:
    """With the way to the channel's own post where one stands, else to the outlet; outlets, topics and flags."""
    tell_news(room)
    assert (await room.round()).sent == 1
    assert (await room.at(SUNDAY - timedelta(seconds=1))).sent == 0
    assert (await room.at(SUNDAY)).sent == 1
    [message] = room.lists()
    assert message["text"] == (
        "📅 Sepekan · 2–8 Feb 2026 · 3 berita\n"
        "Yang paling banyak diberitakan:\n\n"
        "1. Film Korea syuting di Bandung\n🎬🤝 ANTARA · 3 media · 🇰🇷\n\n"
        "2. Studio AI Indonesia (EN)\n🤖 ANTARA · 2 media\n\n"
        "3. Bioskop baru\n🎬 ANTARA\n\n"
        "#film #kolaborasi #AI"
    )
    [number] = [key for key, one in room.api.chats[CHANNEL].messages.items() if one["text"].startswith("Film Korea")]
    links = [entity["url"] for entity in message["entities"] if entity["type"] == "text_link"]
    assert links[0] == f"https://t.me/c/1234567890/{number}"
    assert all(link.startswith("https://news.example/") for link in links[1:])
    assert len(links) == 4
    assert message["preview"] == {"is_disabled": True}
    assert room.api.violations == []


async def test_once_a_week_whatever_the_clock_does(room: Room) -> None:
    """Over restarts, a clock that is set ahead and back, and one that stands still; then the next week."""
    tell_news(room)
    await room.round()
    for ahead in (0, 0, 1, -1, 3600, -90000, 0, 80000):
        await room.at(SUNDAY + timedelta(seconds=ahead))
    assert len(room.lists()) == 1
    for story in ("Kabar pekan depan", "Kabar lain"):
        add(room.store, story, at=SUNDAY + 3 * timedelta(days=1), seen=SUNDAY + 3 * timedelta(days=1))
    await room.at(SUNDAY + WEEK)
    await room.at(SUNDAY + WEEK + HOUR)
    first, second = room.lists()
    assert "Kabar pekan depan" in second["text"]
    assert "Film Korea" not in second["text"]
    assert "Film Korea" in first["text"]


async def test_a_clock_three_weeks_ahead_takes_no_week_away(room: Room) -> None:
    """What it made then is not made again; what it jumped over is, in its time."""
    tell_news(room)
    await room.round()
    await room.at(SUNDAY + 3 * WEEK)
    assert room.lists() == [], "nothing was told in that week"
    await room.at(SUNDAY - HOUR)
    await room.at(SUNDAY)
    await room.at(SUNDAY + 3 * WEEK)
    assert len(room.lists()) == 1


@pytest.mark.parametrize("late", [timedelta(hours=23), timedelta(hours=25)])
async def test_after_an_outage_it_is_made_up_for_within_a_day(room: Room, late: timedelta) -> None:
    """Later, the next one is near enough."""
    tell_news(room)
    await room.round()
    await room.at(SUNDAY + late)
    assert len(room.lists()) == (late < timedelta(days=1))


async def test_a_new_route_begins_with_its_next_slot(room: Room) -> None:
    """Written into the file on a Sunday evening, it does not look back at once."""
    room.route = replace(ROUTE, id="other")
    tell_news(room)
    await room.at(SUNDAY + HOUR)
    assert room.lists() == []


@pytest.mark.parametrize("fault", ["drop", "close", "garbage"])
async def test_a_lost_answer_does_not_double_it(room: Room, fault: str) -> None:
    """It is looked up by its words, as any post is."""
    tell_news(room)
    await room.round()
    room.api.fault("sendMessage", fault)
    await room.at(SUNDAY)
    await room.at(SUNDAY + HOUR)
    assert len(room.lists()) == 1


async def test_a_pause_keeps_it_back(room: Room) -> None:
    """And it comes when posting goes on."""
    tell_news(room)
    await room.round()
    with room.store.write() as tx:
        stand(tx, replace(standing(tx), pause=Order(NOW, 1, SUNDAY + 2 * HOUR)))
    await room.at(SUNDAY)
    assert room.lists() == []
    await room.at(SUNDAY + 2 * HOUR)
    assert len(room.lists()) == 1


async def test_a_story_of_the_list_may_still_be_posted_singly(room: Room) -> None:
    """A look back is no post: the story is new to the chat."""
    tell_news(room)
    await room.round()
    await room.at(SUNDAY)
    with room.store.write() as tx:
        post = tx.add_post(story=2, chat=str(CHANNEL), route="a", article=4, due=SUNDAY, waiting=False)
        assert post is not None
        tx.queue_message(chat=str(CHANNEL), kind="send", posts=[post], now=SUNDAY, not_before=SUNDAY)
    assert (await room.round()).sent == 1
    assert room.api.texts()[-1].startswith("Studio AI Indonesia")


async def test_a_muted_source_is_not_quoted(room: Room) -> None:
    """Its stories are told by another's article, or left out."""
    tell_news(room)
    await room.round()
    with room.store.write() as tx:
        stand(tx, standing(tx).muting("antara", Order(NOW, 1)))
    await room.at(SUNDAY)
    [message] = room.lists()
    assert "ANTARA" not in message["text"]
    assert "Bioskop" not in message["text"]
    assert "1. Film itu di RMOL\n🎬🤝 RMOL · 2 media" in message["text"]


async def test_what_is_taken_back_goes_from_the_list(room: Room) -> None:
    """Line by line; with the last, the message goes. It is not listed later either."""
    tell_news(room)
    await room.round()
    await room.at(SUNDAY)
    for story, left in ((1, 2), (2, 1), (3, 0)):
        with room.store.write() as tx:
            retracting.take_back(tx, story, 7, room.now)
        await room.round()
        assert [f"· {left} berita" in one["text"] for one in room.lists()] == [True] * bool(left)
    with room.store.read() as view:
        assert [one.kind for one in view.recent_messages(str(CHANNEL))] == []
        assert view.messages([MessageState.QUEUED]) == []
    assert room.told == []


async def test_what_was_taken_back_before_is_not_listed(room: Room) -> None:
    """A story that stood in the channel and was taken back during the week."""
    tell_news(room)
    await room.round()
    with room.store.write() as tx:
        retracting.take_back(tx, 1, 7, room.now)
    await room.at(SUNDAY)
    [message] = room.lists()
    assert "Film Korea" not in message["text"]
    assert "Studio AI Indonesia" in message["text"]


async def test_what_was_told_before_the_channel_began_is_not_listed(room: Room) -> None:
    """A token came late in the week: what the preview showed until then stays there."""
    add(room.store, "Kabar sebelum token", seen=NOW - HOUR)
    await room.round()
    queue(room.store, "Kabar pertama di kanal")
    await room.round()
    await room.at(SUNDAY)
    [message] = room.lists()
    assert "Kabar pertama di kanal" in message["text"]
    assert "Kabar sebelum token" not in message["text"]


async def test_a_chat_without_posts_gets_no_list(room: Room) -> None:
    """There is nothing to look back at."""
    add(room.store, "Kabar sebelum token")
    await room.round()
    await room.at(SUNDAY)
    assert room.api.texts() == []
    with room.store.read() as view:
        assert [one.message for one in view.look_backs("week", str(CHANNEL))] == [None, None]


def test_the_program_makes_it_from_its_file(program: Program, web: WebDouble) -> None:
    """`lintas run --once` at the right time, in the preview; the second run of the same hour makes none."""
    extra = """routes:
  - id: at-once
    chat: preview
    when: any of [film, ai, collaboration]
  - id: week
    chat: preview
    when: any of [film, ai, collaboration]
    weekly: {on: sunday, at: "18:00"}
"""
    program.write_book({"off": "https://off.example/feed"}, lines=("enabled: false",), extra=extra)
    store = open_store(f"sqlite:///{program.folder}/var/lintas.db")
    queue(store, "Film Korea syuting di Bandung", chat="preview", now=NOW - HOUR)
    store.close()
    assert "📅" not in program.run("run", "--once", "--now", NOW.isoformat()).out
    shown = program.run("run", "--once", "--now", SUNDAY.isoformat()).out
    assert "📅 Sepekan · 2–8 Feb 2026 · 1 berita" in shown
    assert "1. Film Korea syuting di Bandung" in shown
    assert "📅" not in program.run("run", "--once", "--now", (SUNDAY + HOUR).isoformat()).out
