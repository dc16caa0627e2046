"""Articles' own pages: robots.txt obeyed, one after another with a pause, read in a child, without their furniture."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from feeds.fetch import Fetcher
from feeds.pages import LONGEST_PAUSE, PAGE_BYTES, PAUSE, PageReader
from feeds.parse import Readers
from feeds.policy import ReadLimits
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
async def reader(pauses: list[float] | None = None, **limits: int) -> AsyncIterator[PageReader]:
    async def sleep(seconds: float) -> None:
        if pauses is not None:
            pauses.append(seconds)

    async with Fetcher(policy()) as fetcher, Readers(ReadLimits(**limits)) as readers:
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
        (robots("\ufeffUser-agent: *\nDisallow: /"), "robots"),
        (robots("User-agent: *\nDisallow: /\n\nUser-agent: LintasLayar\nAllow: /"), "read"),
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
                assert (await rules.leave(served.url("/x"), NOW + timedelta(hours=hours))).refusal
                assert not (await rules.leave(served.url("/y"), NOW + timedelta(hours=hours))).refusal
            assert asked(served) == ["/robots.txt"]
            await rules.leave(served.url("/x"), NOW + timedelta(hours=25))
        assert asked(served) == ["/robots.txt"] * 2


async def test_pages_of_one_host_come_with_a_pause_between_them() -> None:
    pauses: list[float] = []
    answers = by_path(**{"robots.txt": robots(""), "a": page(), "b": page()})
    async with loopback(answers) as served, reader(pauses) as pages:
        for path in ("/a", "/b", "/a"):
            assert (await pages.look(served.url(path), NOW)).read
    assert pauses == [PAUSE, PAUSE]


async def test_a_host_may_ask_for_a_longer_pause_but_not_for_any() -> None:
    pauses: list[float] = []
    rules = robots("User-agent: *\nCrawl-delay: 7")
    async with loopback(by_path(**{"robots.txt": rules, "a": page()})) as served, reader(pauses) as pages:
        assert [(await pages.look(served.url("/a"), NOW)).status for _ in range(3)] == ["read"] * 3
    assert pauses == [7.0, 7.0]
    rules = robots(f"User-agent: *\nCrawl-delay: {LONGEST_PAUSE + 1}")
    async with loopback(by_path(**{"robots.txt": rules, "a": page()})) as served, reader() as pages:
        assert (await pages.look(served.url("/a"), NOW)).status == "robots"
        assert asked(served) == ["/robots.txt"]


async def test_a_host_that_asks_for_a_rest_gets_it() -> None:
    """Neither the page nor another of the host is asked for before the time is up."""
    busy = answer(status="429 Too Many Requests", Retry_After="600")
    async with loopback(by_path(**{"robots.txt": robots(""), "a": busy, "b": page()})) as served, reader() as pages:
        looks = [
            await pages.look(served.url(path), NOW + timedelta(minutes=minutes))
            for path, minutes in (("/a", 0), ("/b", 5), ("/b", 11))
        ]
        assert [look.status for look in looks] == ["http", "resting", "read"]
        assert asked(served) == ["/robots.txt", "/a", "/b"]


async def test_a_redirect_leads_only_where_robots_allow() -> None:
    """On the same host and on another one, which is asked for its own rules."""
    async with loopback(by_path(**{"robots.txt": robots("User-agent: *\nDisallow: /"), "c": page()})) as other:
        elsewhere = answer(status="302 Found", Location=other.url("/c"))
        answers = {
            "robots.txt": robots("User-agent: *\nDisallow: /private"),
            "a": answer(status="301 Moved Permanently", Location="/private/a"),
            "private/a": page(),
            "b": elsewhere,
            "d": answer(status="302 Found", Location="/e"),
            "e": page(),
        }
        async with loopback(by_path(**answers)) as served, reader() as pages:
            looks = [await pages.look(served.url(path), NOW) for path in ("/a", "/b", "/d")]
            assert [look.status for look in looks] == ["robots", "robots", "read"]
            assert asked(served) == ["/robots.txt", "/a", "/b", "/d", "/e"]
            assert asked(other) == ["/robots.txt"]


async def test_robots_judge_the_address_that_is_really_asked() -> None:
    """Dots in a path are resolved before it is asked for."""
    answers = by_path(**{"robots.txt": robots("User-agent: *\nDisallow: /private"), "private/a": page()})
    async with loopback(answers) as served, reader() as pages:
        assert (await pages.look(served.url("/open/../private/a"), NOW)).status == "robots"
        assert asked(served) == ["/robots.txt"]


async def test_rules_of_many_hosts_take_little_memory() -> None:
    """Half a megabyte each: the oldest are forgotten and asked for again."""
    long = robots("User-agent: *\nDisallow: /x\n" + "# nothing\n" * 60_000)
    async with AsyncExitStack() as stack:
        hosts = [await stack.enter_async_context(loopback(by_path(**{"robots.txt": long}))) for _ in range(9)]
        rules = Robots(await stack.enter_async_context(Fetcher(policy())))
        for host in (*hosts, hosts[0], hosts[8]):
            assert (await rules.leave(host.url("/x"), NOW)).refusal
        assert [len(host.requests) for host in hosts] == [2, *[1] * 8]


async def test_a_page_is_asked_for_as_a_page() -> None:
    """Servers that choose by Accept do not give the feed again."""
    async with loopback(by_path(**{"robots.txt": robots(""), "a": page()})) as served, reader() as pages:
        await pages.look(served.url("/a"), NOW)
        accepts = [request.headers["accept"].partition(",")[0] for request in served.requests]
        assert accepts == ["text/plain", "text/html"]
        assert {request.headers["user-agent"].partition("/")[0] for request in served.requests} == {"LintasLayar"}


HEAVY = b"<html><body>" + b"<div class='a b c'><p>teks teks</p></div>" * 40_000 + b"</body></html>"


async def test_a_page_that_takes_too_long_is_given_up_and_the_next_one_is_read() -> None:
    """A page made to be slow costs one process, which is killed; nothing else notices."""
    answers = by_path(**{"robots.txt": robots(""), "a": page(HEAVY), "b": page()})
    async with loopback(answers) as served, reader(cpu_seconds=1, children=1) as pages:
        assert (await pages.look(served.url("/a"), NOW)).status == "parse-timeout"
        assert (await pages.look(served.url("/b"), NOW)).read


def packed(body: bytes) -> bytes:
    return answer(gzip.compress(body), Content_Encoding="gzip", **HTML)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (page(PAGE + b" " * PAGE_BYTES), "too-large"),
        (packed(PAGE + b" " * PAGE_BYTES), "too-large"),
        (packed(PAGE + b" " * (PAGE_BYTES - len(PAGE))), "read"),
        (answer(status="302 Found", Location="/"), "not-a-page"),
    ],
)
async def test_a_page_is_of_a_pages_size_and_not_the_front_page(body: bytes, status: str) -> None:
    """Where a story was taken down, outlets lead to their front page: its teasers are of other stories."""
    async with loopback(by_path(**{"robots.txt": robots(""), "a": body, "": page()})) as served, reader() as pages:
        assert (await pages.look(served.url("/a"), NOW)).status == status


async def test_an_address_that_is_none_is_a_value_too() -> None:
    async with reader() as pages:
        assert [(await pages.look(url, NOW)).status for url in ("http://[::1", "ftp://a.example/x", "")] == [
            "blocked",
            "robots",
            "robots",
        ]


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
