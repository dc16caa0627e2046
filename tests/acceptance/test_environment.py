"""The machine's zone, locale and encoding change nothing that the program stores, finds or shows."""

from __future__ import annotations

import pytest

from tests.acceptance.conftest import Program
from tests.acceptance.test_run_once import CROSSING, FILM, NOW, feed
from tests.doubles.web import WebDouble

MACHINES: tuple[dict[str, str], ...] = (
    {},
    {"TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.ISO-8859-9", "LANG": "C", "PYTHONIOENCODING": "ascii"},
    {"TZ": "right/Asia/Jakarta", "LC_ALL": "xx_XX.nothing", "LANG": "", "LANGUAGE": "zh:en", "PYTHONUTF8": "0"},
)
"""The usual one; one with another zone, locale and encoding; one that counts leap seconds, in a locale there is not."""


def test_an_odd_environment_gives_the_same_answers(
    program: Program, web: WebDouble, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same feed, one date without a zone, read on a machine of another kind: reports, hits and posts are the same,
    in UTC inside and in the readers' zone outside.
    """
    web.pages["/rss"] = feed(CROSSING, FILM, date="Sat, 07 Feb 2026 17:55:00")
    said = []
    for env in MACHINES:
        here = Program(tmp_path_factory.mktemp("machine"), {**program.env, **env})
        here.write_book({"outlet": f"{web.url}/rss"})
        ran = here.run("run", "--once", "--now", NOW, "--json")
        assert ran.code == 0, ran.err
        found = here.run("search", "film", "--json").lines
        explained = here.run("explain", "1").out
        said.append((ran.lines, found, explained))
    assert said == [said[0]] * len(MACHINES)
    assert {hit["published"] for hit in said[0][1]} == {"2026-02-07T10:55:00+00:00"}
    assert "17.55 WIB" in ran.err
