"""kill -9: whenever it comes, after a restart every story is posted once, in its source's order.

The Bot API double is the witness: what it accepted is what was posted. A kill counts only when the victim wrote its
handshake at that very place and then died by SIGKILL.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from tests.torture import kills_plans as plans
from tests.torture.frame import Figures, Size, crowd_here
from tests.torture.kills_points import INSTANT, ONCE, POINTS
from tests.torture.kills_stage import Kill, Plan, Theatre, Verdict

AT_ONCE = 3
POSTING_AGAIN = 5.0
"""Seconds from a restart to the next post, `LINTAS_SETTLE=0`."""
pytestmark = [pytest.mark.timeout(1800), pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def theatre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Theatre]:
    """The warm parent, which takes seconds to come up."""
    async with Theatre(tmp_path_factory.mktemp("kills")) as warm:
        await warm.read_before()
        yield warm


def progress(goal: int, crowds: list[float]) -> Callable[[Verdict], None]:
    """Shows every hundredth kill, and every bad try at once; notes how busy the machine is."""
    kills, began = 0, time.monotonic()

    def done(verdict: Verdict) -> None:
        nonlocal kills
        crowds.append(crowd_here())
        before, kills = kills, kills + len(verdict.fired)
        if not verdict.good or before // 100 != kills // 100:
            line = f"{kills} of {goal} kills, {time.monotonic() - began:.0f} s" + (
                "" if verdict.good else f": {verdict}"
            )
            print(line, file=sys.__stderr__, flush=True)

    return done


def assert_once(verdicts: Sequence[Verdict]) -> None:
    """Nothing lost, doubled, held or out of order, and no kill that did not come."""
    bad = [verdict for verdict in verdicts if not verdict.good]
    assert not bad, "\n".join(map(str, bad[:5]))


def assert_soon(found: dict[str, object], size: Size, crowd: float) -> None:
    """Posting goes on in time, where Telegram itself did not ask for patience."""
    assert isinstance(found["again_max_s"], float)
    assert found["again_max_s"] <= POSTING_AGAIN * size.stretch(crowd)


def summary(verdicts: Sequence[Verdict]) -> dict[str, object]:
    """The figures of a campaign."""
    again = [(verdict.hindered, verdict.recovery) for verdict in verdicts if verdict.recovery is not None]
    recoveries = sorted(seconds for hindered, seconds in again if not hindered)
    fired = [point for verdict in verdicts for point in verdict.fired]
    return {
        "kills": len(fired),
        "places": len(set(fired) - {INSTANT}),
        "lost": sum(len(verdict.lost) for verdict in verdicts),
        "doubled": sum(len(verdict.doubled) for verdict in verdicts),
        "stale": sum(len(verdict.stale) for verdict in verdicts),
        "held": sum(verdict.held for verdict in verdicts),
        "out_of_order": sum(len(verdict.disordered) for verdict in verdicts),
        "again_p95_s": recoveries[int(len(recoveries) * 0.95)] if recoveries else None,
        "again_max_s": recoveries[-1] if recoveries else None,
        "again_after_refusals_max_s": max((seconds for hindered, seconds in again if hindered), default=None),
        "dots_left": sum(verdict.dots for verdict in verdicts),
        "copies_left": sum(verdict.copies for verdict in verdicts),
    }


async def test_warm_kills(theatre: Theatre, size: Size, figures: Figures) -> None:
    """At every named place, twice in a row while the first is being mended, and at random instants."""
    goal, dice = size.pick(quick=97, full=1950), size.dice("kills")
    tries = [plans.in_recovery(dice) for _ in range(size.pick(quick=7, full=180))]
    tries += [plans.at_an_instant(dice) for _ in range(size.pick(quick=6, full=260))]
    if size.full:
        tries += itertools.islice(plans.every_place(dice), goal - plans.kills_in(tries))
    else:
        tries += plans.some_places(dice, goal - plans.kills_in(tries))
    dice.shuffle(tries)
    verdicts: list[Verdict] = []
    crowds = [1.0]
    done, spare = progress(goal, crowds), plans.every_place(dice)
    while tries:
        verdicts += await theatre.perform(tries, AT_ONCE, done)
        short = goal - sum(len(verdict.fired) for verdict in verdicts)
        tries = list(itertools.islice(spare, short)) if short > 0 and all(v.good for v in verdicts) else []
    found = summary(verdicts)
    figures.put(**found, tried_again=theatre.tried_again)
    assert_once(verdicts)
    assert theatre.tried_again <= goal // 50
    assert found["kills"] >= goal
    assert found["places"] >= 60
    assert not size.full or found["places"] == len({point.name for point in POINTS})
    assert_soon(found, size, max(crowds))


async def test_cold_kills(tmp_path: Path, size: Size, figures: Figures) -> None:
    """The real `lintas run`, at its real pace, from nothing or an old database; it posts again within seconds."""
    tries = plans.from_cold(size.dice("cold"), size.pick(quick=3, full=50))
    crowds = [1.0]

    async with Theatre(tmp_path, cold=True) as theatre:
        verdicts = await theatre.perform(tries, 2, progress(len(tries), crowds))
    found = summary(verdicts)
    figures.put(**{f"cold_{name}": value for name, value in found.items() if name not in ("places", "dots_left")})
    assert_once(verdicts)
    assert found["kills"] == len(tries)
    assert_soon(found, size, max(crowds))


@pytest.mark.parametrize(("settle", "late", "doubled"), [("2", 1.0, False), ("0", 20.0, True)])
async def test_a_send_that_arrives_after_its_senders_death(
    theatre: Theatre, settle: str, late: float, doubled: bool
) -> None:
    """A request can be under way longer than its sender lives: LINTAS_SETTLE waits for it; without, it is repeated."""
    kill = Kill("api sendMessage received", 2, carried_out=True, late=late)
    verdicts = await theatre.perform([Plan("desk", (kill,), settle=settle)], AT_ONCE)
    assert all(verdict.fired for verdict in verdicts)
    assert [bool(verdict.doubled) for verdict in verdicts] == [doubled]
    if not doubled:
        assert_once(verdicts)


async def test_sigterm_lets_what_is_under_way_finish(theatre: Theatre) -> None:
    """Told to end in the middle of a send: its answer is waited for and written down, nothing else is begun, exit 0."""
    verdicts = await theatre.perform([Plan("term", (Kill(ONCE),))] * 2, AT_ONCE)
    assert_once(verdicts)


# --- that the test can fail ---------------------------------------------------------------------------------------------


def sabotaged(sabotage: str, points: Sequence[str]) -> Iterator[Plan]:
    """Kills at these places with a protection taken away."""
    return (Plan("desk", (Kill(point, nth),), sabotage=sabotage) for point, nth in zip(points, (1, 3), strict=True))


@pytest.mark.parametrize(
    ("sabotage", "points", "found"),
    [
        ("looks at nothing", ("api sendMessage accepted", "commit sent before"), "doubled"),
        ("marks before it sends", ("api sendMessage received", "http.sendMessage before"), "lost"),
        ("sends before it marks", ("api sendMessage accepted", "commit sent before"), "doubled"),
    ],
)
async def test_a_missing_protection_is_found(
    theatre: Theatre, sabotage: str, points: tuple[str, ...], found: str, figures: Figures
) -> None:
    """Blind resending doubles; marking as seen first loses; writing nothing down first doubles. Each kill shows it."""
    verdicts = await theatre.perform(list(sabotaged(sabotage, points)), AT_ONCE)
    figures.put(**{f"{sabotage.replace(' ', '_')}_{found}": sum(len(getattr(v, found)) for v in verdicts)})
    assert all(verdict.fired for verdict in verdicts)
    assert all(getattr(verdict, found) for verdict in verdicts)
    with pytest.raises(AssertionError, match=f"{found}="):
        assert_once(verdicts)


@pytest.mark.parametrize(
    ("sabotage", "point", "found"),
    [
        ("edits by posting", "api sendMessage accepted", "wrong"),
        ("takes edits for made", "api editMessageText received", "stale"),
        ("takes edits for made", "api deleteMessage received", "stale"),
    ],
)
async def test_a_missing_protection_of_edits_is_found(
    theatre: Theatre, sabotage: str, point: str, found: str, figures: Figures
) -> None:
    """A new version as a new message doubles; an edit or a deletion that nobody makes again leaves the old text."""
    stage = "retract" if "deleteMessage" in point else "edit"
    verdicts = await theatre.perform([Plan(stage, (Kill(point),), sabotage=sabotage)], AT_ONCE)
    figures.put(**{f"{sabotage.replace(' ', '_')}_{found}": len(getattr(verdicts[0], found))})
    assert verdicts[0].fired
    assert getattr(verdicts[0], found)
    with pytest.raises(AssertionError, match=f"{found}="):
        assert_once(verdicts)


@pytest.mark.parametrize(
    ("sabotage", "point", "found"),
    [
        ("looks at nothing", "api sendMessage accepted", "doubled"),
        ("leaves copies", "api forwardMessage accepted", "wrong"),
    ],
)
async def test_a_missing_protection_of_private_chats_is_found(
    theatre: Theatre, sabotage: str, point: str, found: str, figures: Figures
) -> None:
    """What is not looked for among a person's own words is sent again; a copy of a look that was cut off stays."""
    stage = "own look" if "forward" in point else "own"
    [verdict] = await theatre.perform([Plan(stage, (Kill(point),), sabotage=sabotage)], AT_ONCE)
    figures.put(**{f"private_{sabotage.replace(' ', '_')}_{found}": len(getattr(verdict, found))})
    assert verdict.fired
    assert getattr(verdict, found)
    with pytest.raises(AssertionError, match=f"{found}="):
        assert_once([verdict])


async def test_a_week_that_is_not_written_down_is_looked_back_at_twice(theatre: Theatre, figures: Figures) -> None:
    """The slot and its message are one transaction; without the slot each life posts the list again."""
    plan = Plan("weekly", (Kill("commit sent after"),), sabotage="forgets the week")
    [verdict] = await theatre.perform([plan], AT_ONCE)
    figures.put(forgets_the_week_doubled=len(verdict.doubled))
    assert verdict.fired
    assert verdict.doubled
    with pytest.raises(AssertionError, match="doubled="):
        assert_once([verdict])


async def test_a_kill_that_did_not_come_is_noticed(theatre: Theatre) -> None:
    """With the kills left out everything is posted once, and the test is red all the same."""
    points = ("commit intake before", "api sendMessage accepted", INSTANT)
    tries = [Plan("feeds", (Kill(point, 300 if point == INSTANT else 1),), disarmed=True) for point in points]
    verdicts = await theatre.perform(tries, AT_ONCE)
    assert not any(verdict.fired or verdict.lost or verdict.doubled for verdict in verdicts)
    assert [verdict.missed for verdict in verdicts] == [[f"{point} (exit 0)"] for point in points]
    with pytest.raises(AssertionError, match="missed="):
        assert_once(verdicts)
