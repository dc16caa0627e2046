"""People and their alerts, on both stores."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

from newsdesk.messages import PostState
from newsdesk.people import Alert, Person
from newsdesk.ports import Store
from newsdesk.routes import Digest, QuietHours
from tests.contract.builders import HOUR, NOW, told

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
