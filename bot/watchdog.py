"""The watchdog: a thread that ends the process for its supervisor rather than let it hang.

The event loop and each tick give signs of life. Who gives none for too long is hung: all stacks go to the log and the
process ends with code 1. Time is counted by the thread's own steps, so a process that was stopped, or a machine that
slept, is not taken for a hung one. A loop that is blocked for a moment is told of with the stack of what blocks it.
Under systemd (Type=notify, WatchdogSec) each sign of the loop is passed on.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import os
import socket
import sys
import threading
import time
import traceback
from collections.abc import AsyncIterator, Callable

import structlog

log = structlog.get_logger()

STEP = 0.25
BLOCKED = 1.0
MISSED = 3
"""Seconds between two looks; after which a blocked loop is told of; how many missing signs are a hang."""
LOOP = "loop"
_LAST_WORDS = 5.0


class Watchdog:
    """Counts how long each name gave no sign. `blocked` and `step` are seconds; `end` is called with the reason."""

    def __init__(
        self, *, step: float = STEP, blocked: float = BLOCKED, end: Callable[[str], None] | None = None
    ) -> None:
        self._step = step
        self._blocked = blocked
        self._end = end or end_process
        self._awake = 0.0
        """Seconds in which this process really ran, as far as the thread saw."""
        self._beats: dict[str, float] = {}
        self._limits: dict[str, float] = {}
        self._told = False
        self._worst = (0.0, 0.0)
        self._minute = 0
        self._loop_thread = 0
        self._over = threading.Event()

    def expect(self, name: str, limit: float) -> None:
        """From now on at most `limit` seconds may pass between two signs of this name."""
        self._beats[name] = self._awake
        self._limits[name] = limit

    def forget(self, *names: str) -> None:
        """Expect nothing more of these."""
        for name in names:
            self._limits.pop(name, None)

    def beat(self, name: str) -> None:
        """A sign of life."""
        self._beats[name] = self._awake

    @property
    def lag(self) -> float:
        """The longest time, in seconds, that the event loop was blocked within the last minute or two."""
        return max(self._worst)

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Watch while the block lasts. The event loop itself is watched once LOOP is expected."""
        self._loop_thread = threading.get_ident()
        thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        thread.start()
        beating = asyncio.create_task(self._loop_beats(), name="loop beats")
        try:
            yield
        finally:
            beating.cancel()
            self._over.set()
            thread.join()

    async def _loop_beats(self) -> None:
        passed_on = 0.0
        while True:
            self.beat(LOOP)
            if self._awake - passed_on >= 1.0:
                passed_on = self._awake
                tell_supervisor("WATCHDOG=1")
            await asyncio.sleep(self._step)

    def _watch(self) -> None:
        before = time.monotonic()
        while not self._over.wait(self._step):
            now = time.monotonic()
            self._awake += min(now - before, 2 * self._step)
            before = now
            if LOOP in self._limits:
                self._look_at_loop(self._awake - self._beats[LOOP])
            for name, limit in list(self._limits.items()):
                silent = self._awake - self._beats[name]
                if silent > limit:
                    self._end(f"{name} gave no sign of life for {silent:.1f} s")
                    return

    def _look_at_loop(self, silent: float) -> None:
        lag = max(0.0, silent - 2 * self._step)
        minute = int(self._awake / 60)
        current, last = self._worst if minute == self._minute else (0.0, self._worst[0])
        self._worst, self._minute = (max(current, lag), last), minute
        if silent <= self._blocked:
            self._told = False
        elif not self._told:
            self._told = True
            # In a thread of its own: a log that nobody empties may be what blocks the loop.
            threading.Thread(target=_tell_blocked, args=(round(silent, 2), self._stack()), daemon=True).start()

    def _stack(self) -> str:
        frame = sys._current_frames().get(self._loop_thread)
        return "".join(traceback.format_stack(frame)[-12:]) if frame is not None else "?"


def _tell_blocked(seconds: float, stack: str) -> None:
    log.warning("the event loop is blocked", seconds=seconds, stack=stack)


def end_process(reason: str) -> None:
    """Write the reason and all stacks to the log, then end at once with code 1; also when the log itself is stuck."""
    words = threading.Thread(target=_last_words, args=(reason,), daemon=True)
    words.start()
    words.join(_LAST_WORDS)
    os._exit(1)


def _last_words(reason: str) -> None:
    log.critical("the watchdog ends this process, so that its supervisor starts it anew", reason=reason)
    faulthandler.dump_traceback(file=sys.__stderr__ or 2, all_threads=True)


def tell_supervisor(state: str) -> None:
    """Pass a state on to systemd, where it started us: READY=1, WATCHDOG=1, STOPPING=1 (see sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address[:1] not in ("/", "@"):
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        line.setblocking(False)
        line.sendto(state.encode(), "\0" + address[1:] if address[0] == "@" else address)
