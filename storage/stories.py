"""Statements about stories, and the keys by which new articles find them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, Connection, bindparam, delete, func, literal, select, union_all

from newsdesk.stories import Candidate, Story
from storage import tables as t
from storage.rows import lookup_key, story_of

KEPT = timedelta(days=45)
"""How long keys are kept: the longest time in which an article can join or follow a story."""
COMMON = 500
"""A key of more articles than this tells nothing and is not counted."""
_KEYS = 64
"""Keys of one article that are looked at."""
_LEAD = 500
"""Characters of text that a candidate brings along."""

_STORY = select(t.stories).where(t.stories.c.id == bindparam("id"))
_STORY_OF = select(t.story_articles.c.story).where(t.story_articles.c.article == bindparam("article"))
_MEMBERS = (
    select(t.articles.c.id)
    .join(t.story_articles, t.story_articles.c.article == t.articles.c.id)
    .where(t.story_articles.c.story == bindparam("story"))
    .order_by(t.articles.c.place)
)
_SHARING = (
    select(t.story_keys.c.article, func.count().label("shared"))
    .where(t.story_keys.c.key.in_(bindparam("keys", expanding=True)))
    .group_by(t.story_keys.c.article)
    .subquery("sharing")
)
_CANDIDATES = (
    select(
        t.articles.c.id,
        t.story_articles.c.story,
        t.articles.c.title,
        func.substr(t.articles.c.summary, 1, _LEAD).label("summary"),
        func.substr(t.articles.c.body, 1, _LEAD).label("body"),
        t.articles.c.at,
        t.articles.c.outlet,
        t.articles.c.url,
        t.articles.c.language,
        _SHARING.c.shared,
    )
    .select_from(_SHARING)
    .join(t.articles, t.articles.c.id == _SHARING.c.article)
    .join(t.story_articles, t.story_articles.c.article == t.articles.c.id)
    .where(t.articles.c.at >= bindparam("since", type_=t.articles.c.at.type))
    .order_by(_SHARING.c.shared.desc(), t.articles.c.place.desc())
    .limit(bindparam("limit"))
)
_OLDEST_KEPT = (
    select(t.articles.c.id)
    .where(t.articles.c.first_seen < bindparam("before", type_=t.articles.c.at.type))
    .order_by(t.articles.c.first_seen.desc(), t.articles.c.id.desc())
    .limit(1)
)
_PRUNE = delete(t.story_keys).where(t.story_keys.c.article <= bindparam("last"))


def story(connection: Connection, story_id: int) -> Story | None:
    """The story of that number."""
    row = connection.execute(_STORY, {"id": story_id}).first()
    return None if row is None else story_of(row)


def story_told_by(connection: Connection, article_id: int) -> int | None:
    """The story that an article tells."""
    return connection.execute(_STORY_OF, {"article": article_id}).scalar()


def members(connection: Connection, story_id: int) -> list[int]:
    """The articles that tell a story, oldest first."""
    return list(connection.execute(_MEMBERS, {"story": story_id}).scalars())


def usable_keys(keys: Collection[str]) -> list[str]:
    """Keys as they are kept: bounded in length and number, in an order of their own."""
    return sorted({lookup_key(key) for key in keys if key})[:_KEYS]


@cache
def _counting(keys: int) -> CompoundSelect[int, int]:
    """How many articles have each of so many keys; counting stops at COMMON, so a common key costs no more than another."""
    return union_all(
        *(
            select(
                literal(number),
                select(func.count())
                .select_from(
                    select(t.story_keys.c.article)
                    .where(t.story_keys.c.key == bindparam(f"key{number}"))
                    .limit(COMMON + 1)
                    .subquery()
                )
                .scalar_subquery(),
            )
            for number in range(keys)
        )
    )


def _rare(connection: Connection, keys: Sequence[str]) -> list[str]:
    """Those keys that some articles have, but not very many."""
    rows = connection.execute(_counting(len(keys)), {f"key{number}": key for number, key in enumerate(keys)})
    return [keys[number] for number, articles in rows if 0 < articles <= COMMON]


def candidates(connection: Connection, keys: Collection[str], since: datetime, limit: int) -> list[Candidate]:
    """Articles in stories that share rare keys; those that share most come first, then the newer."""
    usable = usable_keys(keys)
    rare = _rare(connection, usable) if usable else []
    if not rare:
        return []
    rows = connection.execute(_CANDIDATES, {"keys": rare, "since": since, "limit": limit})
    return [_candidate(row) for row in rows]


def _candidate(row: Any) -> Candidate:
    return Candidate(
        article=row.id,
        story=row.story,
        title=row.title,
        lead=row.summary or row.body,
        at=row.at,
        outlet=row.outlet,
        url=row.url,
        language=row.language,
    )


def prune_keys(connection: Connection, newest: datetime) -> None:
    """Forget the keys of articles first seen more than KEPT before the newest."""
    last = connection.execute(_OLDEST_KEPT, {"before": newest - KEPT}).scalar()
    if last is not None:
        connection.execute(_PRUNE, {"last": last})
