"""A saved search is satisfied by exactly the articles that a search for it finds, on both stores."""

from __future__ import annotations

import itertools
import random
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from newsdesk.people import Alert
from newsdesk.ports import Store
from newsdesk.search import SearchQuery, index_text, parse_query
from newsdesk.watching import Watch, satisfies, sight
from storage import open_store
from tests.contract.builders import NOW, TOPICS, article, asking, plain_words, verdicts

TEXTS = (
    ("Film Korea tayang", "sutradara muda menggarap film pendek", ("film",), ("KR",), "antara"),
    ("Pengembangan kecerdasan buatan", "perusahaan film memakai AI untuk sulih suara", ("film", "ai"), ("CN",), "tempo"),
    ("Kerja sama rumah produksi Indonesia dan Jepang", "nota kesepahaman produksi bersama", ("collaboration",), ("JP", "CN"), "antara"),
    ("Harga cabai naik", "pasar induk film kaca mobil", (), (), "kompas"),
    ("Festival film pendek", "Korea mengirim tiga film, Jepang dua", ("film",), ("KR", "JP"), "tempo"),
    ("Artificial intelligence in film", "an English text about filmmakers", ("film", "ai"), (), "jakpost"),
    ("", "hanya teks tanpa judul", (), (), "antara"),
)  # fmt: skip
ASKED = (
    "film", "korea", "film korea", '"film korea"', '"film pendek"', '"pendek film"', "-film", "film -korea", "film OR cabai",
    "festival OR pengembangan", "film*", "peng*", "produk*", "topic:film", "topic:ai film", "country:KR", "country:jepang",
    "source:antara", "source:antara -film", "topic:film country:KR -festival", "kerja sama", "kecerdasan buatan", "AI",
    "intelligence", '"rumah produksi"', "since:24h", "until:2026-11-20 film", "film sort:newest", "zzz", "topic:film topic:ai",
    "mengembangkan", '"judul hanya"', "menggarap film*",
)  # fmt: skip


def _asked(text: str) -> SearchQuery:
    sources = ("antara", "tempo", "kompas", "jakpost")
    return parse_query(text, now=NOW, zone=ZoneInfo("Asia/Jakarta"), topics=TOPICS, sources=sources)


def _fill(store: Store) -> None:
    with store.write() as tx:
        for number, (title, text, topics, countries, source) in enumerate(TEXTS, 1):
            kept = article(number * 7, title, summary=text, source=source)
            tx.add_article(kept, verdicts(*topics, countries=countries), ())


def _agree(store: Store, query: SearchQuery, words: object) -> set[int]:
    """The numbers of the articles that both ways find; fails where they differ."""
    with store.read() as view:
        found = {hit.article.id for hit in view.search(query, 100)}
        satisfied = set()
        for number, (_, _, topics, countries, _) in enumerate(TEXTS, 1):
            kept = view.article(str(number))
            assert kept is not None
            seen = sight(kept, verdicts(*topics, countries=countries), words)  # type: ignore[arg-type]
            if satisfies(seen, query):
                satisfied.add(number)
            if query.asks:
                watch = Watch.over([Alert(id=1, person=1, name="", query="q", created=NOW)], lambda _: query, turn=1)
                assert bool(watch.matching(seen)) == (number in satisfied), (query, number)
    assert satisfied == found, query
    return found


def test_what_people_write_is_satisfied_as_it_is_found(database: str) -> None:
    """Words, phrases, alternatives, exclusions, beginnings, filters, times: with the real words of both sides."""
    store = open_store(database, index_text=index_text)
    try:
        _fill(store)
        sizes = {asked: len(_agree(store, _asked(asked), index_text)) for asked in ASKED}
    finally:
        store.close()
    assert sizes["film"] >= 4
    assert sizes['"judul hanya"'] == sizes["zzz"] == 0
    assert sum(0 < size < len(TEXTS) for size in sizes.values()) > 20


@pytest.mark.parametrize("seed", range(4))
def test_any_query_is_satisfied_as_it_is_found(store: Store, seed: int) -> None:
    """Queries thrown together from the words of the articles, beginnings of them and filters."""
    _fill(store)
    drawn = random.Random(seed)
    words = sorted({word for title, text, *_ in TEXTS for word in plain_words(title, text, "")[1].split()})
    found = 0
    for _ in range(60):
        asked = []
        for _ in range(drawn.randint(1, 3)):
            word = drawn.choice(words)
            word = drawn.choice([word, word, f"{word} {drawn.choice(words)}", word[: drawn.randint(1, 4)] + "*"])
            asked.append(drawn.choice(["", "", "-"]) + word)
        filters = {
            name: (drawn.choice(values),)
            for name, values in (
                ("topics", TOPICS),
                ("countries", ("KR", "CN", "jp")),
                ("sources", ("antara", "TEMPO")),
            )
            if drawn.random() < 0.25
        }
        found += bool(_agree(store, asking(*asked, **filters), plain_words))
    assert found > 5


def test_many_alerts_are_found_by_their_words() -> None:
    """The same query of several people is one; of all queries only those are looked at whose words occur."""
    people = itertools.count(1)
    texts = [*(f"kata{number}" for number in range(2000)), "film korea", "film korea", "topic:film", "fest*"]
    alerts = [Alert(id=next(people), person=1, name=text, query=text, created=NOW) for text in texts]
    watch = Watch.over(alerts, _asked, turn=3)
    seen = sight(
        article(1, "Festival film Korea", at=NOW.astimezone(UTC)), verdicts("film", countries=("KR",)), index_text
    )
    assert [alert.name for alert in watch.matching(seen)] == ["film korea", "film korea", "topic:film", "fest*"]
    again = Watch.over(alerts[-4:], lambda text: pytest.fail(f"{text} was read again"), turn=4, before=watch)
    assert [alert.id for alert in again.matching(seen)] == [2001, 2002, 2003, 2004]
