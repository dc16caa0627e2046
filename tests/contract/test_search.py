"""Search: the same articles in the same order on every store, and no text of a person is ever an error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from newsdesk.ports import Store
from newsdesk.search import Clause, Order, SearchQuery, parse_query
from newsdesk.verdicts import Verdicts
from storage import open_store
from storage.relevance import CANDIDATES
from tests.contract.builders import HOUR, NOW, article, asking, plain_words, verdicts
from tests.contract.postgres_server import PostgresServer

LIBRARY = {
    1: ("Film Korea tayang", "sineas busan bekerja", "antara", ("film",), ("KR",)),
    2: ("Studio AI", "film buatan mesin korea selatan", "detik", ("film", "ai"), ("CN",)),
    3: ("Kerja sama film", "korea dan indonesia film film", "antara", ("film", "collaboration"), ("CN", "KR")),
    4: ("Harga emas", "naik tajam hari ini", "kontan", (), ()),
    5: ("Chip AI baru", "selatan korea memesan", "detik", ("ai",), ()),
    6: ("c++ & rust: q&a", "e-mail at&t 'kutip' \"dua\" naïve ÉCOLE", "kontan", (), ()),
    7: ("电影 节", "上海 电影 🎬 2026", "antara", ("film",), ("CN",)),
    8: ("Bioskop", "rumah produksi korea", "antara-en", ("film",), ()),
}


@pytest.fixture(scope="module")
def library(kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Eight articles, for reading only; article `n` is n hours old and has the number n."""
    if kind == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('library')}/lintas.db"
    else:
        server: PostgresServer = request.getfixturevalue("server")
        url = server.url(server.new_database())
    store = open_store(url, index_text=plain_words)
    with store.write() as tx:
        for number, (title, summary, source, topics, countries) in LIBRARY.items():
            kept = article(number, title, summary=summary, source=source)
            assert tx.add_article(kept, verdicts(*topics, countries=countries), ()) == number
    yield store
    store.close()


def _ids(store: Store, query: SearchQuery, limit: int = 50, offset: int = 0) -> list[int]:
    with store.read() as view:
        found = [hit.article.id for hit in view.search(query, limit, offset)]
        if not offset and len(found) < limit:
            assert view.count(query) == len(found)
    return found


@pytest.mark.parametrize(
    ("query", "newest_first"),
    [
        (asking("film"), [1, 2, 3]),
        (asking("FILM"), [1, 2, 3]),
        (asking("film", "korea"), [1, 2, 3]),
        (asking("korea", "film", "busan"), [1]),
        (asking("korea selatan"), [2]),
        (asking("selatan korea"), [5]),
        (asking("film sineas"), []),
        (asking("film korea sineas"), []),
        (asking("tayang sineas"), []),
        (asking("bios*"), [8]),
        (asking("bio*"), [8]),
        (asking("b*"), [1, 2, 5, 8]),
        (asking("rumah prod*"), [8]),
        (asking("film", "-korea"), []),
        (asking("korea", "-film"), [5, 8]),
        (asking("korea", "-korea selatan", "-sineas"), [3, 5, 8]),
        (asking("-film"), [4, 5, 6, 7, 8]),
        (asking("-film", "-korea"), [4, 6, 7]),
        (asking("c++"), [6]),
        (asking("c"), []),
        (asking("'kutip'"), [6]),
        (asking('"dua"'), [6]),
        (asking("at&t"), [6]),
        (asking("e-mail at&t"), [6]),
        (asking("mail"), []),
        (asking("école"), [6]),
        (asking("ecole"), []),
        (asking("电影"), [7]),
        (asking("电*"), [7]),
        (asking("🎬"), [7]),
        (asking(), [1, 2, 3, 4, 5, 6, 7, 8]),
        (asking(topics=("film",)), [1, 2, 3, 7, 8]),
        (asking(topics=("ai", "collaboration")), [2, 3, 5]),
        (asking("korea", topics=("ai",)), [2, 5]),
        (asking("-korea", topics=("film",)), [7]),
        (asking(sources=("antara",)), [1, 3, 7]),
        (asking(sources=("antara-en", "kontan")), [4, 6, 8]),
        (asking(countries=("KR",)), [1, 3]),
        (asking(countries=("cn",), topics=("film",), sources=("antara", "detik")), [2, 3, 7]),
        (asking(topics=("unknown",)), []),
        (asking(since=NOW - 3 * HOUR), [1, 2, 3]),
        (asking(until=NOW - 3 * HOUR), [4, 5, 6, 7, 8]),
        (asking("korea", since=NOW - 5 * HOUR, until=NOW - 1 * HOUR), [2, 3, 5]),
        (asking(since=NOW), []),
        (asking(until=datetime(1900, 1, 1, tzinfo=NOW.tzinfo)), []),
        (SearchQuery(text="", clauses=(Clause((("busan",), ("harga", "emas"))),), order=Order.NEWEST), [1, 4]),
        (
            SearchQuery(text="", clauses=(Clause((("busan",), ("harga",)), negated=True),), order=Order.NEWEST),
            [2, 3, 5, 6, 7, 8],
        ),
    ],
)
def test_what_is_found(library: Store, query: SearchQuery, newest_first: list[int]) -> None:
    """Words, phrases within one field, beginnings, negations and filters, newest first; relevance finds the same set."""
    assert _ids(library, query) == newest_first
    ranked = SearchQuery(
        text=query.text,
        clauses=query.clauses,
        topics=query.topics,
        sources=query.sources,
        countries=query.countries,
        since=query.since,
        until=query.until,
    )
    assert sorted(_ids(library, ranked)) == newest_first


def test_marks_are_no_words(library: Store) -> None:
    """Nobody finds articles by the words that filters are made of."""
    for word in ("all", "t:film", "t:", "s:antara", "c:kr", "t:*"):
        assert _ids(library, asking(word)) == [], word


ODD = [
    "",
    " ",
    '"',
    '""',
    "'",
    "\\",
    "'\\",
    "\\'",
    "*",
    "a*",
    "^a",
    "(",
    ")",
    "()",
    "((",
    "-",
    "+",
    "{title}",
    "{title}:a",
    "title:a",
    "marks:all",
    ":",
    ":*",
    "a:*b",
    "<->",
    "a <-> b",
    "!a",
    "a & b",
    "a | b",
    "&|!",
    "AND",
    "OR",
    "NOT",
    "NEAR",
    "NEAR(a b)",
    "NEAR/3",
    "a AND",
    "AND a",
    "NOT a",
    "%",
    "_",
    "?",
    ":query",
    "%(query)s",
    "$1",
    "'; DROP TABLE articles; --",
    "\x00",
    "a\x00b",
    "\ud800",
    "\n\t\r\x0b\x0c",
    "\x01\x1f\x7f",
    "\u200b",
    "\u00a0",
    "\u202etxet",
    "🎬",
    "👩‍👩‍👧‍👦",
    "z̷̢̛a̸l̴g̶o̵",
    "ﷺ",
    "İ",
    "ẞ",
    "x" * 10_000,
    "x " * 5_000,
    '" ' * 5_000,
    "' " * 5_000,
    "🎬" * 10_000,
]


@pytest.mark.parametrize("negated", [False, True])
@pytest.mark.parametrize("prefix", [False, True])
def test_no_text_is_ever_an_error(library: Store, negated: bool, prefix: bool) -> None:
    """Whatever stands in a clause is looked for as words: quotes, operators, emoji, controls, ten thousand letters."""
    with library.read() as view:
        for text in ODD:
            for phrases in (((text,),), (tuple(text.split()),), ((text, "film"), ("korea",)), ()):
                for order in Order:
                    clause = Clause(phrases, negated=negated, prefix=prefix)
                    query = SearchQuery(
                        text=text,
                        clauses=(clause,),
                        topics=(text,) if len(text) < 9 and not text.isalpha() else (),
                        order=order,
                    )
                    hits = view.search(query, 5)
                    assert view.count(query) >= len(hits)


def test_a_query_of_a_thousand_clauses_is_answered(library: Store) -> None:
    """Only the first are heeded; deep queries break no parser."""
    clauses = tuple(Clause((("korea",),) * 100, prefix=True) for _ in range(1000))
    query = SearchQuery(text="", clauses=clauses, topics=("film",) * 500, order=Order.NEWEST)
    assert _ids(library, query) == [1, 2, 3, 8]


def test_an_odd_text_finds_the_article_that_has_it(store: Store) -> None:
    """Indexing takes every text too, and the query of the same words finds it."""
    with store.write() as tx:
        for number, text in enumerate(ODD, 1):
            tx.add_article(article(number, f"judul{number} {text}", summary=text), verdicts("film"), ())
    for number, text in enumerate(ODD, 1):
        words = f"judul{number} {text.casefold()}".split()
        assert _ids(store, asking(" ".join(words))) == [number], text


def test_order_by_time_is_exact(store: Store) -> None:
    """Newest `at` first, then the higher number, however the articles came in, and a revised time counts."""
    moments = [NOW - timedelta(minutes=step) for step in (5, 3, 9, 3, 1, 7, 3)]
    with store.write() as tx:
        ids = [
            tx.add_article(article(number, "film", at=at), verdicts("film"), ()) for number, at in enumerate(moments)
        ]
    expected = [number for _, number in sorted(zip(moments, ids, strict=True), reverse=True)]
    assert _ids(store, asking("film")) == expected
    assert _ids(store, asking(topics=("film",))) == expected
    assert _ids(store, asking("film"), limit=2, offset=3) == expected[3:5]
    with store.read() as view:
        assert [hit.article.id for hit in view.latest((), 50)] == expected
        assert [hit.article.id for hit in view.latest(("film",), 2, offset=1)] == expected[1:3]
    with store.write() as tx:
        tx.revise_article(article(0, "film", id=ids[0], at=NOW), verdicts("film"), ())
    assert _ids(store, asking("film"))[0] == ids[0]


def test_latest_without_topics_means_any_topic(library: Store) -> None:
    """Articles that matched nothing are not among the latest."""
    with library.read() as view:
        assert [hit.article.id for hit in view.latest((), 50)] == [1, 2, 3, 5, 7, 8]
        assert [hit.article.id for hit in view.latest(("ai", "collaboration"), 50)] == [2, 3, 5]
        assert view.latest(("unknown",), 50) == []


def test_a_hit_brings_its_topics_and_countries(library: Store) -> None:
    """In rule order, and sorted."""
    with library.read() as view:
        hit = view.search(asking("kerja"), 5)[0]
    assert (hit.article.id, hit.topics, hit.countries) == (3, ("film", "collaboration"), ("CN", "KR"))
    assert hit.score > 0


def test_relevance_prefers_titles_frequency_and_freshness(store: Store) -> None:
    """In that order of weight, with ties to the newer; scores fall."""
    texts: list[tuple[int, str, str]] = [
        (100, "film lain film", "film lain film lain film"),
        (1, "film", "lain"),
        (4, "lain", "film lain film"),
        (2, "lain", "film"),
        (3, "lain", "film"),
        (24 * 300, "lain", "film"),
    ]
    with store.write() as tx:
        for hours, title, summary in texts:
            tx.add_article(article(hours, title, summary=summary), Verdicts(), ())
    with store.read() as view:
        hits = view.search(asking("film", order=Order.RELEVANCE), 10)
        assert view.search(asking("film", order=Order.RELEVANCE), 2, offset=1) == hits[1:3]
    assert [hit.article.id for hit in hits] == [1, 2, 3, 4, 5, 6]
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)


def test_counting_stops_where_it_is_told(library: Store) -> None:
    """At most `at_most`."""
    with library.read() as view:
        assert view.count(asking("korea"), at_most=2) == 2
        assert view.count(asking("korea")) == 5
        assert view.count(asking()) == 8


def test_paging_by_relevance_goes_on_beyond_the_candidates(store: Store) -> None:
    """Each match is on exactly one page; behind the ranked ones, the older follow by time."""
    total = CANDIDATES + 40
    with store.write() as tx:
        for number in range(total):
            tx.add_article(article(number, "film" if number % 3 else "film film"), Verdicts(), ())
    with store.read() as view:
        query = asking("film", order=Order.RELEVANCE)
        pages = [view.search(query, 700, offset) for offset in range(0, total + 700, 700)]
        seen = [hit.article.id for page in pages for hit in page]
        assert sorted(seen) == list(range(1, total + 1))
        assert seen[CANDIDATES:] == list(range(CANDIDATES + 1, total + 1))
        assert view.search(query, 10, offset=total) == []


def test_search_sees_what_its_own_transaction_wrote(store: Store) -> None:
    """And nobody else does, before it is kept."""
    with store.write() as tx:
        tx.add_article(article(1, "film"), verdicts("film"), ())
        assert tx.count(asking("film")) == 1
        with store.read() as view:
            assert view.count(asking("film")) == 0
        tx.add_article(article(2, "film"), verdicts("film"), ())
        assert [hit.article.id for hit in tx.search(asking("film"), 5)] == [1, 2]
        assert len(tx.latest((), 5)) == 2


@pytest.fixture(scope="session")
def worlds() -> dict[str, Any]:
    """What each store answered to the same questions (filled by the test below)."""
    return {}


def test_both_stores_answer_alike(store: Store, kind: str, worlds: dict[str, Any]) -> None:
    """Over 400 made articles and 150 made queries: the same numbers in the same order with the same scores."""
    made = Random(4)
    words = [f"kata{number}" for number in range(40)] + ["a'b", 'c"d', "e\\f", "g:*", "电影"]

    def text(length: int) -> str:
        return " ".join(words[min(int(made.expovariate(0.15)), len(words) - 1)] for _ in range(length))

    with store.write() as tx:
        for number in range(400):
            topics = made.sample(["film", "ai", "collaboration"], made.randrange(3))
            kept = article(
                number,
                text(6),
                summary=text(30),
                source=made.choice(["a", "b", "c"]),
                at=NOW - timedelta(minutes=made.randrange(90_000)),
            )
            tx.add_article(kept, verdicts(*topics, countries=tuple(made.sample(["CN", "KR"], made.randrange(3)))), ())
    answers: list[list[Any]] = []
    with store.read() as view:
        for _ in range(150):
            clauses = tuple(
                Clause(
                    tuple(tuple(text(made.randint(1, 2)).split()) for _ in range(made.randint(1, 2))),
                    negated=made.random() < 0.2,
                    prefix=made.random() < 0.2,
                )
                for _ in range(made.randrange(4))
            )
            query = SearchQuery(
                text="",
                clauses=clauses,
                topics=tuple(made.sample(["film", "ai"], made.randrange(2))),
                sources=tuple(made.sample(["a", "b"], made.randrange(2))),
                since=NOW - timedelta(days=40) if made.random() < 0.3 else None,
                order=made.choice(list(Order)),
            )
            answers.append([(hit.article.id, hit.score) for hit in view.search(query, 60)])
            answers.append([view.count(query)])
    assert sum(bool(answer) for answer in answers) > 150
    worlds[kind] = answers
    for other in worlds.values():
        assert other == answers


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("kerjasama", [1]),
        ('"kerja sama"', [1]),
        ("cina", [1]),
        ("sineas -korea", [1]),
        ("film", [1, 2]),
        ("sineas source:detik", [2]),
        ("topic:ai", [2]),
        ("kecerdasan buatan", [2]),
    ],
)
def test_what_people_write_finds_what_they_mean(database: str, asked: str, found: list[int]) -> None:
    """The words of newsdesk.search on both sides: the store adds no language of its own and takes none away."""
    query = parse_query(asked, now=NOW, zone=UTC, topics=("film", "ai"), sources=("antara", "detik"))
    with closing(open_store(database)) as real:
        with real.write() as tx:
            first = article(1, "Sineas bekerja sama dengan Tiongkok", summary="Film itu tayang.")
            tx.add_article(first, verdicts("film"), ())
            second = article(2, "Sineas Korea memakai AI", summary="Film pendek.", source="detik")
            tx.add_article(second, verdicts("ai"), ())
        assert sorted(_ids(real, query)) == found
