"""Everybody is answered in their language: that of their Telegram, or the one they chose."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.chat import ChatDesk
from bot.render import phrases
from bot.render.catalogues import LANGUAGES, speaking
from bot.telegram.room import TelegramRoom
from bot.threads import StoreThreads
from newsdesk.ports import Store
from newsdesk.sources import Source, SourceBook
from tests.doubles.botapi import READER, TOKEN, BotApiDouble
from tests.doubles.newsroom import NOW, TOPICS, add

BOOK = SourceBook(sources=(Source(id="antara", name="ANTARA", url="https://antara.example/rss"),))
ENGLISH, CHINESE, GERMAN = READER + 1, READER + 2, READER + 3
GROUP = -1009876543210


@pytest.fixture(autouse=True)
async def room(store: Store, api: BotApiDouble) -> AsyncIterator[None]:
    api.languages.update({ENGLISH: "en-GB", CHINESE: "zh-hans", GERMAN: "de"})
    api.chat(GROUP, "supergroup", title="Produser")
    add(store, "Film Korea", summary="Produksi film bersama Korea.", countries=("KR",))
    stop = asyncio.Event()
    async with StoreThreads(store) as threads:
        desk = ChatDesk(store=threads, book=lambda: BOOK, topics=lambda: TOPICS, clock=lambda: NOW)
        running = asyncio.create_task(TelegramRoom(TOKEN, desk, api=api.base).run(stop))
        yield
        stop.set()
        await asyncio.wait_for(running, 10)


async def _ask(api: BotApiDouble, words: str, person: int, chat: int | None = None) -> dict[str, Any]:
    where = person if chat is None else chat
    before = len([message for message in api.accepted if message["chat"]["id"] == where])
    await api.message(words, user=person, chat=chat)
    return (await api.said(before + 1, where))[-1]


async def _press(api: BotApiDouble, answer: dict[str, Any], label: str, person: int) -> str:
    before = answer["text"]
    [data] = [
        button["callback_data"]
        for row in answer["reply_markup"]["inline_keyboard"]
        for button in row
        if button["text"] == label
    ]
    await api.press(answer, data, user=person)
    await api.until(lambda: answer["text"] != before)
    return str(answer["text"])


@pytest.mark.parametrize(
    ("person", "said"),
    [
        (READER, "🔎 film korea · 1 berita\n\n1. Film Korea"),
        (ENGLISH, "🔎 film korea · 1 article\n\n1. Film Korea"),
        (CHINESE, "🔎 film korea · 1 条新闻\n\n1. Film Korea"),
        (GERMAN, "🔎 film korea · 1 berita\n\n1. Film Korea"),
    ],
)
async def test_the_language_of_telegram_is_followed(api: BotApiDouble, person: int, said: str) -> None:
    """Words, numbers and buttons; what outlets wrote stays as they wrote it. Who speaks none of ours reads Indonesian."""
    assert (await _ask(api, "/search film korea", person))["text"].startswith(said)


async def test_people_of_several_languages_share_a_group(api: BotApiDouble) -> None:
    """Each is answered in their own."""
    assert (await _ask(api, "/topics@lintas_layar_bot", ENGLISH, GROUP))["text"].startswith("Topics that are watched")
    assert (await _ask(api, "/topics@lintas_layar_bot", READER, GROUP))["text"].startswith("Topik yang dipantau")


async def test_countries_and_dates_are_named_by_cldr(api: BotApiDouble) -> None:
    """As the language writes them."""
    why = (await _ask(api, "/why 1", CHINESE))["text"]
    assert "合作国家：🇰🇷 韩国" in why
    assert "2026年2月7日 星期六 17:55 WIB" in why
    why = (await _ask(api, "/why 1", ENGLISH))["text"]
    assert "Partner countries: 🇰🇷 South Korea" in why
    assert "Saturday, 7 Feb 2026, 17:55 WIB" in why


async def test_a_language_is_chosen_by_a_button_and_kept(store: Store, api: BotApiDouble) -> None:
    """The answer is in the new language at once, and so is everything after; it can be let go again."""
    asked = await _ask(api, "/language", READER)
    assert asked["text"] == str(phrases.LANGUAGE_ASK)
    assert [button["text"] for button in asked["reply_markup"]["inline_keyboard"][0]] == [
        "✓ Indonesia",
        "English",
        "中文",
    ]
    assert await _press(api, asked, "English", READER) == "Very well, I answer in English."
    assert (await _ask(api, "/topics", READER))["text"].startswith("Topics that are watched")
    with store.read() as view:
        kept = view.person(READER)
    assert kept is not None
    assert kept.language == "en"
    again = await _ask(api, "/language", READER)
    assert await _press(api, again, "Follow Telegram's language", READER) == (
        "Very well, I follow the language of your Telegram."
    )
    assert (await _ask(api, "/topics", READER))["text"].startswith("Topik yang dipantau")


@pytest.mark.parametrize("name", ["zh", "中文", "ZH-hans"])
async def test_a_language_may_be_named(api: BotApiDouble, name: str) -> None:
    """By its tag or its own name."""
    assert (await _ask(api, f"/language {name}", READER))["text"] == "好的，我用中文回答。"


async def test_a_language_that_is_none_of_ours_is_answered_with_those_there_are(api: BotApiDouble) -> None:
    """And changes nothing."""
    answer = await _ask(api, "/language klingon", READER)
    assert answer["text"] == "Bahasa “klingon” belum saya kuasai. Yang ada:"
    assert len(answer["reply_markup"]["inline_keyboard"][0]) == 3


async def test_telegram_shows_the_bot_in_each_language(api: BotApiDouble) -> None:
    """The menu of commands and the profile; the default is Indonesian."""
    await api.until(lambda: len(api.profile) == 2 * len(LANGUAGES))
    for language in LANGUAGES:
        tag = "" if language == "id" else language
        with speaking(language):
            assert [command["description"] for command in api.menus["default", tag]] == [
                str(what) for _, what in phrases.COMMANDS
            ]
            assert {"search", "latest", "why"} <= {command["command"] for command in api.menus["all_group_chats", tag]}
            assert not {"alert", "language"} & {command["command"] for command in api.menus["all_group_chats", tag]}
            assert api.profile["description", tag] == str(phrases.ABOUT)
            assert api.profile["short_description", tag] == str(phrases.ABOUT_BRIEF)
    assert api.profile["description", "en"].startswith("News on film, AI and cross-border collaboration")
