"""A stalled process that wakes up: stopped (SIGSTOP) anywhere in a send while another takes over, or for too long, it
sends nothing that is not its own to send any more."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsdesk.messages import MessageState
from storage import open_store
from tests.doubles.botapi import OPERATORS, BotApiDouble
from tests.doubles.newsroom import queue
from tests.torture.frame import Figures, Size, size_here
from tests.torture.staller import PLACES

DEADLINE = 40
"""Seconds for anything that a process is waited for: it is there within one of them on an idle machine."""


class Stage:
    """A database, a double, and the processes that deliver from one to the other."""

    def __init__(self, folder: Path, api: BotApiDouble) -> None:
        self.database = f"sqlite:///{folder}/desk.db"
        self.api = api
        self.running: list[asyncio.subprocess.Process] = []

    def queue(self, title: str) -> int:
        """A story to be sent."""
        store = open_store(self.database)
        try:
            return queue(store, title, now=datetime.now(UTC))
        finally:
            store.close()

    def state(self, number: int) -> MessageState:
        """What the store says of it."""
        store = open_store(self.database)
        try:
            with store.read() as view:
                message = view.message(number)
        finally:
            store.close()
        assert message is not None
        return message.state

    async def start(self, *options: str) -> asyncio.subprocess.Process:
        """A process that leads, and waits for `go`."""
        command = [sys.executable, "-m", "tests.torture.staller", "--database", self.database, "--api", self.api.base]
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, *options, stdin=pipe, stdout=pipe, stderr=pipe)
        self.running.append(process)
        assert process.stdout is not None
        async with asyncio.timeout(DEADLINE):
            while (line := await process.stdout.readline()) != b"leading\n":
                assert line, (await process.communicate())[1].decode()
        return process

    async def go(self, process: asyncio.subprocess.Process) -> None:
        """Let it deliver."""
        assert process.stdin is not None
        process.stdin.write(b"\n")
        await process.stdin.drain()

    async def end(self, process: asyncio.subprocess.Process) -> int:
        """Wait for its end; the exit code."""
        _, err = await asyncio.wait_for(process.communicate(), DEADLINE)
        assert b"Traceback" not in err, err.decode()
        assert process.returncode is not None
        return process.returncode

    def accepted(self, headline: str) -> int:
        """How often the double put it into the channel, by its own log."""
        return sum(message["text"].startswith(headline) for message in self.api.accepted)


async def stopped(process: asyncio.subprocess.Process) -> None:
    """Wait until the kernel says that it stands still."""
    either = os.WSTOPPED | os.WEXITED | os.WNOWAIT
    found = await asyncio.wait_for(asyncio.to_thread(os.waitid, os.P_PID, process.pid, either), DEADLINE)
    assert found is not None
    assert found.si_code == os.CLD_STOPPED, "it ended instead"


@contextlib.asynccontextmanager
async def staged(folder: Path, api: BotApiDouble) -> AsyncIterator[Stage]:
    """A fresh database; whatever still runs at the end is ended."""
    stage = Stage(folder, api)
    try:
        yield stage
    finally:
        for process in stage.running:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def take_over(stage: Stage, place: str, name: str, *options: str) -> tuple[int, bool]:
    """Stop a leader at the place, let another deliver, wake the first; its exit code, and whether it sent since.

    A second story is queued before it wakes up: there is something to send.
    """
    if place == "before look":
        stage.api.fault("sendMessage", "close")
    first = await stage.start("--stop", place, *options)
    number = stage.queue(f"{name} satu")
    await stage.go(first)
    await stopped(first)
    second = await stage.start()
    await stage.go(second)
    assert await stage.end(second) == 0
    assert stage.state(number) is MessageState.SENT
    stage.queue(f"{name} dua")
    calls = len(stage.api.calls)
    first.send_signal(signal.SIGCONT)
    code = await stage.end(first)
    return code, any(method == "sendMessage" for method, _, _ in stage.api.calls[calls:])


@pytest.mark.parametrize("place", PLACES if size_here().full else PLACES[::2])
async def test_after_a_takeover_the_stalled_one_sends_nothing(
    tmp_path: Path, api: BotApiDouble, place: str, size: Size, figures: Figures
) -> None:
    """Wherever it stood, it ends as replaced (exit 3) without a send, and the story stands once."""
    cycles = size.pick(quick=1, full=20)
    for number in range(cycles):
        async with staged(tmp_path / str(number), api) as stage:
            code, sent = await take_over(stage, place, f"Kabar {number}")
            assert (code, sent) == (3, False)
            assert (stage.accepted(f"Kabar {number} satu"), stage.accepted(f"Kabar {number} dua")) == (1, 0)
    assert api.texts(OPERATORS) == []
    figures.put(**{f"takeovers_{place.replace(' ', '_')}": cycles})


@pytest.mark.parametrize("place", PLACES[:3] if size_here().full else PLACES[1:2])
async def test_proof_without_the_fence_the_stalled_one_would_send(
    tmp_path: Path, api: BotApiDouble, place: str, figures: Figures
) -> None:
    """The same job with the protection switched off: it sends, and from behind the commit the story is doubled."""
    async with staged(tmp_path / "0", api) as stage:
        code, sent = await take_over(stage, place, "Kabar", "--unfenced")
        assert (code, sent) != (3, False)
        assert sent
        assert stage.accepted("Kabar satu") == (1 if place == "before commit" else 2)
    figures.put(**{f"unfenced_{place.replace(' ', '_')}": "sent"})


@pytest.mark.parametrize("fresh", [0.2, 3600.0], ids=["protected", "proof"])
async def test_what_was_committed_too_long_ago_is_looked_up_and_not_sent(
    tmp_path: Path, api: BotApiDouble, fresh: float
) -> None:
    """Nobody took over, but time passed between the commit and the call: it looks first, then sends, once.

    With the limit out of reach (the proof) the old request leaves without any look.
    """
    async with staged(tmp_path / "0", api) as stage:
        first = await stage.start("--stop", "after commit", "--fresh", str(fresh))
        number = stage.queue("Kabar")
        await stage.go(first)
        await stopped(first)
        await asyncio.sleep(0.3)  # this passing of time is the fault
        first.send_signal(signal.SIGCONT)
        assert await stage.end(first) == 0
        assert stage.state(number) is MessageState.SENT
        assert stage.accepted("Kabar") == 1
        methods = [method for method, _, _ in api.calls]
        assert ("forwardMessage" in methods) == (fresh < 1)
        assert methods[-1] == "sendMessage"
