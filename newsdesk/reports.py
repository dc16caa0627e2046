"""What one round did: returned, logged once, shown by the commands."""

from __future__ import annotations

from dataclasses import dataclass, field

from newsdesk.articles import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """What one poll of one source did. `gap`: the items did not overlap with what was known.

    `withheld` are articles that came up because the source changed all identities: kept, never posted. `notice` is
    what an operator is told about it, once. `moved_to` is set in the poll in which an operator is to hear where the
    source has moved for good, `gone` in the one that learnt that it was taken away for good.
    """

    source: str
    status: str
    reason: str = ""
    items: int = 0
    stored: int = 0
    changed: int = 0
    known: int = 0
    refused: tuple[Refusal, ...] = ()
    gap: bool = False
    queued: int = 0
    withheld: int = 0
    notice: str = ""
    moved_to: str = ""
    gone: bool = False
    seconds: float = 0.0

    @property
    def failed(self) -> bool:
        """Whether the source could not be read this time."""
        return self.status not in ("ok", "unchanged")


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How many messages were sent, wait or are held, and failed."""

    sent: int = 0
    held: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """What one delivery round did: messages sent, held for later or for a person, and failed.

    `edits` says how many of each brought no new post but changed one that stands.
    """

    sent: int = 0
    held: int = 0
    failed: int = 0
    edits: Outcomes = field(default=Outcomes(), compare=False)

    @property
    def posts(self) -> Outcomes:
        """The same without edits: what came of new posts."""
        edits = self.edits
        return Outcomes(self.sent - edits.sent, self.held - edits.held, self.failed - edits.failed)
