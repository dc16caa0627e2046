"""The samples of the web console: every kind of message in every language, as the desks make them, over real HTTP."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.render import to_telegram
from bot.render.catalogues import LANGUAGES
from bot.render.post import fits
from bot.samples import Group, sample_messages
from bot.threads import StoreThreads
from bot.web import Console, build_app, open_socket, serve
from bot.wiring import card_summary, samples_by
from newsdesk.ports import Store
from newsdesk.sources import SourceBook
from storage import open_store
from tests.doubles.newsroom import NOW
from tests.newdb import lay_database
from tests.torture.texts_kinds import faults, shown_as

EXPECTED = {"channel": 10, "chat": 20, "own": 11, "orders": 12, "notices": 17}
TOKEN = "a-long-token-for-the-console"


def quick_store(url: str) -> Store:
    """A new store whose tables are copied."""
    lay_database(Path(url.removeprefix("sqlite:///")).parent, Path(url).name)
    return open_store(url)


@pytest.fixture(scope="module")
def groups() -> dict[str, list[Group]]:
    """All samples by language."""

    async def all_of_them() -> dict[str, list[Group]]:
        return {language: await sample_messages(language, quick_store, card_summary) for language in LANGUAGES}

    return asyncio.run(all_of_them())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_message_is_there_and_can_be_sent(groups: dict[str, list[Group]], language: str) -> None:
    """Telegram takes each and shows what its tree says; none stands for another's place."""
    assert {group.name: len(group.samples) for group in groups[language]} == EXPECTED
    for group in groups[language]:
        for sample in group.samples:
            assert fits(sample.tree), sample.kind
            assert faults(shown_as(sample.kind, sample.tree)) == []


@pytest.mark.parametrize(
    ("group", "number", "words"),
    [
        ("channel", 4, ("diperbarui 18.00 WIB", "Juga di: ", "(+1)")),
        ("channel", 3, ("<blockquote expandable>",)),
        ("channel", 5, ("Terkait: ",)),
        ("channel", 7, ("📰 <b>", "Beberapa topik", "🇲🇾")),
        ("channel", 9, ("Sepekan", "https://t.me/c/1234567890/41", "5 media")),
        ("chat", 3, ("Mungkin maksud Anda",)),
        ("chat", 5, ("“film animasi”", "Korea Selatan")),
        ("own", 0, ("Untuk peringatan Anda: film jepang",)),
        ("orders", 0, ("1 dari 4 sumber bermasalah", "harian-nusa: timeout", "Dibisukan")),
        ("orders", 8, ("Tarik kembali “Tiga negara", "dari 1 percakapan pribadi")),
        ("orders", 10, ("the connection broke",)),
    ],
)
def test_the_samples_show_what_they_are_for(
    groups: dict[str, list[Group]], group: str, number: int, words: tuple[str, ...]
) -> None:
    """A sample that lost its point would show nobody what to look at."""
    [found] = [one for one in groups["id"] if one.name == group]
    html = to_telegram(found.samples[number].tree).html
    for word in words:
        assert word in html.replace("<b>📰 ", "📰 <b>"), html


@pytest.fixture(params=[None, TOKEN])
async def base(request: pytest.FixtureRequest, store: Store) -> AsyncIterator[str]:
    """The console, open and locked."""
    async with StoreThreads(store) as threads:
        book = SourceBook(sources=())
        console = Console(
            store=threads, book=lambda: book, clock=lambda: NOW, token=request.param, samples=samples_by(quick_store)
        )
        listening = open_socket("127.0.0.1", 0, request.param)
        stop = asyncio.Event()
        running = asyncio.create_task(serve(build_app(console), listening, stop))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}" + ("|locked" if request.param else "")
        stop.set()
        await asyncio.wait_for(running, 5)


async def test_the_page_stands_behind_the_guard_in_each_language_and_theme(base: str) -> None:
    """Without the token it is not shown; odd values of the address are the usual ones."""
    address, _, locked = base.partition("|")
    async with aiohttp.ClientSession() as client:
        if locked:
            async with client.get(f"{address}/samples", allow_redirects=False) as answer:
                assert answer.status in (303, 401)
        headers = {"Authorization": f"Bearer {TOKEN}"} if locked else {}
        pages = {}
        for query in ("?language=en&theme=dark", "?language=xx&theme=%22%3E"):
            async with client.get(f"{address}/samples{query}", headers=headers) as answer:
                assert answer.status == 200
                pages[query] = await answer.text()
        async with client.get(f"{address}/sources", headers=headers) as answer:
            assert 'href="/samples"' in await answer.text()
    for page in pages.values():
        assert len(re.findall("data-kind=", page)) == sum(EXPECTED.values())
    assert '<html lang="en" data-theme="dark">' in pages["?language=en&theme=dark"]
    assert "Also at: " in pages["?language=en&theme=dark"]
    assert '<html lang="id">' in pages["?language=xx&theme=%22%3E"]


async def test_without_samples_there_is_no_page(store: Store) -> None:
    """And no link to it."""
    async with StoreThreads(store) as threads:
        console = Console(store=threads, book=lambda: SourceBook(sources=()), clock=lambda: NOW)
        listening = open_socket("127.0.0.1", 0, None)
        stop = asyncio.Event()
        running = asyncio.create_task(serve(build_app(console), listening, stop))
        async with aiohttp.ClientSession(f"http://127.0.0.1:{listening.getsockname()[1]}") as client:
            async with client.get("/samples") as answer:
                assert answer.status == 404
            async with client.get("/sources") as answer:
                assert "/samples" not in await answer.text()
        stop.set()
        await asyncio.wait_for(running, 5)
