"""The web console over real HTTP, a real SQLite file behind it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp
import pytest

from bot.deliver import Delivery, deliver_round
from bot.preview import PreviewPublisher
from bot.threads import StoreThreads
from bot.web import Console, build_app, open_socket, serve
from newsdesk.errors import ConfigError
from newsdesk.ports import Store
from newsdesk.routes import PREVIEW, Route, TopicRule
from newsdesk.sources import Source, SourceBook, SourceState
from tests.doubles.newsroom import NOW, TOPICS, add, queue

TOKEN = "a-long-token-for-the-console"
BOOK = SourceBook(
    sources=(
        Source(id="antara", name="ANTARA <b>", url="https://antara.example/rss"),
        Source(id="rusak", name="Rusak", url="https://rusak.example/rss"),
    ),
    routes=(Route(id="highlights", chat=PREVIEW, when=TopicRule(2, TOPICS)),),
)


@dataclass
class Site:
    """The console as a browser reaches it."""

    base: str
    client: aiohttp.ClientSession
    beats: dict[str, datetime]

    async def get(self, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
        async with self.client.get(self.base + path, headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.text(), {name.lower(): value for name, value in answer.headers.items()}


@pytest.fixture
async def threads(store: Store) -> AsyncIterator[StoreThreads]:
    async with StoreThreads(store) as running:
        yield running


@pytest.fixture
def token(request: pytest.FixtureRequest) -> str | None:
    return getattr(request, "param", None)


@pytest.fixture
async def site(threads: StoreThreads, token: str | None) -> AsyncIterator[Site]:
    beats = {"poll": NOW, "deliver": NOW}
    console = Console(
        store=threads,
        book=lambda: BOOK,
        clock=lambda: NOW,
        beats=lambda: beats,
        expected=("poll", "deliver"),
        lag=lambda: 1.5,
        overruns=lambda: {"antara": 3},
        token=token,
    )
    listening = open_socket("127.0.0.1", 0, token)
    stop = asyncio.Event()
    running = asyncio.create_task(serve(build_app(console), listening, stop))
    async with aiohttp.ClientSession() as client:
        yield Site(f"http://127.0.0.1:{listening.getsockname()[1]}", client, beats)
    stop.set()
    await asyncio.wait_for(running, 5)


class _Screen:
    encoding = "utf-8"

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False


async def _preview(threads: StoreThreads) -> str:
    """Deliver what is queued to the preview; returns what the terminal showed."""
    screen = _Screen()
    publisher = PreviewPublisher(screen)  # type: ignore[arg-type]
    delivery = Delivery(
        store=threads,
        publisher_for=lambda _: publisher,
        clock=lambda: NOW,
        settle=timedelta(0),
        summarise=lambda card: card.article.summary,
    )
    await deliver_round(delivery)
    return screen.text


async def test_the_preview_prints_and_the_console_shows_the_same_message(
    store: Store, threads: StoreThreads, site: Site
) -> None:
    """What stands in the terminal stands on the page, escaped, without any pace; what waits is shown below."""
    for number in range(3):
        queue(store, f"Film <script>alert({number})</script> & AI", chat=PREVIEW, source=f"s{number}")
    printed = await _preview(threads)
    assert printed.count("ANTARA · Sabtu 7 Feb 2026") == 3
    assert "preview #3" in printed
    queue(store, "Film yang masih menunggu", chat=PREVIEW, not_before=NOW + timedelta(hours=8))
    status, page, _ = await site.get("/")
    assert status == 200
    assert "<script>" not in page
    assert page.count("Film &lt;script&gt;") == 3
    assert "Akan dikirim (1)" in page
    assert "tidak sebelum Minggu 8 Feb 2026, 02.00 WIB" in page


async def test_an_empty_console_says_so(site: Site) -> None:
    """Nothing sent yet is no error."""
    status, page, _ = await site.get("/?chat=%22%3E%3Cscript%3E")
    assert status == 200
    assert "Belum ada kiriman" in page
    assert "<script>" not in page


async def test_sources_in_trouble_come_first(store: Store, site: Site) -> None:
    """The table judges by the desk's own health rules and escapes names."""
    with store.write() as tx:
        tx.save_source_state(
            SourceState(source="rusak", last_poll=NOW, failures=3, status="timeout", reason="no answer <in> 20 s")
        )
        tx.save_source_state(
            SourceState(source="antara", last_poll=NOW, last_ok=NOW, newest_item=NOW, items=10, status="ok")
        )
    _, page, _ = await site.get("/sources")
    assert page.index("Rusak") < page.index("ANTARA")
    assert "ANTARA &lt;b&gt;" in page
    assert "no answer &lt;in&gt; 20 s (3 times in a row)" in page
    assert "1 dari 2 sumber baik" in page


async def test_healthz_turns_red_with_reasons(site: Site) -> None:
    """Green while ticks come through; red, with 503 and the reason, when one is late or never came.

    Of an hourly tick nothing is expected within minutes.
    """
    site.beats["tidy"] = NOW - timedelta(minutes=59)
    status, body, _ = await site.get("/healthz")
    assert (status, json.loads(body)["status"]) == (200, "ok")
    site.beats["poll"] = NOW - timedelta(minutes=3)
    del site.beats["deliver"]
    status, body, _ = await site.get("/healthz")
    assert status == 503
    assert json.loads(body)["reasons"] == ["deliver: no tick yet", "poll: last tick 180 s ago"]


async def test_metrics_are_in_the_exposition_format(store: Store, site: Site) -> None:
    """Totals, sources by health, ages of ticks, lost turns and the loop's lag."""
    add(store, "Film")
    _, body, headers = await site.get("/metrics")
    assert headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'lintas_total{of="articles"} 1.0' in body
    assert 'lintas_sources{status="new"} 2.0' in body
    assert 'lintas_tick_age_seconds{tick="poll"} 0.0' in body
    assert 'lintas_poll_overruns{source="antara"} 3.0' in body
    assert "lintas_loop_lag_seconds 1.5" in body


@pytest.mark.parametrize("path", ["/", "/sources", "/healthz", "/metrics", "/static/console.css", "/nothing-here"])
async def test_every_answer_has_strict_headers(site: Site, path: str) -> None:
    """No script can run, nothing can frame the page, whatever a title holds."""
    _, _, headers = await site.get(path)
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("host", "status"), [("localhost:1", 200), ("[::1]:1", 200), ("evil.example", 421), ("127.0.0.1.evil.example", 421)]
)
async def test_without_a_token_only_own_names_are_answered(site: Site, host: str, status: int) -> None:
    """A web page whose name resolves to a loopback address learns nothing."""
    assert (await site.get("/", Host=host))[0] == status


@pytest.mark.parametrize("token", [TOKEN], indirect=True)
async def test_a_token_locks_all_but_healthz(site: Site) -> None:
    """Machines send it as a bearer; browsers are asked for it once and keep a cookie that is not the token."""
    assert (await site.get("/metrics"))[0] == 401
    assert (await site.get("/metrics", Authorization="Bearer wrong"))[0] == 401
    assert (await site.get("/metrics", Authorization=f"Bearer {TOKEN}"))[0] == 200
    assert (await site.get("/healthz"))[0] == 200
    status, _, headers = await site.get("/", Accept="text/html")
    assert (status, headers["location"]) == (303, "/login")
    async with site.client.post(f"{site.base}/login", data={"token": "wrong"}) as answer:
        assert answer.status == 403
    async with site.client.post(f"{site.base}/login", data={"token": TOKEN}, allow_redirects=False) as answer:
        assert answer.status == 303
        cookie = answer.headers["set-cookie"]
    assert TOKEN not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert (await site.get("/", Cookie=cookie.split(";")[0]))[0] == 200


@pytest.mark.parametrize(
    ("listen", "told"),
    [
        (
            lambda taken: ("0.0.0.0", 0),
            "LINTAS_WEB: the console at 0.0.0.0 would be open to everybody; set LINTAS_WEB_TOKEN",
        ),
        (lambda taken: ("127.0.0.1", taken), "cannot listen at 127.0.0.1"),
        (lambda taken: ("nowhere.invalid", 1), "would be open to everybody"),
    ],
)
def test_an_address_that_cannot_be_used_is_told_plainly(listen: Callable[[int], tuple[str, int]], told: str) -> None:
    """Open to others without a token, or taken: one line that says what to write."""
    taken = open_socket("127.0.0.1", 0, None)
    with pytest.raises(ConfigError, match=told):
        open_socket(*listen(taken.getsockname()[1]), None)
    taken.close()
