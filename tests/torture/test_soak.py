"""Days on end with two hundred sources, one in twenty of them faulty: nothing is missed or doubled, and nothing grows.

The pipeline runs in a process of its own by a simulated clock; the feeds and the Bot API are outside of it, and what
they saw is what it is judged by.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import linear_regression, median
from typing import Any

import pytest

from newsdesk.identity import identify
from storage import open_store
from tests.doubles.botapi import CHANNEL, OPERATORS, TOKEN, BotApiDouble
from tests.torture.frame import Figures, Size
from tests.torture.newsmaker import times_told
from tests.torture.soakplan import CURABLE, START, Plan
from tests.torture.soakweb import SoakWeb

pytestmark = pytest.mark.timeout(1800)

ROOT = Path(__file__).parents[2]
MIB = 2**20
WARM_HOURS = 6
"""Until then caches fill."""
LONGEST = {"gone": timedelta(hours=25), "slow": timedelta(hours=12), "drip": timedelta(hours=12)}
"""The longest wait for a fault; six hours and a tenth for the others. Polls of slow sources end up to four hours later by
the simulated clock, which goes on meanwhile."""
LATEST = timedelta(minutes=20)
"""Two steps of the simulation: how late a poll may be that is due in between."""


@dataclass
class Soaked:
    """What a run was, and what the outside saw of it."""

    plan: Plan
    asked: list[tuple[datetime, str]]
    unchanged: int
    posts: list[str]
    stored: Counter[int]
    hours: list[dict[str, Any]]
    seconds: float
    code: int
    log: str


async def _soak(folder: Path, plan: Plan, plant: Sequence[str] = ()) -> Soaked:
    began = time.monotonic()
    hours: list[dict[str, Any]] = []
    async with BotApiDouble() as api, SoakWeb(plan) as web:
        asked = {
            "folder": str(folder),
            "web": web.url,
            "api": api.base,
            "token": TOKEN,
            "operators": str(OPERATORS),
            "start": START.isoformat(),
            "days": plan.days,
            "sources": [(source.id, source.every) for source in plan.sources],
            "slow": [source.id for source in plan.sources if source.fault in ("slow", "drip")],
            "plant": list(plant),
        }
        with (folder / "log").open("wb") as log:
            soaker = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.torture.soaker", json.dumps(asked)),
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
            assert soaker.stdin is not None
            assert soaker.stdout is not None
            try:
                while line := await soaker.stdout.readline():
                    said = json.loads(line)
                    if "hour" in said:
                        hours.append(said)
                    else:
                        web.now = datetime.fromisoformat(said["now"])
                    soaker.stdin.write(b"\n")
                code = await soaker.wait()
            finally:
                if soaker.returncode is None:
                    soaker.kill()
                    await soaker.wait()
        posts = [message["text"] for message in api.accepted if message["chat"]["id"] == CHANNEL]
    log_text = (folder / "log").read_text("utf-8", "replace")
    stored = _stored(f"sqlite:///{folder}/soak.db", plan) if code == 0 else Counter()
    (folder / "hours.json").write_text(json.dumps(hours))
    return Soaked(
        plan, web.asked, web.unchanged, posts, stored, hours, round(time.monotonic() - began, 1), code, log_text
    )


def _stored(url: str, plan: Plan) -> Counter[int]:
    """How often each item of the plan is kept, by its number."""
    items = [item for items in plan.items.values() for item in items]
    store = open_store(url)
    try:
        with store.read() as view:
            kept = view.recognise([identify(item.url, item.title, item.text) for item in items])
    finally:
        store.close()
    return Counter({item.number: len(found) for item, found in zip(items, kept, strict=True)})


# -- the judge ------------------------------------------------------------------------------------------------------------


def _faults_found(soaked: Soaked) -> dict[str, str]:
    """What was wrong with the run, by kind; empty when it was as it should be."""
    wrong = {
        "ended": "" if soaked.code == 0 else f"code {soaked.code}: {soaked.log[-2000:]}",
        "polls": _missed_polls(soaked),
        "articles": _missed_articles(soaked),
        "posts": _missed_posts(soaked),
        "doubles": _doubled(soaked),
        "grown": _grown(soaked),
        "bugs": "" if '"level": "critical"' not in soaked.log else "a bug stands in the log",
    }
    return {kind: what for kind, what in wrong.items() if what}


def _due(soaked: Soaked) -> dict[str, timedelta]:
    return {source.id: timedelta(minutes=source.every) for source in soaked.plan.sources}


def _missed_polls(soaked: Soaked) -> str:
    """Polls of sources without a fault come once an interval, a twentieth more or less; of others at least six-hourly."""
    times: dict[str, list[datetime]] = defaultdict(list)
    for at, source in soaked.asked:
        if not times[source] or at > times[source][-1]:
            times[source].append(at)
    every = _due(soaked)
    missed = []
    for source in soaked.plan.sources:
        longest = every[source.id] * 1.05 if source.fault is None else LONGEST.get(source.fault, timedelta(hours=6.6))
        seen = [START, *times[source.id], soaked.plan.end]
        gaps = [later - earlier for earlier, later in pairwise(seen)]
        if max(gaps) > longest + LATEST:
            missed.append(f"{source.id} ({source.fault}) after {max(gaps)}")
        if source.fault is None and len(times[source.id]) > (soaked.plan.end - START) / (every[source.id] * 0.95) + 1:
            missed.append(f"{source.id} too often")
    return ", ".join(missed)


def _wanted(soaked: Soaked, kind: str = "") -> list[Any]:
    """The items that must have arrived: published early enough before the end, by a source that works now and then."""
    every = _due(soaked)
    return [
        item
        for source in soaked.plan.sources
        if source.fault in CURABLE
        for item in soaked.plan.items.get(source.id, [])
        if item.at is not None
        and item.at < soaked.plan.end - 2 * every[source.id] * (3 if source.fault else 1)
        and kind in item.text
    ]


def _missed_articles(soaked: Soaked) -> str:
    wrong = [item.title for item in _wanted(soaked) if soaked.stored[item.number] != 1]
    return f"{len(wrong)} not kept once: {wrong[:3]}" if wrong else ""


def _times_posted(soaked: Soaked) -> dict[int, int]:
    """How often the items that should be posted stand in the channel, by their numbers."""
    items = _wanted(soaked, "Film itu diputar")
    told = times_told(items, soaked.posts)
    return {item.number: told[item.title] for item in items}


def _missed_posts(soaked: Soaked) -> str:
    a_day = timedelta(hours=25)
    late = {item.number for item in _wanted(soaked, "Film itu diputar") if item.at > soaked.plan.end - a_day}
    at_once = {item.number for item in _wanted(soaked) if "kecerdasan buatan" in item.title.lower()}
    missed = [n for n, times in _times_posted(soaked).items() if times == 0 and (n in at_once or n not in late)]
    return f"{len(missed)} never posted" if missed else ""


def _doubled(soaked: Soaked) -> str:
    twice = [number for number, times in _times_posted(soaked).items() if times > 1]
    same = [text for text, times in Counter(soaked.posts).items() if times > 1]
    return f"{len(twice)} items and {len(same)} messages came twice" if twice or same else ""


def _slope(soaked: Soaked) -> float:
    """MiB that the process grew a day, after it was warm."""
    warm = soaked.hours[WARM_HOURS:]
    return linear_regression(range(len(warm)), [hour["rss"] / MIB for hour in warm]).slope * 24


def _grown(soaked: Soaked) -> str:
    warm = soaked.hours[WARM_HOURS:]
    if len(warm) < 10:
        return "not measured"
    wrong = [f"{_slope(soaked):.2f} MiB a day"] if _slope(soaked) > 1 else []
    quarter = len(warm) // 4
    for what in ("files", "tasks", "threads"):
        first, last = (median(hour[what] for hour in part) for part in (warm[:quarter], warm[-quarter:]))
        wrong += [f"{what} from {first} to {last}"] if last > first + 2 else []
    return ", ".join(wrong)


# -- the row --------------------------------------------------------------------------------------------------------------


async def test_days_on_end_miss_nothing_double_nothing_and_grow_nowhere(
    tmp_path: Path, size: Size, figures: Figures
) -> None:
    """Every poll at its time, every article kept once, every story posted once; memory, files and tasks stay flat."""
    plan = Plan(200, size.pick(quick=1, full=30), size.dice("soak"))
    soaked = await _soak(tmp_path, plan)
    assert _faults_found(soaked) == {}
    times = _times_posted(soaked)
    warm = soaked.hours[WARM_HOURS:]
    figures.put(
        simulated_days=round(plan.days, 1),
        sources=len(plan.sources),
        faulty=sum(source.fault is not None for source in plan.sources),
        requests=len(soaked.asked),
        unchanged=soaked.unchanged,
        articles=sum(soaked.stored.values()),
        stories_posted=sum(times.values()),
        messages=len(soaked.posts),
        MiB_a_day=round(_slope(soaked), 2),
        rss_MiB=round(warm[-1]["rss"] / MIB, 1),
        files=f"{warm[0]['files']}-{warm[-1]['files']}",
        tasks=f"{warm[0]['tasks']}-{warm[-1]['tasks']}",
        seconds=soaked.seconds,
    )


async def test_planted_defects_are_found(tmp_path: Path, size: Size, figures: Figures) -> None:
    """A leak of 4 MiB a day, a source left out for six hours, and a message sent twice: the judge names all three."""
    plan = Plan(20, 0.75, size.dice("planted"))
    soaked = await _soak(tmp_path, plan, ["leak", "skip", "double"])
    found = _faults_found(soaked)
    assert found.keys() == {"polls", "doubles", "grown"}, found
    assert "s000" in found["polls"]
    assert "MiB a day" in found["grown"]
    figures.put(planted_found=len(found), planted_MiB_a_day=round(_slope(soaked), 2))


def test_a_missing_article_is_found(tmp_path: Path) -> None:
    """An item that stands in the plan and not in the store, or not in the channel, is missed."""
    plan = Plan(20, 1, Size(full=False, seed=1).dice("missing"))
    wanted = _wanted(Soaked(plan, [], 0, [], Counter(), [], 0.0, 0, ""))
    assert len(wanted) > 20
    stored = Counter({item.number: 1 for item in wanted})
    posts = [item.title for item in wanted]
    whole = Soaked(plan, [], 0, posts, stored, [], 0.0, 0, "")
    assert (_missed_articles(whole), _missed_posts(whole), _doubled(whole)) == ("", "", "")
    posted = next(item for item in wanted if "kecerdasan buatan" in item.title.lower())
    lacking = Soaked(
        plan, [], 0, [p for p in posts if p != posted.title], stored - Counter([posted.number]), [], 0.0, 0, ""
    )
    assert "1 not kept once" in _missed_articles(lacking)
    assert "1 never posted" in _missed_posts(lacking)
