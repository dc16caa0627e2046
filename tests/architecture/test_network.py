"""One file connects to the web: whatever could open a connection is imported where it is at home, and nowhere else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("newsdesk", "classifiers", "feeds", "storage", "bot")

CLIENTS = re.findall(
    r"\S+",
    "aiohttp aiosmtplib ftplib http.client httpcore httpx imaplib nntplib poplib pycurl requests smtplib socket"
    " socketserver ssl telnetlib urllib.request urllib3 websockets xmlrpc",
)
"""Modules that connect to something, or make what connects."""
CALLS = ("open_connection", "create_connection", "create_datagram_endpoint", "open_unix_connection", "urlopen")
"""The event loop's own ways, which need no import."""
AT_HOME = {
    "feeds/fetch.py": {"aiohttp", "socket", "ssl"},  # the guarded way to the web
    "feeds/gateway.py": {"ssl"},  # hands on whom to trust
    "bot/telegram/wire.py": {"ssl"},  # says whom Telegram's library trusts
    "bot/web/server.py": {"socket"},  # listens; connects nowhere
    "bot/watchdog.py": {"socket"},  # the supervisor's Unix socket
}


def uses(source: str) -> Iterator[str]:
    """What a file imports or calls of those, however it spells the import."""
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Call) and "import" in ast.unparse(node.func) and node.args:
            names = [str(getattr(node.args[0], "value", ""))]
        elif isinstance(node, ast.Attribute) and node.attr in CALLS:
            yield node.attr
        yield from (client for client in CLIENTS for name in names if f"{name}.".startswith(f"{client}."))


def files() -> list[Path]:
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def test_nothing_but_the_fetcher_connects_to_the_web() -> None:
    """Telegram's library has a home and a contract of its own (pyproject.toml)."""
    found = {str(path.relative_to(ROOT)): set(uses(path.read_text("utf-8"))) for path in files()}
    assert len(found) > 80
    strangers = {name: used - AT_HOME.get(name, set()) for name, used in found.items()}
    assert {name: used for name, used in strangers.items() if used} == {}
    assert {name for name, used in found.items() if "aiohttp" in used} == {"feeds/fetch.py"}


@pytest.mark.parametrize(
    ("source", "used"),
    [
        ("import urllib.request", "urllib.request"),
        ("from urllib import request", "urllib.request"),
        ("from urllib.request import urlopen as read", "urllib.request"),
        ("from http import client", "http.client"),
        ("import http.client as web", "http.client"),
        ("import socket", "socket"),
        ("importlib.import_module('httpx')", "httpx"),
        ("__import__('requests')", "requests"),
        ("async def f(loop): await loop.create_connection(print)", "create_connection"),
        ("import asyncio; asyncio.open_connection('a', 1)", "open_connection"),
    ],
)
def test_a_file_that_connects_is_seen(source: str, used: str) -> None:
    """The check above can fail."""
    assert set(uses(source)) == {used}


@pytest.mark.parametrize("source", ["from urllib.parse import urlsplit", "from http import HTTPStatus", "import html"])
def test_a_file_that_only_reads_addresses_is_not(source: str) -> None:
    assert set(uses(source)) == set()
