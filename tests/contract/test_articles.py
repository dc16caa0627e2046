"""Articles: kept whole, recognised by any trait, revised in place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from newsdesk.articles import Identity, PageLook
from newsdesk.errors import StoreError
from newsdesk.ports import PAGE_KEPT, Store
from newsdesk.sources import SourceState
from newsdesk.verdicts import Verdicts
from tests.contract.builders import HOUR, NOW, article, asking, told, verdicts


def test_an_article_comes_back_as_it_was_given(store: Store) -> None:
    """Every field survives, empty or full, with its microseconds and its zone turned into UTC."""
    jakarta = timezone(timedelta(hours=7))
    full = article(
        1,
        "Film “Laskar” 电影 🎬",
        summary="Dua kalimat.",
        body="Satu.\nDua.",
        published=datetime(2026, 11, 20, 8, 15, 30, 123456, tzinfo=jakarta),
        revised=NOW,
        language="en",
        guid="tag:1",
        author="A. Penulis",
        image="https://contoh.id/a.jpg",
        identity=Identity(url="https://contoh.id/a", outlet_id="contoh.id:1", fingerprint="f" * 16),
    )
    bare = article(2, published=None, identity=Identity(url="https://contoh.id/b"))
    with store.write() as tx:
        ids = [tx.add_article(one, Verdicts(), ()) for one in (full, bare)]
    with store.read() as view:
        kept = [view.article(str(number)) for number in ids]
    assert kept == [replace(full, id=ids[0]), replace(bare, id=ids[1])]
    assert kept[0] is not None
    assert kept[0].published == datetime(2026, 11, 20, 1, 15, 30, 123456, tzinfo=UTC)
    assert kept[0].published.tzinfo is UTC


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a\x00b", "ab"),
        ("a\ud800b", "a\ufffdb"),
        ("🎬\x00电影", "🎬电影"),
        ("\x01\x7f\u202e", "\x01\x7f\u202e"),
        ("'; DROP TABLE articles; --", "'; DROP TABLE articles; --"),
    ],
)
def test_any_text_can_be_kept(store: Store, given: str, kept: str) -> None:
    """What is no text (NUL, lone surrogates) is mended, the rest stays as it is."""
    with store.write() as tx:
        tx.add_article(article(1, given, summary=given, guid=given, author=given), verdicts("film"), {given})
    with store.read() as view:
        found = view.article("1")
    assert found is not None
    assert (found.title, found.summary, found.guid, found.author) == (kept, kept, kept, kept)


def test_traits_longer_than_an_index_takes_still_recognise(store: Store) -> None:
    """A URL of 20,000 letters is kept and recognised."""
    url = "https://contoh.id/" + "panjang-" * 2500
    long = article(1, url=url, identity=Identity(url=url, outlet_id=url, fingerprint=url))
    with store.write() as tx:
        tx.add_article(long, Verdicts(), ())
        assert tx.recognise([Identity(url=url)])[0][0].url == url
        with pytest.raises(StoreError):
            tx.add_article(long, Verdicts(), ())
    with store.read() as view:
        assert view.article(url) is not None


@pytest.mark.parametrize(
    ("identity", "numbers"),
    [
        (Identity(url="https://contoh.id/1"), [1]),
        (Identity(url="https://contoh.id/x", outlet_id="contoh.id:1"), [1]),
        (Identity(url="https://contoh.id/x", fingerprint="f1"), [1, 2]),
        (Identity(url="https://contoh.id/2", outlet_id="contoh.id:1"), [2, 1]),
        (Identity(url="https://contoh.id/x"), []),
        (Identity(url="https://contoh.id/x", outlet_id="contoh.id:9", fingerprint="f9"), []),
        (Identity(url="contoh.id:1"), []),
    ],
)
def test_any_shared_trait_recognises(store: Store, identity: Identity, numbers: list[int]) -> None:
    """URL, then outlet id, then fingerprint, each against its own kind, never an empty one."""
    with store.write() as tx:
        for number, outlet_id in ((1, "contoh.id:1"), (2, "")):
            known = Identity(url=f"https://contoh.id/{number}", outlet_id=outlet_id, fingerprint="f1")
            tx.add_article(article(number, identity=known), Verdicts(), ())
        third = Identity(url="https://contoh.id/3")
        tx.add_article(article(3, identity=third), Verdicts(), ())
    with store.read() as view:
        assert [found.id for found in view.recognise([identity])[0]] == numbers
        assert [[found.id for found in answer] for answer in view.recognise([third, identity])] == [[3], numbers]


def test_a_thousand_identities_are_recognised_in_their_order(store: Store) -> None:
    """Answers stand in the order of the questions, also beyond the size of one statement."""
    with store.write() as tx:
        ids = [tx.add_article(article(number), Verdicts(), ()) for number in range(600)]
    questions = [Identity(url=f"https://contoh.id/berita/{number}") for number in reversed(range(1000))]
    with store.read() as view:
        answers = view.recognise(questions)
        assert view.recognise([]) == []
    assert [[found.id for found in answer] for answer in answers[400:]] == [[number] for number in reversed(ids)]
    assert not any(answers[:400])


@pytest.mark.parametrize("recognised_first", [True, False])
def test_an_identity_is_kept_once(store: Store, recognised_first: bool) -> None:
    """A second article with the same identity URL is refused, in the same transaction and in a later one."""
    again = article(1, "Lain")
    with store.write() as tx:
        if recognised_first:
            assert tx.recognise([again.identity]) == [[]]
        tx.add_article(article(1), Verdicts(), ())
        with pytest.raises(StoreError, match="already kept"):
            tx.add_article(again, Verdicts(), ())
    with store.write() as tx, pytest.raises(StoreError, match="already kept"):
        tx.add_article(again, Verdicts(), ())
    with store.read() as view:
        assert view.counts()["articles"] == 1


@pytest.mark.parametrize(
    "asked",
    [
        "1",
        " 1 ",
        "https://www.contoh.id/berita/1?utm_source=rss",
        "https://contoh.id/berita/1",
        "http://m.contoh.id/berita/1/?utm_medium=x",
    ],
)
def test_an_article_is_found_by_number_and_by_any_spelling_of_its_url(store: Store, asked: str) -> None:
    """The number, the URL as given, and whatever is canonically the same."""
    with store.write() as tx:
        tx.add_article(article(1), Verdicts(), ())
    with store.read() as view:
        found = view.article(asked)
    assert found is not None
    assert found.id == 1


@pytest.mark.parametrize("asked", ["", "2", "-1", "9" * 40, "٣", "https://contoh.id/berita/2", "%", "\x00"])
def test_what_is_not_kept_is_not_found(store: Store, asked: str) -> None:
    """Odd numbers and addresses are no articles, and no errors."""
    with store.write() as tx:
        tx.add_article(article(1), Verdicts(), ())
    with store.read() as view:
        assert view.article(asked) is None


def test_a_url_as_given_finds_it_though_its_identity_is_another(store: Store) -> None:
    """An aggregator's link finds the article whose identity is the outlet's own URL."""
    with store.write() as tx:
        tx.add_article(article(1, url="https://news.example/rd?u=9"), Verdicts(), ())
    with store.read() as view:
        assert view.article("https://news.example/rd?u=9") is not None


def test_a_revision_replaces_all_but_identity_and_first_seen(store: Store) -> None:
    """Title, text, verdicts, keys and search words are the new ones; the rest of the past is gone."""
    with store.write() as tx:
        number, story = told(tx, 1, "Judul lama", "film", summary="kata usang", keys={"old"}, countries=("CN",))
    with store.read() as view:
        before = view.article(str(number))
    assert before is not None
    after = replace(
        before,
        title="Judul baru",
        summary="kata segar",
        revised=NOW,
        at=NOW - 9 * HOUR,
        first_seen=NOW + HOUR,
        identity=Identity(url="https://contoh.id/lain", fingerprint="f2"),
    )
    with store.write() as tx:
        tx.revise_article(after, verdicts("ai", countries=("KR",)), {"new"})
    with store.read() as view:
        trace = view.trace(number)
        assert trace is not None
        assert trace.article == replace(
            after, first_seen=NOW, identity=replace(before.identity, outlet_id="", fingerprint="f2")
        )
        assert trace.verdicts == verdicts("ai", countries=("KR",))
        assert trace.story is not None
        assert trace.story.id == story
        for word, hits in {"usang": 0, "lama": 0, "segar": 1, "baru": 1}.items():
            assert view.count(asking(word)) == hits, word
        assert [found.topics for found in view.latest(["ai"], 5)] == [("ai",)]
        assert view.latest(["film"], 5) == []
        assert view.count(asking(countries=("KR",))) == 1
        assert view.count(asking(countries=("CN",))) == 0
        assert view.story_candidates({"old"}, NOW - 99 * HOUR) == []
        assert len(view.story_candidates({"new"}, NOW - 99 * HOUR)) == 1


def test_an_article_added_and_revised_in_one_transaction_is_indexed_once(store: Store) -> None:
    """What was only gathered is revised all the same."""
    with store.write() as tx:
        number = tx.add_article(article(1, "pertama"), verdicts("film"), {"a"})
        tx.revise_article(article(1, "kedua", id=number), verdicts("film"), {"a"})
    with store.read() as view:
        assert view.count(asking("pertama")) == 0
        assert view.count(asking("kedua")) == 1


def test_revising_what_is_not_there_is_refused(store: Store) -> None:
    """No article, no revision."""
    with store.write() as tx, pytest.raises(StoreError, match="no such article"):
        tx.revise_article(article(1, id=7), Verdicts(), ())


def test_a_trace_holds_everything_that_was_decided(store: Store) -> None:
    """Verdicts with evidence and what was ignored, story, siblings, the followed story, posts with their messages."""
    with store.write() as tx:
        earlier, followed = told(tx, 9, "Awal")
        first = tx.add_article(article(3, "Lanjut"), verdicts("ai", "film", countries=("HK", "CN")), {"k"})
        story = tx.open_story(first, NOW, follows=followed)
        second = tx.add_article(article(2, "Lanjut juga"), verdicts(), {"k"})
        tx.join_story(story, second, NOW + HOUR)
        post = tx.add_post(story=story, chat="-1", route="r", article=first, due=NOW, waiting=False)
        held = tx.add_post(story=story, chat="-2", route="r", article=first, due=NOW, waiting=True)
        assert post is not None
        message = tx.queue_message(chat="-1", kind="send", posts=[post], now=NOW, not_before=NOW)
    with store.read() as view:
        trace = view.trace(first)
        assert view.trace(999) is None
    assert trace is not None
    assert trace.verdicts == verdicts("film", "ai", countries=("CN", "HK"))
    assert trace.verdicts.matched == ("film", "ai")
    assert trace.story is not None
    assert (trace.story.id, trace.story.first_article, trace.story.follows) == (story, first, followed)
    assert (trace.story.opened, trace.story.latest) == (NOW, NOW + HOUR)
    assert trace.follows is not None
    assert trace.follows.id == earlier
    assert [sibling.id for sibling in trace.siblings] == [second]
    assert [(one.id, one.message, carrier.id if carrier else None) for one, carrier in trace.posts] == [
        (post, message, message),
        (held, None, None),
    ]


def test_an_article_without_a_story_has_a_trace(store: Store) -> None:
    """Nothing told, nothing posted: still explained."""
    with store.write() as tx:
        number = tx.add_article(article(1), verdicts("film"), ())
        assert tx.story_of(number) is None
    with store.read() as view:
        trace = view.trace(number)
    assert trace is not None
    assert (trace.story, trace.follows, trace.siblings, trace.posts) == (None, None, (), ())


@pytest.mark.parametrize(
    "state",
    [
        SourceState(source="antara"),
        SourceState(
            source="antara",
            etag='W/"1"',
            last_modified="Fri, 20 Nov 2026 09:30:00 GMT",
            body_hash="ab",
            next_check=NOW,
            last_poll=NOW - HOUR,
            last_ok=NOW - 2 * HOUR,
            last_full=NOW - 3 * HOUR,
            newest_item=NOW - 4 * HOUR,
            span=timedelta(days=3, microseconds=7),
            items=20,
            failures=2,
            status="timeout",
            reason="no answer\x00",
            gaps=1,
        ),
    ],
)
def test_a_source_state_replaces_the_one_before(store: Store, state: SourceState) -> None:
    """What is saved last is remembered, whole."""
    with store.write() as tx:
        tx.save_source_state(SourceState(source="antara", etag="old", failures=9, span=timedelta(1)))
        tx.save_source_state(SourceState(source="lain"))
        tx.save_source_state(state)
    with store.read() as view:
        states = view.source_states()
        singly = {name: view.source_state(name) for name in ("antara", "lain", "baru")}
    kept = {"antara": replace(state, reason=state.reason.strip("\x00")), "lain": SourceState(source="lain")}
    assert states == kept
    assert singly == {**kept, "baru": SourceState(source="baru")}


def test_a_time_without_a_zone_is_a_mistake_of_the_caller(store: Store) -> None:
    """It is refused as such, not kept as if it were UTC, and not called a fault of the database."""
    naive: Any = article(1, published=datetime(2026, 11, 20))  # noqa: DTZ001 - the mistake itself
    with pytest.raises(Exception, match="zone") as caught, store.write() as tx:
        tx.add_article(naive, Verdicts(), ())
    assert not isinstance(caught.value, StoreError)


def test_facts_are_remembered_by_name(store: Store) -> None:
    """The last value counts; a name never used has none."""
    with store.write() as tx:
        tx.remember("telegram since", "a")
        tx.remember("telegram since", "b")
        tx.remember("other", "c")
    with store.read() as view:
        assert [view.remembered(name) for name in ("telegram since", "other", "none")] == ["b", "c", None]


def test_judged_articles_come_oldest_first_from_a_time_on(store: Store) -> None:
    """More than one reading's worth of them, each with its own verdicts, and none from before."""
    with store.write() as tx:
        for number in range(1, 601):
            matched = ("film",) if number % 2 else ()
            countries = ("KR",) if number % 3 == 0 else ()
            tx.add_article(article(number, f"Judul {number}"), verdicts(*matched, countries=countries), ["kunci"])
    with store.read() as view:
        found = list(view.judged_since(NOW - 550 * HOUR))
    assert [one.title for one, _ in found] == [f"Judul {number}" for number in range(550, 0, -1)]
    for one, judged in found:
        number = int(one.title.split()[1])
        assert judged.matched == (("film",) if number % 2 else ())
        assert judged.countries == (("KR",) if number % 3 == 0 else ())


def test_a_page_is_kept_for_a_month_for_the_verdict_only(store: Store) -> None:
    """Its text stands in back-tests as the body and is not found by search; then it is let go of, and only it."""
    long_ago = NOW - timedelta(days=31)
    with store.write() as tx:
        old = tx.add_article(article(1, "Lama"), verdicts(), [])
        new = tx.add_article(article(2, "Baru"), verdicts(), [])
        tx.save_page(old, PageLook(status="read", at=long_ago, text="rahasia lama"))
        tx.save_page(new, PageLook(status="http", at=long_ago, reason="404 Not Found"))
    with store.read() as view:
        assert [one.body for one, _ in view.judged_since(NOW - 3 * HOUR)] == ["", "rahasia lama"]
    with store.write() as tx:
        tx.save_page(new, PageLook(status="read", at=NOW, text="rahasia baru"))
        tx.forget_pages(NOW - PAGE_KEPT)
    with store.read() as view:
        assert [one.body for one, _ in view.judged_since(NOW - 3 * HOUR)] == ["rahasia baru", ""]
        assert view.count(asking("rahasia")) == 0
        traces = [view.trace(number) for number in (old, new)]
        looks = [view.page_of(number) for number in (old, new)]
        assert view.page_of(new + 1) is None
    assert looks == [
        PageLook(status="read", at=long_ago, text=""),
        PageLook(status="read", at=NOW, text="rahasia baru"),
    ]
    assert [trace.page for trace in traces if trace] == looks
