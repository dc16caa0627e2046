"""Statements about stories, and the keys by which new articles find them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, bindparam, func, select

from newsdesk.stories import Candidate, Story
from storage import tables as t
from storage.articles import chunks
from storage.index import KeyIndex
from storage.rows import story_of
from storage.wording import usable_keys

KEPT = timedelta(days=45)
"""How long keys are kept: the longest time in which an article can join or follow a story."""
COMMON = 500
"""A key of more articles than this tells nothing and is not counted."""
LEAD = 500
"""Characters of text that a candidate brings along."""

_STORY = select(t.stories).where(t.stories.c.id == bindparam("id"))
_STORY_OF = select(t.story_articles.c.story).where(t.story_articles.c.article == bindparam("article"))
_MEMBERS = (
    select(t.articles.c.id)
    .join(t.story_articles, t.story_articles.c.article == t.articles.c.id)
    .where(t.story_articles.c.story == bindparam("story"))
    .order_by(t.articles.c.place)
)
_FOLLOWING = (
    select(t.stories.c.first_article)
    .where(t.stories.c.follows == bindparam("story"), t.stories.c.id > bindparam("story"))
    .order_by(t.stories.c.id.desc())
    .limit(bindparam("limit"))
)
_CANDIDATES = (
    select(
        t.articles.c.id,
        t.story_articles.c.story,
        t.articles.c.title,
        func.substr(t.articles.c.summary, 1, LEAD).label("summary"),
        func.substr(t.articles.c.body, 1, LEAD).label("body"),
        t.articles.c.at,
        t.articles.c.outlet,
        t.articles.c.url,
        t.articles.c.language,
    )
    .join(t.story_articles, t.story_articles.c.article == t.articles.c.id)
    .where(
        t.articles.c.id.in_(bindparam("ids", expanding=True)),
        t.articles.c.at >= bindparam("since", type_=t.articles.c.at.type),
    )
)
_OLDEST_KEPT = (
    select(t.articles.c.id)
    .where(t.articles.c.first_seen < bindparam("before", type_=t.articles.c.at.type))
    .order_by(t.articles.c.first_seen.desc(), t.articles.c.id.desc())
    .limit(1)
)


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


def following(connection: Connection, story_id: int, limit: int) -> list[int]:
    """The articles that opened the stories which follow this one, newest first."""
    return list(connection.execute(_FOLLOWING, {"story": story_id, "limit": limit}).scalars())


@dataclass(frozen=True, slots=True)
class Sharing:
    """A candidate and how many keys it shares."""

    shared: int
    candidate: Candidate

    @property
    def rank(self) -> tuple[int, int]:
        """Those that share most come first, then those kept last."""
        return -self.shared, -self.candidate.article


class Unwritten(Protocol):
    """Articles that a transaction has gathered and not yet written (storage/gathered.py)."""

    @property
    def by_key(self) -> Mapping[str, Sequence[int]]:
        """The articles that have a key."""

    def sharing(self, keys: Sequence[str], since: datetime, limit: int) -> list[Sharing]:
        """Those that share keys and tell a story, in order of rank."""


def candidates(
    connection: Connection,
    index: KeyIndex,
    keys: Collection[str],
    since: datetime,
    limit: int,
    unwritten: Unwritten | None = None,
) -> list[Candidate]:
    """Articles in stories that share rare keys; those that share most come first, then those kept last."""
    asked = usable_keys(keys)
    if not asked:
        return []
    having: dict[str, list[int]] = {key: [] for key in asked}
    for place, article in index.having(connection, asked, COMMON + 1):
        having[asked[place]].append(article)
    gathered = {} if unwritten is None else unwritten.by_key
    rare = [key for key in asked if len(having[key]) + len(gathered.get(key, ())) <= COMMON]
    shared = Counter(article for key in rare for article in having[key])
    found = _sharing(connection, sorted((-number, -article) for article, number in shared.items()), since, limit)
    if unwritten is not None:
        found += unwritten.sharing(rare, since, limit)
    return [one.candidate for one in sorted(found, key=lambda one: one.rank)[:limit]]


def _sharing(connection: Connection, ranked: Sequence[tuple[int, int]], since: datetime, limit: int) -> list[Sharing]:
    """The first that tell a story and are not too old, looked at in portions: most of the many are never needed."""
    found: list[Sharing] = []
    for portion in chunks(ranked, limit):
        wanted = {"ids": [-article for _, article in portion], "since": since}
        rows = {row.id: row for row in connection.execute(_CANDIDATES, wanted)}
        found += [Sharing(-shared, _candidate(rows[-one])) for shared, one in portion if -one in rows]
        if len(found) >= limit:
            break
    return found[:limit]


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


def prune_keys(connection: Connection, index: KeyIndex, newest: datetime) -> None:
    """Forget the keys of articles first seen more than KEPT before the newest."""
    last = connection.execute(_OLDEST_KEPT, {"before": newest - KEPT}).scalar()
    if last is not None:
        index.prune(connection, last)
