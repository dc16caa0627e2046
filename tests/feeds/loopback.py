"""A real HTTP server on the loopback interface whose every byte a test decides, faults included."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from feeds.policy import FetchPolicy

ALLOWED = ("127.0.0.0/8",)


def policy(**limits: object) -> FetchPolicy:
    """The policy of the tests: loopback allowed, otherwise the real limits unless named."""
    return FetchPolicy(**({"user_agent": "LintasLayar/test (+ops@example.org)", "allow_networks": ALLOWED} | limits))  # type: ignore[arg-type]


@dataclass(slots=True)
class Request:
    """One request as it came in; header names in lower case."""

    path: str
    headers: dict[str, str]


Script = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Loopback:
    """A running server and what it has seen."""

    port: int
    scheme: str = "http"
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    def url(self, path: str = "/feed.xml", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"


def answer(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """A whole response; `Content_Length` and the like may be given to lie."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named.setdefault("Content-Length", str(len(body)))
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items() if value != "-")
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode("latin-1") + body


def always(*parts: bytes) -> Script:
    """A script that writes the same bytes to everybody."""

    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()

    return script


def by_path(**answers: bytes) -> Script:
    """A script that answers `/name` with the bytes of that name."""

    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(answers.get(request.path.strip("/"), answer(status="404 Not Found")))

    return script


def then_silence(*parts: bytes) -> Script:
    """A script that writes and then neither goes on nor hangs up."""

    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        await always(*parts)(request, writer)
        await asyncio.Event().wait()

    return script


def endless(part: bytes, first: bytes = b"") -> Script:
    """A script that writes the same part until the other side hangs up."""

    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while True:
            writer.write(part)
            await writer.drain()

    return script


@asynccontextmanager
async def loopback(script: Script, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Loopback]:
    """Serve `script` on a free port of 127.0.0.1 for as long as the block lasts."""
    served = Loopback(0, "https" if tls else "http")
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        served.connections += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
                request = Request(head[0].split(" ")[1], headers)
                served.requests.append(request)
                await script(request, writer)
        finally:
            tasks.discard(task)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
