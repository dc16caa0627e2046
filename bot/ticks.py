"""The one home of APScheduler: a few ticks in our own event loop. What is due is data in the store, not a job.

APScheduler plans by the wall clock. Left alone, a clock set back silences it until the old time comes round again, and
one set forward makes it list every call that it missed: two centuries of seconds end the process. So a trigger of our
own knows a single missed call, and the loop's own clock, which nobody can set, sees to it that none is put off.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, EVENT_JOB_MAX_INSTANCES, JobEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

Tick = Callable[[], Awaitable[None]]

CLOCK_SECONDS = 1.0
"""How often the wall clock is compared with what was planned by it."""
ENDING_SECONDS = 5.0
"""How long a tick at work may take to finish when the ticking ends; then it is cut off."""


def _untold(_: str, __: int) -> None:
    """Nobody hears of skipped calls."""


class Every(BaseTrigger):  # type: ignore[misc]
    """Every so many seconds. Whatever time the clock claims to have passed, what was missed is one call."""

    def __init__(self, seconds: float) -> None:
        self.interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The call after the previous one, or one interval from now when that has passed already."""
        if previous_fire_time is None:
            return now
        planned = previous_fire_time + self.interval
        return planned if planned > now else now + self.interval


@contextlib.asynccontextmanager
async def ticking(
    ticks: Mapping[str, tuple[float, Tick]], skipped: Callable[[str, int], None] = _untold
) -> AsyncIterator[None]:
    """Call each named tick every so many seconds, first at once, for as long as the block lasts.

    A late tick is never dropped (`misfire_grace_time=None`), several missed ones become one (`coalesce`), and no
    tick runs beside itself (`max_instances=1`): `skipped` then hears its name and how many calls in a row fell out.
    However the wall clock is set, each tick comes again within its interval and CLOCK_SECONDS.
    """
    scheduler = AsyncIOScheduler(
        timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )
    # Of a skipped call `skipped` hears; the library would say it each time, once a second.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    in_a_row: Counter[str] = Counter()

    def on_event(event: JobEvent) -> None:
        if event.code == EVENT_JOB_MAX_INSTANCES:
            in_a_row[event.job_id] += 1
            skipped(event.job_id, in_a_row[event.job_id])
        else:
            del in_a_row[event.job_id]

    running: set[asyncio.Task[Any]] = set()

    def followed(tick: Tick) -> Tick:
        async def run() -> None:
            task = asyncio.current_task()
            assert task is not None
            running.add(task)
            try:
                await tick()
            finally:
                running.discard(task)

        return run

    scheduler.add_listener(on_event, EVENT_JOB_MAX_INSTANCES | EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)
    for name, (seconds, tick) in ticks.items():
        scheduler.add_job(followed(tick), Every(seconds), id=name, next_run_time=datetime.now(UTC))
    scheduler.start()
    minding = asyncio.create_task(_mind_the_clock(scheduler), name="mind the clock")
    try:
        yield
    finally:
        minding.cancel()
        scheduler.pause()
        late: set[asyncio.Task[Any]] = set()
        await asyncio.sleep(0)  # a call of this very moment begins
        while running and not late:
            _, late = await asyncio.wait(running, timeout=ENDING_SECONDS)
        scheduler.shutdown(wait=False)


async def _mind_the_clock(scheduler: AsyncIOScheduler) -> None:
    """Bring back each call that lies further ahead than its interval: the clock was set back."""
    while True:
        await asyncio.sleep(CLOCK_SECONDS)
        now = datetime.now(UTC)
        for job in scheduler.get_jobs():
            if job.next_run_time - now > job.trigger.interval + timedelta(seconds=CLOCK_SECONDS):
                job.modify(next_run_time=now)
