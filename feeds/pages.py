"""Articles' own pages: fetched politely where robots.txt allows it, and read in a child process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from urllib.parse import urlsplit

from feeds.fetch import Fetcher
from feeds.parse import Readers
from feeds.robots import Robots
from feeds.wire import Job, Task
from newsdesk.articles import PageLook
from newsdesk.errors import SourceError

PAUSE = 2.0
"""Seconds between two pages of one host."""
_HTML = ("text/html", "application/xhtml+xml", "")


class PageReader:
    """The port `Pages` over a fetcher and reading processes that somebody else opened."""

    def __init__(
        self, fetcher: Fetcher, readers: Readers, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._fetcher = fetcher
        self._readers = readers
        self._robots = Robots(fetcher)
        self._sleep = sleep
        self._hosts: dict[str, _Queue] = {}  # as many as there are outlets

    async def look(self, url: str, now: datetime) -> PageLook:
        """The text of one page; pages of one host come one after another, with a pause between them."""
        host = urlsplit(url).netloc
        queue = self._hosts.setdefault(host, _Queue())
        async with queue.lock:
            refusal = await self._robots.refusal(url, now)
            if refusal:
                return PageLook(status="robots", at=now, reason=refusal)
            if queue.used:
                await self._sleep(PAUSE)
            queue.used = True
            try:
                return PageLook(status="read", at=now, text=await self._read(url, now))
            except SourceError as error:
                return PageLook(status=error.status, at=now, reason=error.reason)

    async def _read(self, url: str, now: datetime) -> str:
        fetched = await self._fetcher.fetch(url, now=now)
        kind = fetched.content_type.partition(";")[0].strip().lower()
        if kind not in _HTML:
            raise SourceError("not-a-page", f"it is {kind}, not a page")
        job = Job(
            task=Task.PAGE,
            url=fetched.url,
            name="",
            zone="UTC",
            language="id",
            now=now,
            content_type=fetched.content_type,
        )
        text = (await self._readers.read(job, fetched.body)).text
        if not text:
            raise SourceError("no-text", "no article was found on the page")
        return text


class _Queue:
    """One host's turn."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.used = False
