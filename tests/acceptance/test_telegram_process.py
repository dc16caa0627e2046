"""The program itself, as a process of its own: a feed and a Bot API double on loopback, judged by what the double took."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.doubles.botapi import CHANNEL, OPERATORS, TOKEN, BotApiDouble
from tests.doubles.web import Page, WebDouble
from tests.newdb import lay_database

NOW = datetime.now(UTC)
PERSON = 77_712_345_678
SOURCES = """
sources:
  - id: uji
    name: Media Uji
    url: {feed}
    every: 1m
routes:
  - id: highlights
    chat: {channel}
    when: at least 2 of [film, ai, collaboration]
"""
TITLES = (
    "Sutradara film Indonesia memakai kecerdasan buatan untuk film panjang terbarunya",
    "Film animasi karya studio Bandung dibuat dengan kecerdasan buatan dan tayang di bioskop",
)


def _feed(titles: tuple[str, ...]) -> bytes:
    items = "".join(
        f"<item><title>{title}</title><link>https://uji.example/berita/{number}-{title.split()[0].lower()}</link>"
        f"<description>{title}. Produksi film itu memakai teknologi kecerdasan buatan (AI).</description>"
        f"<pubDate>{format_datetime(NOW - timedelta(hours=1, minutes=number))}</pubDate></item>"
        for number, title in enumerate(titles, start=4001)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Uji</title>{items}</channel></rss>'.encode()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with WebDouble({"/feed": Page(_feed(TITLES))}) as feed:
        (tmp_path / "sources.yaml").write_text(SOURCES.format(feed=f"{feed.url}/feed", channel=CHANNEL))
        lay_database(tmp_path)
        yield tmp_path


async def _start(folder: Path, api: BotApiDouble, *arguments: str, **settings: str) -> asyncio.subprocess.Process:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LINTAS_")}
    environment |= {
        "LINTAS_TELEGRAM_TOKEN": TOKEN,
        "LINTAS_TELEGRAM_API": api.base,
        "LINTAS_OPERATORS_CHAT": str(OPERATORS),
        "LINTAS_ALLOW_NETWORKS": "127.0.0.0/8",
        "LINTAS_SETTLE": "0",
        "LINTAS_WEB": "off",
        **{f"LINTAS_{name}": value for name, value in settings.items()},
    }
    program = Path(sys.executable).with_name("lintas")
    return await asyncio.create_subprocess_exec(
        program, *arguments, cwd=folder, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )


async def _once(folder: Path, api: BotApiDouble, **settings: str) -> tuple[int | None, str]:
    process = await _start(folder, api, "run", "--once", "--json", **settings)
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert TOKEN not in (out + err).decode()
    assert b"Traceback" not in err
    return process.returncode, out.decode()


@pytest.mark.parametrize("fault", [None, "drop", "close"])
async def test_one_round_posts_each_story_once_whatever_becomes_of_the_first_reply(
    folder: Path, api: BotApiDouble, fault: str | None
) -> None:
    """Also when the very first answer is lost; a second round posts nothing."""
    if fault is not None:
        api.fault("sendMessage", fault)
    code, out = await _once(folder, api)
    assert code == 0, out
    assert out.splitlines()[-1] == '{"queued": 2, "sent": 2, "held": 0, "failed": 0}'
    headlines = sorted(text.splitlines()[0] for text in api.texts())
    assert headlines == sorted(TITLES)
    assert api.violations == []
    if fault is None:
        code, out = await _once(folder, api)
        assert (code, out.splitlines()[-1]) == (0, '{"queued": 0, "sent": 0, "held": 0, "failed": 0}')
        assert len(api.texts()) == 2


async def test_a_refused_token_ends_with_its_own_exit_code(folder: Path, api: BotApiDouble) -> None:
    """Exit 4 and one line that says what to check."""
    code, _ = await _once(folder, api, TELEGRAM_TOKEN="7654321:AAEanother-token-that-is-not-known-0000")
    assert code == 4


async def test_an_address_that_knows_no_such_bot_ends_a_start_at_once(folder: Path, api: BotApiDouble) -> None:
    """404 in Telegram's own words is a token of a wrong shape: exit 4 after one question, nothing posted, no loop."""
    api.fault("getMe", "error", code=404, description="Not Found", times=100)
    process = await _start(folder, api, "run")
    _, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 4, err
    assert b"check LINTAS_TELEGRAM_TOKEN" in err
    assert b"Traceback" not in err
    assert [method for method, _, _ in api.calls] == ["getMe"]


async def test_posts_have_deep_links_although_telegram_was_away_at_the_start(folder: Path, api: BotApiDouble) -> None:
    """The service asks for its name again."""
    api.fault("getMe", "error", code=502, description="Bad Gateway")
    process = await _start(folder, api, "run", "--roles", "poll,deliver")
    await api.until(lambda: len(api.texts()) == 2, timeout=30)
    rows = [message["reply_markup"]["inline_keyboard"][0] for message in api.accepted]
    assert all("https://t.me/lintas_layar_bot?start=why_" in row[-1]["url"] for row in rows)
    process.send_signal(signal.SIGTERM)
    await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0


async def test_a_person_saves_a_search_gets_its_news_and_is_forgotten(folder: Path, api: BotApiDouble) -> None:
    """Through the program as it is put together: over a restart, by the real feed; nothing of it is left in its files."""
    process = await _start(folder, api, "run", "--roles", "commands", LOG="json")
    await api.message("/alert rahasia = animasi OR zamrud", user=PERSON)
    assert "Disimpan: “rahasia”" in (await api.said(chat=PERSON))[0]["text"]
    await api.message("/subscribe film", user=PERSON)
    await api.said(2, chat=PERSON)
    process.send_signal(signal.SIGTERM)
    first = (await asyncio.wait_for(process.communicate(), 20))[1]
    process = await _start(folder, api, "run", LOG="json")
    arrived = (await api.said(4, chat=PERSON))[2:]
    heads = sorted(message["text"].splitlines()[0] for message in arrived)
    assert heads == ["🔔 Untuk peringatan Anda: Film", "🔔 Untuk peringatan Anda: rahasia, Film"]
    await api.until(lambda: len(api.texts()) == 2, timeout=30)
    await api.message("/forget", user=PERSON)
    asked = (await api.said(5, chat=PERSON))[-1]
    await api.press(asked, asked["reply_markup"]["inline_keyboard"][0][0]["callback_data"], user=PERSON)
    await api.until(lambda: "sudah dihapus" in asked["text"])
    traces = (str(PERSON).encode(), PERSON.to_bytes(6, "big"), b"zamrud", b"rahasia")
    left = [(path.name, trace) for path in (folder / "var").iterdir() for trace in traces if trace in path.read_bytes()]
    assert left == []
    process.send_signal(signal.SIGTERM)
    out, second = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0, second.decode()
    assert not any(trace in first + out + second for trace in traces)
    assert b"Traceback" not in first + second
    assert api.violations == []


async def test_the_service_posts_answers_and_stops_cleanly(folder: Path, api: BotApiDouble) -> None:
    """It polls, posts, answers, and ends with 0 on SIGTERM."""
    process = await _start(folder, api, "run")
    await api.until(lambda: len(api.texts()) == 2, timeout=30)
    await api.message("/search film kecerdasan buatan")
    answer = (await api.said())[0]
    assert answer["text"].startswith("🔎 film kecerdasan buatan · 2 berita")
    await api.message("/why_1")
    assert "Mengapa berita ini?" in (await api.said(2))[1]["text"]
    process.send_signal(signal.SIGTERM)
    _, err = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0, err.decode()
    assert TOKEN not in err.decode()
    assert b"Traceback" not in err


async def test_an_operator_takes_a_post_back_from_the_running_service(folder: Path, api: BotApiDouble) -> None:
    """Asked and confirmed in chat; the post goes from the channel."""
    process = await _start(folder, api, "run", ADMINS=str(OPERATORS))
    await api.until(lambda: len(api.texts()) == 2, timeout=30)
    await api.message("/retract 1", user=OPERATORS)
    [asked] = await api.said(chat=OPERATORS)
    [row] = asked["reply_markup"]["inline_keyboard"]
    await api.press(asked, row[0]["callback_data"], user=OPERATORS)
    await api.until(lambda: len(api.texts()) == 1, timeout=30)
    process.send_signal(signal.SIGTERM)
    await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0
