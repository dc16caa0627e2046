"""The tables. They are rows, not domain objects: storage/rows.py turns them into nouns and back.

SQLModel classes with ``table=True`` do not validate what they are given, so nothing outside storage/ sees them; the
statements of this room are SQLAlchemy Core on their tables. Numbers are given by the one writer
(storage/writing.py), not by sequences, so that both databases number alike and rows can be written in bulk.
Empty texts that are looked up by are NULL here, so that their indexes hold only what can be found.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, MetaData, Table, Text, UniqueConstraint, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from newsdesk.messages import MessageState, PostState
from storage.columns import NUMBER, JsonList, UtcTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Kept(SQLModel, registry=registry(metadata=metadata)):
    """What all tables share: a metadata of their own."""


PAGE_TEXT_KEPT = text("text <> ''")
"""Of `pages`: an index with this condition serves only statements that say it in the same words."""


def _key() -> Any:
    return Field(primary_key=True, sa_type=NUMBER, sa_column_kwargs={"autoincrement": False})


def _link(target: str, *, primary_key: bool = False) -> Any:
    return Field(foreign_key=target, sa_type=NUMBER, primary_key=primary_key)


def _one_of(states: type[PostState] | type[MessageState]) -> CheckConstraint:
    return CheckConstraint(f"state IN ({', '.join(repr(state.value) for state in states)})", name="state")


def _where_known(name: str, column: str) -> Index:
    condition = text(f"{column} IS NOT NULL")
    return Index(name, column, sqlite_where=condition, postgresql_where=condition)


class Sources(Kept, table=True):
    """SourceState; `span` is in seconds."""

    __tablename__ = "sources"
    source: str = Field(primary_key=True, sa_type=Text)
    etag: str | None = Field(sa_type=Text)
    last_modified: str | None = Field(sa_type=Text)
    body_hash: str | None = Field(sa_type=Text)
    next_check: datetime | None = Field(sa_type=UtcTime)
    last_poll: datetime | None = Field(sa_type=UtcTime)
    last_ok: datetime | None = Field(sa_type=UtcTime)
    last_full: datetime | None = Field(sa_type=UtcTime)
    newest_item: datetime | None = Field(sa_type=UtcTime)
    span: float | None
    items: int
    failures: int
    status: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    gaps: int


class Articles(Kept, table=True):
    """Article; `place` is its rank in time (storage/places.py): the order of lists, and the row number of the search index."""

    __tablename__ = "articles"
    __table_args__ = (
        UniqueConstraint("identity_url"),
        UniqueConstraint("place"),
        _where_known("ix_articles_outlet_id", "outlet_id"),
        _where_known("ix_articles_fingerprint", "fingerprint"),
        Index(None, "url", postgresql_using="hash"),  # a hash takes URLs of any length; a B-tree does not
        Index(None, "first_seen"),
    )
    id: int = _key()
    place: int = Field(sa_type=NUMBER)
    source: str = Field(sa_type=Text)
    outlet: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    url: str = Field(sa_type=Text)
    identity_url: str = Field(sa_type=Text)
    outlet_id: str | None = Field(sa_type=Text)
    fingerprint: str | None = Field(sa_type=Text)
    first_seen: datetime = Field(sa_type=UtcTime)
    at: datetime = Field(sa_type=UtcTime)
    published: datetime | None = Field(sa_type=UtcTime)
    revised: datetime | None = Field(sa_type=UtcTime)
    language: str = Field(sa_type=Text)
    guid: str | None = Field(sa_type=Text)
    author: str = Field(sa_type=Text)
    image: str = Field(sa_type=Text)
    summary: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)


class VerdictRows(Kept, table=True):
    """Verdict: article × topic. `position` is the topic's place among the rule sets; evidence as in storage/rows.py."""

    __tablename__ = "verdicts"
    __table_args__ = ({"sqlite_with_rowid": False},)
    article: int = _link("articles.id", primary_key=True)
    topic: str = Field(primary_key=True, sa_type=Text)
    position: int
    score: float
    threshold: float
    matched: bool
    evidence: list[Any] = Field(sa_type=JsonList)
    ignored: list[Any] = Field(sa_type=JsonList)


class ArticleCountries(Kept, table=True):
    """The foreign parties that an article names."""

    __tablename__ = "article_countries"
    __table_args__ = ({"sqlite_with_rowid": False},)
    article: int = _link("articles.id", primary_key=True)
    country: str = Field(primary_key=True, sa_type=Text)


class Pages(Kept, table=True):
    """PageLook: the last look at an article's page; `text` is emptied after a month."""

    __tablename__ = "pages"
    __table_args__ = (Index("ix_pages_kept", "at", sqlite_where=PAGE_TEXT_KEPT, postgresql_where=PAGE_TEXT_KEPT),)
    article: int = _link("articles.id", primary_key=True)
    at: datetime = Field(sa_type=UtcTime)
    status: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)


class Stories(Kept, table=True):
    """Story."""

    __tablename__ = "stories"
    id: int = _key()
    first_article: int = _link("articles.id")
    opened: datetime = Field(sa_type=UtcTime)
    latest: datetime = Field(sa_type=UtcTime)
    follows: int | None = Field(foreign_key="stories.id", sa_type=NUMBER)


class StoryArticles(Kept, table=True):
    """Which story an article tells: one each."""

    __tablename__ = "story_articles"
    __table_args__ = (Index(None, "story"),)
    article: int = _link("articles.id", primary_key=True)
    story: int = _link("stories.id")


class Posts(Kept, table=True):
    """Post: one story in one chat, once."""

    __tablename__ = "posts"
    __table_args__ = (UniqueConstraint("story", "chat"), _one_of(PostState), Index(None, "state", "due"))
    id: int = _key()
    story: int = _link("stories.id")
    chat: str = Field(sa_type=Text)
    route: str = Field(sa_type=Text)
    article: int = _link("articles.id")
    state: str = Field(sa_type=Text)
    due: datetime = Field(sa_type=UtcTime)
    reason: str = Field(sa_type=Text)


class Corrections(Kept, table=True):
    """Post.corrected, of the few posts that have it."""

    __tablename__ = "corrections"
    post: int = _link("posts.id", primary_key=True)
    at: datetime = Field(sa_type=UtcTime)


class Retractions(Kept, table=True):
    """Post.retracted, of the few posts that have it, and who took them back (a person's number)."""

    __tablename__ = "retractions"
    post: int = _link("posts.id", primary_key=True)
    at: datetime = Field(sa_type=UtcTime)
    by: int = Field(sa_type=NUMBER)


class Messages(Kept, table=True):
    """Message; its posts stand in message_posts, and what it edits in edits."""

    __tablename__ = "messages"
    __table_args__ = (_one_of(MessageState), Index(None, "state", "id"), Index(None, "chat", "state"))
    id: int = _key()
    chat: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    created: datetime = Field(sa_type=UtcTime)
    not_before: datetime = Field(sa_type=UtcTime)
    attempts: int
    content: str = Field(sa_type=Text)
    last_known: int | None = Field(sa_type=NUMBER)
    message_id: int | None = Field(sa_type=NUMBER)
    changed: datetime | None = Field(sa_type=UtcTime)
    reason: str = Field(sa_type=Text)


class Edits(Kept, table=True):
    """Message.edits, of those that are edits or deletions."""

    __tablename__ = "edits"
    __table_args__ = (Index(None, "target"),)
    message: int = _link("messages.id", primary_key=True)
    target: int = _link("messages.id")


class MessagePosts(Kept, table=True):
    """The posts that a message carries, in the order shown."""

    __tablename__ = "message_posts"
    __table_args__ = (Index(None, "post"), {"sqlite_with_rowid": False})
    message: int = _link("messages.id", primary_key=True)
    position: int = Field(primary_key=True)
    post: int = _link("posts.id")


class LookBacks(Kept, table=True):
    """LookBack: once for each slot. The first row of a route in a chat has no message: it only says since when there is one."""

    __tablename__ = "look_backs"
    __table_args__ = (Index(None, "message"),)
    route: str = Field(primary_key=True, sa_type=Text)
    chat: str = Field(primary_key=True, sa_type=Text)
    slot: datetime = Field(primary_key=True, sa_type=UtcTime)
    at: datetime = Field(sa_type=UtcTime)
    message: int | None = Field(foreign_key="messages.id", sa_type=NUMBER)


class MessageStories(Kept, table=True):
    """The stories that a look back lists, in their order; `struck` ones were taken back."""

    __tablename__ = "message_stories"
    __table_args__ = (Index(None, "story"), {"sqlite_with_rowid": False})
    message: int = _link("messages.id", primary_key=True)
    position: int = Field(primary_key=True)
    story: int = _link("stories.id")
    struck: bool


class Chats(Kept, table=True):
    """ChatState; `sends` are ISO 8601 times."""

    __tablename__ = "chats"
    chat: str = Field(primary_key=True, sa_type=Text)
    last_message_id: int | None = Field(sa_type=NUMBER)
    rest_until: datetime | None = Field(sa_type=UtcTime)
    reason: str = Field(sa_type=Text)
    sends: list[str] = Field(sa_type=JsonList)


class People(Kept, table=True):
    """Person. `digest` is its times, `quiet` from and until: both as in ``07:00 17:00``, NULL without."""

    __tablename__ = "people"
    __table_args__ = (Index(None, "seen"),)
    id: int = _key()
    seen: datetime = Field(sa_type=UtcTime)
    language: str | None = Field(sa_type=Text)
    client: str | None = Field(sa_type=Text)
    digest: str | None = Field(sa_type=Text)
    quiet: str | None = Field(sa_type=Text)
    timezone: str = Field(sa_type=Text)
    left: datetime | None = Field(sa_type=UtcTime)
    warned: datetime | None = Field(sa_type=UtcTime)


class Alerts(Kept, table=True):
    """Alert."""

    __tablename__ = "alerts"
    __table_args__ = (UniqueConstraint("person", "query"),)
    id: int = _key()
    person: int = _link("people.id")
    name: str = Field(sa_type=Text)
    query: str = Field(sa_type=Text)
    created: datetime = Field(sa_type=UtcTime)
    paused: bool


class PostAlerts(Kept, table=True):
    """The alerts that a post in a private chat is for."""

    __tablename__ = "post_alerts"
    __table_args__ = (Index(None, "alert"), {"sqlite_with_rowid": False})
    post: int = _link("posts.id", primary_key=True)
    alert: int = _link("alerts.id", primary_key=True)


class Meta(Kept, table=True):
    """Small facts that the process remembers, by name."""

    __tablename__ = "meta"
    name: str = Field(primary_key=True, sa_type=Text)
    value: str = Field(sa_type=Text)


def _table(kind: type[Kept]) -> Table:
    return metadata.tables[str(kind.__tablename__)]


sources = _table(Sources)
articles = _table(Articles)
verdicts = _table(VerdictRows)
article_countries = _table(ArticleCountries)
pages = _table(Pages)
stories = _table(Stories)
story_articles = _table(StoryArticles)
posts = _table(Posts)
messages = _table(Messages)
message_posts = _table(MessagePosts)
look_backs = _table(LookBacks)
message_stories = _table(MessageStories)
edits = _table(Edits)
corrections = _table(Corrections)
retractions = _table(Retractions)
chats = _table(Chats)
people = _table(People)
alerts = _table(Alerts)
post_alerts = _table(PostAlerts)
meta = _table(Meta)
