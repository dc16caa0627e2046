"""Faults of a database under a running service: what begins them, what ends them, and the service that meets them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import NoReturn

import pytest

from tests.doubles.botapi import CHANNEL, OPERATORS, TOKEN, BotApiDouble
from tests.doubles.web import WebDouble
from tests.needs import lacking
from tests.newdb import lay_database
from tests.torture.power_log import strace

ROOT = Path(__file__).parents[2]
SOURCES = """
sources:
  - id: uji
    name: Media Uji
    url: {feed}
    every: 1m
routes:
  - id: highlights
    chat: {channel}
    when: at least 2 of [film, ai, collaboration]
"""
HURRIED = (
    *("--set", "bot.service.POLL_SECONDS=0.5"),
    *("--set", "bot.storehealth.LONGEST_REST=2.0"),
    *("--set", "bot.web.app.OLD=12.0"),
)
UNGUARDED = (
    "import bot.service, bot.threads, bot.storehealth\n"
    "async def ready(self): return True\n"
    "bot.threads.StoreThreads.ready = ready\n"
    "bot.storehealth.StoreHealth.resting = 0\n"
    "bot.storehealth.SAID_EVERY = 0\n"
    "bot.service.POLL_SECONDS = 0.5\n"
    "from bot.cli import main; main()\n"
)
"""The program whose ticks do not rest while the database does not work."""


class GatedWeb(WebDouble):
    """A feed whose answers wait at a gate, so that a test decides what happens between question and answer."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        waits = not self.gate.is_set()
        if waits:
            self.asked["waiting"] += 1
            self.gate.wait(15)
        super()._answer(request)


class Service:
    """A running service with its feed and its Bot API double."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path, port: int) -> None:
        self.process = process
        self._log = log
        self._port = port

    def log(self) -> str:
        """All that it logged."""
        return self._log.read_text("utf-8")

    def healthz(self) -> tuple[int, list[str]]:
        """What /healthz answers, and its reasons."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/healthz", timeout=10) as answer:
                return answer.status, json.load(answer)["reasons"]
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)["reasons"]
        except OSError:
            return 0, []

    async def end(self) -> None:
        """Ask it to end, and see that it does so in order."""
        self.process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(self.process.wait(), 30) == 0, self.log()

    def cpu(self) -> float:
        """Seconds of processor that it took so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def until(self, holds: Callable[[], bool], what: str, seconds: float = 60) -> None:
        """Wait for something outside of us."""
        end = time.monotonic() + seconds
        while not holds():
            assert self.process.returncode is None, f"the service ended before {what}:\n{self.log()}"
            assert time.monotonic() < end, f"no {what}:\n{self.log()}"
            await asyncio.sleep(0.05)


def unused_port() -> int:
    """Where nobody listens now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


@contextlib.asynccontextmanager
async def serving(folder: Path, feed: str, api: BotApiDouble, *, guarded: bool = True) -> AsyncIterator[Service]:
    """`lintas run` in this folder, on an empty database or the one that is there; gone when the block ends."""
    (folder / "sources.yaml").write_text(SOURCES.format(feed=feed, channel=CHANNEL), "utf-8")
    lay_database(folder)
    port = unused_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LINTAS_")}
    env = kept | {
        "LINTAS_TELEGRAM_TOKEN": TOKEN,
        "LINTAS_TELEGRAM_API": api.base,
        "LINTAS_OPERATORS_CHAT": str(OPERATORS),
        "LINTAS_ALLOW_NETWORKS": "127.0.0.0/8",
        "LINTAS_SETTLE": "0",
        "LINTAS_WEB": f"127.0.0.1:{port}",
        "PYTHONPATH": str(ROOT),
    }
    program = ("-m", "tests.torture.launch", *HURRIED, "--", "run") if guarded else ("-c", UNGUARDED, "run")
    log = folder / "service.log"
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *program, cwd=folder, env=env, stdout=asyncio.subprocess.DEVNULL, stderr=errors
        )
    service = Service(process, log, port)
    try:
        yield service
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


# The faults: each is there while its block lasts.


@contextmanager
def locked(file: Path, _: Service) -> Iterator[str]:
    """Another process's transaction that does not end."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None, timeout=20)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield "locked"


@contextmanager
def full(file: Path, service: Service) -> Iterator[str]:
    """A disk without room: a real one, filled, when the folder is one of its own, else the system's answer for it."""
    if not os.path.ismount(file.parent):
        with _refusing("pwrite64:error=ENOSPC", service):
            yield "full (said by the system call: nothing could be mounted)"
        return
    _empty_log(file)
    ballast = file.parent / "ballast"
    with ballast.open("wb", buffering=0) as out, contextlib.suppress(OSError):
        for size in (65536, 4096, 1):
            with contextlib.suppress(OSError):
                while out.write(bytes(size)):
                    pass
    try:
        yield "full"
    finally:
        ballast.unlink()


def _empty_log(file: Path) -> None:
    """Let the log have no room of its own left: a full disk does not stop what needs none."""
    with contextlib.closing(sqlite3.connect(file, timeout=5)) as other:
        for _ in range(200):
            if other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0:
                return
    raise AssertionError("the log could not be emptied")


@contextmanager
def broken(_: Path, service: Service) -> Iterator[str]:
    """A disk that fails for a while. (A file system on a real one is none any more after that: see `Disk.failing`.)"""
    with _refusing("pwrite64,fdatasync,fsync:error=EIO", service):
        yield "input/output error"


@contextmanager
def read_only(_: Path, service: Service) -> Iterator[str]:
    """A file system that turned read-only, as the kernel does after errors."""
    with _refusing("pwrite64,ftruncate:error=EROFS", service):
        yield "read-only"


@contextmanager
def _refusing(what: str, service: Service) -> Iterator[None]:
    """System calls of the running service that are answered with an error; nothing but SQLite makes these calls."""
    program = strace()
    assert program is not None
    calls = what.partition(":")[0]
    command = [program, "-f", "-p", str(service.process.pid), "-e", f"trace={calls}", "-e", f"inject={what}"]
    with subprocess.Popen([*command, "-o", "/dev/null"], stderr=subprocess.PIPE) as tracing:
        assert tracing.stderr is not None
        line = tracing.stderr.readline()
        assert b"attached" in line, line
        try:
            yield
        finally:
            tracing.send_signal(signal.SIGINT)
            tracing.wait(30)


@dataclass(frozen=True)
class Disk:
    """A file system of 32 MiB of its own at a folder: ext4 on a file, which can be made to fail, or in memory."""

    folder: Path
    image: Path | None = None

    @contextmanager
    def failing(self) -> Iterator[None]:
        """Nothing reaches the disk: whoever writes gets an input/output error once that is found out, and then the file
        system gives up its journal and turns read-only.
        """
        assert self.image is not None
        subprocess.run(["sync", "-f", self.folder], check=True)  # what was laid there without care is to be there later
        subprocess.run(["chattr", "+i", self.image], check=True)
        try:
            yield
        finally:
            subprocess.run(["chattr", "-i", self.image], check=True)

    def turn_read_only(self) -> None:
        """As the kernel does after an error of the file system, whoever has files open; only a new mount ends it."""
        found = subprocess.run(["findmnt", "-no", "SOURCE", self.folder], capture_output=True, text=True, check=True)
        device = found.stdout.strip()
        Path("/sys/fs/ext4", Path(device).name, "trigger_fs_error").write_text("1")

    def mount(self) -> bool:
        """Whether it could be."""
        how = (
            ("-o", "loop,errors=remount-ro", str(self.image)) if self.image else ("-t", "tmpfs", "-o", "size=32m", "t")
        )
        return subprocess.run(["mount", *how, self.folder], capture_output=True, check=False).returncode == 0

    def unmount(self) -> None:
        """Whoever uses it: also what is left of a test that failed."""
        subprocess.run(["umount", "-l", self.folder], check=False)

    def repair(self) -> None:
        """What an operator does with a file system that turned read-only."""
        assert self.image is not None
        subprocess.run(["umount", self.folder], check=True)
        while subprocess.run(["losetup", "-j", self.image], capture_output=True, check=True).stdout:
            time.sleep(0.02)  # the kernel lets go of the device a moment later
        assert subprocess.run(["fsck.ext4", "-fy", self.image], capture_output=True, check=False).returncode <= 1
        assert self.mount()


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk | None]:
    """A file system of 32 MiB at the folder; None where nothing may be mounted."""
    folder.mkdir(parents=True, exist_ok=True)
    image = folder.with_name(f"{folder.name}.img")
    disk = next((disk for disk in (Disk(folder, image), Disk(folder)) if _made(disk) and disk.mount()), None)
    if disk is None:
        yield None
        return
    folder.chmod(0o700)
    try:
        yield disk
    finally:
        disk.unmount()


def cannot_make_disks() -> NoReturn:
    """Skip, or fail where the missing part could be installed and CI is to have it."""
    wanted = ("mount", "mkfs.ext4", "fsck.ext4", "chattr", "findmnt")
    missing = [program for program in wanted if shutil.which(program) is None]
    if os.geteuid() != 0 or missing:
        lacking(f"NOT PROVED HERE: disks that fail need root and these programs: {missing} (Debian: e2fsprogs, mount)")
    pytest.skip(
        "NOT PROVED HERE: this kernel mounts no ext4 from a file, or the folder's file system knows no chattr +i"
    )


def _made(disk: Disk) -> bool:
    """Whether there is something to mount."""
    if disk.image is None:
        return True
    if not shutil.which("mkfs.ext4") or not shutil.which("chattr"):
        return False
    with disk.image.open("wb") as out:
        out.truncate(32 << 20)
        if subprocess.run(["chattr", "+i", disk.image], capture_output=True, check=False).returncode:
            return False  # the folder's own file system knows no such files
    subprocess.run(["chattr", "-i", disk.image], check=True)
    return subprocess.run(["mkfs.ext4", "-q", "-m", "0", disk.image], capture_output=True, check=False).returncode == 0
