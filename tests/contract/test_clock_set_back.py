"""A clock that was ahead leaves stamps in the future; set right, it silences neither chats nor messages nor round-ups."""

from __future__ import annotations

from datetime import timedelta

from newsdesk.messages import ChatState, MessageState
from newsdesk.ports import Store
from tests.contract.builders import HOUR, NOW, message_of, queued, told

AHEAD = NOW + timedelta(days=400)
MINUTE = timedelta(minutes=1)


def test_a_message_stamped_in_the_future_may_go_now(store: Store) -> None:
    """What was queued or put back by the clock that was ahead; its making, too, so that it keeps its turn."""
    with store.write() as tx:
        _, number = queued(tx, 1, now=AHEAD)
        assert tx.claim_message(chats_busy=(), now=NOW) is None
        assert tx.pull_back(NOW) == 1
    message = message_of(store, number)
    assert (message.created, message.not_before, message.state) == (NOW, NOW, MessageState.QUEUED)
    with store.write() as tx:
        assert tx.claim_message(chats_busy=(), now=NOW) is not None


def test_a_message_of_unknown_fate_settles_from_now_on(store: Store) -> None:
    """Its stamp says when the send began: from there the time counts after which it is looked up."""
    with store.write() as tx:
        _, number = queued(tx, 1)
        tx.claim_message(chats_busy=(), now=AHEAD)
        tx.mark_sending(number, content="{}", last_known=7, now=AHEAD)
        assert tx.pull_back(NOW) == 1
    message = message_of(store, number)
    assert (message.state, message.changed, message.content) == (MessageState.SENDING, NOW, "{}")


def test_a_chat_rests_no_longer_than_anything_can_make_it(store: Store) -> None:
    """Sends of the future are forgotten, and a rest with them; a rest of today stays."""
    with store.write() as tx:
        tx.save_chat(ChatState(chat="-1", rest_until=AHEAD + HOUR, reason="429", sends=(NOW - HOUR, AHEAD)))
        tx.save_chat(ChatState(chat="-2", rest_until=AHEAD, reason="gone"))
        tx.save_chat(ChatState(chat="-3", rest_until=NOW + HOUR, reason="429", sends=(NOW - MINUTE,)))
        assert tx.pull_back(NOW) == 2
    with store.read() as view:
        first, second, third = (view.chat(name) for name in ("-1", "-2", "-3"))
    assert (first.rest_until, first.sends) == (None, (NOW - HOUR,))
    assert second.rest_until is None
    assert third.rest_until == NOW + HOUR


def test_a_round_up_of_the_future_is_due(store: Store) -> None:
    """A waiting post whose slot is further away than any slot can be; one of tomorrow waits on."""
    with store.write() as tx:
        article, story = told(tx, 1)
        far = tx.add_post(story=story, chat="-1", route="roundup", article=article, due=AHEAD, waiting=True)
        near = tx.add_post(story=story, chat="-2", route="roundup", article=article, due=NOW + HOUR, waiting=True)
        assert tx.pull_back(NOW) == 1
        assert [post.id for post in tx.waiting_posts(NOW)] == [far]
        assert {post.id for post in tx.waiting_posts(NOW + HOUR)} == {far, near}


def test_what_is_stamped_by_this_clock_stays(store: Store) -> None:
    """Quiet hours, retries and half a minute between two machines are no clock that was ahead."""
    with store.write() as tx:
        _, quiet = queued(tx, 1, not_before=NOW + 8 * HOUR)
        _, near = queued(tx, 2, now=NOW + timedelta(seconds=20))
        before = [tx.message(number) for number in (quiet, near)]
        assert tx.pull_back(NOW) == 0
        assert [tx.message(number) for number in (quiet, near)] == before


def test_sent_messages_keep_their_times(store: Store) -> None:
    """What is over is history, whatever clock wrote it."""
    with store.write() as tx:
        _, number = queued(tx, 1)
        tx.claim_message(chats_busy=(), now=AHEAD)
        tx.mark_sending(number, content="{}", last_known=7, now=AHEAD)
        tx.mark_sent(number, telegram_id=8, now=AHEAD)
        assert tx.pull_back(NOW) == 0
    assert message_of(store, number).changed == AHEAD
