"""The catalogues hold every word that the program says, in every language, with the same places to fill in."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

import bot
from bot.render import orderphrases, phrases
from bot.render.catalogues import HOME, LANGUAGES, Phrase, counted, language_for, say, speaking, spoken

ROOM = Path(bot.__file__).parent
OTHERS = [language for language in LANGUAGES if language != HOME]
WORDED = {"Phrase", "say", "counted"}


def _modules() -> list[Path]:
    return sorted(ROOM.rglob("*.py"))


def _said(path: Path) -> Iterator[tuple[str, ast.expr]]:
    """Each wording in a module: how it is said, and the words."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module == "bot.render.catalogues"]
    worded = WORDED & {alias.name for node in imports for alias in node.names}
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in worded:
            yield node.func.id, node.args[0]


def _wordings() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in _modules():
        if path.name == "catalogues.py":
            continue
        for how, words in _said(path):
            assert isinstance(words, ast.Constant), f"{path}:{words.lineno}: words must stand in full, to be translated"
            found[str(words.value)] = how
    return found


def _catalogue(language: str) -> Catalog:
    with (ROOM / "render" / "locales" / f"{language}.po").open("rb") as source:
        return read_po(source, locale=language)


def _forms(string_or_forms: str | tuple[str, ...]) -> tuple[str, ...]:
    return string_or_forms if isinstance(string_or_forms, tuple) else (string_or_forms,)


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_is_translated_and_no_other(language: str) -> None:
    """As `make words` brings them up to date; what stands in a catalogue and is said no more is gone from it."""
    said = _wordings()
    held = {message.id[0] if isinstance(message.id, tuple) else message.id for message in _catalogue(language)} - {""}
    assert held == set(said), "run `make words` and fill in what is empty"
    for message in _catalogue(language):
        if message.id:
            assert all(_forms(message.string)), f"{message.id!r} is not translated"
            assert not message.fuzzy


@pytest.mark.parametrize("language", OTHERS)
def test_translations_fill_in_the_same(language: str) -> None:
    """Each form has the names of the original; a form for one alone may leave out the number."""
    for message in _catalogue(language):
        ids = _forms(message.id)
        if ids == ("",):
            continue
        for form in _forms(message.string):
            assert _places(form) <= _places(ids[0]), f"{ids[0]!r}: {form!r}"
            assert _places(ids[0]) - _places(form) <= {"n"}, f"{ids[0]!r}: {form!r}"


def test_words_stand_nowhere_else() -> None:
    """Outside the modules of words nothing is said with words of one's own: no sentence in Indonesian, by its small words.

    Comments, docstrings and the log are English; the web console, for operators, speaks Indonesian, and so do the news
    of the samples.
    """
    common = {
        "yang",
        "tidak",
        "dan",
        "untuk",
        "dengan",
        "berita",
        "kiriman",
        "sumber",
        "belum",
        "sudah",
        "dari",
        "anda",
    }
    strangers = []
    for path in _modules():
        if path.name.endswith("phrases.py") or path.relative_to(ROOM).parts[0] in {"web", "demo", "samples"}:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words = {word.strip(".,:;!?\"'()").casefold() for word in node.value.split()}
                if words & common:
                    strangers.append(f"{path.relative_to(ROOM)}:{node.lineno}: {node.value!r}")
    assert strangers == []


def test_the_search_for_strange_words_can_find_some() -> None:
    """The words of the phrases themselves are Indonesian by the same measure."""
    assert any("berita" in words.casefold().split() for words in _wordings())


def test_a_language_is_spoken_within_and_no_longer() -> None:
    """Phrases and sentences follow it; outside, and of what is not set, Indonesian is spoken."""
    topics = Phrase("Topik yang dipantau")
    with speaking("en"):
        assert str(topics) == "Topics that are watched"
        with speaking("zh"):
            assert str(topics) == "关注的主题"
        assert spoken() == "en"
    assert str(topics) == "Topik yang dipantau"


@pytest.mark.parametrize(
    ("language", "one", "many"),
    [("id", "1 berita", "5 berita"), ("en", "1 article", "5 articles"), ("zh", "1 条新闻", "5 条新闻")],
)
def test_numbers_take_their_plural(language: str, one: str, many: str) -> None:
    """By CLDR's rules, which the catalogues carry."""
    with speaking(language):
        assert counted("{n} berita", 1) == one == phrases.stories(1)
        assert counted("{n} berita", 5) == many


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("id", "id"),
        ("en-GB", "en"),
        ("EN", "en"),
        ("zh-hans", "zh"),
        ("zh_TW", "zh"),
        ("in", "id"),
        ("ms", "id"),
        ("de", None),
        ("", None),
        (None, None),
    ],
)
def test_telegrams_languages_are_ours_by_their_first_part(tag: str | None, language: str | None) -> None:
    """What we do not speak is for the caller to decide."""
    assert language_for(tag) == language


def test_lengths_of_time_have_their_plural() -> None:
    """The two largest units of it."""
    from datetime import timedelta

    span = timedelta(days=1, hours=2, minutes=3)
    assert orderphrases.lasting(span) == "1 hari 2 jam"
    with speaking("en"):
        assert orderphrases.lasting(span) == "1 day 2 hours"
        assert say("tanpa {part}", part="{x}") == "without {x}"
