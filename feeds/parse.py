"""Parsing in processes that can be killed: the parent's side. Knows no parser, so the parent stays small."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import feeds
from feeds.policy import ReadLimits
from feeds.wire import Job, Reading, pack_job, read_head, unpack_answer
from newsdesk.errors import ParseError

_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "VIRTUAL_ENV", "SYSTEMROOT", "PYTHONPATH", "PYTHONHOME", "TZDIR")
"""The child gets no other variable: tokens and database addresses are none of its business."""


class Readers:
    """A few parsing processes, started when first needed. An async context manager that ends them.

    A body that takes long is set aside: its process goes on, and its place is free for the next body.
    So hostile feeds delay each other and themselves, not the healthy ones.
    """

    def __init__(self, limits: ReadLimits) -> None:
        self._limits = limits
        self._free: list[_Child] = []
        self._places = asyncio.Semaphore(limits.children)
        self._aside = 0

    async def __aenter__(self) -> Readers:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._free:
            await self._free.pop().end()

    async def read(self, job: Job, body: bytes) -> Reading:
        """Read a body in a child process. Raises ParseError, also when the child had to be killed."""
        async with self._place(), self._child() as child:
            return unpack_answer(await child.ask(job, body))

    @contextlib.asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """Wait for a place and hold it until it is needed no more, or given to others because the work takes long."""
        place = _Place()
        await self._places.acquire()
        watch = asyncio.create_task(self._set_aside(place))
        try:
            yield
        finally:
            watch.cancel()
            if place.aside:
                self._aside -= 1
            else:
                self._places.release()

    async def _set_aside(self, place: _Place) -> None:
        """Give the place to others once its work takes long and there is room aside."""
        while not place.aside:
            await asyncio.sleep(self._limits.aside_after_seconds)
            if self._aside < self._limits.aside:
                self._aside += 1
                place.aside = True
                self._places.release()

    @contextlib.asynccontextmanager
    async def _child(self) -> AsyncIterator[_Child]:
        """The child used last (so that one is enough for a quiet service), or a new one; kept while it is fit."""
        child = self._free.pop() if self._free else await _Child.start(self._limits)
        try:
            yield child
        finally:
            if child.fit and len(self._free) < self._limits.children:
                self._free.append(child)
            else:
                await child.end()


@dataclass(slots=True)
class _Place:
    """Where one body is read; `aside` when it counts no more among the places."""

    aside: bool = False


class _Child:
    """One parsing process."""

    def __init__(self, process: asyncio.subprocess.Process, limits: ReadLimits) -> None:
        self._process = process
        self._limits = limits
        self._jobs = 0
        self._leaving = False
        self.fit = True
        """Whether it may get another job: alive, in step with us, and not too old."""

    @classmethod
    async def start(cls, limits: ReadLimits) -> _Child:
        """A fresh process."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-X", "utf8", "-m", "feeds.child"),
            *(str(os.getpid()), str(limits.memory_bytes), str(limits.cpu_seconds)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=_environment(),
        )
        return cls(process, limits)

    async def ask(self, job: Job, body: bytes) -> bytes:
        """Send one job and wait for its answer. Raises ParseError when the child dies or takes too long."""
        self._jobs += 1
        self.fit = False  # until the answer has come whole; a cancelled wait leaves the child out of step
        try:
            async with asyncio.timeout(self._limits.wall_seconds):
                answer = await self._exchange(job, body)
        except TimeoutError as error:
            seconds = self._limits.wall_seconds
            raise ParseError("parse-timeout", f"reading it took longer than {seconds:g} s; it was given up") from error
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError) as error:
            raise ParseError(*await self._cause_of_death()) from error
        self.fit = self._jobs < self._limits.feeds_per_child and not self._leaving
        return answer

    async def _exchange(self, job: Job, body: bytes) -> bytes:
        """Write the job, read the answer."""
        to_child, from_child = self._process.stdin, self._process.stdout
        assert to_child is not None
        assert from_child is not None
        to_child.write(pack_job(job, len(body)))
        to_child.write(body)
        await to_child.drain()
        size, self._leaving = read_head(await from_child.readuntil(b"\n"))
        if size > self._limits.answer_bytes:
            raise ParseError("parse", f"the reading process answered with {size:,} bytes")
        return await from_child.readexactly(size)

    async def _cause_of_death(self) -> tuple[str, str]:
        """Status and reason for a child that ended without an answer."""
        code = await self._process.wait()
        if -code == signal.SIGXCPU:
            seconds = self._limits.cpu_seconds
            return "parse-timeout", f"reading it took more than {seconds} s of computing; it was given up"
        return "parse", f"the reading process died over it (exit {code})"

    async def end(self) -> None:
        """Kill it and collect it; it has nothing to finish."""
        self.fit = False
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()
        transport = getattr(self._process, "_transport", None)
        if transport is not None:
            transport.close()


def _environment() -> dict[str, str]:
    """The child's environment, in which it finds this very package."""
    environment = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    root = str(Path(feeds.__file__).resolve().parent.parent)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (root, environment.get("PYTHONPATH"))))
    return environment
