"""Labelled files and texts to measure on: how they are read, and where test data may lie."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.config.rules import load_rules
from classifiers import Judge, compile_judge
from newsdesk.articles import ArticleText

LEAD = 1300
SHORT = 400
SHARED = Path(__file__).resolve().parents[2] / "shared"
"""Test data that may lie beside the checkout; nothing of it belongs to the project."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One article with a grade (0, 1, 2) per topic; `channel` is None where no measure counts it."""

    id: str
    outlet: str
    title: str
    body: str
    grades: Mapping[str, int]
    channel: bool | None

    def text(self, mode: str) -> ArticleText:
        """The article as the program gets it: short texts are summaries; in lead mode cut as the graders saw it."""
        body = self.body[:LEAD] if mode == "lead" else self.body
        short = len(body) <= SHORT
        return ArticleText(
            title=self.title, summary=body if short else "", body="" if short else body, outlet=self.outlet
        )


def read_labelled(path: Path) -> list[Labelled]:
    """A labelled file: JSON Lines with id, outlet, title, body, labels and channel."""
    found = []
    for line in lines(path):
        grades = {str(topic): int(str(grade)) for topic, grade in dict(line["labels"]).items()}  # type: ignore[call-overload]
        channel = line.get("channel")
        found.append(
            Labelled(
                id=str(line["id"]),
                outlet=str(line.get("outlet") or ""),
                title=str(line.get("title") or ""),
                body=str(line.get("body") or ""),
                grades=grades,
                channel=channel if isinstance(channel, bool) else None,
            )
        )
    return found


def lines(path: Path) -> Iterator[dict[str, object]]:
    """The objects of a JSON Lines file."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def shipped_judge() -> Judge:
    """The judge that the program would use without additions."""
    judge, problems = compile_judge(load_rules())
    if judge is None:
        raise SystemExit("\n".join(f"{one.dotted}: {one.message}; {one.remedy}" for one in problems))
    return judge


def joined(items: Sequence[str], size: int) -> list[str]:
    """Texts of exactly `size` characters, made by joining short ones."""
    texts, text = [], ""
    for item in items:
        text += item + "\n"
        if len(text) >= size:
            texts.append(text[:size])
            text = ""
    return texts
