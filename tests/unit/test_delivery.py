"""Delivery decisions as tables: the pace, every outcome, restarts, bundling."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsdesk.articles import Article, Identity
from newsdesk.delivery import (
    BACK_OFF_MOST,
    EDIT_LATEST,
    EDIT_QUIET,
    EDITABLE,
    POLITE,
    Move,
    Rest,
    after_edit_error,
    after_error,
    after_failed_look,
    after_look,
    after_send_began,
    back_off,
    backlog,
    bundles,
    choose,
    choose_edit,
    edit_due,
    edit_pace,
    in_flight,
    next_time,
    next_turn,
    not_editable,
    pick,
    worth_an_edit,
)
from newsdesk.errors import DestinationGone, OutcomeUnknown, PublishError, Rejected, RetryLater, TokenRefused
from newsdesk.messages import Card, ChatState, Message, MessageState, Post, PostState
from newsdesk.routes import PREVIEW, Digest, Route, TopicRule

NOW = datetime(2026, 2, 7, 11, 0, tzinfo=UTC)
SETTLE = timedelta(seconds=45)


def s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def message(
    number: int = 1, *, attempts: int = 0, state: MessageState = MessageState.SENDING, begun: float = 0, wait: float = 0
) -> Message:
    return Message(
        id=number,
        chat="-100",
        kind="send",
        posts=(number,),
        state=state,
        created=NOW + s(number),
        not_before=NOW + s(wait),
        attempts=attempts,
        changed=NOW - s(begun),
    )


@pytest.mark.parametrize(
    ("sends", "rest", "wait"),
    [
        ([], None, 0),
        ([-0.25], None, 0.75),
        ([-1], None, 0),
        ([-59 + n for n in range(20)], None, 1),
        ([-61 + n for n in range(20)], None, 0),
        ([-50 + n / 10 for n in range(19)], None, 0),
        ([], 30, 30),
        ([-0.5], 30, 30),
        ([], -5, 0),
        ([3600], None, 0),
    ],
    ids=[
        "first",
        "a second apart",
        "just",
        "twenty a minute",
        "the minute is over",
        "nineteen",
        "rest",
        "longest rule",
        "rest over",
        "clock set back",
    ],
)
def test_a_chat_gets_its_turn_at_a_polite_pace(sends: list[float], rest: float | None, wait: float) -> None:
    """At least a second apart, at most twenty a minute, after its rest; a clock set back silences nobody."""
    chat = ChatState(
        chat="-100", sends=tuple(NOW + s(at) for at in sends), rest_until=None if rest is None else NOW + s(rest)
    )
    turn = next_turn(chat, NOW)
    assert turn.at == NOW + s(wait)
    assert turn.open(NOW) == (wait == 0)
    assert bool(turn.reason) == (wait > 0)


def test_the_preview_has_no_pace() -> None:
    """A terminal takes everything at once."""
    assert next_turn(ChatState(chat=PREVIEW, sends=(NOW,) * 40), NOW).open(NOW)


def test_send_times_are_kept_but_not_for_ever() -> None:
    """Enough for the pace, no more."""
    chat = ChatState(chat="-100", last_message_id=7, reason="r")
    for n in range(100):
        chat = after_send_began(chat, NOW + s(n))
    assert len(chat.sends) == 40
    assert (chat.sends[-1], chat.last_message_id, chat.reason) == (NOW + s(99), 7, "r")


@pytest.mark.parametrize(
    ("error", "attempts", "plain", "move", "wait", "rest", "tell"),
    [
        (RetryLater("refused"), 0, False, Move.RETRY, 1, True, False),
        (RetryLater("refused"), 3, False, Move.RETRY, 8, True, False),
        (RetryLater("refused"), 60, False, Move.RETRY, 300, True, False),
        (RetryLater("flood", s(30)), 0, False, Move.RETRY, 30, False, False),
        (RetryLater("flood", s(43838)), 9, False, Move.RETRY, 43838, False, False),
        (RetryLater("flood", s(0)), 0, False, Move.RETRY, 1, False, False),
        (OutcomeUnknown("timeout"), 0, False, Move.LOOK, 35, False, False),
        (DestinationGone("kicked"), 0, False, Move.RETRY, 900, True, True),
        (DestinationGone("kicked"), 9, False, Move.RETRY, 3600, True, True),
        (Rejected("entities", plain_may_pass=True), 0, False, Move.PLAIN, 0, False, False),
        (Rejected("entities", plain_may_pass=True), 1, True, Move.FAIL, 0, False, True),
        (Rejected("too long"), 0, False, Move.FAIL, 0, False, True),
        (PublishError("something new"), 0, False, Move.LOOK, 35, False, False),
    ],
)
def test_each_outcome_has_its_reaction(
    error: PublishError, attempts: int, plain: bool, move: Move, wait: float, rest: bool, tell: bool
) -> None:
    """Certain failures go back and the chat rests; unknown ones are looked at; never a blind repeat."""
    decision = after_error(
        error,
        message(attempts=attempts, begun=10),
        ChatState(chat="-100"),
        now=NOW,
        settle=SETTLE,
        jitter=0,
        plain=plain,
    )
    assert (decision.move, decision.at - NOW, decision.rest, decision.tell) == (move, s(wait), rest, tell)
    assert str(error) in decision.reason
    assert decision.everywhere == (isinstance(error, RetryLater) and error.after is not None)


@pytest.mark.parametrize("asked", [0, 1, 5, 30, 3600, 43838])
@pytest.mark.parametrize("looking", [False, True])
def test_a_flood_wait_is_what_telegram_asked_and_at_most_a_second_more(asked: int, looking: bool) -> None:
    """Never less, and never less than a second."""
    for jitter in (0.0, 0.5, 0.999):
        error = RetryLater("flood", s(asked))
        if looking:
            decision = after_failed_look(error, message(), now=NOW, jitter=jitter)
        else:
            decision = after_error(error, message(), ChatState(chat="-1"), now=NOW, settle=SETTLE, jitter=jitter)
        assert s(max(asked, 1)) <= decision.at - NOW <= s(max(asked, 1) + 1)
        assert (decision.everywhere, decision.rest) == (True, False)


def test_the_whole_bot_rests_but_the_preview_does_not() -> None:
    """Whatever the chat; over at its end, and unknown before its beginning, when the clock was set back."""
    rest = Rest(NOW, NOW + s(600), "Too Many Requests")
    assert next_turn(ChatState(chat="-1"), NOW + s(10), rest=rest).at == NOW + s(600)
    assert next_turn(ChatState(chat="-1", rest_until=NOW + s(900)), NOW, rest=rest).at == NOW + s(900)
    assert next_turn(ChatState(chat=PREVIEW), NOW, rest=rest).open(NOW)
    assert next_turn(ChatState(chat="-1"), NOW + s(600), rest=rest).open(NOW + s(600))
    assert next_turn(ChatState(chat="-1"), NOW - s(7200), rest=rest).open(NOW - s(7200))


def test_the_operator_hears_of_an_outage_once() -> None:
    """While the chat already rests for this, nobody is told again; after a success a new outage is news."""
    first = after_error(DestinationGone("kicked"), message(), ChatState(chat="-100"), now=NOW, settle=SETTLE)
    assert first.tell
    resting = ChatState(chat="-100", rest_until=NOW, reason=first.reason)
    assert not after_error(DestinationGone("kicked"), message(), resting, now=NOW, settle=SETTLE).tell


def test_a_chat_that_moved_is_tried_at_its_new_number_at_once() -> None:
    """And the operator is told to write it down."""
    moved = after_error(DestinationGone("moved", "-200"), message(), ChatState(chat="-1"), now=NOW, settle=SETTLE)
    assert (moved.move, moved.moved_to, moved.tell, moved.at, moved.rest) == (Move.RETRY, "-200", True, NOW, False)


@pytest.mark.parametrize("attempts", range(14))
def test_back_off_grows_to_its_bound_with_jitter(attempts: int) -> None:
    """1, 2, 4 … 300 s, at most half longer."""
    low, high = back_off(attempts, 0), back_off(attempts, 0.999)
    assert low == min(s(2**attempts), BACK_OFF_MOST)
    assert low < high <= low * 1.5


@pytest.mark.parametrize(
    ("state", "begun", "move", "wait"),
    [
        (MessageState.CLAIMED, 0, Move.RETRY, 0),
        (MessageState.SENDING, 0, Move.LOOK, 45),
        (MessageState.SENDING, 44, Move.LOOK, 1),
        (MessageState.SENDING, 3600, Move.LOOK, -3555),
        (MessageState.SENDING, -7200, Move.LOOK, 45),
    ],
)
def test_what_a_restart_finds(state: MessageState, begun: float, move: Move, wait: float) -> None:
    """Claimed never left; sending is looked up once it settled, also when the clock was set back meanwhile."""
    decision = in_flight(message(state=state, begun=begun), NOW, SETTLE)
    assert (decision.move, decision.at - NOW) == (move, s(wait))


def test_after_looking() -> None:
    """Found is sent; absent goes back, at once the first time and then more and more slowly."""
    assert after_look(7, message(), now=NOW).move is Move.SENT
    first = after_look(None, message(), now=NOW)
    assert (first.move, first.at, first.rest) == (Move.RETRY, NOW, False)
    later = after_look(None, message(attempts=3), now=NOW, jitter=0)
    assert (later.move, later.at, later.rest) == (Move.RETRY, NOW + s(8), True)


@pytest.mark.parametrize(
    ("error", "move", "tell"),
    [
        (RetryLater("flood", s(20)), Move.LOOK, False),
        (RetryLater("no connection"), Move.LOOK, False),
        (OutcomeUnknown("no operators' chat"), Move.HOLD, True),
        (DestinationGone("kicked"), Move.HOLD, True),
        (TokenRefused("401"), Move.LOOK, True),
    ],
)
def test_where_looking_fails_it_is_repeated_or_left_to_a_person(error: PublishError, move: Move, tell: bool) -> None:
    """Never guessed."""
    decision = after_failed_look(error, message(), now=NOW, jitter=0)
    assert (decision.move, decision.tell) == (move, tell)
    assert decision.at > NOW or move is Move.HOLD


def test_sources_take_turns_and_keep_their_order() -> None:
    """The least served source goes next; of each only its oldest message may."""
    queued = [message(n, state=MessageState.QUEUED) for n in range(1, 5)]
    sources = {1: {"a"}, 2: {"a"}, 3: {"b"}, 4: {"a"}}
    now = NOW + s(10)
    assert choose(queued, sources, [], now) == queued[0]
    assert choose(queued[1:], sources, ["a"], now) == queued[2]
    assert choose([queued[1], queued[3]], sources, ["a", "b"], now) == queued[1]
    held = [message(1, state=MessageState.QUEUED, wait=60), queued[1]]
    assert choose(held, sources, [], now) is None
    assert next_time(held, sources) == NOW + s(60)
    assert choose([], sources, [], now) is None
    assert next_time([], sources) is None


def test_a_round_up_keeps_back_what_its_sources_told_later() -> None:
    """A message of many sources goes before the later ones of each of them, and behind their earlier ones."""
    queued = [message(n, state=MessageState.QUEUED) for n in range(1, 5)]
    sources = {1: {"a"}, 2: {"a", "b"}, 3: {"b"}, 4: {"c"}}
    now = NOW + s(10)
    assert choose(queued[1:], sources, [""] * 9 + ["c"], now) == queued[3]
    assert choose(queued[1:3], sources, [""] * 9, now) == queued[1]
    assert choose(queued[:2], sources, ["a"] * 9, now) == queued[0]


def backlog_of(number: int, **more: float) -> list[Message]:
    return [message(n, state=MessageState.QUEUED, **more) for n in range(1, number + 1)]  # type: ignore[arg-type]


SOURCES = {n: {f"s{n % 3}"} for n in range(1, 100)}


@pytest.mark.parametrize(
    ("waiting", "rest", "last", "bundled"),
    [
        (31, (-3600, -1), -3700, 31),
        (31, (-3600, -1), None, 31),
        (30, (-3600, -1), -3700, 0),
        (31, (-3600, 60), -3700, 0),
        (31, (-3600, -1), -0.5, 0),
        (31, None, -5, 0),
        (31, None, None, 0),
        (31, None, -3600, 31),
    ],
    ids=[
        "after a flood",
        "before the first send",
        "few enough",
        "resting still",
        "one went since",
        "a burst",
        "a first burst",
        "an outage",
    ],
)
def test_a_backlog_is_bundled_only_after_the_chat_could_not_be_sent_to(
    waiting: int, rest: tuple[float, float] | None, last: float | None, bundled: int
) -> None:
    """More than thirty stories, and Telegram made the bot wait or nothing went for long; a mere burst goes one by one."""
    long_ago = last is not None and last <= -3600 and rest is None
    chat = ChatState(chat="-1", sends=() if last is None else (NOW + s(last),))
    resting = None if rest is None else Rest(NOW + s(rest[0]), NOW + s(rest[1]), "flood")
    queued = backlog_of(waiting, wait=-1800 if long_ago else -30)
    assert len(backlog(queued, SOURCES, ("send",), chat, NOW, resting)) == bundled
    assert backlog(queued, SOURCES, ("send",), ChatState(chat=PREVIEW), NOW, resting) == []


def test_a_bundle_lets_nothing_overtake_within_a_source() -> None:
    """What may not go yet, or is no single story, stays, and with it the later stories of its sources."""
    queued = backlog_of(50, wait=-3600)
    queued[0] = message(1, state=MessageState.QUEUED, wait=600)
    found = backlog(queued, SOURCES, ("send",), ChatState(chat="-1"), NOW)
    assert [one.id for one in found] == [n for n in range(1, 51) if n % 3 != 1]


def card(post: int, *, also: int = 0, topics: int = 1, age: float = 0) -> Card:
    at = NOW - s(age)
    url = f"https://n.example/{post}"
    article = Article(
        id=post, source="a", outlet="A", title="T", url=url, identity=Identity(url=url), first_seen=NOW, at=at
    )
    return Card(
        post=post,
        story=post,
        article=article,
        topics=("film", "ai", "collaboration")[:topics],
        countries=(),
        also=(("B", url),) * also,
    )


def test_a_round_up_picks_what_most_outlets_tell() -> None:
    """Then what crosses topics, then the newest; shown newest first; the rest is named."""
    cards = [card(1, age=50), card(2, also=2, age=90), card(3, topics=2, age=70), card(4, age=10), card(5, age=60)]
    kept, beyond = pick(cards, 3)
    assert [one.post for one in kept] == [4, 3, 2]
    assert [one.post for one in beyond] == [1, 5]
    assert pick(cards, None)[1] == []


def test_waiting_posts_are_bundled_by_chat_and_route() -> None:
    """Each route has its own limit; one that is gone from the file bundles all."""
    posts = [
        Post(id=n, story=n, chat=chat, route=route, article=n, state=PostState.WAITING, due=NOW)
        for n, (chat, route) in enumerate([("-1", "r"), ("-1", "r"), ("-2", "r"), ("-1", "gone")])
    ]
    routes = [Route(id="r", chat="-1", when=TopicRule(1, ("film",)), digest=Digest((), top=12))]
    found = {(one.chat, one.route): (one.posts, one.top) for one in bundles(posts, routes)}
    assert found == {("-1", "r"): ((0, 1), 12), ("-2", "r"): ((2,), 12), ("-1", "gone"): ((3,), None)}


# --- edits --------------------------------------------------------------------------------------------------------------


def edit(number: int = 2, *, wait: float = 0, **more: int) -> Message:
    return replace(message(number, wait=wait, **more), kind="edit", edits=1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("first", "seconds"),
    [(0, 180), (60, 180), (420, 180), (480, 120), (600, 0), (900, 0), (-30, 180)],
    ids=["first", "second", "seven minutes", "eight", "ten", "overdue", "clock set back"],
)
def test_an_edit_waits_for_quiet_but_not_for_ever(first: float, seconds: float) -> None:
    """Three minutes after the newest reason, ten after the first."""
    assert edit_due(NOW - s(first), NOW) - NOW == s(seconds)
    assert s(180) == EDIT_QUIET < EDIT_LATEST == s(600)


@pytest.mark.parametrize(
    ("kind", "joined", "title", "summary", "edited"),
    [
        ("send", True, False, False, True),
        ("send", False, True, False, True),
        ("send", False, False, True, True),
        ("send", False, False, False, False),
        ("digest", True, False, False, False),
        ("digest", False, True, False, True),
        ("digest-more", False, True, True, True),
        ("digest", False, False, True, False),
    ],
)
def test_what_a_message_is_edited_for(kind: str, joined: bool, title: bool, summary: bool, edited: bool) -> None:
    """A post for outlets, headlines and summaries; a round-up for its headlines alone."""
    assert worth_an_edit(replace(message(), kind=kind), joined=joined, title=title, summary=summary) is edited


@pytest.mark.parametrize(
    ("state", "number", "age", "why"),
    [
        (MessageState.SENT, 7, 0, ""),
        (MessageState.SENT, 7, EDITABLE.total_seconds(), ""),
        (MessageState.SENT, 7, EDITABLE.total_seconds() + 1, "older than 48 hours"),
        (MessageState.SENT, 7, -3600, ""),
        (MessageState.SENT, None, 0, "number"),
        (MessageState.SENDING, None, 0, ""),
        (MessageState.HELD, None, 0, ""),
        (MessageState.QUEUED, None, 0, "still to be sent"),
        (MessageState.CLAIMED, None, 0, "still to be sent"),
        (MessageState.FAILED, None, 0, "never sent"),
    ],
)
def test_what_can_be_edited(state: MessageState, number: int | None, age: float, why: str) -> None:
    """What stands under a known number and is not too old, or may turn out to stand; a clock set back forbids nothing."""
    reason = not_editable(replace(message(state=state, begun=age), message_id=number), NOW)
    assert (why in reason, bool(reason)) == (True, bool(why))


@pytest.mark.parametrize(
    ("error", "move", "wait", "everywhere"),
    [
        (RetryLater("429", s(30)), Move.RETRY, 30, True),
        (RetryLater("refused"), Move.RETRY, 1, False),
        (OutcomeUnknown("timeout"), Move.RETRY, 45, False),
        (DestinationGone("kicked"), Move.RETRY, 900, False),
        (Rejected("can't parse", plain_may_pass=True), Move.PLAIN, 0, False),
        (Rejected("message to edit not found"), Move.FAIL, 0, False),
    ],
)
def test_each_outcome_of_an_edit_has_its_reaction(
    error: PublishError, move: Move, wait: float, everywhere: bool
) -> None:
    """Never looked up, never held, never a rest of the chat, and no operator is told: only posts are worth that."""
    decision = after_edit_error(error, edit(), now=NOW, settle=SETTLE, jitter=0.0)
    assert (decision.move, decision.at - NOW, decision.everywhere) == (move, s(wait), everywhere)
    assert (decision.rest, decision.tell, decision.moved_to) == (False, False, None)


def test_an_edit_hears_that_its_chat_moved() -> None:
    """As a post does: whoever hears it first."""
    decision = after_edit_error(DestinationGone("upgraded", moved_to="-200"), edit(), now=NOW, settle=SETTLE)
    assert (decision.move, decision.moved_to, decision.tell, decision.at) == (Move.RETRY, "-200", True, NOW)


def test_an_edit_refused_as_plain_text_ends() -> None:
    """Once is enough."""
    error = Rejected("can't parse", plain_may_pass=True)
    assert after_edit_error(error, edit(), now=NOW, settle=SETTLE, plain=True).move is Move.FAIL


def test_an_edit_found_on_its_way_is_made_again() -> None:
    """When the first try has settled; a post would be looked for."""
    decision = in_flight(edit(begun=5), NOW, SETTLE)
    assert (decision.move, decision.at - NOW) == (Move.RETRY, s(40))


def test_edits_go_in_the_order_in_which_they_are_due() -> None:
    """Those that may not go yet wait."""
    edits = [edit(2, wait=-10), edit(3, wait=-60), edit(4, wait=1)]
    assert choose_edit(edits, NOW) == edits[1]
    assert choose_edit(edits[2:], NOW) is None


def test_edits_leave_half_of_the_pace_to_posts() -> None:
    """Ten in a minute, counted with whatever else was sent."""
    chat = ChatState(chat="-100", sends=tuple(NOW - s(30 - n) for n in range(10)))
    assert next_turn(chat, NOW).open(NOW)
    assert next_turn(chat, NOW, edit_pace(POLITE)).at == NOW + s(30)
