"""Looks back at a week: which stories there were, what a list shows, and that each slot is written down once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from newsdesk.lookback import LookBack
from newsdesk.messages import WEEKLY, MessageState
from newsdesk.ports import Store, Writing
from tests.contract.builders import HOUR, NOW, article, message_of, queued, told, verdicts
from tests.contract.test_outbox import _bring_to

DAY = timedelta(days=1)
WEEK_AGO = NOW - 7 * DAY


def joined(tx: Writing, number: int, story: int, *matched: str, **more: str) -> int:
    """A further article of the story."""
    kept = tx.add_article(article(number, f"Judul {number}", at=NOW, **more), verdicts(*matched), ())
    tx.join_story(story, kept, NOW)
    return kept


def look_back(tx: Writing, *stories: int, slot: datetime = NOW) -> int:
    """A queued look back at these stories."""
    number = tx.queue_look_back(route="week", chat="-100", slot=slot, stories=stories, now=NOW)
    assert number is not None
    return number


def test_stories_of_a_week_with_what_ranks_them(store: Store) -> None:
    """Outlets of all articles, topics of each, the best sum of scores; by when they were told first."""
    with store.write() as tx:
        _, first = told(tx, 1, "Judul 1", "film")
        joined(tx, 11, first, "film", "ai", outlet="RMOL", source="rmol")
        joined(tx, 12, first, outlet="RMOL", source="rmol")
        _, second = told(tx, 2, "Judul 2")
        joined(tx, 21, second, "ai")
        told(tx, 3, "Judul 3")
        told(tx, 4, "Judul 4", "film", at=WEEK_AGO - HOUR)
        told(tx, 5, "Judul 5", "film", at=NOW)
        [one, two] = tx.told_between(WEEK_AGO, NOW, seen_since=NOW)
        assert tx.told_between(WEEK_AGO, NOW, seen_since=NOW + HOUR) == []
    assert (one.story, one.outlets, one.score, one.at) == (first, 2, 7.0, NOW - HOUR)
    assert one.matched == (frozenset({"film"}), frozenset({"film", "ai"}))
    assert one.sources == {"antara", "rmol"}
    assert (two.story, two.outlets, two.matched) == (second, 1, (frozenset({"ai"}),))


def test_what_was_taken_back_is_no_story_of_the_week(store: Store) -> None:
    """From whichever chat it was."""
    with store.write() as tx:
        number, story = told(tx, 1, "Judul 1", "film")
        post = tx.add_post(story=story, chat="-200", route="a", article=number, due=NOW, waiting=False)
        assert post is not None
        assert len(tx.told_between(WEEK_AGO, NOW, seen_since=NOW)) == 1
        tx.retract_posts([post], by=7, at=NOW)
        assert tx.told_between(WEEK_AGO, NOW, seen_since=NOW) == []


def test_a_look_back_is_queued_once_for_its_slot(store: Store) -> None:
    """As one message without posts; the first of a route says only since when there is one."""
    with store.write() as tx:
        _, story = told(tx, 1, "Judul 1", "film")
        assert tx.queue_look_back(route="week", chat="-100", slot=WEEK_AGO, stories=(), now=NOW) is None
        number = look_back(tx, story)
        assert tx.look_backs("week", "-100") == [LookBack(NOW, NOW, number), LookBack(WEEK_AGO, NOW)]
        assert tx.look_backs("other", "-100") == tx.look_backs("week", "-200") == []
    message = message_of(store, number)
    assert (message.kind, message.posts, message.state) == (WEEKLY, (), MessageState.QUEUED)
    with pytest.raises(Exception, match=r"(?i)unique"), store.write() as tx:
        look_back(tx, story)
    with store.read() as view:
        assert len(view.messages(list(MessageState))) == 1


def test_a_list_shows_its_stories_in_order_with_the_chats_own_posts(store: Store) -> None:
    """The article that was posted and its number where it stands; else the one that told it first."""
    with store.write() as tx:
        _, message = queued(tx, 1)
        _bring_to(tx, message, MessageState.SENT)
        _, other = told(tx, 2, "Judul 2", "film", "ai", countries=("KR",))
        late = joined(tx, 21, 1, outlet="RMOL", source="rmol")
        joined(tx, 22, other, outlet="RMOL", source="rmol")
        number = look_back(tx, other, 1)
        found = tx.listed(number)
        assert found is not None
        first, second = found.cards
        assert (first.story, first.article.title, first.stands) == (other, "Judul 2", None)
        assert (first.topics, first.countries) == (("film", "ai"), ("KR",))
        assert [name for name, _ in first.also] == ["RMOL"]
        assert (second.story, second.article.id, second.stands) == (1, 1, 8)
        assert (found.slot, found.struck) == (NOW, False)
        quieted = tx.listed(number, {"antara"})
        assert quieted is not None
        assert [card.article.source for card in quieted.cards] == ["rmol", "rmol"]
        assert quieted.cards[1].article.id == late
        assert tx.listed(number, {"antara", "rmol"}) is not None
        assert tx.listed(message) is None
        assert tx.listed(99) is None


def test_a_struck_story_is_shown_in_no_list(store: Store) -> None:
    """And the lists that show it are known until then."""
    with store.write() as tx:
        stories = [told(tx, number, f"Judul {number}", "film")[1] for number in (1, 2)]
        number = look_back(tx, *stories)
        assert tx.listing(stories[0]) == [number]
        tx.strike_story(stories[0])
        assert tx.listing(stories[0]) == []
        found = tx.listed(number)
        assert found is not None
        assert ([card.story for card in found.cards], found.struck) == ([stories[1]], True)
        _bring_to(tx, number, MessageState.SENT)
        _bring_to(tx, tx.queue_edit(number, now=NOW, not_before=NOW), MessageState.SENT)
        found = tx.listed(number)
        assert found is not None
        assert ([card.story for card in found.cards], found.struck) == ([stories[1]], False), "it was taken out"


def test_a_list_can_be_edited_and_deleted(store: Store) -> None:
    """Like any message that stands."""
    with store.write() as tx:
        _, story = told(tx, 1, "Judul 1", "film")
        number = look_back(tx, story)
        _bring_to(tx, number, MessageState.SENT)
        assert [one.id for one in tx.recent_messages("-100")] == [number]
        _bring_to(tx, tx.queue_edit(number, now=NOW, not_before=NOW), MessageState.SENT)
        _bring_to(tx, tx.queue_deletion(number, now=NOW), MessageState.SENT)
        assert tx.recent_messages("-100") == []


def test_the_oldest_message_of_a_chat(store: Store) -> None:
    """Whatever became of it."""
    with store.write() as tx:
        assert tx.oldest_message("-100") is None
        _, message = queued(tx, 1, now=NOW)
        tx.fail_message(message, reason="refused", now=NOW)
        queued(tx, 2, now=NOW + HOUR)
        assert tx.oldest_message("-100") == NOW
        assert tx.oldest_message("-200") is None


def test_looks_back_move_with_their_chat(store: Store) -> None:
    """So that the new number does not get the same week again; the file may go on naming the old one."""
    with store.write() as tx:
        _, story = told(tx, 1, "Judul 1", "film")
        number = look_back(tx, story)
        assert tx.move_chat("-100", "-1007")
        for chat in ("-100", "-1007"):
            assert tx.look_backs("week", chat) == [LookBack(NOW, NOW, number)]
