"""What other rules would have decided: verdicts before and after, the words that made the difference, and the posts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from newsdesk.articles import Article
from newsdesk.routes import Route
from newsdesk.routing import placements, too_old
from newsdesk.verdicts import Evidence, Verdict, Verdicts

_Place = tuple[str, int, int, str]
"""Field, start, end and the text that stands there."""
_FIELDS = {"title": 0, "summary": 1, "body": 2}
_BARRED = "never"
"""The rule that a verdict names for places which an operator's or a topic's `never` took out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictChange:
    """One topic that matches now and did not, or the other way round.

    `words` are the pieces of text that did it, each once: first phrases that are barred now (or no more), then what
    counts more on the side that won, the weightiest first. They are empty when only the threshold moved. A side is
    None where its rules do not know the topic.
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
            words = _words(old, new) if _matched(new) else _words(new, old)
            found.append(VerdictChange(topic=topic, before=old, after=new, words=words))
    return found


def posts(
    routes: Sequence[Route], verdicts: Verdicts, article: Article, max_age: timedelta
) -> frozenset[tuple[str, str]]:
    """The places (chat, route) that would have taken the article when it was first seen; none for an old one."""
    if too_old(article.at, max_age, article.first_seen):
        return frozenset()
    return frozenset((place.chat, place.route) for place in placements(routes, verdicts.matched, article.first_seen))


def _matched(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.matched


def _words(lost: Verdict | None, won: Verdict | None) -> tuple[str, ...]:
    """What speaks for the side on which the topic matches: barred only on the other one, or counted for more here."""
    here, there = _counted(won), _counted(lost)
    gains = {place: here.get(place, 0.0) - there.get(place, 0.0) for place in {**here, **there}}
    more = [place for place in gains if gains[place] > 0]
    more.sort(key=lambda place: (-gains[place], _FIELDS.get(place[0], len(_FIELDS)), place[1]))
    barred = [place for place in _barred(lost) - _barred(won) if any(_overlap(place, other) for other in more)]
    barred.sort(key=lambda place: (_FIELDS.get(place[0], len(_FIELDS)), place[1]))
    words: dict[str, str] = {}
    for place in (*barred, *more):
        words.setdefault(place[3].casefold(), place[3])
    return tuple(words.values())


def _counted(verdict: Verdict | None) -> dict[_Place, float]:
    """How much each place adds in all."""
    weights: dict[_Place, float] = {}
    for one in verdict.evidence if verdict is not None else ():
        weights[_place(one)] = weights.get(_place(one), 0.0) + one.weight
    return weights


def _barred(verdict: Verdict | None) -> set[_Place]:
    return {_place(one) for one in verdict.ignored if one.rule == _BARRED} if verdict is not None else set()


def _place(one: Evidence) -> _Place:
    return one.field, one.start, one.end, one.text


def _overlap(one: _Place, other: _Place) -> bool:
    return one[0] == other[0] and one[1] < other[2] and other[1] < one[2]
