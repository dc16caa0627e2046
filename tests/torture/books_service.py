"""A running service whose log is read as it comes, with the Bot API double as its operators' chat."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from tests.doubles.botapi import OPERATORS, TOKEN, BotApiDouble
from tests.newdb import lay_database

LINTAS = Path(sys.executable).with_name("lintas")


def environment(api: BotApiDouble) -> dict[str, str]:
    """What a service needs to reach the doubles, and nothing else of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LINTAS_")}
    return kept | {
        "LINTAS_TELEGRAM_TOKEN": TOKEN,
        "LINTAS_TELEGRAM_API": api.base,
        "LINTAS_OPERATORS_CHAT": str(OPERATORS),
        "LINTAS_ALLOW_NETWORKS": "127.0.0.0/8",
        "LINTAS_SETTLE": "0",
        "LINTAS_WEB": "off",
    }


class Running:
    """The service and its log so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.log = ""

    async def until(self, words: str, seconds: float = 30) -> None:
        """Read the log until the words stand in it; fails when they do not come in time."""
        assert self.process.stderr is not None
        async with asyncio.timeout(seconds):
            while words not in self.log:
                more = await self.process.stderr.read(4096)
                assert more, f"the service ended before {words!r}:\n{self.log}"
                self.log += more.decode()

    async def end(self) -> int:
        """Ask it to end; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        _, rest = await asyncio.wait_for(self.process.communicate(), 30)
        self.log += rest.decode()
        assert self.process.returncode is not None
        return self.process.returncode


@contextlib.asynccontextmanager
async def serving(folder: Path, api: BotApiDouble) -> AsyncIterator[Running]:
    """`lintas run` in this folder, gone when the block ends."""
    lay_database(folder)
    process = await asyncio.create_subprocess_exec(
        LINTAS,
        "run",
        cwd=folder,
        env=environment(api),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    running = Running(process)
    try:
        yield running
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def command(folder: Path, api: BotApiDouble, *arguments: str) -> tuple[int, str, str]:
    """Another command beside the service: exit code, stdout, stderr."""
    process = await asyncio.create_subprocess_exec(
        LINTAS,
        *arguments,
        cwd=folder,
        env=environment(api),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()
