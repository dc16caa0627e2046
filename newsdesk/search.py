"""What a searcher asks and what comes back. The text of a query is read here; the store only answers.

Both sides of search speak the same words: `newsdesk.language.words` turns a text into search words (folded,
stemmed, synonyms joined), the store indexes those of each article, and a query is made of those of the query. So
every store finds the same articles.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from newsdesk.articles import Article
from newsdesk.language import asking
from newsdesk.language.clutter import clutter
from newsdesk.language.words import LONGEST_RELATED, SearchWord, beginnings, fold_words, related, search_words


class Order(StrEnum):
    """How hits are sorted."""

    RELEVANCE = "relevance"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition of a query; an article must satisfy all of them.

    `any_of` are alternatives, each a run of search words that must stand one after another (one word, or a
    phrase). `nearly` are further alternatives, which mean nearly what was asked: they match as well and count for
    less. `negated` turns the clause round. `prefix` lets the last word of each alternative be a beginning.
    """

    any_of: tuple[tuple[str, ...], ...]
    negated: bool = False
    prefix: bool = False
    nearly: tuple[tuple[str, ...], ...] = ()

    @property
    def alternatives(self) -> tuple[tuple[str, ...], ...]:
        """Whatever satisfies it, what was asked first."""
        return self.any_of + self.nearly


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """A query, read. `text` is what the person wrote; empty filters let everything through."""

    text: str
    clauses: tuple[Clause, ...] = ()
    topics: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    order: Order = Order.RELEVANCE
    notes: tuple[str, ...] = ()
    """What could not be used of the text, each as "what is wrong: the part", so that the answer can help."""

    @property
    def asks(self) -> bool:
        """Whether anything restricts it; one made of negations alone asks for nothing in particular."""
        positive = any(not clause.negated for clause in self.clauses)
        return bool(positive or self.topics or self.sources or self.countries or self.since or self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One article that the store found, with its matched topics, countries and score (higher is better)."""

    article: Article
    topics: tuple[str, ...]
    countries: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of an article's text, and where in it (code points, end exclusive) the words of the query stand."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()


MOST_CLAUSES = 8
"""Conditions of a query that count; more would only find nothing, slowly."""
TOPICS = ("film", "ai", "collaboration")
_SORTS = {"newest": Order.NEWEST, "new": Order.NEWEST, "terbaru": Order.NEWEST, "relevance": Order.RELEVANCE}
_STOP = """di ke dari dan yang untuk dengan pada dalam itu ini adalah oleh para sebagai akan juga atau tentang soal
the of in and a an for to on at by with is are from as or about"""
_STOP_WORDS = frozenset(_STOP.split())
"""Words that a query of several words does not insist on. They are indexed, so phrases may contain them."""


WORD = 64
"""Letters of a search word that count."""
FIELD_WORDS = 8_000
"""Words of a title or text that are indexed: PostgreSQL keeps positions up to 16,383."""
_CONTROLS = dict.fromkeys([*range(32), 127], " ")


def index_words(text: str) -> list[str]:
    """The words of an already prepared text: split at white space and controls, of bounded length and number."""
    if not text.isprintable():
        text = text.translate(_CONTROLS)
    return [word[:WORD] for word in text.lower().split()[:FIELD_WORDS]]


def index_text(title: str, summary: str, body: str) -> tuple[str, str]:
    """The search words of the title and of the text, joined by spaces: what a store indexes, splitting at spaces only.

    "Baca juga" lines, sidebars and notices speak of other stories; who searches for those does not want this one.
    """
    text = f"{summary}\n{body}" if summary and body else summary or body
    return _joined_words(title), _joined_words(_the_story(text))


def _the_story(text: str) -> str:
    """The text without the spans that are not its story; a dateline ("Jakarta (ANTARA) -") stays."""
    kept, at = [], 0
    for span in clutter(text):
        if span.kind != "dateline":
            kept.append(text[at : span.start])
            at = span.end
    return "".join((*kept, text[at:]))


def _joined_words(text: str) -> str:
    return " ".join([word.word for word in search_words(text)])


def parse_query(
    text: str,
    *,
    now: datetime,
    zone: tzinfo,
    topics: Collection[str] = TOPICS,
    sources: Collection[str] = (),
) -> SearchQuery:
    """Read what a person typed (see newsdesk/language/asking.py for the language). Never raises.

    `topics` are those that exist; `sources` the ids that exist, empty where they are not known. Whatever could not be
    used is told in `notes`, each "what is wrong: the part". Dates are days in `zone`.
    """
    notes = _Notes()
    if len(asking.shortened(text)) < len(text.rstrip()):
        notes.add("only the beginning was read", f"{asking.LONGEST} characters")
    found = asking.terms(text)
    clauses = _clauses([term for term in found if term.kind is not asking.Kind.FILTER], notes)
    filters = [term for term in found if term.kind is asking.Kind.FILTER]
    since, until = _times(filters, now, zone, notes)
    return SearchQuery(
        text=text,
        clauses=clauses,
        topics=_chosen(filters, "topic", lambda value: _named(value, topics), notes),
        sources=_chosen(
            filters, "source", lambda value: _named(value, sources) if sources else (value.lower(),), notes
        ),
        countries=_chosen(filters, "country", _country, notes),
        since=since,
        until=until,
        order=_order(filters, notes),
        notes=notes.all(),
    )


class _Notes:
    """What a query asks for that cannot be had, in the order met."""

    def __init__(self) -> None:
        self._notes: dict[str, None] = {}

    def add(self, what: str, part: str) -> None:
        self._notes[f"{what}: {part}"] = None

    def all(self) -> tuple[str, ...]:
        return tuple(self._notes)


def _clauses(found: Sequence[asking.Term], notes: _Notes) -> tuple[Clause, ...]:
    """The conditions that the terms set, alternatives joined, without stop words unless there is nothing else."""
    clauses: list[Clause] = []
    joins = False
    for group in _groups(found):
        if group[0].kind is asking.Kind.OR:
            joins = bool(clauses)
            continue
        fresh = _of_group(group)
        if joins and fresh and not fresh[0].negated and not clauses[-1].negated:
            before = clauses.pop()
            fresh[0] = Clause(
                before.any_of + fresh[0].any_of, prefix=fresh[0].prefix, nearly=before.nearly + fresh[0].nearly
            )
        joins = False
        clauses += fresh
    kept = [clause for clause in clauses if not _is_stop(clause)] or clauses
    if len(kept) > MOST_CLAUSES:
        notes.add(
            "too many words, these were left out",
            " ".join(kept[n].any_of[0][0] for n in range(MOST_CLAUSES, len(kept))),
        )
    return tuple(dict.fromkeys(kept[:MOST_CLAUSES]))


def _groups(found: Sequence[asking.Term]) -> list[list[asking.Term]]:
    """Plain words that follow each other belong together, so that "kerja sama" is read as one."""
    groups: list[list[asking.Term]] = []
    for term in found:
        plain = term.kind is asking.Kind.WORD and not term.negated
        if plain and groups and groups[-1][0].kind is asking.Kind.WORD and not groups[-1][0].negated:
            groups[-1].append(term)
        else:
            groups.append([term])
    return groups


def _of_group(group: Sequence[asking.Term]) -> list[Clause]:
    first = group[0]
    if first.kind is asking.Kind.PREFIX:
        words = tuple(fold_words(first.text))
        also = beginnings(words[0]) if len(words) == 1 else ()
        return [Clause((words, *also), first.negated, prefix=True)] if words else []
    words_found = search_words(" ".join(term.text for term in group), query=True)
    if first.kind is asking.Kind.PHRASE or first.negated:
        phrase = tuple(word.word for word in words_found)
        return [Clause((phrase,), first.negated)] if phrase else []
    runs: dict[tuple[int, int], list[str]] = {}
    for word in words_found:
        runs.setdefault((word.start, word.end), []).append(word.word)
    return _of_runs([tuple(run) for run in runs.values()])


def _of_runs(runs: list[tuple[str, ...]]) -> list[Clause]:
    """A condition for each run. Where neighbours together have relatives ("rare earth"), these satisfy each of them."""
    clauses: list[Clause] = []
    at = 0
    while at < len(runs):
        count = next((n for n in range(LONGEST_RELATED, 1, -1) if related(_chained(runs[at : at + n]))), 1)
        together = related(_chained(runs[at : at + count])) if count > 1 else ()
        for run in runs[at : at + count]:
            nearly = dict.fromkeys((*together, *related(run)))
            clauses.append(Clause((run,), nearly=tuple(nearly)))
        at += count
    return clauses


def _chained(runs: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(word for run in runs for word in run)


def _is_stop(clause: Clause) -> bool:
    return (
        len(clause.any_of) == 1
        and len(clause.any_of[0]) == 1
        and clause.any_of[0][0] in _STOP_WORDS
        and not clause.negated
    )


def _chosen(
    filters: Sequence[asking.Term], key: str, known: Callable[[str], tuple[str, ...]], notes: _Notes
) -> tuple[str, ...]:
    """The values that a filter asks for, as the store knows them."""
    chosen: dict[str, None] = {}
    for term in filters:
        if term.key != key:
            continue
        found = () if term.negated or not term.text else known(term.text)
        if not found:
            notes.add(f"cannot exclude a {key}" if term.negated else f"unknown {key}", term.text or "(nothing)")
        chosen |= dict.fromkeys(found)
    return tuple(chosen)


def _named(value: str, names: Collection[str]) -> tuple[str, ...]:
    """The names that a value means: itself, else those that begin with it, else those that contain it."""
    folded = value.lower()
    if folded in names:
        return (folded,)
    begins = tuple(name for name in names if name.lower().startswith(folded))
    return begins or tuple(name for name in names if len(folded) > 2 and folded in name.lower())


def _country(value: str) -> tuple[str, ...]:
    """The code of a country given by code, or by any of its names in Indonesian or English."""
    from newsdesk.language.countries import country_names  # Babel is loaded only by a query that names a country

    folded = " ".join(value.replace("_", " ").lower().split())
    names = country_names()
    if len(folded) == 2 and folded.upper() in {name.code for name in names}:
        return (folded.upper(),)
    named = next((name.code for name in names if name.text.lower() == folded), None)
    if named is None:
        meant = search_words(folded, query=True)
        named = next((name.code for name in names if meant and _same_words(name.text, meant)), None)
    return () if named is None else (named,)


def _same_words(name: str, meant: Sequence[SearchWord]) -> bool:
    return [word.word for word in search_words(name)] == [word.word for word in meant]


def _times(
    filters: Sequence[asking.Term], now: datetime, zone: tzinfo, notes: _Notes
) -> tuple[datetime | None, datetime | None]:
    """The earliest moment wanted, and the moment from which on nothing is wanted."""
    periods: dict[str, tuple[datetime, datetime]] = {}
    for term in filters:
        if term.key not in ("since", "until"):
            continue
        found = None if term.negated else asking.period(term.text, now=now, zone=zone)
        if found is None:
            notes.add("not a date", f"{term.key}:{term.text}")
        else:
            periods[term.key] = found
    first, last = periods.get("since"), periods.get("until")
    if first and last and first[0] >= _end(last, now):
        notes.add("since is later than until, so they were exchanged", f"{last[0].date()} {first[0].date()}")
        first, last = last, first
    return (first[0] if first else None), (_end(last, now) if last else None)


def _end(found: tuple[datetime, datetime], now: datetime) -> datetime:
    """Where a time ends as a bound: a day with its last moment, an age ("until:7d") where it begins."""
    return found[0] if found[1] == now else found[1]


def _order(filters: Sequence[asking.Term], notes: _Notes) -> Order:
    order = Order.RELEVANCE
    for term in filters:
        if term.key == "sort":
            if term.text.lower() in _SORTS:
                order = _SORTS[term.text.lower()]
            else:
                notes.add("unknown order", f"{term.text or '(nothing)'} (newest, relevance)")
    return order


def snippet(title: str, text: str, query: SearchQuery, width: int = 160) -> Snippet:
    """At most about `width` characters of the text around the densest hits of the query, cut between words.

    A cut side shows "…". Without a hit it is the beginning of the text; without a text, the title. The marks are
    places in the snippet's own text.
    """
    story = _the_story(text)
    source = story if story.strip() else title
    hits = _hits(source, query)
    start, end = _window(source, hits, width)
    lead, tail = "… " if start else "", " …" if end < len(source.rstrip()) else ""
    body = source[start:end]
    marks = [
        (first - start + len(lead), last - start + len(lead)) for first, last in hits if first >= start and last <= end
    ]
    return Snippet(lead + _SPACES.sub(" ", body) + tail, tuple(marks))


_SPACES = re.compile(r"[\n\r\t\u00a0]")


def _hits(text: str, query: SearchQuery) -> tuple[tuple[int, int], ...]:
    """Where the words of the query's positive clauses stand, in order and apart from each other."""
    words = search_words(text)
    wanted: dict[str, list[tuple[tuple[str, ...], bool]]] = {}
    prefixes: list[tuple[str, ...]] = []
    for clause in query.clauses:
        if clause.negated:
            continue
        for run in clause.alternatives:
            if clause.prefix and len(run) == 1:
                prefixes.append(run)
            else:
                wanted.setdefault(run[0], []).append((run, clause.prefix))
    spans: list[tuple[int, int]] = []
    for at, word in enumerate(words):
        if any(word.word.startswith(prefix[0]) for prefix in prefixes):
            spans.append((word.start, word.end))
        for run, prefix in wanted.get(word.word, ()):
            if _runs(words, at, run, prefix):
                spans.append((word.start, words[at + len(run) - 1].end))
    return _merged(spans)


def _runs(words: Sequence[SearchWord], at: int, run: tuple[str, ...], prefix: bool) -> bool:
    if at + len(run) > len(words):
        return False
    last = words[at + len(run) - 1].word
    same = all(words[at + n].word == word for n, word in enumerate(run[:-1]))
    return same and (last.startswith(run[-1]) if prefix else last == run[-1])


def _merged(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(set(spans)):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _window(text: str, hits: Sequence[tuple[int, int]], width: int) -> tuple[int, int]:
    """The piece of the text to show: the one with most hits, and a little before the first of them."""
    if len(text) <= width:
        return 0, len(text)
    start = max(0, _densest(hits, width * 3 // 4) - width // 4)
    start = 0 if start < width // 5 else _forward(text, start)
    return start, _backward(text, min(len(text), start + width), start)


def _densest(hits: Sequence[tuple[int, int]], reach: int) -> int:
    """Where the first stretch of `reach` characters with the most hits begins."""
    best, most, last = 0, 0, 0
    for first, (start, _) in enumerate(hits):
        while last < len(hits) and hits[last][1] <= start + reach:
            last += 1
        if last - first > most:
            best, most = start, last - first
    return best


def _forward(text: str, at: int) -> int:
    """The beginning of the next word at or behind `at`, if there is one near."""
    for n in range(at, min(len(text), at + 40)):
        if text[n - 1].isspace() and not text[n].isspace():
            return n
    return at


def _backward(text: str, at: int, least: int) -> int:
    """The end of the last whole word before `at`, if there is one near."""
    if at >= len(text) or text[at].isspace():
        return at
    for n in range(at, max(least, at - 40), -1):
        if text[n - 1].isspace():
            return n - 1
    return at
