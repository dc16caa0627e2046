"""Serve the console inside our own event loop: no signal handlers, no exit of its own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from ipaddress import ip_address

import uvicorn
from starlette.types import ASGIApp

from newsdesk.errors import ConfigError, Problem


def open_socket(host: str, port: int, token: str | None) -> socket.socket:
    """Listen at the address. Raises ConfigError when it is taken, or open to others without a token."""
    if token is None and not _loopback(host):
        raise ConfigError(
            [
                Problem(
                    ("LINTAS_WEB",),
                    f"the console at {host} would be open to everybody",
                    "set LINTAS_WEB_TOKEN, or listen on 127.0.0.1",
                )
            ]
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), port), family=family, backlog=64)
    except OSError as error:
        remedy = "choose another LINTAS_WEB=host:port, or off"
        raise ConfigError(
            [Problem(("LINTAS_WEB",), f"cannot listen at {host}:{port} ({error.strerror or error})", remedy)]
        ) from error


async def serve(app: ASGIApp, listening: socket.socket, stop: asyncio.Event) -> None:
    """Serve until `stop` is set; requests in hand may take three seconds more."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=3,
        timeout_keep_alive=10,
        limit_concurrency=100,
    )
    server = _Server(config)
    stopping = asyncio.create_task(_end(server, stop))
    try:
        await server.serve(sockets=[listening])
    finally:
        stopping.cancel()
        listening.close()


class _Server(uvicorn.Server):
    """Signals belong to the process, not to one of its servers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _end(server: uvicorn.Server, stop: asyncio.Event) -> None:
    await stop.wait()
    server.should_exit = True


def _loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.casefold() == "localhost"
