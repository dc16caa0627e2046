"""Searching as a person does it: in private, in a group, while typing in any chat, and by links below posts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.chat import ChatDesk
from bot.chat.codes import search_link
from bot.render import phrases
from bot.telegram.inline import KEPT_BY_TELEGRAM
from bot.telegram.room import TelegramRoom
from bot.threads import StoreThreads
from newsdesk.ports import Store
from newsdesk.sources import Source, SourceBook
from tests.doubles.botapi import READER, TOKEN, BotApiDouble
from tests.doubles.newsroom import NOW, TOPICS, add

BOOK = SourceBook(
    sources=(
        Source(id="antara", name="ANTARA", url="https://antara.example/rss"),
        Source(id="detik", name="detikcom", url="https://detik.example/rss"),
    )
)
GROUP, FRIENDS = -1009876543210, -1001111111111
HERE, THERE = "@lintas_layar_bot", "@bot_lain"


@pytest.fixture
async def desk(store: Store) -> AsyncIterator[ChatDesk]:
    async with StoreThreads(store) as threads:
        yield ChatDesk(store=threads, book=lambda: BOOK, topics=lambda: TOPICS, clock=lambda: NOW)


@pytest.fixture(autouse=True)
async def room(desk: ChatDesk, api: BotApiDouble) -> AsyncIterator[None]:
    api.chat(GROUP, "supergroup", title="Produser")
    api.chat(FRIENDS, "group", title="Teman")
    stop = asyncio.Event()
    running = asyncio.create_task(TelegramRoom(TOKEN, desk, api=api.base).run(stop))
    yield
    stop.set()
    await asyncio.wait_for(running, 10)
    assert api.violations == []


def _films(store: Store, number: int = 7, **more: Any) -> None:
    for film in range(number):
        at = NOW - timedelta(days=3 * film, minutes=5)
        add(store, f"Film Korea {film}", summary=f"Produksi film bersama Korea, bagian {film}.", at=at, **more)


async def _search(api: BotApiDouble, words: str) -> dict[str, Any]:
    before = len([message for message in api.accepted if message["chat"]["id"] == READER])
    await api.message(words)
    return (await api.said(before + 1))[-1]


def _labels(answer: dict[str, Any]) -> list[list[str]]:
    rows = answer.get("reply_markup", {"inline_keyboard": []})["inline_keyboard"]
    return [[button["text"] for button in row] for row in rows]


async def _press(api: BotApiDouble, answer: dict[str, Any], label: str, *, user: int = READER) -> str:
    """Press the button that says so; returns the text that the message has then."""
    before, answered = answer["text"], len(api.answers)
    [data] = [
        button["callback_data"]
        for row in answer["reply_markup"]["inline_keyboard"]
        for button in row
        if button["text"] == label
    ]
    await api.press(answer, data, user=user)
    await api.until(lambda: len(api.answers) > answered and answer["text"] != before)
    assert "text" not in api.answers[-1]
    return str(answer["text"])


# --- sorting and narrowing -----------------------------------------------------------------------------------------


async def test_a_search_is_sorted_and_narrowed_in_place(store: Store, api: BotApiDouble) -> None:
    """The buttons show what is on; pressing it again takes it away; it stays one message."""
    _films(store)
    add(store, "Korea memesan gandum, bukan film", topics=(), at=NOW - timedelta(minutes=1))
    answer = await _search(api, "/search film korea")
    assert _labels(answer) == [
        [str(phrases.OLDER)],
        ["✓ Terbaik", "Terbaru", "7 hari", "30 hari"],
        ["🎬 Film", "🤖 AI", "🤝 Kolaborasi"],
    ]
    assert answer["text"].startswith("🔎 film korea · 8 berita · halaman 1 dari 2\n\n")
    newest = await _press(api, answer, "Terbaru")
    assert newest.startswith("🔎 film korea · 8 berita · halaman 1 dari 2\nHanya: terbaru dulu\n\n1. Korea memesan")
    film = await _press(api, answer, "🎬 Film")
    assert film.startswith("🔎 film korea · 7 berita · halaman 1 dari 2\nHanya: Film · terbaru dulu\n\n1. Film Korea 0")
    week = await _press(api, answer, "7 hari")
    assert week.startswith("🔎 film korea · 3 berita\nHanya: Film · sejak 31 Jan · terbaru dulu\n\n")
    assert _labels(answer) == [
        ["Terbaik", "✓ Terbaru", "✓ 7 hari", "30 hari"],
        ["✓ Film", "🤖 AI", "🤝 Kolaborasi"],
    ]
    await _press(api, answer, "✓ 7 hari")
    await _press(api, answer, "✓ Film")
    assert (await _press(api, answer, "Terbaik")).startswith("🔎 film korea · 8 berita · halaman 1 dari 2\n\n1. Film")
    assert len(api.accepted) == 1


async def test_narrowing_begins_on_the_first_page_and_leafing_keeps_it(store: Store, api: BotApiDouble) -> None:
    """Pages belong to one order and one set of filters."""
    _films(store, 12)
    answer = await _search(api, "/search film")
    await _press(api, answer, str(phrases.OLDER))
    assert "halaman 1 dari 3\nHanya: terbaru dulu" in await _press(api, answer, "Terbaru")
    assert "halaman 2 dari 3\nHanya: terbaru dulu\n\n6. Film Korea 5" in await _press(api, answer, str(phrases.OLDER))


async def test_pressing_what_is_on_already_is_acknowledged(store: Store, api: BotApiDouble) -> None:
    """Telegram calls that "not modified"; the person sees the same answer and no error."""
    _films(store, 2)
    answer = await _search(api, "/search film")
    [data] = [b["callback_data"] for b in answer["reply_markup"]["inline_keyboard"][0] if b["text"] == "✓ Terbaik"]
    await api.press(answer, data)
    await api.until(lambda: len(api.called("editMessageText")) == 1)
    assert "text" not in api.answers[0]
    assert len(api.accepted) == 1


async def test_filters_written_by_hand_are_said_in_words(store: Store, api: BotApiDouble) -> None:
    """A person reads names of outlets and countries, not the codes that were typed."""
    _films(store, 2, source="detik")
    answer = await _search(api, "/search film sumber:detik negara:korea since:2026-02-01 until:2026-02-07")
    assert answer["text"].startswith(
        "🔎 film · 2 berita\nHanya: detikcom · 🇰🇷 Korea Selatan · sejak 1 Feb sampai 7 Feb\n\n"
    )


# --- nothing found ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "said", "offered", "then"),
    [
        ("flim korea", str(phrases.DID_YOU_MEAN), ["film korea (7)"], "🔎 film korea · 7 berita"),
        ('"produski film"', str(phrases.DID_YOU_MEAN), ['"produksi film" (7)'], '🔎 "produksi film" · 7 berita'),
        ("film korea topic:collaboration", str(phrases.LET_GO), ["tanpa Kolaborasi (7)"], "🔎 film korea · 7 berita"),
        ("film korea -produksi", str(phrases.LET_GO), ["tanpa -produksi (7)"], "🔎 film korea · 7 berita"),
        (
            '"korea film"',
            str(phrases.LET_GO),
            ['"korea film" tanpa tanda kutip (7)'],
            "🔎 korea film · 7 berita",
        ),
        ("film korea zq", str(phrases.LET_GO), ["tanpa zq (7)"], "🔎 film korea · 7 berita"),
        ("-film", str(phrases.DID_YOU_MEAN), ["film (7)"], "🔎 film · 7 berita"),
        ("flim korea topic:collaboration", str(phrases.LET_GO), ["tanpa Kolaborasi (7)"], "🔎 film korea · 7 berita"),
    ],
)
async def test_a_fruitless_search_offers_what_would_find(
    store: Store, api: BotApiDouble, asked: str, said: str, offered: Sequence[str], then: str
) -> None:
    """The nearest spelling, or one condition less; every offer finds what it promises, in the same message."""
    _films(store)
    answer = await _search(api, f"/search {asked}")
    assert said in answer["text"]
    assert _labels(answer) == [[offer] for offer in offered]
    assert (await _press(api, answer, offered[0])).startswith(then)


async def test_where_nothing_is_near_there_is_a_way_on(store: Store, api: BotApiDouble) -> None:
    """No offer is made up: advice, and buttons to what is new."""
    _films(store, 1)
    answer = await _search(api, "/search zzzqqq")
    assert answer["text"].startswith(f"{phrases.SEARCH_NOTHING} “zzzqqq”.\n\n• Periksa ejaannya")
    assert (await _press(api, answer, "Film")).startswith("🕘 Berita terbaru · Film\n\n1. Film Korea 0")


async def test_an_unknown_filter_says_which_there_are(store: Store, api: BotApiDouble) -> None:
    """The rest of the query is answered all the same."""
    _films(store, 1)
    answer = await _search(api, "/search film topik:flim")
    assert "⚠️ topik tidak dikenal: flim. Yang ada: film, ai, dan collaboration.\n\n1. Film Korea 0" in answer["text"]


# --- while typing ----------------------------------------------------------------------------------------------------


async def test_typing_finds_news_for_any_chat(store: Store, api: BotApiDouble) -> None:
    """What is picked is an attributed card: linked headline, words of the feed, outlet and time, topics."""
    _films(store, 2)
    answer = await api.type("film korea")
    assert [result["title"] for result in answer["results"]] == ["Film Korea 0", "Film Korea 1"]
    first = answer["results"][0]
    assert first["description"].startswith("ANTARA · 17.55 WIB — Produksi film bersama Korea, bagian 0.")
    assert "thumbnail_url" not in first
    sent = await api.pick(answer, 0, chat=FRIENDS)
    assert sent["text"].splitlines() == [
        "Film Korea 0",
        "",
        "Produksi film bersama Korea, bagian 0.",
        "",
        "ANTARA · Sabtu 7 Feb 2026, 17.55 WIB",
        "#film #AI",
    ]
    [link] = [entity["url"] for entity in sent["entities"] if entity["type"] == "text_link"]
    assert sent["preview"]["url"] == link == first["url"]


async def test_typed_words_are_answered_once_for_a_person(store: Store, api: BotApiDouble) -> None:
    """Telegram may give the answer again, for a minute, but not to others: they may read another language."""
    _films(store, 1)
    api.languages[READER + 1] = "en"
    first = await api.type("film")
    assert (first["is_personal"], first["cache_time"]) == (True, KEPT_BY_TELEGRAM)
    assert await api.type("film") is first
    assert first["results"][0]["description"].startswith("ANTARA · 17.55 WIB")
    other = await api.type("film", user=READER + 1)
    assert len(api.called("answerInlineQuery")) == 2
    assert other["results"][0]["description"].startswith("ANTARA · 17:55 WIB")


async def test_typed_results_go_on_by_offset(store: Store, api: BotApiDouble) -> None:
    """Every result once, and an end."""
    _films(store, 23)
    titles, offset = [], ""
    while True:
        answer = await api.type("film", offset=offset)
        titles += [result["title"] for result in answer["results"]]
        offset = answer.get("next_offset", "")
        if not offset:
            break
    assert len(titles) == len(set(titles)) == 23


async def test_no_words_yet_shows_the_latest(store: Store, api: BotApiDouble) -> None:
    """Newest first, of the topics that are watched."""
    _films(store, 2)
    add(store, "Harga emas", topics=())
    answer = await api.type("")
    assert [result["title"] for result in answer["results"]] == ["Film Korea 0", "Film Korea 1"]


async def test_misspelt_words_find_what_was_meant(store: Store, api: BotApiDouble) -> None:
    """Nobody goes back to correct while typing."""
    _films(store, 1)
    answer = await api.type("flim koera")
    assert [result["title"] for result in answer["results"]] == ["Film Korea 0"]
    assert answer["button"]["text"] == "Mungkin maksud Anda: film korea"


@pytest.mark.parametrize("words", ["film zq", "zzzqqq", '""" (((', "a" * 300])
async def test_fruitless_typing_leads_to_advice_in_the_private_chat(
    store: Store, api: BotApiDouble, words: str
) -> None:
    """The line above no results opens the bot with the very search, which says what would find something."""
    _films(store, 1)
    answer = await api.type(words)
    assert answer["results"] == []
    started = await _search(api, f"/start {answer['button']['start_parameter']}")
    assert started["text"].startswith((str(phrases.SEARCH_NOTHING), str(phrases.SEARCH_ODD), str(phrases.START)))


async def test_who_types_too_much_is_told_so_alone(store: Store, api: BotApiDouble) -> None:
    """The refusal is personal and not kept: the same words of another person find."""
    _films(store, 1)
    for number in range(100):
        words = f"film{' ' * number} korea"
        refused = await api.type(words)
        if not refused["results"]:
            break
    assert number >= 25
    assert refused["button"]["text"] == str(phrases.TYPED_TOO_OFTEN)
    assert (refused["is_personal"], refused["cache_time"]) == (True, 0)
    found = await api.type(words, user=READER + 1)
    assert [result["title"] for result in found["results"]] == ["Film Korea 0"]


async def test_only_the_last_words_of_a_person_are_answered(store: Store, api: BotApiDouble) -> None:
    """What was typed on meanwhile is not worth a search."""
    _films(store, 1)
    await api.typed_at_once(["f", "fi", "fil", "film"])
    await api.until(lambda: bool(api.inline))
    assert [fields["inline_query_id"] for fields in api.called("answerInlineQuery")] == list(api.inline)
    [answer] = api.inline.values()
    assert answer["words"] == "film"


async def test_what_was_picked_in_the_chat_with_the_bot_is_no_question(store: Store, api: BotApiDouble) -> None:
    """The card is ours already: answering it would be talking to oneself."""
    _films(store, 1)
    await api.pick(await api.type("film"), 0, chat=READER)
    assert (await _search(api, "/topics"))["text"].startswith(str(phrases.TOPICS_TITLE))
    assert len(api.accepted) == 1


async def test_an_answer_that_comes_too_late_is_no_error(
    store: Store, api: BotApiDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    """Telegram forgets queries within seconds; the next one works."""
    _films(store, 1)
    late = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    api.fault("answerInlineQuery", "error", code=400, description=late)
    await api.typed_at_once(["film"])
    await api.until(lambda: len(api.called("answerInlineQuery")) == 1)
    assert (await api.type("korea"))["results"]
    assert "answering failed" not in capsys.readouterr().out


# --- in groups -------------------------------------------------------------------------------------------------------


async def test_in_a_group_the_answer_is_a_reply_and_anybody_may_leaf(store: Store, api: BotApiDouble) -> None:
    """People see whose question is answered."""
    _films(store)
    await api.message(f"/search{HERE} film korea", chat=GROUP)
    [answer] = await api.said(1, GROUP)
    assert answer["text"].startswith("🔎 film korea · 7 berita")
    [sent] = api.called("sendMessage")
    [question] = [m["message_id"] for m in api.chats[GROUP].messages.values() if m["text"].startswith("/search")]
    assert sent["reply_parameters"] == {"message_id": question, "allow_sending_without_reply": True}
    assert "halaman 2 dari 2" in await _press(api, answer, str(phrases.OLDER), user=READER + 1)


async def test_in_a_group_only_what_is_meant_for_the_bot_is_answered(store: Store, api: BotApiDouble) -> None:
    """Talk, replies to the bot, other bots' commands and unknown ones are met with silence."""
    _films(store, 1)
    await api.message("/search film", chat=GROUP)
    [answer] = await api.said(1, GROUP)
    shown = {key: value for key, value in answer.items() if key not in ("raw", "preview")}
    for text in ("film korea", f"/search{THERE} film", f"/why_1{THERE}", "/halo", f"/halo{HERE}", "/why_x"):
        await api.message(text, chat=GROUP)
    await api.message("terima kasih", chat=GROUP, reply_to=shown)
    await api.message(f"/why_1{HERE}", chat=GROUP)
    await api.said(2, GROUP)
    await api.message(f"/search{HERE.upper()}", chat=GROUP, user=READER + 1)
    texts = [message["text"] for message in await api.said(3, GROUP)]
    assert texts[1].startswith(str(phrases.WHY_TITLE))
    assert texts[2].startswith(str(phrases.SEARCH_EMPTY))
    assert len(api.accepted) == 3


# --- links below posts -----------------------------------------------------------------------------------------------


async def test_a_link_to_why_answers_like_the_command(store: Store, api: BotApiDouble) -> None:
    """And leads on to what is related, and back."""
    _films(store, 1)
    answer = await _search(api, "/start why_1")
    assert answer["text"] == (await _search(api, "/why 1"))["text"]
    assert answer["text"].startswith(f"{phrases.WHY_TITLE}\nFilm Korea 0\n")
    assert (await _press(api, answer, str(phrases.RELATED_BUTTON))).startswith(str(phrases.RELATED_TITLE))
    assert (await _press(api, answer, str(phrases.WHY_BUTTON))).startswith(str(phrases.WHY_TITLE))


async def test_a_link_to_related_lists_the_whole_story(store: Store, api: BotApiDouble) -> None:
    """Other outlets, what the story goes back to, what came of it."""
    _, first = add(store, "Nota kesepahaman film diteken", at=NOW - timedelta(days=9))
    article, story = add(store, "Syuting film bersama dimulai", at=NOW - timedelta(days=2), follows=first)
    add(store, "Film bersama mulai syuting", source="detik", outlet="detikcom", at=NOW - timedelta(days=1), story=story)
    add(store, "Film bersama tayang", outlet="Kompas", follows=story)
    answer = await _search(api, f"/start rel_{article}")
    assert answer["text"].splitlines() == [
        str(phrases.RELATED_TITLE),
        "Syuting film bersama dimulai",
        f"ANTARA · Kamis 5 Feb 2026, 18.00 WIB · #{article}",
        "",
        str(phrases.RELATED_ALSO),
        "• Film bersama mulai syuting — detikcom · 6 Feb",
        "",
        str(phrases.RELATED_BEFORE),
        "• Nota kesepahaman film diteken — ANTARA · 29 Jan",
        "",
        str(phrases.RELATED_AFTER),
        "• Film bersama tayang — Kompas · 17.55 WIB",
    ]


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ("rel_99", str(phrases.WHY_UNKNOWN)),
        ("why_99", str(phrases.WHY_UNKNOWN)),
        ("halo", f"{phrases.START}\n\n{phrases.START_UNKNOWN}"),
        ("why_", f"{phrases.START}\n\n{phrases.START_UNKNOWN}"),
        ("why_1x", f"{phrases.START}\n\n{phrases.START_UNKNOWN}"),
        ("s_!!", f"{phrases.START}\n\n{phrases.START_UNKNOWN}"),
        ("s_gICA", f"{phrases.START}\n\n{phrases.START_UNKNOWN}"),
        (search_link("film korea"), "🔎 film korea · 7 berita"),
        ("rel_1", f"{phrases.RELATED_TITLE}\nFilm Korea 0"),
    ],
)
async def test_every_link_gets_an_answer(store: Store, api: BotApiDouble, payload: str, said: str) -> None:
    """Also what was cut short or made up: the greeting with one line that helps."""
    _films(store)
    assert (await _search(api, f"/start {payload}"))["text"].startswith(said)


def _everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


# --- privacy ---------------------------------------------------------------------------------------------------------


async def test_what_people_search_for_is_not_kept(
    store: Store, api: BotApiDouble, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither in the database nor in the log: asked, typed, misspelt, fruitless, long, or pressed."""
    _films(store)
    long = "rahasiaku film korea bagian produksi topic:film sort:newest"
    answer = await _search(api, f"/search {long}")
    await _press(api, answer, "tanpa rahasiaku (7)")
    await api.type("rahasiaku")
    await api.type("film rahasiaku")
    await _search(api, f"/start {search_link('rahasiaku')}")
    await api.message(f"/search{HERE} rahasiaku", chat=GROUP)
    await api.said(1, GROUP)
    kept = _everything(tmp_path)
    assert b"Produksi film bersama Korea" in kept
    assert b"rahasiaku" not in kept
    written = capsys.readouterr()
    assert "rahasiaku" not in written.out + written.err
