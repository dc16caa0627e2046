"""What the two default routes would post of a stream of news, day by day: volume, and every highlight to be read.

    python -m bench.routes [FILE] [--all]

The file is JSON Lines with title, body, outlet and published, such as a stream in the corpus format. Articles are judged
and grouped as the pipeline does; a story is posted once, by its first article that a route takes.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.corpus import SHARED, SHORT, lines, shipped_judge
from bot.config.book import default_routes
from classifiers.grouping import Clusterer
from newsdesk.articles import ArticleText
from newsdesk.language.dates import parse_date
from newsdesk.routing import placements
from newsdesk.verdicts import Verdicts

JAKARTA = ZoneInfo("Asia/Jakarta")
ROUTES = {route.id: route for route in default_routes()}


@dataclass(slots=True)
class Day:
    """What one day would bring."""

    articles: int = 0
    highlights: list[tuple[ArticleText, Verdicts]] = field(default_factory=list)
    roundup: list[tuple[ArticleText, Verdicts]] = field(default_factory=list)


def texts(path: Path) -> list[ArticleText]:
    """The dated articles of a stream, oldest first."""
    now = datetime.now(UTC)
    found = []
    for line in lines(path):
        body = str(line.get("body") or "")
        found.append(
            ArticleText(
                title=str(line.get("title") or ""),
                summary=body if len(body) <= SHORT else "",
                body="" if len(body) <= SHORT else body,
                outlet=str(line.get("outlet") or ""),
                published=parse_date(str(line.get("published") or ""), zone=JAKARTA, now=now),
            )
        )
    dated = [text for text in found if text.published is not None]
    return sorted(dated, key=lambda text: text.published or now)


def by_day(stream: Sequence[ArticleText]) -> dict[str, Day]:
    """What each local day would bring."""
    judge, clusterer = shipped_judge(), Clusterer()
    days: dict[str, Day] = defaultdict(Day)
    posted: dict[int, str] = {}
    for text in stream:
        assert text.published is not None
        day = days[text.published.astimezone(JAKARTA).date().isoformat()]
        day.articles += 1
        verdicts = judge.judge(text)
        story = clusterer.add(text).story
        for place in placements(list(ROUTES.values()), verdicts.matched, text.published):
            if posted.get(story) in (place.route, "highlights"):
                continue
            posted[story] = place.route
            (day.highlights if place.route == "highlights" else day.roundup).append((text, verdicts))
    return days


def main(argv: Sequence[str] | None = None) -> int:
    """Print the days."""
    parser = argparse.ArgumentParser(prog="python -m bench.routes")
    parser.add_argument("file", nargs="?", type=Path, default=SHARED / "corpus" / "stream-dev.jsonl")
    parser.add_argument("--all", action="store_true", help="print the round-ups' stories as well")
    asked = parser.parse_args(argv)
    if not asked.file.is_file():
        print(f"{asked.file} is not there; name a file of JSON Lines")
        return 2
    for name, day in sorted(by_day(texts(asked.file)).items()):
        topics = Counter(topic for _, verdicts in day.roundup for topic in verdicts.matched)
        counts = ", ".join(f"{topic} {count}" for topic, count in topics.most_common()) or "nothing"
        print(f"\n{name}: {day.articles} articles, {len(day.highlights)} highlights, round-up: {counts}")
        for text, verdicts in day.highlights:
            _show(text, verdicts, "★")
        for text, verdicts in day.roundup if asked.all else ():
            _show(text, verdicts, "·")
    return 0


def _show(text: ArticleText, verdicts: Verdicts, mark: str) -> None:
    print(f"  {mark} {text.outlet}: {text.title}  [{', '.join(verdicts.matched)}; {' '.join(verdicts.countries)}]")
    for topic in verdicts.matched:
        words = dict.fromkeys(f"“{one.text}”" for one in verdicts.by_topic[topic].evidence)
        print(f"      {topic}: {', '.join(words)}")


if __name__ == "__main__":
    raise SystemExit(main())
