"""People and their alerts, on both stores."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

from newsdesk.messages import MessageState, PostState
from newsdesk.people import OWN, Alert, OwnPost, Person
from newsdesk.ports import CONTENT_KEPT, Store
from newsdesk.routes import Digest, QuietHours
from tests.contract.builders import HOUR, NOW, message_of, queued, told

SITI, BUDI = 777, 5_000_000_042
LATER = NOW + HOUR


def _known(store: Store, *people: int) -> None:
    with store.write() as tx:
        for number in people:
            tx.keep_person(Person(id=number, seen=NOW))


def _alert(store: Store, person: int, query: str, name: str = "") -> Alert:
    with store.write() as tx:
        return tx.add_alert(person=person, name=name or query, query=query, now=NOW)


def test_a_person_is_kept_as_given(store: Store) -> None:
    """Every choice comes back, also when it is changed; nobody else is known."""
    chosen = Person(
        id=BUDI,
        seen=NOW,
        language="en",
        client="zh",
        digest=Digest((time(7), time(17, 30))),
        quiet=QuietHours(time(22), time(6)),
        timezone="Asia/Makassar",
        left=NOW,
        warned=LATER,
    )
    with store.write() as tx:
        tx.keep_person(chosen)
    with store.read() as view:
        assert view.person(BUDI) == chosen
        assert view.person(SITI) is None
        assert view.chosen_languages() == {BUDI: "en"}
    plain = Person(id=BUDI, seen=LATER)
    with store.write() as tx:
        tx.keep_person(plain)
        assert tx.person(BUDI) == plain
    with store.read() as view:
        assert view.person(BUDI) == plain
        assert view.chosen_languages() == {}


def test_a_search_is_saved_once(store: Store) -> None:
    """The same words again are the same alert; another person's are another one."""
    _known(store, SITI, BUDI)
    first = _alert(store, SITI, "film korea", "Film Korea")
    assert (first.person, first.name, first.query, first.created, first.paused) == (
        SITI,
        "Film Korea",
        "film korea",
        NOW,
        False,
    )
    assert _alert(store, SITI, "film korea", "another name") == first
    other = _alert(store, BUDI, "film korea")
    assert other.id > first.id
    with store.read() as view:
        assert view.alerts_of(SITI) == [first]
        assert view.alerts_of(BUDI) == [other]
        assert view.alerts_to_match() == [first, other]


def test_only_the_owner_changes_an_alert(store: Store) -> None:
    """A name, a rest, a deletion: whoever presses a button with somebody else's number changes nothing."""
    _known(store, SITI, BUDI)
    alert = _alert(store, SITI, "film")
    with store.write() as tx:
        assert not tx.change_alert(replace(alert, person=BUDI, paused=True))
        assert tx.delete_alerts(BUDI, [alert.id]) == 0
        assert tx.change_alert(replace(alert, name="Layar lebar", paused=True))
    with store.read() as view:
        assert view.alerts_of(SITI) == [replace(alert, name="Layar lebar", paused=True)]
        assert view.alerts_to_match() == []
    with store.write() as tx:
        assert tx.delete_alerts(SITI, [alert.id]) == 1
        assert tx.delete_alerts(SITI, [alert.id]) == 0
        assert not tx.change_alert(alert)
    with store.read() as view:
        assert view.alerts_of(SITI) == []


def test_numbers_of_alerts_are_never_given_twice(store: Store) -> None:
    """An old button cannot mean a newer alert."""
    _known(store, SITI)
    first = _alert(store, SITI, "film")
    with store.write() as tx:
        tx.delete_alerts(SITI, [first.id])
    assert _alert(store, SITI, "film").id > first.id


def test_the_turn_grows_with_whatever_changes_what_is_matched(store: Store) -> None:
    """A new alert, a rest, a deletion, somebody who leaves or comes back; not what changes nothing."""
    _known(store, SITI)
    alert = _alert(store, SITI, "film")
    person = Person(id=SITI, seen=NOW)
    turns = []
    for change in (
        lambda tx: tx.add_alert(person=SITI, name="x", query="film", now=NOW),
        lambda tx: tx.keep_person(replace(person, language="en")),
        lambda tx: tx.change_alert(replace(alert, paused=True)),
        lambda tx: tx.keep_person(replace(person, left=NOW)),
        lambda tx: tx.keep_person(person),
        lambda tx: tx.delete_alerts(SITI, [alert.id]),
    ):
        with store.write() as tx:
            before = tx.alerts_turn()
            change(tx)
            turns.append(tx.alerts_turn() > before)
    assert turns == [False, False, True, True, True, True]


def test_alerts_of_people_who_left_are_kept_and_not_matched(store: Store) -> None:
    """Blocking the bot deletes nothing."""
    _known(store, SITI)
    alert = _alert(store, SITI, "film")
    with store.write() as tx:
        tx.keep_person(Person(id=SITI, seen=NOW, left=NOW))
    with store.read() as view:
        assert view.alerts_to_match() == []
        assert view.alerts_of(SITI) == [alert]
    with store.write() as tx:
        tx.keep_person(Person(id=SITI, seen=LATER))
        assert tx.alerts_to_match() == [alert]


def test_a_card_names_the_alerts_that_its_post_is_for(store: Store) -> None:
    """In the order in which they were saved, each once; a channel's names none."""
    _known(store, SITI)
    film, korea = _alert(store, SITI, "topic:film", "Film"), _alert(store, SITI, "korea", "Korea")
    with store.write() as tx:
        article, story = told(tx, 1)
        own = tx.add_post(story=story, chat=str(SITI), route="own", article=article, due=NOW, waiting=True)
        channel = tx.add_post(story=story, chat="-100", route="highlights", article=article, due=NOW, waiting=True)
        assert own is not None
        assert channel is not None
        tx.link_alerts(own, [korea.id])
        tx.link_alerts(own, [korea.id, film.id])
        assert [card.alerts for card in tx.cards([own, channel])] == [("Film", "Korea"), ()]
    with store.read() as view:
        assert [card.alerts for card in view.cards([own, channel])] == [("Film", "Korea"), ()]


def test_what_waits_for_a_deleted_alert_alone_is_dropped(store: Store) -> None:
    """What another alert wants, too, still comes."""
    _known(store, SITI)
    film, korea = _alert(store, SITI, "film"), _alert(store, SITI, "korea")
    with store.write() as tx:
        posts = []
        for number, alerts in enumerate(([film.id], [film.id, korea.id]), 1):
            article, story = told(tx, number)
            post = tx.add_post(story=story, chat=str(SITI), route="own", article=article, due=NOW, waiting=True)
            assert post is not None
            tx.link_alerts(post, alerts)
            posts.append(post)
        tx.delete_alerts(SITI, [film.id])
    with store.read() as view:
        waiting = view.waiting_posts(LATER)
        assert [post.id for post in waiting] == [posts[1]]
        assert view.counts()[f"posts_{PostState.DROPPED}"] == 1
        assert view.cards([posts[1]])[0].alerts == ("korea",)


def _waits(store: Store, number: int, chat: str, route: str) -> int:
    with store.write() as tx:
        article, story = told(tx, number)
        post = tx.add_post(story=story, chat=chat, route=route, article=article, due=LATER, waiting=True)
        assert post is not None
        return post


def test_what_waits_for_a_persons_own_alerts_is_due_when_they_say(store: Store) -> None:
    """Not what a route of the operator's brings there, nor anybody else's."""
    own = _waits(store, 1, str(SITI), OWN)
    _waits(store, 2, str(SITI), "roundup")
    _waits(store, 3, str(BUDI), OWN)
    with store.write() as tx:
        tx.retime_posts(str(SITI), NOW)
    with store.read() as view:
        assert [post.id for post in view.waiting_posts(NOW)] == [own]


def test_of_a_chat_that_is_given_up_nothing_is_sent(store: Store) -> None:
    """What waits is dropped, what is queued fails, what is under way goes its way; other chats' stays."""
    waits = _waits(store, 1, str(SITI), OWN)
    with store.write() as tx:
        flying = queued(tx, 2, chat=str(SITI))[1]
        assert tx.claim_message(chats_busy=(), now=NOW) is not None
        tx.mark_sending(flying, content="{}", last_known=None, now=NOW)
        post, message = queued(tx, 3, chat=str(SITI))
        other = queued(tx, 4, chat=str(BUDI))[1]
        tx.give_up_chat(str(SITI), reason="left", now=NOW)
        tx.mark_sent(flying, telegram_id=5, now=NOW)
    assert [message_of(store, number).state for number in (flying, message, other)] == [
        MessageState.SENT,
        MessageState.FAILED,
        MessageState.QUEUED,
    ]
    with store.read() as view:
        assert view.waiting_posts(LATER) == []
        states = {one.id: (one.state, one.reason) for number in (1, 3) for one in view.posts_of(number)}
    assert states == {waits: (PostState.DROPPED, "left"), post: (PostState.FAILED, "left")}


def test_private_chats_come_behind_all_others_and_only_when_they_are_due(store: Store) -> None:
    """The channel that waited last is before the person who waited first; an early one is not named at all."""
    with store.write() as tx:
        queued(tx, 1, chat=str(SITI))
        queued(tx, 2, chat=str(BUDI), not_before=LATER)
        queued(tx, 3, chat="999")
        queued(tx, 4, chat="-100", not_before=LATER)
        queued(tx, 5, chat="preview")
    with store.read() as view:
        assert view.busy_chats(NOW, 10) == ["-100", "preview", str(SITI), "999"]
        assert view.busy_chats(NOW, 1) == ["-100", "preview", str(SITI)]
        assert view.busy_chats(LATER, 10)[2:] == [str(SITI), str(BUDI), "999"]


def test_messages_of_one_chat_are_asked_for_alone(store: Store) -> None:
    """However many others wait before them."""
    with store.write() as tx:
        queued(tx, 1, chat="-100")
        mine = queued(tx, 2, chat=str(SITI))[1]
    with store.read() as view:
        assert [message.id for message in view.messages([MessageState.QUEUED], 1, chat=str(SITI))] == [mine]


def test_traces_do_not_tell_what_went_to_people(store: Store) -> None:
    """Anybody may ask why an article was chosen."""
    with store.write() as tx:
        article, story = told(tx, 1)
        for chat, route in ((str(SITI), OWN), ("-100", "highlights")):
            tx.add_post(story=story, chat=chat, route=route, article=article, due=NOW, waiting=True)
    with store.read() as view:
        trace = view.trace(article)
    assert trace is not None
    assert [post.chat for post, _ in trace.posts] == ["-100"]


def test_what_was_held_for_a_person_is_not_kept_for_ever(store: Store) -> None:
    """Nobody can decide about it; a channel's waits for an operator."""
    with store.write() as tx:
        numbers = []
        for number, chat in enumerate((str(SITI), "-100"), 1):
            message = queued(tx, number, chat=chat)[1]
            assert tx.claim_message(chats_busy=(), now=NOW, only=message) is not None
            tx.mark_sending(message, content='{"says": "kabar"}', last_known=None, now=NOW)
            tx.hold_message(message, reason="unknown", now=NOW)
            numbers.append(message)
        assert tx.tidy(NOW + CONTENT_KEPT + HOUR) == 1
    assert [message_of(store, number).content for number in numbers] == ["", '{"says": "kabar"}']


def _own(chat: int, *alerts: int, waits: bool = False) -> OwnPost:
    return OwnPost(chat=str(chat), due=LATER if waits else NOW, waits=waits, alerts=alerts)


def test_a_story_is_planned_for_many_people_at_once(store: Store) -> None:
    """A message for each who does not wait; who has it keeps it, and what has not gone names the further alerts, too."""
    _known(store, SITI, BUDI)
    film, korea, budis = _alert(store, SITI, "film"), _alert(store, SITI, "korea"), _alert(store, BUDI, "film")
    with store.write() as tx:
        first, story = told(tx, 1)
        planned = [_own(SITI, film.id), _own(BUDI, budis.id, waits=True)]
        assert tx.add_own_posts(story=story, article=first, posts=planned, now=NOW) == 1
        [message] = tx.messages([MessageState.QUEUED])
        assert (message.chat, message.kind, message.not_before) == (str(SITI), "send", NOW)
        second, _ = told(tx, 2)
        again = [_own(SITI, korea.id), _own(BUDI, budis.id)]
        assert tx.add_own_posts(story=story, article=second, posts=again, now=NOW) == 0
        posts = tx.posts_of(story)
        assert [(post.chat, post.state, post.route) for post in posts] == [
            (str(SITI), PostState.QUEUED, OWN),
            (str(BUDI), PostState.WAITING, OWN),
        ]
        assert [card.alerts for card in tx.cards([post.id for post in posts])] == [("film", "korea"), ("film",)]
        assert tx.claim_message(chats_busy=(), now=NOW, only=message.id) is not None
        tx.mark_sending(message.id, content="{}", last_known=None, now=NOW)
        tx.mark_sent(message.id, telegram_id=5, now=NOW)
        assert tx.add_own_posts(story=story, article=second, posts=again, now=NOW) == 0
        assert tx.posts_of(story)[0].state is PostState.SENT


def test_what_was_given_up_is_planned_for_the_person_anew(store: Store) -> None:
    """Under its old number, by the article that brings it now."""
    _known(store, SITI)
    alert = _alert(store, SITI, "film")
    with store.write() as tx:
        first, story = told(tx, 1)
        tx.add_own_posts(story=story, article=first, posts=[_own(SITI, alert.id)], now=NOW)
        tx.give_up_chat(str(SITI), reason="left", now=NOW)
        second, _ = told(tx, 2)
        assert tx.add_own_posts(story=story, article=second, posts=[_own(SITI, alert.id)], now=LATER) == 1
        [post] = tx.posts_of(story)
        assert (post.state, post.article, post.reason) == (PostState.QUEUED, second, "")
        assert tx.messages([MessageState.QUEUED])[0].posts == (post.id,)


def test_a_story_that_was_taken_back_goes_to_nobody(store: Store) -> None:
    """Whoever's alert another outlet's article of it satisfies."""
    _known(store, SITI)
    alert = _alert(store, SITI, "film")
    with store.write() as tx:
        article, story = told(tx, 1)
        post = tx.add_post(story=story, chat="-100", route="highlights", article=article, due=NOW, waiting=True)
        assert post is not None
        tx.retract_posts([post], by=7, at=NOW)
        assert tx.add_own_posts(story=story, article=article, posts=[_own(SITI, alert.id)], now=NOW) == 0
        assert [one.chat for one in tx.posts_of(story)] == ["-100"]
