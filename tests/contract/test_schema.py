"""The schema: migrations make exactly the tables; old ones are brought up to date, unknown ones refused, as a whole."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, make_url, text

from newsdesk.articles import PageLook
from newsdesk.errors import SchemaOutdated, StoreError
from newsdesk.ports import Store
from storage import fts5, revision, schema, tsvector
from storage.migrate import bring_up_to_date
from storage.store import is_current
from storage.tables import metadata
from tests.contract.builders import NOW, asking, told
from tests.contract.conftest import Opener
from tests.contract.postgres_server import PostgresServer
from tests.newdb import tables_since_the_first


def _engine(url: str) -> Engine:
    return create_engine(make_url(url.replace("postgresql://", "postgresql+psycopg://")))


def _description(connection: Connection) -> list[str]:
    """Everything the database says of its schema, in its own words."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"))
        return sorted(" ".join(sql.split()) for sql in rows.scalars() if "alembic_version" not in sql)
    statements = (
        "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns "
        "WHERE table_schema = 'public'",
        "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace",
    )
    stated = [tuple(row) for statement in statements for row in connection.execute(text(statement))]
    return sorted(str(row) for row in stated if row[0] != "alembic_version")


def test_migrations_make_exactly_the_tables(
    empty: str, kind: str, opened: Opener, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """In the database's own words, and in Alembic's comparison."""
    opened(empty)
    if kind == "sqlite":
        direct = f"sqlite:///{tmp_path}/direct.db"
    else:
        server: PostgresServer = request.getfixturevalue("server")
        direct = server.url(server.new_database())
    migrated, made = _engine(empty), _engine(direct)
    with made.begin() as connection:
        metadata.create_all(connection)
        for statement in fts5.CREATE if kind == "sqlite" else tsvector.CREATE:
            connection.execute(text(statement))
        expected = _description(connection)
    with migrated.connect() as connection:
        assert _description(connection) == expected
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [
            one
            for one in compare_metadata(context, metadata)
            if "search_words" not in str(one) and "story_keys" not in str(one)
        ]
    assert differences == []
    assert len(expected) > 25
    migrated.dispose()
    made.dispose()


def test_the_head_told_by_names_is_alembics(empty: str, opened: Opener) -> None:
    """The quick look of every start reads file names; they say what the migration tool says."""
    opened(empty)
    assert is_current(empty)
    engine = _engine(empty)
    with engine.connect() as connection:
        assert schema.current_revision(connection) == revision.head()
        assert schema.is_current(connection, "here")
    engine.dispose()


def test_a_process_of_its_own_brings_a_database_up_to_date(empty: str) -> None:
    """Afterwards it is current, and doing it again does nothing."""
    assert not is_current(empty)
    bring_up_to_date(empty)
    assert is_current(empty)
    bring_up_to_date(empty)


def test_what_the_process_finds_wrong_is_raised_here(tmp_path: Path) -> None:
    """A database of another program is refused in the words that the child found."""
    with contextlib.closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE articles (x)")
    with pytest.raises(StoreError, match="another program"):
        bring_up_to_date(f"sqlite:///{tmp_path}/other.db")


def test_opening_again_changes_nothing(empty: str, opened: Opener) -> None:
    """A second opening finds the schema current; what was kept is there."""
    first = opened(empty)
    with first.write() as tx:
        told(tx, 1, "film")
    first.close()
    with opened(empty, migrate=False).read() as view:
        assert view.count(asking("film")) == 1


def test_without_leave_to_migrate_an_empty_database_is_refused(empty: str, opened: Opener) -> None:
    """With the command that would do it."""
    with pytest.raises(SchemaOutdated, match="lintas run"):
        opened(empty, migrate=False)


def _set_revision(url: str, revision: str) -> None:
    engine = _engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    engine.dispose()


@pytest.mark.parametrize("migrate", [True, False])
def test_a_newer_schema_is_refused(empty: str, opened: Opener, migrate: bool) -> None:
    """Its revision is named, and what to do."""
    opened(empty).close()
    _set_revision(empty, "9999")
    with pytest.raises(SchemaOutdated, match=r"9999.*newer"):
        opened(empty, migrate=migrate)


def test_a_database_of_another_program_is_refused(empty: str, opened: Opener) -> None:
    """A table of the same name without our revision."""
    if empty.startswith("sqlite"):
        Path(make_url(empty).database or "").parent.mkdir(parents=True)
    engine = _engine(empty)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE articles (id INTEGER)"))
    engine.dispose()
    with pytest.raises(StoreError, match="another program"):
        opened(empty)


LATER = """
from alembic import op

revision = "{revision}"
down_revision = "{before}"

def upgrade():
    op.execute("CREATE TABLE step_{revision} (id INTEGER)")
    op.execute("{statement}")
"""


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """Our migrations with two more, of which the second fails."""
    folder = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    good = LATER.format(revision="8001", before=revision.head(), statement="INSERT INTO meta VALUES ('a', 'b')")
    (folder / "versions" / "r8001.py").write_text(good)
    bad = LATER.format(revision="8002", before="8001", statement="INSERT INTO no_such_table VALUES (1)")
    (folder / "versions" / "r8002.py").write_text(bad)
    return folder


def test_an_old_schema_is_brought_up_to_date_in_one_transaction(empty: str, opened: Opener, later: Path) -> None:
    """Two steps of which the second fails leave neither; when it is mended, both are made and what was kept stays."""
    store = opened(empty)
    with store.write() as tx:
        told(tx, 1, "film")

    def up_to_date() -> None:
        with store._database.writing() as connection:  # type: ignore[attr-defined]
            assert not schema.is_current(connection, "here", later)
            schema.migrate(connection, later)

    with pytest.raises(Exception, match="no_such_table"):
        up_to_date()
    with store.read() as view:
        assert view.remembered("a") is None
        assert schema.current_revision(view._connection) == revision.head()  # type: ignore[attr-defined]
    mended = (later / "versions" / "r8002.py").read_text().replace("no_such_table", "step_8001")
    (later / "versions" / "r8002.py").write_text(mended)
    up_to_date()
    with store.read() as view:
        assert view.remembered("a") == "b"
        assert view.count(asking("film")) == 1
        assert schema.is_current(view._connection, "here", later)  # type: ignore[attr-defined]
        with pytest.raises(SchemaOutdated, match="8002"):
            schema.is_current(view._connection, "here")  # type: ignore[attr-defined]


def test_a_database_of_the_first_schema_is_brought_up_to_date(empty: str, opened: Opener) -> None:
    """What was kept before there were pages stays, and pages can be kept."""
    store = opened(empty)
    with store.write() as tx:
        number, _ = told(tx, 1, "film")
    store.close()
    engine = _engine(empty)
    with engine.begin() as connection:
        for table in tables_since_the_first():
            connection.execute(text(f"DROP TABLE {table}"))
    engine.dispose()
    _set_revision(empty, "0001")
    assert not is_current(empty)
    look = PageLook(status="read", at=NOW, text="teks")
    with opened(empty).write() as tx:
        tx.save_page(number, look)
        trace = tx.trace(number)
    assert trace is not None
    assert (trace.article.title, trace.page) == ("film", look)


def test_several_processes_may_open_a_new_database_at_once(empty: str, opened: Opener) -> None:
    """One makes the schema, the others find it."""
    program = "import sys; from storage import open_store; open_store(sys.argv[1], timeout=60).close()"
    command = [sys.executable, "-c", program, empty]
    root = Path(__file__).parents[2]
    processes = [subprocess.Popen(command, cwd=root) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    with opened(empty, migrate=False).read() as view:
        assert view.counts()["articles"] == 0


# SQLite's file


def test_a_new_file_and_its_folder_are_made_for_the_owner_alone(tmp_path: Path, opened: Opener) -> None:
    """Also with a wide umask, and the log beside it too."""
    before = os.umask(0)
    try:
        store = opened(f"sqlite:///{tmp_path}/var/deep/lintas.db")
        with store.write() as tx:
            told(tx, 1)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "var/deep").iterdir()}
    finally:
        os.umask(before)
    assert modes == {"lintas.db": 0o600, "lintas.db-wal": 0o600, "lintas.db-shm": 0o600}


def test_the_write_ahead_log_is_emptied_at_the_end(tmp_path: Path, opened: Opener) -> None:
    """A closed store is one file."""
    store = opened(f"sqlite:///{tmp_path}/lintas.db")
    with store.write() as tx:
        told(tx, 1)
    with store.read() as view:
        assert view.counts()["articles"] == 1
    store.close()
    assert [path.name for path in tmp_path.iterdir()] == ["lintas.db"]


def test_the_settings_of_sqlite(tmp_path: Path, opened: Opener) -> None:
    """Write-ahead log, every commit on the disk, foreign keys, five seconds of patience; readers make no checkpoints."""
    store = opened(f"sqlite:///{tmp_path}/lintas.db")

    def settings(connection: Connection) -> dict[str, object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "wal_autocheckpoint", "query_only")
        return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}

    both = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
    with store.write() as tx:
        assert settings(tx._connection) == {**both, "wal_autocheckpoint": 4000, "query_only": 0}  # type: ignore[attr-defined]
    with store.read() as view:
        assert settings(view._connection) == {**both, "wal_autocheckpoint": 0, "query_only": 1}  # type: ignore[attr-defined]
    with opened(f"sqlite:///{tmp_path}/lintas.db", beside=True).write() as tx:
        assert settings(tx._connection) == {**both, "wal_autocheckpoint": 0, "query_only": 0}  # type: ignore[attr-defined]


def test_what_is_not_there_is_not_made_without_leave(tmp_path: Path, opened: Opener) -> None:
    """Opening without leave to migrate says what makes it, and leaves no file and no folder behind."""
    with pytest.raises(SchemaOutdated, match="lintas run"):
        opened(f"sqlite:///{tmp_path}/var/lintas.db", migrate=False)
    assert list(tmp_path.iterdir()) == []


def test_readers_that_close_last_leave_the_log_alone(tmp_path: Path, opened: Opener) -> None:
    """After a crash, whoever reads first makes no checkpoint: that is the writer's."""
    program = (
        "import os, sys; from storage import open_store; from tests.contract.builders import told\n"
        "with open_store(sys.argv[1]).write() as tx: told(tx, 1)\n"
        "os._exit(0)\n"
    )
    file = tmp_path / "lintas.db"
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", program, f"sqlite:///{file}"], cwd=root, check=True)
    before = file.with_name("lintas.db-wal").stat().st_size
    store = opened(f"sqlite:///{file}", migrate=False)
    with store.read() as view:
        assert view.counts()["articles"] == 1
    store.close()
    assert file.with_name("lintas.db-wal").stat().st_size == before > 0


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite://", "must be a file"),
        ("sqlite:///:memory:", "must be a file"),
        ("mysql://localhost/a", "cannot be used"),
        ("lintas.db", "cannot be read"),
        ("", "cannot be read"),
        ("sqlite:////proc/lintas.db", "cannot be opened"),
        ("sqlite:////dev/null/lintas.db", "cannot be opened"),
        ("sqlite:////", "cannot be opened"),
    ],
)
def test_a_url_that_leads_nowhere_is_a_store_error(opened: Opener, url: str, says: str) -> None:
    """One sentence that says what to write."""
    with pytest.raises(StoreError, match=says):
        opened(url)


def _damaged(file: Path, how: str) -> None:
    good = file.read_bytes()
    match how:
        case "text":
            file.write_text("this is a text, and long enough to have a header of a hundred bytes " * 9)
        case "half":
            file.write_bytes(good[: len(good) // 2])
        case "page one":
            file.write_bytes(good[:100] + b"\xff" * 3000 + good[3100:])
        case "schema":
            file.write_bytes(good.replace(b"alembic_version", b"\xff" * 15))


@pytest.mark.parametrize("how", ["text", "half", "page one", "schema"])
def test_a_damaged_file_is_refused_and_left_alone(tmp_path: Path, opened: Opener, how: str) -> None:
    """It is not made anew: a backup may be put in its place, or the rest be saved."""
    file = tmp_path / "lintas.db"
    opened(f"sqlite:///{file}").close()
    _damaged(file, how)
    damaged = file.read_bytes()
    with pytest.raises(StoreError, match=r"damaged|not a SQLite database|another program"):
        opened(f"sqlite:///{file}")
    assert file.read_bytes() == damaged


def test_damage_found_later_is_a_store_error(tmp_path: Path, opened: Opener) -> None:
    """A page of the articles is lost: reading them says so."""
    file = tmp_path / "lintas.db"
    store = opened(f"sqlite:///{file}")
    with store.write() as tx:
        for number in range(500):
            told(tx, number, summary="isi " * 200)
    store.close()
    with sqlite3.connect(file) as connection:
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'articles'").fetchone()[0]
    connection.close()
    with file.open("r+b") as damaged:
        damaged.seek((root - 1) * size)
        damaged.write(b"\xff" * size)
    reopened: Store = opened(f"sqlite:///{file}")
    with pytest.raises(StoreError, match="damaged"), reopened.read() as view:
        view.article("250")
