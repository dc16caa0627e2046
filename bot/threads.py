"""The store is synchronous, the process is not: this is the one place where they meet."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from types import TracebackType
from typing import Self, TypeVar

from bot.storehealth import StoreHealth
from newsdesk.errors import StoreTrouble
from newsdesk.ports import Reading, Store, Writing

T = TypeVar("T")

_PROOF = "proof"
"""The fact that is written to find out whether the database can be written again."""


class StoreThreads:
    """Runs work on the store in threads: writes one after another in one, reads side by side in a few.

    So a search in chat never waits behind a poll that is being stored, and the event loop behind neither.
    """

    def __init__(self, store: Store, readers: int = 3, health: StoreHealth | None = None) -> None:
        self._store = store
        self.health = health or StoreHealth()
        """How the database is doing, by what the work met."""
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store-write")
        self._readers = ThreadPoolExecutor(max_workers=readers, thread_name_prefix="store-read")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the work in hand; nothing is cut off."""
        await asyncio.to_thread(self._writer.shutdown)
        await asyncio.to_thread(self._readers.shutdown)

    async def write(self, work: Callable[[Writing], T]) -> T:
        """Run `work` in one transaction: kept when it returns, undone when it raises.

        While the database is in trouble and to be left alone, StoreTrouble is raised at once: what waits in line does
        not wait for each other's five seconds.
        """

        def run() -> T:
            trouble = self.health.trouble
            if trouble is not None and self.health.resting:
                raise StoreTrouble(trouble)
            return self._watched(lambda: self._write(work), wrote=True)

        return await asyncio.get_running_loop().run_in_executor(self._writer, copy_context().run, run)

    async def insist(self, work: Callable[[Writing], T]) -> T:
        """As `write`, but tried for as long as the database is in trouble: for what happened and must be recorded."""
        while True:
            try:
                return await self.write(work)
            except StoreTrouble:
                await asyncio.sleep(max(0.1, self.health.resting))

    async def scrub(self) -> bool:
        """See ports.Store.scrub; in line with the writes."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._store.scrub)

    async def ready(self) -> bool:
        """Whether the database works; where the last work failed, one small commit finds out, when it is time."""
        if self.health.trouble is None:
            return True
        if self.health.resting:
            return False
        proof = f"{time.time_ns()}"
        try:
            await self.write(lambda tx: tx.remember(_PROOF, proof))
        except StoreTrouble:
            return False
        return True

    async def read(self, work: Callable[[Reading], T]) -> T:
        """Run `work` on a consistent view."""

        def run() -> T:
            return self._watched(lambda: self._read(work), wrote=False)

        # What is worded inside is worded in the language of who asked.
        return await asyncio.get_running_loop().run_in_executor(self._readers, copy_context().run, run)

    def _write(self, work: Callable[[Writing], T]) -> T:
        with self._store.write() as tx:
            return work(tx)

    def _read(self, work: Callable[[Reading], T]) -> T:
        with self._store.read() as view:
            return work(view)

    def _watched(self, run: Callable[[], T], *, wrote: bool) -> T:
        try:
            done = run()
        except StoreTrouble as error:
            self.health.failed(str(error))
            raise
        if wrote:
            self.health.worked()
        return done
