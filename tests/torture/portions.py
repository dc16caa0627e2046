"""Much work of one kind, in portions that each have a seed of their own, over all processors."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

PROCESSES = min(4, os.cpu_count() or 1)
T = TypeVar("T")


def in_processes(
    work: Callable[[str, int], T], base: str, count: int, *, each: int = 1_250, limit: Callable[[], None] | None = None
) -> Iterator[T]:
    """What came of each portion, in order. `work` gets a seed and a number of at most `each`; `limit` is called first in
    each process.
    """
    portions = [(f"{base}/{start}", min(each, count - start)) for start in range(0, count, each)]
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=fresh, initializer=limit) as pool:
        yield from pool.map(work, *zip(*portions, strict=True))
