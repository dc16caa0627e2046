"""`lintas backtest`: other rules over what is kept, and not a byte is changed."""

from __future__ import annotations

from hashlib import sha256

import pytest

from tests.acceptance.conftest import Program
from tests.acceptance.test_run_once import FILM, NOW, OTHER, feed
from tests.doubles.web import WebDouble

NEW_RULES = 'topics:\n  film:\n    also: ["cabai"]\n    never: ["film", "film horor", "bioskop", "sutradara", "rumah produksi", "tayang di bioskop"]\n'


@pytest.fixture
def filled(program: Program, web: WebDouble) -> Program:
    """A store with one story on film and one on chillies."""
    web.pages["/rss"] = feed(FILM, OTHER)
    program.write_book({"outlet": f"{web.url}/rss"})
    assert program.run("run", "--once", "--now", NOW, "--json").lines[0]["stored"] == 2
    return program


def test_it_says_what_would_change_and_by_which_words_and_writes_nothing(filled: Program):
    new = filled.folder / "new.yaml"
    new.write_text((filled.folder / "sources.yaml").read_text("utf-8") + NEW_RULES, "utf-8")
    database = filled.folder / "var" / "lintas.db"
    before = sha256(database.read_bytes()).hexdigest()
    ran = filled.run("backtest", "--since", "3650d", "--sources", str(new), "--json")
    assert ran.code == 0, ran.err
    *lines, total = ran.lines
    assert {(line["title"], line["topic"], line["change"]) for line in lines} == {
        (FILM[1], "film", "removed"),
        (OTHER[1], "film", "added"),
    }
    words = {line["change"]: {word.casefold() for word in line["words"]} for line in lines}
    assert "cabai" in words["added"]
    assert "bioskop" in words["removed"]
    assert total == {"articles": 2, "added": 1, "removed": 1, "same": 0, "posts_added": 1, "posts_removed": 1}
    assert sha256(database.read_bytes()).hexdigest() == before


def test_without_other_rules_nothing_differs(filled: Program):
    """The stored verdicts are those of the rules on disk."""
    total = filled.run("backtest", "--since", "3650d", "--json").lines[-1]
    assert total == {"articles": 2, "added": 0, "removed": 0, "same": 2, "posts_added": 0, "posts_removed": 0}


def test_people_read_headlines_words_and_sums(filled: Program):
    new = filled.folder / "new.yaml"
    new.write_text((filled.folder / "sources.yaml").read_text("utf-8") + NEW_RULES, "utf-8")
    out = filled.run("backtest", "--since", "3650d", "--sources", str(new)).out
    assert OTHER[1] in out
    assert "topic film: 1 added, 1 removed" in out
    assert "route roundup: 1 added, 1 removed" in out


def test_what_is_wrong_is_said(filled: Program):
    """An empty period, a span that is none, rules that do not compile."""
    assert "no article of that period" in filled.run("backtest", "--since", "1m").out
    assert filled.run("backtest", "--since", "soon").code == 2
    bad = filled.folder / "bad.yaml"
    bad.write_text((filled.folder / "sources.yaml").read_text("utf-8") + "topics:\n  flim:\n    also: [x]\n", "utf-8")
    ran = filled.run("backtest", "--sources", str(bad))
    assert ran.code == 2
    assert "flim" in ran.err
    assert "film" in ran.err
