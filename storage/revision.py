"""Which revision the schema has, told without Alembic: the common case of a start, in which nothing is to be done."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

MIGRATIONS = Path(__file__).parent / "migrations"


def head() -> str:
    """The newest revision of this program: its files are named r0001_…, r0002_… in their order."""
    return max(path.name[1:5] for path in (MIGRATIONS / "versions").glob("r[0-9][0-9][0-9][0-9]_*.py"))


def at_head(connection: Connection) -> bool:
    """Whether the database says that it has just that revision."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [head()]
