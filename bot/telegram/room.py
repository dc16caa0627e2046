"""The room where people talk to the bot: long polling in our own event loop, commands answered side by side."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import structlog
from telegram import BotCommand
from telegram.error import TelegramError
from telegram.ext import Application, ApplicationBuilder
from telegram.request import HTTPXRequest

from bot.chat import ChatDesk
from bot.render import phrases
from bot.telegram.commands import Commands
from bot.telegram.errors import translate
from bot.telegram.wire import api_urls, make_request
from newsdesk.errors import TokenRefused

log = structlog.get_logger()

ALLOWED_UPDATES = ["message", "callback_query", "channel_post"]
POLL_TIMEOUT = timedelta(seconds=30)
_BACK_OFF_MOST = 60.0

AnyApplication = Application[Any, Any, Any, Any, Any, Any]


class WatchedRequest(HTTPXRequest):
    """The connection of the long poll, which remembers whether the token was refused."""

    def watch(self) -> asyncio.Event:
        """The event that a refused token sets."""
        self.refused = asyncio.Event()
        return self.refused

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """As the library does it, and take note."""
        code, payload = await super().do_request(*args, **kwargs)
        if code in (401, 404) and payload.lstrip().startswith(b"{"):
            # In JSON it is Telegram that speaks; a page is some gateway on the way.
            self.refused.set()
        return code, payload


class TelegramRoom:
    """Answers commands until it is stopped. `api` is the base address of the Bot API server (None: the public one)."""

    def __init__(
        self,
        token: str,
        desk: ChatDesk,
        *,
        api: str | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._token = token
        self._api = api
        self._sleep = sleep
        self._commands = Commands(desk, sleep)

    async def run(self, stop: asyncio.Event) -> None:
        """Open the room, answer until `stop` is set, close it. Raises TokenRefused.

        While Telegram cannot be reached it keeps trying and says so; nothing else of the process waits for it.
        """
        answers = make_request(32, read_timeout=20.0)
        polls = WatchedRequest(connection_pool_size=1, read_timeout=15.0, connect_timeout=10.0, pool_timeout=10.0)
        refused = polls.watch()
        app = self._build(answers, polls)
        stopping = asyncio.create_task(stop.wait())
        opening = asyncio.create_task(self._open(app))
        refusing = asyncio.create_task(refused.wait())
        try:
            await asyncio.wait({opening, stopping, refusing}, return_when=asyncio.FIRST_COMPLETED)
            if opening.done():
                await opening
                await asyncio.wait({stopping, refusing}, return_when=asyncio.FIRST_COMPLETED)
            if refused.is_set():
                raise TokenRefused("Telegram refuses the token; check LINTAS_TELEGRAM_TOKEN")
        finally:
            for task in (opening, stopping, refusing):
                task.cancel()
            await asyncio.gather(opening, stopping, refusing, return_exceptions=True)
            await _close(app)
            for request in (answers, polls):
                # The application leaves its connections open when it was never fully initialised.
                await request.shutdown()

    def _build(self, answers: HTTPXRequest, polls: HTTPXRequest) -> AnyApplication:
        methods, files = api_urls(self._api)
        app = (
            ApplicationBuilder()
            .token(self._token)
            .base_url(methods)
            .base_file_url(files)
            .request(answers)
            .get_updates_request(polls)
            .concurrent_updates(True)
            .job_queue(None)
            .build()
        )
        self._commands.install(app)
        return app

    async def _open(self, app: AnyApplication) -> None:
        wait = 1.0
        while True:
            try:
                await app.initialize()
                break
            except TelegramError as error:
                meaning = translate(error)
                if isinstance(meaning, TokenRefused):
                    raise meaning from error
                log.warning("Telegram is not reached", reason=str(meaning), again_in=wait)
                await self._sleep(wait)
                wait = min(wait * 2, _BACK_OFF_MOST)
        await app.start()
        assert app.updater is not None
        await app.updater.start_polling(
            timeout=POLL_TIMEOUT,
            bootstrap_retries=-1,
            allowed_updates=ALLOWED_UPDATES,
            error_callback=_polling_failed,
        )
        with contextlib.suppress(TelegramError):
            # The menu is a convenience; the commands work without it.
            await app.bot.set_my_commands([BotCommand(name, what) for name, what in phrases.COMMANDS])
        log.info("answering in Telegram", bot=app.bot.username)


async def _close(app: AnyApplication) -> None:
    """In the library's order, each part only if it runs."""
    if app.updater is not None and app.updater.running:
        with contextlib.suppress(TelegramError):
            # Stopping waits for the poll, and raises what ended it: known by now.
            await app.updater.stop()
    if app.running:
        await app.stop()
    await app.shutdown()


def _polling_failed(error: TelegramError) -> None:
    log.warning("polling failed, trying again", reason=str(translate(error)))
