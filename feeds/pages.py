"""Articles' own pages: fetched politely where robots.txt allows it, and read in a child process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from feeds.fetch import Fetched, Fetcher, Want
from feeds.parse import Readers
from feeds.robots import Robots
from feeds.wire import Job, Task
from newsdesk.articles import PageLook
from newsdesk.errors import FetchError, SourceError
from newsdesk.identity import is_front_page

PAUSE = 2.0
"""Seconds between two pages of one host, at least."""
LONGEST_PAUSE = 30.0
"""Seconds that a Crawl-delay may ask for; a host that wants more is not read, for a poll must end."""
PAGE_BYTES = 2 * 1024 * 1024
"""A page that is larger, on the wire or inflated, is not read."""
_ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
_HTML = ("text/html", "application/xhtml+xml", "")


@dataclass(slots=True)
class _Host:
    """One host's turn: who may ask now, whether there was a page before, and a rest that it asked for."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    used: bool = False
    rests_until: datetime | None = None


class PageReader:
    """The port `Pages` over a fetcher and reading processes that somebody else opened."""

    def __init__(
        self, fetcher: Fetcher, readers: Readers, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._fetcher = fetcher
        self._readers = readers
        self._robots = Robots(fetcher)
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}  # as many as there are outlets

    async def look(self, url: str, now: datetime) -> PageLook:
        """The text of one page; pages of one host come one after another, with a pause between them."""
        try:
            host = self._hosts.setdefault(_host_of(url), _Host())
            async with host.turn:
                return PageLook(status="read", at=now, text=await self._read(host, url, now))
        except SourceError as error:
            return PageLook(status=error.status, at=now, reason=error.reason)

    async def _read(self, host: _Host, url: str, now: datetime) -> str:
        """The text, when everything allows it. Raises SourceError."""
        if host.rests_until is not None and now < host.rests_until:
            raise FetchError("resting", f"the host asked for a rest until {host.rests_until:%Y-%m-%d %H:%M} UTC")
        await self._wait_for_turn(host, url, now)
        try:
            fetched = await self._fetcher.fetch(url, now=now, want=self._want(now))
        except FetchError as error:
            if error.retry_after is not None:
                host.rests_until = now + error.retry_after
            raise
        _check_page(fetched)
        text = (await self._readers.read(_job(fetched, now), fetched.body)).text
        if not text:
            raise SourceError("no-text", "no article was found on the page")
        return text

    async def _wait_for_turn(self, host: _Host, url: str, now: datetime) -> None:
        """Ask robots.txt, and pause when there was a page before. Raises FetchError `robots`."""
        leave = await self._robots.leave(url, now)
        if leave.refusal:  # the fetcher asks again, for the address as it spells it and for every redirect
            raise FetchError("robots", leave.refusal)
        if leave.delay > LONGEST_PAUSE:
            reason = f"robots.txt asks for {leave.delay:g} s between two pages; we wait {LONGEST_PAUSE:g} s at most"
            raise FetchError("robots", reason)
        if host.used:
            await self._sleep(max(PAUSE, leave.delay))
        host.used = True

    def _want(self, now: datetime) -> Want:
        async def barred(url: str) -> str:
            return (await self._robots.leave(url, now)).refusal

        return Want(accept=_ACCEPT, most=PAGE_BYTES, barred=barred)


def _host_of(url: str) -> str:
    """Whose turn it is: with and without "www." is one host, whatever the port. Raises FetchError for no address."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError as error:
        raise FetchError("blocked", "the article's address is none") from error
    return host.removeprefix("www.")


def _check_page(fetched: Fetched) -> None:
    """Whether what came may be the article. Raises SourceError."""
    kind = fetched.content_type.partition(";")[0].strip().lower()
    if kind not in _HTML:
        raise SourceError("not-a-page", f"it is {kind}, not a page")
    if is_front_page(fetched.url):  # where taken-down articles lead; its teasers are of other stories
        raise SourceError("not-a-page", "it leads to the outlet's front page")


def _job(fetched: Fetched, now: datetime) -> Job:
    return Job(
        task=Task.PAGE,
        url=fetched.url,
        name="",
        zone="UTC",
        language="id",
        now=now,
        content_type=fetched.content_type,
    )
