"""Messages may edit others, and a post knows when its words were corrected.

Revision ID: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, ForeignKeyConstraint, PrimaryKeyConstraint

revision = "0004"
down_revision = "0003"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    op.create_table(
        "edits",
        Column("message", _NUMBER, nullable=False),
        Column("target", _NUMBER, nullable=False),
        PrimaryKeyConstraint("message", name="pk_edits"),
        ForeignKeyConstraint(["message"], ["messages.id"], name="fk_edits_message"),
        ForeignKeyConstraint(["target"], ["messages.id"], name="fk_edits_target"),
    )
    op.create_index("ix_edits_target", "edits", ["target"])
    op.create_table(
        "corrections",
        Column("post", _NUMBER, nullable=False),
        Column("at", _TIME, nullable=False),
        PrimaryKeyConstraint("post", name="pk_corrections"),
        ForeignKeyConstraint(["post"], ["posts.id"], name="fk_corrections_post"),
    )
