"""Long polling: one getUpdates after another, each update taken up once, also over restarts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog
from telegram import Update
from telegram.error import Conflict, TelegramError
from telegram.ext import Application
from telegram.request import HTTPXRequest

from bot.chat import ChatDesk
from bot.notices import Tell
from bot.render import phrases
from bot.telegram.errors import is_answer, is_away, said, translate
from newsdesk.errors import RetryLater, StoreError
from newsdesk.listening import Heard, Pulse, Rivalry, failed_wait

log = structlog.get_logger()

ALLOWED_UPDATES = ["message", "callback_query", "inline_query", "channel_post"]
POLL_TIMEOUT = timedelta(seconds=30)
_BATCH = 100
_SAVE_EVERY = 1.0
"""Seconds between writes of what was heard, at least: a flood must not keep posts from the store."""
_WAIT_FOR_STORE = 0.3
_BREATH = 0.1
"""Seconds between calls, at least."""


class WatchedRequest(HTTPXRequest):
    """The connection of the long poll, which remembers whether the token was refused and what came last."""

    def watch(self) -> asyncio.Event:
        """The event that a refused token sets."""
        self.refused = asyncio.Event()
        self.payload = b""
        return self.refused

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """As the library does it, and take note."""
        code, payload = await super().do_request(*args, **kwargs)
        self.payload = payload
        if code in (401, 404) and payload.lstrip().startswith(b"{"):
            # In JSON it is Telegram that speaks; a page is some gateway on the way.
            self.refused.set()
        return code, payload


class Listener:
    """Polls with whatever client it is given, and remembers over all of them how far it came.

    `pulse` tells whether polling is alive; whoever started `listen` judges it. `bot` is the bot's number: another
    bot's updates are numbered otherwise.
    """

    def __init__(
        self,
        desk: ChatDesk,
        *,
        bot: str,
        tell: Tell,
        clock: Callable[[], float],
    ) -> None:
        self._desk = desk
        self._bot = bot
        self._tell = tell
        self._clock = clock
        self.pulse = Pulse(clock())
        self._heard = Heard()
        self._offset: int | None = None
        self._limit = _BATCH
        self._rivalry = Rivalry()
        self._failures = 0
        self._saved = float("-inf")
        self._polled = float("-inf")
        self._saving: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Recall what earlier processes heard."""
        self.pulse = Pulse(self._clock())
        try:
            self._heard = Heard(await self._desk.heard_before(self._bot))
        except StoreError as error:
            log.warning("what was heard before is not known", reason=str(error))

    async def end(self) -> None:
        """Write down what was heard."""
        if self._saving is not None:
            await self._saving
        await self._save()

    def failed(self, *, away: bool) -> None:
        """A call of this client ended without an answer."""
        self.pulse = self.pulse.failed(away=away)

    async def listen(self, app: Application[Any, Any, Any, Any, Any, Any], polls: WatchedRequest) -> None:
        """Poll for ever, and hand what is new to the application."""
        while True:
            try:
                updates = await app.bot.get_updates(
                    offset=self._offset, limit=self._limit, timeout=POLL_TIMEOUT, allowed_updates=ALLOWED_UPDATES
                )
            except Conflict as error:
                await self._yield(app, error)
            except TelegramError as error:
                await self._fail(error)
            except Exception:
                numbers = _numbers(polls.payload)
                log.exception("an answer to getUpdates cannot be read", updates=numbers[:10])
                await self._pass_over(numbers)
            else:
                self._answered()
                await self._take_up(app, updates)
                await self._breathe()

    async def _breathe(self) -> None:
        """In a flood, let updates gather: a call for each would be most of the work."""
        pause = self._polled + _BREATH - self._clock()
        if pause > 0:
            await asyncio.sleep(pause)
        self._polled = self._clock()

    def _answered(self) -> None:
        self.pulse = self.pulse.answered(self._clock())
        self._failures = 0

    async def _take_up(self, app: Application[Any, Any, Any, Any, Any, Any], updates: Sequence[Update]) -> None:
        now = self._desk.clock()
        fresh = [update for update in updates if self._heard.is_new(update.update_id, now)]
        if len(fresh) < len(updates):
            log.info("updates heard before", number=len(updates) - len(fresh))
        if fresh and self._clock() - self._saved >= _SAVE_EVERY:
            await self._note()
        for update in fresh:
            app.update_queue.put_nowait(update)
        if updates:
            self._offset = max(update.update_id for update in updates) + 1
        self._limit = _BATCH

    async def _note(self) -> None:
        """Write down what was heard before it is answered, so that a process that ends in between answers nothing twice.

        A store that is busy with a large feed is not waited for: people are.
        """
        if self._saving is None or self._saving.done():
            self._saved = self._clock()
            self._saving = asyncio.create_task(self._save())
        await asyncio.wait({self._saving}, timeout=_WAIT_FOR_STORE)

    async def _save(self) -> None:
        mark = self._heard.mark(self._desk.clock())
        if mark is None:
            return
        try:
            await self._desk.heard(self._bot, mark)
        except StoreError as error:
            log.warning("what was heard is not written down", reason=str(error))

    async def _fail(self, error: TelegramError) -> None:
        meaning = translate(error)
        if is_answer(error):
            self.pulse = self.pulse.answered(self._clock())
        else:
            self.failed(away=is_away(error))
        self._failures += 1
        wait = failed_wait(self._failures)
        if isinstance(meaning, RetryLater) and meaning.after is not None:
            wait = max(wait, meaning.after.total_seconds())
            self.pulse = self.pulse.answered(self._clock() + wait)
        log.warning("polling failed, trying again", reason=str(meaning), again_in=wait)
        await asyncio.sleep(wait)

    async def _yield(self, app: Application[Any, Any, Any, Any, Any, Any], error: Conflict) -> None:
        """Somebody else gets this bot's updates: keep still for a while. Posting needs no updates and goes on."""
        self._rivalry, rest, news = self._rivalry.met(self._clock())
        self.pulse = self.pulse.answered(self._clock() + rest)
        log.error("another program listens for this bot", reason=str(translate(error)), again_in=rest)
        if news:
            await self._tell(await self._notice(app, error))
        await asyncio.sleep(rest)

    async def _notice(self, app: Application[Any, Any, Any, Any, Any, Any], error: Conflict) -> str:
        if not said(error, ("webhook is active",)):
            return str(phrases.LISTENED_ELSEWHERE)
        try:
            address = (await app.bot.get_webhook_info()).url
        except TelegramError:
            address = ""
        # The host is enough to know the other program by; the rest of a webhook's address is often a secret.
        return phrases.webhook_elsewhere(urlsplit(address).hostname or "?")

    async def _pass_over(self, numbers: Sequence[int]) -> None:
        """An update that the library cannot read: ask for one at a time, and leave out the one that it is."""
        if numbers:
            self._answered()
        if self._limit > 1 and len(numbers) > 1:
            self._limit = 1
        elif numbers:
            self._offset = max(numbers) + 1
            log.error("left out", update=max(numbers))
        else:
            self._failures += 1
            await asyncio.sleep(failed_wait(self._failures))


def _numbers(payload: bytes) -> list[int]:
    """The numbers of the updates in an answer, whatever else is in it."""
    try:
        found = json.loads(payload)["result"]
        return [update["update_id"] for update in found if isinstance(update["update_id"], int)]
    except (ValueError, LookupError, TypeError):
        return []
