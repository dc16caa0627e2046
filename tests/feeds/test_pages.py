"""Articles' own pages: robots.txt obeyed, one after another with a pause, read in a child, without their furniture."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from feeds.fetch import Fetcher
from feeds.pages import PAUSE, PageReader
from feeds.parse import Readers
from feeds.robots import Robots
from tests.feeds.loopback import Loopback, answer, by_path, loopback, policy

NOW = datetime(2026, 2, 7, 12, tzinfo=UTC)
PARAGRAPHS = [
    f"Paragraf ke-{number}: rumah produksi di Bandung dan studio di Busan menyiapkan film animasi bersama tahun ini."
    for number in range(1, 7)
]
PAGE = (
    "<html><head><title>Judul</title></head><body><nav><a href=/>Beranda</a><a href=/pop>Populer</a></nav>"
    "<article><h1>Judul berita</h1>" + "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS) + "</article>"
    "<aside><h3>Populer</h3><ul><li><a href=/x>Film Porno di Pura</a></li><li><a href=/y>AI Gemini baru</a></li></ul>"
    "</aside><footer>Hak cipta</footer></body></html>"
).encode()
HTML = {"Content_Type": "text/html; charset=utf-8"}


def robots(text: str) -> bytes:
    return answer(text.encode(), Content_Type="text/plain")


def page(body: bytes = PAGE) -> bytes:
    return answer(body, **HTML)


@asynccontextmanager
async def reader(pauses: list[float] | None = None) -> AsyncIterator[PageReader]:
    async def sleep(seconds: float) -> None:
        if pauses is not None:
            pauses.append(seconds)

    limits = policy()
    async with Fetcher(limits) as fetcher, Readers(limits.reading) as readers:
        yield PageReader(fetcher, readers, sleep=sleep)


def asked(served: Loopback) -> list[str]:
    return [request.path for request in served.requests]


async def test_a_page_is_read_without_its_furniture() -> None:
    """The paragraphs come whole; menu, sidebar and footer do not."""
    answers = by_path(**{"robots.txt": robots("User-agent: *\nAllow: /"), "a": page()})
    async with loopback(answers) as served, reader() as pages:
        look = await pages.look(served.url("/a"), NOW)
    assert look.status == "read"
    assert [line for line in look.text.splitlines() if line.startswith("Paragraf")] == PARAGRAPHS
    assert "Porno" not in look.text
    assert "Gemini" not in look.text


@pytest.mark.parametrize(
    ("rules", "status"),
    [
        (robots("User-agent: *\nDisallow: /a"), "robots"),
        (robots("User-agent: LintasLayar\nDisallow: /"), "robots"),
        (robots("User-agent: GPTBot\nDisallow: /"), "read"),
        (robots("User-agent: *\nDisallow: /b"), "read"),
        (answer(status="404 Not Found"), "read"),
        (answer(status="503 Service Unavailable"), "robots"),
        (answer(status="403 Forbidden"), "robots"),
    ],
)
async def test_robots_are_obeyed(rules: bytes, status: str) -> None:
    """What is not allowed is not even asked for; a host whose rules cannot be read allows nothing for now."""
    async with loopback(by_path(**{"robots.txt": rules, "a": page()})) as served:
        async with reader() as pages:
            look = await pages.look(served.url("/a"), NOW)
        assert look.status == status
        assert ("/a" in asked(served)) is (status == "read")


async def test_robots_are_asked_once_a_day() -> None:
    async with loopback(by_path(**{"robots.txt": robots("User-agent: *\nDisallow: /x")})) as served:
        async with Fetcher(policy()) as fetcher:
            rules = Robots(fetcher)
            for hours in (0, 1, 23):
                assert await rules.refusal(served.url("/x"), NOW + timedelta(hours=hours))
                assert not await rules.refusal(served.url("/y"), NOW + timedelta(hours=hours))
            assert asked(served) == ["/robots.txt"]
            await rules.refusal(served.url("/x"), NOW + timedelta(hours=25))
        assert asked(served) == ["/robots.txt"] * 2


async def test_pages_of_one_host_come_with_a_pause_between_them() -> None:
    pauses: list[float] = []
    answers = by_path(**{"robots.txt": robots(""), "a": page(), "b": page()})
    async with loopback(answers) as served, reader(pauses) as pages:
        for path in ("/a", "/b", "/a"):
            assert (await pages.look(served.url(path), NOW)).read
    assert pauses == [PAUSE, PAUSE]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (answer(status="404 Not Found"), "http"),
        (answer(b"%PDF-1.7", Content_Type="application/pdf"), "not-a-page"),
        (page(b"<html><body></body></html>"), "no-text"),
        (page(b"<div>" * 200_000), None),
    ],
)
async def test_what_is_no_page_is_a_value_and_not_an_error(body: bytes, status: str | None) -> None:
    async with loopback(by_path(**{"robots.txt": robots(""), "a": body})) as served, reader() as pages:
        look = await pages.look(served.url("/a"), NOW)
        good = await pages.look(served.url("/a"), NOW)
    assert not look.read
    assert status is None or look.status == status
    assert good.status == look.status
