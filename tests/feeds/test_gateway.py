"""The gateway reads what is new, skips what is not, and keeps going through whatever sources do."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feeds import gateway as gateways
from feeds.gateway import Gateway, mark_of
from newsdesk.errors import FetchError, ParseError, SourceError
from newsdesk.identity import canonical_url
from newsdesk.ports import Gatherer, Harvest
from newsdesk.sources import Source, SourceState
from tests.feeds.loopback import Loopback, Request, always, answer, by_path, loopback, policy

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "feeds"
GOOD = b'<rss version="2.0"><channel><title>c</title><item><title>Judul satu</title><link>https://a.example/1</link></item></channel></rss>'


def source(server: Loopback, path: str = "/feed.xml") -> Source:
    return Source(id="a", name="A", url=server.url(path))


def after(harvest: Harvest, at: datetime = NOW) -> SourceState:
    """What a caller remembers of a harvest."""
    return SourceState(
        source="a",
        etag=harvest.etag,
        last_modified=harvest.last_modified,
        body_hash=harvest.body_hash,
        last_full=at if harvest.complete else None,
    )


FRESH = SourceState(source="a")


async def test_a_feed_becomes_a_harvest() -> None:
    async with loopback(always(answer(GOOD, ETag='"1"', Retry_After="900"))) as server, Gateway(policy()) as gateway:
        gatherer: Gatherer = gateway
        harvest = await gatherer.gather(source(server), FRESH, NOW)
    assert [entry.title for entry in harvest.entries] == ["Judul satu"]
    assert (harvest.etag, harvest.complete, harvest.unchanged) == ('"1"', True, False)
    assert harvest.retry_after == timedelta(minutes=15)


async def test_an_equal_body_is_not_read_again() -> None:
    async with loopback(always(answer(GOOD))) as server, Gateway(policy()) as gateway:
        first = await gateway.gather(source(server), FRESH, NOW)
        again = await gateway.gather(source(server), after(first), NOW + timedelta(minutes=15))
    assert (again.unchanged, again.entries, again.body_hash) == (True, (), first.body_hash)


async def _conditional(request: Request, writer: asyncio.StreamWriter) -> None:
    known = request.headers.get("if-none-match") == '"1"'
    writer.write(answer(status="304 Not Modified") if known else answer(GOOD, ETag='"1"'))


async def test_validators_are_sent_and_a_304_keeps_what_is_remembered() -> None:
    async with loopback(_conditional) as server, Gateway(policy()) as gateway:
        first = await gateway.gather(source(server), FRESH, NOW)
        again = await gateway.gather(source(server), after(first), NOW + timedelta(minutes=15))
    assert again == Harvest(unchanged=True, etag='"1"', body_hash=first.body_hash, complete=False)


@pytest.mark.parametrize(
    ("changes", "later", "whole"),
    [
        ({}, timedelta(hours=23), False),
        ({}, timedelta(hours=24), True),
        ({}, timedelta(hours=-1), True),
        ({"timezone": "Asia/Makassar"}, timedelta(minutes=1), True),
        ({"language": "en"}, timedelta(minutes=1), True),
        ({"every": timedelta(minutes=1)}, timedelta(minutes=1), False),
    ],
)
async def test_a_whole_body_is_asked_for_daily_and_when_the_settings_changed(
    changes: dict[str, object], later: timedelta, whole: bool
) -> None:
    async with loopback(_conditional) as server, Gateway(policy()) as gateway:
        first = await gateway.gather(source(server), FRESH, NOW)
        changed = replace(source(server), **changes)  # type: ignore[arg-type]
        again = await gateway.gather(changed, after(first), NOW + later)
    assert ("if-none-match" not in server.requests[1].headers) is whole
    assert again.complete is whole


async def test_after_an_upgrade_of_what_reads_the_same_body_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever validators and hash say: the new reader may understand what the old one did not."""
    async with loopback(_conditional) as server, Gateway(policy()) as gateway:
        first = await gateway.gather(source(server), FRESH, NOW)
        monkeypatch.setattr(gateways, "reader_mark", lambda: "another")
        again = await gateway.gather(source(server), after(first), NOW + timedelta(minutes=15))
        once_more = await gateway.gather(source(server), after(again), NOW + timedelta(minutes=30))
    assert (again.unchanged, again.complete, len(again.entries)) == (False, True, 1)
    assert once_more.unchanged


def test_new_code_or_another_version_of_a_library_is_another_reader() -> None:
    """Each byte counts, and what belongs to which file, too."""
    marks = {
        mark_of(code, versions)
        for code in ([b"def read(): 1"], [b"def read(): 2"], [b"def read", b"(): 1"])
        for versions in (["feedparser 6.0.14"], ["feedparser 6.0.15"])
    }
    assert len(marks) == 6
    assert mark_of([b"a"], ["b"]) == mark_of([b"a"], ["b"])


async def test_a_permanent_move_is_told_to_the_operator() -> None:
    moved = answer(status="301 Moved Permanently", Location="/new.xml")
    async with loopback(by_path(old=moved, **{"new.xml": answer(GOOD)})) as server, Gateway(policy()) as gateway:
        harvest = await gateway.gather(source(server, "/old"), FRESH, NOW)
    assert harvest.note == f"it has moved for good to {server.url('/new.xml')}; put that into the sources file"


async def test_failures_are_errors_of_the_source_and_others_go_on() -> None:
    answers = {
        "good": answer(GOOD),
        "page": answer(b"<html>masuk</html>"),
        "huge": answer(b"", Content_Length="200000000"),
        "bomb": answer(b'<!DOCTYPE a [<!ENTITY b "c">]><rss/>'),
    }
    async with loopback(by_path(**answers)) as server, Gateway(policy()) as gateway:
        paths = ("/good", "/page", "/huge", "/bomb", "/gone", "/good")
        found = await asyncio.gather(
            *(gateway.gather(source(server, path), FRESH, NOW) for path in paths), return_exceptions=True
        )
    statuses = [one.status if isinstance(one, SourceError) else type(one).__name__ for one in found]
    assert statuses == ["Harvest", "html", "too-large", "dtd", "http", "Harvest"]


async def test_a_loopback_source_is_refused_unless_allowed() -> None:
    async with loopback(always(answer(GOOD))) as server, Gateway(policy(allow_networks=())) as gateway:
        with pytest.raises(FetchError) as caught:
            await gateway.gather(source(server), FRESH, NOW)
    assert str(caught.value) == "blocked: not public"
    assert server.connections == 0


async def test_a_gateway_that_was_not_entered_says_so() -> None:
    with pytest.raises(RuntimeError, match="entered first"):
        await Gateway(policy()).gather(Source(id="a", name="A", url="http://127.0.0.1:1/"), FRESH, NOW)


# --- the shared recordings -------------------------------------------------------------------------------------------

recordings = pytest.mark.skipif(not SHARED.is_dir(), reason="the recorded feeds are not on this machine")


def _index() -> dict[str, dict[str, object]]:
    lines = (SHARED / "index.jsonl").read_text(encoding="utf-8").splitlines() if SHARED.is_dir() else []
    return {str(record["file"]): record for record in map(json.loads, lines)}


@recordings
async def test_nearly_every_item_of_the_recorded_feeds_becomes_an_entry() -> None:
    """Over real HTTP and the real child: no error, and at least 99 % of the items that have a title and a link."""
    index = _index()
    bodies = {name: (SHARED / name).read_bytes() for name in index}
    script = by_path(**{name: answer(body) for name, body in bodies.items()})
    async with loopback(script) as server, Gateway(policy()) as gateway:
        looks = [gateway.gather(source(server, f"/{name}"), FRESH, NOW) for name in index]
        harvests = dict(zip(index, await asyncio.gather(*looks), strict=True))
    items = sum(int(str(record["items"])) for record in index.values())
    entries = [entry for harvest in harvests.values() for entry in harvest.entries]
    assert len(entries) >= 0.99 * items
    assert items == len(entries) + sum(len(harvest.refused) for harvest in harvests.values())
    for entry in entries:
        assert not re.search(
            r"&(?:amp|nbsp|lt|#\d+);|<(?:img|p|br|a)\b|[\u200b\u202e\x00-\x09]", entry.title + entry.summary
        ), entry
        assert entry.published is not None
        assert entry.published <= NOW
        assert canonical_url(canonical_url(entry.url)) == canonical_url(entry.url)


@recordings
async def test_no_lead_of_an_outlet_is_left_in_the_recorded_summaries() -> None:
    names = [name for name in _index() if re.match(r"rebuilt-(republika|jpnn|antara)", name)]
    script = by_path(**{name: answer((SHARED / name).read_bytes()) for name in names})
    async with loopback(script) as server, Gateway(policy()) as gateway:
        for name in names:
            for entry in (await gateway.gather(source(server, f"/{name}"), FRESH, NOW)).entries:
                assert not re.match(r"(?:REPUBLIKA|JPNN|\w+\.jpnn|ANTARA|Jakarta \()", entry.summary), entry


def test_parse_errors_and_fetch_errors_are_told_apart() -> None:
    assert not issubclass(ParseError, FetchError)
    assert not issubclass(FetchError, ParseError)
