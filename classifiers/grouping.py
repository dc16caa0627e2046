"""Stories: which event an article reports, and which earlier story it develops.

An article JOINs the story of the articles that report the same event: other outlets, other days, another language. It
FOLLOWs a story when it reports a later development: the same actors and subject, but another event. Otherwise it
OPENs a story of its own. The same decision serves the store's candidates and the in-memory Clusterer.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from classifiers.similarity import Features, Likeness, compare, features
from newsdesk.articles import ArticleText
from newsdesk.stories import Candidate, StoryChoice, StoryMove

JOIN = 0.5
"""The score from which on two articles report one event."""
FOLLOW = 0.34
"""The score from which on the later of two articles may develop the story of the earlier."""
COPY = 0.8
"""The score of a copy or close rewrite, which joins however late it comes."""
SAME_EVENT = timedelta(days=3)
"""An event is reported for so long; later articles that are no copies are developments."""
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
    return _choose(features(text.title, _lead(text)), at, told)


def _choose(new: Features, at: datetime | None, told: Iterable[_Told]) -> StoryChoice:
    stories: dict[int, list[tuple[Likeness, _Told]]] = {}
    for candidate in told:
        stories.setdefault(candidate.story, []).append((compare(new, candidate.what), candidate))
    best: tuple[float, StoryChoice] = (0.0, StoryChoice(move=StoryMove.OPEN, reason="no article like it"))
    for story, members in stories.items():
        choice = _judge(story, members, at)
        rank = choice.score + (1.0 if choice.move is StoryMove.JOIN else 0.0)
        if choice.move is not StoryMove.OPEN and rank > best[0]:
            best = (rank, choice)
    return best[1]


def _judge(story: int, members: Sequence[tuple[Likeness, _Told]], at: datetime | None) -> StoryChoice:
    """What the article is to one story, by its most alike article there."""
    likeness, nearest = max(members, key=lambda member: member[0].score)
    gap = abs(at - nearest.at) if at and nearest.at else timedelta()
    said = f"{likeness.score:.2f}: {', '.join(likeness.shared)}"
    objection = next((found.objection for found, _ in members if found.objection and found.score >= JOIN), "")
    if likeness.score >= (JOIN if gap <= SAME_EVENT else COPY) and not objection:
        return StoryChoice(move=StoryMove.JOIN, story=story, score=likeness.score, reason=f"same event ({said})")
    if objection:
        return StoryChoice(move=StoryMove.OPEN, reason=objection)
    if likeness.score >= FOLLOW and likeness.strong >= 2 and gap <= WINDOW:
        return StoryChoice(
            move=StoryMove.FOLLOW, story=story, score=likeness.score, reason=f"later development ({said})"
        )
    return StoryChoice(move=StoryMove.OPEN, reason="too little in common")


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
        choice = _choose(what, text.published, (self._told[n] for n in self._candidates(keys, text.published)))
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
