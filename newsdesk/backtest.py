"""What other rules would have decided: verdicts before and after, and the words that made the difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from newsdesk.routes import Route
from newsdesk.routing import placements
from newsdesk.verdicts import Evidence, Verdict, Verdicts


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictChange:
    """One topic that matches now and did not, or the other way round.

    `words` are the pieces of text that the new verdict counts and the old one did not, or the other way round, in
    reading order, each once. A side is None where its rules do not know the topic.
    """

    topic: str
    before: Verdict | None
    after: Verdict | None
    words: tuple[str, ...]

    @property
    def added(self) -> bool:
        """True when the article matches the topic only with the new rules."""
        return self.after is not None and self.after.matched


def changes(before: Verdicts, after: Verdicts) -> list[VerdictChange]:
    """The topics on which two sets of rules disagree about one article, in the order of the new ones."""
    topics = [*after.by_topic, *(topic for topic in before.by_topic if topic not in after.by_topic)]
    found = []
    for topic in topics:
        old, new = before.by_topic.get(topic), after.by_topic.get(topic)
        if _matched(old) != _matched(new):
            found.append(VerdictChange(topic=topic, before=old, after=new, words=_words(old, new)))
    return found


def rerouted(routes: Sequence[Route], before: Verdicts, after: Verdicts, now: datetime) -> tuple[set[str], set[str]]:
    """The routes that would take the article only now, and those that would take it no more."""
    old = {place.route for place in placements(routes, before.matched, now)}
    new = {place.route for place in placements(routes, after.matched, now)}
    return new - old, old - new


def _matched(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.matched


def _words(old: Verdict | None, new: Verdict | None) -> tuple[str, ...]:
    """What only one side counts; where both count the same places, those whose weight differs."""
    before, after = _counted(old), _counted(new)
    differing = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    order = {"title": 0, "summary": 1, "body": 2}
    differing.sort(key=lambda key: (order.get(key[0], 3), key[1]))
    return tuple(dict.fromkeys(key[3] for key in differing))


def _counted(verdict: Verdict | None) -> dict[tuple[str, int, int, str], float]:
    """How much each place adds in all."""
    weights: dict[tuple[str, int, int, str], float] = {}
    evidence: tuple[Evidence, ...] = verdict.evidence if verdict is not None else ()
    for one in evidence:
        key = one.field, one.start, one.end, one.text
        weights[key] = weights.get(key, 0.0) + one.weight
    return weights
