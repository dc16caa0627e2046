"""When a source's identities changed as a whole, what is held back, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsdesk.articles import Article, Entry, Identity
from newsdesk.identity import same_words
from newsdesk.identitychange import (
    Break,
    Unknown,
    find_break,
    is_first_sight,
    is_withheld,
    joined,
    seeks_twins,
    seen_until,
)
from newsdesk.sources import Source, SourceState

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SOURCE = Source(id="a", name="A", url="https://a.example/rss", every=timedelta(minutes=20))
GOOD = SourceState(
    source="a",
    last_ok=NOW - timedelta(minutes=20),
    newest_item=NOW - timedelta(minutes=50),
    span=timedelta(hours=6),
    items=20,
)
UNDATED = replace(GOOD, newest_item=None, span=None)
OLD = Unknown(NOW - timedelta(hours=3), twin=False)
NEW = Unknown(NOW - timedelta(minutes=5), twin=False)
TWIN = Unknown(NOW, twin=True)
NO_DATE = Unknown(None, twin=False)


@pytest.mark.parametrize(
    ("state", "unknown", "items", "overlaps", "broken"),
    [
        (GOOD, [OLD] * 20, 20, 0, True),
        (GOOD, [TWIN] * 20, 20, 0, True),
        (GOOD, [OLD] * 17, 20, 0, True),
        (GOOD, [OLD] * 16, 20, 0, False),
        (GOOD, [OLD] * 7, 7, 0, False),
        (GOOD, [OLD] * 8, 8, 0, True),
        (GOOD, [NEW] * 20, 20, 0, False),
        (GOOD, [NEW] * 10 + [OLD] * 10, 20, 0, False),
        (GOOD, [NEW] * 9 + [OLD] * 11, 20, 0, True),
        (GOOD, [NO_DATE] * 20, 20, 0, True),
        (replace(GOOD, span=timedelta(minutes=30)), [NO_DATE] * 20, 20, 9, False),
        (UNDATED, [NO_DATE] * 20, 20, 3, True),
        (UNDATED, [NO_DATE] * 20, 20, 2, False),
        (replace(UNDATED, gaps=1), [NO_DATE] * 20, 20, 3, False),
        (replace(UNDATED, last_ok=NOW - timedelta(hours=2)), [NO_DATE] * 20, 20, 3, False),
        (replace(GOOD, last_ok=None), [OLD] * 20, 20, 0, False),
        (replace(GOOD, last_ok=NOW - timedelta(days=31)), [OLD] * 20, 20, 0, False),
        (replace(GOOD, newest_item=NOW - timedelta(hours=4)), [OLD] * 20, 20, 0, False),
    ],
)
def test_a_break_is_told_by_what_should_have_been_seen(
    state: SourceState, unknown: list[Unknown], items: int, overlaps: int, broken: bool
) -> None:
    """More than four fifths of at least eight items are unknown, and more than half of those were there before."""
    found = find_break(SOURCE, state, unknown, items=items, overlaps=overlaps, now=NOW)
    assert (found is not None) is broken
    if found is not None:
        assert (found.since, found.until) == (seen_until(state), NOW)
        assert f"{len(unknown)} of {items} items are unknown" in found.reason


def article(first_seen: datetime, published: datetime | None) -> Article:
    return Article(
        id=1, source="a", outlet="A", title="Film lama diputar lagi di bioskop", url="https://a.example/x",
        identity=Identity(url="https://a.example/x"), first_seen=first_seen, at=published or first_seen,
        published=published,
    )  # fmt: skip


@pytest.mark.parametrize("by_words", [False, True])
@pytest.mark.parametrize(
    ("first_seen", "published", "withheld"),
    [
        (timedelta(0), timedelta(hours=-3), True),
        (timedelta(0), timedelta(minutes=-5), False),
        (timedelta(hours=2), timedelta(hours=-3), True),
        (timedelta(hours=-2), timedelta(hours=-3), False),
        (timedelta(0), None, None),
        (timedelta(hours=1), None, False),
    ],
)
def test_old_items_are_withheld_and_new_ones_are_not(
    first_seen: timedelta, published: timedelta | None, withheld: bool | None, by_words: bool
) -> None:
    """Old is what was published before the last good look; without a date, what came with the break (None), unless
    words told old from new."""
    broken = Break(NOW - timedelta(hours=1), NOW, by_words)
    found = is_withheld(broken, article(NOW + first_seen, None if published is None else NOW + published))
    assert found is (withheld if withheld is not None else not by_words)
    assert not is_withheld(None, article(NOW, NOW))


def test_an_operator_is_told_once_while_it_goes_on() -> None:
    """A break that is seen again at each look is one; another a week later is told."""
    first = Break(NOW - timedelta(hours=1), NOW)
    kept, told = joined(None, first)
    assert (kept, told) == (first, True)
    again = Break(NOW, NOW + timedelta(hours=1))
    assert joined(kept, again) == (replace(first, until=again.until), False)
    later = Break(NOW + timedelta(days=9), NOW + timedelta(days=9))
    assert joined(kept, later) == (later, True)
    assert seeks_twins(kept, NOW + timedelta(days=44))
    assert not seeks_twins(kept, NOW + timedelta(days=46))
    assert not seeks_twins(None, NOW)


def test_a_source_not_read_for_a_month_is_as_good_as_new() -> None:
    """Its window is a backlog: only a few of it may be posted."""
    assert is_first_sight(replace(GOOD, last_ok=None), NOW)
    assert is_first_sight(replace(GOOD, last_ok=NOW - timedelta(days=31)), NOW)
    assert not is_first_sight(replace(GOOD, last_ok=NOW - timedelta(days=29)), NOW)


@pytest.mark.parametrize(
    ("title", "summary", "days", "same"),
    [
        ("FILM lama: diputar lagi, di bioskop!", "", 0, True),
        ("Film lama diputar lagi di bioskop", "", 0.9, True),
        ("Film lama diputar lagi di bioskop", "", 1.1, False),
        ("Film lama diputar lagi di bioskop", None, 0, True),
        ("Film baru diputar lagi di bioskop", "", 0, False),
        ("Film lama diputar lagi di bioskop", "Kata lain tentang hal lain.", 0, True),
    ],
)
def test_the_same_words_are_the_same_article(title: str, summary: str | None, days: float, same: bool) -> None:
    """Of one source: the title whatever its dress, and the summary, or the day where there is none."""
    known = article(NOW, NOW)
    published = None if summary is None else NOW + timedelta(days=days)
    entry = Entry(title=title, url="https://b.example/y", summary=summary or "", published=published)
    assert same_words(entry, known) is same
    if summary:
        assert not same_words(entry, replace(known, summary="Film itu pertama kali tayang pada tahun lalu."))


def test_a_column_of_few_words_is_not_known_by_its_title() -> None:
    """ "Harga emas hari ini" comes every day."""
    known = replace(article(NOW, None), title="Harga emas hari ini")
    assert not same_words(Entry(title="Harga emas hari ini", url="https://b.example/y"), known)
