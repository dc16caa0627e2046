"""The program with a wall clock that a test sets: ``python -m tests.torture.clocked FILE WITHOUT lintas-arguments``.

FILE holds by how many seconds the clock is ahead of the true one; a change is taken up within a hundredth of a second.
Clocks that nobody can set (monotonic, boot time) stay true. WITHOUT names protections that are taken away, to show
that a test notices: `ticker` is APScheduler left alone, `stamps` leaves those of the future as they are, `-` is none.
The ticks come often, so that a test need not wait for them. A file FILE.do makes the next poll tick misbehave:
`block SECONDS` stops the event loop for so long, `hang` lets the tick never come back.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot import cli, service, ticks

OFTEN = 0.1
HANGS_AFTER = float(os.environ.get("CLOCKED_BEAT", "20"))


@contextlib.asynccontextmanager
async def bare_ticking(wanted: Mapping[str, tuple[float, ticks.Tick]], _: object = None) -> AsyncIterator[None]:
    """APScheduler as it is: it plans by the wall clock."""
    scheduler = AsyncIOScheduler(timezone=UTC)
    for name, (seconds, tick) in wanted.items():
        scheduler.add_job(tick, "interval", seconds=seconds, id=name, next_run_time=datetime.now(UTC))
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)


def main(file: Path, without: str, arguments: list[str]) -> None:
    """Run the program; does not return."""
    born, steady = datetime.now(UTC), time.monotonic()

    def true_time() -> datetime:
        return born + timedelta(seconds=time.monotonic() - steady)

    ahead = file.read_text()
    clock = time_machine.travel(true_time() + timedelta(seconds=float(ahead)), tick=True).start()

    def follow() -> None:
        nonlocal ahead
        while True:
            time.sleep(0.01)
            now = file.read_text()
            if now and now != ahead:
                ahead = now
                clock.move_to(true_time() + timedelta(seconds=float(now)))

    threading.Thread(target=follow, daemon=True).start()
    service.POLL_SECONDS = service.DELIVER_SECONDS = service.CLOCK_SECONDS = ticks.CLOCK_SECONDS = OFTEN
    service.BEAT_SECONDS = HANGS_AFTER
    _misbehave(file.with_suffix(".do"))
    if "ticker" in without:
        service.ticking = bare_ticking  # type: ignore[assignment]
    if "stamps" in without:
        service.Service.pull_back = _nothing  # type: ignore[method-assign]
    sys.argv = ["lintas", *arguments]
    cli.main()


def _misbehave(orders: Path) -> None:
    tick = service.Service.poll_tick

    def ordered() -> list[str]:
        if not orders.exists():
            return [""]
        order = orders.read_text().split()
        orders.unlink()
        return order

    async def poll_tick(self: service.Service) -> None:
        order = ordered()
        if order[0] == "block":
            time.sleep(float(order[1]))  # noqa: ASYNC251 (that is the fault)
        elif order[0] == "hang":
            await asyncio.Event().wait()
        await tick(self)

    service.Service.poll_tick = poll_tick  # type: ignore[method-assign]


async def _nothing(_: service.Service) -> None:
    """Leave stamps of the future as they are."""


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
