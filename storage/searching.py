"""Search over any index: newest first straight from it, by relevance among the newest matches."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from newsdesk.search import Found, Order, SearchQuery
from storage.articles import found
from storage.index import Bounds, SearchIndex
from storage.places import places_between
from storage.relevance import CANDIDATES, LEAD, Hit, rank, recency
from storage.wording import Wanted, wanted, wanted_topics


def search(connection: Connection, index: SearchIndex, query: SearchQuery, limit: int, offset: int) -> list[Found]:
    """Articles that satisfy the query, best or newest first."""
    want, within = wanted(query), places_between(query.since, query.until)
    if query.order is Order.NEWEST or not any(not clause.negated for clause in want.phrases):
        return _newest(connection, index, want, within, limit, offset)
    candidates = index.candidates(connection, want, within, CANDIDATES, LEAD)
    hits = rank(candidates, want.phrases, limit, offset)
    older = max(offset, CANDIDATES)
    missing = offset + limit - older
    if missing > 0 and len(candidates) == CANDIDATES:  # paged beyond the candidates: what is older follows by time
        hits += [Hit(place, 0.0) for place in index.newest(connection, want, within, missing, older)]
    return found(connection, hits)


def count(connection: Connection, index: SearchIndex, query: SearchQuery, at_most: int) -> int:
    """How many articles satisfy the query; counting stops at `at_most`."""
    return index.count(connection, wanted(query), places_between(query.since, query.until), at_most)


def latest(connection: Connection, index: SearchIndex, topics: Collection[str], limit: int, offset: int) -> list[Found]:
    """Newest articles that matched any of the topics, or any topic at all."""
    return _newest(connection, index, wanted_topics(topics), places_between(None, None), limit, offset)


def _newest(
    connection: Connection, index: SearchIndex, want: Wanted, within: Bounds, limit: int, offset: int
) -> list[Found]:
    places = index.newest(connection, want, within, limit, offset)
    return found(connection, [Hit(place, recency(place, places[0])) for place in places])
