"""The real program, run as a person runs it, against loopback servers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.wiring import compile_rules
from classifiers.judge import Judge
from newsdesk.ports import Store
from storage import open_store
from tests.doubles.web import WebDouble
from tests.newdb import lay_database

ROOT = Path(__file__).parents[2]
LINTAS = Path(sys.executable).parent / "lintas"
SHARED = ROOT.parent / "shared"


@dataclass
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What it printed, as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Program:
    """`lintas` in a folder of its own."""

    folder: Path
    env: dict[str, str]

    def environ(self, **more: str) -> dict[str, str]:
        """The environment of a run: nothing of ours but what is named."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("LINTAS_")}
        return {**kept, **self.env, **more}

    def run(self, *args: str, stdin: str | None = None, timeout: float = 60, **env: str) -> Ran:
        """Run a command to its end."""
        done = subprocess.run(
            [LINTAS, *args],
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout,
            cwd=self.folder,
            env=self.environ(**env),
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def write_book(self, urls: dict[str, str], *, extra: str = "", lines: tuple[str, ...] = ()) -> Path:
        """A sources.yaml with these sources (id → URL); `lines` are added to each, `extra` behind them all."""
        rows = ["sources:"]
        for name, url in urls.items():
            rows += [f"  - id: {name}", f"    name: {name}", f"    url: {url}", *(f"    {line}" for line in lines)]
        path = self.folder / "sources.yaml"
        path.write_text("\n".join(rows) + "\n" + extra, "utf-8")
        return path


@pytest.fixture
def newcomer(tmp_path: Path) -> Program:
    """The program in an empty folder."""
    return Program(tmp_path, {"LINTAS_ALLOW_NETWORKS": "127.0.0.0/8", "LINTAS_WEB": "off"})


@pytest.fixture
def program(newcomer: Program) -> Program:
    """The program where it has been started before: its database is made, and empty."""
    lay_database(newcomer.folder)
    return newcomer


@pytest.fixture
def web() -> Iterator[WebDouble]:
    with WebDouble() as double:
        yield double


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real feeds and texts; they are test data that lies beside the checkout, when it does."""
    if not SHARED.is_dir():
        pytest.skip("no real feeds beside the checkout: they belong to their outlets and are not part of the project")
    return SHARED


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store in a real file."""
    kept = open_store(f"sqlite:///{tmp_path}/desk.db")
    yield kept
    kept.close()


@pytest.fixture(scope="session")
def judge() -> Judge:
    """The rules that ship."""
    return compile_rules({})
