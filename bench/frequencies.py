"""Count in how many articles each search word stands, and write the table of classifiers/rarity.py.

    python -m bench.frequencies FILE [FILE …] > classifiers/rarity.py

Each file holds JSON lines with `title` and `body` (or pairs `a`, `b` of such). Every file counts equally, however
long it is, so that a file of a few days does not make the words of those days common. Only words and a number for
each leave this script, never a text.
"""

from __future__ import annotations

import json
import math
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from newsdesk.language.clean import strip_lead
from newsdesk.language.words import search_words

LEAD = 400
LEAST = 8
"""Words in fewer articles than this are rare, and not listed."""
UNSEEN = 0.3
"""What a word counts in a file where it does not stand."""


def articles(path: Path) -> Iterator[dict[str, Any]]:
    """The articles of a file, each once."""
    seen = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        for article in (record["a"], record["b"]) if "a" in record else (record,):
            if article["id"] not in seen:
                seen.add(article["id"])
                yield article


def weights(paths: list[Path]) -> dict[str, float]:
    """-ln of the share of articles in which a word stands, averaged over the files, for all but rare words."""
    counts, sizes = [], []
    for path in paths:
        count: Counter[str] = Counter()
        size = 0
        for article in articles(path):
            count.update(
                {word.word for word in search_words(f"{article['title']}\n{strip_lead(article['body'])[:LEAD]}")}
            )
            size += 1
        counts.append(count)
        sizes.append(size)
    return {
        word: -math.log(
            sum((count[word] or UNSEEN) / size for count, size in zip(counts, sizes, strict=True)) / len(paths)
        )
        for word in sorted(set().union(*counts))
        if sum(count[word] for count in counts) >= LEAST
    }


def main(paths: list[Path]) -> None:
    """Print the module."""
    by_weight: dict[float, list[str]] = {}
    for word, weight in weights(paths).items():
        by_weight.setdefault(min(7.5, round(weight * 2) / 2), []).append(word)
    lines = []
    for weight in sorted(by_weight):
        lines += textwrap.wrap(
            f"{weight}: " + " ".join(by_weight[weight]), 118, subsequent_indent="  ", break_on_hyphens=False
        )
    source = Path(__file__).parent.parent / "classifiers" / "rarity.py"
    head, _, rest = source.read_text(encoding="utf-8").partition('_TABLE = """\n')
    print(f'{head}_TABLE = """\n' + "\n".join(lines) + '\n"""' + rest.partition('\n"""')[2], end="")


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
