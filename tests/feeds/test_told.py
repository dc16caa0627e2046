"""What an operator hears of a source that moved or was taken away: once, and from a real poll into a real database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.poll import Poller
from bot.threads import StoreThreads
from bot.wiring import desk_for
from feeds.gateway import Gateway
from newsdesk.errors import FetchError
from newsdesk.schedule import after_failure, is_due
from newsdesk.sources import Source, SourceBook, SourceState
from storage import open_store
from tests.feeds.loopback import Request, answer, by_path, loopback, policy

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
GOOD = (
    b"<rss><channel><title>c</title><item><title>Judul</title><link>https://a.example/1</link></item></channel></rss>"
)
MOVED = answer(status="301 Moved Permanently", Location="/baru")
PASSING = answer(status="302 Found", Location="/baru")
GONE = answer(status="410 Gone")


@pytest.mark.parametrize(
    ("old", "polls", "told"),
    [
        ([MOVED] * 5, ["ok", "unchanged", "unchanged", "unchanged", "unchanged"], ["pindah untuk seterusnya"]),
        ([MOVED, MOVED, PASSING, MOVED, MOVED], ["ok", "unchanged", "unchanged", "unchanged", "unchanged"], []),
        ([GONE, GONE, GONE], ["gone", "gone", "gone"], ["410"]),
        ([GONE, answer(GOOD), GONE], ["gone", "ok", "gone"], ["410", "410"]),
    ],
)
async def test_an_operator_is_told_once(tmp_path: Path, old: list[bytes], polls: list[str], told: list[str]) -> None:
    """The third permanent redirect in a row, and the first 410; the source's address in the file stays."""
    heard: list[str] = []
    now, answers = NOW, {"baru": answer(GOOD)}

    async def tell(notice: str) -> None:
        heard.append(notice)

    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        await by_path(**answers)(request, writer)

    store = open_store(f"sqlite:///{tmp_path / 'news.db'}")
    desk = desk_for(SourceBook(sources=()), live=False)
    async with loopback(script) as server, StoreThreads(store) as threads, Gateway(policy()) as gateway:
        poller = Poller(threads, gateway, gateway.pages, desk, lambda: now, tell=tell)
        source = Source(id="a", name="A", url=server.url("/lama"))
        for said, status in zip(old, polls, strict=True):
            answers["lama"] = said
            assert (await poller.poll(source)).status == status
            now += timedelta(hours=1)
    store.close()
    assert len(heard) == len(told)
    assert all(words in notice for words, notice in zip(told, heard, strict=True))


def test_a_source_that_is_gone_rests_for_most_of_a_day() -> None:
    """And is not taken for one whose clock was set back."""
    source = Source(id="a", name="A", url="https://a.example/", every=timedelta(minutes=1))
    for jitter in (0.0, 0.999):
        state = after_failure(source, SourceState(source="a"), FetchError("gone", "410 Gone"), NOW, jitter=jitter)
        assert state.next_check is not None
        assert not is_due(source, state, NOW + timedelta(hours=17))
        assert is_due(source, state, NOW + timedelta(hours=22))
