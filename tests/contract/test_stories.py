"""Stories and the candidates that new articles find by shared keys; cards that posts show."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsdesk.errors import StoreError
from newsdesk.ports import Store, Writing
from storage.stories import COMMON
from tests.contract.builders import HOUR, NOW, article, told, verdicts

LONG_AGO = NOW - timedelta(days=400)


def _recognise(tx: Writing, batch: bool) -> None:
    """As the pipeline does, so that what is new need not be looked up, and stays gathered until somebody must see it."""
    if batch:
        tx.recognise([article(number).identity for number in range(1000)])


@pytest.mark.parametrize("batch", [True, False])
def test_those_that_share_most_come_first(store: Store, batch: bool) -> None:
    """By number of shared keys, then the newer; with what the decision needs of each."""
    with store.write() as tx:
        _recognise(tx, batch)
        one, _ = told(tx, 1, "Satu", keys={"a"}, summary="Ringkas.", body="Panjang.", language="en")
        two, story = told(tx, 2, "Dua", keys={"a", "b", "c"}, body="Hanya isi.")
        three, _ = told(tx, 3, "Tiga", keys={"a", "c", "z"})
        four, _ = told(tx, 4, "Empat", keys={"z"})
        found = tx.story_candidates({"a", "b", "c", "unknown"}, LONG_AGO)
    assert [candidate.article for candidate in found] == [two, three, one]
    assert four not in {candidate.article for candidate in found}
    assert (found[0].story, found[0].title, found[0].lead, found[0].at) == (story, "Dua", "Hanya isi.", NOW - 2 * HOUR)
    assert (found[2].lead, found[2].language, found[2].outlet) == ("Ringkas.", "en", "ANTARA")
    with store.read() as view:
        assert view.story_candidates({"a", "b", "c", "unknown"}, LONG_AGO) == found
        assert view.story_candidates({"a", "b", "c"}, LONG_AGO, limit=1) == found[:1]


@pytest.mark.parametrize("batch", [True, False])
def test_only_articles_in_stories_and_not_older_are_candidates(store: Store, batch: bool) -> None:
    """An article that tells no story yet is none, and `since` is included."""
    with store.write() as tx:
        _recognise(tx, batch)
        tx.add_article(article(1), verdicts(), {"a"})
        told(tx, 5, keys={"a"})
        inside, _ = told(tx, 3, keys={"a"})
        told(tx, 4, keys={"a"})
        assert [one.article for one in tx.story_candidates({"a"}, NOW - 3 * HOUR)] == [inside]
        assert tx.story_candidates((), LONG_AGO) == []


def test_candidates_of_the_same_batch_and_of_earlier_ones_are_ranked_together(store: Store) -> None:
    """A key is common by both, and a revised article is found by its new keys."""
    with store.write() as tx:
        old, _ = told(tx, 1, keys={"a", "b", "c"})
        for number in range(100, 100 + COMMON - 2):
            told(tx, number, keys={"common"})
    with store.write() as tx:
        _recognise(tx, True)
        new, _ = told(tx, 2, keys={"a", "b", "common"})
        newer, _ = told(tx, 3, keys={"a", "common"})
        found = tx.story_candidates({"a", "b", "c", "common"}, LONG_AGO, limit=2)
        assert [one.article for one in found] == [new, old]
        told(tx, 4, keys={"common"})
        assert [one.article for one in tx.story_candidates({"a", "common"}, LONG_AGO)] == [newer, new, old]
        assert tx.story_candidates({"common"}, LONG_AGO) == []
        tx.revise_article(article(1, id=old), verdicts(), {"z"})
        assert [one.article for one in tx.story_candidates({"z"}, LONG_AGO)] == [old]
        assert [one.article for one in tx.story_candidates({"a"}, LONG_AGO)] == [newer, new]


def test_a_very_common_key_tells_nothing(store: Store) -> None:
    """Up to COMMON articles it counts; beyond, it neither finds nor ranks."""
    with store.write() as tx:
        for number in range(COMMON):
            told(tx, number, keys={"presiden"})
        rare, _ = told(tx, 900, keys={"rare"})
    with store.read() as view:
        assert len(view.story_candidates({"presiden"}, LONG_AGO, limit=COMMON + 9)) == COMMON
    with store.write() as tx:
        told(tx, COMMON, keys={"presiden"})
        assert tx.story_candidates({"presiden"}, LONG_AGO) == []
        assert [one.article for one in tx.story_candidates({"presiden", "rare"}, LONG_AGO)] == [rare]


def test_keys_are_forgotten_after_forty_five_days(store: Store) -> None:
    """Counted from the newest article seen; the article itself stays."""
    with store.write() as tx:
        old, _ = told(tx, 1, keys={"a"}, first_seen=NOW - timedelta(days=46))
        young, _ = told(tx, 2, keys={"a"}, first_seen=NOW - timedelta(days=44))
    with store.read() as view:
        assert {one.article for one in view.story_candidates({"a"}, LONG_AGO)} == {old, young}
    with store.write() as tx:
        told(tx, 3, keys={"b"}, first_seen=NOW)
    with store.read() as view:
        assert [one.article for one in view.story_candidates({"a"}, LONG_AGO)] == [young]
        assert view.article(str(old)) is not None


def test_a_story_grows_with_those_that_join_it(store: Store) -> None:
    """`latest` grows and never shrinks; an article tells one story, the one named last."""
    with store.write() as tx:
        first, story = told(tx, 5)
        second, other = told(tx, 4)
        tx.join_story(story, second, NOW - 4 * HOUR)
        third = tx.add_article(article(6), verdicts(), ())
        tx.join_story(story, third, NOW - 6 * HOUR)
    with store.read() as view:
        kept = view.story(story)
        assert kept is not None
        assert (kept.opened, kept.latest, kept.first_article) == (NOW - 5 * HOUR, NOW - 4 * HOUR, first)
        assert [view.story_of(number) for number in (first, second, third)] == [story] * 3
        assert view.story(other) is not None
        assert view.story(99) is None
        assert view.story_of(99) is None


def test_joining_a_story_that_is_not_there_is_refused(store: Store) -> None:
    """The caller hears of it at once."""
    with store.write() as tx:
        number = tx.add_article(article(1), verdicts(), ())
        with pytest.raises(StoreError, match="no such story"):
            tx.join_story(7, number, NOW)


def test_a_card_shows_the_article_and_what_stands_around_it(store: Store) -> None:
    """Topics in rule order and countries sorted over all articles; other outlets once each, oldest first; the story before."""
    with store.write() as tx:
        _, before = told(tx, 50, "Awal", outlet="RMOL")
        shown = tx.add_article(article(3, "Kini", outlet="ANTARA"), verdicts("collaboration", countries=("KR",)), ())
        story = tx.open_story(shown, NOW, follows=before)
        for number, outlet, topic in (
            (9, "ANTARA", "ai"),
            (2, "Detik", "film"),
            (4, "Kompas", "ai"),
            (1, "Kompas", "ai"),
        ):
            other = tx.add_article(article(number, outlet=outlet), verdicts(topic, countries=("CN",)), ())
            tx.join_story(story, other, NOW)
        post = tx.add_post(story=story, chat="-1", route="r", article=shown, due=NOW, waiting=True)
        lone, alone = told(tx, 20, "Sendiri")
        single = tx.add_post(story=alone, chat="-1", route="r", article=lone, due=NOW, waiting=True)
    assert post is not None
    assert single is not None
    with store.read() as view:
        cards = view.cards([single, 99, post])
        assert view.cards([]) == []
    assert [card.post for card in cards] == [single, post]
    assert (cards[0].topics, cards[0].countries, cards[0].also, cards[0].follows) == ((), (), (), None)
    card = cards[1]
    assert (card.story, card.article.id, card.article.title) == (story, shown, "Kini")
    assert card.topics == ("film", "ai", "collaboration")
    assert card.countries == ("CN", "KR")
    assert card.also == (
        ("Kompas", "https://www.contoh.id/berita/4?utm_source=rss"),
        ("Detik", "https://www.contoh.id/berita/2?utm_source=rss"),
    )
    assert card.follows == ("Awal", "https://www.contoh.id/berita/50?utm_source=rss")


def test_what_follows_a_story_is_told_by_its_first_articles(store: Store) -> None:
    """Newest first; the story itself, others and what it follows are no follow-ups."""
    with store.write() as tx:
        _, before = told(tx, 9, "Sebelumnya")
        _, story = told(tx, 8, "Kabar", follows=before)
        first, _ = told(tx, 7, "Lanjutan", follows=story)
        told(tx, 6, "Lain")
        second, after = told(tx, 5, "Lanjutan lagi", follows=story)
        told(tx, 4, "Lanjutan dari lanjutan", follows=after)
    with store.read() as view:
        assert [article.id for article in view.following(story, 10)] == [second, first]
        assert [article.id for article in view.following(story, 1)] == [second]
        assert view.following(after + 1, 10) == []
        assert view.following(10**9, 10) == []


def test_the_newest_texts_lend_their_words(store: Store) -> None:
    """Title and the beginning of the summary, newest first."""
    with store.write() as tx:
        told(tx, 3, "Lama", summary="Dulu.")
        told(tx, 1, "Baru", summary="x" * 2_000)
        told(tx, 2, "Kemarin")
    with store.read() as view:
        newest, *others = view.newest_texts(5)
        assert newest == "Baru\n" + "x" * 500
        assert others == ["Kemarin\n", "Lama\nDulu."]
        assert view.newest_texts(1) == [newest]
