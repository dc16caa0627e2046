"""For rows about people in chat: a store full of news, the real program in a process of its own, a double that keeps time."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from newsdesk.articles import Article, Identity
from newsdesk.ports import Store
from tests.doubles.botapi import CHANNEL, OPERATORS, TOKEN, BotApiDouble
from tests.doubles.newsroom import NOW, TOPICS, verdicts

ROOT = Path(__file__).parents[2]
_VOCABULARY = (
    "film sutradara produser bioskop layar Korea Jepang Tiongkok Malaysia Prancis kecerdasan buatan AI animasi studio "
    "kerja sama kolaborasi nota kesepahaman festival rumah produksi Jakarta Bandung Indonesia kementerian ekonomi kreatif "
    "drama serial pemutaran perdana penghargaan teknologi model data investasi pelatihan sekolah film dokumenter"
)
WORDS = _VOCABULARY.split()
SOURCES = """
sources:
  - id: uji
    name: Media Uji
    url: {feed}
    every: 30m
routes:
  - id: highlights
    chat: {channel}
    when: at least 2 of [film, ai, collaboration]
"""


def fill(store: Store, number: int, dice: random.Random) -> None:
    """Keep so many articles, in one transaction."""
    with store.write() as tx:
        for n in range(number):
            title = " ".join(dice.choices(WORDS, k=9)).capitalize()
            at = NOW - timedelta(minutes=n)
            url = f"https://news.example/arsip/{n}"
            article = Article(
                id=0,
                source="uji",
                outlet="Media Uji",
                title=title,
                url=url,
                identity=Identity(url=url),
                first_seen=at,
                at=at,
                published=at,
                summary=" ".join(dice.choices(WORDS, k=60)),
                language="id",
            )
            tx.add_article(article, verdicts(dice.sample(TOPICS, dice.randint(0, 2)), ("KR",), title), [])


class Timed(BotApiDouble):
    """Also writes down when each message was taken, by chat: seconds since the epoch, text."""

    def __init__(self, token: str = TOKEN) -> None:
        super().__init__(token)
        self.taken: defaultdict[int, list[tuple[float, str]]] = defaultdict(list)

    def _do_sendmessage(self, fields: dict[str, Any]) -> dict[str, Any]:
        message = super()._do_sendmessage(fields)
        self.taken[message["chat"]["id"]].append((time.time(), message["text"]))
        return message


@dataclass
class Running:
    """A program under way; what it says goes to a file, so that it never waits for a reader."""

    process: asyncio.subprocess.Process
    log: Path

    @property
    def rss(self) -> float:
        """MiB in memory now."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def said(self) -> str:
        """Everything on stdout and stderr so far."""
        return self.log.read_bytes().decode("utf-8", "replace")

    async def end(self, timeout: float = 20) -> int | None:
        """Ask it to end, and wait."""
        if self.process.returncode is None:
            self.process.terminate()
        return await self.wait(timeout)

    async def wait(self, timeout: float) -> int | None:
        """Wait until it ends by itself."""
        try:
            return await asyncio.wait_for(self.process.wait(), timeout)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
            raise


async def start(
    folder: Path, api: BotApiDouble, *command: str, changes: tuple[str, ...] = (), **settings: str
) -> Running:
    """Start the program in a folder, against the double. `changes` are options of tests/torture/launch.py."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LINTAS_")}
    environment |= {
        "PYTHONPATH": str(ROOT),
        "LINTAS_TELEGRAM_TOKEN": TOKEN,
        "LINTAS_TELEGRAM_API": api.base,
        "LINTAS_OPERATORS_CHAT": str(OPERATORS),
        "LINTAS_ALLOW_NETWORKS": "127.0.0.0/8",
        "LINTAS_SETTLE": "0",
        "LINTAS_WEB": "off",
        **{f"LINTAS_{name}": value for name, value in settings.items()},
    }
    log = folder / "said.log"
    with log.open("ab") as said:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.torture.launch", *changes, "--", *command),
            cwd=folder,
            env=environment,
            stdout=said,
            stderr=said,
        )
    return Running(process, log)


def write_book(folder: Path, feed: str, channel: int = CHANNEL) -> None:
    """A sources.yaml with one source."""
    (folder / "sources.yaml").write_text(SOURCES.format(feed=feed, channel=channel), "utf-8")
