"""What a searcher asks and what comes back. The text of a query is read here; the store only answers.

Both sides of search speak the same words: `newsdesk.language.words` turns a text into search words (folded,
stemmed, synonyms joined), the store indexes those of each article, and a query is made of those of the query. So
every store finds the same articles.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from newsdesk.articles import Article


class Order(StrEnum):
    """How hits are sorted."""

    RELEVANCE = "relevance"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition of a query; an article must satisfy all of them.

    `any_of` are alternatives, each a run of search words that must stand one after another (one word, or a
    phrase). `negated` turns the clause round. `prefix` lets the last word of each alternative be a beginning.
    """

    any_of: tuple[tuple[str, ...], ...]
    negated: bool = False
    prefix: bool = False


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One article that the store found, with its matched topics, countries and score (higher is better)."""

    article: Article
    topics: tuple[str, ...]
    countries: tuple[str, ...]
    score: float
