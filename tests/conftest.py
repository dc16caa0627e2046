"""What tests of several folders stand on."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.doubles.botapi import BotApiDouble
from tests.torture.frame import ROWS, figures_of, size_here


def pytest_configure() -> None:
    """Keep compiled modules, whatever the environment says: the program is started hundreds of times."""
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """One process of several hands over what its fault tests measured."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["figures"] = json.dumps({row.row: row.values for row in ROWS.values()})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """And the one that shows the results takes it."""
    for row, values in json.loads(getattr(node, "workeroutput", {}).get("figures", "{}")).items():
        figures_of(row).values.update(values)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the figures of the fault tests, so that a reader of the log sees how much was really done."""
    shown = [row for _, row in sorted(ROWS.items()) if row.values]
    if shown:
        terminalreporter.section(f"faults, {'full' if size_here().full else 'quick'} size, seed {size_here().seed}")
        for row in shown:
            terminalreporter.write_line(row.line())


@pytest.fixture
async def api() -> AsyncIterator[BotApiDouble]:
    """A Bot API of our own over HTTP."""
    async with BotApiDouble() as double:
        yield double
