"""Where stories go and how: routes, their rules over topics, quiet hours and digests."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import time

PREVIEW = "preview"
"""The chat that stands in for every real one while there is no Telegram token."""


@dataclass(frozen=True, slots=True)
class TopicRule:
    """`when: at least 2 of [film, ai]`, `any of […]` (1) or `all of […]` (their number)."""

    at_least: int
    topics: tuple[str, ...]

    def takes(self, matched: Collection[str]) -> bool:
        """Whether a story that matched these topics is wanted."""
        return sum(topic in matched for topic in self.topics) >= self.at_least


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local hours in which nothing is sent; `start` > `end` spans midnight."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Digest:
    """Local times at which waiting stories are sent as one message of at most `top` stories."""

    at: tuple[time, ...]
    top: int = 12


@dataclass(frozen=True, slots=True)
class Weekly:
    """The local time, once a week, of a look back at its `top` stories; `on` counts from Monday, which is 0."""

    on: int
    at: time
    top: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where stories go and how.

    `chat` is a numeric Telegram id as text, or "preview"; `topic` the number of one of a forum's topics, where its
    messages go to. `timezone` rules quiet hours and the times of digests. The
    first route in the file that takes a story wins it for its chat. A `weekly` one takes none: it looks back at what
    was told, also in the posts of others.
    """

    id: str
    chat: str
    when: TopicRule
    quiet: QuietHours | None = None
    digest: Digest | None = None
    weekly: Weekly | None = None
    timezone: str = "Asia/Jakarta"
    topic: int | None = None
