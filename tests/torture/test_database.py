"""The database under stress: locked, full, failing, read-only, damaged, lost; and copies of it.

A service meets each fault while an answer of a feed is under way and a message is about to go out. It must neither end
nor hammer, send nothing that it cannot record, say what is wrong, and go on by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsdesk.errors import StoreError
from newsdesk.messages import MessageState
from storage import open_store, sqlite, sqlitefile
from storage.backup import make_backup, restore_backup
from storage.filesystem import remote_kind
from storage.holding import held_store
from tests.contract.builders import queued, told
from tests.doubles.botapi import CHANNEL, READER, BotApiDouble
from tests.doubles.web import Page
from tests.needs import lacking
from tests.newdb import tables_since_the_first
from tests.torture.database_faults import (
    GatedWeb,
    Service,
    broken,
    cannot_make_disks,
    full,
    locked,
    read_only,
    serving,
    small_disk,
    unused_port,
)
from tests.torture.frame import Figures, Size
from tests.torture.kills_stage import A, B, rss
from tests.torture.power_log import strace

ROOT = Path(__file__).parents[2]
NEWS = [*A, *B]
FAULTS = {"locked": locked, "full": full, "broken": broken}
ALSO = {"read-only": read_only}
"""In the full size: in the quick one, a real file system that turns read-only does."""
LASTS = {"locked": 7.0}
SAID = "the database does not work"
EVENT = re.compile(r"^\S+ \[\w+ *\] (.+?)(?:  |: |$)", re.MULTILINE)


@pytest.fixture
def tracer() -> None:
    """Where strace is missing these faults are not proved; in CI that is a failure."""
    if strace() is None:
        lacking("strace is not installed (Debian: apt-get install strace)")


def nothing(_: int, __: int) -> None:
    """Progress that nobody watches."""


# A running service


async def test_a_service_lives_through_every_fault_of_its_database(
    tracer: None, tmp_path: Path, size: Size, figures: Figures
) -> None:
    """It polls and sends no more, is red, says so once a minute, and afterwards posts everything once by itself."""
    file, url = tmp_path / "var/lintas.db", f"sqlite:///{tmp_path}/var/lintas.db"
    with small_disk(file.parent) as disk, GatedWeb() as web:
        async with BotApiDouble() as api, serving(tmp_path, f"{web.url}/feed", api) as service:
            web.gate.set()
            web.pages["/feed"] = Page(rss(NEWS[:1]))
            await service.until(lambda: len(api.texts()) == 1, "first post")
            rounds = [*FAULTS] if not size.full else 4 * [*FAULTS, *ALSO]
            asked = []
            for number, name in enumerate(rounds):
                asked.append(await _meet(name, number, LASTS.get(name, 3.0), file, web, api, service))
            texts = api.texts()
            assert len(texts) == 1 + 2 * len(rounds)
            assert sum("Judul" in text for text in texts) == len(rounds)
            assert "the database works again" in service.log()
            await service.end()
        with held_store(url) as held, held.store.read() as view:
            assert len(view.messages([MessageState.SENT], 1000)) == len(texts)
    figures.put(
        disk="not mountable" if disk is None else "32 MiB of ext4" if disk.image else "32 MiB of tmpfs",
        faults=len(rounds),
        feed_asked_meanwhile=max(asked),
        lost=0,
        doubled=0,
    )
    assert max(asked) <= 2


async def _meet(
    name: str, number: int, lasts: float, file: Path, web: GatedWeb, api: BotApiDouble, service: Service
) -> int:
    """Let the service meet one fault; how often the feed was asked meanwhile."""
    await _poll_under_way(file, web, service)
    title, text = NEWS[1:][number % (len(NEWS) - 1)]
    web.pages["/feed"] = Page(rss([(f"{title} {number}", text)]))
    with contextlib.closing(open_store(f"sqlite:///{file}", migrate=False)) as other, other.write() as tx:
        queued(tx, 100 + number, str(CHANNEL), datetime.now(UTC) + timedelta(seconds=1.5))
    before, posted = web.asked["/feed"], len(api.texts())
    with (FAULTS | ALSO)[name](file, service):
        web.gate.set()
        await _rests(name, lasts, api, service)
        asked = web.asked["/feed"] - before
    await service.until(lambda: service.healthz()[0] == 200, f"green health after {name}")
    await service.until(lambda: len(api.texts()) == posted + 2, f"posts after {name}")
    return asked


async def _rests(name: str, lasts: float, api: BotApiDouble, service: Service) -> None:
    """See a service through a fault: it is red, posts nothing, and neither spins nor says anything twice a minute."""
    posted, cpu, lines = len(api.texts()), service.cpu(), len(service.log())
    began = time.monotonic()
    await service.until(lambda: service.healthz()[0] == 503, f"red health while {name}", 30)
    for reader in range(5):
        await api.message("/latest", user=READER + reader)
        await asyncio.sleep(0.3)
    await service.until(lambda: time.monotonic() - began > lasts, "end of the fault", lasts + 30)
    assert len(api.texts()) == posted, f"posted while the database is {name}"
    wall = time.monotonic() - began
    assert service.cpu() - cpu < 1 + wall / 3, "it must not spin"
    said = service.log()[lines:]
    assert "Traceback" not in said
    events = Counter(EVENT.findall(said))
    assert max(events.values(), default=0) <= 1 + wall / 60, events


async def test_a_disk_that_fails_for_good_is_waited_out_and_refused_at_a_start(
    tmp_path: Path, size: Size, figures: Figures
) -> None:
    """A real one that takes nothing, on which the kernel then turns the file system read-only, with files open.

    The service rests, for two minutes each in the full size, and ends in order; once all is repaired, nothing is lost.
    """
    feed = f"http://127.0.0.1:{unused_port()}/feed"
    with small_disk(tmp_path / "var") as disk:
        if disk is None or disk.image is None:
            cannot_make_disks()
        async with BotApiDouble() as api:
            async with serving(tmp_path, feed, api) as service:
                await service.until(lambda: service.healthz()[0] == 200, "green health")
                with contextlib.closing(open_store(f"sqlite:///{disk.folder}/lintas.db", migrate=False)) as other:
                    with other.write() as tx:
                        queued(tx, 1, str(CHANNEL), datetime.now(UTC) + timedelta(seconds=1))
                    lasts = 125.0 if size.full else 3.0
                    with disk.failing():
                        await _rests("failing", lasts, api, service)
                        disk.turn_read_only()
                    await _rests("read-only", lasts, api, service)
                [reason] = [reason for reason in service.healthz()[1] if reason.startswith("store: ")]
                assert "it cannot be written to" in reason or "the disk failed" in reason, reason
                await service.end()
            with pytest.raises(StoreError, match=r"lintas\.db\.lock cannot be opened: Read-only file system"):
                held_store(f"sqlite:///{disk.folder}/lintas.db").__enter__()
            disk.repair()
            with held_store(f"sqlite:///{disk.folder}/lintas.db") as held, held.store.read() as view:
                assert len(view.messages([MessageState.QUEUED], 10)) == 1
    figures.put(failed_for_good="waited out, refused, repaired")


async def _poll_under_way(file: Path, web: GatedWeb, service: Service) -> None:
    """Make the source due, and hold its answer back."""
    web.gate.clear()
    waiting = web.asked["waiting"]
    with contextlib.closing(sqlite3.connect(file, timeout=20)) as other:
        other.execute("UPDATE sources SET next_check = NULL")
        other.commit()
    await service.until(lambda: web.asked["waiting"] > waiting, "poll")


async def test_vacuity_ticks_that_do_not_rest_ask_the_feed_again_and_again(
    tracer: None, tmp_path: Path, figures: Figures
) -> None:
    """The same fault with ticks that do not rest: the feed is fetched for nothing many times, and the log grows."""
    file = tmp_path / "var/lintas.db"
    with GatedWeb() as web:
        async with BotApiDouble() as api, serving(tmp_path, f"{web.url}/feed", api, guarded=False) as service:
            web.pages["/feed"] = Page(rss(NEWS[:1]))
            await service.until(lambda: web.asked["waiting"] > 0, "poll")
            with read_only(file, service):
                web.gate.set()
                await service.until(lambda: web.asked["/feed"] > 3, "fetches for nothing", 60)
                await service.until(lambda: service.log().count(SAID) > 3, "lines in the log", 60)
    figures.put(unguarded_feed_asked=web.asked["/feed"])


# A file that is not as it was left


BACKUP = "lintas-20260207T000000Z.db"


@pytest.fixture(scope="module", autouse=True)
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database that was ended in order, and a backup of it."""
    folder = tmp_path_factory.mktemp("left")
    file = folder / "lintas.db"
    with held_store(f"sqlite:///{file}") as held, held.store.write() as tx:
        for number in range(40):
            told(tx, number, summary="isi berita " * 60)
    make_backup(file, None, datetime(2026, 2, 7, tzinfo=UTC), nothing)
    return folder


def _copied(left: Path, folder: Path) -> Path:
    """The database of such a folder of one's own."""
    shutil.copytree(left, folder, dirs_exist_ok=True)
    return folder / "lintas.db"


def _refusal(file: Path, *, looked: bool = True) -> str | None:
    """What a start says; None when it starts."""
    before = file.read_bytes() if file.exists() else None
    try:
        with (
            contextlib.suppress(StoreError),
            contextlib.closing(open_store(f"sqlite:///{file}", migrate=False)) as reader,
            reader.read() as view,
        ):
            view.counts()
        with held_store(f"sqlite:///{file}") as held, held.store.read() as view:
            view.counts()
    except StoreError as error:
        after = file.read_bytes() if file.exists() else None
        assert not looked or after == before, "what is refused is left alone"
        return str(error)
    return None


@pytest.mark.parametrize("how", ["gone", "empty", "cut off", "text", "log gone", "folder of both gone but the log"])
def test_a_lost_database_is_refused_with_the_command_that_helps(left: Path, tmp_path: Path, how: str) -> None:
    """It is never made anew in silence; the newest backup is named, and restoring it helps."""
    file = _copied(left, tmp_path)
    match how:
        case "gone":
            file.unlink()
        case "empty":
            file.write_bytes(b"")
        case "cut off":
            os.truncate(file, file.stat().st_size // 2)
        case "text":
            file.write_bytes(b"this is no database " * 999)
        case "log gone":
            _die_with_a_log(file)
            file.with_name("lintas.db-wal").unlink()
        case _:
            _die_with_a_log(file)
            file.unlink()
            file.with_name("lintas.db.lock").unlink()
    refusal = _refusal(file)
    assert refusal is not None
    command = re.search(r"`lintas (restore \S+)`", refusal)
    assert command is not None, refusal
    assert command[1].endswith(BACKUP)
    if how != "log gone":
        with pytest.raises(StoreError):
            open_store(f"sqlite:///{file}", migrate=False).read().__enter__()
    if how == "gone":  # once as it would be typed
        env = {**os.environ, "LINTAS_DATABASE": f"sqlite:///{file}"}
        lintas = Path(sys.executable).with_name("lintas")
        subprocess.run([lintas, *command[1].split()], env=env, cwd=tmp_path, capture_output=True, check=True)
    else:
        restore_backup(file, Path(command[1].split()[1]), datetime.now(UTC), nothing)
    with held_store(f"sqlite:///{file}") as held, held.store.read() as view:
        assert view.counts()["articles"] == 40


def _die_with_a_log(file: Path) -> None:
    """A holder that wrote and was killed."""
    program = (
        "import os, sys\n"
        "from storage.holding import held_store\n"
        "from tests.contract.builders import told\n"
        "with held_store(sys.argv[1]) as held:\n"
        "    with held.store.write() as tx: told(tx, 900)\n"
        "    os._exit(9)\n"
    )
    assert subprocess.run([sys.executable, "-c", program, f"sqlite:///{file}"], cwd=ROOT, check=False).returncode == 9
    assert file.with_name("lintas.db-wal").stat().st_size


def test_a_killed_holder_and_an_ended_one_are_no_loss(left: Path, tmp_path: Path) -> None:
    """Its log is there, or was taken in: the start takes it up."""
    file = _copied(left, tmp_path)
    assert _refusal(file) is None
    _die_with_a_log(file)
    with contextlib.closing(open_store(f"sqlite:///{file}", migrate=False)) as reader, reader.read() as view:
        assert view.counts()["articles"] == 41
    assert _refusal(file) is None
    assert file.with_name("lintas.db.lock").read_text().splitlines()[1].strip() == "closed"


def test_a_holder_that_is_killed_at_once_has_a_log(left: Path, tmp_path: Path) -> None:
    """In a container every process has the same number: the second start of one writes, too, and its log is there."""
    program = (
        "import os, sys\nfrom storage.holding import held_store\nos.getpid = lambda: 1\n"
        "for _ in range(2):\n    with held_store(sys.argv[1]) as held: pass\n"
        "with held_store(sys.argv[1]) as held: os._exit(9)\n"
    )
    file = _copied(left, tmp_path)
    command = [sys.executable, "-c", program, f"sqlite:///{file}"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 9
    assert file.with_name("lintas.db-wal").stat().st_size
    assert _refusal(file) is None


def _damaged(file: Path, size: Size, tries: int, *, looked: bool = True) -> int:
    """Start on a database with one spot damaged, so many times: how often it was refused."""
    good, dice = file.read_bytes(), size.dice("damage")
    refused = 0
    for _ in range(tries):
        spoilt = bytearray(good)
        place = dice.randrange(len(good))
        length = dice.choice((1, 64, 4096))
        spoilt[place : place + length] = dice.randbytes(min(length, len(good) - place))
        file.write_bytes(spoilt)
        for ending in ("-wal", "-shm"):
            file.with_name(file.name + ending).unlink(missing_ok=True)
        try:
            refusal = _refusal(file, looked=looked)
        except AssertionError:
            raise
        except Exception as error:
            raise AssertionError(f"damage of {length} bytes at {place} is a bug: {error!r}") from error
        if refusal is not None:
            assert BACKUP in refusal or "newer" in refusal or "another program" in refusal, refusal
            refused += 1
    file.write_bytes(good)
    return refused


def test_damage_is_refused_or_harmless_never_a_traceback(
    left: Path, tmp_path: Path, size: Size, figures: Figures
) -> None:
    """Bytes changed anywhere: what is found is refused with the restore command and left as it is."""
    file = _copied(left, tmp_path)
    tries = size.pick(quick=25, full=500)
    refused = _damaged(file, size, tries)
    figures.put(damaged=tries, refused=refused)
    assert refused > tries // 10
    assert _refusal(file) is None


def test_vacuity_without_the_look_at_the_start_less_is_refused(
    left: Path, tmp_path: Path, size: Size, figures: Figures, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same damage without the check: most of it would have been worked on."""
    file = _copied(left, tmp_path)
    tries = size.pick(quick=12, full=200)
    seen = _damaged(file, size, tries)
    monkeypatch.setattr(sqlitefile, "_check", lambda _: [])
    unseen = _damaged(file, size, tries, looked=False)
    figures.put(refused_without_check=unseen)
    assert unseen < seen


def test_a_large_database_is_looked_at_for_a_bounded_time(
    left: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look ends when its time is over, and says so and what looks at all of it."""
    with contextlib.closing(sqlitefile.connect(tmp_path / "large.db", "rwc")) as large:
        large.execute("CREATE TABLE a (x)")
        large.execute(
            "INSERT INTO a WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 20000) "
            "SELECT randomblob(4000) FROM n"
        )
        assert sqlitefile.quick_check(large, 0.005) is None
        assert sqlitefile.quick_check(large) == "ok"
    file = _copied(left, tmp_path)
    monkeypatch.setattr(sqlitefile, "quick_check", lambda *_: None)
    with held_store(f"sqlite:///{file}") as held:
        (note,) = held.notes
    assert "not to its end" in note
    assert "lintas backup" in note


def test_others_rights_on_the_file_are_taken_away(left: Path, tmp_path: Path) -> None:
    """A database that others could read is for its owner alone after a start, which says so once."""
    file = _copied(left, tmp_path)
    file.chmod(0o664)
    with held_store(f"sqlite:///{file}") as held:
        (note,) = held.notes
    assert "0664" in note
    assert file.stat().st_mode & 0o777 == 0o600
    with held_store(f"sqlite:///{file}") as held:
        assert held.notes == ()


def test_the_kind_of_file_system_is_read_from_the_mounts(tmp_path: Path) -> None:
    """Of the mount nearest above the folder, whatever signs stand in its name."""
    mounts = tmp_path / "mountinfo"
    folder = tmp_path / "on server"
    folder.mkdir()
    told_as = str(folder).replace(" ", "\\040")
    mounts.write_text(f"1 0 8:1 / / rw - ext4 /dev/sda rw\n2 1 0:9 / {told_as} rw - nfs4 server:/data rw\n")
    assert remote_kind(folder / "deep", mounts) == "nfs4"
    assert remote_kind(tmp_path, mounts) is None


OPEN = "import sys; from storage.holding import held_store\nwith held_store(sys.argv[1]) as held: print('opened')"


def _elsewhere(folder: Path, kind: str, *options: str, command: tuple[str, ...] = ("-c", OPEN)) -> tuple[int, str]:
    """Run a command on a database on a file system of this kind, mounted for it alone; its exit code and words."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        lacking("NOT PROVED HERE: another file system needs root and unshare; run the suite as root, as .ci/run does")
    if not Path("/dev/fuse").exists():
        pytest.skip("NOT PROVED HERE: this kernel has no FUSE, which nothing that can be installed would mend")
    for name in ("behind", "mounted"):
        (folder / name).mkdir(exist_ok=True)
    url = f"sqlite:///{folder}/mounted/lintas.db"
    mounting = (sys.executable, "-m", "tests.doubles.fusefs", kind, "behind", "mounted", *options)
    env = {**os.environ, "LINTAS_DATABASE": url, "PYTHONPATH": str(ROOT)}
    run = ("unshare", "--mount", *mounting, "--", sys.executable, *command, url)
    done = subprocess.run(run, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_network_file_system_is_refused(tmp_path: Path) -> None:
    """A real mount that the kernel calls so: nothing is made there, and the doctor says so before a start does."""
    code, said = _elsewhere(tmp_path, "fuse.sshfs")
    assert code == 1
    assert re.search(
        r"StoreError: .*network file system \(fuse\.sshfs\).*put it on a local disk, or use PostgreSQL", said
    )
    assert [path.name for path in (tmp_path / "behind").iterdir()] == ["lintas.db.lock"]
    command = ("-c", "import sys; sys.argv[1:] = ['doctor']; from bot.cli import main; main()")
    code, said = _elsewhere(tmp_path, "fuse.sshfs", command=command)
    assert code == 1
    assert re.search(r"problem +database: .*network file system \(fuse\.sshfs\); name a file on a local disk", said)
    assert re.search(rf"sqlite: {re.escape(sqlite3.sqlite_version)}", said)


def test_a_file_system_without_shared_memory_is_refused(tmp_path: Path) -> None:
    """Whatever it is called: the log does not work there. The same one with shared memory carries a database."""
    code, said = _elsewhere(tmp_path, "fuse.odd", "--unshared")
    assert code == 1
    assert re.search(r"StoreError: .*memory that processes share, which this file system does not give", said)
    assert _elsewhere(tmp_path, "fuse.odd") == (0, "opened\n")


# The log


def test_the_log_stays_short_under_readers_that_overlap(
    tmp_path: Path, figures: Figures, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is never a moment without a reader; the log is emptied all the same. Without that it grows on."""
    monkeypatch.setattr(sqlite, "LOG_LIMIT", 512 << 10)
    less = {"= 4000": "= 40", f"= {16 << 20}": f"= {256 << 10}"}
    pragmas = " ; ".join(sqlite._WRITER)
    for old, new in less.items():
        assert old in pragmas
        pragmas = pragmas.replace(old, new)
    monkeypatch.setattr(sqlite, "_WRITER", tuple(pragmas.split(" ; ")))
    kept = _longest_log(tmp_path / "kept")
    monkeypatch.setattr(sqlite, "_begin_log_anew", lambda _: None)
    grown = _longest_log(tmp_path / "grown")
    figures.put(log_kib=kept >> 10, log_kib_without=grown >> 10)
    assert kept < 2 << 20
    assert grown > 2 * kept


def _longest_log(folder: Path) -> int:
    """Write while two readers hand over to each other; the log's greatest length in bytes."""
    folder.mkdir()
    store = open_store(f"sqlite:///{folder}/lintas.db")
    stop = threading.Event()
    overlap = threading.Barrier(2)

    def read() -> None:
        while not stop.is_set():
            with store.read() as view:
                view.counts()
                with contextlib.suppress(threading.BrokenBarrierError):
                    overlap.wait(0.02)

    readers = [threading.Thread(target=read) for _ in range(2)]
    longest = 0
    try:
        for reader in readers:
            reader.start()
        for number in range(100):
            with store.write() as tx:
                told(tx, number, summary=f"isi berita {number} " * 300)
            longest = max(longest, (folder / "lintas.db-wal").stat().st_size)
    finally:
        stop.set()
        for reader in readers:
            reader.join(10)
        store.close()
    return longest


# Copies


def test_backups_of_a_busy_database_are_whole(left: Path, tmp_path: Path, size: Size, figures: Figures) -> None:
    """A process writes without a pause; every copy opens, is sound, and holds whole transactions of its moment.

    Vacuity: of the same database, plain copies of the file are older than the moment or unsound.
    """
    file = _copied(left, tmp_path)
    url = f"sqlite:///{file}"
    wanted = size.pick(quick=4, full=60)
    plain_bad = 0
    seconds: list[float] = []
    with _busy(url) as writer:
        for number in range(wanted):
            least = _articles(file)
            target = tmp_path / f"copy{number}.db"
            began = time.monotonic()
            make_backup(file, target, datetime.now(UTC), nothing)
            seconds.append(time.monotonic() - began)
            assert _judged(target) >= least
            assert not list(tmp_path.glob(".copy*"))
            least = _articles(file)
            shutil.copy(file, tmp_path / f"plain{number}.db")
            plain_bad += _judged(tmp_path / f"plain{number}.db") < least
            assert writer.poll() is None
    figures.put(backups=wanted, slowest_backup=round(max(seconds), 2), plain_copies_bad=plain_bad)
    assert plain_bad


@contextlib.contextmanager
def _busy(url: str) -> Iterator[subprocess.Popen[bytes]]:
    program = (
        "import sys\n"
        "from storage import open_store\n"
        "from tests.contract.builders import told\n"
        "store = open_store(sys.argv[1], migrate=False)\n"
        "for number in range(1000, 10**9, 3):\n"
        "    with store.write() as tx:\n"
        "        for more in range(3): told(tx, number + more, summary='isi ' * 99)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program, url], cwd=ROOT)
    file = Path(url.removeprefix("sqlite:///"))
    try:
        end = time.monotonic() + 60
        while _articles(file) < 100:
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.wait(30)


def _articles(file: Path) -> int:
    with contextlib.closing(sqlitefile.connect(file, "ro")) as connection:
        (number,) = connection.execute("SELECT count(*) FROM articles").fetchone()
    return int(number)


def _judged(copy: Path) -> int:
    """How many articles a copy holds, as itself alone; -1 when it is unsound or holds half a transaction."""
    try:
        with contextlib.closing(sqlitefile.connect(copy, "immutable")) as connection:
            whole = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            articles, stories, told_ = (
                connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
                for name in ("articles", "stories", "story_articles")
            )
    except sqlite3.Error:
        return -1
    return articles if whole and articles == stories == told_ and (articles - 40) % 3 == 0 else -1


@pytest.mark.parametrize("what", ["backup", "restore", "migration"])
def test_kill_9_at_a_system_call_leaves_old_or_new(
    tracer: None, left: Path, tmp_path: Path, size: Size, figures: Figures, what: str
) -> None:
    """Killed at the n-th write, rename, link or removal: the file under its name is whole, the old or the new one.

    A restore over a database too damaged to take its log in may leave none, which a start refuses; see `_put`.
    """
    calls = _calls(what, left, tmp_path / "whole")
    outcomes = {"old": 0, "new": 0}
    wanted = size.pick(quick=2, full=60)
    for number in range(wanted):
        # Spread over all calls, the last ones among them, where names change.
        place = len(calls) - 1 - number // 2 if number % 2 else number * (len(calls) - 1) // wanted
        nth = calls[: place + 1].count(calls[place])
        outcomes[_killed(what, left, tmp_path / str(number), f"{calls[place]}:signal=KILL:when={nth}")] += 1
    figures.put(**{f"killed_{what}": f"{outcomes}, {len(calls)} calls"})
    assert outcomes["old"]
    assert what == "backup" or outcomes["new"]


CALLS = "pwrite64,fsync,fdatasync,unlink,rename,link,ftruncate"
PROGRAMS = {
    "backup": "make_backup(file, file.with_name('copy.db'), now, tell)",
    "restore": f"restore_backup(file, file.parent / 'backups' / {BACKUP!r}, now, tell)",
    "migration": "open_store(f'sqlite:///{file}').close()",
}
PRELUDE = (
    "import sys; from pathlib import Path; from datetime import UTC, datetime; from storage import open_store; "
    "from storage.backup import make_backup, restore_backup; import alembic.op; "
    "file = Path(sys.argv[1]); now = datetime.now(UTC); tell = lambda *_: None; "
)


def _traced(what: str, file: Path, *options: str) -> str:
    """Run a job on the database under the tracer; what the tracer wrote."""
    tracer = strace()
    assert tracer is not None
    traced = file.with_name("traced")
    command = [tracer, "-f", "-qq", "-o", str(traced), "-e", f"trace={CALLS}", *options]
    job = [sys.executable, "-c", PRELUDE + PROGRAMS[what], str(file)]
    subprocess.run([*command, *job], cwd=ROOT, capture_output=True, check=False)
    return traced.read_text("utf-8", "replace")


def _calls(what: str, left: Path, folder: Path) -> list[str]:
    """The names of those calls of the whole job, in order."""
    return re.findall(r"^\d+ +(\w+)\(", _traced(what, _prepared(what, left, folder)), re.MULTILINE)


def _prepared(what: str, left: Path, folder: Path) -> Path:
    """A database of one's own, marked as the old one."""
    file = _copied(left, folder)
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT INTO meta VALUES ('mark', 'old')")
        if what == "migration":
            for table in tables_since_the_first():
                connection.execute(f"DROP TABLE {table}")
            connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.commit()
    return file


def _killed(what: str, left: Path, folder: Path, when: str) -> str:
    """Kill the job at a call; whether the old or the new is there, which must be whole."""
    file = _prepared(what, left, folder)
    assert "killed by SIGKILL" in _traced(what, file, "-e", f"inject={when}")
    if what == "backup":
        assert _refusal(file) is None
        target = file.with_name("copy.db")
        if not target.exists():
            return "old"
        assert _judged(target) == 40
        return "new"
    with contextlib.closing(sqlite3.connect(file)) as connection:
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        pages = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'pages'").fetchone()[0]
        mark = connection.execute("SELECT count(*) FROM meta WHERE value = 'old'").fetchone()[0]
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert (revision == "0001") == (pages == 0), "half a migration"
    assert _refusal(file) is None
    with held_store(f"sqlite:///{file}") as held, held.store.read() as view:
        assert view.counts()["articles"] == 40
    if what == "migration":
        return "old" if revision == "0001" else "new"
    return "old" if mark else "new"


def test_kill_9_while_a_damaged_database_is_replaced(
    tracer: None, left: Path, tmp_path: Path, size: Size, figures: Figures
) -> None:
    """At each change of a name: a start refuses and names the command, or finds the backup; nothing is thrown away."""
    outcomes = {"refused": 0, "new": 0}
    for nth in (1, 4) if not size.full else range(1, 5):
        file = _copied(left, tmp_path / str(nth))
        _die_with_a_log(file)
        damaged = b"this is no database " * 999
        file.write_bytes(damaged)
        log = file.with_name("lintas.db-wal").read_bytes()
        traced = _traced("restore", file, "-e", f"inject=rename:signal=KILL:when={nth}")
        refusal = _refusal(file)
        if refusal is not None:
            assert "killed by SIGKILL" in traced
            assert BACKUP in refusal
            outcomes["refused"] += 1
            _traced("restore", file)
        else:
            outcomes["new"] += 1
        with held_store(f"sqlite:///{file}") as held, held.store.read() as view:
            assert view.counts()["articles"] == 40
        kept = [path.read_bytes() for path in file.parent.glob("lintas.db.before-restore-*")]
        assert damaged in kept
        assert log in kept
    figures.put(killed_restore_of_damaged=outcomes)
    assert outcomes["refused"]
    assert outcomes["new"]
