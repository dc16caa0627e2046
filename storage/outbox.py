"""Statements about posts, messages and chats: what is to be sent, once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from newsdesk.errors import StoreError
from newsdesk.messages import DELETE, EDIT, ChatState, Message, MessageState, NotSent, Post, PostState
from newsdesk.people import OWN
from newsdesk.routes import PREVIEW
from storage import tables as t
from storage.articles import chunks
from storage.rows import Values, chat_of, chat_values, clean, message_of, post_of

_SKEW = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=26)
_LONGEST_OWN_WAIT = timedelta(hours=50)
_LONGEST_REST = timedelta(days=2)
"""No round-up is further away than a day and a change of the clock, a person's by their quiet hours more; no server has
asked for a longer rest."""

_IN_FLIGHT = (MessageState.CLAIMED, MessageState.SENDING)
_UNDECIDED = (MessageState.CLAIMED, MessageState.SENDING, MessageState.HELD)
_MOVED = "moved:"
"""Of facts in `meta`: behind it the number that a chat had, and as the value the one it has now."""

_PRIVATE = and_(t.messages.c.chat.not_like("-%"), t.messages.c.chat != PREVIEW)

_AT_ONCE = 500
"""Messages whose contents are emptied in one transaction."""

_EDITS = select(t.edits.c.message).where(t.edits.c.message == t.message_posts.c.message).exists()
_CARRIED_BY = (
    select(func.max(t.message_posts.c.message))
    .where(t.message_posts.c.post == t.posts.c.id, ~_EDITS)
    .scalar_subquery()
    .label("message")
)
_POSTS = (
    select(t.posts, t.corrections.c.at.label("corrected"), t.retractions.c.at.label("retracted"), _CARRIED_BY)
    .outerjoin(t.corrections, t.corrections.c.post == t.posts.c.id)
    .outerjoin(t.retractions, t.retractions.c.post == t.posts.c.id)
)
_MESSAGES = select(t.messages, t.edits.c.target.label("edits")).outerjoin(t.edits, t.edits.c.message == t.messages.c.id)


def _posts(connection: Connection, statement: Select[Any], values: Values | None = None) -> list[Post]:
    return [post_of(row) for row in connection.execute(statement, values or {})]


def posts_of(connection: Connection, ids: Iterable[int]) -> dict[int, Post]:
    """Posts by number."""
    statement = _POSTS.where(t.posts.c.id.in_(bindparam("ids", expanding=True)))
    return {post.id: post for chunk in chunks(ids) for post in _posts(connection, statement, {"ids": chunk})}


def posts_of_story(connection: Connection, story: int) -> list[Post]:
    """The posts of a story in all chats, oldest first."""
    return _posts(
        connection, _POSTS.where(t.posts.c.story == bindparam("story")).order_by(t.posts.c.id), {"story": story}
    )


def waiting_posts(connection: Connection, due_by: datetime) -> list[Post]:
    """Waiting posts whose time has come, by chat and route, oldest due first."""
    p = t.posts.c
    statement = _POSTS.where(p.state == PostState.WAITING.value, p.due <= due_by)
    return _posts(connection, statement.order_by(p.chat, p.route, p.due, p.id))


def _messages(connection: Connection, statement: Select[Any]) -> list[Message]:
    rows = connection.execute(statement).all()
    carried: dict[int, list[int]] = defaultdict(list)
    mp = t.message_posts.c
    for chunk in chunks(row.id for row in rows):
        posts = select(mp.message, mp.post).where(mp.message.in_(chunk)).order_by(mp.message, mp.position)
        for message, post in connection.execute(posts):
            carried[message].append(post)
    return [message_of(row, carried[row.id]) for row in rows]


def message(connection: Connection, message_id: int) -> Message | None:
    """The message of that number."""
    return next(iter(_messages(connection, _MESSAGES.where(t.messages.c.id == message_id))), None)


def messages_of(connection: Connection, ids: Iterable[int]) -> dict[int, Message]:
    """Messages by number."""
    found: dict[int, Message] = {}
    for chunk in chunks(ids):
        found |= {one.id: one for one in _messages(connection, _MESSAGES.where(t.messages.c.id.in_(chunk)))}
    return found


def edits_of(connection: Connection, ids: Iterable[int]) -> list[Message]:
    """The edits of these messages, oldest first."""
    found: list[Message] = []
    for chunk in chunks(ids):
        found += _messages(connection, _MESSAGES.where(t.edits.c.target.in_(chunk)))
    return sorted(found, key=lambda one: one.id)


def open_edit(connection: Connection, message_id: int) -> Message | None:
    """The queued edit of that message."""
    return _open(connection, message_id, EDIT)


def open_deletion(connection: Connection, message_id: int) -> Message | None:
    """The deletion of that message that is queued, on its way or done."""
    m = t.messages.c
    going = (t.edits.c.target == message_id, m.kind == DELETE, m.state != MessageState.FAILED.value)
    return next(iter(_messages(connection, _MESSAGES.where(*going).order_by(m.id))), None)


def _open(connection: Connection, message_id: int, kind: str) -> Message | None:
    m = t.messages.c
    queued = (t.edits.c.target == message_id, m.kind == kind, m.state == MessageState.QUEUED.value)
    return next(iter(_messages(connection, _MESSAGES.where(*queued).order_by(m.id))), None)


def standing_at(connection: Connection, chat_name: str, telegram_id: int) -> Message | None:
    """The message of that Telegram number in the chat."""
    m = t.messages.c
    there = (m.chat == clean(chat_name), m.message_id == telegram_id, t.edits.c.target.is_(None))
    sent = _MESSAGES.where(*there, m.state == MessageState.SENT.value)
    return next(iter(_messages(connection, sent.order_by(m.id.desc()).limit(1))), None)


def wait_longer(connection: Connection, message_id: int, not_before: datetime) -> None:
    """Let a queued message wait until then, if it would not anyhow."""
    m = t.messages.c
    earlier = (m.id == message_id, m.state == MessageState.QUEUED.value, m.not_before < not_before)
    connection.execute(update(t.messages).where(*earlier).values(not_before=not_before))


def mark_corrected(connection: Connection, ids: Collection[int], at: datetime) -> None:
    """The words that these posts show were changed."""
    for chunk in chunks(ids):
        connection.execute(delete(t.corrections).where(t.corrections.c.post.in_(chunk)))
        connection.execute(insert(t.corrections), [{"post": post, "at": at} for post in chunk])


def messages(
    connection: Connection, states: Collection[MessageState], limit: int, chat_name: str | None = None
) -> list[Message]:
    """Messages in these states, in that chat or in any, oldest first."""
    among = _MESSAGES.where(t.messages.c.state.in_([state.value for state in states]))
    if chat_name is not None:
        among = among.where(t.messages.c.chat == clean(chat_name))
    return _messages(connection, among.order_by(t.messages.c.id).limit(limit))


def busy_chats(connection: Connection, now: datetime, people: int) -> list[str]:
    """The chats in which something is queued or under way, oldest first; people's private ones behind all others."""
    m = t.messages.c
    under_way = m.state == MessageState.SENDING.value
    open_ones = or_(m.state == MessageState.QUEUED.value, under_way)
    oldest = select(m.chat).group_by(m.chat).order_by(func.min(m.id))
    shared = connection.execute(oldest.where(open_ones, ~_PRIVATE)).scalars()
    theirs = oldest.where(open_ones, _PRIVATE, or_(under_way, m.not_before <= now)).limit(people)
    return [*shared, *connection.execute(theirs).scalars()]


def recent_messages(connection: Connection, chat: str, limit: int) -> list[Message]:
    """Messages that stand in a chat, newest first."""
    m = t.messages.c
    sent = _MESSAGES.where(
        m.chat == clean(chat), m.state == MessageState.SENT.value, t.edits.c.target.is_(None), ~_deleted()
    )
    return _messages(connection, sent.order_by(m.changed.desc(), m.id.desc()).limit(limit))


def _deleted() -> ColumnElement[bool]:
    """Of a message: that it stands in its chat no more."""
    change, deletion = t.edits.alias("change"), t.messages.alias("deletion")
    return (
        select(change.c.message)
        .join(deletion, deletion.c.id == change.c.message)
        .where(
            change.c.target == t.messages.c.id,
            deletion.c.kind == DELETE,
            deletion.c.state == MessageState.SENT.value,
        )
        .exists()
    )


def chat(connection: Connection, name: str) -> ChatState:
    """What is remembered of the chat; a fresh state for one never seen."""
    row = connection.execute(select(t.chats).where(t.chats.c.chat == clean(name))).first()
    return ChatState(chat=name) if row is None else chat_of(row)


def save_chat(connection: Connection, state: ChatState) -> None:
    """Remember this in place of what was remembered."""
    values = chat_values(state)
    changed = connection.execute(update(t.chats).where(t.chats.c.chat == values["chat"]).values(values))
    if not changed.rowcount:
        connection.execute(insert(t.chats), values)


def post_in_chat(connection: Connection, story: int, chat_name: str) -> Post | None:
    """The post of that story in that chat."""
    p = t.posts.c
    return next(iter(_posts(connection, _POSTS.where(p.story == story, p.chat == clean(chat_name)))), None)


def change_posts(
    connection: Connection, ids: Collection[int], *, only: Collection[PostState], **values: Any
) -> list[int]:
    """Change those of the posts that are in one of the states `only`; returns which."""
    p = t.posts.c
    changed = []
    for chunk in chunks(ids):
        among = select(p.id).where(p.id.in_(chunk), p.state.in_([state.value for state in only]))
        found = list(connection.execute(among).scalars())
        connection.execute(update(t.posts).where(p.id.in_(found)).values(values))
        changed += found
    return changed


def claim(connection: Connection, chats_busy: Collection[str], now: datetime, only: int | None) -> Message | None:
    """Take the oldest message that may go now, as claimed."""
    m = t.messages.c
    rival = t.messages.alias("rival")
    in_flight = select(rival.c.id).where(
        rival.c.chat == m.chat, rival.c.state.in_([state.value for state in _IN_FLIGHT])
    )
    conditions: list[ColumnElement[bool]] = [
        m.state == MessageState.QUEUED.value,
        m.not_before <= now,
        m.chat.not_in([clean(name) for name in chats_busy]),
        ~in_flight.exists(),
    ]
    if only is not None:
        conditions.append(m.id == only)
    found = connection.execute(select(m.id).where(*conditions).order_by(m.id).limit(1)).scalar()
    if found is None:
        return None
    connection.execute(
        update(t.messages).where(m.id == found).values(state=MessageState.CLAIMED.value, changed=now, reason="")
    )
    return message(connection, found)


def move(
    connection: Connection, number: int, /, *, since: Collection[MessageState], to: MessageState, **values: Any
) -> None:
    """Change a message that is in one of the states `since`; StoreError when it is not."""
    m = t.messages.c
    among = [state.value for state in since]
    changed = connection.execute(
        update(t.messages).where(m.id == number, m.state.in_(among)).values({"state": to.value, **values})
    )
    if changed.rowcount:
        return
    found = connection.execute(select(m.state).where(m.id == number)).scalar()
    raise StoreError(
        f"message {number} cannot become {to.value}: "
        + ("there is no such message" if found is None else f"it is {found}, not {' or '.join(among)}")
    )


def mark_sending(connection: Connection, message_id: int, content: str, last_known: int | None, now: datetime) -> None:
    """Write down what is about to be sent."""
    move(
        connection,
        message_id,
        since=(MessageState.CLAIMED,),
        to=MessageState.SENDING,
        content=clean(content),
        last_known=last_known,
        changed=now,
    )


def mark_sent(connection: Connection, message_id: int, telegram_id: int | None, now: datetime) -> None:
    """It was taken: its posts are sent, and the chat's newest known number grows where one is named."""
    move(
        connection,
        message_id,
        since=(MessageState.SENDING, MessageState.HELD),
        to=MessageState.SENT,
        message_id=telegram_id,
        changed=now,
        reason="",
    )
    sent = message(connection, message_id)
    assert sent is not None
    if sent.edits is not None:
        if not sent.is_deletion:
            connection.execute(update(t.messages).where(t.messages.c.id == sent.edits).values(content=sent.content))
        gone = _retracted(connection, sent.posts)
        if not sent.is_deletion:
            _let_go(connection, sent.edits, gone)
        change_posts(
            connection, gone, only=(PostState.SENT,), state=PostState.DROPPED.value, reason=NotSent.TAKEN_BACK.value
        )
        return
    shown = [post for post in sent.posts if post not in _retracted(connection, sent.posts)]
    change_posts(connection, shown, only=tuple(PostState), state=PostState.SENT.value, reason="")
    if telegram_id is not None:
        _grow(connection, sent.chat, telegram_id)


def _let_go(connection: Connection, message_id: int, posts: Collection[int]) -> None:
    """The message shows these posts no more, nor what was struck from its list: later edits take nothing back."""
    mp, ms = t.message_posts.c, t.message_stories.c
    for chunk in chunks(posts):
        connection.execute(delete(t.message_posts).where(mp.message == message_id, mp.post.in_(chunk)))
    connection.execute(delete(t.message_stories).where(ms.message == message_id, ms.struck))


def retract(connection: Connection, ids: Collection[int], by: int, at: datetime) -> None:
    """These posts are taken back; those that stand nowhere are over."""
    for chunk in chunks(ids):
        known = set(_retracted(connection, chunk))
        rows = [{"post": post, "at": at, "by": by} for post in chunk if post not in known]
        if rows:
            connection.execute(insert(t.retractions), rows)
    unsent = tuple(state for state in PostState if state is not PostState.SENT)
    change_posts(connection, ids, only=unsent, state=PostState.DROPPED.value, reason=NotSent.TAKEN_BACK.value)


def allow_again(connection: Connection, ids: Collection[int]) -> None:
    """These posts may come again; the messages that showed them once are theirs no more."""
    for chunk in chunks(ids):
        connection.execute(delete(t.retractions).where(t.retractions.c.post.in_(chunk)))
        connection.execute(delete(t.message_posts).where(t.message_posts.c.post.in_(chunk)))


def _retracted(connection: Connection, ids: Iterable[int]) -> list[int]:
    """Which of the posts were taken back."""
    r = t.retractions.c
    return [
        post
        for chunk in chunks(ids)
        for post in connection.execute(select(r.post).where(r.post.in_(chunk)).order_by(r.post)).scalars()
    ]


def _grow(connection: Connection, name: str, telegram_id: int) -> None:
    state = chat(connection, name)
    newest = max(telegram_id, state.last_message_id or telegram_id)
    row = {**chat_values(state), "last_message_id": newest}
    changed = connection.execute(update(t.chats).where(t.chats.c.chat == row["chat"]).values(last_message_id=newest))
    if not changed.rowcount:
        connection.execute(insert(t.chats), row)


def release(connection: Connection, message_id: int, not_before: datetime, reason: str) -> None:
    """Certainly not sent: back to the queue; counts an attempt."""
    move(
        connection,
        message_id,
        since=_UNDECIDED,
        to=MessageState.QUEUED,
        not_before=not_before,
        attempts=t.messages.c.attempts + 1,
        reason=clean(reason),
    )


def fail(connection: Connection, message_id: int, reason: str, now: datetime) -> None:
    """It will never be taken; its posts are failed."""
    move(
        connection,
        message_id,
        since=(MessageState.QUEUED, *_UNDECIDED),
        to=MessageState.FAILED,
        reason=clean(reason),
        changed=now,
    )
    failed = message(connection, message_id)
    assert failed is not None
    if failed.is_edit:
        return
    queued = (PostState.WAITING, PostState.QUEUED)
    change_posts(connection, failed.posts, only=queued, state=PostState.FAILED.value, reason=clean(reason))


def withdraw(connection: Connection, message_id: int, reason: str, now: datetime) -> None:
    """It is never sent; its posts stay queued."""
    move(
        connection,
        message_id,
        since=(MessageState.QUEUED,),
        to=MessageState.FAILED,
        reason=clean(reason),
        changed=now,
    )


def retime_posts(connection: Connection, name: str, due: datetime) -> None:
    """What waits in a private chat for the person's own alerts is due then."""
    p = t.posts.c
    waiting = update(t.posts).where(p.chat == clean(name), p.route == OWN, p.state == PostState.WAITING.value)
    connection.execute(waiting.values(due=due))


def hurry_chat(connection: Connection, name: str, now: datetime) -> None:
    """What was tried in the chat and put off may go now."""
    m = t.messages.c
    tried = (m.chat == clean(name)) & (m.state == MessageState.QUEUED.value) & (m.attempts > 0) & (m.not_before > now)
    connection.execute(update(t.messages).where(tried).values(not_before=now))


def give_up_chat(connection: Connection, name: str, reason: str, now: datetime) -> None:
    """Nothing of what waits or is queued for the chat is sent any more."""
    m, p = t.messages.c, t.posts.c
    queued = select(m.id).where(m.chat == clean(name), m.state == MessageState.QUEUED.value).order_by(m.id)
    for number in list(connection.execute(queued).scalars()):
        fail(connection, number, reason, now)
    waiting = update(t.posts).where(p.chat == clean(name), p.state == PostState.WAITING.value)
    connection.execute(waiting.values(state=PostState.DROPPED.value, reason=clean(reason)))


def chat_now(connection: Connection, name: str) -> str:
    """The number that the chat has now; its own unless it has moved."""
    moved = connection.execute(select(t.meta.c.value).where(t.meta.c.name == _MOVED + clean(name))).scalar()
    return name if moved is None else moved


def move_chat(connection: Connection, old: str, new: str) -> bool:
    """Make everything of one chat another's; False where the other has moved itself, or is the same."""
    old, new = clean(old), clean(new)
    if old == new or chat_now(connection, new) != new:
        return False
    p, m, meta = t.posts.c, t.messages.c, t.meta.c
    there = select(p.story).where(p.chat == new)
    both = list(connection.execute(select(p.id).where(p.chat == old, p.story.in_(there))).scalars())
    for chunk in chunks(both):  # the story stands there, or is about to: under the old number it is over
        connection.execute(delete(t.message_posts).where(t.message_posts.c.post.in_(chunk)))
        values = {"state": PostState.DROPPED.value, "reason": f"the chat is {new} now, and has the story"}
        connection.execute(update(t.posts).where(p.id.in_(chunk)).values(values))
    connection.execute(update(t.posts).where(p.chat == old, p.story.not_in(there)).values(chat=new))
    standing = (m.chat == old, m.state == MessageState.SENT.value)
    connection.execute(update(t.messages).where(*standing).values(message_id=None))
    connection.execute(update(t.messages).where(m.chat == old).values(chat=new))
    lb = t.look_backs.c
    known = select(lb.route).where(lb.chat == new)
    connection.execute(update(t.look_backs).where(lb.chat == old, lb.route.not_in(known)).values(chat=new))
    connection.execute(delete(t.chats).where(t.chats.c.chat == old))
    connection.execute(update(t.meta).where(meta.name.startswith(_MOVED), meta.value == old).values(value=new))
    connection.execute(insert(t.meta), {"name": _MOVED + old, "value": new})
    return True


def hold(connection: Connection, message_id: int, reason: str, now: datetime) -> None:
    """A person must look."""
    move(
        connection,
        message_id,
        since=(MessageState.QUEUED, MessageState.CLAIMED, MessageState.SENDING),
        to=MessageState.HELD,
        reason=clean(reason),
        changed=now,
    )


def pull_back(connection: Connection, now: datetime) -> int:
    """Bring what a clock that was ahead has stamped back to now; returns how many rows were changed."""
    m, p = t.messages.c, t.posts.c
    horizon = now + _SKEW
    unsent = m.state.in_([MessageState.QUEUED.value, *(state.value for state in _UNDECIDED)])
    ahead = or_(m.created > horizon, m.changed > horizon)
    stamps = update(t.messages).values(
        created=case((m.created > horizon, now), else_=m.created),
        changed=case((m.changed > horizon, now), else_=m.changed),
        not_before=case((m.not_before > now, now), else_=m.not_before),
    )
    too_far = case((p.route == OWN, p.due > now + _LONGEST_OWN_WAIT), else_=p.due > now + _LONGEST_WAIT)
    late = update(t.posts).values(due=now).where(p.state == PostState.WAITING.value, too_far)
    rows = connection.execute(stamps.where(unsent, ahead)).rowcount + connection.execute(late).rowcount
    for row in connection.execute(select(t.chats)).all():
        state = chat_of(row)
        sends = tuple(at for at in state.sends if at <= horizon)
        rests = state.rest_until is not None and state.rest_until > now
        too_long = rests and state.rest_until is not None and state.rest_until > now + _LONGEST_REST
        if len(sends) < len(state.sends) or too_long:
            save_chat(connection, replace(state, sends=sends, rest_until=None if rests else state.rest_until))
            rows += 1
    return rows


def forget_contents(connection: Connection, before: datetime) -> int:
    """Empty the contents of some messages that came to an end before that time; returns of how many."""
    m = t.messages.c
    # A message to a person of unknown fate stays so: nobody can look into their chat.
    over = or_(
        m.state.in_([MessageState.SENT.value, MessageState.FAILED.value]),
        and_(m.state == MessageState.HELD.value, _PRIVATE),
    )
    ended = select(m.id).where(over, m.changed < before, m.content != "")
    found = list(connection.execute(ended.order_by(m.id).limit(_AT_ONCE)).scalars())
    connection.execute(update(t.messages).where(m.id.in_(found)).values(content=""))
    return len(found)


def states(connection: Connection) -> dict[str, int]:
    """How many posts and messages there are by state, every state named; and how many of the messages are edits."""
    totals = {f"posts_{state.value}": 0 for state in PostState}
    totals |= {f"messages_{state.value}": 0 for state in MessageState}
    for name, table in (("posts", t.posts), ("messages", t.messages)):
        for state, number in connection.execute(select(table.c.state, func.count()).group_by(table.c.state)):
            totals[f"{name}_{state}"] = number
    totals["edits"] = connection.execute(select(func.count()).select_from(t.edits)).scalar_one()
    return totals


def carriable(connection: Connection, ids: Sequence[int]) -> None:
    """Raise StoreError unless every post is there, waits or is queued, and no message carries it but a failed one."""
    posts = posts_of(connection, ids)
    carriers = messages_of(connection, {post.message for post in posts.values() if post.message is not None})
    for post_id in ids:
        post = posts.get(post_id)
        if post is None:
            raise StoreError(f"post {post_id} cannot be queued: there is no such post")
        carrier = None if post.message is None else carriers[post.message]
        carried = carrier is not None and carrier.state is not MessageState.FAILED
        if carried or post.state not in (PostState.WAITING, PostState.QUEUED):
            raise StoreError(f"post {post_id} cannot be queued: it is {post.state.value} (message {post.message})")
