"""Six recorded days of polls, one after another: nothing is kept twice, and nothing that a poll showed is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds.entries import Raw, finish
from feeds.markup import text_of, title_of
from feeds.wire import Job, Task
from newsdesk.articles import Article, Entry, Identity
from newsdesk.identity import Kind, fold, identify, is_front_page, outlet_id, recognise, revise

REPLAY = Path(__file__).resolve().parents[2].parent / "shared" / "feeds" / "replay.jsonl"
pytestmark = pytest.mark.skipif(not REPLAY.is_file(), reason="the recorded polls are not on this machine")


class Shelf:
    """What a store remembers, in memory: articles by each part of their identity."""

    def __init__(self) -> None:
        self.by: dict[str, Article] = {}
        self.kept: dict[int, Article] = {}

    def known(self, identity: Identity) -> list[Article]:
        keys = (identity.url, identity.outlet_id, identity.fingerprint)
        return list({self.by[key].id: self.by[key] for key in keys if key and key in self.by}.values())

    def keep(self, article: Article) -> None:
        identity = article.identity
        self.kept[article.id] = article
        self.by |= {key: article for key in (identity.url, identity.outlet_id, identity.fingerprint) if key}

    def show(self, entry: Entry, source: str, now: datetime) -> Kind:
        identity = identify(entry.url, entry.title, entry.summary)
        found = recognise(entry, identity, self.known(identity), source=source)
        if found.article is None:
            number = len(self.kept) + 1
            fresh = Article(
                id=number,
                source=source,
                outlet=source,
                title=entry.title,
                url=entry.url,
                identity=identity,
                first_seen=now,
                at=now,
                summary=entry.summary,
                body=entry.body,
            )
            self.keep(fresh)
        elif found.kind is Kind.CHANGED:
            self.keep(revise(found.article, entry, now))
        return found.kind


def polls() -> Iterator[tuple[str, datetime, list[Entry]]]:
    for line in REPLAY.read_text(encoding="utf-8").splitlines():
        poll = json.loads(line)
        now = datetime.fromisoformat(poll["polled"])
        raws = [
            Raw(title=title_of(i["title"]), link=i["url"], summary=text_of(i["summary"]), dates=(i["published"],))
            for i in poll["items"]
        ]
        job = Job(task=Task.FEED, url="https://a.example/", name="A", zone="Asia/Jakarta", language="id", now=now)
        yield poll["feed"], now, list(finish(raws, job).entries)


def test_recorded_polls_lose_nothing_and_keep_nothing_twice() -> None:
    shelf = Shelf()
    shown: set[str] = set()
    for feed, now, entries in polls():
        for entry in entries:
            shelf.show(entry, feed, now)
            shown.add(fold(entry.title) if is_front_page(entry.url) else outlet_id(entry.url) or entry.url)
        again = {shelf.show(entry, feed, now) for entry in entries}
        assert again == {Kind.SAME}, (feed, now)
    titles = {fold(article.title) for article in shelf.kept.values()}
    kept = {article.identity.outlet_id or article.url for article in shelf.kept.values()}
    assert all(key in kept or key in titles for key in shown)
    numbers = [article.identity.outlet_id for article in shelf.kept.values() if article.identity.outlet_id]
    assert len(numbers) == len(set(numbers))
    assert len(shelf.kept) <= len(shown)


def test_the_recording_has_what_makes_it_worth_replaying() -> None:
    """Edits, and the poll whose items all link to the front page: without them the test above shows little."""
    fronts = [entry for _, now, entries in polls() for entry in entries if is_front_page(entry.url)]
    assert len({entry.title for entry in fronts}) >= 10
    assert {now.tzinfo for _, now, _ in polls()} == {UTC}
