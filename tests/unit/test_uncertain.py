"""Decisions about held messages: what each does, and that a button is good for one person, one decision, one time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot import notices
from bot.grants import Press
from bot.notices import Notice
from bot.uncertain import VALID, Resolution, issue, press, resolve
from newsdesk.errors import StoreError
from newsdesk.messages import MessageState
from newsdesk.ports import Store
from storage import open_store
from tests.doubles.newsroom import NOW, queue

ADMINS = (1001, 1002)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    kept = open_store(f"sqlite:///{tmp_path}/desk.db")
    yield kept
    kept.close()


def held(store: Store, title: str = "Kabar") -> int:
    number = queue(store, title)
    with store.write() as tx:
        tx.hold_message(number, reason="cannot look", now=NOW)
    return number


def state(store: Store, number: int) -> MessageState:
    with store.read() as view:
        message = view.message(number)
    assert message is not None
    return message.state


@pytest.mark.parametrize(
    ("resolution", "reached", "posts"),
    [
        (Resolution.SENT, MessageState.SENT, "posts_sent"),
        (Resolution.RESEND, MessageState.QUEUED, "posts_queued"),
        (Resolution.DROP, MessageState.FAILED, "posts_dropped"),
    ],
)
def test_each_button_does_what_it_says_once(
    store: Store, resolution: Resolution, reached: MessageState, posts: str
) -> None:
    """The message and its story follow; all buttons of the message are used up by it."""
    number = held(store)
    with store.write() as tx:
        tokens = issue(tx, number, ADMINS, NOW)
        pressed = press(tx, tokens[resolution], ADMINS[1], ADMINS, NOW + MINUTE)
        assert (pressed.press, pressed.resolution) == (Press.DONE, resolution)
        assert tx.counts()[posts] == 1
    assert state(store, number) is reached
    with store.write() as tx:
        for token in tokens.values():
            assert press(tx, token, ADMINS[0], ADMINS, NOW + MINUTE).press is Press.EXPIRED
    assert state(store, number) is reached


def test_a_button_is_for_those_it_was_made_for(store: Store) -> None:
    """Not for strangers, not for admins of later days, not for those who are none any more."""
    number = held(store)
    with store.write() as tx:
        token = issue(tx, number, ADMINS, NOW)[Resolution.DROP]
        assert press(tx, token, 7, ADMINS, NOW).press is Press.STRANGER
        assert press(tx, token, 1003, (*ADMINS, 1003), NOW).press is Press.STRANGER
        assert press(tx, token, 1001, (1002,), NOW).press is Press.STRANGER
    assert state(store, number) is MessageState.HELD


def test_a_button_is_good_for_three_days(store: Store) -> None:
    """To the second; what is too old goes when new buttons are made."""
    number = held(store)
    with store.write() as tx:
        token = issue(tx, number, ADMINS, NOW)[Resolution.SENT]
        assert press(tx, token, 1001, ADMINS, NOW + VALID).press is Press.EXPIRED
        issue(tx, number, ADMINS, NOW + VALID)
        assert press(tx, token, 1001, ADMINS, NOW).press is Press.EXPIRED
    assert state(store, number) is MessageState.HELD


def test_no_changed_byte_makes_a_good_button(store: Store) -> None:
    """Every byte of every token changed, cut and lengthened: nothing happens; the right one still works."""
    number = held(store)
    dice = random.Random(20260207)
    with store.write() as tx:
        tokens = issue(tx, number, ADMINS, NOW)
        assert len({*tokens.values()}) == 3
        for token in tokens.values():
            assert len(token.encode()) <= 64
            forged = [
                token[:at] + chr((ord(token[at]) + dice.randint(1, 90)) % 128) + token[at + 1 :]
                for at in range(len(token))
            ]
            for other in (*forged, token[:-1], token + "a", "", token.upper(), "held:"):
                assert press(tx, other, 1001, ADMINS, NOW).press is Press.EXPIRED, other
        assert press(tx, tokens[Resolution.SENT], 1001, ADMINS, NOW).press is Press.DONE


def test_a_button_is_safe_when_the_message_was_decided_meanwhile(store: Store) -> None:
    """By another operator at the command line: the press changes nothing and says what it is now."""
    number = held(store)
    with store.write() as tx:
        token = issue(tx, number, ADMINS, NOW)[Resolution.RESEND]
        tx.mark_sent(number, telegram_id=9, now=NOW)
        pressed = press(tx, token, 1001, ADMINS, NOW)
        assert pressed.press is Press.SETTLED
        assert pressed.message is not None
        assert pressed.message.state is MessageState.SENT
        with pytest.raises(StoreError, match="not held any more: it is sent"):
            resolve(tx, number, Resolution.RESEND, NOW)
        with pytest.raises(StoreError, match="lintas uncertain"):
            resolve(tx, 999, Resolution.DROP, NOW)
    assert state(store, number) is MessageState.SENT


def test_the_store_holds_no_token(store: Store, tmp_path: Path) -> None:
    """Only hashes: who reads the database cannot press."""
    number = held(store)
    with store.write() as tx:
        tokens = issue(tx, number, ADMINS, NOW)
        kept = tx.remembered("grants") or ""
    assert kept.count("resend") == 1
    assert not any(token.removeprefix("held:") in kept for token in tokens.values())
    with store.write() as tx:
        assert issue(tx, number, (), NOW) == {}


def test_notices_wait_until_they_are_said(store: Store) -> None:
    """In order, with their buttons, over restarts; a bounded number of them."""
    first, second = Notice("a", (("Buang", "held:x"),)), Notice("b")
    with store.write() as tx:
        notices.add(tx, first)
        notices.add(tx, second)
    with store.write() as tx:
        assert notices.unsaid(tx) == [first, second]
        notices.said(tx, first)
        assert notices.unsaid(tx) == [second]
        for number in range(200):
            notices.add(tx, Notice(str(number)))
        assert [notice.text for notice in notices.unsaid(tx)] == [str(number) for number in range(150, 200)]


def test_what_was_given_up_does_not_come_again(store: Store) -> None:
    """Nobody knows whether it stands, so another outlet's article must not bring the story a second time."""
    number = held(store)
    with store.write() as tx:
        message = resolve(tx, number, Resolution.DROP, NOW, ADMINS[0])
        [card] = [post for post in tx.posts_of(1) if post.id in message.posts]
        again = tx.add_post(story=1, chat=card.chat, route="a", article=card.article, due=NOW, waiting=False)
    assert again is None
