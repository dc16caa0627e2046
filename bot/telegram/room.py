"""The room where people talk to the bot: opened, watched, and built anew when the long poll is stuck."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from telegram.error import TelegramError
from telegram.ext import Application, ApplicationBuilder

from bot.chat import ChatDesk
from bot.inbox import Inbox
from bot.logs import redact
from bot.notices import Tell, in_the_log
from bot.render import phrases
from bot.telegram import menus
from bot.telegram.commands import AT_WORK, Commands
from bot.telegram.errors import NOT_TELEGRAM, is_away, translate
from bot.telegram.listener import Listener, WatchedRequest
from bot.telegram.tongues import Tongues
from bot.telegram.wire import api_urls, make_request
from newsdesk.errors import ListeningStuck, TokenRefused
from newsdesk.limits import Limits
from newsdesk.listening import Cure

log = structlog.get_logger()

_BACK_OFF_MOST = 60.0
_OPENING = 60.0
_LAST_WORDS = 10.0
"""Seconds for the answers in hand when the room closes, and for opening it."""

AnyApplication = Application[Any, Any, Any, Any, Any, Any]


@dataclass(frozen=True, slots=True)
class _Client:
    """The library's application, and the connection of its long poll."""

    app: AnyApplication
    polls: WatchedRequest
    refused: asyncio.Event


class TelegramRoom:
    """Answers commands until it is stopped. `api` is the base address of the Bot API server (None: the public one).

    `tell` reaches the operators; `also` registers further handlers, before the commands, and `menus_of` names further
    commands for the private chats of some people; `clock` counts seconds and never runs backwards. With an `inbox` updates
    are taken from there, and Telegram is told to bring them.
    """

    def __init__(
        self,
        token: str,
        desk: ChatDesk,
        *,
        api: str | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        tell: Tell = in_the_log,
        clock: Callable[[], float] = time.monotonic,
        limits: Limits | None = None,
        also: Sequence[Callable[[AnyApplication], None]] = (),
        menus_of: Mapping[int, menus.Menu] | None = None,
        inbox: Inbox | None = None,
    ) -> None:
        self._token = token
        self._desk = desk
        self._api = api
        self._sleep = sleep
        self._clock = clock
        self._also = also
        self._menus = menus_of or {}
        self._commands = Commands(desk, sleep, limits=Limits() if limits is None else limits, clock=clock)
        self._listener = Listener(desk, bot=token.partition(":")[0], tell=tell, clock=clock, inbox=inbox)

    async def run(self, stop: asyncio.Event) -> None:
        """Open the room, answer until `stop` is set, close it. Raises TokenRefused, and ListeningStuck when new clients
        do not help.

        While Telegram cannot be reached it keeps trying and says so; nothing else of the process waits for it.
        """
        stopping = asyncio.create_task(stop.wait())
        await self._listener.begin()
        try:
            while not stop.is_set():
                async with self._client() as client:
                    await self._attend(client, stopping)
        finally:
            stopping.cancel()
            await self._listener.end()

    async def _attend(self, client: _Client, stopping: asyncio.Task[bool]) -> None:
        """Work with this client until the room is to close or the client is to be built anew."""
        working = asyncio.create_task(self._work(client))
        refusing = asyncio.create_task(client.refused.wait())
        try:
            while True:
                await asyncio.wait(
                    {working, stopping, refusing},
                    timeout=self._listener.pulse.left(self._clock()),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if client.refused.is_set():
                    raise TokenRefused("Telegram refuses the token; check LINTAS_TELEGRAM_TOKEN")
                if working.done():
                    await working
                if stopping.done():
                    return
                if self._judge() is Cure.REBUILD:
                    return
        finally:
            for task in (working, refusing):
                task.cancel()
            # What is stuck may not even hear that it is cancelled.
            await asyncio.wait({working, refusing}, timeout=1.0)

    def _judge(self) -> Cure:
        self._listener.pulse, cure, reason = self._listener.pulse.judged(self._clock())
        if cure is Cure.REBUILD:
            log.warning("long poll: built anew", reason=reason)
        if cure is Cure.GIVE_UP:
            log.critical("long poll: given up; the process ends for its supervisor to start it again", reason=reason)
            raise ListeningStuck(f"Telegram's long poll is stuck ({reason}); start the service again")
        return cure

    async def _work(self, client: _Client) -> None:
        await self._open(client.app)
        await self._listener.listen(client.app, client.polls)

    @contextlib.asynccontextmanager
    async def _client(self) -> AsyncIterator[_Client]:
        answers = make_request(AT_WORK + 4, read_timeout=20.0)
        polls = WatchedRequest(connection_pool_size=1, read_timeout=15.0, connect_timeout=10.0, pool_timeout=10.0)
        app = self._build(answers, polls)
        try:
            yield _Client(app, polls, polls.watch())
        finally:
            await _close(app)
            for request in (answers, polls):
                # The application leaves its connections open when it was never fully initialised.
                await request.shutdown()

    def _build(self, answers: Any, polls: WatchedRequest) -> AnyApplication:
        methods, files = api_urls(self._api)
        app = (
            ApplicationBuilder()
            .token(self._token)
            .base_url(methods)
            .base_file_url(files)
            .request(answers)
            .get_updates_request(polls)
            .concurrent_updates(True)
            .updater(None)
            .job_queue(None)
            .build()
        )
        Tongues(self._desk.chosen).install(app)
        for install in self._also:
            install(app)
        self._commands.install(app)
        return app

    async def _open(self, app: AnyApplication) -> None:
        wait = 1.0
        while True:
            try:
                async with asyncio.timeout(_OPENING):
                    await app.initialize()
                break
            except TelegramError as error:
                meaning: Exception = translate(error)
                if isinstance(meaning, TokenRefused):
                    raise meaning from error
                self._listener.failed(away=is_away(error))
            except NOT_TELEGRAM as error:
                meaning = error
                self._listener.failed(away=False)
            log.warning("Telegram is not reached", reason=redact(str(meaning) or repr(meaning)), again_in=wait)
            await self._sleep(wait)
            wait = min(wait * 2, _BACK_OFF_MOST)
        await app.start()
        await menus.show(app.bot, phrases.COMMANDS, phrases.GROUP_COMMANDS, self._menus)
        log.info("answering in Telegram", bot=app.bot.username)


async def _close(app: AnyApplication) -> None:
    """In the library's order, each part only if it runs; the answers in hand have a moment."""
    try:
        async with asyncio.timeout(_LAST_WORDS):
            if app.running:
                await app.stop()
            await app.shutdown()
    except TimeoutError:
        log.warning("answers cut off", after=_LAST_WORDS)
