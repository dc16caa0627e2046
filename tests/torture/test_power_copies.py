"""Power loss while a database is copied or a copy takes its place: old or new is there after any cut, and whole.

As in test_power.py, the write and fsync log of a real process is replayed up to a random moment.
"""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsdesk.errors import StoreError
from storage import sqlitefile
from storage.backup import make_backup, restore_backup
from storage.holding import held_store
from tests.contract.builders import told
from tests.torture.frame import Figures, Size
from tests.torture.power_copier import ARTICLES, BACKUP, COPY, NOW
from tests.torture.power_log import Disk, Event, events, record

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.usefixtures("recorder")
RESTORED = 40
"""Articles in the backup."""
DAMAGE = {"lintas.db": b"this is no database " * 999, "lintas.db-wal": b"this is no log " * 999}
ENDING = 10
"""Steps at the end, where names change: two in three cuts lie there. On a disk that does not synchronise, all lie around
the moment at which the process says that it is done."""


@dataclass
class Job:
    """What one process did with a folder of a database, its log and a backup."""

    files: Mapping[str, bytes]
    steps: Sequence[Event]


@dataclass
class Found:
    """What became of the images: how many held the old database, the new one or none, and what was wrong."""

    old: int = 0
    new: int = 0
    refused: int = 0
    wrong: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def used(recorder: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database whose process is gone, so that all is in the log, and the backup of another one."""
    folder = tmp_path_factory.mktemp("used")
    made = folder / "made" / "lintas.db"
    with held_store(f"sqlite:///{made}") as held, held.store.write() as tx:
        for number in range(RESTORED):
            told(tx, number, summary="isi berita " * 60)
    place = folder / "db"
    place.mkdir()
    make_backup(made, place / BACKUP, NOW, lambda done, whole: None)
    _copier("use", place / "lintas.db", folder / "said")
    return place


def _copier(what: str, file: Path, said: Path) -> None:
    subprocess.run([*_command(what, file, said)], cwd=ROOT, check=True)


def _command(what: str, file: Path, said: Path) -> list[str]:
    return [sys.executable, "-m", "tests.torture.power_copier", what, str(file), str(said)]


def recorded(what: str, used: Path, folder: Path, *, damaged: bool = False) -> Job:
    """The log of one process on such a folder of its own."""
    place = folder / "db"
    place.mkdir(parents=True)
    for path in used.iterdir():
        (place / path.name).write_bytes(path.read_bytes())
    if damaged:
        for name, content in DAMAGE.items():
            (place / name).write_bytes(content)
    files = {str(path): path.read_bytes() for path in place.iterdir()}
    said, log = folder / "said", folder / "calls"
    assert record(_command(what, place / "lintas.db", said), log, cwd=ROOT) == 0
    return Job(files, events(log, place, said, files))


Look = Callable[[Path, bool, Found], None]
"""Judges the folder of an image, given whether the process had said that it was done."""


def opened(job: Job, look: Look, folder: Path, images: int, dice: random.Random, *, deaf: bool = False) -> Found:
    """Build the images of random moments, in order, and look at each."""
    end = len(job.steps)
    moments = [dice.randint(0, end) for _ in range(0 if deaf else images // 3)]
    moments += [dice.randint(end - (1 if deaf else ENDING), end) for _ in range(images - len(moments))]
    disk, found, played, done = Disk(job.files, deaf=deaf), Found(), 0, False
    for number, moment in enumerate(sorted(moments)):
        for event in job.steps[played:moment]:
            if event.kind == "said":
                done = True
            else:
                disk.play(event)
        played = moment
        place = folder / f"image{number}"
        place.mkdir(parents=True)
        for path, content in disk.image(dice, keep=(0.0, 0.1, 0.5, 0.9, 1.0)[number % 5]).items():
            (place / Path(path).name).write_bytes(content)
        try:
            look(place, done, found)
        except (StoreError, sqlite3.Error, AssertionError) as error:
            found.wrong.append(f"{number} at step {moment}: {error!r}")
    return found


def articles(file: Path) -> int:
    """How many articles a start finds. Raises StoreError where it refuses."""
    with held_store(f"sqlite:///{file}") as held, held.store.read() as view:
        count = view.counts()["articles"]
    assert whole(file) == count
    return count


def whole(file: Path) -> int:
    """How many articles a sound file holds, by itself."""
    with closing(sqlitefile.connect(file, "immutable")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        (count,) = connection.execute("SELECT count(*) FROM articles").fetchone()
    return int(count)


def backed_up(place: Path, done: bool, found: Found) -> None:
    """The database is as it was, and a copy that has its name is whole."""
    assert articles(place / "lintas.db") == ARTICLES
    if (place / COPY).exists():
        assert whole(place / COPY) == ARTICLES
        found.new += 1
    else:
        assert not done, "the copy was promised"
        found.old += 1


def restored(place: Path, done: bool, found: Found) -> None:
    """A start finds the old database or the new one, and the old one is kept."""
    count = articles(place / "lintas.db")
    if count == ARTICLES:
        assert not done, "the new one was promised"
        found.old += 1
        return
    assert count == RESTORED
    (before,) = place.glob("lintas.db.before-restore-*")
    assert whole(before) == ARTICLES
    found.new += 1


def replaced(place: Path, done: bool, found: Found) -> None:
    """A start refuses the damaged database, or finds the new one; neither the damage nor the log is thrown away."""
    assert {path.read_bytes() for path in place.iterdir()} >= set(DAMAGE.values())
    refusal = ""
    try:
        count = articles(place / "lintas.db")
    except StoreError as error:
        refusal = str(error)
        restore_backup(place / "lintas.db", place / BACKUP, datetime.now(UTC), lambda done, whole: None)
        count = articles(place / "lintas.db")
        found.refused += 1
    else:
        found.new += 1
    assert count == RESTORED
    if refusal:
        assert not done, refusal
        assert "lintas restore" in refusal


CASES = {"backup": backed_up, "restore": restored, "restore over damage": replaced}


@pytest.fixture(scope="module", params=CASES)
def job(request: pytest.FixtureRequest, used: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Job]:
    """The name of a case and its log."""
    name: str = request.param
    return name, recorded(name.split()[0], used, tmp_path_factory.mktemp("copies"), damaged="damage" in name)


def test_any_cut_leaves_old_or_new_and_both_whole(
    job: tuple[str, Job], tmp_path: Path, size: Size, figures: Figures
) -> None:
    """Nothing is half, nothing is thrown away, and what was said to be done is done."""
    name, log = job
    images = size.pick(quick=16, full=400)
    found = opened(log, CASES[name], tmp_path, images, size.dice(name))
    figures.put(**{name.replace(" ", "_"): f"{found.old} old, {found.new} new, {found.refused} refused of {images}"})
    assert found.wrong == []
    assert found.old + found.refused
    assert found.new


def test_vacuity_on_a_disk_that_does_not_synchronise_it_fails(
    job: tuple[str, Job], tmp_path: Path, size: Size, figures: Figures
) -> None:
    """The same cuts on a disk that ignores every fsync: files with a name and without their content are found."""
    name, log = job
    images = size.pick(quick=16, full=100)
    found = opened(log, CASES[name], tmp_path, images, size.dice(name), deaf=True)
    figures.put(**{f"{name.replace(' ', '_')}_without_fsync": f"{len(found.wrong)} wrong of {images}"})
    assert found.wrong
