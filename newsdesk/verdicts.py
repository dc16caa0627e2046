"""Verdicts: what was decided about an article, and on what evidence. Never a bare boolean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Evidence(NamedTuple):
    """One place in the text that a rule took into account.

    A tuple with names: a verdict makes a dozen of them, and a frozen dataclass takes three times as long to make.

    `field` is title, summary or body; `start` and `end` are offsets in code points into that field as it was
    given; `text` is what stands there; `weight` is what it added to the score (0 when it only supports a rule).
    """

    rule: str
    field: str
    start: int
    end: int
    text: str
    weight: float


class Verdict(NamedTuple):
    """Article × Topic: the score against the threshold, and the evidence.

    `ignored` are places that look like the topic but were not counted; their `rule` says why.
    """

    topic: str
    score: float
    threshold: float
    matched: bool
    evidence: tuple[Evidence, ...] = ()
    ignored: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """All verdicts on one article, and the foreign parties it names.

    `countries` are the sorted ISO 3166 alpha-2 codes of the foreign *parties* of a joint undertaking, never ID and
    never places merely mentioned.
    """

    by_topic: Mapping[str, Verdict] = field(default_factory=dict)
    countries: tuple[str, ...] = ()

    @property
    def matched(self) -> tuple[str, ...]:
        """The topics that matched, in the order of the rule sets."""
        return tuple(topic for topic, verdict in self.by_topic.items() if verdict.matched)

    @property
    def channel(self) -> bool:
        """The highlights rule: a crossing of at least two topics."""
        return len(self.matched) >= 2
