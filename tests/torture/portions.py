"""Much work of one kind, in portions that each have a seed of their own, over all processors."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

PROCESSES = min(4, os.cpu_count() or 1)
EACH = 1_250
"""How many one process makes of one seed, before the next seed is taken."""

T = TypeVar("T")


def in_processes(
    work: Callable[[str, int], T], base: str, count: int, limit: Callable[[], None] | None = None
) -> Iterator[T]:
    """What came of each portion, in order. `work` gets a seed and a number; `limit` is called first in each process."""
    portions = [(f"{base}/{start}", min(EACH, count - start)) for start in range(0, count, EACH)]
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=fresh, initializer=limit) as pool:
        yield from pool.map(work, *zip(*portions, strict=True))
