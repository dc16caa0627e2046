"""The index of pages holds only those whose text is still kept: what is let go of every day is found at once.

Revision ID: 0003
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0003"
down_revision = "0002"

_KEPT = text("text <> ''")


def upgrade() -> None:
    op.drop_index("ix_pages_at", table_name="pages")
    op.create_index("ix_pages_kept", "pages", ["at"], sqlite_where=_KEPT, postgresql_where=_KEPT)
