"""Listening: one getUpdates after another, or what Telegram brings; each update taken up once, also over restarts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import structlog
from telegram import Bot, Update
from telegram.error import Conflict, TelegramError
from telegram.ext import Application
from telegram.request import HTTPXRequest

from bot.chat import ChatDesk
from bot.inbox import Inbox
from bot.notices import Tell
from bot.render import phrases
from bot.telegram.errors import is_answer, is_away, said, translate
from newsdesk.errors import RetryLater, StoreError, StoreTrouble, TokenRefused
from newsdesk.listening import Heard, Pulse, Rivalry, failed_wait

log = structlog.get_logger()

ALLOWED_UPDATES = ["message", "callback_query", "inline_query", "channel_post", "my_chat_member"]
POLL_TIMEOUT = timedelta(seconds=30)
_BATCH = 100
_SAVE_EVERY = 1.0
"""Seconds between writes of what was heard, at least: a flood must not keep posts from the store."""
_WAIT_FOR_STORE = 0.3
_LOOK_EVERY = 600.0
"""Seconds between looks at whether Telegram still brings updates here."""
_QUIET = 30.0
"""Seconds for which updates are waited for before it is noted that all is well."""
_CONNECTIONS = 1
"""Telegram brings one update after another: what a restart remembers is the newest number, so they must come in order.
Each is answered at once, so none waits for another's answer."""
_BREATH = 0.1
"""Seconds between calls, at least."""


AnyApplication = Application[Any, Any, Any, Any, Any, Any]


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
        inbox: Inbox | None = None,
    ) -> None:
        self._desk = desk
        self._inbox = inbox
        self._bot = bot
        self._tell = tell
        self._clock = clock
        self.pulse = Pulse(clock())
        self._heard = Heard()
        self._offset: int | None = None
        self._limit = _BATCH
        self._rivalry = Rivalry()
        self._failures = 0
        self._pointed = False
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

    async def listen(self, app: AnyApplication, polls: WatchedRequest) -> None:
        """Poll for ever, or take what is brought, and hand what is new to the application."""
        if self._inbox is not None:
            await self._be_brought(app, self._inbox)
        await self._fetch_again(app)
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

    # --- by webhook ------------------------------------------------------------------------------------------------

    async def _be_brought(self, app: AnyApplication, inbox: Inbox) -> None:
        """For ever: take what comes, and see to it that it comes. Raises TokenRefused."""
        pointing = asyncio.create_task(self._keep_pointing(app, inbox))
        try:
            while not pointing.done():
                # Where updates are brought, silence is no sign of anything.
                self.pulse = self.pulse.answered(self._clock())
                coming = asyncio.create_task(inbox.take(_QUIET))
                await asyncio.wait({coming, pointing}, return_when=asyncio.FIRST_COMPLETED)
                if coming.done():
                    await self._take_up(
                        app, [one for raw in coming.result() if (one := _read(raw, app.bot)) is not None]
                    )
                coming.cancel()
            await pointing
        finally:
            pointing.cancel()

    async def _keep_pointing(self, app: AnyApplication, inbox: Inbox) -> None:
        """For ever: see to it that Telegram brings updates. Raises TokenRefused."""
        while True:
            if await self._ask(partial(self._point, app, inbox)):
                await asyncio.sleep(_LOOK_EVERY)

    async def _point(self, app: AnyApplication, inbox: Inbox) -> None:
        """Let Telegram bring updates here, unless it does already and by this secret."""
        info = await app.bot.get_webhook_info()
        if info.last_error_message:
            log.warning("Telegram could not bring updates", reason=info.last_error_message)
        if info.url == inbox.address and self._pointed:
            return
        if info.url and info.url != inbox.address:
            log.warning("a webhook of another program is replaced", host=urlsplit(info.url).hostname)
        # Written down first: a webhook that nobody knows to be ours would keep the long poll away for ever.
        await self._desk.store.write(lambda tx: tx.remember(self._ours, inbox.address))
        await app.bot.set_webhook(
            inbox.address,
            secret_token=inbox.secret,
            allowed_updates=ALLOWED_UPDATES,
            max_connections=_CONNECTIONS,
        )
        self._pointed = True
        log.info("updates come by webhook", host=urlsplit(inbox.address).hostname)

    async def _fetch_again(self, app: AnyApplication) -> None:
        """Take back a webhook that we set ourselves before; those of others are left alone."""
        try:
            ours = await self._desk.store.read(lambda view: view.remembered(self._ours))
        except StoreError:
            return  # the conflict will say so
        if ours:
            while not await self._ask(partial(self._unpoint, app, ours)):
                pass

    async def _unpoint(self, app: AnyApplication, ours: str) -> None:
        if (await app.bot.get_webhook_info()).url == ours:
            await app.bot.delete_webhook()
            log.info("updates are fetched again")
        await self._desk.store.write(lambda tx: tx.remember(self._ours, ""))

    @property
    def _ours(self) -> str:
        return f"webhook of {self._bot}"

    async def _ask(self, call: Callable[[], Awaitable[None]]) -> bool:
        """Make calls to Telegram; whether they came to an end. Raises TokenRefused."""
        try:
            await call()
        except TelegramError as error:
            meaning = translate(error)
            if isinstance(meaning, TokenRefused):
                raise meaning from error
            await self._fail(error)
            return False
        except StoreError as error:
            self._failures += 1
            if not isinstance(error, StoreTrouble):
                log.warning("the webhook is not seen to now", reason=str(error))
            await asyncio.sleep(failed_wait(self._failures))
            return False
        self._answered()
        return True

    # --- by long poll ----------------------------------------------------------------------------------------------

    async def _breathe(self) -> None:
        """In a flood, let updates gather: a call for each would be most of the work."""
        pause = self._polled + _BREATH - self._clock()
        if pause > 0:
            await asyncio.sleep(pause)
        self._polled = self._clock()

    def _answered(self) -> None:
        self.pulse = self.pulse.answered(self._clock())
        self._failures = 0

    async def _take_up(self, app: AnyApplication, updates: Sequence[Update]) -> None:
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
        except StoreTrouble:
            pass  # its health has said so, once a minute and not with every question; the next mark tells all
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

    async def _yield(self, app: AnyApplication, error: Conflict) -> None:
        """Somebody else gets this bot's updates: keep still for a while. Posting needs no updates and goes on."""
        self._rivalry, rest, news = self._rivalry.met(self._clock())
        self.pulse = self.pulse.answered(self._clock() + rest)
        log.error("another program listens for this bot", reason=str(translate(error)), again_in=rest)
        if news:
            await self._tell(await self._notice(app, error))
        await asyncio.sleep(rest)

    async def _notice(self, app: AnyApplication, error: Conflict) -> str:
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


def _read(raw: Mapping[str, Any], bot: Bot) -> Update | None:
    """An update that was brought; None for one that the library cannot read."""
    try:
        return Update.de_json(dict(raw), bot)
    except Exception:
        log.exception("an update that was brought cannot be read", update=raw.get("update_id"))
        return None


def _numbers(payload: bytes) -> list[int]:
    """The numbers of the updates in an answer, whatever else is in it."""
    try:
        found = json.loads(payload)["result"]
        return [update["update_id"] for update in found if isinstance(update["update_id"], int)]
    except (ValueError, LookupError, TypeError):
        return []
