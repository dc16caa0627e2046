"""Every mistake in sources.yaml is named with its line and column, its key, what is wrong and what to write."""

from __future__ import annotations

import pytest

from bot.config.book import parse_book
from newsdesk.errors import ConfigError
from tests.torture.books_bad import ONE, ROUTE, ROWS, TOKEN, Row, check_row, problems_of


def test_the_table_is_long_enough() -> None:
    """At least 150 different mistakes are tried."""
    assert len({row[0] for row in ROWS}) == len(ROWS) >= 150


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[1] or 'file'}: {row[0][-30:]!r}")
def test_one_mistake_gives_one_line_with_its_place_key_fault_and_remedy(row: Row) -> None:
    """A file with one mistake gives exactly one line: FILE:LINE:COL: key.path: what is wrong; what to write."""
    check_row(row)


def test_all_mistakes_of_a_file_come_in_one_run_in_its_order() -> None:
    """Nothing has to be mended before the next mistake is shown."""
    text = """\
defaults: {every: 30s, lang: id}
sources:
  - id: Antara
    name: ANTARA
    url: antaranews.com
  - id: b
    name: B
    url: https://b.example/feed
    enabled: no
    every: 15
  - id: b
    name: C
    url: https://b.example/feed/
topics:
  film: [x]
routes:
  - id: now
    chat: "@layar"
    when: any of [flim]
    quiet: {from: 22:30}
colour: red
"""
    places = [line.split(": ")[:2] for line in problems_of(text)]
    assert places == [
        ["sources.yaml:1:19", "defaults.every"],
        ["sources.yaml:1:24", "defaults.lang"],
        ["sources.yaml:3:9", "sources[0].id"],
        ["sources.yaml:5:10", "sources[0].url"],
        ["sources.yaml:9:14", "sources[1].enabled"],
        ["sources.yaml:10:12", "sources[1].every"],
        ["sources.yaml:11:9", "sources[2].id"],
        ["sources.yaml:13:10", "sources[2].url"],
        ["sources.yaml:15:9", "topics.film"],
        ["sources.yaml:18:11", "routes[0].chat"],
        ["sources.yaml:19:11", "routes[0].when"],
        ["sources.yaml:20:12", "routes[0].quiet.to"],
        ["sources.yaml:21:1", "colour"],
    ]


def test_every_tab_is_shown_at_once() -> None:
    """A file indented with tabs names all of its lines, not one a run."""
    text = "sources:\n\t- id: a\n\t  name: A\n\t  url: https://a.example\n"
    assert [line.split(": ")[0] for line in problems_of(text)] == [f"sources.yaml:{n}:1" for n in (2, 3, 4)]


def test_what_a_file_says_cannot_break_the_line_that_reports_it() -> None:
    """Keys and values with newlines, escapes, right-to-left marks or endless length stay within one short line."""
    odd = '"a\\nb\\e[31m\\u202e": x\n' + f"{'y' * 900}: x\n"
    lines = problems_of(ONE + odd)
    assert len(lines) == 2
    assert all(line.isprintable() and len(line) < 800 for line in lines)


def test_a_token_is_never_repeated() -> None:
    """A bot token in a key, a value, a comment or a wrong place is reported without showing it."""
    text = f"{ONE}    every: {TOKEN}\n    {TOKEN} : x\n# {TOKEN}\n{TOKEN}: [{TOKEN}]\n"
    said = "\n".join(problems_of(text))
    assert said.count("a bot token stands here") == 5
    assert TOKEN[12:] not in said


def test_the_operators_rules_are_checked_with_their_place() -> None:
    """What classifiers/ finds wrong under `topics:` is shown at its line, as everything else is."""
    text = (
        ONE
        + "topics:\n  film:\n    allso:\n      - x\n  batik:\n    also: [x]\n  tari:\n    any: [x]\n    threshold: no\n"
    )
    with pytest.raises(ConfigError) as caught:
        parse_book(text.encode(), file="s")
    places = [line.split(": ")[:2] for line in caught.value.lines()]
    assert places == [["s:7:5", "topics.film.allso"], ["s:9:3", "topics.batik"], ["s:13:16", "topics.tari.threshold"]]


def test_a_flood_of_mistakes_is_cut() -> None:
    """More than 500 problems help nobody; the last line says that there are more."""
    for flood in ("".join(f"k{number}: x\n" for number in range(900)), "".join("name: x\n" for _ in range(5000))):
        lines = problems_of(ONE + flood)
        assert len(lines) == 501
        assert "more problems than can be shown" in lines[-1]


def test_a_topic_that_is_defined_wrongly_is_reported_once() -> None:
    """A route that names it is not blamed as well."""
    text = ROUTE.replace("any of [film]", "any of [batik]") + "topics:\n  batik: [x]\n"
    assert [line.split(": ")[1] for line in problems_of(text)] == ["topics.batik"]


def test_a_weekly_route_is_checked_key_by_key() -> None:
    """The day, its time and the number, with what to write; nothing beside it that it has no use for."""
    weekly = (
        "{on: minggu, at: 25:00, top: 21}",
        '{day: sunday, at: "18:00"}',
        '{on: funday, at: "18:00"}\n    digest: {at: "07:00"}',
        '\n    quiet: {from: "22:00", to: "06:00"}',
    )
    routes = "".join(
        f"  - id: r{number}\n    chat: preview\n    when: any of [film]\n    weekly: {text}\n"
        for number, text in enumerate(weekly)
    )
    assert [line.split(": ", 1)[1] for line in problems_of(f"{ONE}routes:\n{routes}")] == [
        'routes[0].weekly.on: "minggu" is not a day of the week; write sunday',
        'routes[0].weekly.at: "25:00" is not a time of day; write hours and minutes such as "07:00" (00:00 to 23:59)',
        "routes[0].weekly.top: 21 is out of bounds; write a number from 1 to 20",
        "routes[1].weekly.on: is missing; write a day, for example on: sunday",
        "routes[1].weekly.day: unknown key; write on",
        'routes[2].weekly.on: "funday" is not a day of the week; write sunday',
        "routes[2].digest: has no place in a route with weekly; delete it, or make it a route of its own",
        "routes[3].weekly: is not a mapping; write keys below it, such as on:",
        "routes[3].quiet: has no place in a route with weekly; delete it, or make it a route of its own",
    ]
