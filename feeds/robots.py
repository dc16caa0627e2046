"""robots.txt (RFC 9309): which pages of a host we may read, and how fast. The one home of protego."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from protego import Protego

from feeds.fetch import Fetcher, Want
from newsdesk.errors import FetchError

AGENT = "LintasLayar"
"""Our name in robots.txt; the User-Agent header begins with it."""
KEPT = timedelta(hours=24)
"""RFC 9309 §2.4: not to be kept for longer than a day."""
ASKED_AGAIN = timedelta(hours=1)
"""When a host is asked again whose rules could not be read."""
_READ = 512_000
"""Bytes of the file that count; §2.5 wants at least 500 KiB."""
_REMEMBERED = 4_000_000
"""Characters of rules that are kept for all hosts together: parsed ones would take ten times as much."""
_WANT = Want(accept="text/plain, */*;q=0.5")


@dataclass(frozen=True, slots=True)
class Leave:
    """What a host says of one address: `refusal` is "" when it may be read, `delay` the seconds between two pages."""

    refusal: str = ""
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class _Rules:
    """What a host said, and until when that is believed. `refusal` bars the whole host."""

    until: datetime
    text: str = ""
    refusal: str = ""


@dataclass(slots=True)
class Robots:
    """Asks each host once a day, through the same guarded fetcher as everything else."""

    fetcher: Fetcher
    _hosts: dict[str, _Rules] = field(default_factory=dict)

    async def leave(self, url: str, now: datetime) -> Leave:
        """Whether the page may be read, and how fast its host may be asked.

        A host without the file (404, 410 …) allows everything (§2.3.1.3); one that cannot be asked, or refuses us,
        allows nothing for now (§2.3.1.4).
        """
        parts = urlsplit(url)
        host = f"{parts.scheme}://{parts.netloc}"
        rules = self._hosts.get(host)
        if rules is None or not now < rules.until:
            rules = await self._ask(host, now)
            self._remember(host, rules)
        if rules.refusal:
            return Leave(rules.refusal)
        parsed = Protego.parse(rules.text)
        if not parsed.can_fetch(url, AGENT):
            return Leave("robots.txt does not allow it")
        return Leave(delay=parsed.crawl_delay(AGENT) or 0.0)

    async def _ask(self, host: str, now: datetime) -> _Rules:
        try:
            fetched = await self.fetcher.fetch(f"{host}/robots.txt", now=now, want=_WANT)
        except FetchError as error:
            # A refusal (401, 403) and "too many requests" are answers of another kind than "there is no such file".
            missing = error.status == "http" and error.reason.startswith("4") and not error.reason.startswith("429")
            if missing or error.status == "gone":
                return _Rules(now + KEPT)
            return _Rules(now + ASKED_AGAIN, refusal=f"its robots.txt cannot be read ({error.reason})")
        return _Rules(now + KEPT, fetched.body[:_READ].decode("utf-8-sig", "replace"))

    def _remember(self, host: str, rules: _Rules) -> None:
        """Keep the rules as the newest; the oldest go when it becomes too much."""
        self._hosts.pop(host, None)
        self._hosts[host] = rules
        size = sum(len(name) + len(kept.text) + 200 for name, kept in self._hosts.items())
        while size > _REMEMBERED:
            oldest = next(iter(self._hosts))
            size -= len(oldest) + len(self._hosts.pop(oldest).text) + 200
