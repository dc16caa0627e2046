"""Two-stage judging, in one process: real HTTP on loopback, a real store, the shipped rules."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.intake import Desk
from bot.poll import Poller
from bot.threads import StoreThreads
from bot.wiring import compile_rules
from feeds.fetch import Fetcher
from feeds.gateway import Gateway
from feeds.pages import PageReader
from feeds.parse import Readers
from newsdesk.candidates import PAGES_PER_POLL
from newsdesk.ports import PAGE_KEPT, ArticleTrace
from newsdesk.sources import PageText, Source
from storage import open_store
from tests.doubles.web import Page, WebDouble
from tests.feeds.loopback import policy

NOW = datetime(2026, 2, 7, 12, tzinfo=UTC)
TITLE = "Film animasi Si Kancil tayang di bioskop"
LINES = "Film animasi Si Kancil tayang di bioskop pekan depan."
PLAIN = (
    "<p>Film animasi Si Kancil produksi rumah produksi Bandung tayang di bioskop mulai pekan depan di seluruh kota.</p>"
    "<p>Sutradara mengatakan film itu dibuat selama dua tahun oleh seratus animator muda dari berbagai daerah.</p>"
)
COPRODUCED = (
    "<p>Film itu hasil kerja sama produksi rumah produksi Indonesia dengan studio asal Korea Selatan, yang "
    "ditandatangani di Busan tahun lalu.</p><p>Kedua pihak menyiapkan tiga film lagi untuk penonton dua negara.</p>"
)
OTHERS = (
    "<p>Baca juga: Rumah produksi Indonesia dan studio Korea Selatan teken kerja sama produksi film</p>"
    "<p>BACA JUGA: <a href=/z>Indonesia dan Tiongkok teken MoU kecerdasan buatan</a></p>"
)
SIDEBAR = (
    "<aside class=sidebar><h3>Terpopuler</h3><ul><li><a href=/x>Film Porno di Pura</a></li><li><a href=/y>Rumah "
    "produksi Indonesia dan studio Korea Selatan teken kerja sama kecerdasan buatan</a></li></ul></aside>"
)


def page(*parts: str, aside: str = "") -> Page:
    """An article's page with these paragraphs."""
    body = f"<html><body><nav><a href=/>Beranda</a></nav><article><h1>{TITLE}</h1>{''.join(parts)}</article>{aside}"
    return Page(f"{body}<footer>Hak cipta</footer></body></html>".encode(), "text/html; charset=utf-8")


@dataclass
class Room:
    """A poller with everything real but the pauses between two pages."""

    poller: Poller
    threads: StoreThreads
    web: WebDouble
    source: Source
    now: datetime = NOW

    def feed(self, *items: tuple[str, str, str], at: datetime = NOW - timedelta(hours=1)) -> None:
        """What the source gives from now on: (path, title, description)."""
        rows = "".join(
            f"<item><title>{title}</title><link>{self.web.url}{path}</link><description>{text}</description>"
            f"<pubDate>{at:%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>"
            for path, title, text in items
        )
        self.web.pages["/rss"] = Page(f'<rss version="2.0"><channel><title>x</title>{rows}</channel></rss>'.encode())

    async def poll(self, **source: PageText) -> None:
        report = await self.poller.poll(replace(self.source, **source))
        assert report.status in ("ok", "unchanged"), report.reason

    async def trace(self, path: str) -> ArticleTrace:
        def read(view):
            return view.trace(view.article(f"{self.web.url}{path}").id)

        return await self.threads.read(read)

    async def matched(self, path: str) -> tuple[str, ...]:
        return (await self.trace(path)).verdicts.matched


async def no_pause(seconds: float) -> None:
    await asyncio.sleep(0)


@asynccontextmanager
async def newsroom(folder: Path) -> AsyncIterator[Room]:
    store = open_store(f"sqlite:///{folder}/lintas.db")
    limits = policy()
    with WebDouble({"/robots.txt": Page(b"User-agent: *\nAllow: /", "text/plain")}) as web:
        async with (
            StoreThreads(store) as threads,
            Gateway(limits) as gateway,
            Fetcher(limits) as fetcher,
            Readers(limits.reading) as readers,
        ):
            source = Source(id="outlet", name="Outlet", url=f"{web.url}/rss", page_text=PageText.JUDGE)
            pages = PageReader(fetcher, readers, sleep=no_pause)
            poller = Poller(threads, gateway, pages, Desk(compile_rules({}), ()), lambda: room.now, lambda: 0.5)
            room = Room(poller, threads, web, source)
            yield room
    store.close()


@pytest.mark.parametrize(
    ("shown", "topics"),
    [
        (page(PLAIN), ("film",)),
        (page(PLAIN, COPRODUCED), ("film", "collaboration")),
        (page(PLAIN, OTHERS), ("film",)),
        (page(PLAIN, aside=SIDEBAR), ("film",)),
        (page(OTHERS, PLAIN, OTHERS, aside=SIDEBAR), ("film",)),
        (page(PLAIN, OTHERS, COPRODUCED, aside=SIDEBAR), ("film", "collaboration")),
        (Page(b"gone", "text/html", 404, validators=False), ("film",)),
    ],
)
async def test_a_page_says_what_its_own_story_says(tmp_path: Path, shown: Page, topics: tuple[str, ...]) -> None:
    """What it tells of other stories, in its paragraphs and beside them, is no evidence."""
    async with newsroom(tmp_path) as room:
        room.feed(("/kancil", TITLE, LINES))
        room.web.pages["/kancil"] = shown
        await room.poll()
        trace = await room.trace("/kancil")
        assert room.web.asked["/kancil"] == 1
    assert trace.verdicts.matched == topics
    assert (trace.article.summary, trace.article.body) == (LINES, "")
    seen = " ".join(proof.text for verdict in trace.verdicts.by_topic.values() for proof in verdict.evidence)
    assert "Porno" not in seen
    assert "Tiongkok" not in seen


async def test_few_pages_are_asked_for_and_each_once(tmp_path: Path) -> None:
    """At most so many a poll; what is known, far from every topic, or too old to be posted is not asked about."""
    films = [(f"/film-{n}", f"Film horor ke-{n} tayang di bioskop", f"Film horor ke-{n} itu dibuka.") for n in range(9)]
    async with newsroom(tmp_path) as room:
        room.web.pages |= {path: page(PLAIN) for path, _, _ in films}
        room.feed(*films, ("/cabai", "Harga cabai naik", "Pedagang mengeluh."))
        await room.poll()
        asked = [path for path, _, _ in films if room.web.asked[path]]
        assert len(asked) == PAGES_PER_POLL
        room.feed(*films, ("/cabai", "Harga cabai naik", "Pedagang mengeluh."), ("/baru", "Kabar lain", "Lain."))
        await room.poll()
        room.feed(("/lama", "Film horor lama tayang di bioskop", "Film lama."), at=NOW - timedelta(days=5))
        await room.poll()
        assert [path for path, _, _ in films if room.web.asked[path]] == asked
        assert max(room.web.asked[path] for path, _, _ in films) == 1
        assert not room.web.asked["/cabai"]
        assert not room.web.asked["/lama"]


async def test_an_edit_does_not_take_back_what_the_page_showed(tmp_path: Path) -> None:
    """The headline is corrected when the page cannot be had: the text that was read still counts."""
    async with newsroom(tmp_path) as room:
        room.feed(("/kancil", TITLE, LINES))
        room.web.pages["/kancil"] = page(PLAIN, COPRODUCED)
        await room.poll()
        assert await room.matched("/kancil") == ("film", "collaboration")
        room.web.pages["/kancil"] = Page(b"busy", "text/html", 500, validators=False)
        room.feed(("/kancil", "Film animasi Si Kancil segera tayang di bioskop Indonesia", LINES))
        await room.poll()
        trace = await room.trace("/kancil")
        assert trace.article.revised is not None
        assert trace.verdicts.matched == ("film", "collaboration")
        assert trace.page is not None
        assert trace.page.read


async def test_without_leave_a_page_that_was_read_counts_no_more(tmp_path: Path) -> None:
    """The operator takes the right back: the next verdict is the feed's, and nothing is asked for."""
    async with newsroom(tmp_path) as room:
        room.feed(("/kancil", TITLE, LINES))
        room.web.pages["/kancil"] = page(PLAIN, COPRODUCED)
        await room.poll()
        room.feed(("/kancil", "Film animasi Si Kancil segera tayang di bioskop Indonesia", LINES))
        await room.poll(page_text=PageText.NEVER)
        trace = await room.trace("/kancil")
        assert trace.verdicts.matched == ("film",)
        assert trace.page is not None
        assert (trace.page.status, trace.page.text) == ("set aside", "")
        assert room.web.asked["/kancil"] == 1


async def test_a_pages_text_is_gone_after_a_month(tmp_path: Path) -> None:
    """Any later look at the source lets go of it, whether it asks for pages or not."""
    async with newsroom(tmp_path) as room:
        room.feed(("/kancil", TITLE, LINES))
        room.web.pages["/kancil"] = page(PLAIN, COPRODUCED)
        await room.poll()
        texts = []
        for after in (timedelta(), PAGE_KEPT - timedelta(hours=1), PAGE_KEPT + timedelta(hours=1)):
            room.now = NOW + after
            await room.poll()
            look = (await room.trace("/kancil")).page
            assert look is not None
            assert look.status == "read"
            texts.append(bool(look.text))
        assert texts == [True, True, False]
        assert await room.matched("/kancil") == ("film", "collaboration")
