"""Clocks that jump, stop and lie, changes of local time, and date strings: nothing is polled or posted too often, too
late, or not at all.

The clock events happen to the real program, whose wall clock is set while it runs; feeds and the Bot API are doubles
that count outside of it.
"""

from __future__ import annotations

import asyncio
import calendar
import contextlib
import signal
import time as steady_time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import structlog
from feedparser.datetimes import _parse_date as feedparser_date

from bot.service import Service
from bot.ticks import ticking
from newsdesk.language.dates import parse_date
from newsdesk.ports import Harvest
from newsdesk.reports import PollReport
from newsdesk.routes import Digest, QuietHours
from newsdesk.routing import next_slot, quiet_until
from newsdesk.sources import Source, SourceBook, SourceState
from tests.doubles.botapi import CHANNEL
from tests.feeds.loopback import Request, answer, loopback
from tests.torture import datetable
from tests.torture.clocked import bare_ticking
from tests.torture.clockworld import DAY, HOUR, YEAR, ClockWorld, Told, clock_world
from tests.torture.frame import Figures
from tests.torture.newsmaker import feed, ordinary, single, times_told
from tests.torture.pollworld import World, source, world

pytestmark = pytest.mark.timeout(600)

FAR = datetime(2200, 1, 1, tzinfo=UTC)


# -- the program, its clock set while it runs ----------------------------------------------------------------------------


async def _set_about(world: ClockWorld) -> dict[str, Told]:
    """Two hours, a year, 174 years, seconds: forth and back, running and stopped."""
    far = world.until(FAR)
    return {
        "forward 2 h": await world.event(2 * HOUR),
        "back 2 h": await world.event(0),
        "forward 1 y": await world.event(YEAR),
        "back 1 y": await world.event(0),
        "to 2200": await world.event(far),
        "back from 2200": await world.event(0),
        "back 1 y from now": await world.event(-YEAR),
        "forward 1 y to now": await world.event(0),
        "forward 20 s": await world.event(20, polls=0),
        "back 20 s": await world.event(0, polls=0),
        "forward 90 s": await world.event(90),
        "back 90 s": await world.event(0),
        "forward a day": await world.event(DAY),
        "back a day": await world.event(0),
        "stopped, awake 8 h later": await world.event(8 * HOUR, stopped=0.3),
        "stopped, awake 8 h earlier": await world.event(0, stopped=0.3),
        "stopped for 1.5 s": await world.event(0, stopped=1.5, polls=0),
    }


async def _with_mail_under_way(world: ClockWorld) -> dict[str, Told]:
    """The clock is set back while a chat rests, and while nobody knows what became of a message."""
    told = {}
    world.api.fault("sendMessage", "error", code=429, description="Too Many Requests", parameters={"retry_after": 60})
    told["to 2200, the chat rests"] = await world.event(world.until(FAR), posts=0)
    told["back, it rests no more"] = await world.event(0, posts=2)
    world.api.fault("sendMessage", "drop")
    # Not the same minute: Telegram's rest of then would hold again.
    told["to 2201, an answer is lost"] = await world.event(world.until(FAR.replace(year=2201)))
    told["back, it is looked up"] = await world.event(0)
    return told


async def _around_changes_of_local_time(world: ClockWorld) -> dict[str, Told]:
    """The round-up at half past two in Berlin, on the night without that hour and on the one that has it twice."""

    async def at(moment: str, posts: int, *, news: bool = False) -> Told:
        ahead = world.until(datetime.fromisoformat(moment).replace(tzinfo=UTC))
        return await world.event(ahead, posts=posts, news=single if news else None)

    return {
        "the evening before the gap": await at("2027-03-27T20:00:00", 0, news=True),
        "02:30, which is not": await at("2027-03-28T01:00:02", 1),
        "the evening before the fold": await at("2027-10-30T20:00:00", 0, news=True),
        "02:30 for the first time": await at("2027-10-31T00:30:02", 1),
        "between": await at("2027-10-31T01:00:00", 0, news=True),
        "02:30 for the second time": await at("2027-10-31T01:30:02", 0),
        "02:30 on the next day": await at("2027-11-01T01:30:02", 1),
        "back to now": await world.event(0),
    }


async def _ended_and_started(world: ClockWorld) -> dict[str, Told]:
    """Ended while its clock was a year ahead; and ended twice, while a message was on its way."""
    await world.event(YEAR, news=None, posts=0)
    asked, posted = world.asked(), world.posted()
    assert await world.end() == 0
    world.news()
    world.ahead = 0.0
    await world.start()
    came = await world.happens(lambda: world.posted() > posted)
    polls = tuple(now - was for now, was in zip(world.asked(), asked, strict=True))
    wrong = () if came and polls == (1, 1, 1) and world.posted() == posted + 1 else ("after a start",)
    return {"started a year earlier": Told(polls, world.posted() - posted, 0.0, 0.0, wrong)}


async def _ended_at_once(world: ClockWorld) -> None:
    """A message is on its way and no answer comes: the first signal waits for it, the second does not."""
    world.api.fault("sendMessage", "hang")
    posted = world.posted()
    world.news()
    world.set(2 * HOUR)
    assert await world.happens(lambda: world.posted() > posted)
    assert world.process is not None
    world.signal(signal.SIGTERM)
    assert await world.happens(lambda: "stopping" in world.log().splitlines()[-1])
    await asyncio.sleep(0.3)
    assert world.process.returncode is None
    world.signal(signal.SIGTERM)
    assert await asyncio.wait_for(world.process.wait(), 3) == -signal.SIGTERM


@dataclass(frozen=True)
class Runs:
    """What became of the programs, which run side by side: the real one, two that lack a protection, one that hangs."""

    real: dict[str, Told]
    times_posted: dict[str, int]
    log: str
    bare_ticker: list[Told]
    stamps_kept: list[Told]
    ended_with: int
    ended_after: float
    blocked: str
    health: tuple[int | None, int | None]
    lag: float
    stopped: Told
    code: int
    hung_for: float
    last_words: str
    seconds: float


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """All programs, run to their ends."""
    folders = [tmp_path_factory.mktemp(name) for name in ("real", "bare", "kept", "hung")]
    return asyncio.run(_all(*folders))


async def _all(real: Path, bare: Path, kept: Path, hung: Path) -> Runs:
    began = steady_time.monotonic()
    parts = await asyncio.gather(_real(real), _bare_ticker(bare), _stamps_kept(kept), _hung(hung))
    found: dict[str, Any] = {}
    for part in parts:
        found |= part
    return Runs(**found, seconds=round(steady_time.monotonic() - began, 1))


async def _real(folder: Path) -> dict[str, Any]:
    async with clock_world(folder) as world:
        told = await _set_about(world)
        told |= await _with_mail_under_way(world)
        told |= await _around_changes_of_local_time(world)
        told |= await _ended_and_started(world)
        await _ended_at_once(world)
        times = times_told(world.items, world.api.texts(CHANNEL))
        return {"real": told, "times_posted": times, "log": world.log()}


async def _bare_ticker(folder: Path) -> dict[str, Any]:
    async with clock_world(folder, without="ticker", patience=5.0) as world:
        forward = await world.event(5 * DAY)
        world.patience = 3.0
        return {"bare_ticker": [forward, await world.event(0)]}


async def _stamps_kept(folder: Path) -> dict[str, Any]:
    async with clock_world(folder, without="stamps") as world:
        world.api.fault(
            "sendMessage", "error", code=429, description="Too Many Requests", parameters={"retry_after": 60}
        )
        before = await world.event(world.until(FAR), posts=0)
        world.patience = 3.0
        silent = await world.event(0, posts=2)
        world.patience = 30.0
        # In its own year the chat takes messages; the last one is never answered.
        posted = world.posted()
        world.set(world.until(FAR + timedelta(hours=1)))
        assert await world.happens(lambda: world.posted() == posted + 2), world.log()
        world.api.fault("sendMessage", "hang")
        world.news()
        world.set(world.until(FAR + timedelta(hours=2)))
        assert await world.happens(lambda: world.posted() == posted + 3), world.log()
        began = steady_time.monotonic()
        code = await world.end()
        return {
            "stamps_kept": [before, silent],
            "ended_with": code,
            "ended_after": round(steady_time.monotonic() - began, 1),
        }


async def _hung(folder: Path) -> dict[str, Any]:
    async with clock_world(folder, roles="poll,web", env={"CLOCKED_BEAT": "2"}) as world:
        assert world.process is not None
        world.order("block 4")
        assert await world.happens(lambda: "the event loop is blocked" in world.log()), world.log()
        meanwhile = await world.health_within(0.5)
        _, metrics = await world.get("/metrics")
        healthy = await world.health_within(world.patience)
        blocked = world.log()
        stopped = await world.event(0, stopped=7.0, polls=0)
        began = steady_time.monotonic()
        world.order("hang")
        code = await asyncio.wait_for(world.process.wait(), 30)
        return {
            "blocked": blocked[blocked.index("the event loop is blocked") :],
            "health": (meanwhile, healthy),
            "lag": next(
                float(line.split()[1]) for line in metrics.splitlines() if line.startswith("lintas_loop_lag_seconds")
            ),
            "stopped": stopped,
            "code": code,
            "hung_for": round(steady_time.monotonic() - began, 1),
            "last_words": world.log(),
        }


def test_whatever_the_clock_does_each_source_is_asked_once_and_each_story_posted_once(
    runs: Runs, figures: Figures
) -> None:
    """Each event is answered by one poll of each source where one is due, and by each story once; soon, and cheaply."""
    wrong = {name: one.wrong for name, one in runs.real.items() if one.wrong}
    assert not wrong, f"{wrong}\n{runs.log[-4000:]}"
    assert len(runs.real) >= 25
    assert set(runs.times_posted.values()) == {1}, runs.times_posted
    assert "Traceback" not in runs.log
    figures.put(
        clock_events=len(runs.real),
        stories=len(runs.times_posted),
        most_cpu_seconds=max(one.cpu for one in runs.real.values()),
        most_MiB_grown=max(one.grown for one in runs.real.values()),
        seconds=runs.seconds,
    )


def test_without_the_protections_the_same_events_are_seen_to_fail(runs: Runs, figures: Figures) -> None:
    """APScheduler left alone lists what it missed, or falls silent; stamps of the future silence the chat."""
    far, back = runs.bare_ticker
    assert any("CPU" in what or "MiB" in what for what in far.wrong), far
    assert back.polls == (0, 0, 0)
    assert "not in time" in back.wrong
    before, silent = runs.stamps_kept
    assert not before.wrong
    assert silent.posts == 0
    assert "not in time" in silent.wrong
    figures.put(bare_ticker_cpu_seconds=far.cpu, bare_ticker_MiB=far.grown)


def test_a_blocked_loop_is_told_of_a_stopped_process_left_alone_and_a_hung_one_ended(
    runs: Runs, figures: Figures
) -> None:
    """With a limit of six seconds: blocked for 4 s it goes on, stopped for 7 s too; hung it ends with code 1.

    While it is blocked, whoever asks for its health gets no answer.
    """
    assert "poll_tick" in runs.blocked
    assert runs.health == (None, 200)
    assert 3 <= runs.lag < 6
    assert not runs.stopped.wrong
    assert runs.code == 1
    assert "poll gave no sign of life" in runs.last_words
    assert "most recent call first" in runs.last_words
    assert runs.hung_for > 5.5
    figures.put(hang_ended_after_seconds=runs.hung_for, loop_lag_seconds=round(runs.lag, 2))


def test_what_is_on_its_way_at_the_end_is_waited_for_ten_seconds(runs: Runs, figures: Figures) -> None:
    """Asked to end while an answer of Telegram is awaited, the program waits, then lets go, and ends with code 0."""
    assert runs.ended_with == 0
    assert 9 < runs.ended_after < 20
    figures.put(ended_after_seconds=runs.ended_after)


# -- ticks and polls that come late ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ticker", "calls"), [(ticking, 1), (bare_ticking, 0)])
async def test_a_tick_that_starts_late_is_not_dropped(ticker: Any, calls: int) -> None:
    """The loop is busy for 1.1 s when an hourly tick is due: it comes late. By APScheduler's own rules it is dropped."""
    called: list[str] = []

    async def tick() -> None:
        called.append("hourly")

    async with ticker({"hourly": (3600.0, tick)}):
        steady_time.sleep(1.1)  # noqa: ASYNC251 (a loop that is busy)
        await asyncio.sleep(0.05)
    assert len(called) == calls


async def test_a_tick_at_work_is_not_begun_again_and_its_skips_are_told() -> None:
    """Calls that fall out are counted in a row; the tick never runs beside itself, and ends before the ticking does."""
    at_work, most, skips, gate = 0, 0, [], asyncio.Event()

    async def tick() -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await gate.wait()
        at_work -= 1

    def skipped(name: str, in_a_row: int) -> None:
        skips.append((name, in_a_row))
        if in_a_row == 3:
            gate.set()

    async with asyncio.timeout(10), ticking({"slow": (0.02, tick)}, skipped):
        await gate.wait()
    assert skips[:3] == [("slow", 1), ("slow", 2), ("slow", 3)]
    assert (most, at_work) == (1, 0)


@contextlib.asynccontextmanager
async def _ticked(folder: Path, *names: str) -> AsyncIterator[tuple[World, Service, list[str], Callable[[], Any]]]:
    """The service's polling by hand: sources of these names on a real server, of which `/stuck` never answers.

    Gives the world, the service, what operators are told, and a function that ticks and waits for all that ends.
    """
    told: list[str] = []

    async def tell(notice: str) -> None:
        told.append(notice)

    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.path == "/stuck":
            await asyncio.Event().wait()
        writer.write(answer(feed([ordinary(1)])))

    async with loopback(script) as server, world(folder, total_seconds=10**6, per_host=99, at_once=99) as here:
        sources = tuple(source(server, name, f"/{name}") for name in names)
        parts = SimpleNamespace(poller=here.poller, threads=here.threads)
        book = SimpleNamespace(book=SourceBook(sources=sources))
        begun = here.clock[0]
        service = Service(
            parts,  # type: ignore[arg-type]
            book,  # type: ignore[arg-type]
            None,  # type: ignore[arg-type]
            live=False,
            tell=tell,
            clock=lambda: here.clock[0],
            steady=lambda: (here.clock[0] - begun).total_seconds(),
        )

        async def tick() -> None:
            await service.poll_tick()
            await asyncio.gather(*(poll.task for name, poll in service._polls.items() if name != "stuck"))

        try:
            yield here, service, told, tick
        finally:
            await service.close()


@pytest.mark.parametrize("heeded", [True, False])
async def test_a_poll_that_outlasts_its_interval_is_skipped_counted_and_told_of(tmp_path: Path, heeded: bool) -> None:
    """Never two polls of one source; from the third skipped turn on an operator knows, and hears it once.

    Where nobody heeds what is under way, the same ticks are seen to begin it again and again.
    """
    begun: Counter[str] = Counter()
    counted = []
    async with _ticked(tmp_path, "stuck", "well") as (here, service, told, tick):
        poll = here.poller.poll
        under_way = []

        async def seen(what: Source) -> PollReport:
            begun[what.id] += 1
            return await poll(what)

        service._poller = SimpleNamespace(due=here.poller.due, poll=seen, failed=here.poller.failed)  # type: ignore[assignment]
        for _ in range(46):
            if not heeded:
                under_way += [one.task for one in service._polls.values()]
                service._polls.clear()
            await tick()
            counted.append((service.overruns["stuck"], len(told)))
            here.clock[0] += timedelta(minutes=1)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
    assert begun["well"] == 5
    if not heeded:
        assert begun["stuck"] == 46
        return
    assert begun["stuck"] == 1
    assert [counted[minute] for minute in (9, 10, 29, 30, 45)] == [(0, 0), (1, 0), (2, 0), (3, 1), (4, 1)]
    assert "stuck" in told[0]


@pytest.mark.parametrize("caught", [True, False])
async def test_a_bug_in_one_sources_poll_is_loud_and_the_source_rests(
    tmp_path: Path, caught: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It counts as a failure and is tried again later, the others go on, and once it is gone all is well.

    Were it not remembered, the source would be asked at every tick.
    """
    asked: Counter[str] = Counter()
    async with _ticked(tmp_path, "buggy", "well") as (here, _, _, tick):
        gather = here.poller.gatherer.gather

        async def stumbling(what: Source, state: SourceState, now: datetime) -> Harvest:
            asked[what.id] += 1
            if what.id == "buggy" and (asked["buggy"] <= 2 or not caught):
                raise ZeroDivisionError("nobody thought of it")
            return await gather(what, state, now)

        monkeypatch.setattr(here.poller.gatherer, "gather", stumbling)
        if not caught:
            monkeypatch.setattr("bot.poll.after_failure", lambda source, state, *_, **__: state)
        seen = []
        with structlog.testing.capture_logs() as said:
            for _ in range(46):
                await tick()
                state = await here.state("buggy")
                seen.append((state.status, state.failures))
                here.clock[0] += timedelta(minutes=1)
    assert asked["well"] == 5
    if not caught:
        assert asked["buggy"] == 46
        return
    assert seen[:13:12] == [("bug", 1), ("bug", 2)]
    assert seen[-1] == ("ok", 0)
    assert asked["buggy"] in (4, 5)
    loud = [line for line in said if line["log_level"] == "critical"]
    assert [(line["source"], line["exc_info"]) for line in loud] == [("buggy", True)] * 2


# -- changes of local time -------------------------------------------------------------------------------------------------

ZONES = (
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Asuncion",
    "America/Havana",
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Jakarta",
    "Asia/Jerusalem",
    "Asia/Tehran",
    "Atlantic/Azores",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/London",
    "Pacific/Auckland",
)
YEARS = range(2020, 2030)
STEP = timedelta(minutes=15)
"""Every offset and every time of the test is a whole number of these."""
SLOTS = tuple(
    time(hour, minute) for hour, minute in ((0, 0), (0, 30), (1, 15), (2, 0), (2, 30), (2, 45), (3, 0), (23, 45))
)


def _transitions(zone: ZoneInfo) -> Iterator[datetime]:
    """Noon (UTC) of each day within which the zone's offset changes."""
    day = datetime(YEARS[0], 1, 1, 12, tzinfo=UTC)
    while day.year <= YEARS[-1]:
        if day.astimezone(zone).utcoffset() != (day + timedelta(days=1)).astimezone(zone).utcoffset():
            yield day
        day += timedelta(days=1)


def _readings(zone: ZoneInfo, start: datetime) -> list[tuple[datetime, datetime]]:
    """Four days, step by step: the moment, and what a clock on the wall shows."""
    moments = [start + number * STEP for number in range(int(timedelta(days=4) / STEP))]
    return [(moment, moment.astimezone(zone).replace(tzinfo=None)) for moment in moments]


def _first_shown(readings: Sequence[tuple[datetime, datetime]], day: date, at: time) -> datetime:
    """When somebody who looks at the clock on the wall first sees that time of that day, or a later one."""
    wanted = datetime.combine(day, at)
    return next(moment for moment, shown in readings if shown >= wanted)


def _old_next_slot(digest: Digest, timezone: str, now: datetime) -> datetime:
    """What was once thought to be right: arithmetic on the wall clock, slots in the order in which they are written."""
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    slots = (
        datetime.combine(today + timedelta(days=days), at, tzinfo=zone).astimezone(UTC)
        for days in (0, 1, 2)
        for at in sorted(digest.at)
    )
    return next(slot for slot in slots if slot > now)


def _wrong_slots(slot_after: Any, zones: Sequence[str] = ZONES) -> tuple[int, int]:
    """How many round-ups were looked for, and how many came at another moment than the clock on the wall shows."""
    looked = wrong = 0
    for name in zones:
        zone = ZoneInfo(name)
        for noon in _transitions(zone) if name != "Asia/Jakarta" else [datetime(2026, 2, 7, 12, tzinfo=UTC)]:
            readings = _readings(zone, noon - timedelta(days=1))
            days = [(noon + timedelta(days=days)).astimezone(zone).date() for days in (0, 1)]
            expected = sorted({_first_shown(readings, day, at) for day in days for at in SLOTS})
            found, now = [], expected[0] - timedelta(seconds=1)
            while now < expected[-1]:
                now = slot_after(Digest(SLOTS), name, now)
                found.append(now)
            looked += len(expected)
            wrong += len(set(expected).symmetric_difference(found))
    return looked, wrong


def test_each_round_up_comes_once_at_its_local_time_through_all_changes_of_ten_years(figures: Figures) -> None:
    """Twenty zones, their gaps and folds: when a clock on the wall first shows the time, and at no other moment."""
    looked, wrong = _wrong_slots(next_slot)
    assert wrong == 0
    _, once_wrong = _wrong_slots(_old_next_slot, ("Africa/Cairo", "Europe/Berlin"))
    assert once_wrong > 0
    figures.put(zones=len(ZONES), round_ups=looked, wrong_by_wall_clock_arithmetic=once_wrong)


def test_quiet_hours_hold_and_end_by_the_clock_on_the_wall(figures: Figures) -> None:
    """Whatever the hour of a change: nothing goes within quiet hours, and they end when their end is shown or passed."""
    asked = 0
    for name in ZONES:
        zone = ZoneInfo(name)
        for noon in _transitions(zone):
            readings = _readings(zone, noon - timedelta(hours=12))[: int(timedelta(days=3) / STEP)]
            for start, end in ((time(22), time(2, 30)), (time(0, 30), time(2))):
                for number, (moment, shown) in enumerate(readings[: len(readings) // 2]):
                    at = shown.time()
                    within = at >= start or at < end if start > end else start <= at < end
                    until = quiet_until(QuietHours(start, end), name, moment)
                    asked += 1
                    assert (until is not None) == within, (name, moment)
                    if until is not None and number % 3 == 0:
                        assert until == _end_shown(readings[number:], end), (name, moment, until)
    figures.put(quiet_moments=asked)


def _end_shown(readings: Sequence[tuple[datetime, datetime]], end: time) -> datetime:
    """When the clock on the wall next reaches that time, or leaps over it."""
    for (_, before), (moment, shown) in pairwise(readings):
        if any(before < datetime.combine(day, end) <= shown for day in {before.date(), shown.date()}):
            return moment
    raise AssertionError("it never ends")


# -- date strings ---------------------------------------------------------------------------------------------------------


def _mistakes(read: Callable[[str], datetime | None]) -> tuple[list[str], list[str]]:
    """The texts that were read wrong, and those that were not read though they name a moment."""
    wrong, unknown = [], []
    for text, moment in datetable.rows():
        found = read(text)
        if found is None:
            unknown += [text] if moment is not None else []
        elif found != moment:
            wrong.append(text)
    return wrong, unknown


def test_every_date_string_is_read_right_or_not_at_all(figures: Figures) -> None:
    """Of two hundred texts with known answers none is read wrong, and hardly one that names a moment is not read."""
    rows = datetable.rows()
    assert len(rows) >= 200
    assert len({text for text, _ in rows}) == len(rows)
    wrong, unknown = _mistakes(lambda text: parse_date(text, zone=datetable.ZONE, now=datetable.NOW))
    assert wrong == []
    assert len(unknown) <= 12, unknown
    figures.put(date_strings=len(rows), unread=len(unknown))


def test_general_readers_of_dates_read_the_same_strings_wrong(figures: Figures) -> None:
    """feedparser and the standard library take WIB for UTC, and more: the table tells right from wrong."""

    def by_feedparser(text: str) -> datetime | None:
        with suppress(Exception):
            read = feedparser_date(text)
            return datetime.fromtimestamp(calendar.timegm(read), UTC) if read else None
        return None

    def by_email(text: str) -> datetime | None:
        with suppress(Exception):
            read = parsedate_to_datetime(text)
            return read.replace(tzinfo=read.tzinfo or UTC).astimezone(UTC)
        return None

    wrong = {"feedparser": _mistakes(by_feedparser)[0], "email": _mistakes(by_email)[0]}
    assert "Tue, 01 Jan 2030 00:00:00 WIB" in wrong["feedparser"]
    assert "Tue, 01 Jan 2030 00:00:00 WIB" in wrong["email"]
    figures.put(wrong_by_feedparser=len(wrong["feedparser"]), wrong_by_email=len(wrong["email"]))
