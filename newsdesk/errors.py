"""The errors of the news desk: one tree, one class per reaction.

    DeskError
    ├── ConfigError            show every problem, change nothing, exit 2
    ├── SourceError            record it for the source, the round goes on
    │   ├── FetchError
    │   └── ParseError
    ├── StoreError             retry the tick
    │   ├── StoreTrouble       the database itself: polling and delivery rest until it works again
    │   ├── SchemaOutdated     refuse to start, say which command migrates
    │   ├── StoreHeld          another instance is running, exit 3
    │   └── SearchTooSlow      say so to who asked, and how to ask for less
    ├── ListeningStuck         end the process for its supervisor, exit 1
    └── PublishError           what became of one send
        ├── RetryLater         certainly not sent; try again after `after`
        ├── OutcomeUnknown     perhaps sent; look before doing anything
        ├── DestinationGone    this chat takes nothing now; pause it, tell the operator
        ├── Rejected           this message will never be taken; park it
        └── TokenRefused       Telegram refuses the token, exit 4

Whatever is not a DeskError is a bug and ends the tick with a traceback.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file the operator wrote.

    `path` is the key's place (``("sources", 3, "every")``); `line` and `column` count from one and are 0
    until bot/config, which alone knows the text, fills them in.
    """

    path: tuple[str | int, ...]
    message: str
    remedy: str
    line: int = 0
    column: int = 0
    on_key: bool = False
    """True when the key itself is at fault (unknown, duplicate), so that the column points at it."""

    @property
    def dotted(self) -> str:
        """The path as people write it: ``sources[3].every``."""
        text = ""
        for part in self.path:
            text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else part)
        return text


class DeskError(Exception):
    """The root: something expected went wrong, and its class says what to do about it."""


class ConfigError(DeskError):
    """The operator's file or environment is wrong; `problems` names all of it at once."""

    def __init__(self, problems: Sequence[Problem], file: str = "") -> None:
        self.problems = tuple(problems)
        self.file = file
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """One line per problem: ``FILE:LINE:COL: key.path: what is wrong; what to write``."""
        lines = []
        for p in self.problems:
            place = (
                f"{self.file}:{p.line}:{p.column}: " if self.file and p.line else f"{self.file}: " if self.file else ""
            )
            lines.append(f"{place}{p.dotted + ': ' if p.dotted else ''}{p.message}; {p.remedy}")
        return lines


class SourceError(DeskError):
    """One source could not be read this time.

    `status` is a short word for tables (`dns`, `timeout`, `http`, `blocked`, `html`, `parse` …), `reason` a
    sentence for the operator, `retry_after` what the server asked for, if it did.
    """

    def __init__(self, status: str, reason: str, retry_after: timedelta | None = None) -> None:
        self.status = status
        self.reason = reason
        self.retry_after = retry_after
        super().__init__(f"{status}: {reason}")


class FetchError(SourceError):
    """The bytes could not be had."""


class ParseError(SourceError):
    """The bytes came, but are not what the source promises."""


class StoreError(DeskError):
    """The store refused or failed; nothing of this tick was kept, so the tick may be tried again."""


class StoreTrouble(StoreError):
    """The database cannot be written or read now: locked, full, read-only, damaged, not reached."""


class SchemaOutdated(StoreError):
    """The database was written by another version of the schema."""


class StoreHeld(StoreError):
    """Another instance holds the store."""


class SearchTooSlow(StoreError):
    """A search took longer than a person waits, and was given up."""


class ListeningStuck(DeskError):
    """Telegram's long poll is not answered, and building its client anew did not help."""


class PublishError(DeskError):
    """A send did not simply succeed."""


class RetryLater(PublishError):
    """Certainly not sent. `after` is what Telegram asked for (None: our own back-off decides)."""

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        self.after = after
        super().__init__(reason)


class OutcomeUnknown(PublishError):
    """The request left us and no answer says what became of it."""


class DestinationGone(PublishError):
    """The chat cannot be posted to now; `moved_to` is its new id where Telegram names one.

    `left` when a person has closed the chat with us, or the account: only they can open it again.
    """

    def __init__(self, reason: str, moved_to: str | None = None, *, left: bool = False) -> None:
        self.moved_to = moved_to
        self.left = left
        super().__init__(reason)


class Rejected(PublishError):
    """Telegram will never take this message in this form; `plain_may_pass` when only its markup is at fault."""

    def __init__(self, reason: str, plain_may_pass: bool = False) -> None:
        self.plain_may_pass = plain_may_pass
        super().__init__(reason)


class TokenRefused(PublishError):
    """Telegram does not know the token."""
