"""Stories: which event an article reports, and which earlier story it develops.

An article JOINs the story of the articles that report the same event: other outlets, other days, another language. It
FOLLOWs a story when it reports a later development: the same actors and subject, but another event. Otherwise it
OPENs a story of its own. The same decision serves the store's candidates and the in-memory Clusterer.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from classifiers.similarity import Features, Likeness, compare, features, told_most
from newsdesk.articles import ArticleText
from newsdesk.stories import Candidate, StoryChoice, StoryMove

JOIN = 0.5
"""The score from which on two articles report one event."""
FOLLOW = 0.2
"""The score from which on the later of two articles may develop the story of the earlier."""
COPY = 0.9
"""The score of a copy or close rewrite, which joins however late it comes."""
SUPPORT = 0.3
"""The least mean score with the story's articles."""
WEAR = 0.15
"""How fast a word wears off with the number of stories of the moment that have it (of its logarithm)."""
SAME_EVENT = 3.0
"""Days for which an event is reported; later articles that are no copies are developments."""
WINDOW = timedelta(days=30)
"""How far back stories are looked for."""
CANDIDATES = 50
"""Articles that are compared with a new one, those with most shared keys first."""
COMMON = 500
"""A key of more articles than this is not counted, as in the store."""
_SINGLE = 3.5
"""Words below this weight are keys only in pairs."""
_KEYS = 12
_PAIRED = 6


def story_keys(text: ArticleText) -> frozenset[str]:
    """The keys by which an article finds, and is found by, others on the same event: at most 27 short strings.

    They are the most telling words of title and lead, and the pairs among the most telling words of the title.
    """
    return _keys(features(text.title, _lead(text)))


def _lead(text: ArticleText) -> str:
    return text.summary or text.body


def _keys(found: Features) -> frozenset[str]:
    told = sorted(found.words.items(), key=lambda item: (-item[1] - (1.0 if item[0] in found.title else 0.0), item[0]))
    singles = [word for word, value in told[:_KEYS] if value >= _SINGLE]
    heading = sorted(found.title, key=lambda word: (-found.title[word], word))[:_PAIRED]
    pairs = [f"{min(a, b)}+{max(a, b)}" for n, a in enumerate(heading) for b in heading[n + 1 :]]
    return frozenset(singles + pairs)


@dataclass(frozen=True, slots=True)
class _Told:
    """A candidate as the decision sees it."""

    story: int
    at: datetime | None
    what: Features
    outlet: str


def choose_story(text: ArticleText, at: datetime | None, candidates: Sequence[Candidate]) -> StoryChoice:
    """Decide whether the article joins or follows a story of the candidates, or opens its own; with the reason.

    `at` orders articles (UTC); None on either side counts as the same time. Deterministic: of equal stories the
    earlier candidate wins.
    """
    told = [_Told(c.story, c.at, features(c.title, c.lead), c.outlet) for c in candidates]
    return _choose(features(text.title, _lead(text)), text.outlet, at, told)


def _choose(new: Features, outlet: str, at: datetime | None, told: Sequence[_Told]) -> StoryChoice:
    known = _worn(new, told)
    stories: dict[int, list[tuple[Likeness, _Told]]] = {}
    for candidate in told:
        likeness = compare(new, candidate.what, _days(at, candidate.at), outlet == candidate.outlet, known)
        stories.setdefault(candidate.story, []).append((likeness, candidate))
    best: tuple[float, StoryChoice] = (0.0, StoryChoice(move=StoryMove.OPEN, reason="no article like it"))
    for story, members in stories.items():
        choice = _judge(new, story, members, at)
        rank = choice.score + {StoryMove.JOIN: 2.0, StoryMove.FOLLOW: 1.0, StoryMove.OPEN: 0.0}[choice.move]
        if rank > best[0]:
            best = (rank, choice)
    return best[1]


def _worn(new: Features, told: Sequence[_Told]) -> dict[str, float]:
    """Words of the article that many stories of the moment have, and the share of their weight that still tells."""
    stories: dict[str, set[int]] = {}
    for candidate in told:
        for word in new.words.keys() & candidate.what.words.keys():
            stories.setdefault(word, set()).add(candidate.story)
    return {word: max(0.5, 1 - WEAR * math.log(len(among))) for word, among in stories.items() if len(among) > 2}


def _days(one: datetime | None, other: datetime | None) -> float:
    return abs((one - other).total_seconds()) / 86400 if one and other else 0.0


def _judge(new: Features, story: int, members: Sequence[tuple[Likeness, _Told]], at: datetime | None) -> StoryChoice:
    """What the article is to one story, by its most alike article there."""
    likeness, nearest = max(members, key=lambda member: member[0].score)
    days = _days(at, nearest.at)
    objection = next((found.objection for found, _ in members if found.objection and found.score >= JOIN), "")
    if likeness.score < FOLLOW:
        return StoryChoice(move=StoryMove.OPEN, score=likeness.score, reason="too little in common")
    if objection or likeness.objection:
        return StoryChoice(move=StoryMove.OPEN, score=likeness.score, reason=objection or likeness.objection)
    said = f"{likeness.score:.2f}: {', '.join(told_most(new, likeness.shared))}"
    if likeness.score >= (JOIN if days <= SAME_EVENT else COPY) and _fits(members):
        return StoryChoice(move=StoryMove.JOIN, story=story, score=likeness.score, reason=f"same event ({said})")
    if likeness.telling >= 2:
        return StoryChoice(
            move=StoryMove.FOLLOW, story=story, score=likeness.score, reason=f"later development ({said})"
        )
    return StoryChoice(move=StoryMove.OPEN, score=likeness.score, reason=f"related at most ({said})")


def _fits(members: Sequence[tuple[Likeness, _Told]]) -> bool:
    """Whether the article is like the story as a whole, so that a story does not wander from report to report."""
    return sum(found.score for found, _ in members) / len(members) >= SUPPORT


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an article was put: its story, and the story that this one follows."""

    story: int
    follows: int | None
    choice: StoryChoice


class Clusterer:
    """Groups articles in memory, by the decision that the pipeline uses. Give them in the order of time."""

    def __init__(self) -> None:
        self._told: list[_Told] = []
        self._by_key: dict[str, deque[int]] = defaultdict(deque)
        self._follows: list[int | None] = []

    def add(self, text: ArticleText) -> Placed:
        """Place one article. Stories are numbered from 0 in the order they open."""
        what = features(text.title, _lead(text))
        keys = _keys(what)
        told = [self._told[n] for n in self._candidates(keys, text.published)]
        choice = _choose(what, text.outlet, text.published, told)
        if choice.move is StoryMove.JOIN and choice.story is not None:
            story = choice.story
        else:
            story = len(self._follows)
            self._follows.append(choice.story if choice.move is StoryMove.FOLLOW else None)
        for key in keys:
            self._by_key[key].append(len(self._told))
        self._told.append(_Told(story, text.published, what, text.outlet))
        return Placed(story, self._follows[story], choice)

    def _candidates(self, keys: frozenset[str], at: datetime | None) -> list[int]:
        """The articles that share most keys, the newer first among equals."""
        shared: dict[int, int] = {}
        for key in keys:
            holders = self._by_key.get(key)
            if holders and len(holders) <= COMMON:
                for n in holders:
                    shared[n] = shared.get(n, 0) + 1
        recent = [n for n in shared if not _older(self._told[n].at, at)]
        return sorted(recent, key=lambda n: (-shared[n], -n))[:CANDIDATES]


def _older(then: datetime | None, now: datetime | None) -> bool:
    return then is not None and now is not None and now - then > WINDOW
