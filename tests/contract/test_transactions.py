"""Transactions: all or nothing, one writer, readers undisturbed, also across processes and kill -9."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from newsdesk.errors import StoreError, StoreHeld
from newsdesk.ports import Store
from newsdesk.sources import SourceState
from storage.holding import held_store
from tests.contract.builders import NOW, article, asking, queued, told, verdicts
from tests.contract.conftest import Opener
from tests.contract.postgres_server import PostgresServer

ROOT = Path(__file__).parents[2]


@contextmanager
def another_process(url: str, mode: str) -> Iterator[subprocess.Popen[str]]:
    """tests.contract.writer in a process of its own."""
    command = [sys.executable, "-m", "tests.contract.writer", url, mode]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


def _hear(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _go_on(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_a_transaction_that_raises_leaves_nothing(store: Store) -> None:
    """No article, story, key, search word, message, source state or fact of it, and the next one goes well."""

    def work() -> None:
        with store.write() as tx:
            queued(tx, 1)
            told(tx, 2, "film", "film", keys={"k"})
            tx.save_source_state(SourceState(source="antara", etag="1"))
            tx.remember("a", "b")
            assert tx.count(asking()) == 2
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    with store.read() as view:
        assert set(view.counts().values()) == {0}
        assert view.count(asking()) == 0
        assert view.source_states() == {}
        assert view.remembered("a") is None
        assert view.story_candidates({"k"}, NOW.replace(year=2000)) == []
    with store.write() as tx:
        assert told(tx, 1) == (1, 1)


def test_a_refused_step_can_be_caught_and_the_rest_kept(store: Store) -> None:
    """A StoreError about one thing does not spoil the transaction."""
    with store.write() as tx:
        told(tx, 1)
        with pytest.raises(StoreError):
            tx.add_article(article(1), verdicts(), ())
        with pytest.raises(StoreError):
            tx.mark_sent(9, telegram_id=1, now=NOW)
        told(tx, 2)
    with store.read() as view:
        assert view.counts()["articles"] == 2


def test_a_reader_sees_the_state_of_its_beginning(store: Store) -> None:
    """What is kept meanwhile is seen by the next one."""
    with store.read() as view:
        with store.write() as tx:
            told(tx, 1, "film")
        assert view.counts()["articles"] == 0
        assert view.count(asking("film")) == 0
        assert view.article("1") is None
    with store.read() as view:
        assert view.counts()["articles"] == 1


def test_readers_may_not_write(store: Store, kind: str) -> None:
    """The connection of a reader refuses to change anything."""
    with pytest.raises(Exception, match=r"readonly|read-only"), store.read() as view:
        view._connection.exec_driver_sql("DELETE FROM articles")  # type: ignore[attr-defined]


def test_writers_of_one_process_take_turns(store: Store) -> None:
    """Eight threads with ten transactions each: nothing is lost, and every number is given once."""
    numbers: list[int] = []

    def work(first: int) -> None:
        for number in range(first, first + 10):
            with store.write() as tx:
                numbers.append(told(tx, number)[0])

    threads = [threading.Thread(target=work, args=(start,)) for start in range(0, 80, 10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 81))
    with store.read() as view:
        assert view.counts()["articles"] == 80


def test_a_writer_that_waits_too_long_gives_up(database: str, opened: Opener) -> None:
    """Within its timeout, with a StoreError, whether the other writer is a thread of this process or another store."""
    store, other = opened(database, timeout=0.2), opened(database, timeout=0.2)
    with store.write() as tx:
        told(tx, 1)
        for rival in (store, other):
            begun = time.monotonic()
            with pytest.raises(StoreError, match="another"), rival.write():
                pytest.fail("two writers at once")
            assert 0.1 < time.monotonic() - begun < 3
        with other.read() as view:
            assert view.counts()["articles"] == 0
    with other.write() as tx:
        told(tx, 2)


def test_a_reader_reads_while_another_process_writes(database: str, store: Store) -> None:
    """Each kept transaction is seen at once; one under way is not, and disturbs nobody."""
    with another_process(database, "commit") as writer:
        for number in range(1, 6):
            assert _hear(writer) == str(number)
            with store.read() as view:
                assert view.counts()["articles"] == number
                assert len(view.search(asking("film"), 10)) == number
            _go_on(writer)
        assert writer.wait(30) == 0
    with another_process(database, "hang") as writer:
        assert _hear(writer) == "inside"
        with store.read() as view:
            assert view.counts()["articles"] == 5


def test_kill_9_in_the_middle_of_a_write_leaves_the_old_state(database: str, store: Store, kind: str) -> None:
    """Nothing of it is seen, the lock is free, and the database is sound."""
    with store.write() as tx:
        told(tx, 1, "film", keys={"k"})
    with store.read() as view:
        before = view.trace(1), view.counts(), view.search(asking("film"), 9)
    with another_process(database, "hang") as writer:
        assert _hear(writer) == "inside"
        os.kill(writer.pid, signal.SIGKILL)
        assert writer.wait(30) == -signal.SIGKILL
    with store.read() as view:
        assert (view.trace(1), view.counts(), view.search(asking("film"), 9)) == before
    with store.write() as tx:
        assert told(tx, 2)[0] == 2
    if kind == "sqlite":
        with sqlite3.connect(make_url(database).database or "") as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            connection.execute("INSERT INTO search_words (search_words, rank) VALUES ('integrity-check', 1)")
        connection.close()


def test_one_instance_holds_the_store(database: str, opened: Opener) -> None:
    """Another of this process or of another one is refused; reading and writing is not; afterwards it is free."""
    with held_store(database) as held:
        with pytest.raises(StoreHeld, match="another instance"), held_store(database):
            pytest.fail("two at once")
        other = opened(database)
        with other.write() as tx:
            told(tx, 1)
        with held.store.read() as view:
            assert view.counts()["articles"] == 1
        other.close()
    with held_store(database):
        pass
    with another_process(database, "hold") as holder:
        assert _hear(holder) == "held"
        with pytest.raises(StoreHeld), held_store(database):
            pytest.fail("two at once")
        holder.kill()
        holder.wait(30)
    _free_within(database, seconds=10)


def _free_within(database: str, seconds: float) -> None:
    """A killed holder's lock is let go of: at once by the kernel, as soon as it notices by the server."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with held_store(database):
                return
        except StoreHeld:
            if time.monotonic() > deadline:
                raise


def test_a_full_database_is_a_store_error_and_leaves_the_old_state(tmp_path: Path, opened: Opener) -> None:
    """SQLite may not grow: the transaction is undone; with room again the next one goes well."""
    store = opened(f"sqlite:///{tmp_path}/a.db")
    with store.write() as tx:
        told(tx, 1)
        tx._connection.exec_driver_sql("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]

    def work(articles: int) -> None:
        with store.write() as tx:
            for number in range(2, articles):
                told(tx, number, summary="panjang " * 500)

    with pytest.raises(StoreError, match="full"):
        work(200)
    with store.read() as view:
        assert view.counts()["articles"] == 1
    with store.write() as tx:
        tx._connection.exec_driver_sql("PRAGMA max_page_count = 100000")  # type: ignore[attr-defined]
    work(200)


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_a_lost_connection_is_a_store_error_and_the_next_one_is_new(
    database: str, store: Store, server: PostgresServer
) -> None:
    """The server ends all connections: what was under way is undone and said, what comes next works."""

    def cut() -> None:
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = "
            "'client backend'"
        )

    def write() -> None:
        with store.write() as tx:
            told(tx, 1)
            tx.counts()
            cut()
            told(tx, 2)
            tx.counts()

    def read() -> None:
        with store.read() as view:
            cut()
            view.counts()

    with pytest.raises(StoreError, match=r"connection|server"):
        write()
    with store.read() as view:
        assert view.counts()["articles"] == 0
    cut()
    with store.write() as tx:
        told(tx, 1)
    with pytest.raises(StoreError, match=r"connection|server"):
        read()


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_nobody_to_connect_to_is_a_store_error(opened: Opener, server: PostgresServer, kind: str) -> None:
    """No server, no such database, a refused user: each says what to look at, and no password."""
    for url in (
        "postgresql://someone:hunter2@127.0.0.1:1/lintas",
        server.url("nowhere"),
        f"postgresql://nobody:hunter2@/postgres?host={server.folder}",
    ):
        with pytest.raises(StoreError) as caught:
            opened(url, timeout=2.0)
        assert "hunter2" not in str(caught.value)


def test_errors_of_the_program_stay_what_they_are(store: Store) -> None:
    """A statement that is wrong is a bug, not a fault of the database."""
    with pytest.raises(Exception, match="no_such_table") as caught, store.read() as view:
        view._connection.exec_driver_sql("SELECT * FROM no_such_table")  # type: ignore[attr-defined]
    assert not isinstance(caught.value, StoreError)
    assert isinstance(caught.value.__cause__, sqlite3.Error | psycopg.Error)
