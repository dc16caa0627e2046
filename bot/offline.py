"""`lintas classify` and `lintas cluster`: the pipeline's own judgement over files, without store or network."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from bot.jsonlines import BadLine, Line, read_lines
from classifiers.grouping import Clusterer
from classifiers.judge import Judge
from newsdesk.verdicts import Verdict, Verdicts


def classify(lines: Iterable[bytes], judge: Judge, out: TextIO) -> bool:
    """Judge each line and write its answer at once; True when every line was good."""
    good = True
    for line in read_lines(lines, zone=ZoneInfo("Asia/Jakarta"), now=datetime.now(UTC)):
        if isinstance(line, BadLine):
            good = False
            print(line.as_json(), file=out)
        else:
            answer = {"id": line.id, **verdicts_json(judge.judge(line.text))}
            print(json.dumps(answer, ensure_ascii=False), file=out)
    return good


def show_classified(lines: Iterable[bytes], judge: Judge, console: Console) -> bool:
    """The same for people: a headline, its topics with the deciding words, its parties."""
    good = True
    for line in read_lines(lines, zone=ZoneInfo("Asia/Jakarta"), now=datetime.now(UTC)):
        if isinstance(line, BadLine):
            good = False
            console.print(Text(f"line {line.number}: {line.error}", style="bold red"))
            continue
        verdicts = judge.judge(line.text)
        sign = Text("● ", style="bold green" if verdicts.channel else "green" if verdicts.matched else "dim")
        console.print(sign + Text(line.text.title, style="bold") + Text(f"  {' '.join(verdicts.countries)}"))
        for topic, verdict in verdicts.by_topic.items():
            words = ", ".join(dict.fromkeys(f"“{e.text}” {e.weight:+.2g}" for e in verdict.evidence)) or "nothing"
            style = "green" if verdict.matched else "dim"
            console.print(Text(f"    {topic:<14}{verdict.score:6.2f} of {verdict.threshold:.2f}  {words}", style=style))
    return good


def cluster(lines: Iterable[bytes], out: TextIO) -> bool:
    """Group all lines into stories, in order of time, and answer in input order; True when every line was good.

    Undated articles stand where the input has them: they take the time of the dated one before them.
    """
    read = list(read_lines(lines, zone=ZoneInfo("Asia/Jakarta"), now=datetime.now(UTC)))
    answers = _grouped([line for line in read if isinstance(line, Line)])
    for line in read:
        print(line.as_json() if isinstance(line, BadLine) else json.dumps(answers[line.number]), file=out)
    return not any(isinstance(line, BadLine) for line in read)


def show_clusters(lines: Iterable[bytes], console: Console) -> bool:
    """The same for people: each story of several articles with its headlines."""
    read = list(read_lines(lines, zone=ZoneInfo("Asia/Jakarta"), now=datetime.now(UTC)))
    good = [line for line in read if isinstance(line, Line)]
    stories: dict[str, list[Line]] = {}
    answers = _grouped(good)
    for line in good:
        stories.setdefault(answers[line.number]["story"], []).append(line)
    for story, told in stories.items():
        if len(told) > 1:
            console.print(Text(f"{story}: {len(told)} articles", style="bold"))
            for line in told:
                console.print(Text(f"    {line.text.outlet or '–'}: {line.text.title}"))
    console.print(f"{len(good)} articles, {len(stories)} stories")
    return len(good) == len(read)


def _grouped(lines: list[Line]) -> dict[int, dict[str, Any]]:
    moment = datetime.min.replace(tzinfo=UTC)
    timed = []
    for line in lines:
        moment = line.text.published or moment
        timed.append((moment, line.number, line))
    clusterer = Clusterer()
    answers = {}
    for _, number, line in sorted(timed, key=lambda item: item[:2]):
        place = clusterer.add(line.text)
        follows = None if place.follows is None else f"s{place.follows}"
        answers[number] = {"id": line.id, "story": f"s{place.story}", "follows": follows}
    return answers


def verdicts_json(verdicts: Verdicts) -> dict[str, Any]:
    """Verdicts in the shape that `classify` and `explain` share."""
    return {
        "topics": {topic: verdict_json(verdict) for topic, verdict in verdicts.by_topic.items()},
        "channel": verdicts.channel,
        "countries": list(verdicts.countries),
    }


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """One verdict with its evidence."""
    return {
        "score": round(verdict.score, 4),
        "threshold": verdict.threshold,
        "matched": verdict.matched,
        "evidence": [
            {
                "rule": e.rule,
                "field": e.field,
                "start": e.start,
                "end": e.end,
                "text": e.text,
                "weight": round(e.weight, 4),
            }
            for e in verdict.evidence
        ],
    }
