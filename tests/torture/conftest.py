"""Fixtures of the fault tests; the figures of each row are shown at the end of a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doubles.web import Page, WebDouble
from tests.torture.chatroom import write_book
from tests.torture.frame import Figures, Size, size_here

_ROWS: dict[str, Figures] = {}


@pytest.fixture
def size() -> Size:
    """How much to do, by the environment."""
    return size_here()


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Where the tests of one file put down what they measured."""
    row = request.path.stem.removeprefix("test_")
    return _ROWS.setdefault(row, Figures(row))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where the program runs on a source without news, so that all that happens is asked for in chat."""
    empty = b'<?xml version="1.0"?><rss version="2.0"><channel><title>Uji</title></channel></rss>'
    with WebDouble({"/feed": Page(empty)}) as web:
        write_book(tmp_path, f"{web.url}/feed")
        yield tmp_path


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the figures, so that a reader of the log sees how much was really done."""
    shown = [row for row in _ROWS.values() if row.values]
    if shown:
        terminalreporter.section(f"faults, {'full' if size_here().full else 'quick'} size, seed {size_here().seed}")
        for row in shown:
            terminalreporter.write_line(row.line())
