"""The bot's own place in a chat: let in, taken out, blocked; told by Telegram, over the Bot API double."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from bot import notices
from classifiers.judge import Judge
from newsdesk.messages import MessageState
from newsdesk.ports import Store
from tests.acceptance.own_room import OwnRoom, own_room
from tests.contract.builders import message_of, queued
from tests.doubles.botapi import CHANNEL, READER, BotApiDouble

ADMIN, STRANGER = 4711, 4712
NEW = -1_002_223
HORROR = ("Film horor baru tayang di bioskop", "Sutradara Joko Anwar menggarap film itu di Jakarta.")


@pytest.fixture
async def room(store: Store, api: BotApiDouble, judge: Judge) -> AsyncIterator[OwnRoom]:
    async with own_room(store, api, judge, admins=(ADMIN,)) as made:
        yield made


def told(room: OwnRoom) -> list[str]:
    """What operators heard, and what waits to be said to them."""
    with room.store.read() as view:
        return [*room.told, *(notice.text for notice in notices.unsaid(view))]


async def heard(room: OwnRoom, holds: Callable[[], bool]) -> None:
    """The change was acted on; answers to other questions pass the time."""
    for _ in range(50):
        if holds():
            return
        await room.ask("/help", user=STRANGER)
    raise AssertionError("the change was not heard")


def left(room: OwnRoom) -> bool:
    """Whether the reader is known to have closed the chat."""
    person = room.person()
    assert person is not None
    return person.left is not None


async def test_a_channel_that_takes_the_bot_out_rests_at_once_and_goes_on_at_once(room: OwnRoom) -> None:
    """No refusal is needed to learn it, and nobody waits a quarter of an hour for the way back."""
    with room.store.write() as tx:
        _, message = queued(tx, 1, chat=str(CHANNEL), not_before=room.now, now=room.now)
    await room.api.place(CHANNEL, "kicked", by=STRANGER, before="administrator")
    await heard(room, lambda: bool(told(room)))
    assert [str(CHANNEL) in text and "tidak boleh menulis" in text for text in told(room)] == [True]
    sends = len(room.api.called("sendMessage"))
    await room.round(patience=0)
    assert len(room.api.called("sendMessage")) == sends
    await room.api.place(CHANNEL, "administrator", by=STRANGER, before="kicked")
    await heard(room, lambda: "menerima kiriman lagi" in told(room)[-1])
    await room.round(patience=1)
    assert message_of(room.store, message).state is MessageState.SENT


async def test_what_a_refusal_put_off_goes_as_soon_as_the_channel_is_open(room: OwnRoom) -> None:
    """The send itself learned that the channel is closed, and put the message off by a quarter of an hour."""
    with room.store.write() as tx:
        _, message = queued(tx, 1, chat=str(CHANNEL), not_before=room.now, now=room.now)
    room.api.chats[CHANNEL].writable = False
    await room.round(patience=0)
    room.api.chats[CHANNEL].writable = True
    await room.round(patience=60)
    assert message_of(room.store, message).state is MessageState.QUEUED
    await room.api.place(CHANNEL, "administrator", before="kicked")
    await heard(room, lambda: "menerima kiriman lagi" in told(room)[-1])
    await room.round(patience=1)
    assert message_of(room.store, message).state is MessageState.SENT


async def test_an_operator_who_lets_the_bot_in_is_told_the_number(room: OwnRoom) -> None:
    """It is what sources.yaml asks for; of strangers' chats operators hear nothing, nor again of a changed right."""
    room.api.chat(NEW, "channel", title="Kabar Layar")
    await room.api.place(NEW, "administrator", by=STRANGER)
    await room.api.place(NEW, "administrator", by=ADMIN, before="administrator")
    await room.api.place(NEW, "administrator", by=ADMIN)
    await heard(room, lambda: bool(told(room)))
    await room.ask("/help", user=STRANGER)
    [text] = told(room)
    assert "Kabar Layar" in text
    assert str(NEW) in text


async def test_before_operators_are_named_whoever_sets_the_bot_up_is_one(
    store: Store, api: BotApiDouble, judge: Judge
) -> None:
    """The number is what the next step of the set-up needs; that of a group, too."""
    async with own_room(store, api, judge) as room:
        api.chat(NEW, "supergroup", title="Meja redaksi")
        await api.place(NEW, "member", by=STRANGER)
        await heard(room, lambda: bool(told(room)))
        assert str(NEW) in told(room)[0]


async def test_who_blocks_the_bot_gets_nothing_until_they_are_back(room: OwnRoom) -> None:
    """The block itself is no sign of life; taking it back is."""
    await room.ask("/alert film")
    room.read("antara", HORROR)
    await room.api.place(READER, "kicked", by=READER, before="member")
    await heard(room, lambda: left(room))
    assert await room.news(("Drama keluarga memenangi festival film Bandung", "Juri memuji film itu.")) == []
    await room.api.place(READER, "member", by=READER, before="kicked")
    await heard(room, lambda: not left(room))
    assert room.alerts()
    [text] = await room.news(("Film komedi tentang warung kopi mulai syuting", "Syuting film berlangsung di Medan."))
    assert "warung kopi" in text
