"""The one place where concrete parts are chosen and put together.

Telegram's library and the web server are imported where they are chosen, not above: a round without them is spared
a third of its memory and of its start.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import structlog

from bot.alerts import AlertReader
from bot.config import Settings, load_rules
from bot.deliver import Deliverer, Delivery
from bot.inbox import Inbox, address_under, secret_from
from bot.intake import Desk, article_text
from bot.notices import later
from bot.poll import Poller
from bot.preview import PreviewPublisher
from bot.render.tree import Button
from bot.threads import StoreThreads
from classifiers import Judge, compile_judge
from classifiers.summary import summarise
from feeds.gateway import Gateway
from feeds.policy import FetchPolicy
from newsdesk.errors import ConfigError, DestinationGone, OutcomeUnknown, Problem, RetryLater
from newsdesk.limits import Limits
from newsdesk.messages import Card
from newsdesk.ports import Confirm, Publisher, Store
from newsdesk.routes import PREVIEW, Route
from newsdesk.sources import SourceBook
from storage import open_store
from storage.holding import held_store
from storage.migrate import bring_up_to_date

if TYPE_CHECKING:
    from bot.samples import Group
    from bot.telegram.publisher import TelegramPublisher
    from bot.telegram.room import TelegramRoom

log = structlog.get_logger()


def compile_rules(additions: Mapping[str, Mapping[str, Any]]) -> Judge:
    """The shipped rule sets with the operator's additions; raises ConfigError for additions that do not compile."""
    judge, problems = compile_judge(load_rules(), additions)
    if judge is None or problems:
        raise ConfigError(problems)
    return judge


def desk_for(book: SourceBook, *, live: bool) -> Desk:
    """What deciding needs for this book. Without a token (`live` false) every chat is the preview.

    Verdicts are kept for `/why`, so the judge reads on where the story has ended.
    """
    routes = book.routes if live else tuple(replace(route, chat=PREVIEW) for route in book.routes)
    judge = compile_rules(book.topics).reading_on()
    alerts = AlertReader([topic.name for topic in judge.topics], [source.id for source in book.sources])
    return Desk(judge, routes, alerts if live else None)


def fetch_policy(settings: Settings) -> FetchPolicy:
    """How the web is fetched: who we say we are, and which private networks are allowed."""
    contact = settings.contact or settings.public_url or "no contact set"
    return FetchPolicy(
        user_agent=f"LintasLayar/{version('lintas-layar')} (news desk; {contact})",
        allow_networks=tuple(str(network) for network in settings.allow_networks),
    )


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts that every way of running shares."""

    store: Store
    threads: StoreThreads
    poller: Poller


@contextlib.asynccontextmanager
async def opened(settings: Settings, desk: Desk, clock: Callable[[], datetime]) -> AsyncIterator[Parts]:
    """Open the store (as its one holder), its threads and the gateway; closed in reverse when the block ends."""
    with held_store(settings.database.get_secret_value()) as held:
        for note in held.notes:
            log.warning(note)
        async with StoreThreads(held.store) as threads, Gateway(fetch_policy(settings)) as gateway:
            yield Parts(held.store, threads, Poller(threads, gateway, gateway.pages, desk, clock, tell=later(threads)))


@dataclass(frozen=True, slots=True)
class Publishers:
    """Who publishes to which chat: the preview for its own, Telegram for numbers."""

    preview: PreviewPublisher
    telegram: TelegramPublisher | None

    def of(self, chat: str) -> Publisher:
        """The publisher of a chat. A number without a token rests until there is one."""
        if chat == PREVIEW:
            return self.preview
        return self.telegram or _NoTelegram()

    def bot(self) -> str:
        """The bot's user name; "" without a token, or until Telegram has said it."""
        return "" if self.telegram is None else self.telegram.name

    async def check(self) -> None:
        """Ask Telegram who we are. Raises TokenRefused; that Telegram is not reached now is no reason not to start."""
        if self.telegram is None:
            return
        try:
            log.info("telegram", bot=await self.telegram.check())
        except (RetryLater, OutcomeUnknown) as error:
            log.warning("Telegram is not reached yet", reason=str(error))

    async def learn(self) -> None:
        """Ask again where the name is not known yet: posts have their deep links from then on. Raises TokenRefused."""
        if self.telegram is not None and not self.telegram.name:
            await self.check()

    async def tell(self, notice: str, buttons: Sequence[Button] = ()) -> None:
        """Reach an operator, in Telegram or in the log."""
        if self.telegram is None:
            log.warning("operator notice", notice=notice)
        else:
            await self.telegram.notify(notice, buttons)


class _NoTelegram:
    """Stands for Telegram while there is no token: messages queued for a real chat wait."""

    async def send(self, chat: str, content: str, confirm: Confirm | None = None) -> int:
        """Nothing is sent."""
        raise DestinationGone("no LINTAS_TELEGRAM_TOKEN")

    async def edit(self, chat: str, number: int, content: str, confirm: Confirm | None = None) -> None:
        """Nothing is edited."""
        raise DestinationGone("no LINTAS_TELEGRAM_TOKEN")

    async def delete(self, chat: str, number: int, confirm: Confirm | None = None) -> None:
        """Nothing is deleted."""
        raise DestinationGone("no LINTAS_TELEGRAM_TOKEN")

    async def find(self, chat: str, content: str, after: int | None) -> int | None:
        """Nothing can be looked up."""
        raise RetryLater("no LINTAS_TELEGRAM_TOKEN")


@contextlib.asynccontextmanager
async def publishers_for(settings: Settings, store: StoreThreads, stream: TextIO) -> AsyncIterator[Publishers]:
    """The preview, printing to `stream`, and Telegram when there is a token."""
    last = await store.read(lambda view: view.chat(PREVIEW).last_message_id)
    preview = PreviewPublisher(stream, last or 0)
    if settings.telegram_token is None:
        yield Publishers(preview, None)
        return
    from bot.telegram.publisher import TelegramPublisher

    token = settings.telegram_token.get_secret_value()
    async with TelegramPublisher(token, api=settings.telegram_api, operators_chat=settings.operators_chat) as telegram:
        yield Publishers(preview, telegram)


def deliverer_for(
    settings: Settings,
    store: StoreThreads,
    publishers: Publishers,
    routes: Callable[[], Sequence[Route]],
    clock: Callable[[], datetime],
) -> Deliverer:
    """Delivery with everything that it needs."""
    return Deliverer(
        Delivery(
            store=store,
            publisher_for=publishers.of,
            clock=clock,
            settle=settings.settle,
            summarise=card_summary,
            routes=routes,
            tell=publishers.tell,
            admins=settings.admins,
            bot=publishers.bot,
        )
    )


def card_summary(card: Card) -> str:
    """What a post quotes of its feed."""
    return summarise(article_text(card.article))


def inbox_for(settings: Settings, roles: Sequence[str]) -> Inbox | None:
    """Where the console puts updates for the room; None where Telegram is asked for them. Raises ConfigError."""
    if not settings.webhook or settings.telegram_token is None or "commands" not in roles:
        return None
    if "web" not in roles:
        remedy = "give this process the role web as well, or write off"
        raise ConfigError([Problem(("LINTAS_WEBHOOK",), "what comes by webhook has to come to this process", remedy)])
    given = settings.webhook_secret
    secret = given.get_secret_value() if given else secret_from(settings.telegram_token.get_secret_value())
    return Inbox(address_under(settings.public_url or ""), secret)


def room_for(
    settings: Settings,
    parts: Parts,
    path: Path,
    book: Callable[[], SourceBook],
    clock: Callable[[], datetime],
    inbox: Inbox | None = None,
) -> TelegramRoom | None:
    """The room that answers commands, and orders about the operator's file at `path`; None without a token.

    With an `inbox` it takes what comes there, instead of asking Telegram for updates.
    """
    if settings.telegram_token is None:
        return None
    from bot.chat import ChatDesk, Codes
    from bot.chat.mine import MineDesk
    from bot.chat.privacy import PrivacyDesk
    from bot.chat.settings import SettingsDesk
    from bot.orders import OrderDesk
    from bot.render import orderphrases
    from bot.telegram.membership import OwnPlace
    from bot.telegram.mine import OwnCommands
    from bot.telegram.operators import OperatorButtons
    from bot.telegram.orders import OrderCommands
    from bot.telegram.pictures import TrendCommand
    from bot.telegram.room import TelegramRoom
    from bot.trend import TrendDesk

    def topics() -> list[str]:
        return [topic.name for topic in parts.poller.desk.judge.topics]

    token = settings.telegram_token.get_secret_value()
    # Buttons are sealed by the token, so that they live through restarts and die with it.
    codes = Codes(sha256(b"lintas buttons\0" + token.encode()).digest())
    desk = ChatDesk(store=parts.threads, book=book, topics=topics, clock=clock, codes=codes, keeps=True)
    settings_desk = SettingsDesk(store=parts.threads, clock=clock, codes=codes)
    privacy = PrivacyDesk(
        store=parts.threads, clock=clock, codes=codes, chosen=desk.chosen, contact=settings.contact or ""
    )
    mine = MineDesk(store=parts.threads, book=book, topics=topics, clock=clock, codes=codes)
    buttons = OperatorButtons(parts.threads, settings.admins, clock)
    orders = OrderDesk(
        store=parts.threads,
        book=book,
        path=path,
        admins=settings.admins,
        clock=clock,
        began=clock(),
        version=version("lintas-layar"),
    )
    limits = Limits()
    charts = TrendCommand(TrendDesk(store=parts.threads, topics=topics, clock=clock), limits)
    return TelegramRoom(
        token,
        desk,
        api=settings.telegram_api,
        tell=later(parts.threads),
        limits=limits,
        inbox=inbox,
        also=[
            buttons.install,
            OrderCommands(orders).install,
            charts.install,
            OwnCommands(mine, settings_desk, privacy, limits).install,
            OwnPlace(parts.threads, book, settings.admins, clock).install,
        ],
        menus_of={person: orderphrases.COMMANDS for person in settings.admins},
    )


def new_store(url: str) -> Store:
    """A store at a URL where none is; a process of its own makes its tables, and takes the tool's memory with it."""
    bring_up_to_date(url)
    return open_store(url)


def samples_by(open_store: Callable[[str], Store]) -> Callable[[str], Awaitable[Sequence[Group]]]:
    """Samples of every kind of message in a language: made, and imported, when somebody asks for them first."""
    made: dict[str, Sequence[Group]] = {}
    turn = asyncio.Lock()

    async def samples(language: str) -> Sequence[Group]:
        from bot.samples import sample_messages

        async with turn:
            if language not in made:
                made[language] = await sample_messages(language, open_store, card_summary)
        return made[language]

    return samples


def console_for(
    settings: Settings,
    parts: Parts,
    book: Callable[[], SourceBook],
    beats: Callable[[], Mapping[str, datetime]],
    expected: Sequence[str],
    lag: Callable[[], float],
    overruns: Callable[[], Mapping[str, int]],
    clock: Callable[[], datetime],
    inbox: Inbox | None = None,
) -> Callable[[asyncio.Event], Coroutine[Any, Any, None]] | None:
    """The web console, listening already and to be run; None when it is off. Raises ConfigError."""
    if settings.web is None:
        return None
    from bot.web.app import Console, build_app
    from bot.web.server import open_socket, serve

    token = settings.web_token.get_secret_value() if settings.web_token else None
    listening = open_socket(settings.web.host, settings.web.port, token)
    app = build_app(
        Console(
            store=parts.threads,
            book=book,
            clock=clock,
            beats=beats,
            expected=expected,
            lag=lag,
            overruns=overruns,
            summarise=card_summary,
            token=token,
            version=version("lintas-layar"),
            inbox=inbox,
            samples=samples_by(new_store),
        )
    )
    return lambda stop: serve(app, listening, stop)
