"""People, their alerts, and which alerts a post in a private chat is for.

Revision ID: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, ForeignKeyConstraint, PrimaryKeyConstraint, UniqueConstraint

revision = "0005"
down_revision = "0004"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    op.create_table(
        "people",
        Column("id", _NUMBER, autoincrement=False, nullable=False),
        Column("seen", _TIME, nullable=False),
        Column("language", sa.Text(), nullable=True),
        Column("client", sa.Text(), nullable=True),
        Column("digest", sa.Text(), nullable=True),
        Column("quiet", sa.Text(), nullable=True),
        Column("timezone", sa.Text(), nullable=False),
        Column("left", _TIME, nullable=True),
        Column("warned", _TIME, nullable=True),
        PrimaryKeyConstraint("id", name="pk_people"),
    )
    op.create_index("ix_people_seen", "people", ["seen"])
    op.create_table(
        "alerts",
        Column("id", _NUMBER, autoincrement=False, nullable=False),
        Column("person", _NUMBER, nullable=False),
        Column("name", sa.Text(), nullable=False),
        Column("query", sa.Text(), nullable=False),
        Column("created", _TIME, nullable=False),
        Column("paused", sa.Boolean(), nullable=False),
        PrimaryKeyConstraint("id", name="pk_alerts"),
        UniqueConstraint("person", "query", name="uq_alerts_person_query"),
        ForeignKeyConstraint(["person"], ["people.id"], name="fk_alerts_person"),
    )
    op.create_table(
        "post_alerts",
        Column("post", _NUMBER, nullable=False),
        Column("alert", _NUMBER, nullable=False),
        PrimaryKeyConstraint("post", "alert", name="pk_post_alerts"),
        ForeignKeyConstraint(["post"], ["posts.id"], name="fk_post_alerts_post"),
        ForeignKeyConstraint(["alert"], ["alerts.id"], name="fk_post_alerts_alert"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_post_alerts_alert", "post_alerts", ["alert"])
