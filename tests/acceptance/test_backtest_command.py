"""`lintas backtest`: other rules over what is kept, and not a byte is changed."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.conftest import LINTAS, Program
from tests.acceptance.test_run_once import CROSSING, FILM, NOW, OTHER, feed
from tests.doubles.web import WebDouble
from tests.newdb import lay_database

TINT = ("/plastik", "Film plastik dari singkong diuji", "Peneliti menguji film plastik dari pati singkong.")
TOPICS = """
topics:
  film:
    also: [cabai]
    never: [film plastik]
"""
LONG = ("--since", "3650d")


@pytest.fixture(scope="module")
def gathered(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A folder after one round: a crossing, a film, and two articles on chillies and on plastic film."""
    program = Program(tmp_path_factory.mktemp("gathered"), {"LINTAS_ALLOW_NETWORKS": "127.0.0.0/8"})
    lay_database(program.folder)
    with WebDouble({"/rss": feed(CROSSING, FILM, OTHER, TINT)}) as web:
        program.write_book({"outlet": f"{web.url}/rss"})
        assert program.run("run", "--once", "--now", NOW, "--json").lines[0]["stored"] == 4
    return program


@pytest.fixture
def filled(gathered: Program, tmp_path: Path) -> Program:
    """A copy of that folder for each test."""
    shutil.copytree(gathered.folder, tmp_path / "copy")
    return Program(tmp_path / "copy", gathered.env)


def changed_rules(program: Program, extra: str = TOPICS) -> str:
    """The operator's file with more at its end, beside it."""
    new = program.folder / "new.yaml"
    new.write_text((program.folder / "sources.yaml").read_text("utf-8") + extra, "utf-8")
    return str(new)


def content(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below the folder: its bytes and when it was written.

    Reading a database leaves SQLite's own index of its log, and the log empty: they hold nothing.
    """
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith("-shm"))
    files = (path for path in files if not path.name.endswith("-wal") or path.stat().st_size)
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def test_exactly_what_other_words_change_is_told_with_the_word_and_nothing_is_written(filled: Program):
    new = changed_rules(filled)
    before = content(filled.folder)
    ran = filled.run("backtest", *LONG, "--sources", new, "--json")
    assert ran.code == 0, ran.err
    assert ran.err == ""
    *lines, total = ran.lines
    told = {line.pop("title"): line for line in lines}
    assert set(told) == {OTHER[1], TINT[1]}
    added, removed = told[OTHER[1]], told[TINT[1]]
    assert added.pop("id") != removed.pop("id")
    was, now = added.pop("before"), added.pop("after")
    assert (was["matched"], now["matched"]) == (False, True)
    assert was["score"] < was["threshold"] == now["threshold"] <= now["score"]
    assert added == {"url": "https://outlet.example/cabai", "topic": "film", "change": "added", "words": ["cabai"]}
    was, now = removed.pop("before"), removed.pop("after")
    assert (was["matched"], now["matched"]) == (True, False)
    assert [word.casefold() for word in removed.pop("words")] == ["film plastik", "film"]
    assert removed == {"url": "https://outlet.example/plastik", "topic": "film", "change": "removed"}
    assert total == {"articles": 4, "added": 1, "removed": 1, "same": 2, "posts_added": 1, "posts_removed": 1}
    assert content(filled.folder) == before


def test_without_other_rules_the_stored_verdicts_are_compared_with_the_rules_on_disk(filled: Program):
    total = filled.run("backtest", *LONG, "--json").lines[-1]
    assert total == {"articles": 4, "added": 0, "removed": 0, "same": 4, "posts_added": 0, "posts_removed": 0}
    with (filled.folder / "sources.yaml").open("a", encoding="utf-8") as book:
        book.write(TOPICS)
    *lines, total = filled.run("backtest", *LONG, "--json").lines
    assert {(line["title"], line["change"]) for line in lines} == {(OTHER[1], "added"), (TINT[1], "removed")}
    assert (total["added"], total["removed"], total["same"]) == (1, 1, 2)


def test_people_read_headlines_words_scores_and_sums(filled: Program):
    out = filled.run("backtest", *LONG, "--sources", changed_rules(filled)).out
    assert "+ film: 0.00 of 2.50 → " in out
    assert "“cabai”" in out
    assert "“Film plastik”" in out
    for line in (
        "4 articles, 2 judged the same",
        "topic film: 1 added, 1 removed, 2 the same",
        "topic ai: 0 added, 0 removed, 1 the same",
        "route highlights: 0 added, 0 removed, 1 the same",
        "route roundup: 1 added, 1 removed, 1 the same",
    ):
        assert line in out
    assert FILM[1] not in out
    assert CROSSING[1] not in out


def test_other_routes_alone_move_posts_without_changing_a_verdict(filled: Program):
    """A file with one route for crossings only: the round-up's posts are gone."""
    routes = "\nroutes:\n  - id: highlights\n    chat: preview\n    when: at least 2 of [film, ai, collaboration]\n"
    new = changed_rules(filled, routes)
    total = filled.run("backtest", *LONG, "--sources", new, "--json").lines
    assert total == [{"articles": 4, "added": 0, "removed": 0, "same": 4, "posts_added": 0, "posts_removed": 2}]
    assert "→ would not be posted by roundup" in filled.run("backtest", *LONG, "--sources", new).out


def test_a_limit_shortens_the_list_and_not_the_sums(filled: Program):
    new = changed_rules(filled)
    *lines, total = filled.run("backtest", *LONG, "--sources", new, "--json", "--limit", "1").lines
    assert len(lines) == 1
    assert (total["added"], total["removed"]) == (1, 1)
    out = filled.run("backtest", *LONG, "--sources", new, "--limit", "1").out
    assert "… and 1 more; --limit 2 shows all" in out
    assert "topic film: 1 added, 1 removed" in out


def test_on_a_terminal_progress_is_shown_beside_the_answer(filled: Program):
    """The bar goes to standard error only; what is piped on is the same as ever."""
    command = ("backtest", *LONG, "--sources", changed_rules(filled), "--json")
    mine, theirs = pty.openpty()
    try:
        ran = subprocess.run(
            [LINTAS, *command],
            stdout=subprocess.PIPE,
            stderr=theirs,
            cwd=filled.folder,
            env=filled.environ(TERM="xterm", COLUMNS="100"),
            timeout=60,
            check=True,
        )
        shown = os.read(mine, 65536).decode()
    finally:
        os.close(mine)
        os.close(theirs)
    assert "judging" in shown
    assert ran.stdout.decode() == filled.run(*command).out


@pytest.mark.parametrize("json", [(), ("--json",)])
def test_an_empty_period_says_what_to_do(filled: Program, json: tuple[str, ...]):
    ran = filled.run("backtest", "--since", "1m", *json)
    assert ran.code == 0
    assert "name a longer span" in ran.err
    assert ('"articles": 0' if json else "0 articles") in ran.out


def test_a_folder_without_a_database_is_told_to_run_first(newcomer: Program):
    """Not even a schema is made."""
    newcomer.write_book({"outlet": "https://outlet.example/rss"})
    ran = newcomer.run("backtest")
    assert ran.code == 1
    assert "lintas run" in ran.err
    assert [len(data) for name, (data, _) in content(newcomer.folder).items() if name != "sources.yaml"] in ([], [0])


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ("topics:\n  flim:\n    also: [x]\n", ("new.yaml", "topics.flim", "film")),
        ("topics:\n  film:\n    never: 3\n", ("new.yaml", "topics.film.never")),
        ("topics: [\n", ("new.yaml",)),
    ],
)
def test_a_bad_file_is_refused_with_its_place(filled: Program, extra: str, said: tuple[str, ...]):
    ran = filled.run("backtest", "--sources", changed_rules(filled, extra))
    assert ran.code == 2
    assert ran.out == ""
    assert "Traceback" not in ran.err
    for word in said:
        assert word in ran.err


def test_a_missing_file_and_a_span_that_is_none_are_refused(filled: Program):
    assert filled.run("backtest", "--sources", "nowhere.yaml").code == 2
    ran = filled.run("backtest", "--since", "soon")
    assert ran.code == 2
    assert "--since" in ran.err
