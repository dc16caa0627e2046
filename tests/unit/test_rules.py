"""The rule language: word forms, every construct, and what is said about mistakes."""

from __future__ import annotations

import time
from typing import Any

import pytest

from bot.config.book import parse_book
from bot.config.rules import load_rules
from classifiers import Judge, compile_judge
from classifiers.forms import entry_problem, forms
from newsdesk.articles import ArticleText
from newsdesk.errors import ConfigError, Problem
from newsdesk.verdicts import Verdict


def judge_of(**topic: Any) -> Judge:
    """A judge with one topic called `t`."""
    judge, problems = compile_judge({"t": topic})
    assert judge is not None, problems
    return judge


def verdict(judge: Judge, title: str = "", summary: str = "", body: str = "") -> Verdict:
    """The verdict on topic `t`."""
    return judge.judge(ArticleText(title=title, summary=summary, body=body)).by_topic["t"]


def problems_of(additions: Any, shipped: Any = None) -> list[Problem]:
    """What is said about rule data."""
    judge, problems = compile_judge(shipped or {"film": {"any": ["film"]}}, additions)
    assert (judge is None) == bool(problems)
    return problems


@pytest.mark.parametrize(
    ("entry", "text", "found"),
    [
        ("film", "Film baru", True),
        ("film", "filmnya bagus", True),
        ("film", "film-film lama", True),
        ("film", "perfilman nasional", False),
        ("~film", "perfilman nasional", True),
        ("~film", "novel itu difilmkan", True),
        ("~film", "ia memfilmkan novel", True),
        ("~kerja sama", "kerja sama", True),
        ("~kerja sama", "kerjasama", True),
        ("~kerja sama", "bekerja sama", True),
        ("~kerja sama", "kerja samanya", True),
        ("~kerja sama", "dikerjasamakan", True),
        ("~kerja sama", "bekerja samar-samar", False),
        ("~tanda tangan", "menandatangani", True),
        ("~tanda tangan", "penandatanganan", True),
        ("~sutradara", "menyutradarai", True),
        ("~sutradara", "penyutradaraan", True),
        ("~tari", "menari", True),
        ("~gandeng", "menggandeng", True),
        ("~produksi", "memproduksi", True),
        ("~kelola", "pengelolaan", True),
        ("=AI", "teknologi AI", True),
        ("=AI", "mulai besok", False),
        ("=AI", "bagi Ai Weiwei", False),
        ("=AI", "Kereta KAI", False),
        ("=AI", "berbasisAIyang canggih", True),
        ("=AS", "pasar AS", True),
        ("=AS", "as roda", False),
        ("anim*", "animator muda", True),
        ("anim*", "minimal", False),
        ("rumah produksi", "Rumah  produksi itu", True),
        ("rumah produksi", "rumah\u00a0produksi itu", True),
        ("co-production", "a co\u2013production deal", True),
        ("film", "danFilm lain", True),
    ],
)
def test_an_entry_stands_for_its_word_forms(entry: str, text: str, found: bool) -> None:
    """One entry matches the forms that Indonesian makes of it, and nothing else."""
    assert verdict(judge_of(any=[entry]), summary=text).matched is found


def test_forms_are_plain_strings_and_few() -> None:
    """An entry becomes a bounded number of strings."""
    assert len(forms("~kerja sama")) < 600
    assert {form.text for form in forms("=AI")} == {"AI"}


@pytest.mark.parametrize("entry", ["", "=", "*", "a*", "f*lm", "=film*", "~film*", "((", "x" * 100])
def test_an_entry_that_is_no_word_is_refused_with_a_remedy(entry: str) -> None:
    """Nothing but words, phrases, and one star at the end can be written."""
    problem = entry_problem(entry)
    assert problem is not None
    assert all(problem)


def test_a_word_counts_by_its_place() -> None:
    """Title, summary, lead and text have their own weights, and below the horizon nothing counts."""
    judge = judge_of(any=["film"], zones={"title": 4, "summary": 3, "lead": 2, "text": 1}, lead=20, horizon=60)
    assert verdict(judge, title="film").score == 4
    assert verdict(judge, summary="film").score == 3
    assert verdict(judge, body="film").score == 2
    assert verdict(judge, body="x" * 30 + " film").score == 1
    deep = verdict(judge, body="x" * 70 + " film")
    assert deep.score == 0
    assert [one.rule for one in deep.ignored] == ["below the story's horizon"]


def test_the_second_place_of_a_rule_counts_less_and_only_so_many_count() -> None:
    """Repeating a word does not make a subject."""
    judge = judge_of(rules=[{"name": "r", "any": ["film"], "most": 2}], zones={"summary": 1})
    assert [one.weight for one in verdict(judge, summary="film film film").evidence] == [1.0, 0.6]


def test_all_and_none() -> None:
    """`all` wants every condition, `none` forbids; what is forbidden is kept as ignored."""
    judge = judge_of(rules=[{"name": "r", "any": ["film"], "all": ["sutradara", "aktor"], "none": ["kaca"]}])
    assert verdict(judge, title="film sutradara aktor").matched
    assert not verdict(judge, title="film sutradara").matched
    against = verdict(judge, title="film sutradara aktor kaca")
    assert not against.matched
    assert against.ignored[0].text == "film"


def test_near_counts_words_between() -> None:
    """near(a, b, n) holds when at most n words stand between, in any order."""
    judge = judge_of(any=["near(robot, =AI, 2)"])
    assert verdict(judge, title="robot dengan teknologi AI").matched
    assert verdict(judge, title="AI untuk robot").matched
    assert not verdict(judge, title="robot satu dua tiga empat AI").matched
    assert verdict(judge, title="robot dengan teknologi AI").evidence[0].text == "robot dengan teknologi AI"


def test_same_sentence() -> None:
    """same(a, b) holds within one sentence only."""
    judge = judge_of(any=["same(@people, film)"], words={"people": ["aktor", "sutradara"]})
    assert verdict(judge, summary="Sutradara itu membuat film.").matched
    assert not verdict(judge, summary="Sutradara itu pergi. Ada film.").matched


def test_rules_can_be_bound_to_places_and_take_away() -> None:
    """`in` binds a rule to zones; a negative weight speaks against the topic and is shown as such."""
    judge = judge_of(
        rules=[{"name": "for", "any": ["film"]}, {"name": "against", "any": ["game"], "weight": -1, "in": ["title"]}]
    )
    assert verdict(judge, title="film").matched
    both = verdict(judge, title="film game")
    assert (both.score, both.matched) == (0, False)
    assert verdict(judge, title="film", summary="game").matched


def test_never_hides_what_begins_inside_it() -> None:
    """A never phrase hides the word inside it and the longer one that starts inside it."""
    judge = judge_of(any=["film", "film fiksi ilmiah"], never=["kaca film", "seperti film"])
    assert not verdict(judge, title="Kaca film mobil").matched
    assert verdict(judge, title="Kaca film mobil").ignored[0].rule == "never"
    assert not verdict(judge, title="Robot seperti film fiksi ilmiah").matched
    assert verdict(judge, title="Film tentang kaca film").matched


def test_never_bars_the_very_word_that_another_rule_counts() -> None:
    """`never: ["sutradara"]` takes the word itself out of the topic, in whichever order the two were written."""
    for words in (["film", "sutradara"], ["sutradara", "film"]):
        judge = judge_of(any=words, never=["sutradara"])
        assert not verdict(judge, title="Sutradara datang").matched
        assert verdict(judge, title="Film datang").matched
    judge, problems = compile_judge(load_rules(), {"film": {"never": ["sutradara"]}})
    assert judge is not None, problems
    seen = judge.judge(ArticleText(title="Sutradara muda bicara")).by_topic["film"]
    assert (seen.score, seen.evidence) == (0, ())


def test_the_operator_extends_a_topic_and_adds_one() -> None:
    """`also` and `never` work on shipped topics; a new topic needs only `any`."""
    additions = {
        "film": {"also": ["layar tancap"], "never": ["film tipis"]},
        "batik": {"any": ["batik", "~tenun"], "none": ["obral"]},
    }
    judge, problems = compile_judge(load_rules(), additions)
    assert judge is not None, problems
    seen = judge.judge(ArticleText(title="Warga menonton", summary="Malam itu ada layar tancap di desa."))
    assert seen.by_topic["film"].matched
    assert not judge.judge(ArticleText(title="Film tipis pada lensa")).by_topic["film"].matched
    assert judge.judge(ArticleText(title="Perajin menenun kain")).by_topic["batik"].matched
    assert not judge.judge(ArticleText(title="Obral batik")).by_topic["batik"].matched
    assert list(judge.judge(ArticleText(title="x")).by_topic)[:3] == ["film", "ai", "collaboration"]


def test_also_on_a_topic_of_ties_is_one_more_joint_word() -> None:
    """What an operator adds to collaboration still needs parties of two countries."""
    judge, problems = compile_judge(load_rules(), {"collaboration": {"also": ["gotong royong"]}})
    assert judge is not None, problems
    assert judge.judge(ArticleText(title="Indonesia dan Jepang gotong royong")).by_topic["collaboration"].matched
    assert not judge.judge(ArticleText(title="Warga desa gotong royong")).by_topic["collaboration"].matched


@pytest.mark.parametrize(
    ("additions", "path", "words"),
    [
        ({"film": {"alos": ["x"]}}, "topics.film.alos", "also"),
        ({"flim": {"also": ["x"]}}, "topics.flim", "film"),
        ({"new": {"never": ["x"]}}, "topics.new", "any:"),
        ({"film": {"also": [""]}}, "topics.film.also[0]", "word"),
        ({"film": {"also": [True]}}, "topics.film.also[0]", "quotes"),
        ({"film": {"also": {"a": 1}}}, "topics.film.also", "list"),
        ({"film": {"never": ["f*lm"]}}, "topics.film.never[0]", "star"),
        ({"film": {"threshold": "high"}}, "topics.film.threshold", "number"),
        ({"film": {"threshold": -1}}, "topics.film.threshold", "number"),
        ({"film": {"also": ["nera(a, b, 3)"]}}, "topics.film.also[0]", "near"),
        ({"new": {"any": ["near(a, b)"]}}, "topics.new.any[0]", "near(robot"),
        ({"new": {"any": ["near(a, b, many)"]}}, "topics.new.any[0]", "number"),
        ({"new": {"any": ["same(@pepole, film)"], "words": {"people": ["aktor"]}}}, "topics.new.any[0]", "@people"),
        ({"new": {"rules": [{"name": "r", "any": ["x"], "in": ["titel"]}]}}, "topics.new.rules[0].in[0]", "title"),
        ({"new": {"rules": [{"name": "r", "wieght": 2, "any": ["x"]}]}}, "topics.new.rules[0].wieght", "weight"),
        ({"new": {"rules": [{"name": "r"}]}}, "topics.new.rules[0]", "any"),
        ({"new": {"rules": "x"}}, "topics.new.rules", "list"),
        ({"new": {"any": []}}, "topics.new", "any"),
        ({"film": "x"}, "topics.film", "keys"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_a_remedy(additions: Any, path: str, words: str) -> None:
    """Every mistake gives a problem with the key's path and what to write instead."""
    problems = problems_of(additions)
    assert [one.dotted for one in problems] == [path]
    assert words in problems[0].message + problems[0].remedy


def test_all_mistakes_are_named_at_once() -> None:
    """Checking does not stop at the first mistake."""
    found = problems_of({"film": {"alos": [], "never": ["*"]}, "flim": {"also": ["x"]}})
    assert len(found) == 3


RUNAWAY = ["(a+)+$", "^(\\w+\\s?)*$", "(?:x*)*y", "([a-z]+)*0", "(a|aa)+b", ".*.*.*=.*", "(.+)*$"]
"""Expressions over which a backtracking engine takes time without end."""


@pytest.mark.parametrize("expression", RUNAWAY)
def test_regular_expressions_are_refused_with_their_place(expression: str) -> None:
    """What begins or ends like one is no word; the file's line and column are named."""
    book = f"sources:\n  - id: a\n    name: A\n    url: https://a.example/\ntopics:\n  film:\n    also: [ '{expression}']\n"
    with pytest.raises(ConfigError) as caught:
        parse_book(book.encode(), file="sources.yaml")
    (line,) = caught.value.lines()
    assert line.startswith("sources.yaml:7:13: topics.film.also[0]: "), line


def test_regular_expressions_have_no_power() -> None:
    """What is no expression to us is taken as plain letters: nothing can run away, however long the text."""
    judge = judge_of(any=["a.c film", "film [a-z]+ baru", "film (a+)+ selesai"])
    assert not verdict(judge, title="abc film").matched
    begun = time.process_time()
    assert not verdict(judge, title="film " + "a" * 50_000 + "!", body="film " + "a" * 50_000).matched
    assert time.process_time() - begun < 1


def test_a_topic_of_ties_takes_no_rules() -> None:
    """What would have no effect is refused instead of being swallowed."""
    _, problems = compile_judge(load_rules(), {"collaboration": {"any": ["gotong royong"]}})
    assert [one.dotted for one in problems] == ["topics.collaboration.any"]


def test_the_shipped_rules_compile() -> None:
    """The files under classifiers/topics/ are free of mistakes."""
    judge, problems = compile_judge(load_rules())
    assert problems == []
    assert judge is not None
    titles = {topic.name: topic.title for topic in judge.topics}
    assert titles == {"film": "Film", "ai": "AI", "collaboration": "Kolaborasi"}
