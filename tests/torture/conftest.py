"""Fixtures of the fault tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doubles.web import Page, WebDouble
from tests.needs import lacking
from tests.torture.chatroom import write_book
from tests.torture.frame import Figures, Size, figures_of, size_here
from tests.torture.power_log import strace


@pytest.fixture
def size() -> Size:
    """How much to do, by the environment."""
    return size_here()


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Where the tests of one file put down what they measured."""
    return figures_of(request.path.stem.removeprefix("test_"))


@pytest.fixture(scope="module")
def recorder() -> None:
    """What records system calls; where it is missing the row is not proved, which in CI is a failure."""
    if strace() is None:
        lacking("strace is not installed (Debian: apt-get install strace)")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where the program runs on a source without news, so that all that happens is asked for in chat."""
    empty = b'<?xml version="1.0"?><rss version="2.0"><channel><title>Uji</title></channel></rss>'
    with WebDouble({"/feed": Page(empty)}) as web:
        write_book(tmp_path, f"{web.url}/feed")
        yield tmp_path
