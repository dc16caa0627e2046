"""`lintas run`: the service around the ticks, and one round on its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from bot import logs, memory
from bot.config import Settings, load_book
from bot.deliver import ONCE_PATIENCE, recover
from bot.livebook import LiveBook
from bot.poll import Poller
from bot.ticks import Tick, ticking
from bot.wiring import Parts, console_for, deliverer_for, desk_for, opened, publishers_for, room_for
from newsdesk.errors import ConfigError, DeskError, SourceError, StoreError
from newsdesk.reports import DeliveryReport, PollReport
from newsdesk.routes import PREVIEW
from newsdesk.sources import Source

log = structlog.get_logger()

POLL_SECONDS = 5.0
DELIVER_SECONDS = 1.0
BOOK_SECONDS = 2.0
MEMORY_SECONDS = 15.0


def utc_now() -> datetime:
    """The clock of the process: the one place that reads it."""
    return datetime.now(UTC)


# -- one round ------------------------------------------------------------------------------------------------------


def run_once(settings: Settings, path: Path, *, now: datetime | None, as_json: bool) -> int:
    """Poll every enabled source, deliver what may go now, and report. 0, or 1 when every source failed."""
    logs.configure(settings.log)
    return asyncio.run(_run_once(settings, path, now, as_json))


async def _run_once(settings: Settings, path: Path, now: datetime | None, as_json: bool) -> int:
    book = load_book(path)
    live = settings.telegram_token is not None
    stream = sys.stderr if as_json else sys.stdout

    def clock() -> datetime:
        return now or utc_now()

    async with (
        opened(settings, desk_for(book, live=live), clock) as parts,
        publishers_for(settings, parts.threads, stream) as publishers,
    ):
        await publishers.check()
        await recover(parts.threads, clock())
        before = await _messages(parts)
        reports = await parts.poller.poll_all(book.enabled())
        delivery = deliverer_for(settings, parts.threads, publishers, lambda: book.routes, clock)
        delivered = await delivery.round(ONCE_PATIENCE)
        queued = await _messages(parts) - before
    _report(reports, queued, delivered, as_json)
    return 1 if reports and all(report.failed for report in reports) else 0


async def _messages(parts: Parts) -> int:
    counts = await parts.threads.read(lambda view: view.counts())
    return sum(count for name, count in counts.items() if name.startswith("messages"))


def _report(reports: Sequence[PollReport], queued: int, delivered: DeliveryReport, as_json: bool) -> None:
    if as_json:
        for report in reports:
            print(json.dumps(_report_json(report), ensure_ascii=False), flush=True)
        last = {"queued": queued, "sent": delivered.sent, "held": delivered.held, "failed": delivered.failed}
        print(json.dumps(last), flush=True)
        return
    failed = sum(report.failed for report in reports)
    stored = sum(report.stored for report in reports)
    print(
        f"{len(reports)} sources, {failed} failed; {stored} articles stored; "
        f"{queued} messages queued, {delivered.sent} sent, {delivered.held} held, {delivered.failed} failed"
    )


def _report_json(report: PollReport) -> dict[str, object]:
    return {
        "source": report.source,
        "status": f"{report.status}: {report.reason}" if report.failed and report.reason else report.status,
        "items": report.items,
        "stored": report.stored,
        "changed": report.changed,
        "known": report.known,
        "refused": [{"reason": refusal.reason, "title": refusal.title} for refusal in report.refused],
        "gap": report.gap,
    }


# -- the service ----------------------------------------------------------------------------------------------------


def serve(settings: Settings, path: Path, roles: Sequence[str]) -> int:
    """Run until SIGTERM or Ctrl-C; 0 after a clean end."""
    logs.configure(settings.log)
    memory.few_arenas()
    return asyncio.run(_serve(settings, path, roles))


async def _serve(settings: Settings, path: Path, roles: Sequence[str]) -> int:
    book = LiveBook(path, load_book)
    live = settings.telegram_token is not None
    stop = _Stop()
    async with contextlib.AsyncExitStack() as stack:
        parts = await stack.enter_async_context(opened(settings, desk_for(book.book, live=live), utc_now))
        publishers = await stack.enter_async_context(publishers_for(settings, parts.threads, sys.stdout))
        await publishers.check()
        stack.enter_context(stop.on_signals())
        service = Service(parts, book, stop, live=live)
        delivery = deliverer_for(settings, parts.threads, publishers, lambda: book.book.routes, utc_now)
        ticks: dict[str, tuple[float, Tick]] = {
            "book": (BOOK_SECONDS, service.book_tick),
            "memory": (MEMORY_SECONDS, memory.give_back),
        }
        if "deliver" in roles:
            await recover(parts.threads, utc_now())
            stack.push_async_callback(delivery.close)
            ticks["deliver"] = (DELIVER_SECONDS, service.guarded("deliver", delivery.tick))
        if "poll" in roles:
            stack.push_async_callback(service.close)
            ticks["poll"] = (POLL_SECONDS, service.guarded("poll", service.poll_tick))
        room = room_for(settings, parts, lambda: book.book, utc_now) if "commands" in roles else None
        if room is not None:
            await stack.enter_async_context(stop.beside("commands", room.run))
        if "web" in roles:
            expected = [name for name in ("poll", "deliver") if name in ticks]
            console = console_for(settings, parts, lambda: book.book, lambda: service.beats, expected, utc_now)
            if console is not None:
                await stack.enter_async_context(stop.beside("web", console))
        _greet(settings, book, roles)
        await stack.enter_async_context(ticking(ticks))
        await stop.wait()
        log.info("stopping")
    log.info("stopped")
    return stop.result()


def _greet(settings: Settings, book: LiveBook, roles: Sequence[str]) -> None:
    enabled = len(book.book.enabled())
    log.info("started", sources=enabled, routes=len(book.book.routes), roles=",".join(roles))
    if settings.telegram_token is None:
        log.warning("no LINTAS_TELEGRAM_TOKEN: posts go to the preview, here and on the web console")
    elif all(route.chat == PREVIEW for route in book.book.routes):
        log.warning("every route says `chat: preview`: write the channel's numeric id into sources.yaml to post there")
    if settings.web is not None and "web" in roles:
        log.info("web console", url=f"http://{settings.web.host}:{settings.web.port}/")
    if not settings.contact:
        log.warning("no LINTAS_CONTACT: set a mail or web address, so that webmasters can reach you")


class _Stop:
    """Why and when the service ends: a signal, or an error that ends it."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._error: BaseException | None = None

    @contextlib.contextmanager
    def on_signals(self) -> Iterator[None]:
        """End on SIGTERM and Ctrl-C while the block lasts; a second signal ends the process at once."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal, number)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    def _on_signal(self, number: signal.Signals) -> None:
        self._event.set()
        asyncio.get_running_loop().remove_signal_handler(number)

    @contextlib.asynccontextmanager
    async def beside(self, name: str, run: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
        """Run this beside everything else; told to end when the block ends. Its failure ends the service."""
        ending = asyncio.Event()
        task = asyncio.create_task(run(ending), name=name)
        task.add_done_callback(self._on_done)
        try:
            yield
        finally:
            ending.set()
            await asyncio.gather(task, return_exceptions=True)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.fail(error)

    def fail(self, error: BaseException) -> None:
        """End because of this error; `result` raises it."""
        self._error = self._error or error
        self._event.set()

    async def wait(self) -> None:
        """Until it is time to end."""
        await self._event.wait()

    def result(self) -> int:
        """0 after a signal; raises the error that ended the service."""
        if self._error is not None:
            raise self._error
        return 0


class Service:
    """What the ticks do, and what is under way."""

    def __init__(self, parts: Parts, book: LiveBook, stop: _Stop, *, live: bool) -> None:
        self._poller: Poller = parts.poller
        self._threads = parts.threads
        self._book = book
        self._stop = stop
        self._live = live
        self._polls: dict[str, asyncio.Task[None]] = {}
        self.beats: dict[str, datetime] = {}
        """When each tick last came through: what /healthz judges by."""

    def guarded(self, name: str, tick: Tick) -> Tick:
        """The tick with its reactions: the store's trouble is tried again, whatever else ends the service."""

        async def run() -> None:
            try:
                await tick()
            except StoreError as error:
                log.error("the store refuses; tried again", tick=name, reason=str(error))
            except Exception as error:
                self._stop.fail(error)
                if not isinstance(error, DeskError):
                    log.critical("a bug ends the service", tick=name, exc_info=True)
            else:
                self.beats[name] = utc_now()

        return run

    async def poll_tick(self) -> None:
        """Start a poll of each source that is due and not under way; returns without waiting for them."""
        self._polls = {source: task for source, task in self._polls.items() if not task.done()}
        for source in await self._poller.due(self._book.book.enabled()):
            if source.id not in self._polls:
                self._polls[source.id] = asyncio.create_task(self._poll(source), name=f"poll {source.id}")

    async def book_tick(self) -> None:
        """Take up a changed sources.yaml; keep the old one when the new one is wrong."""
        change = self._book.look()
        if change is None:
            return
        for problem in change.problems:
            log.error("sources.yaml not taken up; the last good one stays", problem=problem)
        if change.book is None:
            return
        try:
            self._poller.desk = desk_for(change.book, live=self._live)
        except ConfigError as error:
            log.error("topics not taken up; the last good ones stay", problem=str(error))
            return
        log.info("sources.yaml taken up", sources=len(change.book.enabled()), routes=len(change.book.routes))

    async def close(self) -> None:
        """Cut off the polls under way: what is not stored yet is read again next time."""
        for task in self._polls.values():
            task.cancel()
        await asyncio.gather(*self._polls.values(), return_exceptions=True)

    async def _poll(self, source: Source) -> None:
        try:
            await self._poller.poll(source)
        except StoreError as error:
            log.error("not stored; tried again", source=source.id, reason=str(error))
        except Exception as bug:
            # Loud, but the other sources go on: the source rests as if it had failed.
            log.critical("a bug in this source's poll", source=source.id, exc_info=True)
            await self._poller.failed(source, SourceError("bug", f"{type(bug).__name__}: {bug}"))
