"""`lintas backtest`: what other rules would have decided about the articles that are kept. Nothing is written."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.text import Text

from bot.intake import article_text
from classifiers import Judge
from newsdesk.articles import Article, ArticleText
from newsdesk.backtest import VerdictChange, changes, posts
from newsdesk.routes import Route
from newsdesk.sources import Source, SourceBook
from newsdesk.verdicts import Verdict, Verdicts

SHOWN = 200
"""Changed articles that are shown to people unless they ask for more; all are counted."""
_STEP = 100
"""Articles between two looks at the progress bar."""
_UNLISTED = Source(id="", name="", url="").max_age
"""The age from which articles of a source that the file does not list (any more) are not posted."""

Judged = Iterable[tuple[Article, Verdicts]]


@dataclass(frozen=True, slots=True)
class Rules:
    """One side of the comparison. Without a judge the verdicts that are stored stand."""

    judge: Judge | None
    routes: tuple[Route, ...]
    max_ages: Mapping[str, timedelta]

    def verdicts(self, text: ArticleText, stored: Verdicts) -> Verdicts:
        """What this side says of an article."""
        return stored if self.judge is None else self.judge.judge(text)

    def posts(self, article: Article, verdicts: Verdicts) -> frozenset[tuple[str, str]]:
        """Where this side would have posted it."""
        return posts(self.routes, verdicts, article, self.max_ages.get(article.source, _UNLISTED))


def rules_of(book: SourceBook, judge: Judge | None) -> Rules:
    """The routes and ages of a file with the judge of its topics, or with the stored verdicts (None)."""
    return Rules(judge, book.routes, {source.id: source.max_age for source in book.sources})


@dataclass(frozen=True, slots=True)
class Changed:
    """One article that is judged or placed otherwise, and the routes that it would gain and lose."""

    article: Article
    changes: tuple[VerdictChange, ...]
    gained: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """Counts per topic, or per route: only with the new rules, only with the old ones, with both."""

    added: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    same: Counter[str] = field(default_factory=Counter)

    def lines(self, what: str) -> Iterator[str]:
        """One line for each topic or route that occurs."""
        for key in dict.fromkeys([*self.same, *self.added, *self.removed]):
            yield f"  {what} {key}: {self.added[key]} added, {self.removed[key]} removed, {self.same[key]} the same"


@dataclass(slots=True)
class Totals:
    """What a back-test found in all. `same` are articles on which all verdicts agree."""

    articles: int = 0
    same: int = 0
    topics: Tally = field(default_factory=Tally)
    routes: Tally = field(default_factory=Tally)


def compared(stored: Judged, before: Rules, after: Rules, totals: Totals) -> Iterator[Changed]:
    """Judge each article with both sets of rules; yields those that differ and counts all into `totals`."""
    for article, verdicts in stored:
        text = article_text(article)
        old, new = before.verdicts(text, verdicts), after.verdicts(text, verdicts)
        found = changes(old, new)
        was, would = before.posts(article, old), after.posts(article, new)
        _count(totals, found, old, new)
        gained, lost = (tuple(sorted(route for _, route in places)) for places in (would - was, was - would))
        totals.routes.added.update(gained)
        totals.routes.removed.update(lost)
        totals.routes.same.update(route for _, route in was & would)
        if found or gained or lost:
            yield Changed(article, tuple(found), gained, lost)


def _count(totals: Totals, found: list[VerdictChange], old: Verdicts, new: Verdicts) -> None:
    totals.articles += 1
    totals.same += not found
    for change in found:
        (totals.topics.added if change.added else totals.topics.removed)[change.topic] += 1
    totals.topics.same.update(set(old.matched) & set(new.matched))


def print_json(found: Iterable[Changed], totals: Totals, out: TextIO, limit: int | None = None) -> None:
    """One line for each verdict that changes (at most `limit` of them), and a last one with the totals."""
    lines = (_line(one.article, change) for one in found for change in one.changes)
    for line in islice(lines, limit):
        print(json.dumps(line, ensure_ascii=False), file=out)
    for _ in lines:  # the rest is counted
        pass
    last = {
        "articles": totals.articles,
        "added": totals.topics.added.total(),
        "removed": totals.topics.removed.total(),
        "same": totals.same,
        "posts_added": totals.routes.added.total(),
        "posts_removed": totals.routes.removed.total(),
    }
    print(json.dumps(last), file=out)


def show(found: Iterable[Changed], totals: Totals, console: Console, limit: int = SHOWN) -> None:
    """The same for people: the first changes with the words that made them, then the sums per topic and route.

    Everything is judged before anything is shown, so that the progress bar and the answer do not share the screen.
    """
    rest = iter(found)
    shown = list(islice(rest, limit))
    more = sum(1 for _ in rest)
    for one in shown:
        _show_one(one, console)
    if more:
        console.print(f"… and {more} more; --limit {len(shown) + more} shows all")
    if shown:
        console.print()
    console.print(f"{totals.articles} articles, {totals.same} judged the same")
    for line in (*totals.topics.lines("topic"), *totals.routes.lines("route")):
        console.print(line, markup=False)


def watched(stored: Judged, totals: Totals, since: datetime, until: datetime) -> Iterator[tuple[Article, Verdicts]]:
    """Pass the articles on, and show on the terminal (stderr) how much of the period is done.

    They come in the order of time, so that the bar needs no count beforehand.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    # Nothing else is printed meanwhile: the streams need not be caught.
    with Progress(
        *columns, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False
    ) as progress:
        task = progress.add_task("judging", total=max((until - since).total_seconds(), 1.0))
        for number, (article, verdicts) in enumerate(stored):
            if number % _STEP == 0:
                done = (article.at - since).total_seconds()
                text = f"{totals.articles} articles judged, {totals.articles - totals.same} differ"
                progress.update(task, completed=done, description=text)
            yield article, verdicts


def _line(article: Article, change: VerdictChange) -> dict[str, Any]:
    return {
        "id": article.id,
        "title": article.title,
        "url": article.url,
        "topic": change.topic,
        "change": "added" if change.added else "removed",
        "before": _side(change.before),
        "after": _side(change.after),
        "words": list(change.words),
    }


def _side(verdict: Verdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    return {"score": round(verdict.score, 4), "threshold": verdict.threshold, "matched": verdict.matched}


def _show_one(one: Changed, console: Console) -> None:
    console.print(Text(one.article.title, style="bold") + Text(f"  ({one.article.id})", style="dim"))
    for change in one.changes:
        sign, style = ("+", "green") if change.added else ("−", "red")
        words = ", ".join(f"“{word}”" for word in change.words) or "the threshold"
        console.print(Text(f"    {sign} {change.topic}: {_scores(change)}  {words}", style=style))
    for route in one.gained:
        console.print(Text(f"    → would be posted by {route}"))
    for route in one.lost:
        console.print(Text(f"    → would not be posted by {route}"))


def _scores(change: VerdictChange) -> str:
    sides = [f"{side.score:.2f} of {side.threshold:.2f}" if side else "–" for side in (change.before, change.after)]
    return " → ".join(sides)
