"""The web of a soak: all its sources on loopback, healthy and faulty, by the simulated clock; and a log of who asked."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from datetime import datetime
from hashlib import blake2b
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.torture.newsmaker import feed
from tests.torture.soakplan import START, Plan

_XML = "application/rss+xml; charset=utf-8"
_ENTITIES = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;&a;">]><rss>&b;</rss>'
_CANNED: dict[str | None, tuple[bytes, int, dict[str, str]]] = {
    "broken": (b"<rss><channel><item><title>x</", 200, {"Content-Type": "text/xml"}),
    "gone": (b"", 410, {}),
    "refusing": (b"", 503, {"Retry-After": "7200"}),
    "bomb": (gzip.compress(bytes(64 * 2**20), 9), 200, {"Content-Encoding": "gzip", "Content-Type": _XML}),
    "entities": (_ENTITIES, 200, {"Content-Type": "text/xml"}),
    "page": (b"<html><body>Just a moment...</body></html>", 200, {"Content-Type": "text/html"}),
}


class SoakWeb:
    """Serves the plan at /{source}. `now` is set from outside; `asked` logs (simulated time, source)."""

    def __init__(self, plan: Plan) -> None:
        self.now = START
        self.asked: list[tuple[datetime, str]] = []
        self.unchanged = 0
        self.url = ""
        self._plan = plan
        self._faults = {source.id: source.fault for source in plan.sources}
        self._turns: dict[str, int] = {}
        self._over = asyncio.Event()
        app = web.Application()
        app.router.add_get("/{source}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        source = request.match_info["source"]
        self.asked.append((self.now, source))
        answer = await self._by_fault(request, source)
        self.unchanged += answer.status == 304
        return answer

    async def _by_fault(self, request: web.Request, source: str) -> web.StreamResponse:
        fault = self._faults.get(source)
        if fault in _CANNED:
            body, status, headers = _CANNED[fault]
            return web.Response(body=body, status=status, headers=headers)
        if fault == "drip":
            return await self._drip(request)
        if fault == "cut":
            return await self._cut(request)
        if fault == "slow":
            await self._linger(60)
        if fault == "circling":
            return web.Response(status=302, headers={"Location": f"/{source}"})
        if fault == "flapping":
            self._turns[source] = self._turns.get(source, 0) + 1
            if self._turns[source] % 2 == 0:
                return web.Response(status=500)
        return self._feed(request, source)

    def _feed(self, request: web.Request, source: str) -> web.Response:
        body = feed(self._plan.shown(source, self.now))
        tag = f'"{blake2b(body, digest_size=8).hexdigest()}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        return web.Response(body=body, headers={"ETag": tag, "Content-Type": _XML})

    async def _linger(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), seconds)

    async def _drip(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": _XML})
        await answer.prepare(request)
        with contextlib.suppress(ConnectionError):
            while not self._over.is_set():
                await answer.write(b"<")
                await self._linger(0.1)
        return answer

    async def _cut(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": _XML, "Content-Length": "100000"})
        await answer.prepare(request)
        await answer.write(b"<?xml version='1.0'?><rss>")
        assert request.transport is not None
        request.transport.abort()
        return answer
