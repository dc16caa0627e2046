"""Posts that stay current, from the feed to the channel: the real intake, store and publisher against a Bot API double.

Its clock moves when a test says so; what stands in the channel is what the double shows.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.deliver import Delivery, deliver_round, recover
from bot.intake import Desk, Intake, take_in
from bot.preview import PreviewPublisher
from bot.standing import stand, standing
from bot.telegram.publisher import TelegramPublisher
from bot.threads import StoreThreads
from bot.wiring import Publishers, card_summary
from classifiers.judge import Judge
from newsdesk.articles import Article, Entry, Identity
from newsdesk.delivery import EDIT_LATEST, EDIT_QUIET, EDITABLE
from newsdesk.messages import Message, MessageState, PostState
from newsdesk.ports import Confirm, Harvest, Store, Writing
from newsdesk.reports import DeliveryReport, PollReport
from newsdesk.routes import Route, TopicRule
from newsdesk.sources import Source, SourceState
from newsdesk.standing import Order
from storage import open_store
from tests.acceptance.conftest import Program, Ran
from tests.doubles.botapi import CHANNEL, OPERATORS, TOKEN, BotApiDouble
from tests.doubles.newsroom import NOW, add, verdicts
from tests.doubles.web import Page, WebDouble

TITLE = "Bioskop Surabaya memutar film dokumenter nelayan yang disulih suara AI"
RETOLD = "Film dokumenter nelayan yang disulih suara AI diputar bioskop Surabaya"
SUMMARY = "Penonton memuji suara nelayan dalam film yang dibuat dengan kecerdasan buatan itu."
OTHER = "Sutradara Joko Anwar memakai kecerdasan buatan untuk film horor terbarunya"
MINUTE = timedelta(minutes=1)
OUTLETS = ("ANTARA", "Republika", "RMOL", "Media Indonesia", "Kumparan", "Suara")


@dataclass
class Room:
    """A news desk of one channel."""

    threads: StoreThreads
    store: Store
    publisher: TelegramPublisher
    api: BotApiDouble
    judge: Judge
    now: datetime = NOW
    bot: str = ""
    told: list[str] = field(default_factory=list)
    _states: dict[str, SourceState] = field(default_factory=dict)

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def tell(self, notice: str, buttons: object = ()) -> None:
        self.told.append(notice)

    def read(
        self, outlet: str, *told: tuple[str, str], chat: int = CHANNEL, more: tuple[Entry, ...] = ()
    ) -> PollReport:
        """The outlet's feed shows these titles and summaries now."""
        name = outlet.lower().replace(" ", "-")
        entries = tuple(
            Entry(
                title=title,
                url=f"https://{name}.example/berita/{41000 + number}-kabar",
                summary=summary,
                published=NOW - timedelta(minutes=5),
            )
            for number, (title, summary) in enumerate(told)
        )
        rule = TopicRule(2, ("film", "ai", "collaboration"))
        desk = Desk(self.judge, (Route(id="highlights", chat=str(chat), when=rule),))
        source = Source(id=name, name=outlet, url=f"https://{name}.example/rss")
        with self.store.write() as tx:
            state = tx.source_states().get(name) or SourceState(source=name, last_ok=NOW - timedelta(days=1))
            return take_in(tx, desk, Intake(source, state, Harvest(entries=(*entries, *more))), self.now)

    async def round(self, *, patience: float = 90, settle: float = 45) -> DeliveryReport:
        """Deliver what may go now."""
        delivery = Delivery(
            store=self.threads,
            publisher_for=lambda _: self.publisher,
            clock=lambda: self.now,
            settle=timedelta(seconds=settle),
            summarise=card_summary,
            tell=self.tell,
            sleep=self.sleep,
            jitter=lambda: 0.0,
            bot=lambda: self.bot,
        )
        return await deliver_round(delivery, timedelta(seconds=patience))

    async def wait(self, time: timedelta, **more: float) -> DeliveryReport:
        """Let time pass, then deliver."""
        self.now += time
        return await self.round(**more)

    async def joined(self) -> dict[str, Any]:
        """One story in the channel, and a second outlet that has joined it; its edit is queued."""
        self.read("ANTARA", (TITLE, SUMMARY))
        await self.round()
        self.now += MINUTE
        assert self.read("Republika", (RETOLD, SUMMARY)).queued == 1
        [post] = self.api.chats[CHANNEL].messages.values()
        return post

    def edits(self) -> list[Message]:
        """All edits, oldest first."""
        with self.store.read() as view:
            return [message for message in view.messages(list(MessageState), 1000) if message.is_edit]


@pytest.fixture
async def room(tmp_path: Path, api: BotApiDouble, judge: Judge) -> AsyncIterator[Room]:
    store = open_store(f"sqlite:///{tmp_path}/desk.db")
    publisher = TelegramPublisher(TOKEN, api=api.base, operators_chat=str(OPERATORS))
    async with StoreThreads(store) as threads, publisher:
        yield Room(threads, store, publisher, api, judge)
    store.close()


async def test_a_second_outlet_joins_the_post_that_stands(room: Room, api: BotApiDouble) -> None:
    """After a quiet time the same message names both outlets, with a link, and nobody's phone rings."""
    post = await room.joined()
    assert "Juga di" not in post["text"]
    assert await room.round() == DeliveryReport(held=1), "it waits for others"
    assert await room.wait(EDIT_QUIET) == DeliveryReport(sent=1)
    assert "Juga di: Republika" in post["text"]
    assert "https://republika.example/berita/41000-kabar" in post["raw"]
    assert [fields["message_id"] for fields in api.called("editMessageText")] == [post["message_id"]]
    assert len(api.accepted) == len(api.chats[CHANNEL].messages) == 1
    assert await room.wait(EDIT_LATEST) == DeliveryReport()
    assert room.edits()[0].state is MessageState.SENT


async def test_many_joins_are_few_edits(room: Room, api: BotApiDouble) -> None:
    """Five outlets within ten minutes: one or two edits, and the last of them names all."""
    room.read("ANTARA", (TITLE, SUMMARY))
    await room.round()
    for outlet in OUTLETS[1:]:
        room.now += 2 * MINUTE
        assert room.read(outlet, (RETOLD, SUMMARY)).queued <= 1
        await room.round(patience=0)
    await room.wait(EDIT_LATEST)
    assert 1 <= len(api.called("editMessageText")) <= 2
    [text] = api.texts()
    assert "Juga di: Republika, RMOL, Media Indonesia (+2)" in text


async def test_a_corrected_headline_is_corrected_in_the_post(room: Room, api: BotApiDouble) -> None:
    """The outlet's new words stand in the same message, with the time at which they came."""
    room.read("ANTARA", (TITLE, SUMMARY))
    await room.round()
    room.now += 10 * MINUTE
    better = TITLE.replace("Surabaya", "Malang")
    assert room.read("ANTARA", (better, SUMMARY)).queued == 1
    assert await room.wait(EDIT_QUIET) == DeliveryReport(sent=1)
    [text] = api.texts()
    assert text.startswith(better)
    assert "17.55 WIB · diperbarui 18.10 WIB" in text
    assert len(api.accepted) == 1


async def test_what_no_reader_would_see_is_no_edit(room: Room, api: BotApiDouble) -> None:
    """Another article of an outlet that is named already, or a longer body, asks for nothing."""
    await room.joined()
    await room.wait(EDIT_QUIET)
    again = Entry(title=RETOLD, url="https://republika.example/berita/59999-kabar", summary=SUMMARY, published=NOW)
    assert room.read("Republika", (RETOLD, SUMMARY), more=(again,)).queued == 0
    longer = Entry(
        title=TITLE, url="https://antara.example/berita/41000-kabar", summary=SUMMARY, body="Isi baru.", published=NOW
    )
    assert room.read("ANTARA", more=(longer,)).queued == 0
    assert len(room.edits()) == 1


async def test_a_muted_source_joins_no_post_and_still_corrects_its_own(room: Room, api: BotApiDouble) -> None:
    """Muted means that nothing more of it is told, not that what was told stays wrong."""
    room.read("ANTARA", (TITLE, SUMMARY))
    await room.round()
    with room.store.write() as tx:
        for name in ("antara", "republika"):
            stand(tx, standing(tx).muting(name, Order(room.now, 1)))
    assert room.read("Republika", (RETOLD, SUMMARY)).queued == 0
    better = TITLE.replace("Surabaya", "Malang")
    assert room.read("ANTARA", (better, SUMMARY)).queued == 1
    await room.wait(EDIT_QUIET)
    assert api.texts()[0].startswith(better)


async def test_a_muted_source_is_not_named_by_whatever_else_edits_the_post(room: Room, api: BotApiDouble) -> None:
    """Neither when another outlet joins nor in a post that it had joined before; heard again, it is named again."""
    post = await room.joined()
    await room.wait(EDIT_QUIET)
    assert "Juga di: Republika" in post["text"]
    with room.store.write() as tx:
        stand(tx, standing(tx).muting("republika", Order(room.now, 1)))
    assert room.read("RMOL", (RETOLD, SUMMARY)).queued == 1
    await room.wait(EDIT_QUIET)
    assert "Juga di: RMOL" in post["text"]
    assert "Republika" not in post["text"]
    with room.store.write() as tx:
        stand(tx, standing(tx).muting("republika", None))
    room.read("Suara", (RETOLD, SUMMARY))
    await room.wait(EDIT_QUIET)
    assert "Juga di: Republika, RMOL, Suara" in post["text"]


async def test_a_corrected_headline_is_corrected_in_the_look_back_too(room: Room, api: BotApiDouble) -> None:
    """A headline that its outlet took back must not stand on; of another outlet's article nothing is changed there."""
    await room.joined()
    with room.store.write() as tx:
        tx.queue_look_back(route="week", chat=str(CHANNEL), slot=room.now, stories=[1], now=room.now)
    await room.wait(EDIT_QUIET)
    [_, week] = api.texts()
    assert f"1. {TITLE}" in week
    better = TITLE.replace("Surabaya", "Malang")
    assert room.read("Republika", (RETOLD.replace("diputar", "ditayangkan"), SUMMARY)).queued == 0
    assert room.read("ANTARA", (better, SUMMARY)).queued == 2
    await room.wait(EDIT_QUIET)
    post, week = api.texts()
    assert post.startswith(better)
    assert f"1. {better}" in week
    assert TITLE not in week


async def test_words_that_are_taken_back_in_time_are_no_edit(room: Room, api: BotApiDouble) -> None:
    """Corrected and put back before the edit went: Telegram is not asked at all, and the post carries no remark."""
    room.read("ANTARA", (TITLE, SUMMARY))
    await room.round()
    room.now += MINUTE
    room.read("ANTARA", (TITLE.replace("Surabaya", "Malang"), SUMMARY))
    room.now += MINUTE
    room.read("ANTARA", (TITLE, SUMMARY))
    assert await room.wait(EDIT_QUIET) == DeliveryReport()
    assert room.edits()[0].state is MessageState.SENT
    assert api.called("editMessageText") == []
    assert "diperbarui" not in api.texts()[0]


async def test_what_is_known_before_the_post_goes_needs_no_edit(room: Room, api: BotApiDouble) -> None:
    """An outlet that joins while the message is still queued stands in it from the beginning."""
    room.read("ANTARA", (TITLE, SUMMARY))
    assert room.read("Republika", (RETOLD, SUMMARY)).queued == 0
    await room.round()
    assert "Juga di: Republika" in api.texts()[0]
    assert room.edits() == []


async def test_what_joins_during_a_send_of_unknown_fate_is_not_forgotten(room: Room, api: BotApiDouble) -> None:
    """The post had left without it; when it is found, the edit follows."""
    room.read("ANTARA", (TITLE, SUMMARY))
    api.fault("sendMessage", "drop")
    assert await room.round(patience=0) == DeliveryReport(held=1)
    assert room.read("Republika", (RETOLD, SUMMARY)).queued == 1
    assert await room.wait(EDIT_LATEST) == DeliveryReport(sent=2)
    [text] = api.texts()
    assert "Juga di: Republika" in text


async def test_old_posts_stay_as_they_are(room: Room, api: BotApiDouble) -> None:
    """Neither is an edit queued for an old post, nor made when it had to wait for too long."""
    await room.joined()
    room.now += EDITABLE
    room.read("RMOL", (RETOLD, SUMMARY))
    assert await room.round() == DeliveryReport()
    [edit] = room.edits()
    assert (edit.state, "older than 48 hours" in edit.reason) == (MessageState.FAILED, True)
    assert api.called("editMessageText") == []


async def test_edits_stand_behind_all_new_posts(room: Room, api: BotApiDouble) -> None:
    """Posts that came later go first; edits never take more than half of the pace."""
    post = await room.joined()
    room.now += EDIT_LATEST
    titles = [OTHER.replace("Joko Anwar", name) for name in ("Mouly Surya", "Garin Nugroho")]
    for number, title in enumerate(titles):
        add_post(room, title, number)
    await room.round()
    order = [method for method, _, _ in api.calls if method in ("sendMessage", "editMessageText")]
    assert order == ["sendMessage", "sendMessage", "sendMessage", "editMessageText"]
    assert "Juga di" in post["text"]


def add_post(room: Room, title: str, number: int, **more: Any) -> int:
    """A story of another source, queued as a message."""
    article, story = add(room.store, title, source=f"lain{number}", outlet=f"Lain {number}", **more)
    with room.store.write() as tx:
        post = tx.add_post(story=story, chat=str(CHANNEL), route="r", article=article, due=room.now, waiting=False)
        assert post is not None
        return tx.queue_message(chat=str(CHANNEL), kind="send", posts=[post], now=room.now, not_before=room.now)


async def test_a_flood_of_edits_leaves_room_for_posts(room: Room, api: BotApiDouble) -> None:
    """Fifteen edits are due: ten go in the first minute, and a new post goes at once in between."""
    room.read("ANTARA", (TITLE, SUMMARY))
    numbers = [add_post(room, f"Berita film {number}", number) for number in range(15)]
    await room.round(patience=200)
    with room.store.write() as tx:
        for number in numbers:
            story = tx.cards(tx.message(number).posts)[0].story  # type: ignore[union-attr]
            add_in(tx, story, number)
            tx.queue_edit(number, now=room.now, not_before=room.now)
    room.now += 2 * MINUTE
    began = room.now
    await room.round(patience=30)
    assert len(api.called("editMessageText")) == 10
    add_post(room, "Kabar terbaru", 99)
    before = room.now
    await room.round(patience=30)
    assert api.texts()[-1].startswith("Kabar terbaru")
    assert room.now - before <= timedelta(seconds=31)
    await room.wait(2 * MINUTE, patience=200)
    assert all("Juga di: Outlet" in text for text in api.texts()[1:-1])
    assert room.now - began < 6 * MINUTE


_numbers = count()


def add_in(tx: Writing, story: int, number: int) -> None:
    """A further outlet of the story, within a transaction."""
    url = f"https://outlet.example/{number}-{next(_numbers)}"
    article = Article(
        id=0,
        source="outlet",
        outlet="Outlet",
        title="Judul",
        url=url,
        identity=Identity(url=url),
        first_seen=NOW,
        at=NOW,
    )
    added = tx.add_article(article, verdicts(("film",)), [])
    tx.join_story(story, added, NOW)


# --- what Telegram may answer -------------------------------------------------------------------------------------------

ENDS = (
    "Bad Request: message to edit not found",
    "Bad Request: message can't be edited",
    "Bad Request: MESSAGE_ID_INVALID",
    "Bad Request: message is too long",
)


@pytest.mark.parametrize("description", ENDS)
async def test_an_edit_that_can_never_be_made_ends(room: Room, api: BotApiDouble, description: str) -> None:
    """The edit ends with the reason; the post stays sent, nothing is posted anew, nobody is rung up."""
    await room.joined()
    api.fault("editMessageText", "error", code=400, description=description)
    assert await room.wait(EDIT_QUIET) == DeliveryReport(failed=1)
    [edit] = room.edits()
    assert edit.state is MessageState.FAILED
    assert description.removeprefix("Bad Request: ").casefold() in edit.reason.casefold()
    with room.store.read() as view:
        trace = view.trace(1)
    assert trace is not None
    assert [post.state for post, _ in trace.posts] == [PostState.SENT]
    assert await room.wait(EDIT_LATEST) == DeliveryReport()
    assert len(api.accepted) == 1
    assert (len(api.called("editMessageText")), room.told) == (1, [])


async def test_a_post_that_an_admin_deleted_is_not_posted_again(room: Room, api: BotApiDouble) -> None:
    """Its edit finds nothing, and that is all."""
    post = await room.joined()
    del api.chats[CHANNEL].messages[post["message_id"]]
    assert await room.wait(EDIT_QUIET) == DeliveryReport(failed=1)
    assert api.texts() == []
    assert await room.wait(EDIT_LATEST) == DeliveryReport()


async def test_an_edit_that_was_made_already_is_done(room: Room, api: BotApiDouble) -> None:
    """ "message is not modified" is as good as an answer."""
    await room.joined()
    said = "Bad Request: message is not modified: specified new message content and reply markup are exactly the same"
    api.fault("editMessageText", "error", code=400, description=said)
    assert await room.wait(EDIT_QUIET) == DeliveryReport(sent=1)


@pytest.mark.parametrize(
    ("kind", "more"),
    [("drop", {}), ("garbage", {}), ("close", {}), ("html", {"code": 502}), ("error", {"code": 500})],
)
async def test_an_edit_of_unknown_fate_is_tried_again_without_looking(
    room: Room, api: BotApiDouble, kind: str, more: dict[str, int]
) -> None:
    """Whether it was made or not, it is made again when the first try has settled; posts go on meanwhile."""
    post = await room.joined()
    api.fault("editMessageText", kind, **more)
    room.now += EDIT_QUIET
    assert await room.round(patience=10) == DeliveryReport(held=1)
    add_post(room, OTHER, 1)
    assert await room.round(patience=10) == DeliveryReport(sent=1, held=1)
    assert await room.wait(MINUTE) == DeliveryReport(sent=1)
    assert len(api.called("editMessageText")) == 2
    assert "Juga di: Republika" in post["text"]
    assert api.called("forwardMessage") == []
    assert len(api.accepted) == 2


async def test_an_edit_rests_with_the_whole_bot(room: Room, api: BotApiDouble) -> None:
    """A flood answer to an edit is obeyed by posts as well; then both go."""
    await room.joined()
    api.fault(
        "editMessageText",
        "error",
        code=429,
        description="Too Many Requests: retry after 40",
        parameters={"retry_after": 40},
    )
    room.now += EDIT_QUIET
    assert await room.round(patience=5) == DeliveryReport(held=1)
    add_post(room, OTHER, 1)
    room.now += timedelta(seconds=30)
    assert await room.round(patience=5) == DeliveryReport(held=2)
    assert await room.wait(timedelta(seconds=11)) == DeliveryReport(sent=2)


async def test_refused_markup_of_an_edit_goes_once_as_plain_text(room: Room, api: BotApiDouble) -> None:
    """As with a post; refused again, it ends."""
    post = await room.joined()
    said = "Bad Request: can't parse entities: Unsupported start tag"
    api.fault("editMessageText", "error", code=400, description=said)
    assert await room.wait(EDIT_QUIET) == DeliveryReport(sent=1)
    assert "Juga di: Republika" in post["text"]
    assert post["entities"] == []
    room.read("RMOL", (RETOLD, SUMMARY))
    api.fault("editMessageText", "error", times=2, code=400, description=said)
    assert await room.wait(EDIT_QUIET) == DeliveryReport(failed=1)


@pytest.mark.parametrize(
    "said",
    [
        (400, "Bad Request: not enough rights to edit the message"),
        (403, "Forbidden: bot was kicked from the channel chat"),
        (400, "Bad Request: chat not found"),
    ],
)
async def test_lost_rights_do_not_stop_posts_for_an_edit(room: Room, api: BotApiDouble, said: tuple[int, str]) -> None:
    """The edit waits for better days; the chat does not rest for it, and a new post tells the operator if it must."""
    await room.joined()
    api.fault("editMessageText", "error", code=said[0], description=said[1])
    room.now += EDIT_QUIET
    assert await room.round() == DeliveryReport(held=1)
    add_post(room, OTHER, 1)
    assert await room.round() == DeliveryReport(sent=1, held=1)
    assert room.told == []
    assert await room.wait(15 * MINUTE) == DeliveryReport(sent=1)


async def test_in_a_chat_with_a_new_number_old_posts_are_left_alone(room: Room, api: BotApiDouble) -> None:
    """A supergroup counts its messages anew: the old number would name another message there."""
    supergroup = -1009999999999
    await room.joined()
    api.chat(supergroup, "supergroup")
    api.fault(
        "editMessageText",
        "error",
        code=400,
        description="Bad Request: group chat was upgraded to a supergroup chat",
        parameters={"migrate_to_chat_id": supergroup},
    )
    assert await room.wait(EDIT_QUIET) == DeliveryReport()
    [edit] = room.edits()
    assert (edit.state, "not known in this chat" in edit.reason) == (MessageState.FAILED, True)
    assert len(api.called("editMessageText")) == 1
    assert str(supergroup) in room.told[0]


async def test_a_kill_between_edit_and_record_is_mended_at_once(room: Room, api: BotApiDouble) -> None:
    """Found `sending` after a restart: made again, nothing is looked up, and no new post waits for it."""
    post = await room.joined()
    [edit] = room.edits()
    room.now += EDIT_QUIET
    with room.store.write() as tx:
        assert tx.claim_message(chats_busy=(), now=room.now, only=edit.id) is not None
        tx.mark_sending(edit.id, content=tx.message(edit.edits).content, last_known=2, now=room.now)  # type: ignore[union-attr, arg-type]
    add_post(room, OTHER, 1)
    await recover(room.threads, room.now)
    assert await room.round(patience=1) == DeliveryReport(sent=1, held=1)
    assert await room.wait(MINUTE) == DeliveryReport(sent=1)
    assert "Juga di: Republika" in post["text"]
    assert api.called("forwardMessage") == []


# --- follow-ups ---------------------------------------------------------------------------------------------------------


async def test_a_follow_up_answers_the_first_post(room: Room, api: BotApiDouble) -> None:
    """Story after story answers the one post that began it, and names the one before."""
    _, first = add_story(room, "Studio Bandung mulai syuting film AI")
    await room.round()
    _, second = add_story(room, "Film AI studio Bandung masuk tahap penyuntingan", follows=first)
    add_story(room, "Film AI studio Bandung tayang perdana", follows=second)
    await room.round()
    one, two, three = api.accepted
    assert "reply_to_message" not in one
    assert [message["reply_to_message"]["message_id"] for message in (two, three)] == [one["message_id"]] * 2
    assert "Terkait: Film AI studio Bandung masuk tahap penyuntingan" in three["text"]
    sent = api.called("sendMessage")[-1]["reply_parameters"]
    assert sent == {"message_id": one["message_id"], "allow_sending_without_reply": True}


def add_story(room: Room, title: str, follows: int | None = None) -> tuple[int, int]:
    """A story with a queued message; the numbers of message and story."""
    article, story = add(room.store, title, at=room.now, follows=follows)
    with room.store.write() as tx:
        post = tx.add_post(story=story, chat=str(CHANNEL), route="r", article=article, due=room.now, waiting=False)
        assert post is not None
        message = tx.queue_message(chat=str(CHANNEL), kind="send", posts=[post], now=room.now, not_before=room.now)
    return message, story


async def test_a_follow_up_goes_out_when_the_first_post_is_gone(room: Room, api: BotApiDouble) -> None:
    """Deleted by an admin, or refused as something to answer: it is posted all the same, once, with its formatting."""
    _, first = add_story(room, "Studio Bandung mulai syuting film AI")
    await room.round()
    api.chats[CHANNEL].messages.clear()
    add_story(room, "Film AI studio Bandung selesai", follows=first)
    await room.round()
    assert "reply_to_message" not in api.accepted[-1]
    api.fault("sendMessage", "error", code=400, description="Bad Request: message to be replied not found")
    add_story(room, "Film AI studio Bandung tayang", follows=first)
    assert await room.round() == DeliveryReport(sent=1)
    assert [text.splitlines()[0] for text in api.texts()] == [
        "Film AI studio Bandung selesai",
        "Film AI studio Bandung tayang",
    ]
    assert api.accepted[-1]["entities"]


async def test_an_edit_of_a_follow_up_stays_an_answer(room: Room, api: BotApiDouble) -> None:
    """An edit cannot change what a message answers, and does not try to."""
    _, first = add_story(room, "Studio Bandung mulai syuting film AI")
    await room.round()
    message, story = add_story(room, "Film AI studio Bandung selesai", follows=first)
    await room.round()
    with room.store.write() as tx:
        add_in(tx, story, 1)
        tx.queue_edit(message, now=room.now, not_before=room.now)
    assert await room.round() == DeliveryReport(sent=1)
    assert api.accepted[-1]["reply_to_message"]["message_id"] == api.accepted[0]["message_id"]
    assert "Juga di: Outlet" in api.texts()[-1]
    assert "reply_parameters" not in api.called("editMessageText")[0]


# --- round-ups ----------------------------------------------------------------------------------------------------------


async def test_a_round_up_is_edited_for_a_headline_and_not_for_a_join(room: Room, api: BotApiDouble) -> None:
    """The line says the new headline, the heading still the time at which it was made."""
    room.read("ANTARA", (TITLE, SUMMARY))
    with room.store.write() as tx:
        [message] = tx.messages([MessageState.QUEUED])
        tx.withdraw_message(message.id, reason="test", now=room.now)
    article, story = add(room.store, OTHER, source="lain", outlet="Lain")
    with room.store.write() as tx:
        other = tx.add_post(story=story, chat=str(CHANNEL), route="r", article=article, due=NOW, waiting=True)
        assert other is not None
        tx.queue_message(
            chat=str(CHANNEL), kind="digest", posts=[*message.posts, other], now=room.now, not_before=room.now
        )
    assert await room.round() == DeliveryReport(sent=1)
    [before] = api.texts()
    room.now += MINUTE
    assert room.read("Republika", (RETOLD, SUMMARY)).queued == 0
    better = TITLE.replace("Surabaya", "Malang")
    assert room.read("ANTARA", (better, SUMMARY)).queued == 1
    assert await room.wait(EDIT_QUIET) == DeliveryReport(sent=1)
    [after] = api.texts()
    assert better in after
    assert TITLE not in after
    assert after.splitlines()[0] == before.splitlines()[0]


# --- buttons ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bot", "labels"), [("", ["Baca"]), ("lintas_bot", ["Baca", "Terkait", "Mengapa?"])])
async def test_buttons_open_the_source_and_the_private_chat(
    room: Room, api: BotApiDouble, bot: str, labels: list[str]
) -> None:
    """Deep links carry the article's number; without the bot's user name there are none."""
    room.bot = bot
    room.read("ANTARA", (TITLE, SUMMARY))
    await room.round()
    [row] = api.accepted[0]["reply_markup"]["inline_keyboard"]
    assert [button["text"] for button in row] == labels
    assert row[0]["url"] == "https://antara.example/berita/41000-kabar"
    assert [button["url"] for button in row[1:]] == [
        f"https://t.me/{bot}?start={asked}_1" for asked in ("rel", "why")[: len(row) - 1]
    ]


async def test_the_bots_name_is_asked_for_once(api: BotApiDouble) -> None:
    """`check` remembers what getMe said."""
    async with TelegramPublisher(TOKEN, api=api.base) as publisher:
        assert publisher.name == ""
        await publisher.check()
        assert publisher.name == "lintas_layar_bot"


async def test_the_bots_name_is_learned_later(api: BotApiDouble) -> None:
    """Where Telegram does not say it at the start: asked again until it does, and not any more then."""
    api.fault("getMe", "error", times=2, code=502, description="Bad Gateway")
    async with TelegramPublisher(TOKEN, api=api.base) as telegram:
        publishers = Publishers(PreviewPublisher(sys.stdout), telegram)
        await publishers.check()
        await publishers.learn()
        assert publishers.bot() == ""
        await publishers.learn()
        assert publishers.bot() == "lintas_layar_bot"
        await publishers.learn()
    assert len(api.called("getMe")) == 3


# --- that these tests can fail ------------------------------------------------------------------------------------------


class _PostsAnew(TelegramPublisher):
    """What many bots do: a new version is a new message."""

    async def edit(self, chat: str, number: int, content: str, confirm: Confirm | None = None) -> None:
        await self.send(chat, content, confirm)


@pytest.mark.parametrize("quiet", [EDIT_QUIET, timedelta(0)])
async def test_without_the_quiet_time_every_join_is_an_edit(
    room: Room, api: BotApiDouble, quiet: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the waiting that makes few edits of many joins."""
    monkeypatch.setattr("newsdesk.delivery.EDIT_QUIET", quiet)
    room.read("ANTARA", (TITLE, SUMMARY))
    await room.round()
    for outlet in OUTLETS[1:]:
        room.now += 2 * MINUTE
        room.read(outlet, (RETOLD, SUMMARY))
        await room.round(patience=0)
    await room.wait(EDIT_LATEST)
    assert (len(api.called("editMessageText")) == 5) is (quiet == timedelta(0))


async def test_a_new_version_as_a_new_message_would_be_found(tmp_path: Path, api: BotApiDouble, judge: Judge) -> None:
    """With an edit that posts anew the same job leaves two messages in the channel."""
    store = open_store(f"sqlite:///{tmp_path}/desk.db")
    async with StoreThreads(store) as threads, _PostsAnew(TOKEN, api=api.base) as publisher:
        room = Room(threads, store, publisher, api, judge)
        await room.joined()
        await room.wait(EDIT_QUIET)
    store.close()
    assert len(api.accepted) == 2


# --- as an operator sees it ---------------------------------------------------------------------------------------------


def test_the_preview_shows_the_new_version_and_explain_the_edit(program: Program, web: WebDouble) -> None:
    """`lintas run --once` without a token: the new version comes under the old number; what is counted is new posts."""

    def feed(outlet: str, title: str) -> Page:
        item = f"<title>{title}</title><link>https://{outlet}.example/berita/41001-kabar</link>"
        date = "<pubDate>Sat, 07 Feb 2026 17:55:00 +0700</pubDate>"
        return Page(
            f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title><item>{item}'
            f"<description>{SUMMARY}</description>{date}</item></channel></rss>".encode()
        )

    def once(now: str) -> Ran:
        ran = program.run("run", "--once", "--now", now, "--json")
        assert ran.code == 0, ran.err
        return ran

    web.pages["/a"] = feed("antara", TITLE)
    program.write_book({"antara": f"{web.url}/a"})
    assert once("2026-02-07T11:00:00Z").lines[-1] == {"queued": 1, "sent": 1, "held": 0, "failed": 0}
    web.pages["/b"] = feed("republika", RETOLD)
    program.write_book({"antara": f"{web.url}/a", "republika": f"{web.url}/b"})
    assert once("2026-02-07T11:05:00Z").lines[-1] == {"queued": 0, "sent": 0, "held": 0, "failed": 0}
    edited = once("2026-02-07T11:10:00Z")
    assert edited.lines[-1] == {"queued": 0, "sent": 0, "held": 0, "failed": 0}
    assert "preview #1 · diperbarui" in edited.err
    assert "Juga di: republika" in edited.err
    [post] = json.loads(program.run("explain", "1", "--json").out)["posts"]
    assert (post["state"], post["message_id"], post["corrected"]) == ("sent", 1, None)
    assert [(edit["state"], edit["reason"]) for edit in post["edits"]] == [("sent", None)]
    assert "edit        sent" in program.run("explain", "1").out
