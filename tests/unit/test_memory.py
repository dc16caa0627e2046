"""Freed memory goes back, garbage in circles with it; what was loaded at the start is left out of the search for it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from bot import memory


class Ring:
    """Holds itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Nothing looks for garbage unless it is asked to."""
    gc.collect()
    gc.disable()
    yield
    gc.unfreeze()
    gc.enable()


@pytest.mark.usefixtures("no_collector")
async def test_garbage_in_circles_is_given_back() -> None:
    ring = Ring()
    seen = weakref.ref(ring)
    del ring
    assert seen() is not None
    await memory.give_back()
    assert seen() is None


@pytest.mark.usefixtures("no_collector")
async def test_what_stands_at_the_start_is_not_looked_through_again() -> None:
    """Afterwards only newer objects are: a few, not hundreds of thousands."""
    before = len(gc.get_objects())
    memory.settled()
    kept = [Ring() for _ in range(10)]
    assert len(gc.get_objects()) < min(2_000, before)
    assert gc.get_freeze_count() > before // 2
    assert len(kept) == 10
