"""News that never was, as much as is wanted: each item a story of its own, and feeds that carry them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import cache
from html import escape
from itertools import cycle

_CONSONANTS, _VOWELS = "bcdghjklmnprstwy", "aeiou"
_PLAIN = (
    "warga pagi jalan rumah kota desa hari pekan bulan tahun orang banyak sedikit besar kecil baru lama datang pergi pulang "
    "tiba mulai sampai setelah sebelum ketika karena supaya walau namun tetapi juga sudah belum akan telah sedang masih "
    "hanya saja kata mereka itu ini yang untuk pada dengan oleh dari dalam luar atas bawah depan belakang"
)
_FILM = (
    "Film {name} memakai kecerdasan buatan untuk adegan {word} {other}",
    "Sutradara {name} menggarap film {word} dengan bantuan kecerdasan buatan",
    "Kecerdasan buatan membantu pemulihan film {word} karya {name}",
    "Bioskop {word} memutar film {name} yang dibuat dengan kecerdasan buatan",
)
_CINEMA = (
    "Bioskop {word} memutar film {name} mulai pekan depan",
    "Sutradara {name} menyelesaikan film {word} {other}",
)
_OTHER = (
    "Harga {word} di pasar {name} naik",
    "Warga {name} memperbaiki jalan {word} {other}",
    "Panen {word} di {name} melimpah tahun ini",
    "Hujan deras mengguyur {name} sejak {word} pagi",
)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a feed; undated where `at` is None."""

    number: int
    title: str
    text: str
    at: datetime | None = None

    @property
    def url(self) -> str:
        """Its address, which nothing answers at."""
        return f"https://outlet.example/berita/{self.number}-{self.title.split()[1].lower()}"


def crossing(number: int, at: datetime | None = None) -> Item:
    """An item that goes out at once: of two topics, and like no other."""
    return _item(number, _FILM, " Film itu diputar di bioskop {more}.", at)


def single(number: int, at: datetime | None = None) -> Item:
    """An item of one topic: it waits for the round-up."""
    return _item(number, _CINEMA, " Film itu diputar di bioskop {more}.", at)


def ordinary(number: int, at: datetime | None = None) -> Item:
    """An item that is kept and never posted."""
    return _item(number, _OTHER, " Pedagang {more} mengeluh.", at)


_EACH = 6
"""Names that one item takes: two and two words in its title, two words in its text."""


@cache
def _names() -> list[str]:
    """Names, as many as a country knows: endlessly many would fill every cache of words for ever."""
    dice = random.Random("vocabulary")
    return ["".join(dice.choice(_CONSONANTS) + dice.choice(_VOWELS) for _ in range(4)) for _ in range(1000 * _EACH)]


def _item(number: int, titles: Sequence[str], tail: str, at: datetime | None) -> Item:
    dice = random.Random(f"item {number}")
    # A thousand items in a row share no name: one that two stories share by chance may make one story of both.
    own = cycle(_names()[(number * _EACH + place) % len(_names())] for place in range(_EACH))

    def word() -> str:
        return next(own)

    def sentence() -> str:
        """Of words that say nothing about the story: they stand in every text."""
        return " ".join(dice.choices(_PLAIN.split(), k=8)).capitalize() + "."

    title = titles[dice.randrange(len(titles))].format(
        name=f"{word().title()} {word().title()}", word=word(), other=word()
    )
    return Item(number, title, f"{sentence()} {sentence()}" + tail.format(more=f"{word()} {word()}"), at)


def feed(items: Sequence[Item]) -> bytes:
    """An RSS feed of these items."""
    rows = "".join(
        f"<item><title>{escape(item.title)}</title><link>{item.url}</link><description>{escape(item.text)}</description>"
        + (f"<pubDate>{format_datetime(item.at)}</pubDate>" if item.at else "")
        + "</item>"
        for item in items
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{rows}</channel></rss>'.encode()


def times_told(items: Sequence[Item], texts: Sequence[str]) -> dict[str, int]:
    """How often each item is told in messages: on its own, or within a round-up; a mention as related does not count."""
    lines = Counter(line.removeprefix("• ").partition(" — ")[0] for text in texts for line in text.splitlines() if line)
    return {item.title: lines[item.title] for item in items}
