"""A good sources.yaml becomes a SourceBook; text stays what was written; a damaged file is refused, never a crash."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import load_book, load_rules
from bot.config.book import book_digest, default_routes, parse_book
from bot.config.document import MAX_BYTES, read_document, typed
from newsdesk.errors import ConfigError, Problem
from newsdesk.routes import Digest, QuietHours, Route, TopicRule, Weekly
from newsdesk.sources import Listing, PageText, Source, SourceBook, SourceKind

FULL = """\
defaults: {every: 15m, timezone: Asia/Jakarta, language: id, max_age: 72h, first: 3}
sources:
  - id: antara-terkini
    name: ANTARA
    url: https://www.antaranews.com/rss/terkini.xml
    every: 20m
    rights: {page_text: never}        # the notice under the articles forbids taking their content
  - id: bolong
    name: Bolong.id
    url: https://bolong.id/
    kind: listing
    pattern: /{author}/{MMYY}/{slug}
    verified: false
    note: no feed is known
  - id: kalimantan
    name: "Kalimantan: Pos"
    url: http://[::1]:8080/feed?page=1&x=%20
    kind: sitemap
    timezone: Asia/Makassar
    language: en
    max_age: 3d
    first: 0
    every: 90s
    enabled: false
    rights:
      page_text: judge
topics:                               # extends the rule sets that ship with the program
  film:
    also: ["rumah produksi", no, 012]
    never:
      - kaca film
  batik:
    any: [batik, 22:30]
    threshold: 1.5
routes:
  - id: highlights
    chat: -1001234567890
    topic: 12
    when: at least 2 of [film, ai, collaboration]
    quiet: {from: "22:00", to: 06:00}
  - id: roundup
    chat: preview
    when: any of [film, ai, collaboration]
    digest: {at: ["07:00", 17:00], top: 20}
    timezone: Asia/Makassar
  - id: batik
    chat: 123456
    when: all of [ batik , film ]
    digest:
      at: 12:00
  - id: week
    chat: 123456
    when: any of [film]
    weekly: {on: sunday, at: 18:30, top: 7}
"""


def topics_only(additions: Mapping[str, Any]) -> tuple[tuple[str, ...], list[Problem]]:
    """The three topics and whatever is added, without compiling rules."""
    return ("ai", "collaboration", "film", *additions), []


def read(text: str) -> SourceBook:
    """The book that a text says."""
    return parse_book(text.encode(), check=topics_only)


def test_every_key_reaches_its_noun() -> None:
    """The whole file, key by key: defaults fill in, a source's own keys win."""
    book = read(FULL)
    antara, bolong, kalimantan = book.sources
    assert antara == Source(
        id="antara-terkini",
        name="ANTARA",
        url="https://www.antaranews.com/rss/terkini.xml",
        every=timedelta(minutes=20),
    )
    assert bolong == Source(
        id="bolong",
        name="Bolong.id",
        url="https://bolong.id/",
        kind=SourceKind.LISTING,
        listing=Listing(pattern="/{author}/{MMYY}/{slug}"),
        verified=False,
        note="no feed is known",
    )
    assert kalimantan == Source(
        id="kalimantan",
        name="Kalimantan: Pos",
        url="http://[::1]:8080/feed?page=1&x=%20",
        kind=SourceKind.SITEMAP,
        timezone="Asia/Makassar",
        language="en",
        max_age=timedelta(days=3),
        first=0,
        every=timedelta(seconds=90),
        enabled=False,
        page_text=PageText.JUDGE,
    )
    assert book.routes == (
        Route(
            id="highlights",
            chat="-1001234567890",
            topic=12,
            when=TopicRule(2, ("film", "ai", "collaboration")),
            quiet=QuietHours(time(22), time(6)),
        ),
        Route(
            id="roundup",
            chat="preview",
            when=TopicRule(1, ("film", "ai", "collaboration")),
            digest=Digest((time(7), time(17)), 20),
            timezone="Asia/Makassar",
        ),
        Route(id="batik", chat="123456", when=TopicRule(2, ("batik", "film")), digest=Digest((time(12),))),
        Route(id="week", chat="123456", when=TopicRule(1, ("film",)), weekly=Weekly(6, time(18, 30), 7)),
    )
    assert book.topics == {
        "film": {"also": ["rumah produksi", "no", "012"], "never": ["kaca film"]},
        "batik": {"any": ["batik", "22:30"], "threshold": 1.5},
    }
    assert book.digest == book_digest(FULL.encode())


def test_the_real_rules_take_the_operators_words() -> None:
    """The same file passes with the rule sets that ship, which compile what the operator adds."""
    assert parse_book(FULL.encode()).topics["batik"]["any"] == ["batik", "22:30"]


@pytest.mark.parametrize(
    "words", ["no", "on", "yes", "22:30", "012", "1e3", "0x1F", "~", "null", "2026-02-07", "1_000"]
)
def test_words_that_yaml_would_change_stay_text(words: str) -> None:
    """Norway stays "no" and half past ten stays "22:30", in the file and as a keyword."""
    document = read_document(f"a: {words}\nb: [{words}]\n".encode())
    assert document.data == {"a": words, "b": [words]}
    assert typed(document.data) == {"a": words, "b": [words]}


def test_numbers_and_switches_of_rules_are_what_they_mean() -> None:
    """In rule sets plain numbers, true and false are values; in quotes they are words."""
    document = read_document(b"""{a: 1, b: -2.5, c: true, d: false, e: "1", f: 'true', g: , h: 1.5.1}""")
    assert typed(document.data) == {
        "a": 1, "b": -2.5, "c": True, "d": False, "e": "1", "f": "true", "g": None, "h": "1.5.1",
    }  # fmt: skip


def test_a_file_without_routes_gets_the_two_of_the_house() -> None:
    """Crossings go at once and the rest twice a day, both to the preview; `routes: []` posts nothing."""
    text = "sources: [{id: a, name: A, url: 'https://a.example'}]\n"
    assert read(text).routes == default_routes()
    assert [(route.id, route.chat, bool(route.digest)) for route in default_routes()] == [
        ("highlights", "preview", False),
        ("roundup", "preview", True),
    ]
    assert read(text + "routes: []\n").routes == ()


@pytest.mark.parametrize("raw", [b"\xef\xbb\xbf%s", b"%s\n\n# end", b"---\n%s", b"# first\n\n%s"])
def test_harmless_surroundings_change_nothing(raw: bytes) -> None:
    """A byte order mark, a document start, comments and empty lines are all right; so are Windows line ends."""
    good = FULL.encode()
    assert parse_book(raw.replace(b"%s", good), check=topics_only).sources == read(FULL).sources
    assert parse_book(good.replace(b"\n", b"\r\n"), check=topics_only).sources == read(FULL).sources


@pytest.mark.parametrize(
    ("raw", "place", "message"),
    [
        (b"sources:\n  - id: caf\xe9\n", "2:12", "not UTF-8"),
        ("sources: []".encode("utf-16"), "1:1", "not UTF-8"),
        (b"\x1f\x8b\x08\x00", "1:2", "not UTF-8"),
        (b"#" * (MAX_BYTES + 1), "1:1", "larger than 1 MiB"),
    ],
)
def test_bytes_that_are_no_text_are_refused_with_their_place(raw: bytes, place: str, message: str) -> None:
    """Another encoding, another kind of file, too large a file."""
    with pytest.raises(ConfigError) as caught:
        parse_book(raw, file="s")
    (line,) = caught.value.lines()
    assert line.startswith(f"s:{place}: ")
    assert message in line


def test_a_file_that_cannot_be_read_is_one_clear_line(tmp_path: Path) -> None:
    """Missing, a directory, a pipe: each says what it is and what to do."""
    os.mkfifo(tmp_path / "pipe")
    for name, message in (("missing.yaml", "no such file"), ("", "is a directory"), ("pipe", "not a regular file")):
        with pytest.raises(ConfigError) as caught:
            load_book(tmp_path / name)
        (line,) = caught.value.lines()
        assert line.startswith(f"{tmp_path / name}:1:1: ")
        assert message in line


def test_what_the_system_refuses_is_one_clear_line(tmp_path: Path) -> None:
    """A file that the system will not open, whatever its reason (here a link that leads to itself)."""
    (tmp_path / "sources.yaml").symlink_to("sources.yaml")
    with pytest.raises(ConfigError, match="1:1: the file cannot be read \\(too many levels of symbolic links\\)"):
        load_book(tmp_path / "sources.yaml")


def test_reading_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """The program never writes the operator's file, and reads it where no one may write."""
    path = tmp_path / "sources.yaml"
    path.write_text(FULL)
    path.chmod(0o444)
    before = path.stat()
    assert load_book(path).digest == book_digest(path.read_bytes())
    after = path.stat()
    assert (before.st_mtime_ns, before.st_ino, path.read_text()) == (after.st_mtime_ns, after.st_ino, FULL)


def test_a_file_of_a_thousand_sources_is_read() -> None:
    """The bounds against floods leave room for every real file."""
    entry = (
        "  - id: s{0}\n    name: N\n    url: https://s.example/{0}\n    every: 5m\n    language: en\n"
        "    timezone: UTC\n    verified: false\n    note: x\n    rights:\n      page_text: never\n"
    )
    assert len(read("sources:\n" + "".join(entry.format(number) for number in range(1000))).sources) == 1000


def outcome(raw: bytes) -> SourceBook | ConfigError:
    """What comes of these bytes; anything but these two is a bug and raises."""
    try:
        return parse_book(raw, check=topics_only)
    except ConfigError as error:
        return error


def well_formed(found: SourceBook | ConfigError) -> bool:
    """A book has sources; an error has problems, each with a place and on one line."""
    if isinstance(found, SourceBook):
        return bool(found.sources)
    placed = all(problem.line >= 1 and problem.column >= 1 for problem in found.problems)
    return bool(found.problems) and placed and all(line.isprintable() for line in found.lines())


PIECES = st.one_of(st.binary(max_size=6), st.sampled_from([bytes([one]) for one in b"\t:[]{}&*!|>%@`'\"#-\n"]))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(FULL)), st.integers(0, 30), PIECES), min_size=1, max_size=4))
def test_no_damage_does_anything_but_configerror(edits: list[tuple[int, int, bytes]]) -> None:
    """Bytes deleted, doubled, replaced or inserted at random: a SourceBook or a ConfigError with places, nothing else."""
    raw = bytearray(FULL.encode())
    for start, length, piece in edits:
        raw[start : start + length] = piece
    assert well_formed(outcome(bytes(raw)))


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=200))
def test_no_text_at_all_does_anything_but_configerror(text: str) -> None:
    """Any text in place of a file, and any text as a value."""
    quoted = "'" + text.replace("'", "''").replace("\n", " ") + "'"
    assert isinstance(outcome(text.encode("utf-8", "surrogatepass")), ConfigError)
    assert well_formed(outcome(FULL.replace("20m", quoted).encode("utf-8", "surrogatepass")))


def test_the_shipped_rules_are_plain_data() -> None:
    """One entry a file under classifiers/topics, numbers as numbers and every keyword as text."""
    rules = load_rules()
    assert {"film", "ai", "collaboration"} <= set(rules)
    assert isinstance(rules["film"]["threshold"], float | int)

    def scalars(value: Any) -> list[Any]:
        if isinstance(value, dict):
            return [scalar for item in value.values() for scalar in scalars(item)]
        return [scalar for item in value for scalar in scalars(item)] if isinstance(value, list) else [value]

    assert {type(scalar) for scalar in scalars(rules)} <= {str, int, float, bool}
