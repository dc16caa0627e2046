"""Taking posts back: what shows them, what plans them again, and what a deletion leaves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsdesk.errors import StoreError
from newsdesk.messages import DELETE, DIGEST, MessageState, Post, PostState
from newsdesk.ports import Store, Writing
from tests.contract.builders import HOUR, NOW, message_of, queued, told
from tests.contract.test_outbox import _bring_to

LATER = NOW + HOUR


def post_of(store: Store, story: int) -> Post:
    """The only post of a story."""
    with store.read() as view:
        [post] = view.posts_of(story)
    return post


def sent(tx: Writing, number: int) -> int:
    """A message that stands in the chat with one post, both of that number when nothing was made before."""
    _, message = queued(tx, number)
    _bring_to(tx, message, MessageState.SENT)
    return message


def round_up(tx: Writing, *numbers: int) -> tuple[list[int], int]:
    """A queued message of several posts."""
    posts = []
    for number in numbers:
        article, story = told(tx, number, f"Judul {number}")
        post = tx.add_post(story=story, chat="-100", route="r", article=article, due=NOW, waiting=True)
        assert post is not None
        posts.append(post)
    return posts, tx.queue_message(chat="-100", kind=DIGEST, posts=posts, now=NOW, not_before=NOW)


def test_what_was_not_sent_is_dropped_and_not_planned_again(store: Store) -> None:
    """Waiting or queued, it is over at once; another outlet that joins does not bring it back."""
    with store.write() as tx:
        article, story = told(tx, 1)
        post = tx.add_post(story=story, chat="-100", route="a", article=article, due=NOW, waiting=True)
        assert post is not None
        tx.retract_posts([post], by=7, at=LATER)
        tx.retract_posts([post], by=8, at=LATER + HOUR)
        assert tx.add_post(story=story, chat="-100", route="a", article=article, due=NOW, waiting=False) is None
        assert tx.promote_post(story=story, chat="-100", route="a", article=article, due=NOW) is None
        assert tx.add_post(story=story, chat="-200", route="a", article=article, due=NOW, waiting=True) is not None
        assert tx.cards([post]) == []
        assert tx.waiting_posts(NOW + HOUR)[0].chat == "-200"
        kept, _ = tx.posts_of(story)
    assert (kept.state, kept.retracted, kept.reason) == (PostState.DROPPED, LATER, "an operator took it back")


def test_a_sent_post_is_sent_until_its_message_is_deleted(store: Store) -> None:
    """The deletion carries the same post and waits for no quiet time; asked for twice, it is one."""
    with store.write() as tx:
        message = sent(tx, 1)
        edit = tx.queue_edit(message, now=NOW, not_before=LATER)
        tx.retract_posts([1], by=7, at=NOW)
        deletion = tx.queue_deletion(message, now=NOW)
        assert tx.queue_deletion(message, now=LATER) == deletion
        assert tx.open_edit(message) is None
        assert [one.id for one in tx.recent_messages("-100")] == [message]
    assert message_of(store, edit).state is MessageState.FAILED
    going = message_of(store, deletion)
    assert (going.kind, going.posts, going.edits, going.not_before) == (DELETE, (1,), message, NOW)
    assert going.is_edit
    assert post_of(store, 1).state is PostState.SENT
    with store.write() as tx:
        _bring_to(tx, deletion, MessageState.SENT)
        assert tx.recent_messages("-100") == []
        assert tx.chat("-100").last_message_id == 8
        assert tx.queue_deletion(message, now=LATER) == deletion, "what was deleted is not deleted again"
    assert post_of(store, 1).state is PostState.DROPPED
    assert message_of(store, message).content == "{}"


def test_a_deletion_that_failed_can_be_asked_for_again(store: Store) -> None:
    """The post still counts as sent: it stands."""
    with store.write() as tx:
        message = sent(tx, 1)
        tx.retract_posts([1], by=7, at=NOW)
        first = tx.queue_deletion(message, now=NOW)
        tx.fail_message(first, reason="no right", now=NOW)
        assert tx.queue_deletion(message, now=LATER) != first
        assert [one.id for one in tx.recent_messages("-100")] == [message]
    assert post_of(store, 1).state is PostState.SENT


def test_only_what_may_stand_is_deleted(store: Store) -> None:
    """A message that is still queued, failed, or itself an edit is not; one of unknown fate is."""
    with store.write() as tx:
        for number, state in enumerate((MessageState.QUEUED, MessageState.FAILED), 1):
            _, message = queued(tx, number)
            _bring_to(tx, message, state)
            with pytest.raises(StoreError, match="cannot be deleted"):
                tx.queue_deletion(message, now=NOW)
        with pytest.raises(StoreError, match="there is no such message"):
            tx.queue_deletion(99, now=NOW)
        held = queued(tx, 3)[1]
        _bring_to(tx, held, MessageState.HELD)
        deletion = tx.queue_deletion(held, now=NOW)
        with pytest.raises(StoreError, match="cannot be deleted"):
            tx.queue_deletion(deletion, now=NOW)


def test_a_round_up_shows_the_others(store: Store) -> None:
    """Queued, it is sent without the story; its post is not counted as sent."""
    with store.write() as tx:
        (first, second), message = round_up(tx, 1, 2)
        tx.retract_posts([first], by=7, at=NOW)
        assert [card.post for card in tx.cards(message_posts(tx, message))] == [second]
        _bring_to(tx, message, MessageState.SENT)
        assert [tx.posts_of(story)[0].state for story in (1, 2)] == [PostState.DROPPED, PostState.SENT]


def message_posts(tx: Writing, message: int) -> tuple[int, ...]:
    """What the message carries."""
    found = tx.message(message)
    assert found is not None
    return found.posts


def test_an_edit_that_takes_a_line_out_ends_its_post(store: Store) -> None:
    """Until then it counts as sent; the other stays, and is all that the message carries."""
    with store.write() as tx:
        (first, second), message = round_up(tx, 1, 2)
        _bring_to(tx, message, MessageState.SENT)
        tx.retract_posts([first], by=7, at=NOW)
        assert tx.posts_of(1)[0].state is PostState.SENT
        edit = tx.queue_edit(message, now=NOW, not_before=NOW)
        _bring_to(tx, edit, MessageState.SENT)
        assert [tx.posts_of(story)[0].state for story in (1, 2)] == [PostState.DROPPED, PostState.SENT]
        assert message_posts(tx, message) == (second,)


def test_nothing_is_threaded_to_what_was_taken_back(store: Store) -> None:
    """A follow-up answers the first story; taken back, it answers none."""
    with store.write() as tx:
        sent(tx, 1)
        article, story = told(tx, 2, follows=1)
        post = tx.add_post(story=story, chat="-100", route="a", article=article, due=NOW, waiting=False)
        assert post is not None
        assert tx.cards([post])[0].answers == 8
        tx.retract_posts([1], by=7, at=NOW)
        [card] = tx.cards([post])
        assert (card.answers, card.follows) == (None, None), "nor is it named"


def test_a_person_may_let_it_come_again(store: Store) -> None:
    """Then it is planned under its old number, and the messages that showed it once show it no more."""
    with store.write() as tx:
        (first, second), message = round_up(tx, 1, 2)
        tx.retract_posts([first], by=7, at=NOW)
        tx.allow_posts([first])
        assert message_posts(tx, message) == (second,)
        again = tx.add_post(story=1, chat="-100", route="b", article=1, due=LATER, waiting=False)
        assert again == first
        assert tx.posts_of(1)[0].retracted is None
        number = tx.queue_message(chat="-100", kind="send", posts=[first], now=LATER, not_before=LATER)
        assert tx.posts_of(1)[0].message == number


def test_a_message_is_found_by_its_number(store: Store) -> None:
    """In its chat only, and not before it was sent; an edit or a deletion of it is not meant."""
    with store.write() as tx:
        message = sent(tx, 1)
        queued(tx, 2)
        edit = tx.queue_edit(message, now=NOW, not_before=NOW)
        _bring_to(tx, edit, MessageState.SENT)
        found = tx.standing_at("-100", 8)
        assert found is not None
        assert found.id == message
        assert tx.standing_at("-100", 9) is None
        assert tx.standing_at("-200", 8) is None


def test_counts_name_deletions_among_the_edits(store: Store) -> None:
    """They bring no new posts."""
    with store.write() as tx:
        message = sent(tx, 1)
        tx.queue_deletion(message, now=NOW + timedelta(seconds=1))
        assert tx.counts()["edits"] == 1
