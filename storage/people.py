"""Statements about people and their alerts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from newsdesk.messages import PostState
from newsdesk.people import Alert, Person
from newsdesk.routes import Digest, QuietHours
from storage import tables as t
from storage.articles import chunks
from storage.rows import Values, clean

_TURN = "alerts"
"""The fact in `meta` that counts every change of alerts: the number of the newest alert is at most this."""


def person(connection: Connection, person_id: int) -> Person | None:
    """What is kept of that person."""
    row = connection.execute(select(t.people).where(t.people.c.id == person_id)).first()
    return None if row is None else person_of(row)


def people(connection: Connection, ids: Collection[int]) -> dict[int, Person]:
    """What is kept of these people, by number."""
    found: dict[int, Person] = {}
    for chunk in chunks(ids):
        rows = connection.execute(select(t.people).where(t.people.c.id.in_(chunk)))
        found |= {row.id: person_of(row) for row in rows}
    return found


def chosen_languages(connection: Connection) -> dict[int, str]:
    """The language of everybody who chose one, by the person's number."""
    query = select(t.people.c.id, t.people.c.language).where(t.people.c.language.is_not(None))
    return {row.id: row.language for row in connection.execute(query)}


def keep_person(connection: Connection, kept: Person) -> None:
    """Keep this in place of what was kept."""
    before = person(connection, kept.id)
    values: Values = {
        "id": kept.id,
        "seen": kept.seen,
        "language": kept.language,
        "client": kept.client,
        "digest": None if kept.digest is None else _times_text(kept.digest.at),
        "quiet": None if kept.quiet is None else _times_text((kept.quiet.start, kept.quiet.end)),
        "timezone": clean(kept.timezone),
        "left": kept.left,
        "warned": kept.warned,
    }
    if before is None:
        connection.execute(insert(t.people), values)
        return
    connection.execute(update(t.people).where(t.people.c.id == kept.id).values(values))
    if (before.left is None) != (kept.left is None):
        next_turn(connection)


def alerts_of(connection: Connection, person_id: int) -> list[Alert]:
    """The alerts of one person, oldest first."""
    return _alerts(connection, select(t.alerts).where(t.alerts.c.person == person_id))


def all_alerts(connection: Connection) -> list[Alert]:
    """Everybody's alerts that are not paused, of people who can be written to, oldest first."""
    a, p = t.alerts.c, t.people.c
    reached = select(t.alerts).join(t.people, p.id == a.person).where(a.paused.is_(False), p.left.is_(None))
    return _alerts(connection, reached)


def _alerts(connection: Connection, statement: Any) -> list[Alert]:
    return [
        Alert(id=row.id, person=row.person, name=row.name, query=row.query, created=row.created, paused=row.paused)
        for row in connection.execute(statement.order_by(t.alerts.c.id))
    ]


def turn(connection: Connection) -> int:
    """A number that grows with every change of anybody's alerts, or of whether they can be written to."""
    found = connection.execute(select(t.meta.c.value).where(t.meta.c.name == _TURN)).scalar()
    return 0 if found is None else int(found)


def next_turn(connection: Connection) -> int:
    """Let it grow; returns the new number."""
    new = turn(connection) + 1
    changed = connection.execute(update(t.meta).where(t.meta.c.name == _TURN).values(value=str(new)))
    if not changed.rowcount:
        connection.execute(insert(t.meta), {"name": _TURN, "value": str(new)})
    return new


def add_alert(connection: Connection, person_id: int, name: str, query: str, now: datetime) -> Alert:
    """Save a search of that person; the one that is there already when it is."""
    a = t.alerts.c
    query = clean(query)
    there = _alerts(connection, select(t.alerts).where(a.person == person_id, a.query == query))
    if there:
        return there[0]
    values = {"person": person_id, "name": clean(name), "query": query, "created": now, "paused": False}
    number = next_turn(connection)
    connection.execute(insert(t.alerts), {"id": number, **values})
    return Alert(id=number, person=person_id, name=clean(name), query=query, created=now)


def change_alert(connection: Connection, alert: Alert) -> bool:
    """Give the person's alert of that number this name and rest; False when there is none."""
    a = t.alerts.c
    theirs = update(t.alerts).where(a.id == alert.id, a.person == alert.person)
    changed = connection.execute(theirs.values(name=clean(alert.name), paused=alert.paused)).rowcount
    if changed:
        next_turn(connection)
    return bool(changed)


def delete_alerts(connection: Connection, person_id: int, ids: Sequence[int]) -> int:
    """Delete those of the alerts that are the person's; returns how many."""
    a = t.alerts.c
    theirs = list(connection.execute(select(a.id).where(a.person == person_id, a.id.in_(ids))).scalars())
    if not theirs:
        return 0
    pa, p = t.post_alerts.c, t.posts.c
    for_them = list(connection.execute(select(pa.post).where(pa.alert.in_(theirs)).distinct()).scalars())
    connection.execute(delete(t.post_alerts).where(pa.alert.in_(theirs)))
    connection.execute(delete(t.alerts).where(a.id.in_(theirs)))
    still_wanted = select(pa.post).where(pa.post == p.id).exists()
    for chunk in chunks(for_them):
        alone = update(t.posts).where(p.id.in_(chunk), p.state == PostState.WAITING.value, ~still_wanted)
        connection.execute(alone.values(state=PostState.DROPPED.value, reason="nobody waits for it any more"))
    next_turn(connection)
    return len(theirs)


def link_alerts(connection: Connection, post_id: int, ids: Collection[int]) -> None:
    """The post is for these alerts, too."""
    pa = t.post_alerts.c
    there = set(connection.execute(select(pa.alert).where(pa.post == post_id)).scalars())
    fresh = [{"post": post_id, "alert": alert} for alert in sorted(set(ids) - there)]
    if fresh:
        connection.execute(insert(t.post_alerts), fresh)


def names_of(connection: Connection, post_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """The names of the alerts that each post is for, oldest first; posts without any are left out."""
    found: dict[int, list[str]] = {}
    pa, a = t.post_alerts.c, t.alerts.c
    for chunk in chunks(post_ids):
        named = select(pa.post, a.name).join(t.alerts, a.id == pa.alert).where(pa.post.in_(chunk)).order_by(a.id)
        for post, name in connection.execute(named):
            found.setdefault(post, []).append(name)
    return {post: tuple(names) for post, names in found.items()}


def _times_text(times: Sequence[time]) -> str:
    return " ".join(at.strftime("%H:%M") for at in times)


def _times(text: str) -> tuple[time, ...]:
    return tuple(time.fromisoformat(part) for part in text.split())


def person_of(row: Any) -> Person:
    """The person of a row."""
    return Person(
        id=row.id,
        seen=row.seen,
        language=row.language,
        client=row.client,
        digest=None if row.digest is None else Digest(_times(row.digest)),
        quiet=None if row.quiet is None else QuietHours(*_times(row.quiet)),
        timezone=row.timezone,
        left=row.left,
        warned=row.warned,
    )
