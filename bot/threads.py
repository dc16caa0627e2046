"""The store is synchronous, the process is not: this is the one place where they meet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVar

from newsdesk.ports import Reading, Store, Writing

T = TypeVar("T")


class StoreThreads:
    """Runs work on the store in threads: writes one after another in one, reads side by side in a few.

    So a search in chat never waits behind a poll that is being stored, and the event loop behind neither.
    """

    def __init__(self, store: Store, readers: int = 3) -> None:
        self._store = store
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
        """Run `work` in one transaction: kept when it returns, undone when it raises."""

        def run() -> T:
            with self._store.write() as tx:
                return work(tx)

        return await asyncio.get_running_loop().run_in_executor(self._writer, run)

    async def read(self, work: Callable[[Reading], T]) -> T:
        """Run `work` on a consistent view."""

        def run() -> T:
            with self._store.read() as view:
                return work(view)

        return await asyncio.get_running_loop().run_in_executor(self._readers, run)
