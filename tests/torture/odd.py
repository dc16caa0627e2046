"""Odd texts of our own making: query syntax, quotes, controls, directions, emoji, endless and empty ones."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from tests.torture.chatroom import WORDS

SYNTAX = (
    *(
        '"',
        '""',
        "'",
        "*",
        "^",
        "(",
        ")",
        "()",
        ":",
        "+",
        "-",
        "--",
        ";",
        "%",
        "_",
        "\\",
        "\\'",
        "{",
        "}",
        "[",
        "]",
        "|",
        "&",
    ),
    *(
        "AND",
        "OR",
        "NOT",
        "NEAR",
        "NEAR(",
        "NEAR/3",
        "NEAR(film korea, 2)",
        "title:",
        "text:film",
        "marks:all",
        "{title text}:",
    ),
    *(
        "topic:",
        "topic:film",
        "-topic:film",
        "source:",
        "source:'",
        "country:",
        "country:KR",
        "country:ZZ",
        "since:",
        "until:",
    ),
    *(
        "since:2026-01-01",
        "until:kemarin",
        "since:99999999d",
        "since:-1d",
        "7d",
        "sort:",
        "sort:newest",
        "sort:apa",
        "rowid",
        "rank",
    ),
    *(
        "'); DROP TABLE articles; --",
        "1 OR 1=1",
        "film*",
        "*film",
        "fi*lm",
        "f*",
        "a b*",
        "<b>",
        "&lt;",
        "</pre>",
        "$1",
        "?",
        ":query",
    ),
)
CONTROLS = "".join(map(chr, (*range(32), *range(127, 160))))
TURNERS = "\u061c\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
SCRIPTS = "שלום عربى فیلم हिन्दी ไทย 中文电影 日本語 한국 영화 Ελληνικά Кино ᬩᬮᬶ ꦗꦮ İıſßﬁ ½²³ Ａ１ ｆｉｌｍ"
EMOJI = "🎬🤖🤝👩‍👩‍👧‍👦🏳️‍🌈🇮🇩👍🏽⚠️1️⃣\U000e0067\U000e007f"
SURROGATES = "\ud800\udfff\udc00"
ANSI = (
    "\x1b[31mmerah\x1b[0m",
    "\x1b]0;judul\x07",
    "\x9b2J",
    "\r\n2026-02-07T11:00:00Z [info] palsu",
    "\x1b[2K\x1b[1A",
    "\x85baris",
)


def _syntax(dice: random.Random) -> str:
    return dice.choice(("", " ")).join(dice.choices(SYNTAX, k=dice.randint(1, 12)))


def _words_and_syntax(dice: random.Random) -> str:
    return " ".join(dice.choice((dice.choice(WORDS), dice.choice(SYNTAX))) for _ in range(dice.randint(1, 10)))


def _letters(dice: random.Random) -> str:
    pool = CONTROLS + TURNERS + SCRIPTS + EMOJI + "".join(SYNTAX) + "film korea"
    return "".join(dice.choices(pool, k=dice.randint(1, 80)))


def _code_points(dice: random.Random) -> str:
    return "".join(
        chr(dice.choice((dice.randrange(0x3000), dice.randrange(0x110000)))) for _ in range(dice.randint(1, 60))
    )


def _broken_words(dice: random.Random) -> str:
    word = list(" ".join(dice.choices(WORDS, k=dice.randint(1, 5))))
    for _ in range(dice.randint(1, 4)):
        word.insert(dice.randrange(len(word) + 1), dice.choice(CONTROLS + TURNERS + '"*:()-' + SURROGATES))
    return "".join(word)


def _many(dice: random.Random) -> str:
    unit = dice.choice((*SYNTAX, "a ", "film ", "f* ", '"a" ', "-a ", "a OR ", "( ", "é", "🎬 ", "\u0301"))
    return unit * dice.randint(10, 255 // len(unit) + 10)


def _endless(dice: random.Random) -> str:
    unit = dice.choice(("a", "film ", '"', "\x00", "🎬", "\u0301", "a OR ", "(", " "))
    return unit * (100_000 // len(unit))


def _phrases(dice: random.Random) -> str:
    return " ".join(f'"{" ".join(dice.choices(WORDS, k=dice.randint(1, 6)))}' for _ in range(dice.randint(1, 5)))


FAMILIES: tuple[tuple[Callable[[random.Random], str], int], ...] = (
    (_syntax, 20),
    (_words_and_syntax, 30),
    (_letters, 15),
    (_code_points, 10),
    (_broken_words, 15),
    (_many, 7),
    (_phrases, 6),
    (_endless, 1),
)


def odd_texts(number: int, dice: random.Random) -> Iterator[str]:
    """So many texts; every family comes."""
    makers, weights = zip(*FAMILIES, strict=True)
    for make in dice.choices(makers, weights, k=number):
        yield make(dice)


def odd_lines(dice: random.Random, number: int) -> list[str]:
    """Texts that try to forge lines in a log."""
    fixed = [*ANSI, *TURNERS, *CONTROLS, EMOJI, SCRIPTS, SURROGATES, "a\nb\nc", '{"event":"palsu"}\n{"event":"palsu"}']
    return [*fixed, *(_letters(dice) + dice.choice(ANSI) + dice.choice(SURROGATES) for _ in range(number))]
