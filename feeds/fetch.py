"""The one way to the web: a guarded, bounded GET. The only file that knows the HTTP client (aiohttp).

Why not simply ``session.get``: redirects are followed by hand, because each hop is judged anew; the body is taken
raw and inflated here with a cap, because a client that inflates by itself turns 64 KiB into 64 MiB in one call; and
every address is judged when its socket is made, because only then is it certain which one it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
import threading
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from feeds.guard import Guard, Refused
from feeds.policy import FetchPolicy
from newsdesk.errors import FetchError

Names = Callable[[str, int, socket.AddressFamily], list[ResolveResult]]
"""A name service: host, port and family to addresses. Called in a thread, so it may block."""

_ACCEPT: Final = "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))
_PERMANENT: Final = frozenset((301, 308))
_GZIP_MAGIC: Final = b"\x1f\x8b"
_PIECE: Final = 64 * 1024
_MEMBERS: Final = 100
"""Gzip streams in one body; servers that join files make a few, and each costs more time than its bytes."""
_RETRY_LEAST, _RETRY_MOST = timedelta(minutes=1), timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a server answered: the inflated body, or `not_modified`.

    `url` is where it came from in the end; `moved_to` is set when every hop there was a permanent redirect.
    """

    url: str
    body: bytes = b""
    not_modified: bool = False
    etag: str | None = None
    last_modified: str | None = None
    content_type: str = ""
    retry_after: timedelta | None = None
    moved_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What kind of answer is wanted; the defaults are those of a feed.

    `most` is bytes, on the wire and inflated, where that is less than the policy's. `barred` is asked before each
    request, redirects included, with the address just as it will be asked: why it may not be, "" when it may.
    """

    accept: str = _ACCEPT
    most: int | None = None
    barred: Callable[[str], Awaitable[str]] | None = None


FEED: Final = Want()


@dataclass(frozen=True, slots=True)
class _Ask:
    """One question for all its hops: validators as headers, and what is wanted."""

    conditions: dict[str, str]
    want: Want

    @property
    def headers(self) -> dict[str, str]:
        """What the request says beside what every request says."""
        return {"Accept": self.want.accept, **self.conditions}

    def within(self, limit: int) -> int:
        """The policy's limit, or the narrower one that was asked for."""
        return limit if self.want.most is None else min(limit, self.want.most)

    async def check(self, url: URL, *, redirected: bool) -> None:
        """Whether this address may be asked. Raises FetchError."""
        refusal = await self.want.barred(str(url)) if self.want.barred is not None else ""
        if refusal:
            raise FetchError("robots", f"it redirects to {_short(str(url))}: {refusal}" if redirected else refusal)


@dataclass(slots=True)
class _Budget:
    """Seconds left for one fetch; only time spent at work counts."""

    left: float

    @contextlib.asynccontextmanager
    async def spend(self) -> AsyncIterator[None]:
        """Run the block within what is left. Raises TimeoutError when that is used up."""
        clock = asyncio.get_running_loop().time
        start = clock()
        try:
            async with asyncio.timeout(max(self.left, 0.0)):
                yield
        finally:
            self.left -= clock() - start


class _Lanes:
    """At most so many requests at a time, overall and for each host and port."""

    def __init__(self, per_host: int, at_once: int) -> None:
        self._per_host = per_host
        self._all = asyncio.Semaphore(at_once)
        self._hosts: dict[tuple[str, int], tuple[asyncio.Semaphore, int]] = {}

    @contextlib.asynccontextmanager
    async def lane(self, host: str, port: int) -> AsyncIterator[None]:
        """Wait for a lane and hold it. The host's comes first, so that a slow host never fills the common ones."""
        key = (host, port)
        semaphore, users = self._hosts.get(key, (asyncio.Semaphore(self._per_host), 0))
        self._hosts[key] = (semaphore, users + 1)
        try:
            async with semaphore, self._all:
                yield
        finally:
            semaphore, users = self._hosts.pop(key)
            if users > 1:
                self._hosts[key] = (semaphore, users - 1)


class _GuardedResolver(AbstractResolver):
    """Names to addresses, without the addresses that may not be connected to.

    Each lookup has a thread of its own, which is left to itself when no answer comes in time: a name server that keeps
    silent holds it for half a minute. A pool would be full of such threads, so that names which are known would not be
    found either, and the process would wait for them before it ends.
    """

    def __init__(self, guard: Guard, names: Names, seconds: float, most: int) -> None:
        self._guard = guard
        self._names = names
        self._seconds = seconds
        self._free = most

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses that may be connected to. Raises Refused when there are only others, OSError for none."""
        try:
            async with asyncio.timeout(self._seconds):
                found = await self._look_up(host, port, family)
        except TimeoutError as error:
            raise OSError(None, f"no answer within {self._seconds:g} s") from error
        if not found:
            raise OSError(None, "it has no address")
        usable = [result for result in found if not self._guard.refusal(result["host"], port)]
        if not usable:
            raise Refused(self._guard.refusal(found[0]["host"], port))
        return usable

    async def _look_up(self, host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
        if self._free <= 0:
            raise OSError(None, "too many names wait for an answer already")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[ResolveResult]] = loop.create_future()

        def give(found: list[ResolveResult] | None, error: Exception | None) -> None:
            self._free += 1
            if answer.done():
                return  # nobody waits for it any more
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(found or [])

        def ask() -> None:
            found, failure = None, None
            try:
                found = self._names(host, port, family)
            except Exception as error:  # noqa: BLE001 (handed to whoever asked)
                failure = error
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(give, found, failure)

        self._free -= 1
        threading.Thread(target=ask, name=f"dns {host}"[:40], daemon=True).start()
        return await answer

    async def close(self) -> None:
        """Nothing to do: lookups without an answer end with the process."""


def look_up(host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
    """`getaddrinfo` in the client's shape. Raises OSError for a name that nobody knows."""
    results = []
    for kind, _, protocol, _, address in socket.getaddrinfo(host, port, family, socket.SOCK_STREAM):
        results.append(
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=int(address[1]),
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
        )
    return results


class Fetcher:
    """Fetches whole bodies under one policy. An async context manager; nothing is opened before it is entered.

    `tls` stands in for the system's trust, `names` for its name service (tests have their own of both).
    """

    def __init__(self, policy: FetchPolicy, *, tls: ssl.SSLContext | None = None, names: Names = look_up) -> None:
        self._policy = policy
        self._guard = Guard.of(policy.allow_networks, policy.ports)
        self._tls = tls
        self._names = names
        self._lanes = _Lanes(policy.per_host, policy.at_once)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Fetcher:
        policy = self._policy
        connector = aiohttp.TCPConnector(
            resolver=_GuardedResolver(self._guard, self._names, policy.connect_seconds, policy.lookups),
            socket_factory=self._socket,
            # Kept connections to a thousand hosts cost 300 MiB and save nothing at one request per poll.
            force_close=True,
            limit=0,
            use_dns_cache=False,
            ssl=self._tls if self._tls is not None else True,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            trust_env=False,  # a proxy would connect for us, past the guard
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=None,
                sock_connect=policy.connect_seconds,
                connect=2 * policy.connect_seconds,  # with the name; without it, each address would have its own time
            ),
            headers={"User-Agent": policy.user_agent, "Accept": _ACCEPT, "Accept-Encoding": "gzip"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _socket(self, info: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
        """A socket for one address, unless it may not be connected to: the last word before anything leaves."""
        family, kind, protocol, _, address = info
        self._guard.check(str(address[0]), int(str(address[1])))
        return socket.socket(family, kind, protocol)

    async def fetch(
        self,
        url: str,
        *,
        now: datetime,
        etag: str | None = None,
        last_modified: str | None = None,
        want: Want = FEED,
    ) -> Fetched:
        """GET `url`, following at most `policy.redirects` redirects, within `policy.total_seconds`.

        Raises FetchError with status `dns`, `connect`, `tls`, `timeout`, `http`, `gone`, `too-large`, `encoding`, `redirect`,
        `robots` (what `want.barred` bars), or `blocked` (an address that may not be
        connected to, or a server that refuses us).
        """
        budget = _Budget(self._policy.total_seconds)
        ask = _Ask(_conditions(etag, last_modified), want)
        here, permanent, seen = _address(url), True, set[str]()
        for _ in range(self._policy.redirects + 1):
            if str(here) in seen:
                raise FetchError("redirect", f"the redirects go round in a circle at {here}")
            await ask.check(here, redirected=bool(seen))
            seen.add(str(here))
            answer = await self._hop(here, ask, budget, now)
            if isinstance(answer, Fetched):
                return answer if not (len(seen) > 1 and permanent) else _moved(answer)
            permanent = permanent and answer.permanent
            here = _next(here, answer.location)
        raise FetchError("redirect", f"more than {self._policy.redirects} redirects; the last one led to {here}")

    async def _hop(self, url: URL, ask: _Ask, budget: _Budget, now: datetime) -> Fetched | _Redirect:
        """One request in its lane, with the client's errors translated."""
        if self._session is None:
            raise RuntimeError("the Fetcher has to be entered first (async with)")
        self._refuse_numeric(url)
        async with self._lanes.lane(url.host or "", url.port or 0):
            try:
                async with (
                    budget.spend(),
                    self._session.get(url, headers=ask.headers, allow_redirects=False) as response,
                ):
                    return await self._answer(response, url, ask, now)
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                raise self._translate(error, url) from error

    def _refuse_numeric(self, url: URL) -> None:
        """Judge hosts that are addresses in any of C's spellings (``0x7f.1``, ``2130706433``) before asking anyone.

        The socket is judged all the same; this only gives one clear answer for what clients treat differently.
        """
        host = (url.host or "").strip("[]")
        try:
            numeric = socket.inet_ntoa(socket.inet_aton(host)) if ":" not in host else host
        except OSError:
            return
        reason = self._guard.refusal(numeric, url.port or 0)
        if reason:
            raise FetchError("blocked", reason)

    async def _answer(
        self, response: aiohttp.ClientResponse, url: URL, ask: _Ask, now: datetime
    ) -> Fetched | _Redirect:
        """What one response means."""
        status = response.status
        if status in _REDIRECTS:
            return _Redirect(response.headers.get("Location", ""), status in _PERMANENT)
        retry_after = parse_retry_after(response.headers.get("Retry-After", ""), now)
        if status == 304 and ask.conditions:
            return Fetched(url=str(url), not_modified=True, retry_after=retry_after)
        if status != 200:
            raise _refused_by_server(status, response.reason or "", retry_after)
        return Fetched(
            url=str(url),
            body=await self._body(response, ask),
            etag=response.headers.get("ETag"),
            last_modified=response.headers.get("Last-Modified"),
            content_type=response.headers.get("Content-Type", ""),
            retry_after=retry_after,
        )

    async def _body(self, response: aiohttp.ClientResponse, ask: _Ask) -> bytes:
        """The whole body, inflated, within both caps."""
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise FetchError("encoding", f"unsupported encoding {encoding!r}; only gzip was asked for")
        cap, inflated = ask.within(self._policy.wire_bytes), ask.within(self._policy.inflated_bytes)
        if (response.content_length or 0) > cap:
            raise FetchError("too-large", f"the server announces more than {cap:,} bytes")
        taken = bytearray()  # not a list of parts: many small ones take more room, and leave holes in memory
        async for part in response.content.iter_any():
            if len(taken) + len(part) > cap:
                raise FetchError("too-large", f"the answer is larger than {cap:,} bytes")
            taken += part
        body = bytes(taken)
        del taken
        if encoding.endswith("gzip"):
            body = inflate(body, inflated)
            if body.startswith(_GZIP_MAGIC):
                raise FetchError("encoding", "gzip inside gzip")
        elif body.startswith(_GZIP_MAGIC):  # a file such as sitemap.xml.gz
            body = inflate(body, inflated)
        return body

    def _translate(self, error: Exception, url: URL) -> FetchError:
        """The client's error as ours, with a sentence that says what to think of it."""
        refused = _refusal_in(error)
        if refused is not None:
            return FetchError("blocked", refused.reason)
        status, sentence = next((said for kind, said in _MEANINGS if isinstance(error, kind)), _UNFORESEEN)
        words = {
            "name": url.host,
            "host": f"{url.host}:{url.port}",
            "url": _short(str(url)),
            "why": _why(error),
            "connect": f"{self._policy.connect_seconds:g} s",
            "total": f"{self._policy.total_seconds:g} s",
        }
        return FetchError(status, sentence.format_map(words))


# What the client's errors mean, the special ones before the general ones.
_MEANINGS: Final[tuple[tuple[type[Exception], tuple[str, str]], ...]] = (
    (aiohttp.ClientConnectorDNSError, ("dns", "the name {name} cannot be resolved ({why})")),
    (aiohttp.ConnectionTimeoutError, ("timeout", "no connection to {host}: nobody answers within {connect}")),
    (TimeoutError, ("timeout", "no whole answer within {total}")),
    (aiohttp.ClientConnectorCertificateError, ("tls", "the certificate of {name} is not valid ({why})")),
    (aiohttp.ClientSSLError, ("tls", "no secure connection to {host} could be agreed ({why})")),
    (ssl.SSLError, ("tls", "the secure connection to {host} broke ({why})")),
    (aiohttp.ClientConnectorError, ("connect", "{host} does not take the connection ({why})")),
    (aiohttp.ClientResponseError, ("http", "the answer is not valid HTTP ({why})")),
    (aiohttp.ClientPayloadError, ("connect", "the connection broke before the whole answer had come")),
    (aiohttp.ServerDisconnectedError, ("connect", "{host} closed the connection without an answer")),
    (ValueError, ("http", "{url} is not an address that can be asked")),
)
_UNFORESEEN: Final = ("connect", "the connection to {host} failed ({why})")


@dataclass(frozen=True, slots=True)
class _Redirect:
    """Where a server sends us."""

    location: str
    permanent: bool


def _address(url: str) -> URL:
    """The URL, when it is one that may be asked at all. Raises FetchError otherwise."""
    try:
        parsed = URL(url.strip()).with_fragment(None)
        host, port = parsed.host, parsed.port
        str(parsed)  # some broken hosts and ports show themselves only when they are written out
    except ValueError as error:
        raise FetchError("blocked", f"{_short(url)} is not an address") from error
    if parsed.scheme not in ("http", "https"):
        raise FetchError("blocked", f"only http and https are fetched, not {parsed.scheme or 'a bare text'}")
    if not host or not port:
        raise FetchError("blocked", f"{_short(url)} names no host")
    if parsed.user is not None or parsed.password is not None:
        raise FetchError("blocked", "the address carries a user name or password")
    return parsed


def _next(here: URL, location: str) -> URL:
    """Where a redirect leads, when it may be followed. Raises FetchError otherwise."""
    if not location:
        raise FetchError("redirect", f"{here.host} redirects without saying where")
    try:
        target = here.join(URL(location.strip()))
        words = str(target)
    except ValueError as error:
        raise FetchError("redirect", f"the redirect to {_short(location)} is not an address") from error
    if target.scheme not in ("http", "https"):
        raise FetchError("redirect", f"the redirect leads to {target.scheme}:, only http and https are fetched")
    if here.scheme == "https" and target.scheme == "http":
        raise FetchError("redirect", f"the redirect leads from https to plain http ({_short(words)})")
    return _address(words)


def _moved(answer: Fetched) -> Fetched:
    """The answer with the note that its address has changed for good."""
    return Fetched(
        url=answer.url,
        body=answer.body,
        not_modified=answer.not_modified,
        etag=answer.etag,
        last_modified=answer.last_modified,
        content_type=answer.content_type,
        retry_after=answer.retry_after,
        moved_to=answer.url,
    )


def _conditions(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """The validators as headers; one that could split a header is left out."""
    pairs = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {name: value for name, value in pairs.items() if value and value.isprintable() and len(value) < 1000}


def _refused_by_server(status: int, words: str, retry_after: timedelta | None) -> FetchError:
    """The error for an answer that is not 200. "Blocked here" is told apart from "dead"."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = _short(words)
    reason = f"{status} {phrase}".strip()
    if status in (401, 403, 451):
        return FetchError("blocked", f"{reason}: the outlet refuses us here; elsewhere it may answer", retry_after)
    if status == 410:
        return FetchError("gone", f"{reason}: taken away for good; remove or replace the source", retry_after)
    return FetchError("http", reason, retry_after)


def parse_retry_after(text: str, now: datetime) -> timedelta | None:
    """``Retry-After`` (seconds or a date, RFC 9110 §10.2.3), held between a minute and a day; None without one."""
    text = text.strip()
    if not text:
        return None
    if re.fullmatch(r"\d{1,12}", text):
        asked = timedelta(seconds=min(int(text), int(_RETRY_MOST.total_seconds())))
    else:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, TypeError, OverflowError):
            return None
        asked = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    return min(max(asked, _RETRY_LEAST), _RETRY_MOST)


def inflate(data: bytes, cap: int) -> bytes:
    """A gzip body inflated (several members too), never making more than `cap` bytes.

    Raises FetchError `too-large` beyond it, `encoding` for a broken or cut stream, or one of very many members.
    """
    out = bytearray()
    members = 0
    stream = zlib.decompressobj(wbits=31)
    rest = memoryview(data)
    # Fed piece by piece: what a member leaves over is copied, and must not be the whole body every time.
    while rest:
        piece, rest = bytes(rest[:_PIECE]), rest[_PIECE:]
        while piece:
            if stream.eof:
                if not piece.startswith(_GZIP_MAGIC[: len(piece)]):
                    return bytes(out)  # padding behind the last member
                members += 1
                stream = zlib.decompressobj(wbits=31)
            try:
                out += stream.decompress(piece, cap + 1 - len(out))
            except zlib.error as error:
                raise FetchError("encoding", f"the gzip stream is broken ({error})") from error
            if len(out) > cap:
                raise FetchError("too-large", f"the answer inflates to more than {cap:,} bytes")
            if members > _MEMBERS:
                raise FetchError("encoding", f"more than {_MEMBERS} gzip streams in a row")
            piece = stream.unused_data if stream.eof else stream.unconsumed_tail
    if not stream.eof:
        raise FetchError("encoding", "the gzip stream ends too early")
    return bytes(out)


def _refusal_in(error: BaseException | None) -> Refused | None:
    """Our own refusal, wherever the client put it."""
    for _ in range(6):
        if error is None or isinstance(error, Refused):
            return error
        inner = getattr(error, "os_error", None)
        error = inner if isinstance(inner, Refused) else (error.__cause__ or error.__context__)
    return None


def _why(error: BaseException) -> str:
    """The words of the innermost error, short."""
    inner = getattr(error, "os_error", None) or getattr(error, "certificate_error", None) or error
    words = getattr(inner, "strerror", None) or getattr(inner, "message", None) or str(inner)
    return _short(words or type(inner).__name__)


def _short(text: str) -> str:
    """A text from outside, fit for one line of a log."""
    plain = "".join(c for c in str(text) if c.isprintable())
    return plain if len(plain) <= 120 else plain[:119] + "…"
