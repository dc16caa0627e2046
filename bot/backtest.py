"""`lintas backtest`: what other rules would have decided about the articles that are kept. Nothing is written."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TextIO

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.text import Text

from bot.intake import article_text
from classifiers import Judge
from newsdesk.articles import Article
from newsdesk.backtest import VerdictChange, changes, rerouted
from newsdesk.routes import Route
from newsdesk.verdicts import Verdict, Verdicts

SHOWN = 200
"""Changes that are printed for people unless they ask for more; all are counted."""


@dataclass(frozen=True, slots=True)
class Changed:
    """One article about which the rules disagree, and the routes that it would gain and lose."""

    article: Article
    changes: tuple[VerdictChange, ...]
    gained: frozenset[str]
    lost: frozenset[str]


@dataclass(slots=True)
class Totals:
    """What a back-test found in all. Counts are of verdicts, posts of placements."""

    articles: int = 0
    added: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    changed: int = 0
    posts_added: Counter[str] = field(default_factory=Counter)
    posts_removed: Counter[str] = field(default_factory=Counter)


def compared(
    stored: Iterable[tuple[Article, Verdicts]],
    before: Judge | None,
    after: Judge,
    routes: Sequence[Route],
    now: datetime,
    totals: Totals,
) -> Iterator[Changed]:
    """Judge each article with both sets of rules; yields those that differ and counts all into `totals`.

    Without `before` the verdicts that are stored are the old ones.
    """
    for article, verdicts in stored:
        text = article_text(article)
        old = verdicts if before is None else before.judge(text)
        new = after.judge(text)
        totals.articles += 1
        found = changes(old, new)
        if not found:
            continue
        gained, lost = rerouted(routes, old, new, now)
        totals.changed += 1
        for change in found:
            (totals.added if change.added else totals.removed)[change.topic] += 1
        totals.posts_added.update(gained)
        totals.posts_removed.update(lost)
        yield Changed(article, tuple(found), frozenset(gained), frozenset(lost))


def print_json(found: Iterable[Changed], totals: Totals, out: TextIO) -> None:
    """One line for each verdict that changes, and a last one with the totals."""
    for one in found:
        for change in one.changes:
            line = {
                "id": one.article.id,
                "title": one.article.title,
                "url": one.article.url,
                "topic": change.topic,
                "change": "added" if change.added else "removed",
                "before": _side(change.before),
                "after": _side(change.after),
                "words": list(change.words),
            }
            print(json.dumps(line, ensure_ascii=False), file=out)
    last = {
        "articles": totals.articles,
        "added": totals.added.total(),
        "removed": totals.removed.total(),
        "same": totals.articles - totals.changed,
        "posts_added": totals.posts_added.total(),
        "posts_removed": totals.posts_removed.total(),
    }
    print(json.dumps(last), file=out)


def show(found: Iterable[Changed], totals: Totals, console: Console, limit: int = SHOWN) -> None:
    """The same for people: each change with the words that made it, then the sums per topic and route."""
    for number, one in enumerate(found):
        if number < limit:
            _show_one(one, console)
    if totals.changed > limit:
        console.print(f"… and {totals.changed - limit} more; --limit shows them")
    if not totals.articles:
        console.print("no article of that period is kept; name a longer one with --since")
        return
    console.print()
    console.print(f"{totals.articles} articles, {totals.articles - totals.changed} judged the same")
    for name, added, removed in (
        ("topic", totals.added, totals.removed),
        ("route", totals.posts_added, totals.posts_removed),
    ):
        for key in dict.fromkeys([*added, *removed]):
            console.print(f"  {name} {key}: {added[key]} added, {removed[key]} removed")


def watched(found: Iterable[Changed], totals: Totals) -> Iterator[Changed]:
    """Pass the changes on, and show on a terminal how far the work has come."""
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), console=Console(stderr=True), transient=True
    ) as progress:
        task = progress.add_task("judging …")
        for one in found:
            progress.update(task, description=f"{totals.articles} articles judged, {totals.changed} differ")
            yield one


def progress_for(stream: TextIO = sys.stderr) -> Callable[[Iterable[Changed], Totals], Iterable[Changed]]:
    """How progress is shown: on a terminal as it goes, elsewhere not at all."""
    return watched if stream.isatty() else lambda found, _: found


def _show_one(one: Changed, console: Console) -> None:
    console.print(Text(one.article.title, style="bold") + Text(f"  ({one.article.id})", style="dim"))
    for change in one.changes:
        sign, style = ("+", "green") if change.added else ("−", "red")
        words = ", ".join(f"“{word}”" for word in change.words) or "the threshold"
        console.print(Text(f"    {sign} {change.topic}: {_scores(change)}  {words}", style=style))
    for route in sorted(one.gained):
        console.print(Text(f"    → would be posted by {route}"))
    for route in sorted(one.lost):
        console.print(Text(f"    → would not be posted by {route}"))


def _scores(change: VerdictChange) -> str:
    sides = [f"{side.score:.2f} of {side.threshold:.2f}" if side else "–" for side in (change.before, change.after)]
    return " → ".join(sides)


def _side(verdict: Verdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    return {"score": round(verdict.score, 4), "threshold": verdict.threshold, "matched": verdict.matched}
