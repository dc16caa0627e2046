"""robots.txt (RFC 9309): which pages of a host we may read. The one home of protego."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from protego import Protego

from feeds.fetch import Fetcher
from newsdesk.errors import FetchError

AGENT = "LintasLayar"
"""Our name in robots.txt; the User-Agent header begins with it."""
KEPT = timedelta(hours=24)
"""RFC 9309 §2.4: not to be kept for longer than a day."""
_MOST_HOSTS = 500


@dataclass(frozen=True, slots=True)
class _Rules:
    """What a host said, and until when that is believed. `refusal` bars the whole host."""

    until: datetime
    parsed: Protego | None = None
    refusal: str = ""


@dataclass(slots=True)
class Robots:
    """Asks each host once a day, through the same guarded fetcher as everything else."""

    fetcher: Fetcher
    _hosts: dict[str, _Rules] = field(default_factory=dict)

    async def refusal(self, url: str, now: datetime) -> str:
        """Why the page may not be read; "" when it may.

        A host without the file (404, 410 …) allows everything (§2.3.1.3); one that cannot be asked, or refuses us,
        allows nothing for now (§2.3.1.4).
        """
        parts = urlsplit(url)
        host = f"{parts.scheme}://{parts.netloc}"
        rules = self._hosts.get(host)
        if rules is None or not now < rules.until:
            rules = await self._ask(host, now)
            if len(self._hosts) >= _MOST_HOSTS:
                self._hosts.clear()
            self._hosts[host] = rules
        if rules.refusal:
            return rules.refusal
        if rules.parsed is not None and not rules.parsed.can_fetch(url, AGENT):
            return "robots.txt does not allow it"
        return ""

    async def _ask(self, host: str, now: datetime) -> _Rules:
        try:
            fetched = await self.fetcher.fetch(f"{host}/robots.txt", now=now)
        except FetchError as error:
            # A refusal (401, 403) and "too many requests" are answers of another kind than "there is no such file".
            if error.status == "http" and error.reason.startswith("4") and not error.reason.startswith("429"):
                return _Rules(now + KEPT)
            return _Rules(now + timedelta(hours=1), refusal=f"its robots.txt cannot be read ({error.reason})")
        return _Rules(now + KEPT, Protego.parse(fetched.body[:512_000].decode("utf-8", "replace")))
