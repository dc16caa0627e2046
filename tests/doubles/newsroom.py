"""A store with news in it, for tests of what comes after polling."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from newsdesk.articles import Article, Identity
from newsdesk.ports import Store
from newsdesk.verdicts import Evidence, Verdict, Verdicts
from tests.doubles.botapi import CHANNEL

NOW = datetime(2026, 2, 7, 11, 0, tzinfo=UTC)
TOPICS = ("film", "ai", "collaboration")


def verdicts(matched: Sequence[str], countries: Sequence[str] = (), title: str = "") -> Verdicts:
    """Verdicts in which the named topics match, on evidence at the beginning of the title."""
    word = title.split(" ", 1)[0]
    proof = Evidence("film.any", "title", 0, len(word), word, 6.0)
    return Verdicts(
        by_topic={
            topic: Verdict(
                topic=topic,
                score=6.0 if topic in matched else 1.0,
                threshold=4.0,
                matched=topic in matched,
                evidence=(proof,) if topic in matched else (),
            )
            for topic in TOPICS
        },
        countries=tuple(countries),
    )


def add(
    store: Store,
    title: str,
    *,
    source: str = "antara",
    outlet: str = "ANTARA",
    summary: str = "",
    topics: Sequence[str] = ("film", "ai"),
    countries: Sequence[str] = ("KR",),
    at: datetime = NOW - timedelta(minutes=5),
    seen: datetime = NOW,
    language: str = "id",
    story: int | None = None,
    follows: int | None = None,
) -> tuple[int, int]:
    """Keep an article and let it open, join or follow a story; returns the numbers of both."""
    with store.write() as tx:
        url = f"https://news.example/{abs(hash((title, source, outlet)))}"
        article = Article(
            id=0,
            source=source,
            outlet=outlet,
            title=title,
            url=url,
            identity=Identity(url=url),
            first_seen=seen,
            at=at,
            summary=summary,
            published=at,
            language=language,
        )
        number = tx.add_article(article, verdicts(topics, countries, title), [])
        if story is None:
            return number, tx.open_story(number, at, follows)
        tx.join_story(story, number, at)
        return number, story


def queue(
    store: Store,
    title: str,
    *,
    chat: str = str(CHANNEL),
    now: datetime = NOW,
    not_before: datetime | None = None,
    **more: object,
) -> int:
    """An article with a post queued as its own message; returns the message's number."""
    article, story = add(store, title, **more)  # type: ignore[arg-type]
    with store.write() as tx:
        post = tx.add_post(story=story, chat=chat, route="highlights", article=article, due=now, waiting=False)
        assert post is not None
        return tx.queue_message(chat=chat, kind="send", posts=[post], now=now, not_before=not_before or now)


def wait(store: Store, title: str, *, chat: str = str(CHANNEL), due: datetime = NOW, **more: object) -> int:
    """An article with a post waiting for the round-up; returns the post's number."""
    article, story = add(store, title, **more)  # type: ignore[arg-type]
    with store.write() as tx:
        post = tx.add_post(story=story, chat=chat, route="roundup", article=article, due=due, waiting=True)
        assert post is not None
        return post
