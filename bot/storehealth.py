"""Whether the database works now: polling and delivery ask before they begin, /healthz shows it.

While it does not, nothing is fetched that could not be kept and nothing is sent that could not be recorded. It is tried
again after 1, 2, 4 … 30 seconds, and said in the log once a minute.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import structlog

log = structlog.get_logger()

FIRST_REST, LONGEST_REST = 1.0, 30.0
SAID_EVERY = 60.0
"""Seconds between two lines about one trouble; also how long all must be well before rests begin small again."""


class StoreHealth:
    """What the threads that use the store report, and when to try again. Safe to use from any thread."""

    def __init__(
        self, steady: Callable[[], float] = time.monotonic, jitter: Callable[[], float] = random.random
    ) -> None:
        self._steady = steady
        self._jitter = jitter
        self._lock = threading.Lock()
        self._trouble: str | None = None
        self._since = 0.0
        self._last_failure = float("-inf")
        self._said = float("-inf")
        self._told = False
        self._rest = 0.0
        self._again = float("-inf")

    @property
    def trouble(self) -> str | None:
        """What is wrong, in a sentence; None when the last writing went well."""
        return self._trouble

    @property
    def resting(self) -> float:
        """For how many seconds the database is to be left alone; 0 when it may be tried."""
        return max(0.0, self._again - self._steady()) if self._trouble is not None else 0.0

    def failed(self, reason: str) -> None:
        """Hear that the database did not work."""
        with self._lock:
            now = self._steady()
            if self._trouble is None:
                self._since = now
                self._told = False
            calm = now - self._last_failure > max(SAID_EVERY, 2 * self._rest)
            self._rest = FIRST_REST if calm else min(LONGEST_REST, 2 * self._rest)
            self._again = now + self._rest * (0.75 + self._jitter() / 2)
            self._trouble, self._last_failure = reason, now
            say = now - self._said >= SAID_EVERY
            if say:
                self._said, self._told = now, True
        if say:
            log.error(
                "the database does not work: polling and delivery rest until it does",
                reason=reason,
                seconds=round(now - self._since),
            )

    def worked(self) -> None:
        """Hear that something was written."""
        if self._trouble is None:
            return
        with self._lock:
            told, self._trouble, self._told = self._told, None, False
            seconds = round(self._steady() - self._since)
        if told:
            log.info("the database works again", seconds=seconds)
