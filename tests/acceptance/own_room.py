"""A room in which people keep alerts: their commands, the real intake and delivery, on one store, against a Bot API double."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot.alerts import AlertReader
from bot.chat import ChatDesk, Codes
from bot.chat.mine import MineDesk
from bot.chat.privacy import PrivacyDesk
from bot.chat.settings import SettingsDesk
from bot.deliver import Delivery, deliver_round, recover
from bot.intake import Desk, Intake, take_in
from bot.telegram.membership import OwnPlace
from bot.telegram.mine import OwnCommands
from bot.telegram.publisher import TelegramPublisher
from bot.telegram.room import TelegramRoom
from bot.threads import StoreThreads
from bot.wiring import card_summary
from classifiers.judge import Judge
from newsdesk.articles import Entry
from newsdesk.limits import Allowance, Limits, Rate
from newsdesk.people import Alert, Person
from newsdesk.ports import Harvest, Store
from newsdesk.reports import DeliveryReport, PollReport
from newsdesk.routes import Route, TopicRule
from newsdesk.sources import Source, SourceBook, SourceState
from tests.doubles.botapi import CHANNEL, OPERATORS, READER, TOKEN, BotApiDouble
from tests.doubles.newsroom import NOW

TOPICS = ("film", "ai", "collaboration")
SOURCES = {"antara": "ANTARA", "tempo": "Tempo", "republika": "Republika"}
BOOK = SourceBook(
    sources=tuple(Source(id=id, name=name, url=f"https://{id}.example/rss") for id, name in SOURCES.items()),
    routes=(Route(id="highlights", chat=str(CHANNEL), when=TopicRule(2, TOPICS)),),
)
FREELY = Allowance(person=Rate(1000, 1000), everybody=Rate(1000, 1000))


@dataclass
class OwnRoom:
    """Its clock moves when a test says so, and when something sleeps."""

    threads: StoreThreads
    store: Store
    publisher: TelegramPublisher
    api: BotApiDouble
    judge: Judge
    now: datetime = NOW
    told: list[str] = field(default_factory=list)

    async def ask(self, text: str, user: int = READER, **more: Any) -> dict[str, Any]:
        """Say it, and give the answer."""
        where = more.get("chat") or user
        heard = len([one for one in self.api.accepted if one["chat"]["id"] == where])
        await self.api.message(text, user=user, **more)
        return (await self.api.said(heard + 1, chat=where))[-1]

    async def press(self, message: dict[str, Any], label: str, user: int = READER) -> str:
        """Press the button of that name; what passes over the screen. The message shows the rest by then."""
        rows = message["reply_markup"]["inline_keyboard"]
        data = {button["text"]: button.get("callback_data") for row in rows for button in row}[label]
        assert data is not None
        return await self.press_data(message, data, user)

    async def press_data(self, message: dict[str, Any], data: str, user: int = READER) -> str:
        """The same with the data itself, which may be anybody's."""
        edits = len(self.api.called("editMessageText"))
        query = await self.api.press(message, data, user=user)
        await self.api.until(lambda: any(one["callback_query_id"] == query for one in self.api.answers))
        answer = next(one for one in self.api.answers if one["callback_query_id"] == query)
        if not answer.get("show_alert"):
            await settle(self.api, edits)
        return str(answer.get("text", ""))

    def read(self, source: str, *told: tuple[str, str], first: bool = False, at: datetime | None = None) -> PollReport:
        """The outlet's feed shows these titles and summaries now; `first` when it is seen for the first time."""
        entries = tuple(
            Entry(
                title=title,
                url=f"https://{source}.example/berita/{41000 + abs(hash(title)) % 9999}-kabar",
                summary=summary,
                published=at or self.now - timedelta(minutes=5),
            )
            for title, summary in told
        )
        desk = Desk(self.judge, BOOK.routes, AlertReader(TOPICS, tuple(SOURCES)))
        listed = next(one for one in BOOK.sources if one.id == source)
        before = None if first else self.now - timedelta(days=1)
        with self.store.write() as tx:
            state = tx.source_states().get(source) or SourceState(source=source, last_ok=before)
            return take_in(tx, desk, Intake(listed, state, Harvest(entries=entries)), self.now)

    async def sleep(self, seconds: float) -> None:
        """Time passes."""
        self.now += timedelta(seconds=seconds)

    async def tell(self, notice: str, buttons: object = ()) -> None:
        """What operators hear."""
        self.told.append(notice)

    def delivery(self, settle: float = 45) -> Delivery:
        """Delivery with the room's clock."""
        return Delivery(
            store=self.threads,
            publisher_for=lambda _: self.publisher,
            clock=lambda: self.now,
            settle=timedelta(seconds=settle),
            summarise=card_summary,
            routes=lambda: BOOK.routes,
            tell=self.tell,
            sleep=self.sleep,
            jitter=lambda: 0.0,
        )

    async def round(self, *, patience: float = 90, settle: float = 45) -> DeliveryReport:
        """Deliver what may go now."""
        await recover(self.threads, self.now)
        return await deliver_round(self.delivery(settle), timedelta(seconds=patience))

    async def news(self, *told: tuple[str, str], source: str = "antara") -> list[str]:
        """The feed shows these; what then arrives at the reader."""
        before = len(self.texts())
        self.read(source, *told)
        await self.round()
        return self.texts()[before:]

    def texts(self, chat: int = READER) -> list[str]:
        """What we sent that carries a story, in the order sent."""
        return [one["text"] for one in self.api.accepted if one["chat"]["id"] == chat and "🔔 Untuk" in one["text"]]

    def alerts(self, person: int = READER) -> list[Alert]:
        """What is kept of the person's alerts."""
        with self.store.read() as view:
            return view.alerts_of(person)

    def person(self, number: int = READER) -> Person | None:
        """What is kept of the person."""
        with self.store.read() as view:
            return view.person(number)

    def change(self, **changes: Any) -> None:
        """The reader has chosen otherwise."""
        with self.store.write() as tx:
            person = tx.person(READER)
            assert person is not None
            tx.keep_person(replace(person, **changes))


async def settle(api: BotApiDouble, edits: int) -> None:
    """Wait for the edit behind a press."""
    await api.until(lambda: len(api.called("editMessageText")) > edits)


@asynccontextmanager
async def own_room(
    store: Store, api: BotApiDouble, judge: Judge, *, admins: Sequence[int] = ()
) -> AsyncIterator[OwnRoom]:
    """The room, open."""
    publisher = TelegramPublisher(TOKEN, api=api.base, operators_chat=str(OPERATORS))
    stop = asyncio.Event()
    async with StoreThreads(store) as threads, publisher:
        made = OwnRoom(threads, store, publisher, api, judge)
        codes = Codes(b"sealed")
        shared: dict[str, Any] = {
            "store": threads,
            "book": lambda: BOOK,
            "topics": lambda: TOPICS,
            "clock": lambda: made.now,
            "codes": codes,
        }
        limits = Limits(FREELY)
        settings = SettingsDesk(store=threads, clock=lambda: made.now, codes=codes)
        chat = ChatDesk(**shared, keeps=True)
        privacy = PrivacyDesk(
            store=threads, clock=lambda: made.now, codes=codes, chosen=chat.chosen, contact="meja@example.org"
        )
        own = OwnCommands(MineDesk(**shared), settings, privacy, limits)
        place = OwnPlace(threads, lambda: BOOK, admins, lambda: made.now)
        room = TelegramRoom(TOKEN, chat, api=api.base, limits=limits, also=[own.install, place.install])
        running = asyncio.create_task(room.run(stop))
        await api.until(lambda: bool(api.menus))
        yield made
        stop.set()
        await running
