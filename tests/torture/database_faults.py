"""Faults of a database under a running service: what begins them, what ends them, and the service that meets them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
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
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from tests.doubles.botapi import CHANNEL, OPERATORS, TOKEN, BotApiDouble
from tests.doubles.web import WebDouble
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
HURRIED = ("--set", "bot.service.POLL_SECONDS=0.5", "--set", "bot.storehealth.LONGEST_REST=2.0")
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
        assert await asyncio.wait_for(self.process.wait(), 30) == 0

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


@contextlib.asynccontextmanager
async def serving(folder: Path, feed: str, api: BotApiDouble, *, guarded: bool = True) -> AsyncIterator[Service]:
    """`lintas run` in this folder, gone when the block ends."""
    (folder / "sources.yaml").write_text(SOURCES.format(feed=feed, channel=CHANNEL), "utf-8")
    lay_database(folder)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
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
    """A disk that fails."""
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


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """A file system of 32 MiB at the folder; False where it may not be mounted."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32m,mode=700", "lintas-test", str(folder)],
        capture_output=True,
        check=False,
    )
    try:
        yield done.returncode == 0
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", "-l", str(folder)], check=True)
