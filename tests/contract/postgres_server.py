"""A real PostgreSQL server for the tests: its own data folder, a Unix socket only, gone at the end.

PostgreSQL refuses to run as root, and containers (CI among them) usually are root: then the server runs as the user
`postgres`, or `nobody`, to whom its folder is given.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from storage import open_store

STARTING = 60.0
"""Seconds that a server may take to start on a busy machine."""


def find_binaries() -> Path | None:
    """The folder with `initdb` and `postgres`: from PATH, or where Debian puts the newest."""
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return installed[-1].parent if installed else None


@dataclass
class PostgresServer:
    """A running server. `url` names a new, empty database each time."""

    folder: Path
    shared: str = ""
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def execute(self, statement: str, database: str = "postgres") -> list[Any]:
        """Run one statement in a database, outside a transaction."""
        with psycopg.connect(host=str(self.folder), user="postgres", dbname=database, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def url(self, name: str) -> str:
        """The SQLAlchemy URL of a database."""
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def new_database(self) -> str:
        """Make a database; returns its name."""
        name = f"test{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return name

    def emptied(self, tables: Iterable[str]) -> str:
        """The URL of the one database for tests that need no new one, without what the test before left in it."""
        if not self.shared:
            self.shared = self.new_database()
            open_store(self.url(self.shared)).close()
        self.execute(f"TRUNCATE {', '.join(tables)}, search_words, story_keys", self.shared)
        return self.url(self.shared)


def _unprivileged() -> dict[str, Any]:
    """Arguments for subprocess that make a root process another user."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise RuntimeError("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")


@contextmanager
def postgres_server(binaries: Path) -> Iterator[PostgresServer]:
    """Start a server in a folder of its own and stop it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="lintas-pg-", dir="/tmp"))  # short: a socket's path has at most 107 bytes
    who = _unprivileged()
    try:
        if who:
            os.chown(folder, who["user"], who["group"])
        data, log = folder / "data", folder / "log"
        initdb = [
            str(binaries / "initdb"),
            "-D",
            str(data),
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
        ]
        subprocess.run(initdb, check=True, capture_output=True, cwd="/", timeout=STARTING, **who)
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": "60",
            "shared_buffers": "32MB",
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with log.open("wb") as output:
            command = [str(binaries / "postgres"), "-D", str(data), *settings]
            process = subprocess.Popen(command, stdout=output, stderr=output, cwd="/", **who)
        try:
            server = PostgresServer(folder)
            _wait(server, process, log)
            yield server
        finally:
            process.send_signal(signal.SIGQUIT)  # immediate: the data are thrown away
            process.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: PostgresServer, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTING
    while True:
        try:
            server.execute("SELECT 1")
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from error
            time.sleep(0.05)
        else:
            return
