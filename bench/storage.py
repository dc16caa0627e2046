"""Speed of the store on made articles: ``python -m bench.storage [--articles 100000] [--database URL]``.

Prints what one run on one machine gives, and ratios to a bare `sqlite3.executemany` of the same rows measured in the same run;
compare ratios, not seconds. The words are made with a Zipf distribution; their preparation (newsdesk.search.index_text)
is measured apart, for it is the language's cost and not the store's.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import accumulate, product
from pathlib import Path
from statistics import median, quantiles

from newsdesk.articles import Article, Identity
from newsdesk.ports import Store
from newsdesk.search import Clause, Order, SearchQuery, index_text
from newsdesk.verdicts import Evidence, Verdict, Verdicts
from storage import open_store
from storage.rows import article_values

BATCH = 500
TOPICS = ("film", "ai", "collaboration")
NOW = datetime(2026, 11, 20, tzinfo=UTC)
_SYLLABLES = [a + b for a in "bdgjklmnprstw" for b in ("a", "e", "i", "o", "u", "an", "ang", "ing", "er", "uk")]
VOCABULARY = ["".join(word) for word in random.Random(0).sample(list(product(_SYLLABLES, repeat=3)), 30_000)]
RANK = {word: rank for rank, word in enumerate(VOCABULARY)}
WEIGHTS = list(accumulate(1 / (rank + 3) for rank in range(len(VOCABULARY))))


def ready_words(title: str, summary: str, body: str) -> tuple[str, str]:
    """Made texts are words already."""
    return title, f"{summary} {body}"


class Made:
    """Deterministic articles: title of 9 words, text of 50, three verdicts, about 25 story keys."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)

    def text(self, words: int) -> str:
        """So many words, the common ones commonly."""
        return " ".join(self.random.choices(VOCABULARY, cum_weights=WEIGHTS, k=words))

    def article(self, number: int) -> Article:
        """Article `number`, five minutes after the one before, give or take an hour."""
        at = NOW - timedelta(seconds=300 * (200_000 - number) + self.random.randrange(3600))
        url = f"https://outlet{number % 97}.example/berita/{number}/judul-berita"
        identity = Identity(url=url, outlet_id=f"outlet{number % 97}.example:{number}", fingerprint=f"{number:032x}")
        return Article(
            id=0,
            source=f"source-{number % 97}",
            outlet=f"Outlet {number % 97}",
            title=self.text(9),
            url=url + "?utm_source=rss",
            identity=identity,
            first_seen=at,
            at=at,
            published=at,
            summary=self.text(50),
        )

    def verdicts(self) -> Verdicts:
        """Mostly none matched, as in the news."""
        drawn = self.random.random()
        matched = TOPICS[:2] if drawn < 0.005 else TOPICS[:1] if drawn < 0.03 else ()
        evidence = (Evidence("film", "title", 0, 4, "film", 3.0),)
        return Verdicts(
            by_topic={
                topic: Verdict(
                    topic=topic,
                    score=3.0 if topic in matched else 0.0,
                    threshold=2.0,
                    matched=topic in matched,
                    evidence=evidence if topic in matched else (),
                )
                for topic in TOPICS
            },
            countries=("CN",) if len(matched) == 2 else (),
        )

    def keys(self, article: Article) -> frozenset[str]:
        """As classifiers/grouping.py makes them: the rarest words, and pairs of the title's."""
        words = sorted({*article.title.split(), *article.summary.split()}, key=RANK.__getitem__, reverse=True)
        heading = sorted(set(article.title.split()), key=RANK.__getitem__, reverse=True)[:6]
        pairs = [f"{min(a, b)}+{max(a, b)}" for place, a in enumerate(heading) for b in heading[place + 1 :]]
        return frozenset(words[:12] + pairs)


@contextmanager
def timed(into: list[float]) -> Iterator[None]:
    """Add the seconds that the block took."""
    begun = time.perf_counter()
    yield
    into.append(time.perf_counter() - begun)


def line(name: str, value: str, note: str = "") -> None:
    """One line of the table."""
    print(f"{name:<58} {value:>16}  {note}", flush=True)


def bare_rate(made: Made, folder: Path) -> float:
    """Rows a second of `sqlite3.executemany` into one bare table with a unique URL, same durability: the floor."""
    rows = [article_values(made.article(number), number + 1) for number in range(5_000)]
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    names = list(rows[0])
    connection.execute(f"CREATE TABLE a ({', '.join(names)}, UNIQUE (identity_url))")
    values = [tuple(str(value) for value in row.values()) for row in rows]
    begun = time.perf_counter()
    for start in range(0, len(values), BATCH):
        connection.execute("BEGIN")
        marks = ", ".join("?" * len(names))
        connection.executemany(f"INSERT INTO a VALUES ({marks})", values[start : start + BATCH])
        connection.execute("COMMIT")
    seconds = time.perf_counter() - begun
    connection.close()
    return len(rows) / seconds


def fill(store: Store, made: Made, articles: int, until: float) -> tuple[int, list[float]]:
    """Keep articles in batches until there are enough or the time is up; returns their number and seconds a batch."""
    seconds: list[float] = []
    number = 0
    while number < articles and time.monotonic() < until:
        batch = [made.article(number + step) for step in range(BATCH)]
        judged = [(article, made.verdicts(), made.keys(article)) for article in batch]
        with timed(seconds), store.write() as tx:
            tx.recognise([article.identity for article in batch])
            for article, verdicts, keys in judged:
                tx.open_story(tx.add_article(article, verdicts, keys), article.at)
        number += BATCH
    return number, seconds


def pipeline(store: Store, made: Made, first: int) -> float:
    """Articles a second as the pipeline keeps them: each asks for story candidates before it opens its story."""
    batch = [made.article(first + step) for step in range(BATCH)]
    seconds: list[float] = []
    with timed(seconds), store.write() as tx:
        tx.recognise([article.identity for article in batch])
        for article in batch:
            keys = made.keys(article)
            number = tx.add_article(article, made.verdicts(), keys)
            tx.story_candidates(keys, article.at - timedelta(days=30))
            tx.open_story(number, article.at)
    return BATCH / seconds[0]


def asked(made: Made) -> dict[str, Callable[[], SearchQuery]]:
    """Classes of queries, each made anew at every call."""

    def query(*phrases: str, prefix: bool = False, negated: str = "", **more: object) -> SearchQuery:
        clauses = [Clause((tuple(phrase.split()),), prefix=prefix) for phrase in phrases]
        if negated:
            clauses.append(Clause(((negated,),), negated=True))
        return SearchQuery(text="", clauses=tuple(clauses), **more)  # type: ignore[arg-type]

    def common() -> str:
        return VOCABULARY[made.random.randrange(20)]

    def rare() -> str:
        return VOCABULARY[made.random.randrange(5_000, 30_000)]

    week = NOW - timedelta(days=30)
    return {
        "common word": lambda: query(common()),
        "rare word": lambda: query(rare()),
        "two words": lambda: query(common(), VOCABULARY[made.random.randrange(20, 500)]),
        "phrase": lambda: query(f"{common()} {common()}"),
        "beginning of 2 letters": lambda: query(made.random.choice(VOCABULARY)[:2], prefix=True),
        "beginning of 3 letters": lambda: query(made.random.choice(VOCABULARY)[:3], prefix=True),
        "beginning of 5 letters": lambda: query(made.random.choice(VOCABULARY)[:5], prefix=True),
        "common word, without another": lambda: query(common(), negated=common()),
        "common word, topic, 30 days": lambda: query(common(), topics=("film",), since=week),
        "common word, country": lambda: query(common(), countries=("CN",)),
        "topic alone": lambda: query(topics=("film",)),
    }


def p50_p95(seconds: list[float]) -> str:
    """Milliseconds."""
    return f"{median(seconds) * 1000:.2f} / {quantiles(seconds, n=20)[-1] * 1000:.2f} ms"


def searches(store: Store, made: Made, times: int = 30) -> None:
    """Newest and relevance, each through the port with a transaction of its own."""
    for name, ask in asked(made).items():
        for order in (Order.NEWEST, Order.RELEVANCE):
            seconds: list[float] = []
            for _ in range(times):
                asked_for = ask()
                query = SearchQuery(
                    text="",
                    clauses=asked_for.clauses,
                    topics=asked_for.topics,
                    countries=asked_for.countries,
                    since=asked_for.since,
                    order=order,
                )
                with timed(seconds), store.read() as view:
                    view.search(query, 10)
            line(f"search, {order}: {name}", p50_p95(seconds), "p50 / p95")


def reads(store: Store, made: Made, articles: int) -> None:
    """What a poll and the outbox ask for."""
    known = [made.article(made.random.randrange(articles)).identity for _ in range(20 * 35)]
    seconds: list[float] = []
    for start in range(0, len(known), 35):
        with timed(seconds), store.read() as view:
            view.recognise(known[start : start + 35])
    line("re-poll of a source, 35 known items", p50_p95(seconds), f"{35 / median(seconds):,.0f} items/s")
    seconds = []
    for _ in range(60):
        keys = made.keys(made.article(0))
        with store.read() as view, timed(seconds):
            view.story_candidates(keys, NOW - timedelta(days=900))
    line("story candidates, about 25 keys", p50_p95(seconds), "p50 / p95")
    seconds = []
    for _ in range(20):
        with timed(seconds), store.read() as view:
            view.counts()
    line("counts", p50_p95(seconds), "p50 / p95")


def language(made: Made) -> None:
    """The cost of turning texts into search words."""
    texts = [(article.title, article.summary) for article in (made.article(number) for number in range(500))]
    seconds: list[float] = []
    with timed(seconds):
        for title, summary in texts:
            index_text(title, summary, "")
    line(
        "index_text (made words, none seen before)", f"{len(texts) / seconds[0]:,.0f}/s", "not part of the rates above"
    )


def main() -> None:
    """Run everything within about a minute."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=40.0, help="at most so long for keeping articles")
    parser.add_argument("--database", default="", help="an empty database; default a new SQLite file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bare = bare_rate(Made(), Path(folder))
        store = open_store(options.database or f"sqlite:///{folder}/bench.db", index_text=ready_words)
        made = Made()
        count, seconds = fill(store, made, options.articles, time.monotonic() + options.seconds)
        rate = count / sum(seconds)
        line(f"bare sqlite3 rows, {BATCH} a commit", f"{bare:,.0f}/s", "the floor")
        last = BATCH * 10 / sum(seconds[-10:])
        line(f"new articles, {BATCH} a commit, up to {count:,}", f"{rate:,.0f}/s", f"{bare / rate:.1f}x the floor")
        line("the last 5,000 of them", f"{last:,.0f}/s", f"{bare / last:.1f}x the floor")
        line("new articles as the pipeline keeps them", f"{pipeline(store, made, count):,.0f}/s")
        reads(store, made, count)
        searches(store, made)
        language(made)
        store.close()
        size = sum(path.stat().st_size for path in Path(folder).glob("bench.db*"))
        if size:
            line("size", f"{size / 2**20:,.0f} MiB", f"{size / count:,.0f} bytes an article")


if __name__ == "__main__":
    main()
