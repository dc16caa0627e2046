"""/trend, as a person asks for it: a picture with a caption, the same one for a while, advice when nothing fits."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot.charts import Chart, ChartFailed, drawn
from bot.chat import ChatDesk
from bot.render import phrases
from bot.telegram.pictures import TrendCommand
from bot.telegram.room import TelegramRoom
from bot.threads import StoreThreads
from bot.trend import Drawing, TrendDesk
from newsdesk.limits import Limits
from newsdesk.ports import Store
from newsdesk.sources import SourceBook
from tests.doubles.botapi import READER, TOKEN, BotApiDouble
from tests.doubles.newsroom import NOW, TOPICS, add


@pytest.fixture
async def room(store: Store, api: BotApiDouble) -> AsyncIterator[TrendDesk]:
    stop = asyncio.Event()
    async with StoreThreads(store) as threads:
        chat = ChatDesk(store=threads, book=lambda: SourceBook(sources=()), topics=lambda: TOPICS, clock=lambda: NOW)
        desk = TrendDesk(store=threads, topics=lambda: TOPICS, clock=lambda: NOW)
        limits = Limits()
        room = TelegramRoom(TOKEN, chat, api=api.base, limits=limits, also=[TrendCommand(desk, limits).install])
        running = asyncio.create_task(room.run(stop))
        yield desk
        stop.set()
        await asyncio.wait_for(running, 10)


def news(store: Store) -> None:
    for days in range(1, 60, 7):
        add(store, f"Film Korea {days}", topics=("film", "ai"), at=NOW - timedelta(days=days))
    add(store, "Bioskop", topics=("film",), countries=(), at=NOW - timedelta(days=2))


async def ask(api: BotApiDouble, text: str) -> dict[str, Any]:
    heard = len(api.accepted)
    await api.message(text)
    return (await api.said(heard + 1))[-1]


async def test_a_chart_is_drawn_once_and_sent_again_from_telegrams_copy(
    room: TrendDesk, store: Store, api: BotApiDouble
) -> None:
    """A real PNG, large enough for a phone, with what it says in words below; asked again, nothing is drawn or sent anew."""
    news(store)
    said = await ask(api, "/trend 90d")
    assert said["caption"].startswith("📈 Tren 90 hari · semua topik\n10 cerita")
    [picture] = api.pictures.values()
    width, height = struct.unpack(">II", picture[16:24])
    assert picture.startswith(b"\x89PNG")
    assert width >= 1000
    assert height >= 1000
    again = await ask(api, "/trend")
    assert again["photo"][0]["file_id"] == said["photo"][0]["file_id"]
    assert len(api.pictures) == 1


async def test_one_topic_and_a_short_time_have_lines_of_their_own(room: TrendDesk, store: Store) -> None:
    """Words in any order; days for a short time; only the topic's line; partners by name, the most frequent first."""
    news(store)
    asked = room.read("14d Film")
    assert not isinstance(asked, type(room.read("apa")))
    drawing = await room.draw(asked)  # type: ignore[arg-type]
    assert isinstance(drawing, Drawing)
    assert drawing.chart.title == "Tren 14 hari · Film"
    assert drawing.chart.subtitle == "Cerita per hari"
    [(name, numbers)] = drawing.chart.lines
    assert (name, sum(numbers), len(numbers)) == ("Film", 3, 15)
    assert drawing.chart.bars == (("Korea Selatan", 2),)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("/trend sepakbola", str(phrases.UNKNOWN_TOPIC)),
        ("/trend 3h", str(phrases.UNKNOWN_TOPIC)),
        ("/trend 7d", "Belum ada cerita"),
    ],
)
async def test_what_cannot_be_drawn_says_what_to_ask(
    room: TrendDesk, api: BotApiDouble, command: str, said: str
) -> None:
    """An unknown topic or an empty time is answered with examples, not with an empty picture."""
    answer = await ask(api, command)
    assert said in answer["text"]
    assert "/trend film 12w" in answer["text"]
    assert api.chats[READER].messages


@pytest.mark.usefixtures("room")
async def test_a_picture_is_kept_for_those_who_read_its_language(store: Store, api: BotApiDouble) -> None:
    """Nobody is sent another language's picture. In Chinese the words below are Chinese, those in the picture English."""
    news(store)
    said = await ask(api, "/trend film 30d")
    api.languages[READER] = "zh"
    other = await ask(api, "/trend film 30d")
    assert other["photo"][0]["file_id"] != said["photo"][0]["file_id"]
    assert other["caption"].startswith("📈 30 天趋势 · 电影")


async def test_words_are_drawn_as_they_are_and_a_failure_is_said() -> None:
    """A dollar sign is no formula; a chart that cannot be drawn is an error of its own, with the reason."""
    assert (await drawn(Chart("$x^{", "$", ("a", "b"), (("$1 <b>", (1, 2)),)))).startswith(b"\x89PNG")
    with pytest.raises(ChartFailed, match="not drawn: "):
        await drawn(Chart("Judul", "", ("a", "b"), (("tak sama panjang", (1, 2, 3)),)))
