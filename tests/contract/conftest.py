"""One contract, every store: each test that asks for `store` or `database` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from newsdesk.ports import Store
from storage import open_store
from tests.contract.builders import plain_words
from tests.contract.postgres_server import PostgresServer, find_binaries, postgres_server

Opener = Callable[..., Store]


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL server for the whole session; in CI it must be there."""
    binaries = find_binaries()
    if binaries is None:
        message = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with postgres_server(binaries) as running:
        yield running


@pytest.fixture(scope="session")
def template(server: PostgresServer) -> str:
    """A database with the schema, to copy."""
    name = server.new_database()
    open_store(server.url(name)).close()
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which store the test runs on."""
    return str(request.param)


@pytest.fixture
def database(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new, empty database with the schema (made at the first opening, in SQLite's case)."""
    if kind == "sqlite":
        return f"sqlite:///{tmp_path}/var/lintas.db"
    server = request.getfixturevalue("server")
    return str(server.url(server.new_database(request.getfixturevalue("template"))))


@pytest.fixture
def empty(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without any schema."""
    if kind == "sqlite":
        return f"sqlite:///{tmp_path}/var/empty.db"
    server = request.getfixturevalue("server")
    return str(server.url(server.new_database()))


@pytest.fixture
def opened() -> Iterator[Opener]:
    """Opens stores that are closed at the end."""
    stores: list[Store] = []

    def opener(url: str, **options: object) -> Store:
        store = open_store(url, index_text=plain_words, **options)  # type: ignore[arg-type]
        stores.append(store)
        return store

    yield opener
    for store in stores:
        store.close()


@pytest.fixture
def store(database: str, opened: Opener) -> Store:
    """An empty store."""
    return opened(database)
