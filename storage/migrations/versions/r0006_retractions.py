"""Posts may be taken back by an operator.

Revision ID: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, ForeignKeyConstraint, PrimaryKeyConstraint

revision = "0006"
down_revision = "0005"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    op.create_table(
        "retractions",
        Column("post", _NUMBER, nullable=False),
        Column("at", _TIME, nullable=False),
        Column("by", _NUMBER, nullable=False),
        PrimaryKeyConstraint("post", name="pk_retractions"),
        ForeignKeyConstraint(["post"], ["posts.id"], name="fk_retractions_post"),
    )
