"""One contract, every store: each test that asks for `store` or `database` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from newsdesk.ports import Store
from storage import open_store
from storage.tables import metadata
from tests.contract.builders import plain_words
from tests.contract.postgres_server import PostgresServer, find_binaries, postgres_server
from tests.needs import lacking

Opener = Callable[..., Store]


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL server for the whole session; in CI it must be there."""
    binaries = find_binaries()
    if binaries is None:
        lacking("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with postgres_server(binaries) as running:
        yield running


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which store the test runs on."""
    return str(request.param)


@pytest.fixture
def database(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database: a new file, or the server's one for these tests, emptied."""
    if kind == "sqlite":
        return f"sqlite:///{tmp_path}/var/lintas.db"
    server: PostgresServer = request.getfixturevalue("server")
    return server.emptied(metadata.tables)


@pytest.fixture
def empty(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without any schema."""
    if kind == "sqlite":
        return f"sqlite:///{tmp_path}/var/empty.db"
    server: PostgresServer = request.getfixturevalue("server")
    return server.url(server.new_database())


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
