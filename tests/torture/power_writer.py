"""A process that does what the pipeline does, and says after each commit that it is done: ``… URL ACKS ROUNDS MODE``.

MODE is `full`, or `normal`: the store with SQLite's ``synchronous = NORMAL``, under which a commit may be lost.
"""

from __future__ import annotations

import os
import sys

from newsdesk.ports import Store
from newsdesk.sources import SourceState
from storage import sqlite
from storage.holding import held_store
from tests.contract.builders import NOW, queued

CHAT = "-100"
BATCH = 3
"""Articles of one poll, each with a story, a post and a message."""
FIRST_ID = 1000
"""The number that Telegram gave message n is this and n."""
TEXT = "Sineas Indonesia dan rumah produksi di Hangzhou meneken kerja sama. " * 20


def main(url: str, acks: str, rounds: int, mode: str) -> None:
    """Rounds with one clean end and start in the middle; at the end the process is just gone."""
    # The log is emptied more often than it would be, so that a few megabytes see every kind of step.
    sqlite.LOG_LIMIT = 256 << 10
    sqlite._WRITER = tuple(p.replace("wal_autocheckpoint = 4000", "wal_autocheckpoint = 40") for p in sqlite._WRITER)
    if mode == "normal":
        sqlite._WRITER = tuple(p.replace("synchronous = FULL", "synchronous = NORMAL") for p in sqlite._WRITER)
    log = os.open(acks, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    half = rounds // 2
    with held_store(url) as held:
        _work(held.store, log, range(half))
    with held_store(url) as held:
        _work(held.store, log, range(half, rounds))
        os._exit(0)


def _work(store: Store, log: int, rounds: range) -> None:
    for number in rounds:
        with store.write() as tx:
            messages = [queued(tx, number * BATCH + place, CHAT)[1] for place in range(1, BATCH + 1)]
            tx.save_source_state(SourceState(source="antara", etag=str(number + 1)))
        _ack(log, f"stored {number + 1}")
        for message in messages:
            with store.write() as tx:
                assert tx.claim_message(chats_busy=(), now=NOW, only=message) is not None
                tx.mark_sending(message, content=f"{message} {TEXT}", last_known=None, now=NOW)
            _ack(log, f"sending {message}")
            with store.write() as tx:
                tx.mark_sent(message, telegram_id=FIRST_ID + message, now=NOW)
            _ack(log, f"sent {message}")


def _ack(log: int, words: str) -> None:
    os.write(log, f"{words}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
