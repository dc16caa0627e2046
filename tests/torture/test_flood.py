"""A flood of questions: posts keep their pace, memory stays, nobody is answered more than allowed, and who asks little is answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from typing import Any

import pytest

from bot.render import phrases
from newsdesk.limits import Allowance
from newsdesk.ports import Store
from storage import open_store
from tests.doubles.newsroom import queue
from tests.torture.chatroom import WORDS, Running, Timed, fill, start
from tests.torture.frame import Figures, Size, crowd_here

CHANNELS = [-1001000000001 - n for n in range(10)]
CALM_PERSON, LAST_PERSON = 9001, 9002
FLOODERS = 10_000_000
NOTICES = (str(phrases.ASKED_TOO_OFTEN), str(phrases.ASKED_BY_MANY))
LATER = 1.0
GROWTH = 20.0
PATIENCE = 12.0
"""Ten seconds in line, at the very most, and an answer."""


@dataclass
class Seen:
    """What came of a flood."""

    answers: dict[int, int] = field(default_factory=dict)
    notices: dict[int, int] = field(default_factory=dict)
    seconds: float = 0.0
    calm_before: float = 0.0
    lateness: float = 0.0
    calm_waits: list[float] = field(default_factory=list)
    growth: float = 0.0
    stretch: float = 1.0
    """See `Size.stretch`."""

    def faults(self) -> list[str]:
        """What was promised and did not hold."""
        person = Allowance().person
        allowed = person.most + ceil(self.seconds * person.each)
        found = []
        most = max(self.answers.values(), default=0)
        if most > allowed:
            found.append(f"{most} answers to one person, allowed are {allowed:g}")
        if max(self.notices.values(), default=0) > 1:
            found.append("more than one notice to one person")
        if self.lateness > self.calm_before + LATER * self.stretch:
            found.append(f"posts {self.lateness:.2f} s late, without a flood {self.calm_before:.2f} s")
        if self.growth > GROWTH:
            found.append(f"memory grew by {self.growth:.1f} MiB")
        if not self.calm_waits or max(self.calm_waits) > PATIENCE * self.stretch:
            found.append(f"who asked little waited: {self.calm_waits}")
        return found


@pytest.fixture
def store(folder: Path, size: Size) -> Iterator[Store]:
    kept = open_store(f"sqlite:///{folder}/var/lintas.db")
    fill(kept, size.pick(quick=400, full=2_000), size.dice("news"))
    yield kept
    kept.close()


@asynccontextmanager
async def _program(folder: Path, *changes: str) -> AsyncIterator[tuple[Timed, Running]]:
    async with Timed() as api:
        for channel in CHANNELS:
            api.chat(channel, title="Kanal")
        running = await start(folder, api, "run", "--roles", "deliver,commands", changes=changes)
        try:
            await api.until(lambda: bool(api.menus), timeout=30)
            yield api, running
        finally:
            code = await running.end()
        assert code == 0, running.said()[-3000:]
        assert api.violations == []


async def _posts(store: Store, api: Timed, seconds: float, each: float, name: str) -> list[float]:
    """Queue posts that fall due one after another over so many seconds; how late each one was taken."""
    due: dict[str, float] = {}
    already = sum(len(api.taken[channel]) for channel in CHANNELS)
    began = time.time() + 1.0
    for n in range(int(seconds / each)):
        title = f"Kiriman {name} nomor {n} tentang film"
        due[title] = began + n * each
        at = datetime.fromtimestamp(due[title], UTC)
        await asyncio.to_thread(queue, store, title, chat=str(CHANNELS[n % len(CHANNELS)]), now=at, not_before=at)

    def posts() -> list[tuple[float, str]]:
        return [post for channel in CHANNELS for post in api.taken[channel] if name in post[1]]

    await api.until(lambda: sum(len(api.taken[channel]) for channel in CHANNELS) >= already + len(due), seconds + 60)
    came = {text.partition("\n")[0]: when for when, text in posts()}
    assert sorted(came) == sorted(due), "a post is missing"
    assert len(posts()) == len(due), "a post was doubled"
    return [came[title] - at for title, at in due.items()]


async def _questions(
    api: Timed, size: Size, number: int, people: int, seconds: float, all_asked: asyncio.Event
) -> None:
    """People ask, evenly over so many seconds, each in turn. `all_asked` is set when everybody has asked once."""
    dice = size.dice("questions")
    began = time.monotonic()
    for n in range(number):
        await asyncio.sleep(max(0.0, began + n * seconds / number - time.monotonic()))
        await api.message(f"/search {' '.join(dice.sample(WORDS, 2))}", user=FLOODERS + n % people)
        if n == people:
            all_asked.set()


async def _calm(api: Timed, seconds: float, all_asked: asyncio.Event) -> list[float]:
    """One person asks now and then, in the middle of the flood; how long each answer took.

    Not among its first questions: who asks for the first time together with hundreds cannot be told from them.
    """
    waits: list[float] = []
    began = time.monotonic()
    await all_asked.wait()
    await asyncio.sleep(2)
    while True:
        asked = time.time()
        await api.message("/search film korea", user=CALM_PERSON)
        await api.until(lambda: len(api.taken[CALM_PERSON]) > len(waits), timeout=100)
        when, text = api.taken[CALM_PERSON][-1]
        assert text.startswith("🔎"), text
        waits.append(when - asked)
        if time.monotonic() - began + 12 > seconds:
            return waits
        await asyncio.sleep(12)


async def _watch(running: Running, highest: list[float]) -> None:
    while True:
        highest.append(running.rss)
        await asyncio.sleep(0.1)


def _p95(values: list[float]) -> float:
    return sorted(values)[max(0, ceil(len(values) * 0.95) - 1)]


async def _flood(
    api: Timed,
    running: Running,
    store: Store,
    size: Size,
    *,
    number: int,
    people: int,
    seconds: float,
    posts: bool = True,
) -> Seen:
    seen = Seen()
    for person in range(3):  # what is loaded only when it is first needed is loaded now
        await api.message(f"/search {WORDS[person]}", user=8000 + person)
        await api.said(1, 8000 + person)
    each = 0.4
    if posts:
        seen.calm_before = _p95(await _posts(store, api, max(3.0, seconds / 2), each, "tenang"))
    before = running.rss
    highest: list[float] = []
    watching = asyncio.create_task(_watch(running, highest))
    began = time.monotonic()
    all_asked = asyncio.Event()
    work: list[Coroutine[Any, Any, Any]] = [
        _questions(api, size, number, people, seconds, all_asked),
        _calm(api, seconds, all_asked),
    ]
    if posts:
        work.append(_posts(store, api, seconds, each, "banjir"))
    _, seen.calm_waits, *late = await asyncio.gather(*work)
    await api.message("/help", user=LAST_PERSON)  # behind all others in the same queue
    await api.until(lambda: bool(api.taken[LAST_PERSON]), timeout=60)
    seen.seconds = time.monotonic() - began
    watching.cancel()
    seen.growth = max(highest) - before
    seen.lateness = _p95(late[0]) if late else 0.0
    seen.stretch = size.stretch(crowd_here())
    for chat, taken in api.taken.items():
        if chat >= FLOODERS:
            told = sum(text in NOTICES for _, text in taken)
            seen.notices[chat], seen.answers[chat] = told, len(taken) - told
    return seen


async def test_a_flood_of_questions_disturbs_neither_posts_nor_others(
    folder: Path, store: Store, size: Size, figures: Figures
) -> None:
    """Posts are at most a second later than without it, and everybody gets what is allowed and one notice."""
    number, people = size.pick(quick=500, full=10_000), size.pick(quick=25, full=500)
    seconds = float(size.pick(quick=5, full=60))
    async with _program(folder) as (api, running):
        seen = await _flood(api, running, store, size, number=number, people=people, seconds=seconds)
    figures.put(
        questions=number,
        people=people,
        seconds=round(seen.seconds, 1),
        answers=sum(seen.answers.values()),
        most_for_one=max(seen.answers.values()),
        notices=sum(seen.notices.values()),
        p95_late_without=round(seen.calm_before, 2),
        p95_late=round(seen.lateness, 2),
        rss_growth_mib=round(seen.growth, 1),
        times_stretched=round(seen.stretch, 1),
        slowest_for_the_calm=round(max(seen.calm_waits), 2),
    )
    assert seen.faults() == []
    assert sum(seen.notices.values()) > 0
    assert "questions not answered" in running.said()


async def test_without_limits_the_same_flood_fails(folder: Path, store: Store, size: Size, figures: Figures) -> None:
    """The proof that the judgement can fail: more answers than allowed."""
    async with _program(folder, "--unlimited") as (api, running):
        seen = await _flood(api, running, store, size, number=150, people=5, seconds=2.0, posts=False)
    faults = seen.faults()
    figures.put(without_limits="; ".join(faults))
    assert any("answers to one person" in fault for fault in faults)
