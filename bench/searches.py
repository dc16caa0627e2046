"""A hundred searches with what a person expects to find: ``python -m bench.searches [FILE]``.

The expectations stand in searches.txt, and in searches_fresh.txt for searches that were written after the tables of
words (what they missed at first sight was read since). An article is wanted when its headline says what the rule asks
for; where fewer than ten headlines do, also when its text does. Recall in the first ten is the share of what ten places could hold:
wanted articles among the first ten, divided by the smaller of ten and the number wanted.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean
from zoneinfo import ZoneInfo

from bench.corpus import SHARED, lines
from newsdesk.articles import Article, Identity
from newsdesk.language.dates import parse_date
from newsdesk.ports import Store
from newsdesk.search import parse_query
from newsdesk.verdicts import Verdicts
from storage import open_store

STREAM = SHARED / "corpus" / "stream-dev.jsonl"
HUNDRED = Path(__file__).with_name("searches.txt")
FRESH = Path(__file__).with_name("searches_fresh.txt")
FIRST = 10
ZONE = ZoneInfo("Asia/Jakarta")
_LATER = datetime(2027, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Search:
    """What is typed in which language, and the rule for what is wanted: groups of which each must be said."""

    language: str
    typed: str
    rule: tuple[re.Pattern[str], ...]

    def says(self, text: str) -> bool:
        """Whether the text says what is wanted."""
        return all(group.search(text) for group in self.rule)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a search: how many are wanted, how many of the first ten are, and the titles that are not."""

    search: Search
    wanted: int
    hits: int
    others: tuple[str, ...]

    @property
    def recall(self) -> float:
        """The share of the wanted articles that ten places could hold."""
        return self.hits / min(FIRST, self.wanted)


def read_searches(path: Path) -> list[Search]:
    """The searches of the file."""
    found = []
    for row in path.read_text(encoding="utf-8").splitlines():
        if row and not row.startswith("#"):
            language, typed, rule = (part.strip() for part in row.split("|"))
            found.append(Search(language, typed, tuple(_group(group) for group in rule.split("&"))))
    return found


def _group(alternatives: str) -> re.Pattern[str]:
    """A pattern for any of the alternatives as whole words; those in capitals keep to them."""
    return re.compile("|".join(_pattern(one.strip()) for one in alternatives.split("/")))


def _pattern(words: str) -> str:
    body = re.escape(words.rstrip("*")).replace(r"\ ", r"[\s-]+")
    end = r"\w*" if words.endswith("*") else ""
    return rf"(?{'' if words.isupper() else 'i'}:\b{body}{end}\b)"


def wanted(search: Search, articles: Sequence[Article]) -> set[str]:
    """The addresses of the articles that a person expects."""
    titles = {article.url for article in articles if search.says(article.title)}
    if len(titles) >= FIRST:
        return titles
    return {article.url for article in articles if search.says(f"{article.title}\n{article.summary}")}


def read_stream(path: Path) -> list[Article]:
    """The articles of a stream file, each address once, as feeds give them."""
    found: dict[str, Article] = {}
    for row in lines(path):
        url = str(row["url"] or f"https://stream.example/{row['id']}")
        at = parse_date(str(row["published"]), zone=ZONE, now=_LATER)
        if at is not None and url not in found:
            found[url] = Article(
                id=0,
                source=re.sub(r"\W+", "-", str(row["outlet"]).lower()).strip("-"),
                outlet=str(row["outlet"]),
                title=str(row["title"]),
                url=url,
                identity=Identity(url=url),
                first_seen=at,
                at=at,
                summary=str(row["body"]),
                published=at,
                language="id",
            )
    return list(found.values())


@contextmanager
def filled(articles: Sequence[Article]) -> Iterator[Store]:
    """A store on the disk with these articles."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/searches.db")
        nothing = Verdicts(by_topic={}, countries=())
        with store.write() as tx:
            for article in articles:
                tx.add_article(article, nothing, ())
        yield store
        store.close()


def measure(searches: Sequence[Search], articles: Sequence[Article], store: Store) -> list[Outcome]:
    """Carry out every search as a person would, some hours after the last article."""
    now = max(article.at for article in articles) + timedelta(hours=3)
    return [_outcome(search, wanted(search, articles), store, now) for search in searches]


def _outcome(search: Search, expected: set[str], store: Store, now: datetime) -> Outcome:
    query = parse_query(search.typed, now=now, zone=ZONE)
    with store.read() as view:
        found = [hit.article for hit in view.search(query, FIRST)]
    others = tuple(article.title for article in found if article.url not in expected)
    return Outcome(search, len(expected), len(found) - len(others), others)


def report(outcomes: Sequence[Outcome]) -> None:
    """Print recall by language, and what was missed."""
    for language in ("id", "en"):
        own = recalls(outcomes, language)
        print(f"{language}: {len(own)} searches, recall in the first ten {mean(own):.3f}")
    print(f"all: {mean(outcome.recall for outcome in outcomes):.3f}")
    for outcome in sorted(outcomes, key=lambda outcome: outcome.recall):
        if outcome.recall < 1:
            print(f"  {outcome.recall:.2f}  {outcome.search.typed}: {outcome.hits} of {outcome.wanted} wanted")
            for title in outcome.others[:4]:
                print(f"          {title}")


def recalls(outcomes: Sequence[Outcome], language: str) -> list[float]:
    """The recall of each search typed in that language."""
    return [outcome.recall for outcome in outcomes if outcome.search.language == language]


def main() -> None:
    """Both lists on one store."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("file", nargs="?", type=Path, default=STREAM)
    options = parser.parse_args()
    articles = read_stream(options.file)
    with filled(articles) as store:
        for name, path in (("the hundred", HUNDRED), ("written after the tables", FRESH)):
            print(f"\n# {name}")
            report(measure(read_searches(path), articles, store))


if __name__ == "__main__":
    main()
