"""`lintas run`: the service around the ticks, and one round on its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from bot import logs, memory
from bot.config import Settings, load_book
from bot.deliver import ONCE_PATIENCE, recover
from bot.leaving import let_go
from bot.livebook import BookChange, LiveBook, facts, held_text, names, remember_book
from bot.notices import Tell, in_the_log, later
from bot.poll import Poller
from bot.render import phrases
from bot.ticks import Tick, ticking
from bot.watchdog import LOOP, MISSED, Watchdog, tell_supervisor
from bot.wiring import Parts, console_for, deliverer_for, desk_for, inbox_for, opened, publishers_for, room_for
from newsdesk.errors import DeskError, SourceError, StoreError, StoreHeld, StoreTrouble
from newsdesk.reports import DeliveryReport, PollReport
from newsdesk.routes import PREVIEW
from newsdesk.sources import Source

log = structlog.get_logger()

POLL_SECONDS = 5.0
DELIVER_SECONDS = 1.0
BOOK_SECONDS = 2.0
MEMORY_SECONDS = 15.0
CLOCK_SECONDS = 1.0
TIDY_SECONDS = 3600.0
NAME_SECONDS = 30.0
"""How often Telegram is asked for the bot's name until it has said it."""

BEAT_SECONDS = 20.0
"""What a tick may take, unless its interval is longer: a locked database makes it wait, too. MISSED of them are a hang."""
ENDING_SECONDS = 30.0
"""Within this, from the signal on, the process is gone."""
CLOCK_SET = timedelta(seconds=30)
"""A wall clock that moves so far against the steady one was set; less is correction."""
OVERRUNS_TOLD = 3


_NEED_STORE = frozenset({"poll", "deliver", "tidy"})
"""Ticks that rest while the database does not work."""


def utc_now() -> datetime:
    """The clock of the process: the one place that reads it."""
    return datetime.now(UTC)


# -- one round ------------------------------------------------------------------------------------------------------


def run_once(settings: Settings, path: Path, *, now: datetime | None, as_json: bool) -> int:
    """Poll every enabled source, deliver what may go now, and report. 0, or 1 when every source failed."""
    logs.configure(settings.log, secrets=settings.secrets())
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
        delivery = deliverer_for(settings, parts.threads, publishers, lambda: parts.poller.desk.routes, clock)
        delivered = await delivery.round(ONCE_PATIENCE)
        queued = await _messages(parts) - before
    _report(reports, queued, delivered, as_json)
    return 1 if reports and all(report.failed for report in reports) else 0


async def _messages(parts: Parts) -> int:
    """How many messages with new posts there have been."""
    counts = await parts.threads.read(lambda view: view.counts())
    return sum(count for name, count in counts.items() if name.startswith("messages")) - counts["edits"]


def _report(reports: Sequence[PollReport], queued: int, delivered: DeliveryReport, as_json: bool) -> None:
    if as_json:
        for report in reports:
            print(json.dumps(_report_json(report), ensure_ascii=False), flush=True)
        posts = delivered.posts
        last = {"queued": queued, "sent": posts.sent, "held": posts.held, "failed": posts.failed}
        print(json.dumps(last), flush=True)
        return
    failed = sum(report.failed for report in reports)
    stored = sum(report.stored for report in reports)
    print(
        f"{len(reports)} sources, {failed} failed; {stored} articles stored; "
        f"{queued} messages queued, {delivered.posts.sent} sent, {delivered.posts.held} held, "
        f"{delivered.posts.failed} failed; {delivered.edits.sent} edited"
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
    logs.configure(settings.log, secrets=settings.secrets())
    memory.few_arenas()
    return asyncio.run(_serve(settings, path, roles))


async def _serve(settings: Settings, path: Path, roles: Sequence[str]) -> int:
    stop = _Stop()
    with stop.on_signals(), stop.cutting_short():
        await _until_told(settings, path, roles, stop)
    log.info("stopped")
    return stop.result()


async def _until_told(settings: Settings, path: Path, roles: Sequence[str], stop: _Stop) -> None:
    book = LiveBook(path)
    live = settings.telegram_token is not None
    watchdog = Watchdog()
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(watchdog.watching())
        parts = await stack.enter_async_context(opened(settings, desk_for(book.book, live=live), utc_now))
        publishers = await stack.enter_async_context(publishers_for(settings, parts.threads, sys.stdout))
        await publishers.check()
        service = Service(parts, book, stop, live=live, watchdog=watchdog, tell=later(parts.threads))
        await service.pull_back()
        await service.begin_book()
        delivery = deliverer_for(settings, parts.threads, publishers, lambda: parts.poller.desk.routes, utc_now)
        ticks: dict[str, tuple[float, Tick]] = {
            "book": (BOOK_SECONDS, service.guarded("book", service.book_tick)),
            "memory": (MEMORY_SECONDS, service.guarded("memory", memory.give_back)),
            "clock": (CLOCK_SECONDS, service.guarded("clock", service.clock_tick)),
            "tidy": (TIDY_SECONDS, service.guarded("tidy", service.tidy_tick)),
        }
        if "deliver" in roles:
            await recover(parts.threads, utc_now())
            stack.push_async_callback(delivery.close)
            ticks["deliver"] = (DELIVER_SECONDS, service.guarded("deliver", delivery.tick))
            if live:
                ticks["name"] = (NAME_SECONDS, service.guarded("name", publishers.learn))
        if "poll" in roles:
            stack.push_async_callback(service.close)
            ticks["poll"] = (POLL_SECONDS, service.guarded("poll", service.poll_tick))
        inbox = inbox_for(settings, roles)
        room = room_for(settings, parts, path, lambda: book.book, utc_now, inbox) if "commands" in roles else None
        if room is not None:
            await stack.enter_async_context(stop.beside("commands", room.run))
        if "web" in roles:
            expected = [name for name in ("poll", "deliver") if name in ticks]
            console = console_for(
                settings,
                parts,
                lambda: book.book,
                lambda: service.beats,
                expected,
                lambda: watchdog.lag,
                lambda: service.overruns,
                utc_now,
                inbox,
            )
            if console is not None:
                await stack.enter_async_context(stop.beside("web", console))
        _greet(settings, book, roles)
        watchdog.expect(LOOP, MISSED * BEAT_SECONDS)
        for name, (seconds, _) in ticks.items():
            watchdog.expect(name, MISSED * max(seconds, BEAT_SECONDS))
        stop.started()
        await stack.enter_async_context(ticking(ticks, service.skipped))
        memory.settled()
        tell_supervisor("READY=1")
        await stop.wait()
        log.info("stopping")
        tell_supervisor("STOPPING=1")
        watchdog.forget(*ticks)
        watchdog.expect("ending", ENDING_SECONDS)


def _greet(settings: Settings, book: LiveBook, roles: Sequence[str]) -> None:
    enabled = len(book.book.enabled())
    log.info(
        "started",
        sources=enabled,
        routes=len(book.book.routes),
        roles=",".join(roles),
        digest=book.book.digest[:8],
    )
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
        self._starting: asyncio.Task[Any] | None = None

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
        if self._starting is not None:
            self._starting.cancel()

    @contextlib.contextmanager
    def cutting_short(self) -> Iterator[None]:
        """A signal cuts off whatever the block waits for, until it says that it has `started`: then it ends by itself.

        A start can wait long, for a database in use or for a Telegram that does not answer.
        """
        task = self._starting = asyncio.current_task()
        try:
            yield
        except asyncio.CancelledError:
            if task is None or self._starting is None or not self._event.is_set():
                raise
            task.uncancel()
        finally:
            self._starting = None

    def started(self) -> None:
        """From now on a signal cuts off nothing."""
        self._starting = None

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


@dataclass(slots=True)
class _Poll:
    """A poll under way: since when, by the steady clock, and how many times its source was due again meanwhile."""

    task: asyncio.Task[None]
    began: float
    overrun: int = 0


class Service:
    """What the ticks do, and what is under way.

    `tell` reaches an operator, `clock` gives UTC, `steady` seconds that no setting of the clock touches.
    """

    def __init__(
        self,
        parts: Parts,
        book: LiveBook,
        stop: _Stop,
        *,
        live: bool,
        watchdog: Watchdog | None = None,
        tell: Tell = in_the_log,
        clock: Callable[[], datetime] = utc_now,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._poller: Poller = parts.poller
        self._threads = parts.threads
        self._book = book
        self._stop = stop
        self._live = live
        self._watchdog = watchdog or Watchdog()
        self._tell = tell
        self._clock = clock
        self._steady = steady
        self._polls: dict[str, _Poll] = {}
        self._came: dict[str, float] = {}
        self._ahead = self._wall_ahead()
        self._forgetful = False
        """Whether the book in force is still to be remembered as the last good one."""
        self.overruns: Counter[str] = Counter()
        """By source, how often it was due again while its poll was still under way."""

    @property
    def beats(self) -> Mapping[str, datetime]:
        """When each tick last came through: what /healthz judges by. However the clock was set, never in the future."""
        now, steady = self._clock(), self._steady()
        return {name: now - timedelta(seconds=steady - came) for name, came in self._came.items()}

    def guarded(self, name: str, tick: Tick) -> Tick:
        """The tick with its reactions: the store's trouble is tried again, whatever else ends the service.

        While the database does not work, the ticks that need it rest; what they would log, its health has said.
        """

        async def run() -> None:
            try:
                if name not in _NEED_STORE or await self._threads.ready():
                    await tick()
                    self._came[name] = self._steady()
            except StoreHeld as error:
                self._stop.fail(error)
            except StoreTrouble:
                pass
            except StoreError as error:
                log.error("the store refuses; tried again", tick=name, reason=str(error))
            except Exception as error:
                self._stop.fail(error)
                if not isinstance(error, DeskError):
                    log.critical("a bug ends the service", tick=name, exc_info=True)
            self._watchdog.beat(name)

        return run

    def skipped(self, name: str, in_a_row: int) -> None:
        """A tick was still at work when its time came again: a line in the log at 3, 30, 300 … in a row."""
        waits_for_store = self._threads.health.trouble is not None
        if not waits_for_store and in_a_row % 3 == 0 and str(in_a_row // 3).strip("0") == "1":
            log.warning("a tick takes longer than its interval", tick=name, skipped=in_a_row)

    async def poll_tick(self) -> None:
        """Start a poll of each source that is due and not under way; returns without waiting for them."""
        self._polls = {source: poll for source, poll in self._polls.items() if not poll.task.done()}
        now = self._steady()
        for source in await self._poller.due(self._book.book.enabled()):
            if source.id in self._polls:
                await self._overrun(source, self._polls[source.id], now)
            else:
                task = asyncio.create_task(self._poll(source), name=f"poll {source.id}")
                self._polls[source.id] = _Poll(task, now)

    async def _overrun(self, source: Source, poll: _Poll, now: float) -> None:
        """Count each interval that a poll outlasts; at the third an operator hears of it."""
        times = int((now - poll.began) / source.every.total_seconds())
        if times <= poll.overrun:
            return
        told = poll.overrun >= OVERRUNS_TOLD
        self.overruns[source.id] += times - poll.overrun
        poll.overrun = times
        log.warning("a poll outlasts its interval; the next one is skipped", source=source.id, times=times)
        if times >= OVERRUNS_TOLD and not told:
            await self._tell(phrases.poll_overruns(source.id, round((now - poll.began) / 60)))

    async def clock_tick(self) -> None:
        """Notice that the wall clock was set. Set back, it leaves stamps in the future: they are brought back."""
        ahead = self._wall_ahead()
        moved = timedelta(seconds=ahead - self._ahead)
        if abs(moved) < CLOCK_SET:
            # What is corrected little by little is followed.
            self._ahead = ahead
            return
        log.warning("the clock was set", seconds=round(moved.total_seconds()))
        if moved < timedelta(0):
            await self.pull_back()
        self._ahead = ahead

    async def pull_back(self) -> None:
        """Bring back what is stamped later than now, so that no clock of yesterday silences a chat tomorrow."""
        now = self._clock()
        moved = await self._threads.write(lambda tx: tx.pull_back(now))
        if moved:
            log.warning("stamps of a clock that was ahead are brought back", stamps=moved)

    def _wall_ahead(self) -> float:
        """By how many seconds the wall clock is ahead of one that nobody sets and that counts sleep, too."""
        steady = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
        return self._clock().timestamp() - time.clock_gettime(steady)

    async def begin_book(self) -> None:
        """Judge the file found at the start by the one last taken up, and remember the one in force."""
        last_good, accepted = await self._threads.read(facts)
        change = self._book.begin(last_good, accepted)
        if change is not None:
            await self._heed(change)
        await self._remember_book(last_good)

    async def tidy_tick(self) -> None:
        """Let go of what the store keeps for nothing, in small transactions between those of others."""
        while await self._threads.write(lambda tx: tx.tidy(self._clock())):
            pass
        await let_go(self._threads, self._clock())

    async def book_tick(self) -> None:
        """Take up a changed sources.yaml; keep the old one when the new one is wrong or loses too much."""
        asks = self._book.asks or self._forgetful
        last_good, accepted = await self._threads.read(facts) if asks else (None, None)
        change = self._book.look(accepted)
        if change is not None:
            await self._heed(change)
        if self._forgetful:
            await self._remember_book(last_good)

    async def _heed(self, change: BookChange) -> None:
        """Put a new book in force, or say why the old one stays."""
        for problem in change.problems:
            log.error("sources.yaml not taken up; the last good one stays", problem=problem)
        if change.problems:
            await self._tell(phrases.book_wrong(change.problems))
        if change.held is not None:
            said = held_text(change.held.verdict)
            log.error(
                "sources.yaml not taken up; the last good one stays",
                problem=said,
                remedy="mend it, or confirm it with: lintas check --accept",
                digest=change.held.digest[:8],
            )
            await self._tell(phrases.book_held(change.held.verdict.hold, names(change.held.verdict.removed)))
        if change.book is None:
            return
        if change.again:
            log.info("sources.yaml is the last good one again", digest=change.book.digest[:8])
            return
        self._forgetful = True
        self._poller.desk = desk_for(change.book, live=self._live)
        log.info(
            "sources.yaml taken up",
            sources=len(change.book.enabled()),
            routes=len(change.book.routes),
            digest=change.book.digest[:8],
        )
        if change.removed:
            log.warning("no longer listed", sources=names(change.removed))
            await self._tell(phrases.book_removed(names(change.removed)))

    async def _remember_book(self, last_good: str | None) -> None:
        """Keep the book in force as the last good one, so that a start can be judged by it."""
        fact = self._book.fact()
        if fact != last_good:
            await self._threads.write(lambda tx: remember_book(tx, fact, self._clock()))
        self._forgetful = False

    async def close(self) -> None:
        """Cut off the polls under way: what is not stored yet is read again next time."""
        tasks = [poll.task for poll in self._polls.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _poll(self, source: Source) -> None:
        try:
            await self._poller.poll(source)
        except StoreTrouble:
            pass  # its health has said so; the source stays due
        except StoreError as error:
            log.error("not stored; tried again", source=source.id, reason=str(error))
        except Exception as bug:
            # Loud, but the other sources go on: the source rests as if it had failed.
            log.critical("a bug in this source's poll", source=source.id, exc_info=True)
            await self._poller.failed(source, SourceError("bug", f"{type(bug).__name__}: {bug}"))
