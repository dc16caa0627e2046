"""How much was told when, of stories by their opening articles."""

from __future__ import annotations

from newsdesk.ports import Store
from newsdesk.trends import Telling
from tests.contract.builders import HOUR, NOW, article, told, verdicts


def test_each_story_counts_once_when_it_was_first_told(store: Store) -> None:
    """With the topics and countries of the article that opened it; what matched nothing, or is older, is left out."""
    with store.write() as tx:
        told(tx, 90, "Lama", "film")
        told(tx, 5, "Bukan apa-apa")
        _, story = told(tx, 4, "Dua negara", "film", "collaboration", countries=("KR", "CN"))
        later = article(3, "Media lain menyusul")
        tx.join_story(story, tx.add_article(later, verdicts("film", "ai", countries=("JP",)), ()), later.at)
        told(tx, 2, "Mesin", "ai")
    since = NOW - 80 * HOUR
    wanted = [
        Telling(NOW - 4 * HOUR, ("film", "collaboration"), ("CN", "KR")),
        Telling(NOW - 2 * HOUR, ("ai",), ()),
    ]
    with store.read() as view:
        assert view.tellings(since) == wanted
        assert view.tellings(NOW - 2 * HOUR) == wanted[1:]
