"""The scoreboard: how well the judge agrees with editors, on any labelled file.

    python -m bench.scoreboard FILE [--mode lead|full|both] [--folds 5] [--worst 10]

Grade 2 is a positive, 0 a negative, 1 is a grey zone that no measure counts; `channel` null is not counted either.
Beside the judge stands plain keyword matching (any of a few words anywhere), measured on the same articles in the
same run. The rules are written by hand and learn nothing from the file; the folds show how much the figures move
from one fifth of the stories to another (articles with nearly the same title stay in one fold).
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from bench.corpus import Labelled, read_labelled, shipped_judge
from classifiers import Judge
from newsdesk.verdicts import Verdicts

TOPICS = ("film", "ai", "collaboration")
KEYWORDS = {
    "film": re.compile(
        r"\b(film\w*|perfilman|sinema\w*|cinema|bioskop|movie\w*|series|serial|sinetron|drama|anime|animasi"
        r"|sutradara|aktor|aktris|netflix|syuting|sineas)\b",
        re.IGNORECASE,
    ),
    "ai": re.compile(r"\bAI\b|(?i:\b(kecerdasan buatan|artificial intelligence|chatgpt|openai|deepfake)\b)"),
    "collaboration": re.compile(
        r"\b(kerja ?sama|bekerja ?sama|kolaborasi|berkolaborasi|mou|nota kesepahaman|kemitraan|gandeng|menggandeng"
        r"|partnership|collaborat\w+|co-production|joint venture|bilateral)\b",
        re.IGNORECASE,
    ),
}


@dataclass(slots=True)
class Tally:
    """Counts of right and wrong decisions, and F1."""

    right: int = 0
    false: int = 0
    missed: int = 0

    def add(self, matched: bool, wanted: bool) -> None:
        """Count one decision."""
        self.right += matched and wanted
        self.false += matched and not wanted
        self.missed += wanted and not matched

    @property
    def precision(self) -> float:
        """Right among those matched."""
        return self.right / (self.right + self.false) if self.right + self.false else 1.0

    @property
    def recall(self) -> float:
        """Right among those wanted."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        total = 2 * self.right + self.false + self.missed
        return 2 * self.right / total if total else 1.0


@dataclass(slots=True)
class Mistake:
    """One wrong decision, with what the judge saw."""

    article: Labelled
    topic: str
    matched: bool
    distance: float
    verdicts: Verdicts


@dataclass(slots=True)
class Board:
    """The figures of one run."""

    topics: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    outlets: dict[str, dict[str, Tally]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Tally)))
    mistakes: list[Mistake] = field(default_factory=list)


def decisions(article: Labelled, matched: Mapping[str, bool]) -> list[tuple[str, bool, bool]]:
    """What counts of one article, as (topic, matched, wanted), the channel among them."""
    counted = [
        (topic, matched[topic], article.grades[topic] == 2) for topic in TOPICS if article.grades.get(topic, 1) != 1
    ]
    if article.channel is not None:
        counted.append(("channel", sum(matched[topic] for topic in TOPICS) >= 2, article.channel))
    return counted


def by_judge(judge: Judge, articles: Sequence[Labelled], mode: str) -> Board:
    """The judge's board."""
    board = Board()
    for article in articles:
        verdicts = judge.judge(article.text(mode))
        matched = {topic: verdicts.by_topic[topic].matched for topic in TOPICS}
        for topic, found, wanted in decisions(article, matched):
            board.topics[topic].add(found, wanted)
            board.outlets[article.outlet][topic].add(found, wanted)
            if found != wanted:
                board.mistakes.append(Mistake(article, topic, found, _distance(verdicts, topic), verdicts))
    return board


def by_keywords(articles: Sequence[Labelled], mode: str) -> Board:
    """The board of plain keyword matching."""
    board = Board()
    for article in articles:
        text = article.text(mode)
        whole = "\n".join((text.title, text.summary, text.body))
        matched = {topic: bool(KEYWORDS[topic].search(whole)) for topic in TOPICS}
        for topic, found, wanted in decisions(article, matched):
            board.topics[topic].add(found, wanted)
    return board


def _distance(verdicts: Verdicts, topic: str) -> float:
    if topic == "channel":
        return min(abs(one.score - one.threshold) for one in verdicts.by_topic.values())
    verdict = verdicts.by_topic[topic]
    return abs(verdict.score - verdict.threshold)


def fold_of(article: Labelled, folds: int) -> int:
    """The fold of an article's story: titles that share their five longest words fall together."""
    words = sorted(set(re.findall(r"\w{4,}", article.title.lower())), key=lambda word: (-len(word), word))[:5]
    return int(sha256(" ".join(sorted(words)).encode()).hexdigest(), 16) % folds


def print_board(board: Board, plain: Board, mode: str) -> None:
    """One table: the judge beside plain keywords."""
    print(f"\n== {mode} ==\n{'':15}{'precision':>10}{'recall':>8}{'F1':>8}{'plain F1':>10}{'errors/plain':>14}  counts")
    for topic in (*TOPICS, "channel"):
        ours, theirs = board.topics[topic], plain.topics[topic]
        errors, base = ours.false + ours.missed, theirs.false + theirs.missed
        share = f"{errors / base:.0%}" if base else "-"
        print(
            f"{topic:15}{ours.precision:10.3f}{ours.recall:8.3f}{ours.f1:8.3f}{theirs.f1:10.3f}{share:>14}"
            f"  {ours.right} right, {ours.false} false, {ours.missed} missed"
        )


def print_folds(judge: Judge, articles: Sequence[Labelled], mode: str, folds: int) -> None:
    """F1 of each fold, split by story."""
    parts: list[list[Labelled]] = [[] for _ in range(folds)]
    for article in articles:
        parts[fold_of(article, folds)].append(article)
    boards = [by_judge(judge, part, mode) for part in parts]
    print(f"\n{folds} folds by story, F1 ({mode}):")
    for topic in (*TOPICS, "channel"):
        values = [board.topics[topic].f1 for board in boards]
        print(f"{topic:15}" + "".join(f"{value:8.3f}" for value in values) + f"   mean {sum(values) / folds:.3f}")


def print_outlets(board: Board, least: int = 8) -> None:
    """F1 by outlet, for outlets with enough decisions."""
    print("\nby outlet (right/false/missed):")
    rows = sorted(board.outlets.items(), key=lambda item: -sum(_size(tally) for tally in item[1].values()))
    for outlet, tallies in rows:
        if sum(_size(tally) for tally in tallies.values()) >= least:
            cells = (
                f"{topic} {tallies[topic].right}/{tallies[topic].false}/{tallies[topic].missed}"
                for topic in (*TOPICS, "channel")
            )
            print(f"  {outlet[:24]:25}" + "   ".join(cells))


def _size(tally: Tally) -> int:
    return tally.right + tally.false + tally.missed


def print_mistakes(board: Board, worst: int) -> None:
    """The mistakes farthest from the threshold, with their evidence."""
    print(f"\nworst mistakes ({len(board.mistakes)} in all):")
    for mistake in sorted(board.mistakes, key=lambda one: -one.distance)[:worst]:
        kind = "false" if mistake.matched else "missed"
        print(f"- {mistake.topic} {kind} [{mistake.article.outlet}] {mistake.article.title[:110]}")
        topics = TOPICS if mistake.topic == "channel" else (mistake.topic,)
        for topic in topics:
            verdict = mistake.verdicts.by_topic[topic]
            seen = ", ".join(f"{one.text!r} {one.weight:g}" for one in verdict.evidence if one.weight) or "nothing"
            print(f"    {topic} {verdict.score:g} of {verdict.threshold:g}: {seen[:160]}")


def main(argv: Sequence[str] | None = None, out: Callable[[str], None] = print) -> int:
    """Run the scoreboard on a file."""
    parser = argparse.ArgumentParser(prog="python -m bench.scoreboard", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--mode", choices=("lead", "full", "both"), default="both")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--worst", type=int, default=10)
    options = parser.parse_args(argv)
    articles = read_labelled(options.file)
    judge = shipped_judge()
    out(f"{len(articles)} labelled articles, {len(judge.vocabulary.words):,} word forms")
    for mode in ("lead", "full") if options.mode == "both" else (options.mode,):
        board = by_judge(judge, articles, mode)
        print_board(board, by_keywords(articles, mode), mode)
        if options.folds > 1:
            print_folds(judge, articles, mode, options.folds)
        if mode == options.mode or mode == "full":
            print_outlets(board)
            print_mistakes(board, options.worst)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
