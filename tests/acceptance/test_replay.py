"""Six days of real polls, one after another, through the whole pipeline over real HTTP: nothing twice, nothing lost."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from bot.config import load_settings
from bot.config.book import default_routes
from bot.wiring import desk_for, opened
from newsdesk.identity import canonical_url, is_front_page, outlet_id
from newsdesk.sources import Source, SourceBook
from tests.doubles.web import Page, WebDouble
from tests.newdb import lay_database


def as_rss(items: list[dict[str, Any]]) -> bytes:
    rows = "".join(
        f"<item><title>{escape(item['title'])}</title><link>{escape(item['url'])}</link>"
        f"<description>{escape(item['summary'] or '')}</description>"
        f"<pubDate>{escape(item['published'] or '')}</pubDate></item>"
        for item in items
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{rows}</channel></rss>'.encode()


async def test_six_days_of_polls_store_everything_once(tmp_path: Path, web: WebDouble, shared: Path):
    """Every item that a poll showed is kept under its address, and no address or outlet's number is kept twice."""
    polls: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in (shared / "feeds" / "replay.jsonl").read_text("utf-8").splitlines():
        poll = json.loads(line)
        polls[poll["polled"]].append(poll)
    names = sorted({poll["feed"] for group in polls.values() for poll in group})
    sources = {
        name: Source(id=f"s{number}", name=name, url=f"{web.url}/{number}", every=timedelta(minutes=10))
        for number, name in enumerate(names)
    }
    settings = load_settings(
        {"LINTAS_DATABASE": f"sqlite:///{tmp_path}/replay.db", "LINTAS_ALLOW_NETWORKS": "127.0.0.0/8"}
    )
    lay_database(tmp_path, "replay.db")
    now = [datetime(2026, 3, 1, tzinfo=UTC)]
    book = SourceBook(sources=tuple(sources.values()), routes=default_routes())
    shown: dict[str, str] = {}
    async with opened(settings, desk_for(book, live=False), lambda: now[0]) as parts:
        for moment in sorted(polls, key=datetime.fromisoformat):
            now[0] = datetime.fromisoformat(moment).astimezone(UTC)
            for poll in polls[moment]:
                items = [item for item in poll["items"] if item["title"] and item["url"]]
                source = sources[poll["feed"]]
                web.pages["/" + source.url.rsplit("/", 1)[1]] = Page(as_rss(items), validators=False)
                report = await parts.poller.poll(source)
                assert report.status in ("ok", "unchanged"), report
                # Fast windows, outages and edits of six days: none is taken for a mass change of identities.
                assert (report.withheld, report.notice) == (0, ""), report
                if report.status == "ok":
                    assert report.stored + report.changed + report.known == len(items) - len(report.refused), report
                    assert not report.refused
                shown |= {canonical_url(item["url"]): item["title"] for item in items}
        with parts.store.read() as view:
            lost = [url for url in shown if not is_front_page(url) and view.article(url) is None]
            kept = view.counts()["articles"]
            numbers = [outlet_id(url) for url in shown if outlet_id(url)]
    assert len(shown) > 1000
    # An outlet that edits an address keeps the article's number: the old address then leads to the same article.
    moved = {url for url in lost if numbers.count(outlet_id(url)) > 1}
    assert set(lost) == moved
    assert len(moved) < 10
    front_pages = sum(is_front_page(url) for url in shown)
    assert kept >= len(shown) - len(moved) - front_pages
