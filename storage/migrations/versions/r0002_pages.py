"""Looks at articles' own pages, whose text is kept for a month.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, ForeignKeyConstraint, PrimaryKeyConstraint

revision = "0002"
down_revision = "0001"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    op.create_table(
        "pages",
        Column("article", _NUMBER, nullable=False),
        Column("at", _TIME, nullable=False),
        Column("status", sa.Text(), nullable=False),
        Column("reason", sa.Text(), nullable=False),
        Column("text", sa.Text(), nullable=False),
        PrimaryKeyConstraint("article", name="pk_pages"),
        ForeignKeyConstraint(["article"], ["articles.id"], name="fk_pages_article"),
    )
    op.create_index("ix_pages_at", "pages", ["at"])
