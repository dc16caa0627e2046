"""The gateway: looks at a source on the web and says what it holds. What bot/ gets of this room."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Iterable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from pyexpat import EXPAT_VERSION
from types import ModuleType, TracebackType

import feeds
import newsdesk
from feeds.fetch import Fetched, Fetcher
from feeds.pages import PageReader
from feeds.parse import Readers
from feeds.policy import FetchPolicy, ReadLimits
from feeds.wire import Job
from newsdesk.ports import Harvest
from newsdesk.sources import Source, SourceState

__all__ = ["FetchPolicy", "Gateway", "ReadLimits"]

_LIBRARIES = ("feedparser", "beautifulsoup4", "selectolax")
"""What reads bodies beside our own code."""


@cache
def reader_mark() -> str:
    """What reads here: our code, the libraries, the interpreter. Goes into each body's hash, so that a reader which
    understands more reads everything again, also what has not changed since.
    """
    code = (path.read_bytes() for package in (feeds, newsdesk) for path in sorted(_home(package).rglob("*.py")))
    return mark_of(code, (sys.version, EXPAT_VERSION, *(f"{name} {version(name)}" for name in _LIBRARIES)))


def mark_of(code: Iterable[bytes], versions: Iterable[str]) -> str:
    """A short text that is another one for other code or other versions."""
    digest = blake2b(digest_size=6)
    for part in (*code, *map(str.encode, versions)):
        digest.update(blake2b(part).digest())
    return digest.hexdigest()


def _home(package: ModuleType) -> Path:
    return Path(str(package.__file__)).parent


class Gateway:
    """Fetches and reads sources (the port `Gatherer`). An async context manager; leaving it ends its processes."""

    def __init__(self, policy: FetchPolicy, *, tls: ssl.SSLContext | None = None) -> None:
        self._policy = policy
        self._fetcher = Fetcher(policy, tls=tls)
        self._readers = Readers(policy.reading)
        self.pages = PageReader(self._fetcher, self._readers)
        """The port `Pages`, through the same guard, lanes and processes."""
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Gateway:
        await self._open.enter_async_context(self._fetcher)
        await self._open.enter_async_context(self._readers)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def gather(self, source: Source, state: SourceState, now: datetime) -> Harvest:
        """Fetch the source and read it, unless its server or its hash says that nothing changed.

        Raises FetchError and ParseError with a status and a sentence for the operator.
        """
        settings = _settings_hash(source)
        whole = self._wants_whole(state, settings, now)
        fetched = await self._fetcher.fetch(
            source.url,
            now=now,
            etag=None if whole else state.etag,
            last_modified=None if whole else state.last_modified,
        )
        complete = whole or not (state.etag or state.last_modified)
        note = (
            f"it has moved for good to {fetched.moved_to}; put that into the sources file" if fetched.moved_to else ""
        )
        if fetched.not_modified:
            return _unchanged(fetched, state.etag, state.last_modified, state.body_hash, note, complete)
        body_hash = settings + blake2b(fetched.body, digest_size=20).hexdigest()
        if body_hash == state.body_hash:
            return _unchanged(fetched, fetched.etag, fetched.last_modified, body_hash, note, complete)
        reading = await self._readers.read(Job.of(source, fetched.url, fetched.content_type, now), fetched.body)
        return Harvest(
            entries=reading.entries,
            refused=reading.refused,
            etag=fetched.etag,
            last_modified=fetched.last_modified,
            body_hash=body_hash,
            retry_after=fetched.retry_after,
            note="; ".join(filter(None, (note, reading.note))),
            moved_to=fetched.moved_to,
            complete=complete,
        )

    def _wants_whole(self, state: SourceState, settings: str, now: datetime) -> bool:
        """Whether the validators must not be sent: too long since a whole body, or other settings than then."""
        if state.last_full is None or not (state.body_hash or "").startswith(settings):
            return True
        age = now - state.last_full
        return age >= timedelta(hours=self._policy.full_after_hours) or age < timedelta()


def _unchanged(
    fetched: Fetched, etag: str | None, last_modified: str | None, body_hash: str | None, note: str, complete: bool
) -> Harvest:
    """Nothing new. Carries the validators that are to be remembered, so that a caller may store them as they come."""
    return Harvest(
        unchanged=True,
        etag=etag,
        last_modified=last_modified,
        body_hash=body_hash,
        retry_after=fetched.retry_after,
        note=note,
        moved_to=fetched.moved_to,
        complete=complete,
    )


def _settings_hash(source: Source) -> str:
    """A short hash of everything but the body that an entry depends on, with a separator."""
    parts = (reader_mark(), source.url, source.kind, source.name, source.timezone, source.language, source.listing)
    return blake2b(repr(parts).encode(), digest_size=6).hexdigest() + "-"
