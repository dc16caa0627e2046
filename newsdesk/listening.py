"""Listening to Telegram: is the long poll alive, what to do when somebody else listens, and what was heard before.

The shell (bot/telegram/listener.py) makes the calls; here is decided what they mean. Times are seconds of a clock that
does not run backwards, except where a datetime says otherwise.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

SILENCE = 120.0
"""Seconds without an answered poll after which the client is taken for stuck."""
PATIENCE = 3
"""So many silences in a row end the process: what a new client does not mend, a new process may."""


class Cure(StrEnum):
    """What to do about a poll that is not answered."""

    WAIT = "wait"
    REBUILD = "rebuild"
    GIVE_UP = "give up"


@dataclass(frozen=True, slots=True)
class Pulse:
    """When a poll was last answered (or the client built anew), how often in a row it was not, and whether the
    network itself is away: then the client does its work, and a new process would help no more than a new client."""

    since: float
    silences: int = 0
    away: bool = False

    def answered(self, now: float) -> Pulse:
        """Telegram answered, whatever it said."""
        return Pulse(now)

    def failed(self, *, away: bool) -> Pulse:
        """A poll ended without an answer; `away` when there was not even a connection."""
        return replace(self, away=away)

    def judged(self, now: float) -> tuple[Pulse, Cure, str]:
        """What is to be done now, and why."""
        quiet = now - self.since
        if quiet < SILENCE:
            return self, Cure.WAIT, ""
        if self.away:
            return Pulse(now, self.silences), Cure.REBUILD, f"no connection to Telegram for {quiet:.0f} s"
        silences = self.silences + 1
        reason = f"no answer to getUpdates for {quiet:.0f} s, {silences} of {PATIENCE}"
        cure = Cure.GIVE_UP if silences >= PATIENCE else Cure.REBUILD
        return Pulse(now, silences), cure, reason

    def left(self, now: float) -> float:
        """Seconds until there is something to judge."""
        return max(0.0, self.since + SILENCE - now)


def failed_wait(failures: int) -> float:
    """Seconds between polls that fail: 1, 2, 4 … 30."""
    return float(min(30, 2 ** max(0, min(failures - 1, 5))))


FIRST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(minutes=15)
CALM = timedelta(minutes=30)
"""After so long without a rival, the next one is news again."""


@dataclass(frozen=True, slots=True)
class Rivalry:
    """How often in a row somebody else was found listening, and since when that is over."""

    conflicts: int = 0
    last: float = float("-inf")

    def met(self, now: float) -> tuple[Rivalry, float, bool]:
        """The rivalry after another conflict, the seconds to keep still, and whether to tell the operators."""
        known = self.conflicts if now - self.last < CALM.total_seconds() else 0
        rest = min(LONGEST_REST.total_seconds(), FIRST_REST.total_seconds() * 2 ** min(known, 8))
        return Rivalry(known + 1, now + rest), rest, known == 0


KEPT = timedelta(hours=24)
"""Telegram keeps updates for a day; their numbers may begin anew after a week without any."""
_REMEMBERED = 2_000


@dataclass(frozen=True, slots=True)
class Mark:
    """The newest update that was taken up, and when: what a restart remembers."""

    number: int
    at: datetime

    def text(self) -> str:
        """As it is stored."""
        return f"{self.number} {self.at.isoformat()}"

    @classmethod
    def read(cls, text: str | None) -> Mark | None:
        """From what was stored; None for what is not ours."""
        number, _, at = (text or "").partition(" ")
        try:
            mark = cls(int(number), datetime.fromisoformat(at))
        except ValueError:
            return None
        return mark if mark.at.tzinfo is not None else None


class Heard:
    """Which updates were taken up, by this process and, up to a mark, by earlier ones: none is answered twice."""

    def __init__(self, before: Mark | None = None) -> None:
        self._before = before
        self._here: OrderedDict[int, None] = OrderedDict()
        self._newest: int | None = None

    def is_new(self, number: int, now: datetime) -> bool:
        """Whether this update is to be answered; from now on it is not."""
        if number in self._here or self._was_before(number, now):
            return False
        self._here[number] = None
        if len(self._here) > _REMEMBERED:
            self._here.popitem(last=False)
        self._newest = number if self._newest is None else max(self._newest, number)
        return True

    def mark(self, now: datetime) -> Mark | None:
        """What a restart must know; None while nothing was heard."""
        return None if self._newest is None else Mark(self._newest, now)

    def _was_before(self, number: int, now: datetime) -> bool:
        mark = self._before
        return mark is not None and number <= mark.number and abs(now - mark.at) < KEPT
