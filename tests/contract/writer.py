"""A process that writes to a store until it is told otherwise: ``python -m tests.contract.writer URL MODE``.

It says on stdout what it has done and then waits for a line on stdin, so that the test decides what happens when.
"""

from __future__ import annotations

import sys

from newsdesk.ports import Store
from storage import open_store
from storage.holding import held_store
from tests.contract.builders import plain_words, queued, told


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()
    sys.stdin.readline()


def main(url: str, mode: str) -> None:
    """Modes: `commit` keeps one article per line read; `hang` stops inside a transaction; `hold` holds the store."""
    if mode == "hold":
        with held_store(url):
            _say("held")
        return
    store: Store = open_store(url, index_text=plain_words)
    if mode == "hang":
        with store.write() as tx:
            for number in range(100, 160):
                queued(tx, number)
            tx.counts()  # what was gathered is now written, though not kept
            _say("inside")
        return
    for number in range(1, 6):
        with store.write() as tx:
            told(tx, number, "film")
        _say(str(number))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
