"""Statements about articles and their verdicts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection, Select, bindparam, func, or_, select

from newsdesk.articles import Article, Identity
from newsdesk.identity import canonical_url
from newsdesk.search import Found
from newsdesk.verdicts import Verdicts
from storage import tables as t
from storage.pages import pages_of
from storage.places import places_between
from storage.relevance import Hit
from storage.rows import ARTICLE_COLUMNS, article_of, clean, lookup_key, verdicts_of

COLUMNS = [t.articles.c[name] for name in ARTICLE_COLUMNS]
_MANY = 250
"""Values in one IN list, of which a statement may have three: older builds of SQLite take 999 in all."""

_RECOGNISE = (
    select(*COLUMNS)
    .where(
        or_(
            t.articles.c.identity_url.in_(bindparam("urls", expanding=True)),
            t.articles.c.outlet_id.in_(bindparam("outlet_ids", expanding=True)),
            t.articles.c.fingerprint.in_(bindparam("fingerprints", expanding=True)),
        )
    )
    .order_by(t.articles.c.id)
)
_ONE = select(*COLUMNS).where(t.articles.c.id == bindparam("id"))
_BY_IDS = select(*COLUMNS).where(t.articles.c.id.in_(bindparam("ids", expanding=True)))
_BY_PLACES = select(*COLUMNS, t.articles.c.place).where(t.articles.c.place.in_(bindparam("places", expanding=True)))
_BY_IDENTITY = select(*COLUMNS).where(t.articles.c.identity_url == bindparam("url"))
_BY_URL = select(*COLUMNS).where(t.articles.c.url == bindparam("url")).order_by(t.articles.c.id).limit(1)
_VERDICTS = select(t.verdicts).where(t.verdicts.c.article == bindparam("article")).order_by(t.verdicts.c.position)
_VERDICTS_OF = (
    select(t.verdicts)
    .where(t.verdicts.c.article.in_(bindparam("ids", expanding=True)))
    .order_by(t.verdicts.c.article, t.verdicts.c.position)
)
_FROM = (
    select(*COLUMNS, t.articles.c.place)
    .where(t.articles.c.place > bindparam("last"))
    .order_by(t.articles.c.place)
    .limit(bindparam("limit"))
)
_SPOKEN = 500
"""Characters of a text that are read for the words in it."""
_NEWEST_TEXTS = (
    select(t.articles.c.title, func.substr(t.articles.c.summary, 1, _SPOKEN))
    .order_by(t.articles.c.place.desc())
    .limit(bindparam("limit"))
)
_TOPICS = (
    select(t.verdicts.c.article, t.verdicts.c.topic)
    .where(t.verdicts.c.article.in_(bindparam("ids", expanding=True)), t.verdicts.c.matched)
    .order_by(t.verdicts.c.position, t.verdicts.c.topic)
)
_COUNTRIES = (
    select(t.article_countries.c.article, t.article_countries.c.country)
    .where(t.article_countries.c.article.in_(bindparam("ids", expanding=True)))
    .order_by(t.article_countries.c.country)
)


Item = TypeVar("Item")


def chunks(items: Iterable[Item], size: int = _MANY) -> Iterator[list[Item]]:
    """The items in lists of at most `size`."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def recognise(connection: Connection, identities: Sequence[Identity]) -> list[list[Article]]:
    """For each identity the kept articles that share anything of it, best trait first. One statement for 250 identities."""
    found: list[list[Article]] = []
    for chunk in chunks(identities):
        found += _recognise_chunk(connection, chunk)
    return found


def _recognise_chunk(connection: Connection, identities: Sequence[Identity]) -> list[list[Article]]:
    traits = [_traits(identity) for identity in identities]
    wanted = {
        name: [value for value in {trait[number] for trait in traits} if value]
        for number, name in enumerate(("urls", "outlet_ids", "fingerprints"))
    }
    by_trait: dict[tuple[int, str], list[Article]] = defaultdict(list)
    for row in connection.execute(_RECOGNISE, wanted):
        article = article_of(row)
        for number, value in enumerate((row.identity_url, row.outlet_id, row.fingerprint)):
            by_trait[number, value or ""].append(article)
    return [
        list({article.id: article for key in enumerate(trait) if key[1] for article in by_trait.get(key, ())}.values())
        for trait in traits
    ]


def _traits(identity: Identity) -> tuple[str, str, str]:
    return lookup_key(identity.url), lookup_key(identity.outlet_id), lookup_key(identity.fingerprint)


def article(connection: Connection, article_id: int) -> Article | None:
    """The article of that number."""
    row = connection.execute(_ONE, {"id": article_id}).first()
    return None if row is None else article_of(row)


def find_article(connection: Connection, id_or_url: str) -> Article | None:
    """The article of that number, of that canonical URL, or first stored under that URL."""
    asked = clean(id_or_url).strip()
    if asked.isdecimal():
        return article(connection, int(asked)) if len(asked) <= 18 else None
    for statement, url in (
        (_BY_IDENTITY, lookup_key(canonical_url(asked))),
        (_BY_IDENTITY, lookup_key(asked)),
        (_BY_URL, asked),
    ):
        row = connection.execute(statement, {"url": url}).first()
        if row is not None:
            return article_of(row)
    return None


def articles_of(connection: Connection, ids: Collection[int]) -> dict[int, Article]:
    """Articles by number."""
    found = (row for chunk in chunks(ids) for row in connection.execute(_BY_IDS, {"ids": chunk}))
    return {row.id: article_of(row) for row in found}


def opening(connection: Connection, ids: Sequence[int]) -> list[Article]:
    """The articles of these numbers, in this order."""
    found = articles_of(connection, ids)
    return [found[number] for number in ids if number in found]


def newest_texts(connection: Connection, limit: int) -> list[str]:
    """Title and beginning of the text of the newest articles."""
    return [f"{title}\n{said}" for title, said in connection.execute(_NEWEST_TEXTS, {"limit": limit})]


def articles_at(connection: Connection, places: Collection[int]) -> dict[int, Article]:
    """Articles by place."""
    found = (row for chunk in chunks(places) for row in connection.execute(_BY_PLACES, {"places": chunk}))
    return {row.place: article_of(row) for row in found}


def verdicts(connection: Connection, article_id: int) -> Verdicts:
    """The verdicts on an article, in the order of the rule sets."""
    rows = connection.execute(_VERDICTS, {"article": article_id})
    return verdicts_of(rows, countries(connection, [article_id]).get(article_id, ()))


def judged_since(connection: Connection, since: datetime) -> Iterator[tuple[Article, Verdicts]]:
    """Articles from that time on with their verdicts, oldest first, a few hundred in memory at once.

    Their body is the text of the page where that is kept.
    """
    last = places_between(since, None)[0] - 1
    while rows := connection.execute(_FROM, {"last": last, "limit": _MANY}).all():
        last = rows[-1].place
        ids = [row.id for row in rows]
        judged = defaultdict(list)
        for verdict in connection.execute(_VERDICTS_OF, {"ids": ids}):
            judged[verdict.article].append(verdict)
        countries_of = countries(connection, ids)
        looks = pages_of(connection, ids)
        for row in rows:
            article = article_of(row)
            if row.id in looks and looks[row.id].read:
                article = replace(article, body=looks[row.id].text)
            yield article, verdicts_of(judged[row.id], countries_of.get(row.id, ()))


def topics(connection: Connection, ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """The topics that articles matched, in the order of the rule sets."""
    return _collected(connection, _TOPICS, ids)


def countries(connection: Connection, ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """The countries of articles, sorted."""
    return _collected(connection, _COUNTRIES, ids)


def _collected(connection: Connection, statement: Select[int, str], ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    gathered: dict[int, list[str]] = defaultdict(list)
    for chunk in chunks(ids):
        for article_id, value in connection.execute(statement, {"ids": chunk}):
            gathered[article_id].append(value)
    return {article_id: tuple(values) for article_id, values in gathered.items()}


def found(connection: Connection, hits: Sequence[Hit]) -> list[Found]:
    """Hits as articles with their topics and countries, in the order given."""
    at = articles_at(connection, [hit.place for hit in hits])
    ids = [article.id for article in at.values()]
    topics_of, countries_of = topics(connection, ids), countries(connection, ids)
    return [
        Found(
            article=at[hit.place],
            topics=topics_of.get(at[hit.place].id, ()),
            countries=countries_of.get(at[hit.place].id, ()),
            score=hit.score,
        )
        for hit in hits
        if hit.place in at
    ]
