"""The one home of APScheduler: a few ticks in our own event loop. What is due is data in the store, not a job."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler

Tick = Callable[[], Awaitable[None]]


@contextlib.asynccontextmanager
async def ticking(ticks: Mapping[str, tuple[float, Tick]]) -> AsyncIterator[None]:
    """Call each named tick every so many seconds, first at once, for as long as the block lasts.

    A late tick is never dropped (`misfire_grace_time=None`), several missed ones become one (`coalesce`), and no
    tick runs beside itself (`max_instances=1`).
    """
    scheduler = AsyncIOScheduler(
        timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )
    for name, (seconds, tick) in ticks.items():
        scheduler.add_job(tick, "interval", seconds=seconds, id=name, next_run_time=datetime.now(UTC))
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
