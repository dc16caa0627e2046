"""`lintas backup` and `lintas restore`: what a person sees, and what scripts rely on."""

from __future__ import annotations

import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.conftest import Program
from tests.acceptance.test_run_once import CROSSING, FILM, feed
from tests.acceptance.test_service import service
from tests.doubles.web import WebDouble
from tests.newdb import lay_database


def test_a_copy_while_the_service_runs_and_the_way_back(program: Program, web: WebDouble):
    """The copy lies under its default name; restoring is refused while the service runs, and afterwards works."""
    web.pages["/rss"] = feed(FILM)
    program.write_book({"good": f"{web.url}/rss"})
    with service(program) as running:
        running.until("source=good")
        made = program.run("backup")
        assert made.code == 0, made.err
        (copy,) = (program.folder / "var/backups").iterdir()
        assert copy.name.startswith("lintas-2")
        assert f"lintas restore var/backups/{copy.name}" in made.out
        assert copy.stat().st_mode & 0o777 == 0o600
        refused = program.run("restore", str(copy))
        assert refused.code == 3
        assert "another instance" in refused.err
        assert running.end(signal.SIGTERM) == 0
    web.pages["/rss"] = feed(CROSSING)
    assert program.run("run", "--once").code == 0
    back = program.run("restore", f"var/backups/{copy.name}")
    assert back.code == 0, back.err
    assert "lintas run" in back.out
    assert [hit["title"] for hit in program.run("search", "film", "--json").lines] == [FILM[1]]
    (before,) = (program.folder / "var").glob("lintas.db.before-restore-*Z")
    with closing(sqlite3.connect(before)) as old:
        assert old.execute("SELECT count(*) FROM articles").fetchone() == (2,)


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A folder after one round, with a backup."""
    program = Program(tmp_path_factory.mktemp("kept"), {"LINTAS_ALLOW_NETWORKS": "127.0.0.0/8"})
    lay_database(program.folder)
    with WebDouble({"/rss": feed(FILM)}) as web:
        program.write_book({"good": f"{web.url}/rss"})
        assert program.run("run", "--once").code == 0
    assert program.run("backup", "bad.db").code == 0
    return program


@pytest.mark.parametrize("how", ["text", "other", "newer", "damaged", "absent"])
def test_a_bad_backup_is_refused_and_the_database_stays(backed_up: Program, tmp_path: Path, how: str):
    """Not SQLite, another program's, a newer program's, damaged, not there: one line, exit 1, nothing changed."""
    shutil.copytree(backed_up.folder, tmp_path / "copy")
    program = Program(tmp_path / "copy", backed_up.env)
    bad = program.folder / "bad.db"
    if how == "absent":
        bad.unlink()
    elif how == "text":
        bad.write_text("no database " * 99)
    elif how == "damaged":
        content = bytearray(bad.read_bytes())
        content[4096 * 3 : 4096 * 9] = b"\xff" * 4096 * 6
        bad.write_bytes(content)
    elif how in ("other", "newer"):
        with closing(sqlite3.connect(bad)) as copy:
            copy.execute("DROP TABLE messages" if how == "other" else "UPDATE alembic_version SET version_num = '9999'")
            copy.commit()
    before = (program.folder / "var/lintas.db").read_bytes()
    ran = program.run("restore", "bad.db")
    assert ran.code == 1
    assert len(ran.err.splitlines()) == 1
    assert "bad.db" in ran.err
    assert (program.folder / "var/lintas.db").read_bytes() == before
    assert not list((program.folder / "var").glob("*before*"))


def test_nothing_is_overwritten_and_postgresql_has_its_own_tools(program: Program):
    """Each says what to do instead."""
    (program.folder / "there.db").write_text("mine")
    assert program.run("sources").code in (0, 2)
    taken = program.run("backup", "there.db")
    assert (taken.code, "not overwritten" in taken.err) == (1, True)
    assert (program.folder / "there.db").read_text() == "mine"
    for command in (["backup"], ["restore", "there.db"]):
        ran = program.run(*command, LINTAS_DATABASE="postgresql://desk:hunter2@localhost/lintas")
        assert ran.code == 2
        assert "pg_dump" in ran.err
        assert "pg_restore" in ran.err
        assert "hunter2" not in ran.err
    for name in ("backup", "restore"):
        assert "FILE" in program.run(name, "--help").out
