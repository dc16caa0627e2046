"""Statements about one story for very many people: a few, with many rows each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, update

from newsdesk.messages import SEND, MessageState, PostState
from newsdesk.people import OWN, OwnPost
from storage import tables as t
from storage.bulk import insert_rows
from storage.rows import Values


def _values(article: int, post: OwnPost) -> Values:
    state = PostState.WAITING if post.waits else PostState.QUEUED
    return {"route": OWN, "article": article, "state": state.value, "due": post.due, "reason": ""}


def add_posts(connection: Connection, story: int, article: int, posts: Mapping[int, OwnPost]) -> None:
    """New posts, by number, with the alerts that they are for."""
    if not posts:
        return
    rows = [{"id": n, "story": story, "chat": post.chat, **_values(article, post)} for n, post in posts.items()]
    insert_rows(connection, t.posts, rows)
    links = [{"post": number, "alert": alert} for number, post in posts.items() for alert in post.alerts]
    if links:
        insert_rows(connection, t.post_alerts, links)


def plan_again(connection: Connection, number: int, article: int, post: OwnPost) -> None:
    """A post that was given up before it was sent."""
    connection.execute(update(t.posts).where(t.posts.c.id == number).values(_values(article, post)))


def queue(connection: Connection, messages: Mapping[int, tuple[int, OwnPost]], now: datetime) -> None:
    """Messages, by number, that each carry one of these posts."""
    if not messages:
        return
    rows = [
        {
            "id": number,
            "chat": post.chat,
            "kind": SEND,
            "state": MessageState.QUEUED.value,
            "created": now,
            "not_before": max(now, post.due),
            "attempts": 0,
            "content": "",
            "last_known": None,
            "message_id": None,
            "changed": None,
            "reason": "",
        }
        for number, (_, post) in messages.items()
    ]
    insert_rows(connection, t.messages, rows)
    carried = [{"message": number, "position": 0, "post": post} for number, (post, _) in messages.items()]
    insert_rows(connection, t.message_posts, carried)
