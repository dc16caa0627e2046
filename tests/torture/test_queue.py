"""Ten thousand hostile messages in one queue, a third of them refused: none delays the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import deliver
from newsdesk.delivery import Decision, Move
from newsdesk.ports import Store
from storage import open_store
from tests.torture import texts_queue
from tests.torture.frame import Figures, Size
from tests.torture.texts_queue import APART

QUICK, FULL = 40, 10_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    kept = open_store(f"sqlite:///{tmp_path}/queue.db")
    yield kept
    kept.close()


@pytest.mark.timeout(1700)
async def test_none_delays_the_next(store: Store, size: Size, figures: Figures) -> None:
    """A third of the messages is refused, in each way there is: the next one goes a second later all the same."""
    number = size.pick(quick=QUICK, full=FULL)
    queue = await texts_queue.send_all(store, number, size.dice("queue"))
    figures.put(queued=number, ends=dict(queue.ends), latest_behind_s=APART.total_seconds())
    assert queue.wrong == [], f"{len(queue.wrong)} wrong, such as {queue.wrong[:5]}"
    assert queue.ends["sent"] > number // 2
    assert queue.ends["failed"] > number // 20


async def test_proof_a_delay_is_found(store: Store, size: Size, monkeypatch: pytest.MonkeyPatch) -> None:
    """Did a refused message rest its chat, as a lost chat does, the queue would stand still, and this is seen."""
    really = deliver.after_error

    def resting(*args: Any, **more: Any) -> Decision:
        decision = really(*args, **more)
        return replace(decision, move=Move.RETRY, at=decision.at + timedelta(seconds=5), rest=True)

    monkeypatch.setattr(deliver, "after_error", resting)
    queue = await texts_queue.send_all(store, 12, size.dice("delay"))
    assert any("behind the one before it" in fault for fault in queue.wrong)
