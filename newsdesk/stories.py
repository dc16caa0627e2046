"""Stories: one event, told by one or more articles; a story may follow an earlier one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One event. `follows` is the earlier story that it develops, `first_article` the one that opened it."""

    id: int
    first_article: int
    opened: datetime
    latest: datetime
    follows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An article, already in a story, that shares keys with a new one. `story` is opaque to the decision."""

    article: int
    story: int
    title: str
    lead: str
    at: datetime | None
    outlet: str
    url: str = ""
    language: str = "id"


class StoryMove(StrEnum):
    """What becomes of an article among stories."""

    OPEN = "open"
    JOIN = "join"
    FOLLOW = "follow"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryChoice:
    """The decision and its reason. `story` is the one joined or followed; None when a new one is opened alone."""

    move: StoryMove
    story: int | None = None
    score: float = 0.0
    reason: str = ""
