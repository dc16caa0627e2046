"""`lintas run` as a service: it polls, says what happened, takes up an edited file, and ends cleanly."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from tests.acceptance.conftest import LINTAS, Program
from tests.acceptance.test_run_once import CROSSING, FILM, feed, shown
from tests.doubles.botapi import TOKEN
from tests.doubles.web import Page, WebDouble
from tests.torture.hostile_desk import cpu_seconds

T = TypeVar("T")


class Service:
    """A running service whose log is read as it comes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.log = ""
        self._ready = selectors.DefaultSelector()
        assert process.stderr is not None
        os.set_blocking(process.stderr.fileno(), False)
        self._ready.register(process.stderr, selectors.EVENT_READ)

    def until(self, words: str, seconds: float = 20) -> str:
        """Read the log until the words stand in it; fails when they do not come in time."""
        end = time.monotonic() + seconds
        while words not in self.log:
            assert time.monotonic() < end, f"{words!r} did not come:\n{self.log}"
            self._read(end - time.monotonic())
        return self.log

    def when(self, holds: Callable[[], T], seconds: float = 20) -> T:
        """What holds, once it does; fails when it does not in time."""
        end = time.monotonic() + seconds
        while not (found := holds()):
            assert time.monotonic() < end, f"it did not come about:\n{self.log}"
            self._read(0.05)
        return found

    def _read(self, seconds: float) -> None:
        """Read on in the log, within so many seconds."""
        if self._ready.select(seconds):
            more = self.process.stderr.read() or b""
            assert more or self.process.poll() is None, f"it ended:\n{self.log}"
            self.log += more.decode()

    def end(self, number: int) -> int:
        """Send the signal; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(20)

    def close(self) -> None:
        self._ready.close()


@contextlib.contextmanager
def service(program: Program, *args: str, **env: str) -> Iterator[Service]:
    with (program.folder / "out.txt").open("wb") as out:
        process = subprocess.Popen(
            [LINTAS, "run", *args],
            cwd=program.folder,
            env=program.environ(**{f"LINTAS_{name}": value for name, value in env.items()}),
            stdout=out,
            stderr=subprocess.PIPE,
        )
    running = Service(process)
    try:
        yield running
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
        running.close()


AT_ONCE = "routes:\n  - id: highlights\n    chat: preview\n    when: at least 2 of [film, ai, collaboration]\n"
"""The default routes have quiet hours, and tests run at night, too."""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_polls_says_what_happened_and_ends_cleanly(program: Program, web: WebDouble, number: int):
    web.pages["/rss"] = feed(CROSSING, FILM)
    urls = {"good": f"{web.url}/rss", "gone": f"{web.url}/nowhere"}
    program.write_book(urls, extra=AT_ONCE, lines=("max_age: 3650d",))
    with service(program) as running:
        log = running.until("source=good") + running.until("source=gone")
        assert "no LINTAS_TELEGRAM_TOKEN" in log
        running.until(" sent ")
        assert running.end(number) == 0
        assert "Traceback" not in running.log
    assert CROSSING[1] in shown((program.folder / "out.txt").read_text("utf-8"))


def _catches(process: subprocess.Popen[bytes], number: int) -> bool:
    """Whether the process has a handler of its own for the signal, by the kernel."""
    lines = (Path("/proc") / str(process.pid) / "status").read_text().splitlines()
    caught = next(line.split()[1] for line in lines if line.startswith("SigCgt"))
    return bool(int(caught, 16) >> (number - 1) & 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("waits", [False, True], ids=["imports", "waits for Telegram"])
def test_told_to_end_while_it_starts_it_ends_cleanly(program: Program, number: int, waits: bool):
    """As soon as it can hear, and when Telegram takes the connection but never answers."""
    program.write_book({"good": "http://127.0.0.1:9/rss"})
    with socket.create_server(("127.0.0.1", 0)) as telegram:
        telegram.settimeout(30)
        api = f"http://127.0.0.1:{telegram.getsockname()[1]}"
        with service(program, TELEGRAM_TOKEN=TOKEN, TELEGRAM_API=api) as running:
            if waits:
                connection, _ = telegram.accept()
            else:
                running.when(lambda: _catches(running.process, signal.SIGTERM))
            begun = time.monotonic()
            assert running.end(number) == 0
            assert time.monotonic() - begun < 5
            assert "Traceback" not in running.log + (running.process.stderr.read() or b"").decode()
            if waits:
                connection.close()
    if waits:
        assert program.run("run", "--once").code == 1  # its source fails; nobody holds the store


def _at_work(process: subprocess.Popen[bytes]) -> list[int]:
    """The process's own children that have computed for a while."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [pid for pid in map(int, listed) if cpu_seconds(pid) > 0.7]


def test_told_to_end_it_waits_for_no_feed(program: Program, web: WebDouble):
    """One server does not answer, and one body keeps its reader busy for seconds: both are let go of, nothing is left."""
    dots = b"<item><title>J</title><link>https://a.example/1</link><author>" + b"a." * 100_000 + b"</author></item>"
    web.pages["/busy"] = Page(b'<rss version="2.0"><channel><title>x</title>' + dots + b"</channel></rss>")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(30)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/rss"
        program.write_book({"silent": url, "busy": f"{web.url}/busy"})
        with service(program) as running:
            connection, _ = silent.accept()
            readers = running.when(lambda: _at_work(running.process))
            begun = time.monotonic()
            assert running.end(signal.SIGTERM) == 0
            assert time.monotonic() - begun < 3
            connection.close()
            assert not any(Path(f"/proc/{pid}").exists() for pid in readers)
            assert "polled" not in running.log + (running.process.stderr.read() or b"").decode()


def test_a_second_instance_is_refused_while_reading_goes_on(program: Program, web: WebDouble):
    web.pages["/rss"] = feed(FILM)
    program.write_book({"good": f"{web.url}/rss"})
    with service(program) as running:
        running.until("source=good")
        second = program.run("run", "--once")
        assert second.code == 3
        assert "another" in second.err
        assert [hit["title"] for hit in program.run("search", "film", "--json").lines] == [FILM[1]]
        assert running.end(signal.SIGTERM) == 0


def test_an_edited_file_is_taken_up_live_and_a_broken_one_is_not(program: Program, web: WebDouble):
    web.pages["/a"] = feed(FILM)
    web.pages["/b"] = feed(CROSSING)
    program.write_book({"first": f"{web.url}/a"})
    with service(program) as running:
        running.until("source=first")
        program.write_book({"first": f"{web.url}/a"}, extra="nonsense: 1\n")
        running.until("not taken up")
        program.write_book({"first": f"{web.url}/a", "second": f"{web.url}/b"})
        running.until("source=second")
        assert running.end(signal.SIGTERM) == 0
