"""How fast the judge is: full verdicts with evidence beside a bare multi-pattern matcher and plain `re`.

    python -m bench.matching [--seconds 1.0]

Two sets of texts of 2,300 characters: real news joined (from the corpus beside the checkout when it is there, else
made-up prose) and a dense one with a word of the rules every ten words. All ways run in turn over the same texts in
one process on one core; figures are the best of several rounds, since other work on the machine only slows down.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any

from ahocorasick_rs import AhoCorasick, Implementation

from bench.corpus import SHARED, joined, lines, shipped_judge
from bot.config.rules import load_rules
from classifiers import Judge, compile_judge
from classifiers.fold import fold
from newsdesk.articles import ArticleText

SIZE = 2300
_FILLER = [
    "warga",
    "pasar",
    "pagi",
    "jalan",
    "rumah",
    "sungai",
    "kota",
    "desa",
    "hujan",
    "harga",
    "beras",
    "sekolah",
    "guru",
    "siswa",
    "anak",
    "ibu",
    "bapak",
    "kantor",
    "meja",
    "kursi",
    "pintu",
    "lampu",
    "malam",
    "siang",
    "kemarin",
    "besok",
    "lusa",
    "hari",
    "pekan",
    "bulan",
    "tahun",
    "ribu",
    "ratus",
    "puluh",
    "orang",
    "banyak",
    "sedikit",
    "besar",
    "kecil",
    "tinggi",
    "rendah",
    "cepat",
    "lambat",
    "mudah",
    "sulit",
    "baru",
    "lama",
    "datang",
    "pergi",
    "pulang",
    "tiba",
    "mulai",
    "sampai",
    "menjelang",
    "setelah",
    "sebelum",
    "ketika",
    "karena",
    "supaya",
    "walau",
    "namun",
    "tetapi",
    "juga",
    "sudah",
    "belum",
    "akan",
    "telah",
    "sedang",
    "masih",
    "hanya",
    "saja",
]


def real_texts() -> list[str]:
    """News joined to texts of SIZE characters; made-up prose where the corpus is not at hand."""
    path = SHARED / "corpus" / "stream-dev.jsonl"
    if path.exists():
        return joined([f"{item['title']}. {item['body']}" for item in lines(path)], SIZE)
    chance = random.Random(1)
    return joined([" ".join(chance.choices(_FILLER, k=12)) + "." for _ in range(8000)], SIZE)


def dense_texts(judge: Judge, count: int = 300) -> list[str]:
    """Texts with a word of the vocabulary every ten words (words that hold no other word of it)."""
    chance = random.Random(2)
    some = chance.sample(sorted(judge.vocabulary.words), 4000)
    words = [word for word in some if len(judge.vocabulary.find(fold(word[0].upper() + word[1:]))) == 1]
    texts: list[str] = []
    while len(texts) < count:
        parts: list[str] = []
        while sum(map(len, parts)) + len(parts) < SIZE:
            parts.extend(chance.choices(_FILLER, k=9))
            word = chance.choice(words)
            parts.append(word[0].upper() + word[1:])
            if len(parts) % 20 == 0:
                parts[-1] += "."
        texts.append(" ".join(parts)[:SIZE])
    return texts


def per_second(work: Callable[[str], object], texts: Sequence[str], seconds: float) -> float:
    """Texts a second: the best round of those that fit into `seconds` (at least three)."""
    best = 0.0
    end = perf_counter() + seconds
    rounds = 0
    while rounds < 3 or perf_counter() < end:
        start = perf_counter()
        for text in texts:
            work(text)
        best = max(best, len(texts) / (perf_counter() - start))
        rounds += 1
    return best


def judging(judge: Judge) -> Callable[[str], object]:
    """Full verdicts on all topics, with evidence; the first 80 characters stand for the title."""

    def work(text: str) -> object:
        return judge.judge(ArticleText(title=text[:80], body=text))

    return work


def bare(judge: Judge) -> Callable[[str], object]:
    """The matcher alone: every place of every word, no boundaries, no rules."""
    matcher = AhoCorasick([word.lower() for word in judge.vocabulary.words], implementation=Implementation.DFA)

    def work(text: str) -> object:
        return matcher.find_matches_as_indexes(text.lower(), overlapping=True)

    return work


def alternation(judge: Judge) -> Callable[[str], object]:
    """One regular expression of all words, as one would write it first."""
    words = sorted(judge.vocabulary.words, key=len, reverse=True)
    pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, words)) + r")\b", re.IGNORECASE)
    return lambda text: list(pattern.finditer(text))


def enlarged(times: int) -> Judge:
    """The shipped rules with so many made-up words that the list is `times` as long."""
    chance = random.Random(3)
    size = len(shipped_judge().vocabulary.words)
    made_up = {
        "".join(chance.choices("bcdfghjklmnpqrstvwxyz", k=1)) + "".join(chance.choices("aeioubdgklmnprst", k=9))
        for _ in range(size * (times - 1) // 7)
    }
    extra: Mapping[str, Mapping[str, Any]] = {"padding": {"any": sorted(made_up)}}
    judge, problems = compile_judge(load_rules(), extra)
    if judge is None:
        raise SystemExit(str(problems[:3]))
    return judge


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.matching")
    parser.add_argument("--seconds", type=float, default=1.0)
    seconds = parser.parse_args(argv).seconds
    judge = shipped_judge()
    sets = {"real news": real_texts(), "dense": dense_texts(judge)}
    print(f"{len(judge.vocabulary.words):,} word forms; articles of {SIZE:,} characters a second, one core")
    ways = {"full verdict": judging(judge), "bare matcher": bare(judge)}
    for name, texts in sets.items():
        row = "  ".join(f"{way} {per_second(work, texts, seconds):,.0f}" for way, work in ways.items())
        few = texts[:12]
        print(f"{name:10} {row}  plain re {per_second(alternation(judge), few, 0.0):,.0f}")
    print("\ntime by length of text (microseconds an article, and a character):")
    for factor in (1, 2, 4, 8):
        longer = ["\n".join(sets["real news"][at : at + factor]) for at in range(0, 240, factor)]
        speed = per_second(judging(judge), longer, seconds)
        print(f"  {factor * SIZE:6,} characters: {1e6 / speed:8.0f}   {1e6 / speed / factor / SIZE:.4f}")
    big = enlarged(10)
    speeds = [per_second(judging(one), sets["real news"], seconds) for one in (judge, big)]
    print(
        f"\nwords: {len(judge.vocabulary.words):,} -> {len(big.vocabulary.words):,}:"
        f" {speeds[0]:,.0f} -> {speeds[1]:,.0f} articles a second ({speeds[0] / speeds[1]:.2f} times the time)"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
