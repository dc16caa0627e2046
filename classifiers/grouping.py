"""Stories: which event an article reports, and which earlier story it develops.

An article JOINs the story of the articles that report the same event: other outlets, other days, another language. It
FOLLOWs a story when it reports a later development: the same actors and subject, but another event. Otherwise it
OPENs a story of its own. The same decision serves the store's candidates and the in-memory Clusterer.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from classifiers.similarity import ACTORS, Features, Likeness, compare, features, told_most
from newsdesk.articles import ArticleText
from newsdesk.stories import Candidate, StoryChoice, StoryMove

JOIN = 0.5
"""The score from which on two articles report one event."""
FEWEST = 3
"""The fewest words that two reports of one event share."""
DEEDS = 6.0
"""What two reports of one event must share besides names: about one telling word of a title, or two common ones."""
SURE = 0.97
"""The score from which on names are enough."""
FOLLOW = 0.2
"""The score from which on the later of two articles may develop the story of the earlier."""
COPY = 0.93
"""The cosine of a copy or close rewrite, which joins however late it comes."""
SAME_SUBJECT = 0.2
"""How much of two titles is the same when the same actors are about the same subject."""
SUPPORT = 0.3
"""The least mean score with the story's articles."""
WEAR = 0.13
"""How fast a word wears off with the number of stories of the moment that have it (of its logarithm)."""
SAME_EVENT = 3.0
"""Days for which an event is reported; later articles that are no copies are developments."""
WINDOW = timedelta(days=30)
"""How far back stories are looked for."""
CANDIDATES = 24
"""Articles that are compared with a new one, those with most shared keys first."""
COMMON = 500
"""A key of more articles than this is not counted, as in the store."""
_SINGLE = 3.5
"""Words below this weight are keys only in pairs."""
_KEYS = 12
_PAIRED = 6
_ACTORS = 16


def story_keys(text: ArticleText) -> frozenset[str]:
    """The keys by which an article finds, and is found by, others on the same event: at most 43 short strings.

    They are the most telling words of title and lead, the pairs among the most telling words of the title, and rare
    names from the whole text.
    """
    return _keys(features(text.title, _lead(text)))


def _lead(text: ArticleText) -> str:
    return _counting(text.summary or text.body)


def _counting(text: str) -> str:
    """What of a text is compared; features are remembered by it, and must not hold whole bodies."""
    return text[:ACTORS]


def _keys(found: Features) -> frozenset[str]:
    told = sorted(found.words.items(), key=lambda item: (-item[1] - (1.0 if item[0] in found.title else 0.0), item[0]))
    singles = [word for word, value in told[:_KEYS] if value >= _SINGLE]
    heading = sorted(found.title, key=lambda word: (-found.title[word], word))[:_PAIRED]
    pairs = [f"{min(a, b)}+{max(a, b)}" for n, a in enumerate(heading) for b in heading[n + 1 :]]
    return frozenset([*singles, *pairs, *sorted(found.names)[:_ACTORS]])


@dataclass(frozen=True, slots=True)
class _Told:
    """A candidate as the decision sees it."""

    story: int
    at: datetime | None
    what: Features
    outlet: str


def choose_story(text: ArticleText, at: datetime | None, candidates: Sequence[Candidate]) -> StoryChoice:
    """Decide whether the article joins or follows a story of the candidates, or opens its own; with the reason.

    `candidates` come best first; the first CANDIDATES are compared. `at` orders articles (UTC); None on either side
    counts as the same time. Deterministic: of equal stories that of the earlier candidate wins.
    """
    told = [_Told(c.story, c.at, features(c.title, _counting(c.lead)), c.outlet) for c in candidates[:CANDIDATES]]
    return _choose(features(text.title, _lead(text)), text.outlet, at, told)


@dataclass(frozen=True, slots=True)
class _Found:
    """How an article relates to one story, by the most alike article there."""

    move: StoryMove
    story: int
    rank: float
    likeness: Likeness
    why: str


def _choose(new: Features, outlet: str, at: datetime | None, told: Sequence[_Told]) -> StoryChoice:
    shared = [new.words.keys() & candidate.what.words.keys() for candidate in told]
    worn = _worn(told, shared)
    stories: dict[int, list[tuple[Likeness, _Told]]] = {}
    for candidate, words in zip(told, shared, strict=True):
        if len(words) < FEWEST and new.names.isdisjoint(candidate.what.names):
            continue  # it can neither join nor follow: most candidates end here, cheaply
        days = _days(at, candidate.at)
        likeness = compare(
            new, candidate.what, days=days, same_outlet=outlet == candidate.outlet, shared=words, worn=worn
        )
        stories.setdefault(candidate.story, []).append((likeness, candidate))
    best: _Found | None = None
    for story, members in stories.items():
        found = _judge(new, story, members, at)
        if best is None or found.rank > best.rank:
            best = found
    if best is None:
        return StoryChoice(move=StoryMove.OPEN, reason="no article like it")
    score, telling = best.likeness.score, ", ".join(told_most(new, best.likeness.shared))
    story_or_none = None if best.move is StoryMove.OPEN else best.story
    return StoryChoice(move=best.move, story=story_or_none, score=score, reason=f"{best.why} ({score:.2f}: {telling})")


def _worn(told: Sequence[_Told], shared: Sequence[set[str]]) -> dict[str, float]:
    """Words of the article that many stories of the moment have, and the share of their weight that still tells."""
    stories: dict[str, set[int]] = {}
    for candidate, words in zip(told, shared, strict=True):
        for word in words:
            if word in stories:
                stories[word].add(candidate.story)
            else:
                stories[word] = {candidate.story}
    return {word: 1 - WEAR * math.log(len(among)) for word, among in stories.items() if len(among) > 2}


def _days(one: datetime | None, other: datetime | None) -> float:
    return abs((one - other).total_seconds()) / 86400 if one and other else 0.0


def _judge(new: Features, story: int, members: Sequence[tuple[Likeness, _Told]], at: datetime | None) -> _Found:
    """What the article is to one story, by its most alike article there."""
    likeness, nearest = members[0]
    for member in members[1:]:
        if (member[0].score, len(member[0].actors)) > (likeness.score, len(likeness.actors)):
            likeness, nearest = member
    score = likeness.score
    objection = likeness.objection or next((m.objection for m, _ in members if m.objection and m.score >= JOIN), "")
    if objection:
        return _Found(StoryMove.OPEN, story, score, likeness, objection)
    if _same_event(likeness, _days(at, nearest.at)) and _fits(members):
        return _Found(StoryMove.JOIN, story, 2 + score, likeness, "same event")
    develops = _develops(new, likeness, nearest)
    if develops:
        return _Found(StoryMove.FOLLOW, story, 1 + score + 0.02 * len(likeness.actors), likeness, develops)
    return _Found(StoryMove.OPEN, story, score, likeness, "too little in common")


def _same_event(likeness: Likeness, days: float) -> bool:
    """Whether two articles report one event: alike enough, by what happened and not by names alone, and in time."""
    if days > SAME_EVENT:
        return likeness.cosine >= COPY
    if likeness.score < JOIN or len(likeness.shared) < FEWEST:
        return False
    return likeness.deeds >= DEEDS or likeness.score >= SURE


def _develops(new: Features, likeness: Likeness, nearest: _Told) -> str:
    """Why the article develops the story although it reports another event; "" when it does not."""
    actors = likeness.actors
    if (likeness.score < FOLLOW and len(actors) < 2) or new.serial or nearest.what.serial or new.roundup:
        return ""
    if likeness.score >= FOLLOW and likeness.telling >= 2:
        return "later development"
    in_title = any(name in new.title or name in nearest.what.title for name in actors)
    if (len(actors) >= 3 and in_title) or (len(actors) >= 2 and likeness.dice >= SAME_SUBJECT):
        return f"later development with {', '.join(sorted(actors)[:4])}"
    return ""


def _fits(members: Sequence[tuple[Likeness, _Told]]) -> bool:
    """Whether the article is like the story as a whole, so that a story does not wander from report to report."""
    return sum(max(found.score, found.cosine) for found, _ in members) / len(members) >= SUPPORT


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
        self._by_key: dict[str, list[int]] = defaultdict(list)
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
        shared: Counter[int] = Counter()
        for key in keys:
            holders = self._by_key.get(key, ())
            if len(holders) <= COMMON:
                shared.update(holders)
        ranks = [count << 32 | n for n, count in shared.items() if count > 1]
        if len(ranks) < CANDIDATES:
            ranks = [count << 32 | n for n, count in shared.items()]
        ranks.sort(reverse=True)
        best = [rank & 0xFFFFFFFF for rank in ranks[: 2 * CANDIDATES]]
        return [n for n in best if not _older(self._told[n].at, at)][:CANDIDATES]


def _older(then: datetime | None, now: datetime | None) -> bool:
    return then is not None and now is not None and now - then > WINDOW
