"""Operators' commands in chat, as an operator uses them: asked, confirmed by a button, done; to others they do not exist."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import livebook
from bot.chat import ChatDesk
from bot.config import load_book
from bot.deliver import Delivery, deliver_round
from bot.intake import Desk as IntakeDesk
from bot.intake import Intake, take_in
from bot.orders import OrderDesk
from bot.render import orderphrases, phrases
from bot.standing import standing
from bot.telegram.orders import OrderCommands
from bot.telegram.publisher import TelegramPublisher
from bot.telegram.room import TelegramRoom
from bot.threads import StoreThreads
from bot.wiring import compile_rules
from newsdesk.articles import Entry
from newsdesk.ports import Harvest, Store
from newsdesk.sources import SourceState
from tests.doubles.botapi import CHANNEL, OPERATORS, READER, TOKEN, BotApiDouble
from tests.doubles.newsroom import NOW, add, queue

ADMIN = 5151
BOOK = f"""sources:
  - id: antara
    name: ANTARA
    url: https://news.example/feed.xml
  - id: bolong
    name: Bolong.id
    url: https://bolong.example/feed.xml
    enabled: false
routes:
  - id: highlights
    chat: {CHANNEL}
    when: any of [film, ai, collaboration]
"""


@dataclass
class Desk:
    """The room with the operators' commands, and delivery beside it, on one store."""

    threads: StoreThreads
    store: Store
    publisher: TelegramPublisher
    api: BotApiDouble
    path: Path
    now: datetime = NOW
    told: list[str] = field(default_factory=list)

    async def tell(self, notice: str, buttons: object = ()) -> None:
        self.told.append(notice)

    async def round(self, patience: float = 90, settle: float = 0) -> None:
        async def sleep(seconds: float) -> None:
            self.now += timedelta(seconds=seconds)

        book = load_book(self.path)
        await deliver_round(
            Delivery(
                store=self.threads,
                publisher_for=lambda _: self.publisher,
                clock=lambda: self.now,
                settle=timedelta(seconds=settle),
                summarise=lambda card: card.article.summary,
                routes=lambda: book.routes,
                sleep=sleep,
                tell=self.tell,
            ),
            timedelta(seconds=patience),
        )

    async def ask(self, text: str, user: int = ADMIN, **more: Any) -> dict[str, Any]:
        """Say it, and give the answer."""
        heard = len([one for one in self.api.accepted if one["chat"]["id"] == user])
        await self.api.message(text, user=user, **more)
        return (await self.api.said(heard + 1, chat=user))[-1]

    async def press(self, message: dict[str, Any], label: str, user: int = ADMIN) -> str:
        """Press the button of that name; what the popup says."""
        [row] = message["reply_markup"]["inline_keyboard"]
        data = {button["text"]: button["callback_data"] for button in row}[label]
        answered = len(self.api.answers)
        await self.api.press(message, data, user=user)
        await self.api.until(lambda: len(self.api.answers) > answered)
        return str(self.api.answers[-1]["text"])


@pytest.fixture
async def desk(store: Store, api: BotApiDouble, tmp_path: Path) -> AsyncIterator[Desk]:
    path = tmp_path / "sources.yaml"
    path.write_text(BOOK, "utf-8")
    book = load_book(path)
    publisher = TelegramPublisher(TOKEN, api=api.base, operators_chat=str(OPERATORS))
    stop = asyncio.Event()
    async with StoreThreads(store) as threads, publisher:
        made = Desk(threads, store, publisher, api, path)
        clock: Callable[[], datetime] = lambda: made.now  # noqa: E731
        chat = ChatDesk(store=threads, book=lambda: book, topics=lambda: (), clock=clock)
        orders = OrderDesk(
            store=threads,
            book=lambda: book,
            path=path,
            admins=(ADMIN,),
            clock=clock,
            began=NOW - timedelta(hours=3),
            version="1.2.3",
        )
        room = TelegramRoom(
            TOKEN,
            chat,
            api=api.base,
            also=[OrderCommands(orders).install],
            menus_of={ADMIN: orderphrases.COMMANDS},
        )
        running = asyncio.create_task(room.run(stop))
        yield made
        stop.set()
        await asyncio.wait_for(running, 10)


async def test_status_tells_how_things_stand(desk: Desk) -> None:
    """On one screen: since when, sources that fail, the queue, the last post, the orders in force, the archive."""
    queue(desk.store, "Satu kabar")
    await desk.round()
    queue(desk.store, "Kabar yang menunggu")
    with desk.store.write() as tx:
        tx.save_source_state(
            SourceState(source="antara", last_poll=NOW, failures=3, status="unreachable", reason="no route")
        )
    said = (await desk.ask("/status"))["text"]
    assert "Berjalan 3 jam · versi 1.2.3" in said
    assert f"sources.yaml {load_book(desk.path).digest[:8]}" in said
    assert "1 dari 1 sumber bermasalah" in said
    assert "antara: unreachable" in said
    assert "1 antre" in said
    assert f"{CHANNEL} · kiriman terakhir 18.00 WIB" in said
    assert "2 berita dalam 2 cerita" in said


async def test_status_tells_which_file_is_in_force(desk: Desk) -> None:
    """By its digest, since when, and whether another one lies on the disk: not taken up, or not to be read."""
    book, raw = load_book(desk.path), desk.path.read_bytes()
    with desk.store.write() as tx:
        livebook.remember_book(tx, livebook.last_good_fact(book, raw), NOW - timedelta(days=2))
    in_force = f"sources.yaml {book.digest[:8]} · berlaku sejak Kamis 5 Feb 2026, 18.00 WIB"
    said = (await desk.ask("/status"))["text"]
    assert in_force in said
    assert "/reload" not in said
    desk.path.write_bytes(raw + b"# a note\n")
    said = (await desk.ask("/status"))["text"]
    assert in_force in said
    assert "lain dari yang berlaku: /reload" in said
    desk.path.unlink()
    assert "lain dari yang berlaku: /reload" in (await desk.ask("/status"))["text"]


@pytest.mark.parametrize("command", ["/status", "/pause", "/post 1", "/reload", "/uncertain", "/mute antara"])
async def test_to_others_the_commands_do_not_exist(desk: Desk, command: str) -> None:
    """Who is no operator gets the answer to any unknown command, and nothing is ordered."""
    said = await desk.ask(command, user=READER)
    assert said["text"] == str(phrases.UNKNOWN_COMMAND)
    assert "reply_markup" not in said


async def test_a_pause_holds_every_post_until_it_is_over(desk: Desk) -> None:
    """Confirmed, posts wait in the queue and nothing is lost; the pause ends by itself, or by /resume."""
    asked = await desk.ask("/pause 2h")
    assert asked["text"].startswith("Tahan semua kiriman sampai 20.00 WIB?")
    queue(desk.store, "Kabar pertama")
    await desk.press(asked, "Ya")
    await desk.round()
    assert desk.api.texts() == []
    assert "⏸ Kiriman ditahan sampai 20.00 WIB" in (await desk.ask("/status"))["text"]
    desk.now += timedelta(hours=2)
    await desk.round()
    assert len(desk.api.texts()) == 1
    await desk.press(await desk.ask("/pause"), "Ya")
    queue(desk.store, "Kabar kedua")
    await desk.round()
    assert len(desk.api.texts()) == 1
    assert await desk.press(await desk.ask("/resume"), "Ya") == "▶️ Kiriman dilanjutkan."
    await desk.round()
    assert len(desk.api.texts()) == 2
    assert (await desk.ask("/resume"))["text"] == "Kiriman tidak sedang ditahan."


async def test_a_button_is_for_who_asked_and_expires(desk: Desk) -> None:
    """Another person's press, a second one and a late one change nothing and say why."""
    asked = await desk.ask("/pause")
    assert await desk.press(asked, "Ya", user=999) == str(orderphrases.STRANGER)
    desk.now += timedelta(minutes=10)
    assert await desk.press(asked, "Ya") == str(orderphrases.EXPIRED)
    assert await desk.press(await desk.ask("/pause"), "Batal") == "Dibatalkan."
    with desk.store.read() as view:
        assert not standing(view).paused(desk.now)


async def test_a_muted_source_is_read_but_not_posted(desk: Desk) -> None:
    """Its articles are kept and found; nothing of it is queued until it is heard again."""
    await desk.press(await desk.ask("/mute antara 1d"), "Ya")
    assert take(desk, "Film Korea syuting di Bandung") == (1, 0)
    assert "🔇 Dibisukan: antara sampai Minggu 8 Feb 2026, 18.00 WIB" in (await desk.ask("/status"))["text"]
    assert (await desk.ask("/unmute antara"))["text"] == "🔊 antara dikirim lagi."
    assert take(desk, "Sutradara Jepang memuji film Indonesia") == (1, 1)


def take(desk: Desk, title: str) -> tuple[int, int]:
    """Take in one article of the source; how many were stored, and how many messages queued."""
    book = load_book(desk.path)
    source = book.source("antara")
    assert source is not None
    entry = Entry(title=title, url=f"https://news.example/{abs(hash(title))}", published=desk.now)
    state = SourceState(source="antara", last_poll=NOW - timedelta(hours=1), last_ok=NOW - timedelta(hours=1), items=1)
    rules = IntakeDesk(compile_rules({}), book.routes)
    with desk.store.write() as tx:
        report = take_in(tx, rules, Intake(source, state, Harvest(entries=(entry,))), desk.now)
    return report.stored, report.queued


async def test_an_article_is_posted_by_hand_once(desk: Desk) -> None:
    """/post asks where it would go, posts it whatever the rules said, and never a second time."""
    number, _ = add(desk.store, "Berita yang terlewat", topics=())
    asked = await desk.ask(f"/post {number}")
    assert "Berita yang terlewat" in asked["text"]
    assert f"lewat rute highlights ke {CHANNEL}" in asked["text"]
    assert await desk.press(asked, "Ya") == "📨 Masuk antrean."
    await desk.round()
    assert len(desk.api.texts()) == 1
    assert await desk.press(await desk.ask(f"/post {number}"), "Ya") == str(orderphrases.POST_THERE)
    await desk.round()
    assert len(desk.api.texts()) == 1


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("/pause besok", "Tulis berapa lama"),
        ("/pause 366d", "Tulis berapa lama"),
        ("/mute", "Sumber mana?"),
        ("/mute antarra", "Mungkin: antara"),
        ("/mute antara selamanya", "Sumber mana?"),
        ("/unmute antara", "Tidak ada yang dibisukan"),
        ("/post", "Berita mana?"),
        ("/post 999", "tidak ada dalam arsip"),
        ("/post 1 tidakada", "Tidak ada rute"),
        ("/uncertain", "Tidak ada kiriman yang menunggu"),
        ("/reload", "tidak berubah"),
    ],
)
async def test_what_cannot_be_done_says_what_to_write(desk: Desk, command: str, said: str) -> None:
    """A wrong or empty order is answered with how it is written."""
    assert said in (await desk.ask(command))["text"]


async def test_held_messages_can_be_decided_from_the_list(desk: Desk) -> None:
    """/uncertain names each with its story and three buttons, in rows that a phone shows whole."""
    number = queue(desk.store, "Kabar yang meragukan")
    with desk.store.write() as tx:
        tx.hold_message(number, reason="cannot be looked up", now=NOW)
    listed = await desk.ask("/uncertain")
    assert "«Kabar yang meragukan»" in listed["text"]
    rows = [[button["text"] for button in row] for row in listed["reply_markup"]["inline_keyboard"]]
    sent, resend, drop = (f"{number}: {name}" for name in map(str, phrases.RESOLUTIONS.values()))
    assert rows == [[sent, resend], [drop]]


async def test_a_file_that_loses_much_can_be_accepted_in_chat(desk: Desk) -> None:
    """/reload says what is wrong with the file, or what it would take away, and one tap accepts exactly that file."""
    with desk.store.write() as tx:
        more = "".join(f"  - {{id: s{n}, name: S{n}, url: 'https://s{n}.example/feed'}}\n" for n in range(9))
        raw = BOOK.replace("routes:", more + "routes:").encode()
        former = desk.path.with_name("former.yaml")
        former.write_bytes(raw)
        livebook.remember_book(tx, livebook.last_good_fact(load_book(former), raw), NOW)
    desk.path.write_text(BOOK.replace("film, ai, collaboration", "film, ai"), "utf-8")
    asked = await desk.ask("/reload")
    assert "Yang akan hilang: s0, s1" in asked["text"]
    assert await desk.press(asked, "Setujui") == str(orderphrases.DONE_ACCEPT)
    with desk.store.read() as view:
        assert view.remembered(livebook.ACCEPTED) == load_book(desk.path).digest
    desk.path.write_text(BOOK + "nonsense: 1\n", "utf-8")
    said = (await desk.ask("/reload"))["text"]
    assert "belum bisa dipakai" in said
    assert "sources.yaml:13:1: nonsense: unknown key" in said


async def test_operators_have_a_menu_of_their_own(desk: Desk) -> None:
    """Telegram's menu lists the orders in an operator's private chat, and nowhere else."""
    await desk.ask("/status")
    menus = {menu["scope"]: menu["commands"] for menu in map(_menu, desk.api.called("setMyCommands"))}
    assert "status" in menus[f"chat {ADMIN}"]
    assert "status" not in menus["default None"]


def _menu(fields: dict[str, Any]) -> dict[str, Any]:

    scope = json.loads(fields["scope"]) if isinstance(fields["scope"], str) else fields["scope"]
    commands = json.loads(fields["commands"]) if isinstance(fields["commands"], str) else fields["commands"]
    return {
        "scope": f"{scope['type']} {scope.get('chat_id')}",
        "commands": [command["command"] for command in commands],
    }
