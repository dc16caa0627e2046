"""When a person's alerts go, and what becomes of those that do not."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from newsdesk.delivery import Move, after_own_error, known_before
from newsdesk.errors import DestinationGone, OutcomeUnknown, PublishError, Rejected, RetryLater
from newsdesk.messages import ChatState, Message, MessageState
from newsdesk.people import OWN, Person, is_private
from newsdesk.routes import Digest, QuietHours
from newsdesk.watching import own_placement

EVENING = datetime(2026, 2, 7, 16, 30, tzinfo=UTC)
"""23.30 in Jakarta."""
NOON = datetime(2026, 2, 7, 5, 0, tzinfo=UTC)
NIGHT = QuietHours(time(22), time(6))
MORNING = datetime(2026, 2, 7, 23, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("digest", "quiet", "zone", "now", "due", "waits"),
    [
        (None, None, "Asia/Jakarta", NOON, NOON, False),
        (None, NIGHT, "Asia/Jakarta", NOON, NOON, False),
        (None, NIGHT, "Asia/Jakarta", EVENING, MORNING, True),
        (None, NIGHT, "Asia/Jayapura", EVENING, MORNING - 2 * HOUR, True),
        (None, QuietHours(time(9), time(9)), "Asia/Jakarta", NOON, NOON, False),
        (Digest((time(17),)), None, "Asia/Jakarta", NOON, NOON + 5 * HOUR, True),
        (Digest((time(7), time(17))), NIGHT, "Asia/Jakarta", EVENING, MORNING + HOUR, True),
        (Digest((time(5),)), NIGHT, "Asia/Jakarta", EVENING, MORNING, True),
    ],
)
def test_when_a_persons_alerts_go(
    digest: Digest | None, quiet: QuietHours | None, zone: str, now: datetime, due: datetime, waits: bool
) -> None:
    """At once; with the round-up; at the end of the quiet hours; by the clock of where the person lives."""
    person = Person(id=7, seen=now, digest=digest, quiet=quiet, timezone=zone)
    place = own_placement(person, (), now)
    assert place is not None
    assert (place.due, place.waits, place.chat, place.route) == (due, waits, "7", OWN)


def test_nothing_is_planned_for_who_left() -> None:
    """Until they are heard again."""
    assert own_placement(Person(id=7, seen=NOON, left=NOON), (), NOON) is None


def _message(edits: int | None = None) -> Message:
    return Message(
        id=1,
        chat="7",
        kind="send",
        posts=(1,),
        state=MessageState.SENDING,
        created=NOON,
        not_before=NOON,
        changed=NOON,
        edits=edits,
    )


@pytest.mark.parametrize("edits", [None, 5])
@pytest.mark.parametrize(
    ("error", "move"),
    [
        (DestinationGone("Forbidden: bot was blocked by the user", left=True), Move.LEAVE),
        (DestinationGone("Forbidden: something else"), Move.RETRY),
        (RetryLater("Too Many Requests", HOUR), Move.RETRY),
        (Rejected("Bad Request: message is too long"), Move.FAIL),
    ],
)
def test_operators_hear_nothing_of_peoples_chats(error: PublishError, move: Move, edits: int | None) -> None:
    """Whoever closed the chat is left alone; all else is as in a channel, but told to nobody."""
    settle = timedelta(seconds=45)
    decision = after_own_error(error, _message(edits), ChatState(chat="7"), now=NOON, settle=settle)
    assert (decision.move, decision.tell) == (move, False)


def test_an_unknown_send_to_a_person_is_looked_for() -> None:
    """Never sent blindly."""
    settle = timedelta(seconds=45)
    error = OutcomeUnknown("cut")
    decision = after_own_error(error, _message(), ChatState(chat="7"), now=NOON, settle=settle)
    assert (decision.move, decision.at) == (Move.LOOK, NOON + settle)


@pytest.mark.parametrize(
    ("chat", "private"), [("7", True), ("-1001", False), ("preview", False), ("", False), ("²", False)]
)
def test_private_chats_are_numbered_above_zero(chat: str, private: bool) -> None:
    """As Telegram numbers them; what only looks like a digit is none."""
    assert is_private(chat) is private


@pytest.mark.parametrize(
    ("own", "row", "bound"), [(None, 5000, None), (10, 0, 10), (10, 60, 10), (10, 5000, 5000), (5000, 10, 5000)]
)
def test_behind_which_number_a_private_message_is_looked_for(own: int | None, row: int, bound: int | None) -> None:
    """The chat's own newest; where that lies far back, the newest of all; nothing is known of a new chat."""
    assert known_before(own, row) == bound
