"""Values for the tests of stores: everything is given, or follows from the number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from newsdesk.articles import Article, Identity
from newsdesk.messages import Message
from newsdesk.ports import Store, Writing
from newsdesk.search import Clause, Order, SearchQuery
from newsdesk.verdicts import Evidence, Verdict, Verdicts

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
TOPICS = ("film", "ai", "collaboration")


def plain_words(title: str, summary: str, body: str) -> tuple[str, str]:
    """Search words without any language: what stands between blanks, folded."""
    return title.casefold(), f"{summary} {body}".casefold()


def article(number: int, title: str = "Judul", **more: Any) -> Article:
    """Article `number`, published that many hours before NOW."""
    at = more.pop("at", NOW - number * HOUR)
    values: dict[str, Any] = {
        "id": 0,
        "source": "antara",
        "outlet": "ANTARA",
        "title": title,
        "url": f"https://www.contoh.id/berita/{number}?utm_source=rss",
        "identity": Identity(url=f"https://contoh.id/berita/{number}", outlet_id=f"contoh.id:{number}"),
        "first_seen": NOW,
        "at": at,
        "published": at,
    }
    return Article(**values | more)


def verdicts(*matched: str, countries: tuple[str, ...] = ()) -> Verdicts:
    """Verdicts on all topics, of which these matched."""
    return Verdicts(
        by_topic={
            topic: Verdict(
                topic=topic,
                score=3.5 if topic in matched else 0.5,
                threshold=2.0,
                matched=topic in matched,
                evidence=(Evidence("any", "title", 0, 5, "Judul", 3.5),) if topic in matched else (),
                ignored=(Evidence("never: kaca film", "summary", 3, 7, "film", 0.0),),
            )
            for topic in TOPICS
        },
        countries=countries,
    )


def told(tx: Writing, number: int, title: str = "Judul", *matched: str, **more: Any) -> tuple[int, int]:
    """Keep an article that opens a story of its own; returns the numbers of both."""
    keys = more.pop("keys", ())
    countries, follows = more.pop("countries", ()), more.pop("follows", None)
    kept = article(number, title, **more)
    article_id = tx.add_article(kept, verdicts(*matched, countries=countries), keys)
    return article_id, tx.open_story(article_id, kept.at, follows)


def queued(
    tx: Writing, number: int, chat: str = "-100", not_before: datetime = NOW, now: datetime = NOW
) -> tuple[int, int]:
    """Keep an article, plan it for a chat and queue its message; returns the numbers of post and message."""
    article_id, story = told(tx, number)
    post = tx.add_post(story=story, chat=chat, route="highlights", article=article_id, due=not_before, waiting=False)
    assert post is not None
    message = tx.queue_message(chat=chat, kind="send", posts=[post], now=now, not_before=max(now, not_before))
    return post, message


def message_of(store: Store, number: int) -> Message:
    """The message, which must be there."""
    with store.read() as view:
        found = view.message(number)
    assert found is not None
    return found


def asking(*words: str, **more: Any) -> SearchQuery:
    """A query for articles with all these words; one that begins with "-" must not occur, "a b" is a phrase, "a*" a beginning."""
    clauses = []
    for word in words:
        negated, prefix = word.startswith("-"), word.endswith("*")
        phrase = tuple(word.removeprefix("-").removesuffix("*").split())
        clauses.append(Clause((phrase,), negated=negated, prefix=prefix))
    more.setdefault("order", Order.NEWEST)
    return SearchQuery(text=" ".join(words), clauses=tuple(clauses), **more)
