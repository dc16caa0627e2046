"""The outbox: one post per story and chat, one message in flight per chat, every step only from the state before it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsdesk.errors import StoreError
from newsdesk.messages import ChatState, Message, MessageState, PostState
from newsdesk.ports import CONTENT_KEPT, Store, Writing
from tests.contract.builders import HOUR, NOW, message_of, queued, told, verdicts
from tests.contract.builders import article as article_with

LATER = NOW + HOUR


def _claim(tx: Writing, *busy: str) -> Message | None:
    return tx.claim_message(chats_busy=busy, now=NOW)


def _bring_to(tx: Writing, message: int, state: MessageState) -> None:
    """Take a queued message to a state by the steps of the protocol."""
    if state is MessageState.QUEUED:
        return
    if state is MessageState.FAILED:
        tx.fail_message(message, reason="refused", now=NOW)
        return
    if state is MessageState.HELD:
        tx.hold_message(message, reason="look", now=NOW)
        return
    claimed = tx.claim_message(chats_busy=(), now=NOW, only=message)
    assert claimed is not None
    if state is not MessageState.CLAIMED:
        tx.mark_sending(message, content="{}", last_known=7, now=NOW)
    if state is MessageState.SENT:
        tx.mark_sent(message, telegram_id=8, now=NOW)


def test_a_message_goes_its_way(store: Store) -> None:
    """Queued, claimed, sending with what is sent and what was known, sent with its number; its post follows."""
    with store.write() as tx:
        post, number = queued(tx, 1)
    message = message_of(store, number)
    assert (message.state, message.posts, message.kind, message.attempts) == (MessageState.QUEUED, (post,), "send", 0)
    with store.write() as tx:
        claimed = _claim(tx)
    assert claimed is not None
    assert (claimed.id, claimed.state, claimed.changed) == (number, MessageState.CLAIMED, NOW)
    assert claimed == message_of(store, number)
    with store.write() as tx:
        tx.mark_sending(number, content='{"a": "🎬"}', last_known=41, now=LATER)
    message = message_of(store, number)
    assert (message.state, message.content, message.last_known, message.changed) == (
        MessageState.SENDING,
        '{"a": "🎬"}',
        41,
        LATER,
    )
    with store.write() as tx:
        tx.mark_sent(number, telegram_id=42, now=LATER)
    message = message_of(store, number)
    assert (message.state, message.message_id) == (MessageState.SENT, 42)
    with store.read() as view:
        trace = view.trace(1)
        assert trace is not None
        assert trace.posts[0][0].state is PostState.SENT
        assert view.chat("-100").last_message_id == 42
        assert view.messages([MessageState.CLAIMED, MessageState.SENDING]) == []


def test_a_story_is_in_a_chat_once(store: Store) -> None:
    """Waiting, queued or sent: the chat has it. Dropped or failed: it may be planned anew, under the same number."""
    with store.write() as tx:
        for number, bring in enumerate(("waiting", "queued", "sent", "dropped", "failed"), 1):
            article, story = told(tx, number)
            waits = bring in ("waiting", "dropped")
            post = tx.add_post(story=story, chat="-1", route="a", article=article, due=NOW, waiting=waits)
            assert post is not None
            if bring == "dropped":
                tx.drop_posts([post], "too old")
            elif bring != "waiting":
                message = tx.queue_message(chat="-1", kind="send", posts=[post], now=NOW, not_before=NOW)
                if bring == "failed":
                    tx.fail_message(message, reason="refused", now=NOW)
                if bring == "sent":
                    _bring_to(tx, message, MessageState.SENT)
            again = tx.add_post(story=story, chat="-1", route="b", article=article, due=LATER, waiting=True)
            other = tx.add_post(story=story, chat="-2", route="b", article=article, due=LATER, waiting=True)
            assert again == (post if bring in ("dropped", "failed") else None), bring
            assert other is not None
    with store.read() as view:
        assert view.counts()["posts_waiting"] == 8


def test_a_post_that_failed_can_be_carried_by_a_new_message(store: Store) -> None:
    """Planned anew, it is queued anew, and `message` names the carrier that counts: the newest."""
    with store.write() as tx:
        post, message = queued(tx, 1)
        tx.fail_message(message, reason="refused", now=NOW)
        assert tx.add_post(story=1, chat="-100", route="b", article=1, due=NOW, waiting=False) == post
        second = tx.queue_message(chat="-100", kind="send", posts=[post], now=NOW, not_before=NOW)
        trace = tx.trace(1)
    assert trace is not None
    assert trace.posts[0][0].message == second


def test_a_waiting_post_can_be_promoted_once(store: Store) -> None:
    """Route, article and time are the new ones, and it is out of the waiting line; nothing else can be promoted."""
    with store.write() as tx:
        article, story = told(tx, 1)
        newer, _ = told(tx, 2)
        post = tx.add_post(story=story, chat="-1", route="roundup", article=article, due=LATER, waiting=True)
        assert post is not None
        promote = {"story": story, "route": "highlights", "article": newer, "due": NOW}
        assert tx.promote_post(chat="-2", **promote) is None  # type: ignore[arg-type]
        assert tx.promote_post(chat="-1", **promote) == post  # type: ignore[arg-type]
        assert tx.promote_post(chat="-1", **promote) is None  # type: ignore[arg-type]
        assert tx.waiting_posts(LATER) == []
        tx.queue_message(chat="-1", kind="send", posts=[post], now=NOW, not_before=NOW)
        assert [card.article.id for card in tx.cards([post])] == [newer]


def test_waiting_posts_come_by_chat_and_route_oldest_first(store: Store) -> None:
    """Those that are due, and no others."""
    with store.write() as tx:
        plans = [("-2", "b", 0), ("-1", "b", 2), ("-1", "a", 1), ("-1", "b", -3), ("-1", "a", 99)]
        posts = []
        for number, (chat, route, hours) in enumerate(plans):
            article, story = told(tx, number)
            due = NOW + hours * HOUR
            posts.append(tx.add_post(story=story, chat=chat, route=route, article=article, due=due, waiting=True))
        waiting = tx.waiting_posts(NOW + 2 * HOUR)
    assert [post.id for post in waiting] == [posts[2], posts[3], posts[1], posts[0]]
    assert all(post.state is PostState.WAITING for post in waiting)


def test_only_waiting_posts_are_dropped(store: Store) -> None:
    """What is already on its way stays."""
    with store.write() as tx:
        on_its_way, _ = queued(tx, 1)
        article, story = told(tx, 2)
        waiting = tx.add_post(story=story, chat="-100", route="a", article=article, due=NOW, waiting=True)
        assert waiting is not None
        tx.drop_posts([on_its_way, waiting, 999], "enough")
        trace = tx.trace(article)
        counts = tx.counts()
    assert trace is not None
    assert (trace.posts[0][0].state, trace.posts[0][0].reason) == (PostState.DROPPED, "enough")
    assert (counts["posts_queued"], counts["posts_dropped"]) == (1, 1)


def test_one_in_flight_per_chat(store: Store) -> None:
    """A chat with a claimed or sending message is busy; a held one does not block it; other chats go on."""
    with store.write() as tx:
        first, second = (queued(tx, number)[1] for number in (1, 2))
        elsewhere = queued(tx, 3, chat="-200")[1]
        taken = [_claim(tx) for _ in range(3)]
        assert [one.id if one else None for one in taken] == [first, elsewhere, None]
        tx.mark_sending(first, content="{}", last_known=None, now=NOW)
        assert _claim(tx) is None
        tx.hold_message(first, reason="unknown", now=NOW)
        third = _claim(tx)
        assert third is not None
        assert third.id == second


def test_claiming_heeds_time_busy_chats_and_the_one_asked_for(store: Store) -> None:
    """Not before its time, not in a chat named busy, and with `only` that one or none."""
    with store.write() as tx:
        later = queued(tx, 1, not_before=LATER)[1]
        busy = queued(tx, 2, chat="-200")[1]
        assert _claim(tx, "-200") is None
        assert tx.claim_message(chats_busy=(), now=NOW, only=later) is None
        assert tx.claim_message(chats_busy=("-200",), now=NOW, only=busy) is None
        taken = tx.claim_message(chats_busy=(), now=LATER, only=busy)
        assert taken is not None
        assert taken.id == busy
        taken = tx.claim_message(chats_busy=(), now=LATER)
        assert taken is not None
        assert taken.id == later


STEPS = {
    "sending": {MessageState.CLAIMED},
    "sent": {MessageState.SENDING, MessageState.HELD},
    "released": {MessageState.CLAIMED, MessageState.SENDING, MessageState.HELD},
    "failed": {MessageState.QUEUED, MessageState.CLAIMED, MessageState.SENDING, MessageState.HELD},
    "held": {MessageState.QUEUED, MessageState.CLAIMED, MessageState.SENDING},
}


@pytest.mark.parametrize("step", STEPS)
def test_each_step_is_taken_only_from_the_states_before_it(store: Store, step: str) -> None:
    """From every other state, and for a message that is not there, it is refused and nothing changes."""

    def take(tx: Writing, message: int) -> None:
        match step:
            case "sending":
                tx.mark_sending(message, content="{}", last_known=None, now=NOW)
            case "sent":
                tx.mark_sent(message, telegram_id=9, now=NOW)
            case "released":
                tx.release_message(message, not_before=LATER, reason="429")
            case "failed":
                tx.fail_message(message, reason="refused", now=NOW)
            case "held":
                tx.hold_message(message, reason="look", now=NOW)

    for number, state in enumerate(MessageState):
        with store.write() as tx:
            message = queued(tx, number, chat=f"-{state}")[1]
            _bring_to(tx, message, state)
            before = tx.message(message)
            if state in STEPS[step]:
                take(tx, message)
                assert tx.message(message) != before, state
            else:
                with pytest.raises(StoreError, match=f"message {message} cannot become"):
                    take(tx, message)
                assert tx.message(message) == before, state
    with store.write() as tx, pytest.raises(StoreError, match="no such message"):
        take(tx, 999)


def test_a_released_message_is_tried_again_from_then_on(store: Store) -> None:
    """It counts an attempt, says why, keeps its posts, and waits for its time."""
    with store.write() as tx:
        post, message = queued(tx, 1)
        for attempts in (1, 2):
            _bring_to(tx, message, MessageState.SENDING)
            tx.release_message(message, not_before=NOW if attempts == 1 else LATER, reason="Too Many Requests")
            kept = tx.message(message)
            assert kept is not None
            assert (kept.state, kept.attempts, kept.reason) == (MessageState.QUEUED, attempts, "Too Many Requests")
            assert kept.posts == (post,)
        assert _claim(tx) is None
        assert tx.claim_message(chats_busy=(), now=LATER) is not None
        assert tx.counts()["posts_queued"] == 1


def test_what_was_put_off_in_a_chat_goes_when_it_is_hurried(store: Store) -> None:
    """What was tried and waits; neither what has a time of its own, nor what another chat put off."""
    later = NOW + timedelta(hours=1)
    with store.write() as tx:
        tried, elsewhere = queued(tx, 1)[1], queued(tx, 2, chat="-200")[1]
        planned = queued(tx, 3, not_before=later)[1]
        for message in (tried, elsewhere):
            assert tx.claim_message(chats_busy=(), now=NOW, only=message) is not None
            tx.release_message(message, not_before=later, reason="closed")
        tx.hurry_chat("-100", NOW)
    assert message_of(store, tried).not_before == NOW
    assert [message_of(store, number).not_before for number in (elsewhere, planned)] == [later, later]


def test_a_failed_message_fails_its_posts(store: Store) -> None:
    """With the reason."""
    with store.write() as tx:
        _, message = queued(tx, 1)
        _bring_to(tx, message, MessageState.SENDING)
        tx.fail_message(message, reason="message is too long", now=LATER)
        trace = tx.trace(1)
    assert trace is not None
    post, carrier = trace.posts[0]
    assert (post.state, post.reason) == (PostState.FAILED, "message is too long")
    assert carrier is not None
    assert (carrier.state, carrier.reason, carrier.changed) == (MessageState.FAILED, "message is too long", LATER)


def test_a_message_carries_its_posts_in_their_order(store: Store) -> None:
    """A round-up of many; all of them are queued, sent, and none can be carried twice."""
    with store.write() as tx:
        posts = []
        for number in range(12):
            article, story = told(tx, number)
            posts.append(tx.add_post(story=story, chat="-1", route="r", article=article, due=NOW, waiting=True) or 0)
        posts.reverse()
        message = tx.queue_message(chat="-1", kind="digest", posts=posts, now=NOW, not_before=NOW)
        with pytest.raises(StoreError, match="cannot be queued"):
            tx.queue_message(chat="-1", kind="send", posts=posts[:1], now=NOW, not_before=NOW)
        with pytest.raises(StoreError, match="no such post"):
            tx.queue_message(chat="-1", kind="send", posts=[999], now=NOW, not_before=NOW)
    assert message_of(store, message).posts == tuple(posts)
    with store.write() as tx:
        assert [card.post for card in tx.cards(posts)] == posts
        _bring_to(tx, message, MessageState.SENT)
        assert tx.counts()["posts_sent"] == 12


def test_a_chats_newest_known_number_never_goes_back(store: Store) -> None:
    """It grows with what is sent; what else is remembered of the chat stays."""
    state = ChatState(chat="-100", last_message_id=5, rest_until=LATER, reason="429", sends=(NOW - HOUR, NOW))
    with store.write() as tx:
        assert tx.chat("-100") == ChatState(chat="-100")
        tx.save_chat(state)
        for number, (telegram_id, newest) in enumerate([(9, 9), (7, 9), (12, 12)]):
            message = queued(tx, number)[1]
            tx.claim_message(chats_busy=(), now=NOW, only=message)
            tx.mark_sending(message, content="{}", last_known=5, now=NOW)
            tx.mark_sent(message, telegram_id=telegram_id, now=NOW)
            assert tx.chat("-100").last_message_id == newest
        remembered = tx.chat("-100")
    assert (remembered.rest_until, remembered.reason, remembered.sends) == (LATER, "429", (NOW - HOUR, NOW))
    with store.write() as tx:
        tx.save_chat(ChatState(chat="-100"))
        assert tx.chat("-100") == ChatState(chat="-100")


def test_messages_are_listed_by_state_oldest_first_and_sent_ones_newest_first(store: Store) -> None:
    """What start-up and people look at: what was under way, and what a chat was sent last."""
    with store.write() as tx:
        numbers = {state: queued(tx, at, chat=f"-{state}")[1] for at, state in enumerate(MessageState)}
        for state, number in numbers.items():
            _bring_to(tx, number, state)
        sent = []
        for number in range(10, 14):
            message = queued(tx, number)[1]
            tx.claim_message(chats_busy=(), now=NOW, only=message)
            tx.mark_sending(message, content="{}", last_known=None, now=NOW)
            tx.mark_sent(message, telegram_id=number, now=NOW + timedelta(minutes=-abs(12 - number)))
            sent.append(message)
    under_way = [MessageState.CLAIMED, MessageState.SENDING]
    with store.read() as view:
        assert [one.id for one in view.messages(under_way)] == [numbers[state] for state in under_way]
        assert len(view.messages(list(MessageState))) == 10
        assert [one.id for one in view.messages(list(MessageState), limit=2)] == [1, 2]
        assert view.messages([]) == []
        newest_first = [sent[2], sent[3], sent[1], sent[0]]
        assert [one.id for one in view.recent_messages("-100")] == newest_first
        assert [one.id for one in view.recent_messages("-100", limit=1)] == newest_first[:1]
        assert view.recent_messages("-queued") == []


def test_counts_name_every_state(store: Store) -> None:
    """Also those of which there is none."""
    with store.read() as view:
        counts = view.counts()
    assert set(counts) == {
        "articles",
        "stories",
        "edits",
        *(f"posts_{state}" for state in PostState),
        *(f"messages_{state}" for state in MessageState),
    }
    assert set(counts.values()) == {0}


def test_a_message_that_was_withdrawn_gives_its_posts_to_another(store: Store) -> None:
    """It is never sent and cannot be withdrawn twice; its posts stay queued, and the new carrier is the one that counts."""
    with store.write() as tx:
        post, first = queued(tx, 1)
        tx.withdraw_message(first, reason="bundled", now=LATER)
        assert tx.counts()["posts_queued"] == 1
        bundle = tx.queue_message(chat="-100", kind="digest", posts=[post], now=NOW, not_before=NOW)
        with pytest.raises(StoreError, match="cannot become failed"):
            tx.withdraw_message(first, reason="bundled", now=LATER)
        _bring_to(tx, bundle, MessageState.SENDING)
        with pytest.raises(StoreError, match="cannot become failed"):
            tx.withdraw_message(bundle, reason="bundled", now=LATER)
    withdrawn = message_of(store, first)
    assert (withdrawn.state, withdrawn.reason, withdrawn.changed) == (MessageState.FAILED, "bundled", LATER)
    with store.read() as view:
        trace = view.trace(1)
    assert trace is not None
    assert (trace.posts[0][0].state, trace.posts[0][0].message) == (PostState.QUEUED, bundle)


def test_a_person_may_say_that_a_message_was_sent(store: Store) -> None:
    """Without a number: its posts are sent, and what is known of the chat stays."""
    with store.write() as tx:
        first, second = (queued(tx, number)[1] for number in (1, 2))
        _bring_to(tx, first, MessageState.SENT)
        _bring_to(tx, second, MessageState.HELD)
        tx.mark_sent(second, telegram_id=None, now=NOW)
        assert tx.counts()["posts_sent"] == 2
        assert tx.chat("-100").last_message_id == 8
    assert (message_of(store, second).state, message_of(store, second).message_id) == (MessageState.SENT, None)


def test_a_chat_that_moved_takes_everything_along(store: Store) -> None:
    """What was sent, waits or is queued is the new chat's; what is planned for the old number goes there; once each."""
    with store.write() as tx:
        sent, queued_one = (queued(tx, number)[1] for number in (1, 2))
        _bring_to(tx, sent, MessageState.SENT)
        article, story = told(tx, 3)
        waits = tx.add_post(story=story, chat="-100", route="r", article=article, due=NOW, waiting=True)
        both = queued(tx, 4)[1]
        tx.add_post(story=4, chat="-200", route="r", article=4, due=NOW, waiting=True)
        assert tx.move_chat("-100", "-200")
        assert [tx.message(one).chat for one in (sent, queued_one, both)] == ["-200"] * 3  # type: ignore[union-attr]
        assert {post.id: post.chat for post in tx.waiting_posts(NOW)}[waits or 0] == "-200"
        assert tx.message(both).posts == ()  # type: ignore[union-attr]
        assert tx.chat("-100") == ChatState(chat="-100")
        for story_again in (1, 2, 3, 4):
            for chat in ("-100", "-200"):
                again = tx.add_post(story=story_again, chat=chat, route="r", article=1, due=NOW, waiting=True)
                assert again is None, (story_again, chat)
        assert tx.promote_post(story=3, chat="-100", route="now", article=3, due=NOW) == waits
        number = tx.queue_message(chat="-100", kind="send", posts=[waits or 0], now=NOW, not_before=NOW)
        assert tx.message(number).chat == "-200"  # type: ignore[union-attr]


def test_a_chat_may_move_again_but_never_in_a_circle(store: Store) -> None:
    """A second move is followed from the first number on; one that leads back changes nothing."""
    with store.write() as tx:
        message = queued(tx, 1)[1]
        assert tx.move_chat("-100", "-200")
        assert tx.move_chat("-200", "-300")
        assert not tx.move_chat("-300", "-100")
        assert not tx.move_chat("-300", "-300")
        assert tx.message(message).chat == "-300"  # type: ignore[union-attr]
        post = tx.add_post(story=1, chat="-100", route="r", article=1, due=NOW, waiting=True)
    assert post is None


def test_contents_of_long_ended_messages_are_let_go(store: Store) -> None:
    """Of sent and failed ones, after CONTENT_KEPT, some hundred at a time; who got what, and when, stays known."""
    long_ago = NOW - CONTENT_KEPT - HOUR
    with store.write() as tx:
        for number in range(1, 604):
            _, message = queued(tx, number, f"-{number}", NOW - 2 * CONTENT_KEPT)
            tx.claim_message(chats_busy=(), now=NOW, only=message)
            tx.mark_sending(message, content=f"isi {number}", last_known=None, now=long_ago)
            if number < 601:
                tx.mark_sent(message, telegram_id=number, now=long_ago if number < 600 else NOW)
            elif number == 601:
                tx.fail_message(message, reason="ditolak", now=long_ago)
            elif number == 602:
                tx.hold_message(message, reason="tidak tahu", now=long_ago)
    done = []
    while not done or done[-1]:
        with store.write() as tx:
            done.append(tx.tidy(NOW))
    assert done == [500, 100, 0]
    kept = {number: message_of(store, number) for number in (1, 599, 600, 601, 602, 603)}
    assert [number for number, message in kept.items() if message.content] == [600, 602, 603]
    assert (kept[1].state, kept[1].message_id, kept[1].changed) == (MessageState.SENT, 1, long_ago)
    assert kept[601].reason == "ditolak"


def test_the_size_on_the_disk_grows_with_what_is_kept(store: Store) -> None:
    """In bytes, of the whole store."""
    with store.read() as view:
        before = view.size()
    with store.write() as tx:
        for number in range(200):
            told(tx, number, summary="isi " * 900)
    with store.read() as view:
        assert view.size() > before + 200_000


# --- edits --------------------------------------------------------------------------------------------------------------


def test_an_edit_goes_its_way_and_leaves_the_post_alone(store: Store) -> None:
    """It carries the same posts; when it was made, what stands in the chat is its content, under the old number."""
    with store.write() as tx:
        post, sent = queued(tx, 1)
        _bring_to(tx, sent, MessageState.SENT)
        edit = tx.queue_edit(sent, now=NOW, not_before=LATER)
    found = message_of(store, edit)
    assert (found.kind, found.edits, found.posts, found.chat) == ("edit", sent, (post,), "-100")
    assert (found.is_edit, message_of(store, sent).is_edit) == (True, False)
    with store.write() as tx:
        assert tx.claim_message(chats_busy=(), now=NOW) is None
        assert tx.claim_message(chats_busy=(), now=LATER) is not None
        tx.mark_sending(edit, content="neu", last_known=8, now=LATER)
        tx.mark_sent(edit, telegram_id=8, now=LATER)
    with store.read() as view:
        assert (found := view.message(sent)) is not None
        assert (found.content, found.message_id, found.changed, found.state) == ("neu", 8, NOW, MessageState.SENT)
        assert [one.id for one in view.recent_messages("-100")] == [sent]
        trace = view.trace(1)
        assert trace is not None
        [(shown, carrier)] = trace.posts
        assert (shown.state, shown.message, carrier and carrier.id) == (PostState.SENT, sent, sent)
        assert [(one.id, one.state) for one in trace.edits] == [(edit, MessageState.SENT)]
        assert view.posts_of(trace.story.id if trace.story else 0) == [shown]


def test_one_edit_is_open_for_a_message(store: Store) -> None:
    """A second reason joins the one that is queued, which waits as long as either asks; one on its way takes none in."""
    with store.write() as tx:
        _, sent = queued(tx, 1)
        _bring_to(tx, sent, MessageState.SENT)
        assert tx.open_edit(sent) is None
        edit = tx.queue_edit(sent, now=NOW, not_before=LATER)
        assert tx.queue_edit(sent, now=LATER, not_before=LATER + HOUR) == edit
        assert tx.queue_edit(sent, now=LATER, not_before=NOW) == edit
        assert tx.counts()["edits"] == 1
        assert tx.open_edit(sent) == tx.message(edit)
        assert tx.message(edit).not_before == LATER + HOUR  # type: ignore[union-attr]
        assert tx.claim_message(chats_busy=(), now=LATER + HOUR) is not None
        assert tx.open_edit(sent) is None
        assert tx.queue_edit(sent, now=LATER, not_before=LATER) != edit


@pytest.mark.parametrize("state", list(MessageState))
def test_only_what_stands_or_may_stand_is_edited(store: Store, state: MessageState) -> None:
    """Sent, or of unknown fate; neither what is still to be sent, nor what never will be, nor an edit."""
    with store.write() as tx:
        _, number = queued(tx, 1)
        _bring_to(tx, number, state)
        if state not in (MessageState.SENDING, MessageState.HELD, MessageState.SENT):
            with pytest.raises(StoreError, match=state.value):
                tx.queue_edit(number, now=NOW, not_before=NOW)
            return
        edit = tx.queue_edit(number, now=NOW, not_before=NOW)
        with pytest.raises(StoreError, match="cannot be edited"):
            tx.queue_edit(edit, now=NOW, not_before=NOW)
        with pytest.raises(StoreError, match="no such message"):
            tx.queue_edit(99, now=NOW, not_before=NOW)


def test_an_edit_that_fails_fails_nothing_else(store: Store) -> None:
    """The message and its post stay sent, as they were."""
    with store.write() as tx:
        post, sent = queued(tx, 1)
        _bring_to(tx, sent, MessageState.SENT)
        before = tx.message(sent)
        edit = tx.queue_edit(sent, now=NOW, not_before=NOW)
        tx.fail_message(edit, reason="message to edit not found", now=LATER)
        assert tx.message(sent) == before
        assert [(one.id, one.state, one.message) for one in tx.posts_of(1)] == [(post, PostState.SENT, sent)]


def test_a_post_knows_when_its_words_were_corrected(store: Store) -> None:
    """The last time counts, and its card has it."""
    with store.write() as tx:
        post, _ = queued(tx, 1)
        other, _ = queued(tx, 2)
        tx.mark_corrected([post], NOW)
        tx.mark_corrected([post], LATER)
        assert [card.corrected for card in tx.cards([post, other])] == [LATER, None]
        assert [one.corrected for one in tx.posts_of(1)] == [LATER]


def test_what_stands_in_a_chat_that_moved_has_no_number_there(store: Store) -> None:
    """The new chat counts anew: nothing may be edited or answered by the old number."""
    with store.write() as tx:
        _, sent = queued(tx, 1)
        _bring_to(tx, sent, MessageState.SENT)
        assert tx.move_chat("-100", "-200")
        assert tx.message(sent).message_id is None  # type: ignore[union-attr]


def test_a_follow_up_answers_the_first_story_that_stands_alone_in_its_chat(store: Store) -> None:
    """Not a round-up, not another chat's message, not one that is yet to be sent."""
    with store.write() as tx:
        _, first = queued(tx, 1)
        story, posts = 1, []
        for number in (2, 3):
            article = tx.add_article(article_with(number), verdicts(), [])
            story = tx.open_story(article, NOW, follows=story)
            for chat in ("-100", "-200"):
                post = tx.add_post(story=story, chat=chat, route="r", article=article, due=NOW, waiting=False)
                posts.append(post or 0)
        assert [card.answers for card in tx.cards(posts)] == [None] * 4
        _bring_to(tx, first, MessageState.SENT)
        assert [card.answers for card in tx.cards(posts)] == [8, None, 8, None]
        digest = tx.queue_message(chat="-200", kind="digest", posts=[posts[1], posts[3]], now=NOW, not_before=NOW)
        _bring_to(tx, digest, MessageState.SENT)
        assert [card.answers for card in tx.cards(posts)] == [8, None, 8, None]
