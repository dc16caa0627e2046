"""What posts show of their stories, and the whole trace of one article."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, select

from newsdesk.articles import Article
from newsdesk.messages import Card, MessageState, Post
from newsdesk.people import OWN
from newsdesk.ports import ArticleTrace
from newsdesk.stories import Story
from storage import articles, outbox, pages, people, stories
from storage import tables as t


def cards(connection: Connection, post_ids: Sequence[int], unnamed: Collection[str] = ()) -> list[Card]:
    """What each post shows, in the order asked for; nothing of those that were taken back."""
    posts = outbox.posts_of(connection, post_ids)
    shown = [posts[post_id] for post_id in post_ids if post_id in posts and posts[post_id].retracted is None]
    alerts = people.names_of(connection, posts)
    return [_card(connection, post, alerts.get(post.id, ()), unnamed) for post in shown]


def _card(connection: Connection, post: Post, alerts: tuple[str, ...], unnamed: Collection[str]) -> Card:
    told = _told_by(connection, post.story)
    shown = told.get(post.article) or articles.articles_of(connection, [post.article])[post.article]
    story = stories.story(connection, post.story)
    before = None if story is None else _before(connection, story.follows, post.chat)
    return Card(
        post=post.id,
        story=post.story,
        article=shown,
        topics=story_topics(connection, list(told) or [post.article]),
        countries=story_countries(connection, list(told) or [post.article]),
        also=_also(shown, [article for article in told.values() if article.source not in unnamed]),
        follows=None if before is None else (before.title, before.url),
        answers=None if story is None else _answers(connection, story, post.chat),
        corrected=post.corrected,
        alerts=alerts,
    )


def _before(connection: Connection, story_id: int | None, chat: str) -> Article | None:
    """What opened the story that is followed; nothing of one that was taken back from the chat."""
    if story_id is None:
        return None
    there = outbox.post_in_chat(connection, story_id, chat)
    return None if there is not None and there.retracted is not None else _first_of(connection, story_id)


_LONGEST_LINE = 10
"""So many stories back is the first one looked for that a follow-up answers."""


def _answers(connection: Connection, story: Story, chat: str) -> int | None:
    """The Telegram number of the earliest story that this one goes back to and that has a message of its own there."""
    found: int | None = None
    for _ in range(_LONGEST_LINE):
        if story.follows is None:
            break
        earlier = stories.story(connection, story.follows)
        if earlier is None or earlier.id >= story.id:
            break
        story = earlier
        found = _standing(connection, story.id, chat) or found
    return found


def _standing(connection: Connection, story_id: int, chat: str) -> int | None:
    """The number of the message that tells this story, and no other, in the chat."""
    post = outbox.post_in_chat(connection, story_id, chat)
    if post is None or post.message is None or post.retracted is not None:
        return None
    carrier = outbox.message(connection, post.message)
    if carrier is None or carrier.state is not MessageState.SENT or len(carrier.posts) != 1:
        return None
    return carrier.message_id


def _told_by(connection: Connection, story_id: int) -> dict[int, Article]:
    """The articles of a story by number, oldest first."""
    ids = stories.members(connection, story_id)
    found = articles.articles_of(connection, ids)
    return {article_id: found[article_id] for article_id in ids}


def _also(shown: Article, told: Collection[Article]) -> tuple[tuple[str, str], ...]:
    """Further outlets with the URL of their first article, oldest first."""
    first: dict[str, Article] = {}
    for article in told:
        first.setdefault(article.outlet, article)
    return tuple((outlet, article.url) for outlet, article in first.items() if outlet != shown.outlet)


def story_topics(connection: Connection, article_ids: Sequence[int]) -> tuple[str, ...]:
    """The topics that any of the articles matched, in the order of the rule sets."""
    v = t.verdicts.c
    order: dict[str, int] = {}
    for chunk in articles.chunks(article_ids):
        matched = select(v.topic, v.position).where(v.article.in_(chunk), v.matched)
        for topic, position in connection.execute(matched):
            order[topic] = min(position, order.get(topic, position))
    return tuple(sorted(order, key=lambda topic: (order[topic], topic)))


def story_countries(connection: Connection, article_ids: Sequence[int]) -> tuple[str, ...]:
    """The countries that any of the articles names, sorted."""
    by_article = articles.countries(connection, article_ids)
    return tuple(sorted({country for countries in by_article.values() for country in countries}))


def _first_of(connection: Connection, story_id: int | None) -> Article | None:
    story = None if story_id is None else stories.story(connection, story_id)
    return None if story is None else articles.article(connection, story.first_article)


def trace(connection: Connection, article_id: int) -> ArticleTrace | None:
    """Everything about one article."""
    article = articles.article(connection, article_id)
    if article is None:
        return None
    told = stories.story_told_by(connection, article_id)
    story: Story | None = None if told is None else stories.story(connection, told)
    # What somebody's own alerts brought is nobody else's business.
    told_to = [] if story is None else outbox.posts_of_story(connection, story.id)
    posts = [post for post in told_to if post.route != OWN]
    carriers = outbox.messages_of(connection, (post.message for post in posts if post.message is not None))
    return ArticleTrace(
        article=article,
        verdicts=articles.verdicts(connection, article_id),
        story=story,
        follows=None if story is None else _first_of(connection, story.follows),
        siblings=tuple(
            other
            for other in (() if story is None else _told_by(connection, story.id).values())
            if other.id != article_id
        ),
        posts=tuple((post, None if post.message is None else carriers.get(post.message)) for post in posts),
        edits=tuple(outbox.edits_of(connection, carriers)),
        page=pages.pages_of(connection, [article_id]).get(article_id),
    )
