"""Letting go of a person: of every row that names them, and of what deleted rows leave behind in the files.

SQLite overwrites with zeros what is deleted (`secure_delete`, see storage/sqlite.py), in the database; what stood in the
write-ahead log goes when the log begins anew and is cut (`Database.scrub`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, or_, select, update

from newsdesk.messages import MessageState, PostState
from newsdesk.people import FORGOTTEN, OWN, Person, Received
from storage import people
from storage import tables as t
from storage.articles import chunks

_ENDED = [MessageState.SENT.value, MessageState.FAILED.value]


def forget(connection: Connection, person_id: int, now: datetime) -> bool:
    """Let go of everything that names the person; False when nothing was kept.

    Messages stay as empty rows of nobody's chat, since their numbers must never be given again: one may be on its way,
    and whoever sends it will want to record the end of just that one.
    """
    chat = str(person_id)
    m, p = t.messages.c, t.posts.c
    posts = list(connection.execute(select(p.id).where(p.chat == chat)).scalars())
    messages = list(connection.execute(select(m.id).where(m.chat == chat)).scalars())
    alerts = list(connection.execute(select(t.alerts.c.id).where(t.alerts.c.person == person_id)).scalars())
    for chunk in chunks(posts):
        for table in (t.post_alerts, t.corrections, t.retractions, t.message_posts):
            connection.execute(delete(table).where(table.c.post.in_(chunk)))
        connection.execute(delete(t.posts).where(p.id.in_(chunk)))
    for chunk in chunks(messages):
        unended = update(t.messages).where(m.id.in_(chunk), m.state.not_in(_ENDED))
        connection.execute(unended.values(state=MessageState.FAILED.value, changed=now))
        empty = {"chat": FORGOTTEN, "content": "", "reason": "", "last_known": None, "message_id": None}
        connection.execute(update(t.messages).where(m.id.in_(chunk)).values(empty))
    for chunk in chunks(alerts):
        connection.execute(delete(t.post_alerts).where(t.post_alerts.c.alert.in_(chunk)))
        connection.execute(delete(t.alerts).where(t.alerts.c.id.in_(chunk)))
    chats = connection.execute(delete(t.chats).where(t.chats.c.chat == chat)).rowcount
    gone = connection.execute(delete(t.people).where(t.people.c.id == person_id)).rowcount
    if alerts:
        people.next_turn(connection)
    return bool(gone or alerts or posts or messages or chats)


def idle(connection: Connection, before: datetime, limit: int) -> list[Person]:
    """People who were last heard before that time, those longest silent first."""
    silent = select(t.people).where(t.people.c.seen < before).order_by(t.people.c.seen, t.people.c.id)
    return [people.person_of(row) for row in connection.execute(silent.limit(limit))]


def received(connection: Connection, chat: str) -> list[Received]:
    """The stories that went or are to go to a private chat for the person's own alerts, oldest first."""
    p, a, m, mp = t.posts.c, t.articles.c, t.messages.c, t.message_posts.c
    sent = (
        select(func.max(m.changed))
        .join(t.message_posts, mp.message == m.id)
        .where(mp.post == p.id, m.state == MessageState.SENT.value)
        .scalar_subquery()
    )
    theirs = (
        select(p.id, p.state, p.due, a.title, a.url, sent.label("sent"))
        .join(t.articles, a.id == p.article)
        .where(p.chat == chat, or_(p.route == OWN, p.state == PostState.SENT.value))
    )
    rows = connection.execute(theirs.order_by(p.id)).all()
    names = people.names_of(connection, [row.id for row in rows])
    return [_received(row, names.get(row.id, ())) for row in rows]


def _received(row: object, alerts: Sequence[str]) -> Received:
    values: dict[str, object] = dict(row._mapping)  # type: ignore[attr-defined]
    del values["id"]
    return Received(**values, alerts=tuple(alerts))  # type: ignore[arg-type]
