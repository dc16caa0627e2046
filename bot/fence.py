"""Which process delivers: a number in the store that grows each time one takes the lead.

The lock on the store keeps two processes apart as long as it holds. Should one be stalled for so long that another took
its place (the lock's file was removed, a connection with its lock was cut), then the number is no longer its own, and it
may neither send nor record anything when it wakes up.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.threads import StoreThreads
from newsdesk.errors import StoreHeld
from newsdesk.ports import Reading, Writing

_LEAD = "delivery lead"


@dataclass(frozen=True, slots=True)
class Fence:
    """The number under which this process leads."""

    number: int

    def check(self, view: Reading) -> None:
        """Raises StoreHeld when another process has taken the lead since."""
        now = _number(view)
        if now != self.number:
            raise StoreHeld(
                f"another instance delivers from this database since (lead {now}, this one had {self.number}); "
                "this one sends nothing any more and ends"
            )


async def take_lead(store: StoreThreads) -> Fence:
    """Become the one that delivers; whoever was it before is so no longer."""

    def take(tx: Writing) -> Fence:
        fence = Fence(_number(tx) + 1)
        tx.remember(_LEAD, str(fence.number))
        return fence

    return await store.write(take)


def _number(view: Reading) -> int:
    return int(view.remembered(_LEAD) or 0)
