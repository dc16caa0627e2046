"""Updates that Telegram brings by itself, on their way from the web server to the room that answers them."""

from __future__ import annotations

import asyncio
import hmac
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

PATH = "/telegram/updates"
"""Where the web server takes them. It is no secret: what comes here has to show one."""
MOST = 1_000
"""Updates that wait to be taken up, at most; further ones Telegram brings again."""


def address_under(public_url: str) -> str:
    """The address that Telegram is told, where the console is reached at that one."""
    return f"{public_url}{PATH}"


def secret_from(token: str) -> str:
    """A secret that only who knows the bot's token can tell, and that does not give the token away."""
    return hmac.new(token.encode(), b"lintas webhook", sha256).hexdigest()


@dataclass(slots=True)
class Inbox:
    """Holds updates until they are taken up. `address` is where Telegram brings them, `secret` what it shows there."""

    address: str
    secret: str
    _updates: deque[Mapping[str, Any]] = field(default_factory=deque)
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    def shows(self, given: str) -> bool:
        """Whether this is the secret; it takes the same time however much of it is right."""
        return hmac.compare_digest(given.encode(), self.secret.encode())

    def put(self, update: Mapping[str, Any]) -> bool:
        """Keep an update; False when too many wait already."""
        if len(self._updates) >= MOST:
            return False
        self._updates.append(update)
        self._came.set()
        return True

    async def take(self, patience: float) -> list[Mapping[str, Any]]:
        """All that wait; an empty list when none comes within so many seconds."""
        try:
            async with asyncio.timeout(patience):
                await self._came.wait()
        except TimeoutError:
            return []
        taken = list(self._updates)
        self._updates.clear()
        self._came.clear()
        return taken
