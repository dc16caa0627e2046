"""One round of delivery in a process of its own, which stops itself (SIGSTOP) at a named place.

Its lock on the store counts as lost: it opens the store without holding it, as on a file system whose locks were cut.
Exit codes as those of the program: 0, 3 when another process has taken the lead, 1 when the store refuses.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot import fence
from bot.deliver import Deliverer, Delivery, boot_clock
from bot.telegram.publisher import TelegramPublisher
from bot.threads import StoreThreads
from newsdesk.errors import StoreError, StoreHeld
from newsdesk.ports import Confirm
from storage import open_store
from tests.doubles.botapi import OPERATORS, TOKEN

PLACES = ("before commit", "after commit", "connected", "before record", "before look")


def stop_here() -> None:
    """Stand still until somebody sends SIGCONT."""
    os.kill(os.getpid(), signal.SIGSTOP)


class Stopping(TelegramPublisher):
    """The real publisher, which stops the process once, at the named place."""

    def __init__(self, place: str, api: str) -> None:
        super().__init__(TOKEN, api=api, operators_chat=str(OPERATORS))
        self.place = place

    def at(self, place: str) -> None:
        """Stop here if this is the place."""
        if self.place == place:
            self.place = ""
            stop_here()

    async def send(self, chat: str, content: str, confirm: Confirm | None = None) -> int:
        """As usual, with places around and within."""
        self.at("after commit")

        async def connected() -> None:
            self.at("connected")
            if confirm is not None:
                await confirm()

        number = await super().send(chat, content, connected)
        self.at("before record")
        return number

    async def find(self, chat: str, content: str, after: int | None) -> int | None:
        """As usual."""
        self.at("before look")
        return await super().find(chat, content, after)


def stopping_clock(publisher: Stopping) -> Callable[[], float]:
    """It is looked at before the commit of a send, and never while the store is written."""

    def steady() -> float:
        publisher.at("before commit")
        return boot_clock()

    return steady


async def work(asked: argparse.Namespace) -> None:
    """One round."""
    store = open_store(asked.database)
    publisher = Stopping(asked.stop, asked.api)
    async with StoreThreads(store) as threads, publisher:
        delivery = Deliverer(
            Delivery(
                store=threads,
                publisher_for=lambda _: publisher,
                clock=lambda: datetime.now(UTC),
                settle=timedelta(seconds=asked.settle),
                fresh=timedelta(seconds=asked.fresh),
                summarise=lambda card: card.article.summary,
                steady=stopping_clock(publisher),
            )
        )
        await delivery.round(timedelta(0))  # takes the lead, delivers nothing yet
        sys.stdout.write("leading\n")
        sys.stdout.flush()
        sys.stdin.readline()
        await delivery.round(timedelta(seconds=5))
    store.close()


def main() -> int:
    """See the module."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--database", required=True)
    options.add_argument("--api", required=True)
    options.add_argument("--stop", choices=("", *PLACES), default="")
    options.add_argument("--settle", type=float, default=0.0)
    options.add_argument("--fresh", type=float, default=30.0)
    options.add_argument("--unfenced", action="store_true", help="the protection is switched off")
    asked = options.parse_args()
    if asked.unfenced:
        fence.Fence.check = lambda self, view: None  # type: ignore[method-assign]
    try:
        asyncio.run(work(asked))
    except StoreHeld as error:
        sys.stderr.write(f"{error}\n")
        return 3
    except StoreError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
