"""The schema: which revision a database has, and bringing an older one up to date in one transaction."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from newsdesk.errors import SchemaOutdated, StoreError
from storage.revision import MIGRATIONS


def _revisions(folder: Path) -> ScriptDirectory:
    return ScriptDirectory(str(folder))


def current_revision(connection: Connection) -> str | None:
    """The revision that the database says it has; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def is_current(connection: Connection, place: str, folder: Path = MIGRATIONS) -> bool:
    """Whether the schema is the one of this program.

    False for an older or empty database. Raises SchemaOutdated for one that this program does not know, and
    StoreError for a database that holds other things.
    """
    scripts = _revisions(folder)
    current = current_revision(connection)
    if current is None:
        if inspect(connection).has_table("articles"):
            raise StoreError(f"the database {place} has tables of another program; name an empty database")
        return False
    if current not in {script.revision for script in scripts.walk_revisions()}:
        raise SchemaOutdated(
            f"the database {place} has the schema {current}, which this program does not know: a newer one wrote it; "
            "install that version, or name another database"
        )
    return current in scripts.get_heads()


def refuse_old(connection: Connection, place: str) -> None:
    """Raise SchemaOutdated, saying what migrates."""
    found = current_revision(connection)
    state = "is empty" if found is None else f"has the old schema {found}"
    raise SchemaOutdated(f"the database {place} {state}; start `lintas run` once, which brings it up to date")


def migrate(connection: Connection, folder: Path = MIGRATIONS) -> None:
    """Bring the schema up to date, inside the connection's transaction."""
    scripts = _revisions(folder)

    def steps(revision: object, _context: object) -> list[object]:
        return list(scripts._upgrade_revs("head", revision))  # type: ignore[arg-type]

    with EnvironmentContext(Config(), scripts, fn=steps) as environment:
        environment.configure(connection=connection)
        environment.run_migrations()
