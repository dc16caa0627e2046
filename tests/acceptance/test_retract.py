"""/retract, as an operator uses it: asked, confirmed, and the post is gone from the channel and does not come back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.render import orderphrases, retractphrases
from bot.standing import stand, standing
from newsdesk.messages import MessageState, PostState
from newsdesk.routes import PREVIEW
from newsdesk.standing import Order
from storage import open_store
from tests.acceptance import test_orders
from tests.acceptance.conftest import Program
from tests.acceptance.test_orders import ADMIN, Desk
from tests.doubles.botapi import CHANNEL, READER
from tests.doubles.newsroom import NOW, add, queue, verdicts, wait

desk = test_orders.desk
GONE = str(retractphrases.DONE)


async def taken_back(desk: Desk, what: str = "1", **more: Any) -> str:
    """Order it and confirm; what the popup says."""
    return await desk.press(await desk.ask(f"/retract {what}".strip(), **more), "Tarik")


def states(desk: Desk) -> list[str]:
    """The states of all posts of the first story."""
    with desk.store.read() as view:
        return [post.state.value for post in view.posts_of(1)]


def forwarded(number: int, chat: int = CHANNEL, **more: Any) -> dict[str, Any]:
    """A post as it stands in the private chat when an operator forwards it there."""
    origin = {"type": "channel", "date": 1, "chat": {"id": chat, "type": "channel", "title": "x"}, "message_id": number}
    who = {"id": ADMIN, "is_bot": False, "first_name": "Siti"}
    private = {"id": ADMIN, "type": "private", "first_name": "Siti"}
    return {"message_id": 900, "date": 1, "chat": private, "from": who, "forward_origin": origin, **more}


async def test_a_post_is_deleted_and_does_not_come_back(desk: Desk) -> None:
    """Asked back with what will be done where; then it is gone, and neither an outlet that joins nor an edit revives it."""
    queue(desk.store, "Kabar yang keliru")
    queue(desk.store, "Kabar yang benar")
    await desk.round()
    asked = await desk.ask("/retract 1")
    assert asked["text"].startswith("Tarik kembali “Kabar yang keliru”?\n")
    assert f"{CHANNEL}: terkirim Sabtu 7 Feb 2026, 18.00 WIB; dihapus" in asked["text"]
    assert len(desk.api.texts()) == 2, "nothing before it is confirmed"
    assert await desk.press(asked, "Tarik") == GONE
    await desk.round()
    [text] = desk.api.texts()
    assert text.startswith("Kabar yang benar")
    assert states(desk) == [PostState.DROPPED]
    article, _ = add(desk.store, "Kabar yang keliru lagi", source="rmol", outlet="RMOL", story=1)
    with desk.store.write() as tx:
        more = {"chat": str(CHANNEL), "route": "highlights", "article": article, "due": desk.now}
        assert tx.add_post(story=1, waiting=False, **more) is None  # type: ignore[arg-type]
    assert (await desk.ask("/retract 1"))["text"] == str(retractphrases.NOWHERE)
    assert desk.told == []


@pytest.mark.parametrize("named", ["1", "#1", "article", "post", "public", "topic", "forward", "reply"])
async def test_the_post_is_named_in_many_ways(desk: Desk, named: str) -> None:
    """By number, by the outlet's address, by the post's own, or by answering the forwarded post or one with its link."""
    queue(desk.store, "Kabar yang keliru")
    await desk.round()
    [post] = desk.api.chats[CHANNEL].messages.values()
    with desk.store.read() as view:
        article = view.article("1")
    assert article is not None
    link = {"type": "text_link", "offset": 0, "length": 5, "url": article.url}
    what, more = {
        "article": (article.url, {}),
        "post": (f"https://t.me/c/1234567890/{post['message_id']}?single", {}),
        "public": (f"https://t.me/lintas_layar/{post['message_id']}", {}),
        "topic": (f"https://t.me/c/1234567890/12/{post['message_id']}", {}),
        "forward": ("", {"reply_to": forwarded(post["message_id"])}),
        "reply": ("", {"reply_to": forwarded(1, chat=-1009, text="Kabar", entities=[link])}),
    }.get(named, (named, {}))
    assert await taken_back(desk, what, **more) == GONE
    await desk.round()
    assert desk.api.texts() == []


@pytest.mark.parametrize(
    ("what", "said", "more"),
    [
        ("", "Kiriman mana?", {}),
        ("999", "tidak ada dalam arsip", {}),
        ("https://t.me/c/1234567890/77", "nomornya tidak saya kenal", {}),
        ("https://t.me/kanal_lain/77", "nomornya tidak saya kenal", {}),
        ("", "nomornya tidak saya kenal", {"reply_to": forwarded(77)}),
    ],
)
async def test_what_is_not_found_is_said(desk: Desk, what: str, said: str, more: dict[str, Any]) -> None:
    """An article or post that is not known is answered with what to write."""
    assert said in (await desk.ask(f"/retract {what}".strip(), **more))["text"]


async def test_only_operators_in_private_may(desk: Desk) -> None:
    """To others the command does not exist, and a button is for who asked, for ten minutes."""
    queue(desk.store, "Kabar yang benar")
    await desk.round()
    assert "reply_markup" not in await desk.ask("/retract 1", user=READER)
    asked = await desk.ask("/retract 1")
    assert await desk.press(asked, "Tarik", user=READER) == str(orderphrases.STRANGER)
    desk.now += timedelta(minutes=10)
    assert await desk.press(asked, "Tarik") == str(orderphrases.EXPIRED)
    await desk.round()
    assert len(desk.api.texts()) == 1


async def test_what_is_not_out_yet_does_not_go_out(desk: Desk) -> None:
    """Queued or waiting for the round-up: dropped, at once; the others go."""
    queue(desk.store, "Kabar yang keliru")
    queue(desk.store, "Kabar yang benar")
    wait(desk.store, "Rangkuman yang keliru")
    for number in (1, 3):
        asked = await desk.ask(f"/retract {number}")
        assert "belum terkirim; dibatalkan" in asked["text"]
        await desk.press(asked, "Tarik")
    await desk.round()
    [text] = desk.api.texts()
    assert text.startswith("Kabar yang benar")
    assert desk.api.called("deleteMessage") == []


async def test_its_line_goes_from_a_round_up(desk: Desk) -> None:
    """The same message, edited, tells the other stories; of the last one the message is deleted."""
    for title in ("Kabar yang keliru", "Kabar yang benar"):
        wait(desk.store, title)
    await desk.round()
    [post] = desk.api.chats[CHANNEL].messages.values()
    several = await desk.ask("/retract", reply_to=forwarded(post["message_id"]))
    assert "/retract 1 · Kabar yang keliru" in several["text"]
    assert "/retract 2 · Kabar yang benar" in several["text"]
    asked = await desk.ask("/retract 1")
    assert "barisnya dihapus" in asked["text"]
    await desk.press(asked, "Tarik")
    await desk.round()
    assert "Kabar yang keliru" not in post["text"]
    assert "Kabar yang benar" in post["text"]
    assert states(desk) == [PostState.DROPPED]
    assert await taken_back(desk, "2") == GONE
    await desk.round()
    assert desk.api.texts() == []


async def test_a_later_edit_of_the_round_up_has_nothing_to_do_with_it(desk: Desk) -> None:
    """That a corrected headline cannot be shown is no failed retraction: nobody is told."""
    for title in ("Kabar yang keliru", "Kabar satu", "Kabar dua"):
        wait(desk.store, title)
    await desk.round()
    await taken_back(desk)
    await desk.round()
    with desk.store.write() as tx:
        [message] = tx.recent_messages(str(CHANNEL))
        article = tx.article("2")
        assert article is not None
        tx.revise_article(replace(article, title="Kabar satu, diperbaiki"), verdicts(("film",)), ())
        tx.queue_edit(message.id, now=desk.now, not_before=desk.now)
    more = {"code": 400, "description": "Bad Request: message can't be edited"}
    desk.api.fault("editMessageText", "error", **more)
    await desk.round()
    assert "Kabar satu, diperbaiki" not in desk.api.texts()[0]
    assert desk.told == []


async def test_a_round_up_in_the_queue_goes_without_it(desk: Desk) -> None:
    """Its message was made already; it tells only the others."""
    posts = [wait(desk.store, title) for title in ("Kabar yang keliru", "Kabar satu", "Kabar dua")]
    with desk.store.write() as tx:
        tx.queue_message(chat=str(CHANNEL), kind="digest", posts=posts, now=NOW, not_before=NOW)
    await taken_back(desk)
    await desk.round()
    [text] = desk.api.texts()
    assert "Kabar yang keliru" not in text
    assert "Kabar dua" in text


async def test_it_is_taken_back_although_all_posting_is_paused(desk: Desk) -> None:
    """Stop, then take back: the deletion and the edit of a round-up go through a pause, and nothing else does."""
    queue(desk.store, "Kabar yang keliru")
    for title in ("Rangkuman yang keliru", "Rangkuman yang benar"):
        wait(desk.store, title)
    await desk.round()
    with desk.store.write() as tx:
        stand(tx, replace(standing(tx), pause=Order(NOW, ADMIN)))
    queue(desk.store, "Kabar yang menunggu")
    await taken_back(desk)
    await taken_back(desk, "2")
    await desk.round()
    [text] = desk.api.texts()
    assert "Rangkuman yang benar" in text
    assert "Rangkuman yang keliru" not in text


async def test_a_deletion_goes_before_all_that_waits(desk: Desk) -> None:
    """However long the queue is."""
    queue(desk.store, "Kabar yang keliru")
    await desk.round()
    for number in range(5):
        queue(desk.store, f"Kabar {number}")
    await taken_back(desk)
    await desk.round()
    methods = [name for name, _, _ in desk.api.calls if name in ("sendMessage", "deleteMessage")]
    assert methods[-6:] == ["deleteMessage", *["sendMessage"] * 5]


async def test_that_it_is_gone_already_is_as_good(desk: Desk) -> None:
    """Somebody else deleted it: done, and nobody is told of a failure."""
    queue(desk.store, "Kabar yang keliru")
    await desk.round()
    desk.api.chats[CHANNEL].messages.clear()
    await taken_back(desk)
    await desk.round()
    assert states(desk) == [PostState.DROPPED]
    assert desk.told == []


@pytest.mark.parametrize(
    ("refusal", "code", "age"),
    [
        ("Bad Request: message can't be deleted", 400, timedelta(hours=50)),
        ("Bad Request: message can't be deleted for everyone", 400, timedelta(0)),
        ("Bad Request: not enough rights to delete a message", 400, timedelta(0)),
        ("Forbidden: MESSAGE_DELETE_FORBIDDEN", 403, timedelta(0)),
    ],
)
async def test_a_refusal_is_told_plainly(desk: Desk, refusal: str, code: int, age: timedelta) -> None:
    """With the post's address and headline, and what to do; the post counts as sent, and the order may be repeated."""
    queue(desk.store, "Kabar yang keliru")
    await desk.round()
    [number] = desk.api.chats[CHANNEL].messages
    desk.now += age
    asked = await desk.ask("/retract 1")
    assert ("Telegram mungkin menolak" in asked["text"]) is bool(age)
    await desk.press(asked, "Tarik")
    desk.api.fault("deleteMessage", "error", code=code, description=refusal)
    await desk.round()
    [notice] = desk.told
    assert f"https://t.me/c/1234567890/{number}" in notice
    assert "«Kabar yang keliru»" in notice
    assert "Hapuslah sendiri" in notice
    assert ("lebih dari 48 jam" in notice) is bool(age)
    assert states(desk) == [PostState.SENT]
    await taken_back(desk)
    await desk.round()
    assert desk.api.texts() == []


@pytest.mark.parametrize("fault", ["drop", "close", "garbage", "html"])
async def test_a_lost_answer_is_one_deletion(desk: Desk, fault: str) -> None:
    """It is made again until an answer comes; the second time there is nothing left to delete."""
    queue(desk.store, "Kabar yang keliru")
    await desk.round()
    await taken_back(desk)
    desk.api.fault("deleteMessage", fault, code=502)
    await desk.round()
    assert desk.api.texts() == []
    assert states(desk) == [PostState.DROPPED]
    assert len(desk.api.called("deleteMessage")) == 2
    assert desk.told == []


async def test_a_flood_wait_is_kept(desk: Desk) -> None:
    """Then it is deleted."""
    queue(desk.store, "Kabar yang keliru")
    await desk.round()
    await taken_back(desk)
    more = {"description": "Too Many Requests: retry after 7", "parameters": {"retry_after": 7}}
    desk.api.fault("deleteMessage", "error", code=429, **more)
    before = desk.now
    await desk.round()
    assert desk.api.texts() == []
    assert desk.now - before >= timedelta(seconds=7)


async def test_a_message_of_unknown_fate_is_deleted_when_it_is_found(desk: Desk) -> None:
    """Taken back while nobody knew whether it stands."""
    queue(desk.store, "Kabar yang keliru")
    desk.api.fault("sendMessage", "drop")
    await desk.round(patience=0, settle=45)
    assert states(desk) == [PostState.QUEUED]
    await taken_back(desk)
    assert states(desk) == [PostState.DROPPED]
    desk.now += timedelta(minutes=1)
    await desk.round()
    assert desk.api.texts() == []
    assert len(desk.api.called("deleteMessage")) >= 1


async def test_a_held_message_waits_for_a_person_and_is_named(desk: Desk) -> None:
    """Decided as sent, its number is not known: the operator hears that it must be deleted by hand."""
    number = queue(desk.store, "Kabar yang keliru")
    desk.api.chats[CHANNEL].readable = False
    desk.api.fault("sendMessage", "drop")
    await desk.round()
    await taken_back(desk)
    await desk.round()
    with desk.store.write() as tx:
        tx.mark_sent(number, telegram_id=None, now=NOW)
    desk.now += timedelta(hours=1)
    await desk.round()
    assert any("Hapuslah sendiri" in text and "Kabar yang keliru" in text for text in desk.told)


async def test_a_follow_up_is_not_threaded_to_it(desk: Desk) -> None:
    """It goes out as a post of its own."""
    queue(desk.store, "Kabar yang keliru")
    await desk.round()
    await taken_back(desk)
    queue(desk.store, "Lanjutannya", follows=1)
    await desk.round()
    assert all("reply_parameters" not in fields for fields in desk.api.called("sendMessage"))
    [post] = desk.api.chats[CHANNEL].messages.values()
    assert post["text"].startswith("Lanjutannya")


async def test_by_hand_it_may_be_posted_again(desk: Desk) -> None:
    """An operator who took the wrong one back puts it up again with /post."""
    queue(desk.store, "Kabar yang benar")
    await desk.round()
    await taken_back(desk)
    await desk.round()
    assert await desk.press(await desk.ask("/post 1"), "Ya") == str(orderphrases.DONE_POST)
    await desk.round()
    [text] = desk.api.texts()
    assert text.startswith("Kabar yang benar")
    assert states(desk) == [PostState.SENT]


async def test_everywhere_it_stands(desk: Desk) -> None:
    """In each chat of the story, also where it waits."""
    other = desk.api.chat(-1002, "channel", title="Lain")
    queue(desk.store, "Kabar yang keliru")
    with desk.store.write() as tx:
        post = tx.add_post(story=1, chat="-1002", route="b", article=1, due=NOW, waiting=False)
        assert post is not None
        tx.queue_message(chat="-1002", kind="send", posts=[post], now=NOW, not_before=NOW)
    await desk.round()
    assert len(other.messages) == 1
    asked = await desk.ask("/retract 1")
    assert "-1002: terkirim" in asked["text"]
    await desk.press(asked, "Tarik")
    await desk.round()
    assert desk.api.texts() == desk.api.texts(-1002) == []


@pytest.mark.parametrize("refused", [False, True])
async def test_from_peoples_own_chats_it_goes_without_naming_them(desk: Desk, refused: bool) -> None:
    """Whose alerts it was for is not shown to operators, nor that one of them blocked the bot meanwhile."""
    queue(desk.store, "Kabar yang keliru")
    with desk.store.write() as tx:
        post = tx.add_post(story=1, chat=str(READER), route="alerts", article=1, due=NOW, waiting=False)
        assert post is not None
        tx.queue_message(chat=str(READER), kind="send", posts=[post], now=NOW, not_before=NOW)
    await desk.round()
    assert len(desk.api.texts(READER)) == 1
    asked = await desk.ask("/retract 1")
    assert "dari 1 percakapan pribadi" in asked["text"]
    assert str(READER) not in asked["text"]
    await desk.press(asked, "Tarik")
    if refused:
        more = {"code": 400, "description": "Bad Request: message can't be deleted"}
        desk.api.fault("deleteMessage", "error", times=2, **more)
    await desk.round()
    assert all(str(READER) not in text for text in desk.told)
    assert refused or desk.api.texts(READER) == []


async def test_a_late_edit_of_it_is_not_made(desk: Desk) -> None:
    """What was queued before it was taken back ends."""
    message = queue(desk.store, "Kabar yang keliru")
    await desk.round()
    with desk.store.write() as tx:
        tx.queue_edit(message, now=desk.now, not_before=desk.now + timedelta(minutes=3))
    await taken_back(desk)
    desk.now += timedelta(minutes=5)
    await desk.round()
    assert [fields for fields in desk.api.called("editMessageText") if fields["chat_id"] != ADMIN] == []
    assert desk.api.texts() == []
    with desk.store.read() as view:
        assert view.messages([MessageState.QUEUED]) == []


def test_in_the_preview_it_works_from_the_command_line(program: Program) -> None:
    """Without a token and without chat: asked back, and gone from the preview with the next round."""
    program.write_book({"off": "https://off.example/feed"}, lines=("enabled: false",))
    store = open_store(f"sqlite:///{program.folder}/var/lintas.db")
    queue(store, "Kabar yang keliru", chat=PREVIEW)
    queue(store, "Kabar yang benar", chat=PREVIEW)
    assert program.run("run", "--once").code == 0
    asked = program.run("retract", "1", stdin="n\n")
    assert "preview: sent: the message is deleted" in asked.out
    assert "taken back" not in asked.out
    assert "taken back" in program.run("retract", "1", "--yes").out
    shown = program.run("run", "--once").out
    assert "preview #1 · ditarik kembali" in shown
    with store.read() as view:
        assert [message.message_id for message in view.recent_messages(PREVIEW)] == [2]
    store.close()
    explained = program.run("explain", "1", "--json").lines[0]
    assert explained["posts"][0]["state"] == "dropped"
    assert explained["posts"][0]["retracted"]
    assert [edit["state"] for edit in explained["posts"][0]["edits"]] == ["sent"]
