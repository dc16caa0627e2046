"""Nouns to rows and back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from newsdesk.articles import Article, Identity
from newsdesk.messages import ChatState, Message, MessageState, Post, PostState
from newsdesk.sources import SourceState
from newsdesk.stories import Story
from newsdesk.verdicts import Evidence, Verdict, Verdicts
from storage.places import place_of

Values = dict[str, Any]

KEY_BYTES = 1_024
"""Longer texts that rows are looked up by are kept as their hash: an index entry has a limit on PostgreSQL."""


def clean(text: str) -> str:
    """The text as both databases take it: valid UTF-8 (a lone surrogate becomes U+FFFD) without NUL."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def lookup_key(text: str) -> str:
    """A text that rows are looked up by: itself, or its hash when it is too long for an index."""
    text = clean(text)
    if len(text) * 4 <= KEY_BYTES or len(text.encode()) <= KEY_BYTES:
        return text
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _maybe(text: str | None) -> str | None:
    return None if text is None else clean(text)


ARTICLE_COLUMNS = [
    "id",
    "source",
    "outlet",
    "title",
    "url",
    "identity_url",
    "outlet_id",
    "fingerprint",
    "first_seen",
    "at",
    "summary",
    "body",
    "published",
    "revised",
    "language",
    "guid",
    "author",
    "image",
]
"""The columns `article_of` reads, in its order."""


def article_values(article: Article, article_id: int) -> Values:
    """The row of an article."""
    identity = article.identity
    return {
        "id": article_id,
        "place": place_of(article.at, article_id),
        "source": clean(article.source),
        "outlet": clean(article.outlet),
        "title": clean(article.title),
        "url": clean(article.url),
        "identity_url": lookup_key(identity.url),
        "outlet_id": lookup_key(identity.outlet_id) or None,
        "fingerprint": lookup_key(identity.fingerprint) or None,
        "first_seen": article.first_seen,
        "at": article.at,
        "published": article.published,
        "revised": article.revised,
        "language": clean(article.language),
        "guid": _maybe(article.guid),
        "author": clean(article.author),
        "image": clean(article.image),
        "summary": clean(article.summary),
        "body": clean(article.body),
    }


def article_of(row: Sequence[Any]) -> Article:
    """The article of a row that begins with ARTICLE_COLUMNS."""
    return Article(
        id=row[0],
        source=row[1],
        outlet=row[2],
        title=row[3],
        url=row[4],
        identity=Identity(url=row[5], outlet_id=row[6] or "", fingerprint=row[7] or ""),
        first_seen=row[8],
        at=row[9],
        summary=row[10],
        body=row[11],
        published=row[12],
        revised=row[13],
        language=row[14],
        guid=row[15],
        author=row[16],
        image=row[17],
    )


def _evidence_values(evidence: Sequence[Evidence]) -> list[list[Any]]:
    return (
        []
        if not evidence
        else [[clean(e.rule), clean(e.field), e.start, e.end, clean(e.text), e.weight] for e in evidence]
    )


def verdict_values(article_id: int, verdicts: Verdicts) -> list[Values]:
    """The rows of an article's verdicts; evidence as lists of rule, field, start, end, text, weight."""
    return [
        {
            "article": article_id,
            "topic": clean(topic),
            "position": position,
            "score": float(verdict.score),
            "threshold": float(verdict.threshold),
            "matched": verdict.matched,
            "evidence": _evidence_values(verdict.evidence),
            "ignored": _evidence_values(verdict.ignored),
        }
        for position, (topic, verdict) in enumerate(verdicts.by_topic.items())
    ]


def _evidence_of(stored: Iterable[Sequence[Any]]) -> tuple[Evidence, ...]:
    return tuple(Evidence(rule, field, start, end, text, weight) for rule, field, start, end, text, weight in stored)


def verdicts_of(rows: Iterable[Any], countries: Iterable[str]) -> Verdicts:
    """Verdicts from the rows of one article, in order of position."""
    return Verdicts(
        by_topic={
            row.topic: Verdict(
                topic=row.topic,
                score=row.score,
                threshold=row.threshold,
                matched=bool(row.matched),
                evidence=_evidence_of(row.evidence),
                ignored=_evidence_of(row.ignored),
            )
            for row in rows
        },
        countries=tuple(countries),
    )


def source_values(state: SourceState) -> Values:
    """The row of what is remembered about a source."""
    return {
        "source": clean(state.source),
        "etag": _maybe(state.etag),
        "last_modified": _maybe(state.last_modified),
        "body_hash": _maybe(state.body_hash),
        "next_check": state.next_check,
        "last_poll": state.last_poll,
        "last_ok": state.last_ok,
        "last_full": state.last_full,
        "newest_item": state.newest_item,
        "span": None if state.span is None else state.span.total_seconds(),
        "items": state.items,
        "failures": state.failures,
        "status": clean(state.status),
        "reason": clean(state.reason),
        "gaps": state.gaps,
    }


def source_of(row: Any) -> SourceState:
    """The source state of a row, as a mapping."""
    span = row["span"]
    return SourceState(**{**row, "span": None if span is None else timedelta(seconds=span)})


def story_of(row: Any) -> Story:
    """The story of a row."""
    return Story(id=row.id, first_article=row.first_article, opened=row.opened, latest=row.latest, follows=row.follows)


def post_of(row: Any) -> Post:
    """The post of a row that has the number of its message as `message`."""
    return Post(
        id=row.id,
        story=row.story,
        chat=row.chat,
        route=row.route,
        article=row.article,
        state=PostState(row.state),
        due=row.due,
        reason=row.reason,
        message=row.message,
        corrected=row.corrected,
        retracted=row.retracted,
    )


def message_of(row: Any, posts: Iterable[int]) -> Message:
    """The message of a row and the numbers of its posts."""
    return Message(
        id=row.id,
        chat=row.chat,
        kind=row.kind,
        posts=tuple(posts),
        state=MessageState(row.state),
        created=row.created,
        not_before=row.not_before,
        attempts=row.attempts,
        content=row.content,
        last_known=row.last_known,
        message_id=row.message_id,
        changed=row.changed,
        reason=row.reason,
        edits=row.edits,
    )


def chat_values(state: ChatState) -> Values:
    """The row of what is remembered about a chat."""
    return {
        "chat": clean(state.chat),
        "last_message_id": state.last_message_id,
        "rest_until": state.rest_until,
        "reason": clean(state.reason),
        "sends": [moment.isoformat() for moment in state.sends],
    }


def chat_of(row: Any) -> ChatState:
    """The chat state of a row."""
    return ChatState(
        chat=row.chat,
        last_message_id=row.last_message_id,
        rest_until=row.rest_until,
        reason=row.reason,
        sends=tuple(datetime.fromisoformat(moment) for moment in row.sends),
    )
