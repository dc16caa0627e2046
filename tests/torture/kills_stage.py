"""The stage of the kills: one server with a Bot API double and feeds for each try, the jobs, and who judges.

Nothing here is told by the program under test: what was posted is what the double accepted, what was polled is what the
feeds saw, and the database is looked at when the process is dead.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from aiohttp import web

from bot import retracting
from bot.render import Tree, digest_tree, post_tree, to_json
from newsdesk.messages import Card, ChatState
from newsdesk.people import OWN, Person
from newsdesk.ports import Store
from storage import open_store
from tests.doubles import newsroom
from tests.doubles.botapi import CHANNEL, DATE, OPERATORS, READER, BotApiDouble, Lost, Refusal
from tests.newdb import tables_since_the_first
from tests.torture.kills_points import CLOCK, INSTANT, ONCE, TWICE, shake_hands

ROOT = Path(__file__).parents[2]
PROBE = "·"
LIFE = 120.0
"""Seconds that one life of a victim may take before it counts as hanging; the machine may be busy."""

# --- the news ---------------------------------------------------------------------------------------------------------

A = (
    ("Festival film Jakarta membuka lomba sinema buatan kecerdasan buatan", "Pendaftaran dibuka sampai Maret."),
    ("Studio animasi Bandung membuat film anak dengan AI dan tayang di bioskop", "Kisah kancil digambar mesin."),
    ("Sutradara Joko Anwar memakai kecerdasan buatan untuk film horor terbarunya", "Syuting di Yogyakarta."),
)
B = (
    ("Aktor senior menolak wajahnya dipakai AI dalam film perang", "Ia meminta kontrak yang jelas."),
    ("Penulis skenario film belajar memakai kecerdasan buatan di Makassar", "Lokakarya itu diikuti empat puluh orang."),
)
PLAIN = ("Penonton film pendek di Kupang memenuhi gedung kesenian", "Sutradara muda memutar karya mereka.")
CROSSED = (PLAIN[0], "Sutradara muda memutar film yang dibuat dengan kecerdasan buatan (AI).")
TOLD = ("Bioskop Surabaya memutar film dokumenter nelayan yang disulih suara AI", "Penonton memuji suara nelayan.")
RETOLD = ("Film dokumenter nelayan yang disulih suara AI diputar bioskop Surabaya", "Penonton memuji suara nelayan.")

CORRECTED = (TOLD[0], "Penonton di Surabaya berdiri dan bertepuk tangan untuk suara nelayan.")

STANDING = ("Kabar lama dari Antara", "Kabar lama dari Republik")
FOLLOW_UP = "Lanjutan kabar lama dari Antara"
RETRACTED = ("Kabar keliru dari Antara", "Kabar keliru dalam rangkuman", "Kabar keliru yang menunggu")
KEPT = "Kabar benar dalam rangkuman"
AFTER_RETRACTED = "Lanjutan kabar keliru dari Antara"
LOOK_BACK = "📅 Sepekan"
FAREWELL = "👋 Sudah lama"
BESIDE = "Kabar baru di hari Minggu"
DESK_A = ("Kabar pertama dari Antara", "Kabar kedua dari Antara")
DESK_B = ("Berita pertama dari Republik", "Berita kedua dari Republik")
WAITING = ("Rangkuman lama yang tersisih", "Rangkuman tentang sutradara", "Rangkuman tentang penonton")
HOPELESS = DESK_A[1]

News = Sequence[tuple[str, str]]


def rss(news: News) -> bytes:
    """A feed, newest last; one item's address and time depend on nothing but its title."""
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
    items = "".join(
        f"<item><title>{title}</title><link>https://uji.example/berita/{_number(title)}-kabar</link>"
        f"<description>{summary}</description><pubDate>{format_datetime(start + timedelta(minutes=n))}</pubDate></item>"
        for n, (title, summary) in enumerate(news)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Uji</title>{items}</channel></rss>'.encode()


def _number(title: str) -> int:
    return int.from_bytes(blake2b(title.encode(), digest_size=4).digest()) + 10_000


# --- the jobs ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stage:
    """A job: what the database holds and the feeds bring, what has to be posted, and how the double behaves.

    `orders` are titles that must come in this order. `script` is what the double does to the first sendMessage calls.
    """

    template: str
    orders: tuple[tuple[str, ...], ...]
    feeds: dict[str, News] = field(default_factory=dict)
    later: dict[str, News] = field(default_factory=dict)
    script: tuple[str, ...] = ()
    service: bool = False
    operators: bool = True
    lost_for_good: tuple[str, ...] = ()
    held: int = 0
    arguments: tuple[str, ...] = ()
    """What the lives that are killed are called with, where that is not `run`."""
    quiet: bool = False
    """No further faults of the double than those of the script."""
    shows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What messages must say in the end, by the title that they begin with: those that stood before, too."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """Which message, by its title, another is a reply to; "" for one that answers none."""
    gone: tuple[str, ...] = ()
    """What stands in the channel before, and must not in the end."""
    stays: tuple[str, ...] = ()
    """What stands there before, and still must."""
    chat: int = CHANNEL
    """The chat in which it is judged: the channel, or a person's private one, in which others' words stand, too."""
    weekly: bool = False
    """Whether a route looks back at the week that ended an hour ago."""

    @property
    def expected(self) -> tuple[str, ...]:
        """All that has to be posted."""
        return tuple(title for order in self.orders for title in order)


_TITLES_A, _TITLES_B = tuple(title for title, _ in A), tuple(title for title, _ in B)
_COLD = (_TITLES_A[1:], _TITLES_B[:1])
_DESK = (DESK_A, DESK_B, (WAITING[1],), (WAITING[2],))
_OWN = (DESK_A, DESK_B, *((title,) for title in WAITING), (FAREWELL,))

STAGES: dict[str, Stage] = {
    "feeds": Stage("empty", (_TITLES_A, _TITLES_B), {"a": A, "b": B}),
    "before": Stage("empty", ((TOLD[0],),), {"a": (PLAIN, TOLD), "b": ()}, quiet=True),
    "news": Stage(
        "read",
        ((PLAIN[0],), _TITLES_B),
        {"a": (CROSSED, CORRECTED), "b": (RETOLD, *B)},
        shows={TOLD[0]: ("Juga di: Media B", CORRECTED[1], "diperbarui")},
    ),
    "edit": Stage(
        "stands",
        ((FOLLOW_UP,),),
        shows={STANDING[0]: ("Juga di: RMOL",), STANDING[1]: ("Juga di: RMOL", "diperbarui")},
        answers={FOLLOW_UP: STANDING[0]},
    ),
    "retract": Stage(
        "retracted",
        ((AFTER_RETRACTED,),),
        answers={AFTER_RETRACTED: ""},
        gone=RETRACTED,
        stays=(KEPT,),
    ),
    "weekly": Stage("week", ((LOOK_BACK,), (BESIDE,)), weekly=True),
    "alerts": Stage("people", (_TITLES_A, _TITLES_B), {"a": A, "b": B}, chat=READER),
    "own": Stage("own", _OWN, chat=READER),
    "own look": Stage("own", _OWN, script=("lose",), quiet=True, chat=READER),
    "own first": Stage("own", _OWN, script=("reset",), quiet=True, chat=READER),
    "desk": Stage("desk", _DESK),
    "refused": Stage("desk", _DESK, script=("429",)),
    "hopeless": Stage("desk", ((DESK_A[0],), *_DESK[1:]), lost_for_good=(HOPELESS,), quiet=True),
    "blind": Stage("desk", _DESK, script=("lose",), operators=False, held=1, quiet=True),
    "look": Stage("desk", _DESK, script=("lose",), quiet=True),
    "first": Stage("desk", _DESK, script=("reset",), quiet=True),
    "migrate": Stage("old", _DESK),
    "backup": Stage("desk", _DESK, arguments=("backup", "copy.db")),
    "restore": Stage("desk", _DESK, arguments=("restore", "back.db")),
    "reload": Stage("empty", (_TITLES_A, _TITLES_B), {"a": A}, later={"a": A, "b": B}, service=True, quiet=True),
    "term": Stage("desk", _DESK, script=("slow", "slow"), service=True, quiet=True),
    "cold": Stage("empty", _COLD, {"a": A[1:], "b": B[:1]}, service=True, quiet=True),
    "cold new": Stage("none", _COLD, {"a": A[1:], "b": B[:1]}, service=True, quiet=True),
    "cold old": Stage("old", _DESK, service=True, quiet=True),
}


def book(base: str, names: Sequence[str], *, weekly: bool = False) -> str:
    """The operator's file; round-ups are hours away."""
    at = (datetime.now(UTC) + timedelta(hours=7 + 6)).strftime("%H:00")
    sources = "".join(
        f"  - id: {name}\n    name: Media {name.upper()}\n    url: {base}/{name}\n    every: 1m\n"
        for name in names or ("none",)
    ) + ("" if names else "    enabled: false\n")
    return (
        f"sources:\n{sources}routes:\n"
        f"  - id: highlights\n    chat: {CHANNEL}\n    when: at least 2 of [film, ai, collaboration]\n"
        f"  - id: roundup\n    chat: {CHANNEL}\n    when: any of [film, ai, collaboration]\n"
        f'    digest: {{at: ["{at}"], top: 2}}\n'
    ) + (_weekly() if weekly else "")


def _weekly() -> str:
    """A route that looks back at the week that ended an hour ago, by the clock of Jakarta."""
    ended = datetime.now(UTC) + timedelta(hours=7 - 1)
    day = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")[ended.weekday()]
    return (
        f"  - id: week\n    chat: {CHANNEL}\n    when: any of [film, ai, collaboration]\n"
        f'    weekly: {{on: {day}, at: "{ended:%H:%M}", top: 5}}\n'
    )


def make_templates(folder: Path) -> None:
    """The databases that tries begin with, each in a folder of its name, beside the one that `Theatre.read_before` makes."""
    for name in ("empty", "desk", "old", "none", "stands", "retracted", "week", "people", "own"):
        (folder / name / "var").mkdir(parents=True)
    open_store(f"sqlite:///{folder}/empty/var/lintas.db").close()
    for name in ("desk", "old"):
        store = open_store(f"sqlite:///{folder}/{name}/var/lintas.db")
        for first, second in zip(DESK_A, DESK_B, strict=True):
            newsroom.queue(store, first, source="antara")
            newsroom.queue(store, second, source="republik")
        for number, title in enumerate(WAITING):
            at = newsroom.NOW - timedelta(hours=5 - number)
            newsroom.wait(store, title, topics=("film",), source="kabar", at=at)
        store.close()
    _make_standing(f"sqlite:///{folder}/stands/var/lintas.db")
    _make_retracted(f"sqlite:///{folder}/retracted/var/lintas.db")
    _make_week(f"sqlite:///{folder}/week/var/lintas.db")
    _make_people(f"sqlite:///{folder}/people/var/lintas.db").close()
    _make_own(f"sqlite:///{folder}/own/var/lintas.db")
    with contextlib.closing(sqlite3.connect(folder / "old/var/lintas.db")) as old:
        for table in tables_since_the_first():
            old.execute(f"DROP TABLE {table}")
        old.execute("UPDATE alembic_version SET version_num = '0001'")
        old.commit()


def _make_standing(url: str) -> None:
    """Two stories were posted, a further outlet has joined each, and one has a follow-up."""
    store, now = open_store(url), datetime.now(UTC)
    for place, (title, source) in enumerate(zip(STANDING, ("antara", "republik"), strict=True), start=2):
        number = newsroom.queue(store, title, source=source)
        with store.write() as tx:
            [card] = tx.cards(tx.message(number).posts)  # type: ignore[union-attr]
            tx.claim_message(chats_busy=(), now=now, only=number)
            tx.mark_sending(number, content=to_json(post_tree(card, "")), last_known=None, now=now)
            tx.mark_sent(number, telegram_id=place, now=now)
        newsroom.add(store, f"{title} lagi", source="rmol", outlet="RMOL", story=card.story)
        with store.write() as tx:
            if title == STANDING[1]:
                tx.mark_corrected([card.post], now)
            tx.queue_edit(number, now=now, not_before=now)
    newsroom.queue(store, FOLLOW_UP, source="antara", follows=1)
    store.close()


def _make_retracted(url: str) -> None:
    """A post and a round-up stand, and one waits; an operator has taken back the first, a line of the second, the third."""
    store, now = open_store(url), datetime.now(UTC)
    single = newsroom.queue(store, RETRACTED[0], source="antara")
    posts = [
        newsroom.wait(store, title, source="kabar", due=now + timedelta(hours=5)) for title in (KEPT, *RETRACTED[1:])
    ]
    with store.write() as tx:
        bundle = tx.queue_message(chat=str(CHANNEL), kind="digest", posts=posts[:2], now=now, not_before=now)
        for place, (number, tree) in enumerate(((single, _single), (bundle, _bundled)), start=2):
            cards = tx.cards(tx.message(number).posts)  # type: ignore[union-attr]
            tx.claim_message(chats_busy=(), now=now, only=number)
            tx.mark_sending(number, content=to_json(tree(cards)), last_known=None, now=now)
            tx.mark_sent(number, telegram_id=place, now=now)
        for story in (1, 3, 4):
            retracting.take_back(tx, story, 7, now)
    newsroom.queue(store, AFTER_RETRACTED, source="antara", follows=1)
    store.close()


def _make_week(url: str) -> None:
    """Three stories of the week, of which one was posted; another one is to be posted now."""
    store, now = open_store(url), datetime.now(UTC)
    seen = now - timedelta(days=3)
    posted = newsroom.queue(store, STANDING[0], source="antara", at=seen, seen=seen, now=seen)
    with store.write() as tx:
        tx.queue_look_back(route="week", chat=str(CHANNEL), slot=now - timedelta(days=7), stories=(), now=seen)
        [card] = tx.cards(tx.message(posted).posts)  # type: ignore[union-attr]
        tx.claim_message(chats_busy=(), now=now, only=posted)
        tx.mark_sending(posted, content=to_json(post_tree(card, "")), last_known=None, now=now)
        tx.mark_sent(posted, telegram_id=2, now=now)
    for title in DESK_A:
        newsroom.add(store, title, source="kabar", at=seen, seen=seen)
    newsroom.queue(store, BESIDE, source="antara", at=now, seen=now)
    store.close()


def _make_people(url: str) -> Store:
    """Somebody with three alerts, all of which each of the news satisfies."""
    store, now = open_store(url), datetime.now(UTC)
    with store.write() as tx:
        tx.keep_person(Person(id=READER, seen=now))
        for query in ("film OR sutradara", "topic:film OR topic:ai", "kecerdasan OR ai"):
            tx.add_alert(person=READER, name=query, query=query, now=now)
        tx.save_chat(ChatState(chat=str(READER), last_message_id=1))
    return store


def _make_own(url: str) -> None:
    """What alerts brought is queued and waits, and the person is to be told that they were not heard for long."""
    store, now = _make_people(url), datetime.now(UTC)
    with store.read() as view:
        alerts = [alert.id for alert in view.alerts_of(READER)]
    for first, second in zip(DESK_A, DESK_B, strict=True):
        for title, source in ((first, "antara"), (second, "republik")):
            post = _own_post(store, title, source, alerts, waiting=False)
            with store.write() as tx:
                tx.queue_message(chat=str(READER), kind="send", posts=[post], now=now, not_before=now)
    for title in WAITING:
        _own_post(store, title, "kabar", alerts, waiting=True)
    with store.write() as tx:
        tx.queue_message(chat=str(READER), kind="farewell", posts=(), now=now, not_before=now)
    store.close()


def _own_post(store: Store, title: str, source: str, alerts: Sequence[int], *, waiting: bool) -> int:
    article, story = newsroom.add(store, title, source=source)
    with store.write() as tx:
        post = tx.add_post(story=story, chat=str(READER), route=OWN, article=article, due=newsroom.NOW, waiting=waiting)
        assert post is not None
        tx.link_alerts(post, alerts)
        return post


def _single(cards: Sequence[Card]) -> Tree:
    return post_tree(cards[0], "")


def _bundled(cards: Sequence[Card]) -> Tree:
    return digest_tree(cards, at=datetime.now(UTC))


def _standing(template: str) -> list[str]:
    """The texts that stand in the channel of a template, in their order."""
    if template == "stands":
        return list(STANDING)
    if template == "week":
        return [STANDING[0]]
    if template == "retracted":
        return [RETRACTED[0], f"Rangkuman\n• {RETRACTED[1]} — Antara\n• {KEPT} — Antara"]
    return []


# --- one try ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kill:
    """One planned kill: a named place and its how-manieth passing, or an instant in milliseconds."""

    point: str
    nth: int = 1
    carried_out: bool = False
    """Of a call that the double had received: whether it is carried out although the caller is dead."""
    late: float = 0.0
    """How many seconds after the caller's death that is, if nobody repeats the call until then."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One try: the job, the kills of successive lives, and how the double behaves beside the job's own script."""

    stage: str
    kills: tuple[Kill, ...]
    manner: tuple[str, ...] = ()
    service: bool = False
    settle: str = "0"
    """LINTAS_SETTLE. Where it is not 0 waits take their real time."""
    sabotage: str = ""
    disarmed: bool = False
    """The kill is left out: what a test that tests nothing would look like."""

    @property
    def calm(self) -> Plan:
        """The same kills, with nothing beside them."""
        return replace(self, manner=(), service=False)


@dataclass
class Verdict:
    """What became of a try, by the double, the feeds and the dead database."""

    plan: Plan
    fired: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    """Messages that do not say in the end what they must, or that answer another one."""
    held: int = 0
    wrong: list[str] = field(default_factory=list)
    """Anything else: a torn transaction, a damaged database, a child that lives on, an exit code, a hang."""
    recovery: float | None = None
    """Seconds from the last restart to the next post; None when everything had been accepted before."""
    hindered: bool = False
    """Telegram had refused something in this try before that post: waiting is then what it asks for."""
    dots: int = 0
    """Signs that looking left in the channel."""
    copies: int = 0
    """Copies that looking left in the operators' chat: untidy, not wrong."""
    folder: Path | None = None

    @property
    def good(self) -> bool:
        """Whether nothing at all is to be complained of."""
        return not self.missed and not any(self._harm)

    @property
    def only_missed(self) -> bool:
        """Whether a kill did not come, and nothing else is to be complained of."""
        return bool(self.missed) and not any(self._harm)

    @property
    def _harm(self) -> tuple[object, ...]:
        return self.lost, self.doubled, self.disordered, self.stale, self.held, self.wrong, self.dots


@dataclass
class Victim:
    """One life of the program."""

    pid: int
    ended: asyncio.Future[int]

    async def wait(self) -> None:
        """Until it is dead."""
        await asyncio.wait([self.ended])

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended: its number might be another process's by then."""
        if not self.ended.done():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


class Try:
    """One plan on its way: its folder, its double, its feeds."""

    def __init__(self, theatre: Theatre, number: int, plan: Plan) -> None:
        self.theatre = theatre
        self.number = number
        self.plan = plan
        self.stage = STAGES[plan.stage]
        self.folder = theatre.folder / f"try{number}"
        self.verdict = Verdict(plan, folder=self.folder)
        self.token = f"{1_000_000 + number}:AAEtoken-of-a-try-of-the-kills_00000000"
        self.double = BotApiDouble(self.token)
        self.double.watcher = self._watch
        channel = self.double.chats[CHANNEL]
        if self.stage.template == "read":  # the channel that the template's story stands in
            channel.last_id, channel.messages = theatre.last_id, deepcopy(theatre.messages)
        for text in _standing(self.stage.template):
            channel.last_id += 1
            wire = {"message_id": channel.last_id, "date": DATE, "chat": channel.wire()}
            channel.messages[channel.last_id] = {**wire, "text": text, "entities": []}
        if self.stage.chat == READER:
            self._chatter("/alert film", "/mine", "terima kasih")
        self.feeds = dict(self.stage.feeds)
        self.polls: list[tuple[str, bool, int]] = []
        """Which feed was asked for, whether with a validator, and the status that it answered."""
        self.posted: list[float] = []
        self._script = [*self.stage.script, *(() if self.stage.quiet else plan.manner)]
        self._victim: asyncio.Future[Victim] = asyncio.get_running_loop().create_future()
        self._armed: Kill | None = None
        self._passed = 0
        self._repeated = asyncio.Event()
        self._fault = ""
        self._hindered = False
        self._hindered_before: list[bool] = []
        self._said_before = 0
        self._tagged: list[tuple[int, set[str]]] = []
        """After each death: how many polls there had been, and of which feeds a validator was kept."""

    # -- what the double and the feeds do

    def _chatter(self, *words: str) -> None:
        """The person writes to the bot, which is not there to hear it."""
        chat = self.double.chats[READER]
        person = {"id": READER, "is_bot": False, "first_name": "Siti"}
        for text in words:
            chat.last_id += 1
            wire = {"message_id": chat.last_id, "date": DATE + chat.last_id, "chat": chat.wire(), "from": person}
            chat.messages[chat.last_id] = {**wire, "text": text, "entities": []}

    async def _watch(self, stage: str, method: str, fields: dict[str, Any]) -> None:
        if method == "getUpdates":
            return
        if (method, stage) == ("sendMessage", "received"):
            self._repeated.set()
        await self._pass(f"api {method} {stage}")
        if method not in ("sendMessage", "editMessageText") or str(fields.get("chat_id")) != str(self.stage.chat):
            return
        if stage == "received":
            if any(title in fields["text"] for title in self.stage.lost_for_good):
                raise Refusal(400, "Bad Request: message is too long")
            self._fault = self._script.pop(0) if self._script else ""
            self._hindered |= self._fault not in ("", "slow")
            await self._misbehave(self._fault)
        elif stage == "accepted":
            if method == "sendMessage" and fields["text"] != PROBE:
                self._post_stands()
            if self._fault == "lose":
                raise Lost
        if self._fault == "slow":
            await self._slowly()

    async def _slowly(self) -> None:
        """Take a while, but no longer than the sender lives: what arrives later is what LINTAS_SETTLE is for, and it is 0."""
        victim = await self._victim
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(victim.ended), 0.15)

    def _post_stands(self) -> None:
        """Note when; in a private chat the person says something to it."""
        self.posted.append(time.monotonic() + self._ahead())
        self._hindered_before.append(self._hindered)
        if self.stage.chat == READER:
            self._chatter(f"sudah saya baca yang ke-{len(self.posted)}")

    async def _misbehave(self, fault: str) -> None:
        if fault == "reset":
            raise Lost
        if fault == "429":
            raise Refusal(429, "Too Many Requests: retry after 2", {"retry_after": 2})
        if fault == "500":
            raise Refusal(500, "Internal Server Error")

    async def serve_feed(self, request: web.Request) -> web.StreamResponse:
        """Answer for one feed, with validators."""
        name = request.match_info["name"]
        await self._pass("feed received")
        body = rss(self.feeds.get(name, ()))
        tag = f'"{blake2b(body, digest_size=8).hexdigest()}"'
        asked = request.headers.get("If-None-Match")
        status = 304 if asked == tag else 200
        self.polls.append((name, asked is not None, status))
        if status == 304:
            return web.Response(status=304, headers={"ETag": tag})
        headers = {"ETag": tag, "Content-Type": "application/rss+xml", "Content-Length": str(len(body))}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        await self._pass("feed half")
        with contextlib.suppress(ConnectionError):
            await response.write(body[len(body) // 2 :])
        return response

    async def _pass(self, name: str) -> None:
        """Kill from outside, where this is the place; raises Lost when the caller is dead and nothing may follow."""
        kill = self._armed
        if kill is None or kill.point != name:
            return
        self._passed += 1
        if self._passed != kill.nth:
            return
        self._armed = None
        victim = await self._victim
        if victim.ended.done():
            return
        shake_hands(self.folder / "fired", name)
        victim.signal(signal.SIGKILL)
        await victim.wait()
        await self._until_repeated(kill.late)
        if not (name.endswith("received") and kill.carried_out):
            raise Lost if name.startswith("api") else ConnectionResetError

    async def _until_repeated(self, seconds: float) -> None:
        self._repeated.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._repeated.wait(), seconds)

    def _ahead(self) -> float:
        clock = self.folder / CLOCK
        try:
            return float(clock.read_text() or 0)
        except (FileNotFoundError, ValueError):
            return 0.0

    # -- the lives

    async def run(self) -> Verdict:
        """Let it live and die as planned, then let it finish, and judge."""
        shutil.copytree(self.theatre.templates / self.stage.template, self.folder)
        self._write_book(tuple(self.feeds))
        if self.plan.stage == "restore":
            shutil.copy(self.folder / "var/lintas.db", self.folder / "back.db")
        for number, kill in enumerate(self.plan.kills):
            await self._life(kill, number)
            self._look_at_the_dead()
        self._armed = None
        if self.stage.later and set(self.feeds) != set(self.stage.later):
            self._change_book()
        await self._finish()
        self._judge()
        return self.verdict

    def _write_book(self, names: Sequence[str]) -> None:
        path = self.folder / "sources.yaml"
        text = book(f"{self.theatre.base}/feeds/{self.number}", names, weekly=self.stage.weekly)
        path.with_suffix(".new").write_text(text)
        path.with_suffix(".new").replace(path)

    def _change_book(self) -> None:
        self.feeds = dict(self.stage.later)
        self._write_book(tuple(self.feeds))

    @property
    def _service(self) -> bool:
        return self.stage.service or self.plan.service

    async def _life(self, kill: Kill, number: int) -> None:
        """One life that is to be cut short."""
        inside = not kill.point.startswith(("api ", "feed ", INSTANT, ONCE))
        armed = None if self.plan.disarmed else kill
        self._armed = None if inside else armed
        self._passed = 0
        before = len(self._handshakes())
        victim = await self._begin(armed if inside else None, service=self._service, arguments=self.stage.arguments)
        await self._live(victim, self._end(victim, armed), f"life {number}")
        fired = len(self._handshakes()) > before
        code = victim.ended.result()
        if fired and code in {"child killed": (0, 1), ONCE: (0,), TWICE: (-signal.SIGTERM,)}.get(
            kill.point, (-signal.SIGKILL,)
        ):
            self.verdict.fired.append(kill.point)
        elif kill.point != INSTANT or self.plan.disarmed:
            self.verdict.missed.append(f"{kill.point} (exit {code})")
        if self.feeds and await _children_of(victim.pid):
            self.verdict.wrong.append(f"a parsing child outlived {kill.point}")

    async def _end(self, victim: Victim, kill: Kill | None) -> None:
        """Wait until it is dead, doing meanwhile what brings it to the place."""
        if kill is not None and kill.point == INSTANT:
            await asyncio.wait([victim.ended], timeout=kill.nth / 1000)
            if not victim.ended.done():
                shake_hands(self.folder / "fired", kill.point)
                victim.signal(signal.SIGKILL)
        if not self._service:
            await victim.wait()
        if self.plan.stage == "term" and kill is not None:
            await self._until(victim, lambda: len(self.posted) >= 1)
        elif self.stage.later and kill is not None:
            await self._until(victim, lambda: len(self.posted) >= 1)
            self._change_book()
        if kill is None or self.plan.stage != "term":
            await self._until(victim, lambda: self._all_posted() and self._started())
        told, posted = time.monotonic(), len(self.posted)
        victim.signal(signal.SIGTERM)
        if kill is not None and kill.point in (ONCE, TWICE):
            shake_hands(self.folder / "fired", kill.point)
        if kill is not None and kill.point == TWICE:
            await self._until(victim, lambda: "stopping" in self._said())
            victim.signal(signal.SIGTERM)
        await victim.wait()
        if kill is not None and kill.point == ONCE:
            self._look_at_the_ended(time.monotonic() - told, len(self.posted) - posted)

    def _look_at_the_ended(self, seconds: float, posted: int) -> None:
        """A clean end: nothing more is begun, what was under way is finished and written down, nobody complains."""
        half = self._query("SELECT id, state FROM messages WHERE state IN ('claimed', 'sending')")
        if half or posted > 1 or seconds > 10 or "Traceback" in self._said():
            self.verdict.wrong.append(f"no clean end: {half}, {posted} posted in {seconds:.1f} s")

    def _said(self) -> str:
        """What this life has said."""
        said = self.folder / "said"
        return said.read_bytes()[self._said_before :].decode(errors="replace") if said.exists() else ""

    def _started(self) -> bool:
        """Whether it is so far that it ends cleanly when it is told to."""
        return " started " in self._said()

    async def _until(self, victim: Victim, holds: Callable[[], bool], seconds: float = 0.8 * LIFE) -> None:
        end = time.monotonic() + seconds
        while not victim.ended.done() and not holds() and time.monotonic() < end:
            await asyncio.wait([victim.ended], timeout=0.01)

    def _all_posted(self) -> bool:
        return not self._missing() and not self._stale()

    def _missing(self) -> list[str]:
        counts = self._counts()
        return [title for title in self.stage.expected if not counts[title]]

    async def _finish(self) -> None:
        """Restart, as a supervisor does, until nothing is left to do; a few restarts must be enough."""
        for number in range(4):
            began, posted = time.monotonic() + self._ahead(), len(self.posted)
            missing = bool(self._missing())
            service = self._service and (number == 0 or self.theatre.cold)
            victim = await self._begin(None, service=service)
            await self._live(victim, self._end(victim, None) if service else victim.wait(), f"restart {number}")
            if victim.ended.result() != 0:
                self.verdict.wrong.append(f"restart {number} ended with {victim.ended.result()}")
            if "Traceback" in self._said():
                self.verdict.wrong.append(f"restart {number} shows a traceback")
            if number == 0 and missing and len(self.posted) > posted:
                self.verdict.recovery = round(self.posted[posted] - began, 3)
                self.verdict.hindered = self._hindered_before[posted]
            if self._settled():
                return

    async def _live(self, victim: Victim, life: Coroutine[Any, Any, None], name: str) -> None:
        """Let the life take its course; one that hangs is ended."""
        try:
            await asyncio.wait_for(life, LIFE)
        except TimeoutError:
            self.verdict.wrong.append(f"{name} hangs")
            victim.signal(signal.SIGKILL)
            await victim.wait()

    async def _begin(self, kill: Kill | None, *, service: bool, arguments: Sequence[str] = ()) -> Victim:
        self._said_before += len(self._said().encode())
        self._victim = asyncio.get_running_loop().create_future()
        run = ["run", "--roles", "poll,deliver"] if service else ["run", "--once", "--json"]
        victim = await self.theatre.launch(self, arguments or run, kill)
        self._victim.set_result(victim)
        return victim

    def environment(self) -> dict[str, str]:
        """The settings of this try's program."""
        settings = {
            "TELEGRAM_TOKEN": self.token,
            "TELEGRAM_API": self.theatre.base,
            "ALLOW_NETWORKS": "127.0.0.0/8",
            "SETTLE": self.plan.settle,
            "WEB": "off",
            **({"OPERATORS_CHAT": str(OPERATORS)} if self.stage.operators else {}),
        }
        return {f"LINTAS_{name}": value for name, value in settings.items()}

    # -- the judge

    def _handshakes(self) -> list[str]:
        fired = self.folder / "fired"
        return fired.read_text().splitlines() if fired.exists() else []

    def _texts(self) -> list[str]:
        return [message["text"] for message in self.double.accepted if message["chat"]["id"] == self.stage.chat]

    def _counts(self) -> Counter[str]:
        return Counter(title for text in self._texts() for title in _titles(text))

    def _settled(self) -> bool:
        """Whether the dead database says that nothing is left to do, and the double that nothing is missing."""
        if not self._query("SELECT 1 FROM sqlite_master WHERE name = 'messages'"):
            return False
        states = self._query("SELECT state, count(*) FROM messages GROUP BY state")
        under_way = {state for state, _ in states} & {"queued", "claimed", "sending"}
        return not under_way and not self._missing()

    def _query(self, statement: str, kept: Path | None = None) -> list[tuple[Any, ...]]:
        """Ask a copy of the database: opening the file itself would mend what the program has to mend."""
        kept = kept or self.folder / "var" / "lintas.db"
        aside = self.folder / "aside"
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir()
        for path in kept.parent.glob(f"{kept.name}*"):
            if not path.name.endswith(("-shm", ".lock")):
                shutil.copy(path, aside)
        with contextlib.closing(sqlite3.connect(aside / kept.name)) as database:
            return database.execute(statement).fetchall()

    def _look_at_the_dead(self) -> None:
        """What a kill leaves of a poll is all or nothing, and the next poll asks with a validator only for all."""
        copy = self.folder / "copy.db"
        if copy.exists() and self._query("SELECT count(*) FROM messages", copy) != [(4,)]:
            self.verdict.wrong.append("a backup that is not whole has its name")
        if self.plan.stage != "feeds":
            return
        kept = dict(self._query("SELECT source, count(*) FROM articles GROUP BY source"))
        tagged = {name for (name,) in self._query("SELECT source FROM sources WHERE etag IS NOT NULL")}
        [(queued,)] = self._query("SELECT count(*) FROM messages")
        whole = {name: len(news) for name, news in self.feeds.items() if name in tagged}
        if kept != whole or queued != sum(whole.values()):
            self.verdict.wrong.append(f"a torn transaction: articles {kept}, validators of {tagged}, {queued} messages")
        self._tagged.append((len(self.polls), tagged))

    def _judge(self) -> None:
        verdict, counts = self.verdict, self._counts()
        verdict.lost = self._missing()
        verdict.doubled = [title for title, count in counts.items() if count > 1]
        verdict.disordered = [str(order) for order in self.stage.orders if not self._in_order(order)]
        verdict.stale = self._stale()
        verdict.wrong += [f"not expected: {title}" for title in counts if title not in self.stage.expected]
        held = self._query("SELECT count(*) FROM messages WHERE state = 'held'")[0][0]
        verdict.held = abs(held - self.stage.held)
        failed = self._query("SELECT count(*) FROM messages WHERE state = 'failed'")[0][0]
        if failed != len(self.stage.lost_for_good):
            verdict.wrong.append(f"{failed} messages failed")
        for polls, tagged in self._tagged:
            following = {name: asked for name, asked, _ in reversed(self.polls[polls:])}
            for name, asked in following.items():
                if asked != (name in tagged):
                    verdict.wrong.append(f"{name} was polled {'with' if asked else 'without'} a validator")
        if self._query("PRAGMA integrity_check") != [("ok",)]:
            verdict.wrong.append("the database is damaged")
        here = self.double.chats[self.stage.chat].messages.values()
        verdict.dots = sum(message["text"] == PROBE for message in here)
        if any("forward_origin" in message for message in here):
            verdict.wrong.append("a copy that looking made stands in the chat")
        operators = self.double.chats[OPERATORS].messages.values()
        if self.stage.lost_for_good and all("forward_origin" in message for message in operators):
            verdict.wrong.append("no operator was told")
        verdict.copies = sum("forward_origin" in message for message in operators)
        verdict.wrong += self.double.violations

    def _stale(self) -> list[str]:
        """What stands in the channel and says too little, or answers the wrong message."""
        standing = list(self.double.chats[CHANNEL].messages.values())
        shown = {title: message for message in standing for title in [message["text"].split("\n", 1)[0]]}
        stale = []
        for title, words in self.stage.shows.items():
            text = shown[title]["text"] if title in shown else ""
            stale += [f"{title} lacks {part}" for part in words if part not in text]
        for title, first in self.stage.answers.items():
            answered = shown.get(title, {}).get("reply_to_message")
            if first and (answered is None or answered["message_id"] != shown[first]["message_id"]):
                stale.append(f"{title} does not answer {first}")
            if not first and answered is not None:
                stale.append(f"{title} answers {answered['text']}")
        texts = [message["text"] for message in standing]
        stale += [f"{title} stands" for title in self.stage.gone if any(title in text for text in texts)]
        return stale + [f"{title} is gone" for title in self.stage.stays if not any(title in text for text in texts)]

    def _in_order(self, order: tuple[str, ...]) -> bool:
        came = [title for text in self._texts() for title in _titles(text) if title in order]
        return sorted(came, key=order.index) == came


_KNOWN = (
    *(title for title, _ in (*A, *B, PLAIN, TOLD, RETOLD)),
    *(*DESK_A, *DESK_B, *WAITING, *STANDING, FOLLOW_UP, *RETRACTED, KEPT, AFTER_RETRACTED, BESIDE),
)


def _titles(text: str) -> list[str]:
    """The stories that a message carries: its headline, or those of a round-up. A look back is one by itself."""
    lines = text.splitlines()
    for whole in (LOOK_BACK, FAREWELL):
        if text.startswith(whole):
            return [whole]
    return [title for title in _KNOWN if any(line == title or line.startswith(f"• {title} —") for line in lines)]


# --- the theatre ------------------------------------------------------------------------------------------------------


class Theatre:
    """The server on loopback, the warm parent, and the folders. An async context manager."""

    def __init__(self, folder: Path, *, cold: bool = False) -> None:
        self.folder = folder
        self.templates = folder / "templates"
        self.cold = cold
        self.base = ""
        self.last_id = 0
        self.messages: dict[int, dict[str, Any]] = {}
        self._tries: dict[int, Try] = {}
        self._by_token: dict[str, Try] = {}
        self._next = 0
        self.tried_again = 0
        """Plans that were tried once more because their kill had not come."""
        self._lives = 0
        self._pids: dict[int, asyncio.Future[int]] = {}
        self._ends: dict[int, asyncio.Future[int]] = {}
        self._alive: list[Victim] = []
        self._open = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Theatre:
        await self._open.enter_async_context(self._serving())
        if not self.cold:
            await self._open.enter_async_context(self._warm())
        self.templates.mkdir(parents=True)
        await asyncio.to_thread(make_templates, self.templates)
        return self

    async def __aexit__(self, *_: object) -> None:
        for victim in self._alive:
            victim.signal(signal.SIGKILL)
        await self._open.aclose()

    async def perform(
        self, plans: Sequence[Plan], at_once: int, done: Callable[[Verdict], None] = lambda _: None
    ) -> list[Verdict]:
        """Run the plans, so many at a time; verdicts in their order. The folder of a good try goes away.

        A place that the double's faults or the service's end kept from being reached is tried once more without them.
        """
        turn = asyncio.Semaphore(at_once)

        async def one(plan: Plan) -> Verdict:
            async with turn:
                verdict = await self._try(plan)
                if verdict.only_missed and plan != plan.calm:
                    self.tried_again += 1
                    verdict = await self._try(plan.calm)
                done(verdict)
                return verdict

        return list(await asyncio.gather(*(one(plan) for plan in plans)))

    async def _try(self, plan: Plan) -> Verdict:
        self._next += 1
        one = Try(self, self._next, plan)
        self._tries[one.number] = self._by_token[one.token] = one
        verdict = await one.run()
        del self._tries[one.number], self._by_token[one.token]
        if verdict.good:
            shutil.rmtree(one.folder)
        return verdict

    async def read_before(self) -> None:
        """Make the template of a database that has read feeds before: one story waits, one was posted."""
        self._next += 1
        one = Try(self, self._next, Plan("before", ()))
        self._tries[one.number] = self._by_token[one.token] = one
        verdict = await one.run()
        if not verdict.good:
            raise RuntimeError(f"the template could not be made: {verdict}")
        self.last_id = one.double.chats[CHANNEL].last_id
        self.messages = one.double.chats[CHANNEL].messages
        shutil.copytree(one.folder / "var", self.templates / "read" / "var")
        shutil.rmtree(one.folder)

    # -- serving

    @contextlib.asynccontextmanager
    async def _serving(self) -> AsyncIterator[None]:
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._serve_api)
        app.router.add_get("/feeds/{number}/{name}", self._serve_feed)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        self.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield
        finally:
            await runner.cleanup()

    async def _serve_api(self, request: web.Request) -> web.StreamResponse:
        one = self._by_token.get(request.match_info["token"])
        if one is None:
            raise web.HTTPNotFound
        try:
            return await one.double.serve(request)
        except ConnectionError:  # it died in the middle of its request
            return web.Response()

    async def _serve_feed(self, request: web.Request) -> web.StreamResponse:
        one = self._tries.get(int(request.match_info["number"]))
        if one is None:
            raise web.HTTPNotFound
        try:
            return await one.serve_feed(request)
        except ConnectionError:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()

    # -- lives

    async def launch(self, one: Try, arguments: Sequence[str], kill: Kill | None) -> Victim:
        """Start one life of the program: a fork of the warm parent, or the real command."""
        victim = await (self._cold_life(one) if self.cold else self._warm_life(one, arguments, kill))
        self._alive = [*(other for other in self._alive if not other.ended.done()), victim]
        return victim

    async def _cold_life(self, one: Try) -> Victim:
        program = Path(sys.executable).with_name("lintas")
        said = os.open(one.folder / "said", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        process = await asyncio.create_subprocess_exec(
            program,
            "run",
            cwd=one.folder,
            env={**_bare_environment(), **one.environment()},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
        os.close(said)
        return Victim(process.pid, asyncio.ensure_future(process.wait()))

    async def _warm_life(self, one: Try, arguments: Sequence[str], kill: Kill | None) -> Victim:
        self._lives += 1
        number, loop = self._lives, asyncio.get_running_loop()
        pid, ended = self._pids[number], self._ends[number] = loop.create_future(), loop.create_future()
        spec = {
            "number": number,
            "folder": str(one.folder),
            "env": one.environment(),
            "arguments": list(arguments),
            "point": kill.point if kill else "",
            "nth": kill.nth if kill else 0,
            "sabotage": one.plan.sabotage,
            "patient": one.plan.settle != "0",
        }
        assert self._parent.stdin is not None
        self._parent.stdin.write(json.dumps(spec).encode() + b"\n")
        return Victim(await pid, ended)

    @contextlib.asynccontextmanager
    async def _warm(self) -> AsyncIterator[None]:
        self._parent = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.torture.victim"),
            cwd=ROOT,
            env=_bare_environment(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        listening = asyncio.create_task(self._listen())
        try:
            yield
        finally:
            assert self._parent.stdin is not None
            self._parent.stdin.close()
            await self._parent.wait()
            await listening

    async def _listen(self) -> None:
        assert self._parent.stdout is not None
        while line := await self._parent.stdout.readline():
            said = json.loads(line)
            if "pid" in said:
                self._pids.pop(said["number"]).set_result(said["pid"])
            else:
                self._ends.pop(said["number"]).set_result(said["ended"])


async def _children_of(pid: int) -> bool:
    """Whether a parsing child of that dead process still lives after a second: each names its parent."""
    name = f"feeds.child\0{pid}\0".encode()
    for _ in range(50):
        if name not in _commands():
            return False
        await asyncio.sleep(0.02)
    return True


def _commands() -> bytes:
    """The command lines of all processes."""
    lines = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            lines.append((process / "cmdline").read_bytes())
    return b"\n".join(lines)


def _bare_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("LINTAS_")}
