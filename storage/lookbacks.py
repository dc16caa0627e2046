"""Statements about looks back at a week: the stories of one, which were listed, and where they stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from newsdesk.lookback import Listed, LookBack, Told
from newsdesk.messages import Card, MessageState, Post, PostState
from storage import outbox
from storage import tables as t
from storage.articles import articles_of, chunks
from storage.cards import story_countries, story_topics
from storage.rows import clean
from storage.stories import members

_MOST_KNOWN = 20
"""Slots of a route that a new one is compared with."""


def made(connection: Connection, route: str, chat: str) -> list[LookBack]:
    """The newest looks back of the route in the chat."""
    lb = t.look_backs.c
    here = (lb.route == clean(route), lb.chat == outbox.chat_now(connection, chat))
    rows = connection.execute(select(t.look_backs).where(*here).order_by(lb.slot.desc()).limit(_MOST_KNOWN))
    return [LookBack(row.slot, row.at, row.message) for row in rows]


def keep(connection: Connection, route: str, chat: str, one: LookBack) -> None:
    """Write one down; raises the database's error when its slot is there."""
    here = outbox.chat_now(connection, chat)
    values = {"route": clean(route), "chat": clean(here), "slot": one.slot, "at": one.at, "message": one.message}
    connection.execute(insert(t.look_backs), values)


def list_stories(connection: Connection, message_id: int, stories: Sequence[int]) -> None:
    """Let the message list these stories, in this order."""
    rows = [
        {"message": message_id, "position": place, "story": story, "struck": False}
        for place, story in enumerate(stories)
    ]
    connection.execute(insert(t.message_stories), rows)


def strike(connection: Connection, story: int) -> None:
    """No list shows the story from now on."""
    connection.execute(update(t.message_stories).where(t.message_stories.c.story == story).values(struck=True))


def listing(connection: Connection, story: int) -> list[int]:
    """The messages that list the story, oldest first."""
    ms = t.message_stories.c
    rows = select(ms.message).where(ms.story == story, ~ms.struck).order_by(ms.message)
    return list(connection.execute(rows).scalars())


def oldest_message(connection: Connection, chat: str) -> datetime | None:
    """When the first message for the chat was made."""
    m = t.messages.c
    here = outbox.chat_now(connection, chat)
    return connection.execute(select(func.min(m.created)).where(m.chat == clean(here))).scalar()


def told_between(connection: Connection, since: datetime, until: datetime, seen: datetime) -> list[Told]:
    """Every story first told in that time, and seen since then, of which an article matched a topic, by their numbers.

    Stories that were taken back from any chat are left out.
    """
    found: list[Told] = []
    # Step by step, each by an index: in one statement SQLite would read the verdicts of all times.
    for chunk in chunks(_opening(connection, since, until, seen)):
        times = _opened_by(connection, chunk)
        verdicts = _matched(connection, list(times))
        told = _voices(connection, list(verdicts))
        found += [_told(story, times[story], verdicts[story], told[story]) for story in verdicts]
    return sorted(found, key=lambda one: one.story)


def _opening(connection: Connection, since: datetime, until: datetime, seen: datetime) -> list[int]:
    """The articles of that time."""
    a = t.articles.c
    return list(connection.execute(select(a.id).where(a.first_seen >= seen, a.at >= since, a.at < until)).scalars())


def _opened_by(connection: Connection, articles: Collection[int]) -> dict[int, datetime]:
    """The stories that these articles opened and that were not taken back, with the time at which they were told."""
    retracted = (
        select(t.posts.c.id)
        .join(t.retractions, t.retractions.c.post == t.posts.c.id)
        .where(t.posts.c.story == t.stories.c.id)
        .exists()
    )
    opened = (
        select(t.stories.c.id, t.articles.c.at)
        .select_from(t.story_articles)
        .join(t.stories, t.stories.c.id == t.story_articles.c.story)
        .join(t.articles, t.articles.c.id == t.story_articles.c.article)
        .where(t.story_articles.c.article.in_(articles), t.stories.c.first_article == t.articles.c.id, ~retracted)
    )
    return {story: at for story, at in connection.execute(opened)}


def _matched(connection: Connection, stories: Collection[int]) -> dict[int, dict[int, dict[str, float]]]:
    """The topics that each article of each story matched, with their scores; only stories of which one did."""
    rows = (
        select(t.story_articles.c.story, t.verdicts.c.article, t.verdicts.c.topic, t.verdicts.c.score)
        .join(t.verdicts, t.verdicts.c.article == t.story_articles.c.article)
        .where(t.story_articles.c.story.in_(stories), t.verdicts.c.matched)
        .order_by(t.story_articles.c.story, t.verdicts.c.article)
    )
    matched: dict[int, dict[int, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for story, article, topic, score in connection.execute(rows):
        matched[story][article][topic] = score
    return matched


def _voices(connection: Connection, stories: Collection[int]) -> dict[int, list[tuple[str, str]]]:
    """Outlet and source of every article of each story."""
    rows = (
        select(t.story_articles.c.story, t.articles.c.outlet, t.articles.c.source)
        .join(t.articles, t.articles.c.id == t.story_articles.c.article)
        .where(t.story_articles.c.story.in_(stories))
    )
    voices: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for story, outlet, source in connection.execute(rows):
        voices[story].append((outlet, source))
    return voices


def _told(story: int, at: datetime, matched: dict[int, dict[str, float]], voices: Sequence[tuple[str, str]]) -> Told:
    return Told(
        story=story,
        at=at,
        outlets=len({outlet for outlet, _ in voices}),
        matched=tuple(frozenset(topics) for topics in matched.values()),
        score=max(sum(topics.values()) for topics in matched.values()),
        sources=frozenset(source for _, source in voices),
    )


def listed(connection: Connection, message_id: int, unnamed: Collection[str]) -> Listed | None:
    """What the look back shows; None for another message."""
    slot = connection.execute(select(t.look_backs.c.slot).where(t.look_backs.c.message == message_id)).scalar()
    message = outbox.message(connection, message_id)
    if slot is None or message is None:
        return None
    ms = t.message_stories.c
    rows = connection.execute(select(ms.story, ms.struck).where(ms.message == message_id).order_by(ms.position)).all()
    cards = (_card(connection, story, message.chat, unnamed) for story, struck in rows if not struck)
    return Listed(slot, tuple(card for card in cards if card is not None), any(struck for _, struck in rows))


def _card(connection: Connection, story: int, chat: str, unnamed: Collection[str]) -> Card | None:
    """The story as the chat told it, or else as it was told first; None where only `unnamed` sources tell it."""
    ids = members(connection, story)
    found = articles_of(connection, ids)
    told = [found[number] for number in ids if found[number].source not in unnamed]
    if not told:
        return None
    post = outbox.post_in_chat(connection, story, chat)
    shown = next((article for article in told if post is not None and article.id == post.article), told[0])
    also = {article.outlet: article.url for article in reversed(told) if article.outlet != shown.outlet}
    return Card(
        post=0 if post is None else post.id,
        story=story,
        article=shown,
        topics=story_topics(connection, ids),
        countries=story_countries(connection, ids),
        also=tuple(reversed(also.items())),
        stands=_number(connection, post),
    )


def _number(connection: Connection, post: Post | None) -> int | None:
    """Under which number the post stands in its chat."""
    if post is None or post.message is None or post.retracted is not None or post.state is not PostState.SENT:
        return None
    carrier = outbox.message(connection, post.message)
    return carrier.message_id if carrier is not None and carrier.state is MessageState.SENT else None
