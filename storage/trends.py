"""Statements about how much was told when."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from newsdesk.trends import Telling
from storage import tables as t


def _opened(*columns: Any) -> Select[Any]:
    """Of the stories that were first told since then."""
    return (
        select(t.stories.c.id, *columns)
        .join(t.articles, t.articles.c.id == t.stories.c.first_article)
        .where(
            t.articles.c.first_seen >= bindparam("since", type_=t.articles.c.first_seen.type),
            t.articles.c.at >= bindparam("since", type_=t.articles.c.at.type),
        )
    )


_TOPICS = (
    _opened(t.articles.c.at, t.verdicts.c.topic)
    .join(t.verdicts, t.verdicts.c.article == t.stories.c.first_article)
    .where(t.verdicts.c.matched)
    .order_by(t.stories.c.id, t.verdicts.c.position)
)
_COUNTRIES = (
    _opened(t.article_countries.c.country)
    .join(t.article_countries, t.article_countries.c.article == t.stories.c.first_article)
    .order_by(t.stories.c.id, t.article_countries.c.country)
)


def tellings(connection: Connection, since: datetime) -> list[Telling]:
    """Every story whose opening article came since then and matched a topic, in the order in which they opened."""
    countries: dict[int, list[str]] = defaultdict(list)
    for story, country in connection.execute(_COUNTRIES, {"since": since}):
        countries[story].append(country)
    times: dict[int, datetime] = {}
    topics: dict[int, list[str]] = defaultdict(list)
    for story, at, topic in connection.execute(_TOPICS, {"since": since}):
        times[story] = at
        topics[story].append(topic)
    return [Telling(at, tuple(topics[story]), tuple(countries.get(story, ()))) for story, at in times.items()]
