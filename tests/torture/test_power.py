"""Power loss: what was acknowledged is there after any cut, and every image opens.

The write and fsync log of a real process is replayed up to a random moment; of what was not synchronised any part is
kept or lost. Then the store is opened as a start would.
"""

from __future__ import annotations

import random
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from newsdesk.errors import StoreError
from newsdesk.messages import MessageState
from storage.holding import held_store
from tests.contract.builders import asking
from tests.torture.frame import Figures, Size, size_here
from tests.torture.power_log import Disk, Event, events, record
from tests.torture.power_writer import BATCH, CHAT, FIRST_ID

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.usefixtures("recorder")
GARBAGE = 32 << 10


@dataclass
class Found:
    """What became of the images."""

    images: int = 0
    unopenable: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    halves: list[str] = field(default_factory=list)

    @property
    def failures(self) -> int:
        return len(self.unopenable) + len(self.lost) + len(self.halves)


@dataclass(frozen=True)
class Acknowledged:
    """How far the process had said that it was."""

    polls: int = 0
    sending: int = 0
    sent: int = 0

    def after(self, words: str) -> Acknowledged:
        now = {"stored": "polls", "sending": "sending", "sent": "sent"}
        kind, number = words.split()
        return Acknowledged(**{**self.__dict__, now[kind]: int(number)})


def recorded(folder: Path, rounds: int, mode: str) -> list[Event]:
    """The log of one process."""
    place = folder / mode / "db"
    place.mkdir(parents=True)
    said, log = folder / mode / "said", folder / mode / "calls"
    command = [sys.executable, "-m", "tests.torture.power_writer", f"sqlite:///{place}/lintas.db", str(said)]
    assert record([*command, str(rounds), mode], log, cwd=ROOT) == 0
    found = events(log, place, said)
    log.unlink()
    return found


def cuts(
    log: Sequence[Event], images: int, dice: random.Random, *, deaf: bool, late: bool
) -> Iterator[tuple[str, Disk, Acknowledged, float]]:
    """Random moments, in order: a name for each, the disk, what was acknowledged, and how much may be kept."""
    # Without protection, only what was acknowledged can be missed: those cuts come after the first word.
    first = next(place for place, event in enumerate(log) if event.kind == "said") + 1 if late else 0
    moments = sorted(dice.choices(range(first, len(log) + 1), k=images))
    disk, acknowledged, played = Disk(deaf=deaf), Acknowledged(), 0
    for number, moment in enumerate(moments):
        for event in log[played:moment]:
            if event.kind == "said":
                for words in event.data.decode().splitlines():
                    acknowledged = acknowledged.after(words)
            else:
                disk.play(event)
        played = moment
        yield f"{number} at step {moment}", disk, acknowledged, (0.0, 0.1, 0.5, 0.9, 1.0)[number % 5]


def opened(
    folder: Path, log: Sequence[Event], images: int, dice: random.Random, *, deaf: bool = False, late: bool = False
) -> Found:
    """Build the images, open each as a start does, and compare with what was acknowledged."""
    found = Found()
    for name, disk, acknowledged, keep in cuts(log, images, dice, deaf=deaf, late=late):
        place = folder / f"image{found.images}"
        place.mkdir(parents=True)
        for path, content in disk.image(dice, keep=keep).items():
            (place / Path(path).name).write_bytes(content)
        if dice.random() < 0.5:  # the shared memory of the process: it may have been written out at any time
            (place / "lintas.db-shm").write_bytes(dice.randbytes(GARBAGE))
        found.images += 1
        _look(place / "lintas.db", name, acknowledged, found)
        for path in place.iterdir():
            path.unlink()
    return found


def _look(file: Path, name: str, acknowledged: Acknowledged, found: Found) -> None:
    try:
        with held_store(f"sqlite:///{file}") as held, held.store.read() as view:
            counts = view.counts()
            sending = [m.id for m in view.messages([MessageState.SENDING, MessageState.SENT], 10_000)]
            sent = [m for m in view.messages([MessageState.SENT], 10_000)]
            state = view.source_states().get("antara")
            known = view.chat(CHAT).last_message_id
            words = view.count(asking("Judul".casefold()), 10_000)
        with closing(sqlite3.connect(file)) as connection:
            whole = connection.execute("PRAGMA integrity_check").fetchall()
            connection.execute("INSERT INTO search_words (search_words, rank) VALUES ('integrity-check', 1)")
        assert whole == [("ok",)], whole
    except (StoreError, sqlite3.Error, AssertionError) as error:
        found.unopenable.append(f"{name}: {error}")
        return
    polls = int(state.etag or 0) if state else 0
    if {counts["articles"], counts["stories"], sum(n for s, n in counts.items() if s.startswith("posts_")), words} != {
        polls * BATCH
    }:
        found.halves.append(f"{name}: {counts} of {polls} polls, {words} found")
    if sent and known != FIRST_ID + max(m.id for m in sent):
        found.halves.append(f"{name}: the last number known is {known}")
    if polls < acknowledged.polls or len(sending) < acknowledged.sending or len(sent) < acknowledged.sent:
        found.lost.append(f"{name}: {polls}, {len(sending)}, {len(sent)} of {acknowledged}")


@pytest.fixture(scope="module")
def log(recorder: None, tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    """The log of the store as it is."""
    return recorded(tmp_path_factory.mktemp("power"), size_here().pick(quick=4, full=60), "full")


def test_no_acknowledged_transition_is_lost_and_every_image_opens(
    log: list[Event], tmp_path: Path, size: Size, figures: Figures
) -> None:
    """Whatever was not synchronised is lost, kept or torn: the store opens, is sound, and knows all that was said."""
    wanted = size.pick(quick=12, full=1000)
    found = opened(tmp_path / "images", log, wanted, size.dice("power"))
    assert found.images == wanted
    figures.put(
        images=found.images,
        acknowledged=sum(event.kind == "said" for event in log),
        steps=len(log),
        lost=len(found.lost),
        unopenable=len(found.unopenable),
        halves=len(found.halves),
    )
    assert not found.unopenable
    assert not found.lost
    assert not found.halves
    kinds = {event.kind for event in log}
    assert {"write", "sync", "size", "unlink", "sync folder", "said"} <= kinds, "the log must show every kind of step"


def test_vacuity_a_disk_that_does_not_synchronise_loses(
    log: list[Event], tmp_path: Path, size: Size, figures: Figures
) -> None:
    """The same images from a disk that ignores every fsync: the row finds losses."""
    wanted = size.pick(quick=4, full=100)
    found = opened(tmp_path / "images", log, wanted, size.dice("deaf"), deaf=True, late=True)
    figures.put(fsync_ignored=f"{found.failures} failures of {wanted}")
    assert found.failures


def test_vacuity_commits_that_are_not_synchronised_are_lost(tmp_path: Path, size: Size, figures: Figures) -> None:
    """SQLite's own `synchronous = NORMAL`, on a disk that does as it is told: the row finds acknowledged work gone."""
    log = recorded(tmp_path, size.pick(quick=2, full=20), "normal")
    wanted = size.pick(quick=5, full=100)
    found = opened(tmp_path / "images", log, wanted, size.dice("normal"), late=True)
    figures.put(synchronous_normal=f"{len(found.lost)} lost of {wanted}")
    assert found.lost
