"""Looks back at a week: once for each slot, with the stories that they list.

Revision ID: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, ForeignKeyConstraint, PrimaryKeyConstraint

revision = "0007"
down_revision = "0006"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    op.create_table(
        "look_backs",
        Column("route", sa.Text(), nullable=False),
        Column("chat", sa.Text(), nullable=False),
        Column("slot", _TIME, nullable=False),
        Column("at", _TIME, nullable=False),
        Column("message", _NUMBER, nullable=True),
        PrimaryKeyConstraint("route", "chat", "slot", name="pk_look_backs"),
        ForeignKeyConstraint(["message"], ["messages.id"], name="fk_look_backs_message"),
    )
    op.create_index("ix_look_backs_message", "look_backs", ["message"])
    op.create_table(
        "message_stories",
        Column("message", _NUMBER, nullable=False),
        Column("position", sa.Integer(), nullable=False),
        Column("story", _NUMBER, nullable=False),
        Column("struck", sa.Boolean(), nullable=False),
        PrimaryKeyConstraint("message", "position", name="pk_message_stories"),
        ForeignKeyConstraint(["message"], ["messages.id"], name="fk_message_stories_message"),
        ForeignKeyConstraint(["story"], ["stories.id"], name="fk_message_stories_story"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_message_stories_story", "message_stories", ["story"])
