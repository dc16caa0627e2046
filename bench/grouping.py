"""How well same-story grouping works on labelled pairs and on a stream of news, and how fast.

    python -m bench.grouping PAIRS STREAM        figures, mistakes with their reasons, speed
    python -m bench.grouping PAIRS STREAM --read 50   the same, then 50 stories of the stream to read
    python -m bench.grouping PAIRS --fit         weights fitted on the pairs, and five-fold figures for them

PAIRS holds JSON lines with articles `a`, `b` and `same` (2 the same event, 1 related and not counted, 0 different);
STREAM one article a line. An article has id, title, body, outlet, url, published.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import mul
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from classifiers.grouping import Clusterer, Placed
from classifiers.similarity import BIAS, WEIGHTS, Measures, compare, features, measure
from newsdesk.articles import ArticleText
from newsdesk.language.dates import parse_date

ZONE = ZoneInfo("Asia/Jakarta")
SUMMARY = 400
"""Texts up to this length go into `summary`, longer ones into `body`, as feeds and pages give them."""
FOLDS = 5
RELATED = 0.5
"""What a related pair counts as a different one when weights are fitted."""
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two labelled articles."""

    a: ArticleText
    b: ArticleText
    ids: tuple[str, str]
    same: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Outcome over pairs; related ones (1) are counted apart."""

    right: int
    wrong: int
    missed: int
    related: int

    def __str__(self) -> str:
        precision = self.right / max(1, self.right + self.wrong)
        recall = self.right / max(1, self.right + self.missed)
        return (
            f"precision {precision:.3f}  recall {recall:.3f}  (joined: {self.right} same, {self.wrong} different, "
            f"{self.related} related; missed: {self.missed})"
        )


def article(record: Mapping[str, Any]) -> ArticleText:
    """An article of the corpus as the classifiers read it."""
    body = record["body"]
    short = len(body) <= SUMMARY
    return ArticleText(
        title=record["title"],
        summary=body if short else "",
        body="" if short else body,
        outlet=record["outlet"],
        url=record["url"],
        published=parse_date(record["published"], zone=ZONE, now=datetime.now(UTC)),
    )


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The records of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def read_pairs(path: Path) -> list[Pair]:
    """The labelled pairs of a file."""
    return [
        Pair(article(record["a"]), article(record["b"]), (record["a"]["id"], record["b"]["id"]), record["same"])
        for record in read_lines(path)
    ]


def grouped(texts: Mapping[str, ArticleText]) -> dict[str, Placed]:
    """Where the Clusterer puts each article, taken in the order of time."""
    clusterer = Clusterer()
    in_time = sorted(texts, key=lambda name: texts[name].published or NEVER)
    return {name: clusterer.add(texts[name]) for name in in_time}


def figures(pairs: Sequence[Pair], joined: Sequence[bool]) -> Figures:
    """Count pairs by label and outcome."""
    count = Counter((pair.same, one) for pair, one in zip(pairs, joined, strict=True))
    return Figures(count[2, True], count[0, True], count[2, False], count[1, True])


def alone(pair: Pair) -> tuple[bool, str]:
    """Whether a pair given by itself becomes one story, and why."""
    placed = grouped({"0": pair.a, "1": pair.b})
    later = max(placed.values(), key=lambda place: (place.story, place.choice.reason != "no article like it"))
    return placed["0"].story == placed["1"].story, later.choice.reason


def together(pairs: Sequence[Pair], others: Mapping[str, ArticleText]) -> list[bool]:
    """Whether each pair becomes one story when all articles are grouped in one run."""
    texts = dict(others)
    for pair in pairs:
        texts |= {pair.ids[0]: pair.a, pair.ids[1]: pair.b}
    placed = grouped(texts)
    return [placed[pair.ids[0]].story == placed[pair.ids[1]].story for pair in pairs]


def show_pairs(pairs: Sequence[Pair], stream: Mapping[str, ArticleText]) -> None:
    """Figures on the pairs, by themselves and all together, and the mistakes."""
    outcomes = [alone(pair) for pair in pairs]
    print("each pair by itself    ", figures(pairs, [joined for joined, _ in outcomes]))
    print("all pairs in one run   ", figures(pairs, together(pairs, {})))
    within = together(pairs, stream)
    print("all pairs in the stream", figures(pairs, within))
    print("\nmistakes (S missed, D wrongly joined; by itself / in the stream)")
    for pair, (joined, reason), also in zip(pairs, outcomes, within, strict=True):
        if pair.same != 1 and {joined, also} != {pair.same == 2}:
            letter = "S" if pair.same == 2 else "D"
            print(f"  {letter} {joined!s:5} / {also!s:5}  {pair.a.title[:60]} | {pair.b.title[:60]}\n      {reason}")


def show_stream(stream: Mapping[str, ArticleText], read: int, seed: int) -> None:
    """Speed and sizes over the stream, and stories to read."""
    features.cache_clear()
    grouped(dict(list(stream.items())[:200]))
    features.cache_clear()
    start = time.process_time()
    placed = grouped(stream)
    spent = time.process_time() - start
    stories: dict[int, list[str]] = {}
    for name, place in placed.items():
        stories.setdefault(place.story, []).append(name)
    several = [names for names in stories.values() if len(names) > 1]
    follows = sum(place.choice.move == "follow" for place in placed.values())
    print(f"\n{len(stream)} articles in {spent:.2f} s: {len(stream) / spent:.0f} articles/s on one core")
    print(
        f"{len(stories)} stories, {len(several)} of several articles ({sum(map(len, several))} articles), {follows} follow"
    )
    for names in random.Random(seed).sample(several, min(read, len(several))):
        print("-")
        for name in names[:12]:
            text = stream[name]
            print(f"   {text.outlet[:12]:12} {text.published:%d %H:%M} {text.title[:110]}")


@dataclass(frozen=True, slots=True)
class Sample:
    """A pair as the fit sees it."""

    measures: Measures
    same: int
    objection: bool

    @property
    def weight(self) -> float:
        """How much it counts."""
        return RELATED if self.same == 1 else 1.0


def sample(pair: Pair) -> Sample:
    """The measures of a pair, in its order of time."""
    old, new = sorted((pair.a, pair.b), key=lambda text: text.published or NEVER)
    one, other = (features(text.title, text.summary or text.body) for text in (new, old))
    days = abs((new.published - old.published).total_seconds()) / 86400 if new.published and old.published else 0.0
    same_outlet = new.outlet == old.outlet
    objection = compare(one, other, days=days, same_outlet=same_outlet).objection
    return Sample(measure(one, other, days=days, same_outlet=same_outlet), pair.same, bool(objection))


def fit(samples: Sequence[Sample], *, rounds: int = 1500, rate: float = 0.5, decay: float = 0.2) -> list[float]:
    """Logistic regression by gradient descent: the weights of the measures, and the bias last."""
    weights = [0.0] * (len(WEIGHTS) + 1)
    for _ in range(rounds):
        slopes = [decay * weight / len(samples) for weight in weights[:-1]] + [0.0]
        for one in samples:
            z = weights[-1] + sum(map(mul, weights, one.measures))
            error = one.weight * (1 / (1 + math.exp(-z)) - (one.same == 2)) / len(samples)
            for at, value in enumerate((*one.measures, 1.0)):
                slopes[at] += error * value
        weights = [weight - rate * slope for weight, slope in zip(weights, slopes, strict=True)]
    return weights


def joins(weights: Sequence[float], bias: float) -> Callable[[Sample], bool]:
    """The decision by these weights."""
    return lambda one: not one.objection and bias + sum(map(mul, weights, one.measures)) >= 0


def best_bias(weights: Sequence[float], samples: Iterable[Sample]) -> float:
    """The bias that joins most same pairs while at most one in twenty joined is a different one."""
    free = [(sum(map(mul, weights, one.measures)), one.same) for one in samples if not one.objection and one.same != 1]
    chosen = 0.0
    most = -1
    for cut, _ in free:
        right = sum(value >= cut and same == 2 for value, same in free)
        wrong = sum(value >= cut and same == 0 for value, same in free)
        if right > most and wrong * 20 <= right + wrong:
            chosen, most = -cut, right
    return chosen


def show_fit(pairs: Sequence[Pair]) -> None:
    """Weights fitted on all pairs, and figures on pairs that the fit has not seen."""
    samples = [sample(pair) for pair in pairs]
    print(
        "fitted:  ", dict(zip((*WEIGHTS._fields, "bias"), (round(weight, 2) for weight in fit(samples)), strict=True))
    )
    print("in use:  ", {**WEIGHTS._asdict(), "bias": BIAS})
    order = list(range(len(pairs)))
    random.Random(5).shuffle(order)
    for name, weigh in (("weights and bias of four folds", True), ("weights in use, bias of four folds", False)):
        joined = [False] * len(pairs)
        for fold in range(FOLDS):
            held = {at for n, at in enumerate(order) if n % FOLDS == fold}
            rest = [samples[at] for at in order if at not in held]
            weights = fit(rest)[:-1] if weigh else list(WEIGHTS)
            decide = joins(weights, best_bias(weights, rest))
            for at in held:
                joined[at] = decide(samples[at])
        print(f"{name:35}", figures(pairs, joined))


def main() -> None:
    """Read the arguments and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("stream", type=Path, nargs="?")
    parser.add_argument("--read", type=int, default=0, help="print so many stories of the stream")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fit", action="store_true", help="fit the weights anew")
    options = parser.parse_args()
    pairs = read_pairs(options.pairs)
    if options.fit:
        show_fit(pairs)
        return
    stream = {record["id"]: article(record) for record in read_lines(options.stream)} if options.stream else {}
    show_pairs(pairs, stream)
    if stream:
        show_stream(stream, options.read, options.seed)


if __name__ == "__main__":
    main()
