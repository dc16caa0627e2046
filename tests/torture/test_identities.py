"""A source that changes identities as a whole: what readers had is not news again, and what is new is not held."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import intake
from tests.doubles.botapi import OPERATORS
from tests.torture.frame import Figures, Size
from tests.torture.identities_world import BREAKS, EVERY, SAME, Mutation, Shown, World, drawn, outlet, words_changed


def told(world: World) -> list[str]:
    """What the operators' chat got about identities."""
    return [text for text in world.api.texts(OPERATORS) if "berita lama sebagai berita baru" in text]


async def kept(world: World) -> int:
    return (await world.parts.threads.read(lambda view: view.counts()))["articles"]


async def change(world: World, mutation: Mutation, polls: int = 3) -> Counter[int]:
    """A day in the life: first sight, ordinary polls, the change, polls after it. What was posted more than once."""
    await world.look()
    await world.go_on(3)
    world.mutation = mutation
    await world.go_on(polls)
    return Counter({number: times for number, times in world.posted().items() if times > 1})


def expected(world: World) -> set[int]:
    """The news of the first window is posted up to `first`; all that came later, once."""
    first = world.published[: world.window]
    return {one.number for one in first[-world.source.first :]} | {
        one.number for one in world.published[world.window :]
    }


async def test_what_leaves_an_identity_changes_nothing(tmp_path: Path, figures: Figures) -> None:
    """GUIDs, schemes, parameters, hosts of display, dates, slugs, sections, one after the other: no article twice,
    nothing held, nobody told."""
    async with outlet(tmp_path) as world:
        await world.look()
        for name, mutation in SAME.items():
            world.mutation = mutation
            (report,) = await world.go_on(1)
            assert (report.withheld, report.gap) == (0, False), name
            assert await kept(world) == len(world.published), name
        assert set(world.posted()) == expected(world)
        assert set(world.posted().values()) == {1}
        assert told(world) == []
        figures.put(harmless_changes=len(SAME))


@pytest.mark.parametrize("name", BREAKS)
async def test_what_takes_every_identity_away_posts_nothing_old(tmp_path: Path, name: str, figures: Figures) -> None:
    """New domain, numbers, words: old items are recognised or kept unposted, new ones go out, an operator is told once."""
    async with outlet(tmp_path) as world:
        assert not await change(world, BREAKS[name])
        assert set(world.posted()) == expected(world)
        assert len(told(world)) == 1
        again = await kept(world) - len(world.published)
        # Where the words stayed, the articles are known by them; else they are kept under their new identity, too.
        assert again <= (world.window if "words" in name else 0)
        figures.put(**{f"stored_again_{name.replace(', ', '_').replace(' ', '_')}": again})


async def test_held_articles_are_found_and_stay_held_when_they_are_edited(tmp_path: Path) -> None:
    """Kept and searchable; an edit of the outlet's does not release them."""
    async with outlet(tmp_path) as world:
        await change(world, BREAKS["words and links"], polls=1)
        held = words_changed(world.published[-10])
        found = await world.parts.threads.read(lambda view: view.article(held.url.replace("uji.", "ujibaru.")))
        assert found is not None
        edited = BREAKS["words and links"]
        before = world.posted()
        world.clock[0] += EVERY
        world.mutation = lambda shown: _also(edited(shown))
        report = await world.look()
        assert report.changed >= 8
        assert world.posted() == before


def _also(shown: Shown) -> Shown:
    return replace(shown, text=shown.text + " Diperbarui dengan keterangan sutradara.")


async def test_items_that_vanish_and_come_back_are_known(tmp_path: Path) -> None:
    """A feed that is nearly empty for a day and then shows old items again, with older ones below."""
    async with outlet(tmp_path) as world:
        await world.look()
        await world.go_on(3)
        world.clock[0] += EVERY
        assert (await world.look(world.shown()[:1])).stored == 0
        assert (await world.look([])).stored == 0
        before = world.posted()
        world.clock[0] += timedelta(days=1)
        report = await world.look(world.shown())
        assert (report.stored, report.known) == (0, 12)
        world.window = 15
        world.clock[0] += EVERY
        assert (await world.look()).stored == 0
        assert world.posted() == before
        assert told(world) == []


async def test_first_sight_and_a_return_after_months_post_a_few(tmp_path: Path) -> None:
    """Of a source seen for the first time, or as good as, at most `first` items go out; nobody is told of a change."""
    async with outlet(tmp_path) as world:
        await world.look()
        assert len(world.posted()) == 3
        world.clock[0] += timedelta(days=90)
        world.published.clear()
        world.publish(world.clock[0])
        report = await world.look()
        assert (report.stored, report.queued, report.withheld) == (12, 3, 0)
        await world.go_on(2)
        assert told(world) == []


@pytest.mark.parametrize(
    ("gap", "dated"),
    [(timedelta(hours=1), True), (timedelta(hours=9), True), (timedelta(days=2), True), (timedelta(hours=9), False)],
    ids=str,
)
async def test_a_small_fast_window_is_never_held(tmp_path: Path, gap: timedelta, dated: bool) -> None:
    """Ten items in thirteen minutes, looked at every twenty, then not for long: all that is shown goes out."""
    async with outlet(tmp_path, window=10, pace=timedelta(seconds=78)) as world:
        if not dated:
            world.mutation = SAME["undated"]
        await world.look()
        reports = [*await world.go_on(2), *await world.go_on(1, gap), *await world.go_on(1)]
        assert [report.queued for report in reports] == [10] * 4
        assert not any(report.withheld for report in reports)
        assert told(world) == []


@pytest.mark.parametrize("dated", [True, False], ids=["dated", "undated"])
async def test_an_outage_is_caught_up(tmp_path: Path, dated: bool) -> None:
    """Two days without a look at a steady feed: the whole window is new, and posted."""
    async with outlet(tmp_path) as world:
        if not dated:
            world.mutation = SAME["undated"]
        await world.look()
        await world.go_on(5)
        (report,) = await world.go_on(1, timedelta(days=2))
        assert (report.stored, report.queued, report.withheld) == (12, 12, 0)
        assert told(world) == []


async def test_drawn_outlets_change_at_random(tmp_path: Path, size: Size, figures: Figures) -> None:
    """Windows, paces, outages and changes drawn at random: each piece of news at most once, the new ones all."""
    dice = size.dice("outlets")
    runs = size.pick(quick=4, full=100)
    looks = posts = breaks = 0
    for run in range(runs):
        folder = tmp_path / str(run)
        folder.mkdir()
        window, pace = drawn(dice)
        name = dice.choice([*SAME, *BREAKS])
        async with outlet(folder, window=window, pace=pace) as world:
            await world.look()
            await world.go_on(dice.randint(3, 6))
            world.mutation = (SAME | BREAKS)[name]
            gap = dice.choice([EVERY, EVERY, timedelta(hours=2)])
            await world.go_on(1, gap)
            await world.go_on(3)
            came = world.posted()
            assert set(came) == expected(world), (run, name, window, pace, gap)
            assert set(came.values()) == {1}, (run, name, window, pace, gap)
            assert len(told(world)) == (name in BREAKS), (run, name, window, pace, gap)
            looks += 8
            posts += len(came)
            breaks += name in BREAKS
    figures.put(outlets=runs, looks=looks, posts=posts, changes_of_all_identities=breaks)


@pytest.mark.parametrize("name", BREAKS)
async def test_without_the_protection_old_news_is_posted(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch, figures: Figures
) -> None:
    """The proof that the tests above can fail: the same change, with neither the hold nor the words."""
    monkeypatch.setattr(intake, "find_break", lambda *_, **__: None)
    monkeypatch.setattr(intake, "_has_twin", lambda *_: False)
    async with outlet(tmp_path) as world:
        twice = await change(world, BREAKS[name], polls=1)
        old = set(world.posted()) - expected(world)
        assert twice or old
        figures.put(**{f"unprotected_{name.replace(', ', '_').replace(' ', '_')}": len(old) + len(twice)})
