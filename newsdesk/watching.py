"""Which saved searches one article satisfies, told from its own words: a search turned round.

The answer is that of the store's search for the same article (tests/contract/test_watching.py holds them together).
Thousands of alerts cost an article little: each stands under words, one of which an article must have to satisfy it, so
that only those are looked at whose word occurs; and the same query of many people is judged once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from newsdesk.articles import Article
from newsdesk.people import OWN, Alert, Person
from newsdesk.routing import Placement, next_slot, quiet_until
from newsdesk.search import Clause, SearchQuery, index_words
from newsdesk.verdicts import Verdicts

IndexText = Callable[[str, str, str], tuple[str, str]]
Parse = Callable[[str], SearchQuery]


class Words:
    """Words of one field of an article and where each stands."""

    def __init__(self, words: Sequence[str]) -> None:
        self.all = words
        self._places: dict[str, list[int]] = defaultdict(list)
        for place, word in enumerate(words):
            self._places[word].append(place)

    @property
    def distinct(self) -> Collection[str]:
        """The words, each once."""
        return self._places.keys()

    def has(self, run: Sequence[str], *, prefix: bool) -> bool:
        """Whether these words stand one after another; with `prefix` the last one may be a beginning."""
        if len(run) == 1:
            return any(word.startswith(run[0]) for word in self._places) if prefix else run[0] in self._places
        return any(self._stands(run, place, prefix) for place in self._places.get(run[0], ()))

    def _stands(self, run: Sequence[str], place: int, prefix: bool) -> bool:
        found = self.all[place : place + len(run)]
        if len(found) < len(run) or list(found[:-1]) != list(run[:-1]):
            return False
        return found[-1].startswith(run[-1]) if prefix else found[-1] == run[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """An article as a search sees it."""

    title: Words
    text: Words
    source: str
    topics: frozenset[str]
    countries: frozenset[str]
    at: datetime

    def has(self, run: Sequence[str], *, prefix: bool) -> bool:
        """Whether these words stand one after another in the title or in the text."""
        return self.title.has(run, prefix=prefix) or self.text.has(run, prefix=prefix)

    @property
    def keys(self) -> set[str]:
        """Everything that an alert may stand under, and that this article has."""
        marks = [_mark("s", self.source), *(_mark("t", one) for one in self.topics)]
        marks += [_mark("c", one) for one in self.countries]
        return {*self.title.distinct, *self.text.distinct, *marks}


def sight(article: Article, verdicts: Verdicts, index_text: IndexText) -> Sight:
    """The article as the store's search will see it once it is kept; `index_text` is the store's."""
    title, text = index_text(article.title, article.summary, article.body)
    return Sight(
        title=Words(index_words(title)),
        text=Words(index_words(text)),
        source=_name(article.source),
        topics=frozenset(map(_name, verdicts.matched)),
        countries=frozenset(map(_name, verdicts.countries)),
        at=article.at,
    )


def satisfies(seen: Sight, query: SearchQuery) -> bool:
    """Whether a search for `query` would find the article."""
    return (
        _among(query.topics, seen.topics)
        and _among(query.sources, {seen.source})
        and _among(query.countries, seen.countries)
        and (query.since is None or seen.at.timestamp() // 1 >= query.since.timestamp() // 1)
        and (query.until is None or seen.at.timestamp() // 1 < query.until.timestamp() // 1)
        and all(_holds(clause, seen) for clause in query.clauses)
    )


def _among(wanted: Collection[str], had: Collection[str]) -> bool:
    return not wanted or any(_name(one) in had for one in wanted)


def _holds(clause: Clause, seen: Sight) -> bool:
    runs = _runs(clause)
    return not runs or any(seen.has(run, prefix=clause.prefix) for run in runs) != clause.negated


def _runs(clause: Clause) -> list[list[str]]:
    return [run for one in clause.alternatives if (run := index_words(" ".join(one)))]


def _name(value: str) -> str:
    return "_".join(value.lower().split())


def _mark(kind: str, name: str) -> str:
    """A filter's value among the words: the blank keeps it apart from every word."""
    return f"{kind} {_name(name)}"


def _stands_under(query: SearchQuery) -> list[str]:
    """Of these an article must have one to satisfy the query; empty when that cannot be told.

    Words come first, the longest of them: they are rarer than filters.
    """
    sets = [
        [run[0] for run in _runs(clause)] for clause in query.clauses if not clause.negated and not _open_ended(clause)
    ]
    told = [words for words in sets if words]
    if told:
        return max(told, key=lambda words: (-len(words), min(map(len, words))))
    for kind, names in (("s", query.sources), ("c", query.countries), ("t", query.topics)):
        if names:
            return [_mark(kind, name) for name in names]
    return []


def _open_ended(clause: Clause) -> bool:
    """Whether one of its alternatives is a mere beginning."""
    return clause.prefix and any(len(run) == 1 for run in _runs(clause))


@dataclass(frozen=True, slots=True)
class Watch:
    """Everybody's alerts, ready to be asked about articles. `turn` is the store's when they were read."""

    turn: int
    queries: dict[str, SearchQuery] = field(default_factory=dict)
    alerts: dict[str, tuple[Alert, ...]] = field(default_factory=dict)
    under: dict[str, tuple[str, ...]] = field(default_factory=dict)
    always: tuple[str, ...] = ()

    @classmethod
    def over(cls, alerts: Iterable[Alert], parse: Parse, *, turn: int, before: Watch | None = None) -> Watch:
        """Made ready; queries that `before` had read already (with the same `parse`) are not read again."""
        known = {} if before is None else before.queries
        by_query: dict[str, list[Alert]] = defaultdict(list)
        for alert in alerts:
            by_query[alert.query].append(alert)
        queries = {text: known.get(text) or parse(text) for text in by_query}
        under: dict[str, list[str]] = defaultdict(list)
        always = []
        for text, query in queries.items():
            keys = _stands_under(query)
            for key in keys:
                under[key].append(text)
            if not keys and query.asks:
                always.append(text)
        return cls(
            turn,
            queries,
            {text: tuple(some) for text, some in by_query.items()},
            {key: tuple(texts) for key, texts in under.items()},
            tuple(always),
        )

    def matching(self, seen: Sight) -> list[Alert]:
        """The alerts that the article satisfies, oldest first."""
        near = {text for key in seen.keys & self.under.keys() for text in self.under[key]} | {*self.always}
        found = [alert for text in near if satisfies(seen, self.queries[text]) for alert in self.alerts[text]]
        return sorted(found, key=lambda alert: alert.id)


def own_placement(person: Person, alerts: Sequence[Alert], now: datetime) -> Placement | None:
    """When a story that satisfies these alerts of the person goes to them; None when nothing can be written to them.

    What comes within quiet hours waits for their end, to be bundled then; so does a digest whose time lies within them.
    """
    if person.left is not None:
        return None
    why = f"{OWN}: " + ", ".join(str(alert.id) for alert in alerts)
    due, waits = now, False
    if person.digest is not None:
        due, waits = next_slot(person.digest, person.timezone, now), True
    end = quiet_until(person.quiet, person.timezone, due)
    return Placement(route=OWN, chat=person.chat, due=end or due, waits=waits or end is not None, reason=why)
