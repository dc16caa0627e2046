"""The first schema: sources, articles with verdicts, stories, posts and messages, and the search index.

Revision ID: 0001
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, PrimaryKeyConstraint, UniqueConstraint

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    _sources()
    _articles()
    _stories()
    _outbox()
    _search()


def _sources() -> None:
    op.create_table(
        "sources",
        Column("source", sa.Text(), nullable=False),
        Column("etag", sa.Text(), nullable=True),
        Column("last_modified", sa.Text(), nullable=True),
        Column("body_hash", sa.Text(), nullable=True),
        Column("next_check", _TIME, nullable=True),
        Column("last_poll", _TIME, nullable=True),
        Column("last_ok", _TIME, nullable=True),
        Column("last_full", _TIME, nullable=True),
        Column("newest_item", _TIME, nullable=True),
        Column("span", sa.Float(), nullable=True),
        Column("items", sa.Integer(), nullable=False),
        Column("failures", sa.Integer(), nullable=False),
        Column("status", sa.Text(), nullable=False),
        Column("reason", sa.Text(), nullable=False),
        Column("gaps", sa.Integer(), nullable=False),
        PrimaryKeyConstraint("source", name="pk_sources"),
    )
    op.create_table(
        "meta",
        Column("name", sa.Text(), nullable=False),
        Column("value", sa.Text(), nullable=False),
        PrimaryKeyConstraint("name", name="pk_meta"),
    )


def _articles() -> None:
    op.create_table(
        "articles",
        Column("id", _NUMBER, autoincrement=False, nullable=False),
        Column("place", _NUMBER, nullable=False),
        Column("source", sa.Text(), nullable=False),
        Column("outlet", sa.Text(), nullable=False),
        Column("title", sa.Text(), nullable=False),
        Column("url", sa.Text(), nullable=False),
        Column("identity_url", sa.Text(), nullable=False),
        Column("outlet_id", sa.Text(), nullable=True),
        Column("fingerprint", sa.Text(), nullable=True),
        Column("first_seen", _TIME, nullable=False),
        Column("at", _TIME, nullable=False),
        Column("published", _TIME, nullable=True),
        Column("revised", _TIME, nullable=True),
        Column("language", sa.Text(), nullable=False),
        Column("guid", sa.Text(), nullable=True),
        Column("author", sa.Text(), nullable=False),
        Column("image", sa.Text(), nullable=False),
        Column("summary", sa.Text(), nullable=False),
        Column("body", sa.Text(), nullable=False),
        PrimaryKeyConstraint("id", name="pk_articles"),
        UniqueConstraint("identity_url", name="uq_articles_identity_url"),
        UniqueConstraint("place", name="uq_articles_place"),
    )
    op.create_index("ix_articles_fingerprint", "articles", ["fingerprint"], **_where("fingerprint IS NOT NULL"))
    op.create_index("ix_articles_first_seen", "articles", ["first_seen"])
    op.create_index("ix_articles_outlet_id", "articles", ["outlet_id"], **_where("outlet_id IS NOT NULL"))
    op.create_index("ix_articles_url", "articles", ["url"], postgresql_using="hash")
    op.create_table(
        "verdicts",
        Column("article", _NUMBER, nullable=False),
        Column("topic", sa.Text(), nullable=False),
        Column("position", sa.Integer(), nullable=False),
        Column("score", sa.Float(), nullable=False),
        Column("threshold", sa.Float(), nullable=False),
        Column("matched", sa.Boolean(), nullable=False),
        Column("evidence", sa.Text(), nullable=False),
        Column("ignored", sa.Text(), nullable=False),
        ForeignKeyConstraint(["article"], ["articles.id"], name="fk_verdicts_article"),
        PrimaryKeyConstraint("article", "topic", name="pk_verdicts"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "article_countries",
        Column("article", _NUMBER, nullable=False),
        Column("country", sa.Text(), nullable=False),
        ForeignKeyConstraint(["article"], ["articles.id"], name="fk_article_countries_article"),
        PrimaryKeyConstraint("article", "country", name="pk_article_countries"),
        sqlite_with_rowid=False,
    )


def _stories() -> None:
    op.create_table(
        "stories",
        Column("id", _NUMBER, autoincrement=False, nullable=False),
        Column("first_article", _NUMBER, nullable=False),
        Column("opened", _TIME, nullable=False),
        Column("latest", _TIME, nullable=False),
        Column("follows", _NUMBER, nullable=True),
        ForeignKeyConstraint(["first_article"], ["articles.id"], name="fk_stories_first_article"),
        ForeignKeyConstraint(["follows"], ["stories.id"], name="fk_stories_follows"),
        PrimaryKeyConstraint("id", name="pk_stories"),
    )
    op.create_table(
        "story_articles",
        Column("article", _NUMBER, nullable=False),
        Column("story", _NUMBER, nullable=False),
        ForeignKeyConstraint(["article"], ["articles.id"], name="fk_story_articles_article"),
        ForeignKeyConstraint(["story"], ["stories.id"], name="fk_story_articles_story"),
        PrimaryKeyConstraint("article", name="pk_story_articles"),
    )
    op.create_index("ix_story_articles_story", "story_articles", ["story"])


def _outbox() -> None:
    op.create_table(
        "posts",
        Column("id", _NUMBER, autoincrement=False, nullable=False),
        Column("story", _NUMBER, nullable=False),
        Column("chat", sa.Text(), nullable=False),
        Column("route", sa.Text(), nullable=False),
        Column("article", _NUMBER, nullable=False),
        Column("state", sa.Text(), nullable=False),
        Column("due", _TIME, nullable=False),
        Column("reason", sa.Text(), nullable=False),
        PrimaryKeyConstraint("id", name="pk_posts"),
        UniqueConstraint("story", "chat", name="uq_posts_story_chat"),
        CheckConstraint("state IN ('waiting', 'queued', 'sent', 'failed', 'dropped')", name="ck_posts_state"),
        ForeignKeyConstraint(["story"], ["stories.id"], name="fk_posts_story"),
        ForeignKeyConstraint(["article"], ["articles.id"], name="fk_posts_article"),
    )
    op.create_index("ix_posts_state_due", "posts", ["state", "due"])
    op.create_table(
        "messages",
        Column("id", _NUMBER, autoincrement=False, nullable=False),
        Column("chat", sa.Text(), nullable=False),
        Column("kind", sa.Text(), nullable=False),
        Column("state", sa.Text(), nullable=False),
        Column("created", _TIME, nullable=False),
        Column("not_before", _TIME, nullable=False),
        Column("attempts", sa.Integer(), nullable=False),
        Column("content", sa.Text(), nullable=False),
        Column("last_known", _NUMBER, nullable=True),
        Column("message_id", _NUMBER, nullable=True),
        Column("changed", _TIME, nullable=True),
        Column("reason", sa.Text(), nullable=False),
        CheckConstraint(
            "state IN ('queued', 'claimed', 'sending', 'sent', 'failed', 'held')", name="ck_messages_state"
        ),
        PrimaryKeyConstraint("id", name="pk_messages"),
    )
    op.create_index("ix_messages_chat_state", "messages", ["chat", "state"])
    op.create_index("ix_messages_state_id", "messages", ["state", "id"])
    op.create_table(
        "message_posts",
        Column("message", _NUMBER, nullable=False),
        Column("position", sa.Integer(), nullable=False),
        Column("post", _NUMBER, nullable=False),
        ForeignKeyConstraint(["message"], ["messages.id"], name="fk_message_posts_message"),
        ForeignKeyConstraint(["post"], ["posts.id"], name="fk_message_posts_post"),
        PrimaryKeyConstraint("message", "position", name="pk_message_posts"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_message_posts_post", "message_posts", ["post"])
    op.create_table(
        "chats",
        Column("chat", sa.Text(), nullable=False),
        Column("last_message_id", _NUMBER, nullable=True),
        Column("rest_until", _TIME, nullable=True),
        Column("reason", sa.Text(), nullable=False),
        Column("sends", sa.Text(), nullable=False),
        PrimaryKeyConstraint("chat", name="pk_chats"),
    )


_TOKENIZE = """tokenize="ascii tokenchars '!""#$%&''()*+,-./:;<=>?@[\\]^_`{|}~'\""""


def _search() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE VIRTUAL TABLE search_words USING fts5(title, text, marks, prefix='3 4', {_TOKENIZE})")
        op.execute(f"CREATE VIRTUAL TABLE story_keys USING fts5(keys, detail=none, columnsize=0, {_TOKENIZE})")
        return
    op.execute(
        "CREATE TABLE search_words (place BIGINT NOT NULL CONSTRAINT pk_search_words PRIMARY KEY, title TEXT NOT NULL, "
        "text TEXT NOT NULL, words TSVECTOR NOT NULL)"
    )
    op.execute("CREATE INDEX ix_search_words_words ON search_words USING gin (words)")
    op.execute(
        "CREATE TABLE story_keys (key TEXT NOT NULL, article BIGINT NOT NULL, "
        "CONSTRAINT pk_story_keys PRIMARY KEY (key, article))"
    )
    op.execute("CREATE INDEX ix_story_keys_article ON story_keys (article)")
