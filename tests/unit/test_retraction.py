"""What takes a post back, by where it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from newsdesk.delivery import EDITABLE, Move, after_deletion_error, choose_deletion, not_editable
from newsdesk.errors import DestinationGone, OutcomeUnknown, PublishError, Rejected, RetryLater
from newsdesk.messages import DELETE, DIGEST, Message, MessageState, Post, PostState
from newsdesk.retraction import DELETABLE, Step, not_deletable, take_back

NOW = datetime(2026, 2, 7, 11, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def post(state: PostState = PostState.SENT, **more: object) -> Post:
    values = {"id": 1, "story": 1, "chat": "-100", "route": "r", "article": 1, "due": NOW, "message": 5}
    return Post(state=state, **{**values, **more})  # type: ignore[arg-type]


def message(state: MessageState = MessageState.SENT, number: int | None = 8, **more: object) -> Message:
    values = {"id": 5, "chat": "-100", "kind": "send", "posts": (1,), "created": NOW, "not_before": NOW, "changed": NOW}
    return Message(state=state, message_id=number, **{**values, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "carried", "others", "step", "with_message"),
    [
        (PostState.WAITING, None, (), Step.DROP, False),
        (PostState.QUEUED, message(MessageState.QUEUED, None), (), Step.DROP, True),
        (PostState.QUEUED, message(MessageState.QUEUED, None), (2,), Step.DROP, False),
        (PostState.QUEUED, message(MessageState.FAILED, None), (), Step.DROP, False),
        (PostState.QUEUED, message(MessageState.SENDING, None), (), Step.DELETE, True),
        (PostState.QUEUED, message(MessageState.HELD, None), (2,), Step.EDIT, True),
        (PostState.SENT, message(), (), Step.DELETE, True),
        (PostState.SENT, message(), (2, 3), Step.EDIT, True),
        (PostState.SENT, message(number=None), (), Step.BY_HAND, True),
        (PostState.SENT, message(number=None), (2,), Step.BY_HAND, True),
    ],
)
def test_what_takes_a_post_back(
    state: PostState, carried: Message | None, others: tuple[int, ...], step: Step, with_message: bool
) -> None:
    """Dropped before it is out, deleted alone, edited beside others, by hand where its number is not known."""
    found = take_back(post(state), carried, others, NOW)
    assert found is not None
    assert (found.step, found.message is not None, found.old) == (step, with_message, False)


@pytest.mark.parametrize("state", [PostState.DROPPED, PostState.FAILED])
def test_what_is_nowhere_is_not_taken_back(state: PostState) -> None:
    """It was given up, refused or taken back before."""
    assert take_back(post(state), message(MessageState.FAILED, None), (), NOW) is None


def test_the_age_that_telegram_may_refuse_is_known() -> None:
    """From 48 hours on; before, and of a round-up that is only edited, it does not matter."""
    for age, old in ((DELETABLE, False), (DELETABLE + SECOND, True)):
        alone = take_back(post(), message(), (), NOW + age)
        beside = take_back(post(), message(), (2,), NOW + age)
        assert alone is not None
        assert beside is not None
        assert (alone.old, beside.old) == (old, False)


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (None, "is gone"),
        (message(MessageState.FAILED), "is not sent"),
        (message(MessageState.QUEUED, None), "is not sent"),
        (message(number=None), "number"),
        (message(MessageState.HELD, None), ""),
        (message(MessageState.SENDING, None), ""),
        (message(), ""),
    ],
)
def test_only_what_may_stand_is_deleted(target: Message | None, why: str) -> None:
    """What is not out needs no deletion; what stands under no number cannot be named."""
    assert why in not_deletable(target)
    assert bool(not_deletable(target)) is bool(why)


def test_what_takes_a_story_back_edits_old_round_ups_too() -> None:
    """As long as it is known what they say."""
    old = NOW + EDITABLE + SECOND
    stands = message(kind=DIGEST, content="{}")
    assert "older than" in not_editable(stands, old)
    assert not_editable(stands, old, takes_back=True) == ""
    assert "not kept" in not_editable(message(kind=DIGEST), old, takes_back=True)


@pytest.mark.parametrize(
    ("error", "attempts", "age", "move", "wait", "tell"),
    [
        (Rejected("message can't be deleted"), 0, 0, Move.FAIL, 0, True),
        (Rejected("bad", plain_may_pass=True), 0, 0, Move.FAIL, 0, True),
        (RetryLater("429", 7 * SECOND), 0, 0, Move.RETRY, 7, False),
        (RetryLater("no route"), 3, 0, Move.RETRY, 8, False),
        (OutcomeUnknown("cut"), 0, 0, Move.RETRY, 45, False),
        (DestinationGone("kicked"), 0, 0, Move.RETRY, 900, True),
        (DestinationGone("kicked"), 1, 0, Move.RETRY, 1800, False),
        (DestinationGone("kicked"), 9, 49, Move.FAIL, 3600, True),
        (DestinationGone("moved", "-2"), 0, 0, Move.RETRY, 0, True),
    ],
)
def test_what_becomes_of_a_deletion_that_raised(
    error: PublishError, attempts: int, age: int, move: Move, wait: int, tell: bool
) -> None:
    """It may be repeated; a refusal is final and told; a chat that takes nothing is told once, and tried for two days."""
    now = NOW + timedelta(hours=age)
    asked = message(MessageState.SENDING, kind=DELETE, edits=4, attempts=attempts, changed=now)
    decision = after_deletion_error(error, asked, now=now, settle=45 * SECOND, jitter=0.0)
    assert (decision.move, decision.tell) == (move, tell)
    assert decision.at == now + timedelta(seconds=wait)
    assert not decision.rest


def test_a_deletion_goes_when_its_time_has_come() -> None:
    """The one that was asked for first; posts and edits are none of its business."""
    later = message(MessageState.QUEUED, id=3, kind=DELETE, edits=1, not_before=NOW + SECOND)
    queued = [
        message(MessageState.QUEUED, id=n, kind=kind, edits=1) for n, kind in ((1, "edit"), (5, DELETE), (4, DELETE))
    ]
    assert choose_deletion([later], NOW) is None
    chosen = choose_deletion([later, *queued], NOW)
    assert chosen is not None
    assert chosen.id == 4
