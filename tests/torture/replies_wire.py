"""Every way in which a call of the Bot API can be answered, or not, over a real connection."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.doubles.botapi import BotApiDouble

LATE = 0.12
"""Seconds that the publisher under test waits for an answer: so that the rows without one stay quick."""
NEVER_LEFT = ("refused", "silent", "busy", "plaintext", "untrusted")
"""Ways without a connection: nobody listens, nobody answers the knock, all connections are in use, TLS fails."""


@dataclass(frozen=True)
class Reply:
    """One answer. `does`: the call is carried out before. `way` says how it is answered (see `Replying`)."""

    way: str = "json"
    does: bool = False
    code: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


def refusal(code: int, description: str, **parameters: Any) -> Reply:
    """Telegram's own way to say no."""
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    return Reply(code=code, body={**body, "parameters": parameters} if parameters else body)


class Replying(BotApiDouble):
    """A double whose next answers to a method are scripted.

    Ways: `json` and `text` (the body as it is), `true` (the real answer), `slow` (the real answer, byte by byte),
    `cut` (the beginning of the real answer, then the end of the connection), `raw` (these bytes and the end),
    `end` and `reset` (no answer), `late` (none in time). Those of NEVER_LEFT never get here: the caller leads them
    elsewhere.
    """

    def __init__(self, token: str) -> None:
        super().__init__(token)
        self.replies: dict[str, deque[Reply]] = defaultdict(deque)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """As scripted, or as usual."""
        method = request.match_info["method"]
        if not self.replies[method]:
            return await super().serve(request)
        reply = self.replies[method].popleft()
        fields = await self._fields(request)
        result = await self._perform(method, fields) if reply.does else None
        await self._note(method, fields, f"scripted {reply.way} {reply.code}")
        real = json.dumps({"ok": True, "result": result}).encode()
        if reply.way == "json":
            return web.json_response(reply.body, status=reply.code, headers=reply.headers)
        if reply.way == "text":
            body = reply.body.encode() if isinstance(reply.body, str) else reply.body
            return web.Response(body=body, status=reply.code, headers={"Content-Type": "text/html", **reply.headers})
        if reply.way == "true":
            return web.Response(body=real, content_type="application/json")
        if reply.way == "slow":
            return await _drip(request, real)
        if reply.way == "late":
            await asyncio.sleep(LATE * 2)
            return web.Response(body=real, content_type="application/json")
        return _bare(request, reply, real)


async def _drip(request: web.Request, real: bytes) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(real))})
    await response.prepare(request)
    step = -(-len(real) // 8)
    for start in range(0, len(real), step):
        await response.write(real[start : start + step])
        await asyncio.sleep(LATE / 6)
    return response


def _bare(request: web.Request, reply: Reply, real: bytes) -> web.StreamResponse:
    """Past the server: bytes on the connection, and its end."""
    transport = request.transport
    assert transport is not None
    if reply.way == "reset":
        peer: socket.socket = transport.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
        return web.Response()
    if reply.way == "cut":
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(real)}\r\n\r\n".encode()
        transport.write(head + real[: len(real) // 2])
    elif reply.way == "raw":
        transport.write(reply.body)
    transport.close()
    return web.Response()
