"""The process that is killed: the program itself, forked from a warm parent that has imported everything.

    python -m tests.torture.victim

The parent reads one JSON line a victim on stdin (number, folder, env, arguments, point, nth, patient,
sabotage) and writes
`{"number", "pid"}` and later `{"number", "ended"}` (as os.waitstatus_to_exitcode has it). Only what makes it quick is
changed: rules are compiled once, messages need not be a second apart, edits wait for nothing else, a wait moves the clock instead of the hand, and
a migration runs in this process. `sabotage` takes a protection away.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import select
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import alembic.op
import anyio._backends._asyncio
import httpcore
import httpx
import sniffio
import sqlalchemy

import bot.deliver
import bot.lookbacks
import bot.service
import bot.telegram.publisher
import bot.telegram.wire
import bot.wiring
import newsdesk.delivery
import storage.holding
import storage.lookbacks
import storage.outbox
import storage.schema
import storage.sqlite
import storage.writing
from bot import cli
from feeds.child import die_with
from feeds.policy import FetchPolicy, ReadLimits
from newsdesk.delivery import Pace
from newsdesk.lookback import LookBack, last_slot
from tests.torture.kills_points import CLOCK, arm

_READY = (alembic.op, anyio._backends._asyncio, httpcore, httpx, sniffio, storage.schema, storage.sqlite)
"""What the program imports when it first needs it; here once, and not after each fork."""


def main() -> int:
    """Serve until stdin ends."""
    die_with(os.getppid())
    rules = bot.wiring.compile_rules({})
    bot.wiring.compile_rules = lambda additions: rules
    bot.telegram.wire.trust()
    gc.collect()
    gc.freeze()
    if threading.active_count() != 1:
        raise RuntimeError("a process with threads cannot be forked safely")
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    numbers: dict[int, int] = {}
    rest = b""
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            _collect(numbers)
        if 0 in ready:
            read = os.read(0, 65536)
            if not read:
                return 0
            *lines, rest = (rest + read).split(b"\n")
            for line in lines:
                spec = json.loads(line)
                pid = _fork(spec)
                numbers[pid] = spec["number"]
                _say(number=spec["number"], pid=pid)


def _collect(numbers: dict[int, int]) -> None:
    while numbers:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        _say(number=numbers.pop(pid), ended=os.waitstatus_to_exitcode(status))


def _say(**what: int) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


def _fork(spec: dict[str, Any]) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        die_with(parent)
        code = _live(spec)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 (a bug of the victim is to be read in what it said)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _live(spec: dict[str, Any]) -> int:
    """Be the program, in the folder that was named."""
    folder = Path(spec["folder"])
    os.chdir(folder)
    nothing = os.open(os.devnull, os.O_RDONLY)
    said = os.open("said", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(nothing, 0)
    os.dup2(said, 1)
    os.dup2(said, 2)
    os.environ.update(spec["env"])
    sys.argv = ["lintas", *spec["arguments"]]
    _hasten(folder / CLOCK, patient=spec["patient"])
    if spec["sabotage"]:
        SABOTAGE[spec["sabotage"]]()
    if spec["point"]:
        arm(spec["point"], spec["nth"], folder / "fired")
    cli.main()


def _hasten(clock: Path, *, patient: bool) -> None:
    """No wait for politeness; one for a rest moves the clock, which the next life of this victim goes on with.

    Who is `patient` really waits.
    """
    ahead = float(clock.read_text()) if clock.exists() else 0.0

    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=ahead)

    async def sleep(seconds: float) -> None:
        nonlocal ahead
        ahead += seconds
        _write(clock, str(ahead))
        await asyncio.sleep(0)

    newsdesk.delivery.EDIT_QUIET = timedelta(0)
    bot.service.utc_now = now
    bot.wiring.Delivery = partial(  # type: ignore[misc, assignment]
        bot.deliver.Delivery,
        pace=Pace(most=1000, apart=timedelta(0)),
        sleep=asyncio.sleep if patient else sleep,
        jitter=lambda: 0.0,
    )
    # One parsing child a life is enough for two sources; that the machine is busy is not to be tested.
    bot.wiring.FetchPolicy = partial(FetchPolicy, reading=ReadLimits(children=1, wall_seconds=60))  # type: ignore[misc, assignment]
    storage.holding.bring_up_to_date = lambda url: storage.open_store(url).close()
    bot.service.DELIVER_SECONDS = bot.service.BOOK_SECONDS = 0.05
    bot.service.POLL_SECONDS = 0.2


def _write(path: Path, text: str) -> None:
    """Whole or not at all: its writer may be killed in the middle."""
    path.with_suffix(".new").write_text(text)
    path.with_suffix(".new").replace(path)


# --- what the proofs take away ------------------------------------------------------------------------------------------


def _without_looking() -> None:
    """A message of unknown fate is sent again, blindly."""

    async def find(*_: object) -> None:
        return None

    bot.telegram.publisher.TelegramPublisher.find = find  # type: ignore[method-assign, assignment]


def _seen_before_sent() -> None:
    """A message is marked as sent before it is."""
    begin = bot.deliver._begin

    def marked(tx: Any, number: int, now: datetime, *args: Any, **more: Any) -> Any:
        message = begin(tx, number, now, *args, **more)
        if message is not None:
            storage.writing.StoreWriting.mark_sent(tx, number, telegram_id=1, now=now)
        return message

    async def settled(*_: object) -> None:
        return None

    bot.deliver._begin = marked
    bot.deliver.Deliverer._settle_sent = settled  # type: ignore[method-assign, assignment]


def _sent_before_marked() -> None:
    """Nothing is written down before the call."""
    sent = storage.writing.StoreWriting.mark_sent

    def claim(self: Any, *, chats_busy: object, now: datetime, only: int) -> Any:
        return storage.outbox.message(self._connection, only)

    def mark_sent(self: Any, message_id: int, **more: Any) -> None:
        update = sqlalchemy.text("UPDATE messages SET state = 'sending' WHERE id = :id")
        self._connection.execute(update, {"id": message_id})
        sent(self, message_id, **more)

    storage.writing.StoreWriting.claim_message = claim  # type: ignore[method-assign, assignment]
    storage.writing.StoreWriting.mark_sending = lambda *_, **__: None  # type: ignore[method-assign, assignment]
    storage.writing.StoreWriting.mark_sent = mark_sent  # type: ignore[method-assign, assignment]


def _edits_by_posting() -> None:
    """A new version is a new message."""

    async def edit(self: Any, chat: str, number: int, content: str, confirm: Any = None) -> None:
        await self.send(chat, content, confirm)

    bot.telegram.publisher.TelegramPublisher.edit = edit  # type: ignore[method-assign]


def _edits_taken_for_made() -> None:
    """An edit that was on its way is believed to have arrived."""
    apply = bot.deliver._apply

    def made(tx: Any, message: Any, decision: Any, now: datetime, admins: Any) -> None:
        if message.is_edit and decision.reason == "no answer came to the edit":
            tx.mark_sent(message.id, telegram_id=1, now=now)
        else:
            apply(tx, message, decision, now, admins)

    bot.deliver._apply = made


def _looks_back_unwritten() -> None:
    """A look back is written down under the moment at which it was made, and nobody looks whether its slot was."""
    keep = storage.lookbacks.keep

    def kept(connection: Any, route: str, chat: str, one: LookBack) -> None:
        keep(connection, route, chat, replace(one, slot=one.at))

    storage.lookbacks.keep = kept
    bot.lookbacks.due_slot = lambda route, _, now: last_slot(route.weekly, route.timezone, now)


def _copies_are_left() -> None:
    """A look takes every message for one that it has not met."""

    class Forgetful(set[object]):
        def add(self, element: object) -> None:
            pass

    bot.telegram.publisher.set = Forgetful  # type: ignore[attr-defined]


SABOTAGE: dict[str, Callable[[], None]] = {
    "looks at nothing": _without_looking,
    "marks before it sends": _seen_before_sent,
    "sends before it marks": _sent_before_marked,
    "edits by posting": _edits_by_posting,
    "takes edits for made": _edits_taken_for_made,
    "forgets the week": _looks_back_unwritten,
    "leaves copies": _copies_are_left,
}

if __name__ == "__main__":
    raise SystemExit(main())
