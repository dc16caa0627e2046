"""Hostile people: what they search for, press, pretend to be, and write into logs."""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from telegram import Update

import storage.reading
import storage.wording
from bot import grants
from bot.chat import ChatDesk, Code, Codes
from bot.config.settings import SHARED_ACCOUNTS, load_settings
from bot.orders import PREFIX, VALID, OrderDesk
from bot.render import phrases, to_telegram
from bot.telegram.commands import AT_WORK
from bot.telegram.orders import OrderCommands
from bot.telegram.people import asker, may_order
from bot.telegram.room import TelegramRoom
from bot.threads import StoreThreads
from newsdesk.errors import ConfigError
from newsdesk.limits import Allowance, Limits, Rate
from newsdesk.ports import Store
from newsdesk.sources import Source, SourceBook
from storage import open_store
from tests.doubles.botapi import TOKEN, BotApiDouble
from tests.doubles.newsroom import NOW, TOPICS
from tests.doubles.tdlib import parse, units
from tests.torture.chatroom import ROOT, fill
from tests.torture.frame import Figures, Size, size_here
from tests.torture.odd import EMOJI, SCRIPTS, odd_lines, odd_texts

ARTICLES = 2_000
BOOK = SourceBook(sources=(Source(id="uji", name="Media Uji", url="https://uji.example/rss"),))
PLENTY = Allowance(person=Rate(1e6, 1e6), everybody=Rate(1e6, 1e6))
P99 = 0.2
"""Seconds of computing that a search may take, but for one in a hundred."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    kept = open_store(f"sqlite:///{tmp_path_factory.mktemp('people')}/desk.db")
    fill(kept, ARTICLES, size_here().dice("news"))
    yield kept
    kept.close()


@pytest.fixture
async def desk(store: Store) -> AsyncIterator[ChatDesk]:
    async with StoreThreads(store) as threads:
        yield ChatDesk(store=threads, book=lambda: BOOK, topics=lambda: TOPICS, clock=lambda: NOW)


# --- what they search for ------------------------------------------------------------------------------------------


async def _ask(desk: ChatDesk, text: str, page: int) -> str:
    """The answer as Telegram would take it: raises when it would not."""
    answer = to_telegram(await desk.search(text, page))
    shown, entities = parse(answer.html)
    assert 0 < units(shown) <= 4096
    assert len(entities) <= 100
    for button in itertools.chain(*answer.buttons):
        assert button.data
        assert len(button.data.encode()) <= 64
        assert desk.knows(button.data)
    return shown


async def test_no_query_is_an_error_and_none_is_slow(desk: ChatDesk, size: Size, figures: Figures) -> None:
    """Thousands of odd queries over a real store: each gets an answer that Telegram takes."""
    number = size.pick(quick=800, full=100_000)
    computing: list[float] = []
    waiting: list[float] = []
    errors: list[str] = []
    found = 0
    for text in odd_texts(number, size.dice("queries")):
        cpu, wall = time.process_time(), time.perf_counter()
        try:
            shown = await _ask(desk, text, len(computing) % 3)
        except Exception as error:  # noqa: BLE001
            errors.append(f"{text[:200]!a}: {error!r:.200}")
        computing.append(time.process_time() - cpu)
        waiting.append(time.perf_counter() - wall)
        found += shown.startswith("🔎")
    figures.put(
        queries=number,
        articles=ARTICLES,
        query_errors=len(errors),
        queries_that_found=found,
        p99_cpu_ms=_ms(_p99(computing)),
        p99_wall_ms=_ms(_p99(waiting)),
        slowest_wall_ms=_ms(max(waiting)),
    )
    assert errors == []
    assert found > number / 20
    assert _p99(computing) <= P99


async def test_without_quoting_the_same_queries_are_errors(
    desk: ChatDesk, size: Size, figures: Figures, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof that quoting does it."""
    monkeypatch.setattr(storage.wording, "fts5_string", " ".join)
    errors = 0
    for text in odd_texts(300, size.dice("queries")):
        try:
            await _ask(desk, text, 0)
        except Exception:  # noqa: BLE001
            errors += 1
    figures.put(errors_without_quoting_of_300=errors)
    assert errors > 10


async def test_a_search_that_takes_too_long_is_given_up_with_advice(
    desk: ChatDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statement is ended, the person told, and the connection is as good as before."""
    assert (await _ask(desk, "film OR korea", 0)).startswith("🔎")
    with monkeypatch.context() as patched:
        patched.setattr(storage.reading, "SEARCH_SECONDS", 0.0)
        assert (await _ask(desk, "film OR korea", 0)).startswith(str(phrases.SEARCH_TOO_SLOW))
    assert (await _ask(desk, "film OR korea", 0)).startswith("🔎")


async def test_the_other_questions_take_odd_texts_too(desk: ChatDesk, size: Size) -> None:
    """/why with anything for a number or an address, /latest with anything for a topic."""
    numbers = ["9" * 30, "-1", "0", "#1", "1e5", "٣", "²", f"{2**63}", f"{2**64}", "https://[", "http://\ud800"]
    for text in (*numbers, *odd_texts(300, size.dice("others"))):
        for answer in (await desk.why(text), await desk.latest(text)):
            shown, _ = parse(to_telegram(answer).html)
            assert 0 < units(shown) <= 4096


async def test_odd_queries_travel_over_the_wire(desk: ChatDesk, size: Size) -> None:
    """From update to answer; each person asks once."""
    texts = [f"/search {text}" for text in (*odd_texts(60, size.dice("wire")), SCRIPTS, EMOJI, "\x00", "\ud800")]
    stop = asyncio.Event()
    async with BotApiDouble() as api:
        running = asyncio.create_task(TelegramRoom(TOKEN, desk, api=api.base).run(stop))
        people = list(enumerate(texts, 100_000))
        for first in range(0, len(people), AT_WORK):
            asked = people[first : first + AT_WORK]
            for person, text in asked:
                await api.message(text[:4096], user=person)
            for person, _ in asked:
                await api.said(1, person)
        stop.set()
        await running
        assert api.violations == []
        assert str(phrases.TROUBLE) not in {message["text"] for message in api.accepted}


# --- what they press -----------------------------------------------------------------------------------------------


def _written(codes: Codes) -> list[str]:
    words = (
        "film korea",
        "",
        '"kerja sama" -sepak',
        "perfilman kolaborasi internasional Indonesia Korea sutradara",
        EMOJI,
    )
    return [codes.write(Code(kind, page, text)) for kind in ("s", "l", "o") for page in (0, 7) for text in words]


def _mutants(data: str) -> Iterator[str]:
    """Every byte changed to every other one, left out, and doubled."""
    raw = data.encode()
    for at in range(len(raw)):
        for byte in range(256):
            if byte != raw[at]:
                yield (raw[:at] + bytes([byte]) + raw[at + 1 :]).decode("utf-8", "replace")
        yield (raw[:at] + raw[at + 1 :]).decode("utf-8", "replace")
        yield (raw[: at + 1] + raw[at:]).decode("utf-8", "replace")


def _taken(codes: Codes, made: Codes) -> tuple[int, int]:
    taken = tried = 0
    for data in _written(made):
        for mutant in _mutants(data):
            if mutant != data:
                tried += 1
                taken += codes.read(mutant) is not None
    return taken, tried


def test_a_button_changed_by_a_byte_is_none(figures: Figures) -> None:
    """All are refused; those that were not changed, and those alone, are read."""
    codes = Codes(b"key")
    assert all(codes.read(data) is not None for data in _written(codes))
    taken, tried = _taken(codes, codes)
    figures.put(forged_buttons=tried, forged_buttons_taken=taken)
    assert taken == 0
    assert all(Codes(b"another").read(data) is None for data in _written(codes))


def test_without_the_seal_forged_buttons_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof that the seal does it."""
    monkeypatch.setattr(Codes, "_seal", lambda *_: "")
    taken, _ = _taken(Codes(), Codes())
    assert taken > 100


def _orders_taken(store: Store, spared: int = 0) -> tuple[int, int, bool]:
    """Of an order's button, how many mutants are heeded, how many are tried, and whether the one that was made is.

    Its first signs may be spared.
    """
    with store.write() as tx:
        [token] = grants.issue(
            tx, "pause", ["pause"], [ADMIN], NOW, VALID, lambda: PREFIX + grants.draw_token()
        ).values()
    assert len(token.encode()) <= 64
    mutants = [one for one in _mutants(token) if one != token and one.startswith(token[:spared])]
    if not size_here().full:
        mutants = mutants[:: max(1, len(mutants) // 2000)]
    with store.read() as view:
        pressed = Counter(grants.look(view, one, ADMIN, [ADMIN], NOW)[0] for one in mutants)
        made = grants.look(view, token, ADMIN, [ADMIN], NOW)[0] is grants.Press.DONE
    return pressed[grants.Press.DONE], pressed.total(), made


def test_an_orders_button_changed_by_a_byte_is_none(store: Store, figures: Figures) -> None:
    """It stands for nothing, even where the operator presses it in time; the one that was made is heeded."""
    taken, tried, made = _orders_taken(store)
    figures.put(forged_orders=tried, forged_orders_heeded=taken)
    assert made
    assert taken == 0 < tried


def test_orders_known_by_a_part_of_their_token_would_be_forged(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof that the whole token counts."""
    monkeypatch.setattr(grants, "_hash", lambda token: token[:-4])
    taken, _, made = _orders_taken(store, spared=30)
    assert made
    assert taken > 100


async def test_forged_and_stale_presses_change_nothing_and_get_advice(desk: ChatDesk, size: Size) -> None:
    """Over the wire: each is answered with what to do, no message is touched."""
    dice = size.dice("presses")
    stop = asyncio.Event()
    async with BotApiDouble() as api:
        running = asyncio.create_task(TelegramRoom(TOKEN, desk, api=api.base).run(stop))
        api._next_update = 50_000  # the store remembers what was heard from the double before
        await api.message("/search film")
        [answer] = await api.said()
        before = answer["text"]
        [older], *_ = answer["reply_markup"]["inline_keyboard"]
        forged = dice.sample([m for m in _mutants(older["callback_data"]) if m != older["callback_data"]], 60)
        stale = [Codes(b"before").write(Code("s", 1, "film")), "s|1|film", "", "x" * 5000, "|" * 64, "\x00", "🎬"]
        for data in (*forged, *stale):
            await api.press(answer, data)
        await api.until(lambda: len(api.answers) == len(forged) + len(stale))
        stop.set()
        await running
        assert {given.get("text") for given in api.answers} == {str(phrases.NO_LONGER)}
        assert api.called("editMessageText") == []
        assert answer["text"] == before


# --- what they pretend to be ---------------------------------------------------------------------------------------

ADMIN = 4242
_PRIVATE = {"id": ADMIN, "type": "private", "first_name": "Operator"}
_GROUP = {"id": -100200300, "type": "supergroup", "title": "Grup"}
_CHANNEL = {"id": -100200301, "type": "channel", "title": "Operator"}
_OPERATOR = {"id": ADMIN, "is_bot": False, "first_name": "Operator", "username": "operator"}


def _person(number: int, **more: Any) -> dict[str, Any]:
    return {**_OPERATOR, "id": number, **more}


def _message(**more: Any) -> dict[str, Any]:
    message = {"message_id": 1, "date": 1, "chat": _PRIVATE, "from": _OPERATOR, "text": "/help"}
    return {key: value for key, value in {**message, **more}.items() if value is not None}


def _origin(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "date": 1, **more}


PRETENDERS: dict[str, dict[str, Any]] = {
    "the operator's name, another number": _message(**{"from": _person(5), "chat": {**_PRIVATE, "id": 5}}),
    "in a group": _message(chat=_GROUP),
    "in a channel": _message(chat=_CHANNEL, sender_chat=_CHANNEL),
    "an anonymous group admin": _message(**{"from": _person(1087968824), "chat": _GROUP}, sender_chat=_GROUP),
    "an anonymous admin, as if in private": _message(
        **{"from": _person(1087968824), "chat": {**_PRIVATE, "id": 1087968824}}
    ),
    "Telegram's own account": _message(**{"from": _person(777000), "chat": {**_PRIVATE, "id": 777000}}),
    "the account of channels": _message(**{"from": _person(136817688), "chat": {**_PRIVATE, "id": 136817688}}),
    "a channel that speaks": _message(sender_chat=_CHANNEL),
    "a post copied from a channel": _message(
        **{"from": _person(777000)}, is_automatic_forward=True, sender_chat=_CHANNEL
    ),
    "forwarded from the operator": _message(forward_origin=_origin("user", sender_user=_OPERATOR)),
    "forwarded from somebody": _message(forward_origin=_origin("user", sender_user=_person(5))),
    "forwarded from a hidden account": _message(forward_origin=_origin("hidden_user", sender_user_name="Operator")),
    "forwarded from a channel": _message(forward_origin=_origin("channel", chat=_CHANNEL, message_id=3)),
    "written by another bot": _message(via_bot={"id": 9, "is_bot": True, "first_name": "b", "username": "b_bot"}),
    "a bot": _message(**{"from": _person(ADMIN, is_bot=True)}),
    "nobody": _message(**{"from": None}),
    "a private chat with somebody else": _message(chat={**_PRIVATE, "id": 5}),
}


def _update(message: dict[str, Any], kind: str = "message") -> Update:
    update = Update.de_json({"update_id": 1, kind: message}, None)
    assert update is not None
    return update


def test_only_the_operator_in_private_and_in_own_words_gives_orders(figures: Figures) -> None:
    """Numbers count, names do not; accounts that many speak through are nobody, even when they are listed."""
    admins = {ADMIN, *SHARED_ACCOUNTS}
    assert may_order(_update(_message()), admins)
    taken = [name for name, message in PRETENDERS.items() if may_order(_update(message), admins)]
    figures.put(pretenders=len(PRETENDERS), pretenders_obeyed=len(taken))
    assert taken == []
    assert not may_order(_update(_message(), "edited_message"), admins)
    assert not may_order(_update(_message(), "channel_post"), admins)


async def _obeyed(file: Path, sayings: Iterable[dict[str, Any]]) -> int:
    """How many of these are asked back as an order of theirs, by the real room with the operators' commands."""
    entities = [{"type": "bot_command", "offset": 0, "length": 6}]
    said = [{**one, "text": "/pause", "entities": entities} for one in sayings]
    last = _message(text="/topics", entities=[{**entities[0], "length": 7}])
    stop, store = asyncio.Event(), open_store(f"sqlite:///{file}")
    async with BotApiDouble() as api, StoreThreads(store) as threads:
        desk = ChatDesk(store=threads, book=lambda: BOOK, topics=lambda: TOPICS, clock=lambda: NOW)
        orders = OrderDesk(
            store=threads,
            book=lambda: BOOK,
            path=file,
            admins=(ADMIN, *SHARED_ACCOUNTS),
            clock=lambda: NOW,
            began=NOW,
            version="1",
        )
        for chat in (_GROUP, _CHANNEL, *({"id": number, "type": "private"} for number in (5, *SHARED_ACCOUNTS))):
            api.chat(chat["id"], chat["type"])
        for number, message in enumerate([*said, last], 1):
            await api.again({"update_id": number, "message": message})
        room = TelegramRoom(TOKEN, desk, api=api.base, also=[OrderCommands(orders).install], limits=Limits(PLENTY))
        running = asyncio.create_task(room.run(stop))
        await api.until(lambda: any(str(phrases.TOPICS_TITLE) in message["text"] for message in api.accepted))
        stop.set()
        await running
        obeyed = [message for message in api.accepted if PREFIX in json.dumps(message.get("reply_markup", {}))]
    store.close()
    return len(obeyed)


async def test_the_room_takes_orders_of_the_operator_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figures: Figures
) -> None:
    """The same over the wire. By number alone, as others check it, the room would obey pretenders."""
    assert await _obeyed(tmp_path / "operator.db", [_message()]) == 1
    obeyed = await _obeyed(tmp_path / "pretenders.db", PRETENDERS.values())
    figures.put(pretenders_obeyed_by_the_room=obeyed)
    assert obeyed == 0

    def by_number(update: Update, admins: Collection[int]) -> bool:
        return update.effective_user is not None and update.effective_user.id in admins

    monkeypatch.setattr("bot.telegram.orders.may_order", by_number)
    assert await _obeyed(tmp_path / "by number.db", PRETENDERS.values()) > 5


def test_buttons_obey_the_operator_alone_whoever_owns_the_message() -> None:
    """The one who presses counts: Telegram says who it is, and nobody presses in another's name."""

    def press(person: dict[str, Any], chat: dict[str, Any]) -> Update:
        query = {"id": "1", "from": person, "chat_instance": "1", "data": "x", "message": _message(chat=chat)}
        return _update(query, "callback_query")

    admins = {ADMIN, *SHARED_ACCOUNTS}
    for chat in (_PRIVATE, _GROUP):
        assert may_order(press(_OPERATOR, chat), admins)
        for pretender in (_person(5), _person(ADMIN, is_bot=True), *map(_person, SHARED_ACCOUNTS)):
            assert not may_order(press(pretender, chat), admins)


def test_a_check_by_name_or_number_alone_would_obey_pretenders() -> None:
    """The proof that the matrix can fail: the checks that other bots make."""
    messages = [message for message in PRETENDERS.values() if "from" in message]
    by_name = [m for m in messages if m["from"]["username"] == "operator"]
    by_number = [m for m in messages if m["from"]["id"] == ADMIN]
    assert len(by_name) > 10
    assert len(by_number) > 5


def test_people_who_speak_for_a_chat_are_counted_as_that_chat() -> None:
    """So that one cannot use up what another may ask, nor ask without end by changing channels' names."""
    assert asker(_update(_message())) == ADMIN
    assert asker(_update(PRETENDERS["an anonymous group admin"])) == ("chat", _GROUP["id"])


@pytest.mark.parametrize(
    "admins", ["1087968824", "777000", "136817688", "4242,777000", "@operator", "-100200300", "operator"]
)
def test_accounts_of_many_and_names_are_refused_as_admins(admins: str) -> None:
    """With what to write instead."""
    with pytest.raises(ConfigError, match=r"LINTAS_ADMINS.*write"):
        load_settings({"LINTAS_ADMINS": admins})


# --- what they write into logs -------------------------------------------------------------------------------------


def _logged(style: str, texts: list[str], *raw: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.torture.logwriter", style, *raw],
        input=json.dumps(texts).encode(),
        capture_output=True,
        cwd=ROOT,
        timeout=100,
        check=True,
    )
    return done.stderr.decode("utf-8", "surrogateescape").splitlines()


@pytest.fixture(scope="module")
def texts() -> list[str]:
    size = size_here()
    return odd_lines(size.dice("logs"), size.pick(quick=100, full=5_000))


def test_json_logs_are_one_object_a_line(texts: list[str], figures: Figures) -> None:
    """As many lines as events, each an object, and no control or direction character in any of them."""
    lines = _logged("json", texts)
    figures.put(odd_log_texts=len(texts), log_events=len(lines))
    assert len(lines) == 4 * len(texts)
    for line in lines:
        assert isinstance(json.loads(line), dict)
        assert _plain(line)


def test_pretty_logs_are_one_line_an_event_and_tracebacks_stand_behind_a_bar(texts: list[str]) -> None:
    """No text of others begins a line."""
    lines = _logged("pretty", texts)
    events = [line for line in lines if not line.startswith("  │ ")]
    assert len(events) == 4 * len(texts)
    assert all(line.startswith("20") and "[" in line for line in events)
    assert all(_plain(line) for line in lines)


def _plain(line: str) -> bool:
    return all(char.isprintable() or char in "\u200c\u200d" or ord(char) > 0xDFFF for char in line)


@pytest.mark.parametrize("style", ["pretty", "json"])
def test_uncleaned_logs_can_be_forged(texts: list[str], style: str) -> None:
    """The proof that the cleaning does it."""
    lines = [line for line in _logged(style, texts, "raw") if not line.startswith("  │ ")]
    assert len(lines) != 4 * len(texts) or not all(_plain(line) for line in lines)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]
