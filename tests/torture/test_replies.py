"""Replies of the Bot API × places in the pipeline: each leads to its documented state, and in the end every story stands
in its chat once, whatever the replies said."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import ssl
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from structlog.testing import capture_logs
from telegram.request import HTTPXRequest

from bot import deliver, retracting, uncertain
from bot.deliver import Delivery, deliver_round
from bot.render.tree import Button
from bot.telegram import errors, wire
from bot.telegram import publisher as publishing
from bot.telegram.publisher import TelegramPublisher
from bot.threads import StoreThreads
from newsdesk.articles import Article, Identity
from newsdesk.errors import OutcomeUnknown, PublishError, RetryLater, TokenRefused
from newsdesk.messages import ChatState, Message, MessageState
from newsdesk.ports import Store, Writing
from newsdesk.verdicts import Verdicts
from storage import open_store
from tests.doubles.blackhole import black_hole
from tests.doubles.botapi import OPERATORS, TOKEN
from tests.doubles.newsroom import NOW
from tests.torture.frame import Figures, Size
from tests.torture.replies_table import ROWS, Meaning, Place, Row, reached
from tests.torture.replies_wire import LATE, NEVER_LEFT, Reply, Replying, refusal

SETTLE = timedelta(seconds=45)
ADMIN = 5150


@dataclass
class Desk:
    """Delivery under a clock that moves only when something sleeps, and each case in a chat of its own."""

    threads: StoreThreads
    store: Store
    api: Replying
    publisher: TelegramPublisher
    now: datetime = NOW
    told: list[str] = field(default_factory=list)
    cases: int = 0

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def tell(self, notice: str, buttons: Sequence[Button] = ()) -> None:
        self.told.append(notice)

    async def round(self, patience: float = 0) -> None:
        delivery = Delivery(
            store=self.threads,
            publisher_for=lambda _: self.publisher,
            clock=lambda: self.now,
            steady=lambda: 0.0,
            settle=SETTLE,
            summarise=lambda card: card.article.summary,
            tell=self.tell,
            admins=(ADMIN,),
            sleep=self.sleep,
            jitter=lambda: 0.5,
        )
        await deliver_round(delivery, timedelta(seconds=patience))

    def message(self, number: int) -> Message:
        with self.store.read() as view:
            message = view.message(number)
        assert message is not None
        return message

    def chat(self, name: str) -> ChatState:
        with self.store.read() as view:
            return view.chat(name)

    def headlines(self, *chats: int) -> list[str]:
        return [text.split("\n", 1)[0] for chat in chats for text in self.api.texts(chat)]


@pytest.fixture
def store() -> Iterator[Store]:
    """A real file, in memory where there is such a place: thousands of commits, and none of them is to be lost here."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        kept = open_store(f"sqlite:///{folder}/desk.db", index_text=lambda title, summary, body: (title, summary))
        yield kept
        kept.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that nobody vouches for, made with the openssl program, which CI must have."""
    program = shutil.which("openssl")
    assert program is not None, "the openssl program makes the untrusted certificate; install it"
    both = tmp_path_factory.mktemp("tls") / "both.pem"
    made = [program, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
    made += ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*made, "-keyout", str(both), "-out", f"{both}.crt"], check=True, capture_output=True)
    both.write_text(both.read_text() + Path(f"{both}.crt").read_text())
    return both


@pytest.fixture
async def elsewhere(certificate: Path) -> AsyncIterator[Callable[[str], str]]:
    """Where calls are led that get no connection: nobody listens, nobody answers the knock, or TLS fails."""
    runner = web.AppRunner(web.Application())
    await runner.setup()
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(certificate)
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=secure)
    await site.start()
    with socket.socket() as probe, black_hole() as hole:
        probe.bind(("127.0.0.1", 0))  # bound and never listening: nobody else can, either
        bases = {
            "untrusted": f"https://127.0.0.1:{runner.addresses[0][1]}",
            "refused": f"http://127.0.0.1:{probe.getsockname()[1]}",
            "silent": f"http://127.0.0.1:{hole}",
        }
        yield lambda way: bases[way]
    await runner.cleanup()


@contextlib.asynccontextmanager
async def all_in_use(api: Replying) -> AsyncIterator[HTTPXRequest]:
    """The library's own pool, of one connection, on which a call hangs at the double."""
    api.fault("getMe", "stall")
    request = HTTPXRequest(connection_pool_size=1, read_timeout=600, pool_timeout=LATE)
    await request.initialize()
    hanging = asyncio.create_task(request.retrieve(f"{api.base}/bot{TOKEN}/getMe"))
    await api.until(lambda: bool(api.called("getMe")))
    yield request
    assert not hanging.done()
    hanging.cancel()
    await asyncio.wait({hanging})
    await request.shutdown()


@pytest.fixture
async def desk(store: Store, elsewhere: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(wire, "CONNECT_TIMEOUT", 2.0)
    really = HTTPXRequest.do_request
    async with Replying(TOKEN) as api, all_in_use(api) as busy:

        async def led(self: HTTPXRequest, url: str, *more: Any, **named: Any) -> tuple[int, bytes]:
            replies = api.replies[url.rsplit("/", 1)[1]]
            if not replies or replies[0].way not in NEVER_LEFT:
                return await really(self, url, *more, **named)
            match replies.popleft().way:
                case "busy":
                    return await really(busy, url, *more, **named)
                case "plaintext":
                    base = f"https://127.0.0.1:{api.port}"
                case way:
                    base = elsewhere(way)
                    if way == "silent":
                        named["connect_timeout"] = LATE
            return await really(self, url.replace(api.base, base), *more, **named)

        monkeypatch.setattr(HTTPXRequest, "do_request", led)
        publisher = TelegramPublisher(TOKEN, api=api.base, operators_chat=str(OPERATORS), timeout=LATE)
        with capture_logs():  # thousands of lines that nobody reads
            async with StoreThreads(store) as threads, publisher:
                yield Desk(threads, store, api, publisher)


@dataclass
class Case:
    """One reply at one place: the chat, its stories, and what went wrong.

    `inside` is the message that the reply is about, `after` the one behind it; an edit has none behind it yet.
    """

    desk: Desk
    place: Place
    row: Row
    chat: int
    inside: int
    after: int
    wrong: list[str] = field(default_factory=list)

    def expect(self, holds: bool, what: str) -> None:
        if not holds:
            self.wrong.append(f"{self.place.name} × {self.row.name}: {what}")

    def sends(self, headline: str) -> int:
        return sum(fields["text"].find(headline) >= 0 for fields in self.desk.api.called("sendMessage"))


BAD_MARKUP = refusal(400, "Bad Request: can't parse entities: whatever")


def write_stories(desk: Desk, rows: Sequence[Row]) -> list[tuple[int, int]]:
    """Two stories for each row, in one transaction; returns each row's articles (the stories have their numbers)."""
    articles = []
    with desk.store.write() as tx:
        for number in range(1, len(rows) + 1):
            articles.append((tell(tx, f"Kabar {number} inti"), tell(tx, f"Kabar {number} berikut")))
    return articles


def tell(tx: Writing, title: str) -> int:
    url = f"https://news.example/{title.replace(' ', '-')}"
    article = Article(
        id=0, source="a", outlet="A", title=title, url=url, identity=Identity(url=url), first_seen=NOW, at=NOW
    )
    number = tx.add_article(article, Verdicts(by_topic={}), [])
    assert tx.open_story(number, NOW) == number
    return number


def put(tx: Writing, article: int, chat: int, now: datetime) -> int:
    post = tx.add_post(story=article, chat=str(chat), route="r", article=article, due=now, waiting=False)
    assert post is not None
    return tx.queue_message(chat=str(chat), kind="send", posts=[post], now=now, not_before=now)


async def put_edit(desk: Desk, article: int, chat: int) -> int:
    """The story was posted, and another outlet has joined it."""
    with desk.store.write() as tx:
        message = put(tx, article, chat, desk.now)
    await desk.round()
    with desk.store.write() as tx:
        url = f"https://lain.example/{article}"
        joined = Article(
            id=0, source="b", outlet="B", title="Lagi", url=url, identity=Identity(url=url), first_seen=NOW, at=NOW
        )
        tx.join_story(article, tx.add_article(joined, Verdicts(by_topic={}), []), NOW)
        edit = tx.queue_edit(message, now=desk.now, not_before=desk.now)
    desk.now += timedelta(seconds=2)
    desk.api.calls.clear()
    return edit


async def prepare(desk: Desk, place: Place, row: Row, articles: tuple[int, int]) -> Case:
    """A chat of its own with the story of the case and one behind it; the reply is scripted for its place."""
    desk.cases += 1
    desk.now += timedelta(days=2)
    desk.told.clear()
    desk.api.chats[OPERATORS].messages.clear()
    desk.api.calls.clear()
    chat = desk.api.chat(-1001000000000 - 2 * desk.cases, "channel", last_id=1).id
    reply = row.reply
    if row.meaning is Meaning.MOVED:
        new = desk.api.chat(chat - 1, "channel").id
        reply = replace(reply, body={**reply.body, "parameters": {"migrate_to_chat_id": new}})
    if place is Place.EDIT:
        desk.api.replies["editMessageText"].append(reply)
        return Case(desk, place, row, chat, await put_edit(desk, articles[0], chat), 0)
    with desk.store.write() as tx:
        if place is not Place.FIRST:
            tx.save_chat(ChatState(chat=str(chat), last_message_id=1))
        inside, after = (put(tx, article, chat, desk.now) for article in articles)
    send, forward, delete = (desk.api.replies[name] for name in ("sendMessage", "forwardMessage", "deleteMessage"))
    if place in (Place.FIRST, Place.KNOWN):
        send.append(reply)
    elif place is Place.PLAIN:
        send.extend((BAD_MARKUP, reply))
    else:
        send.append(Reply("reset", does=(place, row.meaning) != (Place.LOOK, Meaning.ABSENT)))
        (forward if place is Place.LOOK else delete).append(reply)
    return Case(desk, place, row, chat, inside, after)


async def meet(case: Case) -> None:
    """Let the reply come, and compare the state that it leads to with the documented one."""
    desk, documented = case.desk, reached(case.place, case.row)
    if case.place in (Place.LOOK, Place.DELETE):
        await desk.round()
        desk.now += SETTLE
    ended = False
    try:
        await desk.round()
    except TokenRefused:
        ended = True
    message, chat = desk.message(case.inside), desk.chat(str(case.chat))
    case.expect(ended == documented.ends, f"delivery {'ended' if ended else 'went on'}")
    case.expect(message.state is documented.state, f"it is {message.state.value}, not {documented.state.value}")
    case.expect(
        (chat.rest_until is not None) == (documented.rests == "chat"), f"the chat rests until {chat.rest_until}"
    )
    case.expect(len(desk.told) == documented.told, f"operators were told {desk.told}")
    case.expect(not any(desk.api.replies.values()), "the reply was never asked for")
    if documented.rests == "bot":
        await wait_out(case)


async def wait_out(case: Case) -> None:
    """Nothing at all is asked before the time is over, in any chat."""
    desk = case.desk
    other = desk.api.chat(-1002000000000 - desk.cases, "channel").id
    with desk.store.write() as tx:
        put(tx, 1, other, desk.now)
    calls, asked = len(desk.api.calls), max(case.row.wait, 1)
    desk.now += timedelta(seconds=asked - 0.01)
    await desk.round()
    case.expect(len(desk.api.calls) == calls, f"asked again within the {asked} s")
    desk.now += timedelta(seconds=1.02)
    await desk.round()
    case.expect(len(desk.api.texts(other)) == 1, f"nothing went {asked} s + 1 s later")


async def recover(case: Case) -> None:
    """All is well again: every story stands once, in order, and little is left of the trouble."""
    desk, number = case.desk, case.desk.cases
    if case.place is Place.EDIT:
        await recover_edit(case)
        return
    if desk.message(case.inside).state is MessageState.HELD:
        with desk.store.write() as tx:
            truth = uncertain.Resolution.SENT if case.sends(f"Kabar {number} inti") else uncertain.Resolution.RESEND
            uncertain.resolve(tx, case.inside, truth, desk.now)
    for _ in range(3):
        desk.now += timedelta(hours=2)
        await desk.round(patience=90)
        if desk.message(case.after).state is MessageState.SENT:
            break
    state = desk.message(case.inside).state
    failed = reached(case.place, case.row).state is MessageState.FAILED
    case.expect(state is (MessageState.FAILED if failed else MessageState.SENT), f"in the end it is {state.value}")
    wanted = [*([] if failed else [f"Kabar {number} inti"]), f"Kabar {number} berikut"]
    chats = [case.chat, case.chat - 1] if case.row.meaning is Meaning.MOVED else [case.chat]
    stands = desk.headlines(*chats)
    case.expect(stands == wanted, f"in the chat stands {stands}")
    if failed:
        case.expect(case.sends(f"Kabar {number} inti") <= 2, "the next story waited for more than two sends")
    lost = case.place is Place.DELETE or (case.place is Place.LOOK and case.row.reply.does)
    copies = len(desk.api.texts(OPERATORS))
    case.expect(copies <= lost, f"{copies} copies were left with the operators")
    desk.api.replies.clear()


async def recover_edit(case: Case) -> None:
    """The post says what it has to, unless it could not be changed; nothing was posted anew, and the next story stands."""
    desk, number = case.desk, case.desk.cases
    chats = [case.chat, case.chat - 1] if case.row.meaning is Meaning.MOVED else [case.chat]
    with desk.store.write() as tx:
        article = tx.cards(desk.message(case.inside).posts)[0].story + 1
        case.after = put(tx, article, chats[-1], desk.now)
    for _ in range(3):
        desk.now += timedelta(hours=2)
        await desk.round(patience=90)
    ended = reached(case.place, case.row).state is MessageState.FAILED
    state = desk.message(case.inside).state
    case.expect(state is (MessageState.FAILED if ended else MessageState.SENT), f"in the end it is {state.value}")
    stands = desk.headlines(*chats)
    case.expect(stands == [f"Kabar {number} inti", f"Kabar {number} berikut"], f"in the chat stands {stands}")
    refused = case.row.meaning is Meaning.MARKUP and "not modified" in case.row.name  # it said so, so it is believed
    case.expect(
        ("Juga di: B" in desk.api.texts(case.chat)[0]) == (not ended and not refused), "the post says too little"
    )
    case.expect(not case.sends(f"Kabar {number} inti"), "it was posted anew")
    case.expect(not desk.api.texts(OPERATORS), "it was looked for")
    desk.api.replies.clear()


def rows_at(place: Place, size: Size) -> list[Row]:
    """All of them; in the quick size, away from the plainest place, three wordings of one meaning do.

    What proves nothing is played in both truths there, and in one of them elsewhere: of a look's calls it does not
    matter, as they change nothing.
    """
    if place is Place.KNOWN or (size.full and place not in (Place.LOOK, Place.DELETE)):
        return ROWS
    dice = size.dice(place.name)
    unknown = [row for row in ROWS if row.meaning is Meaning.UNKNOWN]
    chosen = [dice.choice(twins) for twins in zip(unknown[::2], unknown[1::2], strict=True)]
    for meaning in Meaning:
        rows = [row for row in ROWS if row.meaning is meaning]
        if meaning in (Meaning.GONE, Meaning.MARKUP) and not size.full:
            rows = dice.sample(rows, 3)
        chosen += rows if meaning is not Meaning.UNKNOWN else []
    return chosen


async def play(desk: Desk, place: Place, rows: Sequence[Row]) -> list[str]:
    """All rows at one place; what went wrong."""
    wrong: list[str] = []
    for row, articles in zip(rows, write_stories(desk, rows), strict=True):
        case = await prepare(desk, place, row, articles)
        await meet(case)
        await recover(case)
        wrong += case.wrong
    return wrong


@pytest.mark.parametrize("place", Place, ids=lambda place: place.name.lower())
async def test_every_reply_leads_to_its_documented_state(
    desk: Desk, place: Place, size: Size, figures: Figures
) -> None:
    """And on to the story standing once: nothing lost, nothing doubled, nothing overtaken, no storm of requests."""
    rows = rows_at(place, size)
    assert len(rows) >= 45
    wrong = await play(desk, place, rows)
    figures.put(replies=len(ROWS), **{f"{place.name.lower()}_cases": desk.cases})
    assert wrong == [], "\n".join(wrong)
    assert desk.api.violations == []


async def take_back(desk: Desk, row: Row, articles: tuple[int, int]) -> list[str]:
    """A post that stands is to be deleted, and the reply comes; what is wrong with what came of it."""
    desk.cases += 1
    desk.now += timedelta(days=2)
    desk.api.chats[OPERATORS].messages.clear()
    desk.told.clear()
    chat = desk.api.chat(-1001000000000 - 2 * desk.cases, "channel", last_id=1).id
    with desk.store.write() as tx:
        put(tx, articles[0], chat, desk.now)
    await desk.round()
    (title,) = desk.headlines(chat)
    desk.api.calls.clear()
    with desk.store.write() as tx:
        assert retracting.take_back(tx, articles[0], ADMIN, desk.now)
        put(tx, articles[1], chat, desk.now)
    reply, chats = row.reply, [chat]
    if row.meaning is Meaning.MOVED:
        chats.append(desk.api.chat(chat - 1, "channel").id)
        reply = replace(reply, body={**reply.body, "parameters": {"migrate_to_chat_id": chat - 1}})
    desk.api.replies["deleteMessage"].append(reply)
    for _ in range(4):
        with contextlib.suppress(TokenRefused):
            await desk.round(patience=90)
        desk.now += timedelta(hours=5)
    gone, told = title not in desk.headlines(chat), len(desk.told)
    repeated = row.meaning in (Meaning.TAKEN, Meaning.FLOOD, Meaning.NOT_NOW, Meaning.UNKNOWN, Meaning.TOKEN)
    believed = row.name.endswith(("message to delete not found", "MESSAGE_ID_INVALID"))  # it said that it is gone
    faults = {
        "it stands, and nobody was told": not gone and not told and not believed,
        "it stands, although it might have been deleted": repeated and not gone,
        "operators were told of nothing": repeated and bool(told),
        f"operators were told {told} times": told > 1 + (row.meaning is Meaning.MOVED),  # also of the new number
        "it was posted anew": any(title in fields["text"] for fields in desk.api.called("sendMessage")),
        "the next story waits": len([line for line in desk.headlines(*chats) if "berikut" in line]) != 1,
        "the reply was never asked for": bool(desk.api.replies["deleteMessage"]),
    }
    desk.api.replies.clear()
    return [f"TAKEN BACK × {row.name}: {fault}" for fault, holds in faults.items() if holds]


async def test_every_reply_to_a_deletion_is_heeded(desk: Desk, size: Size, figures: Figures) -> None:
    """What is taken back is deleted however often that must be tried, or the operators hear once that it stands."""
    rows = ROWS if size.full else size.dice("taken back").sample(ROWS, 45)
    stories = write_stories(desk, rows)
    wrong = [fault for row, pair in zip(rows, stories, strict=True) for fault in await take_back(desk, row, pair)]
    figures.put(taken_back_cases=len(rows))
    assert wrong == [], "\n".join(wrong)


EXECUTED = [row for row in ROWS if row.meaning is Meaning.UNKNOWN and row.reply.does]


async def test_proof_were_unknown_read_as_certain_stories_would_double(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, figures: Figures
) -> None:
    """The classification shifted by one (what proves nothing is taken for a refusal): every executed send doubles."""
    really = errors.translate

    def shifted(error: Any) -> PublishError:
        meaning = really(error)
        return RetryLater(str(meaning)) if isinstance(meaning, OutcomeUnknown) else meaning

    monkeypatch.setattr(publishing, "translate", shifted)
    rows = [row for row in EXECUTED if row.reply.code >= 300 or row.reply.way in ("reset", "late", "end", "cut")]
    wrong = await play(desk, Place.KNOWN, rows)
    doubled = [line for line in wrong if "inti" in line and line.count("inti") == 2]
    figures.put(doubled_when_shifted=f"{len(doubled)} of {len(rows)}")
    assert len(doubled) == len(rows) >= 15


async def test_proof_were_what_never_left_read_as_unknown_it_would_be_looked_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, figures: Figures
) -> None:
    """Without the list of what arises before a request leaves, each row without a connection is seen not to be retried."""
    monkeypatch.setattr(errors, "_NEVER_LEFT", set())
    rows = [row for row in ROWS if row.reply.way in NEVER_LEFT]
    wrong = await play(desk, Place.KNOWN, rows)
    doubted = sum("it is sending, not queued" in line for line in wrong)
    figures.put(doubted_without_the_list=f"{doubted} of {len(rows)}")
    assert doubted == len(rows) == len(NEVER_LEFT)


async def test_proof_were_only_the_chat_to_rest_the_others_would_storm(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the rest of the whole bot the same rows find requests within the time that Telegram named."""
    monkeypatch.setattr(deliver, "_rest_everywhere", lambda tx, rest: None)
    rows = [row for row in ROWS if row.meaning is Meaning.FLOOD and row.wait >= 30]
    wrong = await play(desk, Place.KNOWN, rows)
    assert sum("asked again within" in line for line in wrong) == len(rows) > 0


@pytest.mark.parametrize(
    ("trusted", "said"),
    [(True, pytest.raises(OutcomeUnknown, match="404")), (False, pytest.raises(RetryLater, match="certificate"))],
)
async def test_telegram_is_whom_the_system_trusts(
    certificate: Path, elsewhere: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, trusted: bool, said: Any
) -> None:
    """A server of one's own with a certificate of one's own is asked once SSL_CERT_FILE names it (this one answers that
    nothing is there), and not before.
    """
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", f"{certificate}.crt")
    monkeypatch.setattr(wire, "trust", wire.trust.__wrapped__)
    async with TelegramPublisher(TOKEN, api=elsewhere("untrusted"), operators_chat=None, timeout=5.0) as publisher:
        with said:
            await publisher.check()
