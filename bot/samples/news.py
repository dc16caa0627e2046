"""The news that the samples tell: written for this purpose, of outlets that do not exist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zlib import crc32

from newsdesk.articles import Article, Identity
from newsdesk.ports import Writing
from newsdesk.verdicts import Evidence, Verdict, Verdicts

NOW = datetime(2026, 2, 8, 11, 0, tzinfo=UTC)
"""The moment of the samples: a Sunday, 18:00 in Jakarta."""
CHANNEL = "-1001234567890"
TOPICS = ("film", "ai", "collaboration")
OUTLETS = {
    "kabar-layar": "Kabar Layar",
    "harian-nusa": "Harian Nusa",
    "sinema-pos": "Sinema Pos",
    "warta": "Warta Kota",
}
_THRESHOLD = 4.0


@dataclass(frozen=True, slots=True)
class Item:
    """One article: `cues` are words of its title or summary that decided, each with its topic."""

    title: str
    summary: str
    source: str
    cues: tuple[tuple[str, str], ...]
    countries: tuple[str, ...] = ()
    hours: float = 2.0
    language: str = "id"


SHORT = Item("Pemutaran film pendek di Kupang penuh penonton", "", "warta", (("film", "film pendek"),), hours=1)
LONG = Item(
    "Rumah produksi Bandung dan studio Busan menggarap film animasi dengan kecerdasan buatan",
    "Kedua pihak menandatangani kerja sama tiga tahun di Bandung, Jumat. Gambar latar dibuat mesin, tokohnya tetap "
    "digambar tangan oleh dua puluh animator muda.",
    "kabar-layar",
    (("film", "film animasi"), ("ai", "kecerdasan buatan"), ("collaboration", "menandatangani kerja sama")),
    ("KR",),
)
QUOTED = Item(
    "Tiga negara menyepakati dana bersama untuk film, dengan aturan tentang pemakaian AI",
    "Wakil Indonesia, Jepang, dan Prancis menyepakati dana bersama untuk dua belas film panjang dalam lima tahun, dengan "
    "syarat bahwa setiap negara mendapat giliran memimpin produksi dan bahwa naskahnya lahir dari lokakarya bersama di "
    "Yogyakarta, Fukuoka, dan Lyon. Pemakaian kecerdasan buatan harus ditulis dalam kredit, dan suara aktor tidak boleh "
    "ditiru tanpa izin tertulis; pelanggar kehilangan hak atas dana tahun berikutnya.",
    "sinema-pos",
    (("film", "film panjang"), ("ai", "kecerdasan buatan"), ("collaboration", "menyepakati dana bersama")),
    ("FR", "JP"),
    hours=5,
)
RETOLD = (
    Item("Dana film tiga negara disepakati, AI diatur", "", "kabar-layar", (("film", "film"),), hours=4),
    Item("Indonesia, Jepang, Prancis sepakat soal dana film", "", "harian-nusa", (("film", "film"),), hours=3.5),
    Item("Film bersama tiga negara segera dimulai", "", "warta", (("film", "Film"),), hours=3),
    Item("Aturan AI dalam film bersama tiga negara", "", "layar-timur", (("ai", "AI"),), hours=2.8),
)
FOLLOWING = Item(
    "Syuting film pertama dana tiga negara dimulai di Yogyakarta",
    "Sutradara asal Solo memimpin kru dari tiga negara. Syuting berlangsung empat puluh hari.",
    "harian-nusa",
    (("film", "Syuting film"), ("collaboration", "kru dari tiga negara")),
    ("FR", "JP"),
    hours=0.5,
)
ENGLISH = Item(
    "Jakarta studio trains sound editors to use AI tools",
    "The course runs for six weeks. Graduates restore the voices of films from the seventies.",
    "harian-nusa",
    (("film", "films"), ("ai", "AI tools")),
    hours=3,
    language="en",
)
ROUND_UP = (
    Item(
        "Bioskop tua di Malang dibuka kembali setelah dipugar warga selama dua tahun",
        "",
        "warta",
        (("film", "Bioskop"),),
    ),
    Item("Festival film pelajar menerima empat ratus karya", "", "kabar-layar", (("film", "Festival film"),)),
    Item(
        "Kampus di Surabaya membuka jurusan kecerdasan buatan untuk penyuntingan suara dan gambar bergerak",
        "",
        "harian-nusa",
        (("ai", "kecerdasan buatan"),),
    ),
    Item("Kelas daring AI untuk penulis skenario", "", "sinema-pos", (("ai", "AI"), ("film", "skenario"))),
    Item(
        "Delegasi Thailand menjajaki kerja sama pascaproduksi",
        "",
        "kabar-layar",
        (("collaboration", "kerja sama"),),
        ("TH",),
    ),
    Item(
        "Sineas Malaysia dan Indonesia menulis naskah bersama",
        "",
        "warta",
        (("collaboration", "bersama"), ("film", "naskah")),
        ("MY",),
    ),
)
MORE = (
    Item("Arsip film nasional memindai tiga ratus gulungan", "", "sinema-pos", (("film", "film"),)),
    Item("Sulih suara daerah kembali diminati", "", "warta", (("film", "Sulih suara"),)),
)


def keep(tx: Writing, item: Item, *, story: int | None = None, follows: int | None = None) -> tuple[int, int]:
    """Keep one article and let it open, join or follow a story; the numbers of both."""
    at = NOW - timedelta(hours=item.hours)
    url = f"https://{item.source}.example/{crc32(item.title.encode())}"
    article = Article(
        id=0,
        source=item.source,
        outlet=OUTLETS.get(item.source, item.source.replace("-", " ").title()),
        title=item.title,
        url=url,
        identity=Identity(url=url),
        first_seen=at,
        at=at,
        summary=item.summary,
        published=at,
        language=item.language,
    )
    number = tx.add_article(article, _verdicts(item), ())
    if story is None:
        return number, tx.open_story(number, at, follows)
    tx.join_story(story, number, at)
    return number, story


def keep_all(tx: Writing, items: Sequence[Item]) -> list[tuple[int, int]]:
    """Keep several, each in a story of its own."""
    return [keep(tx, item) for item in items]


def _verdicts(item: Item) -> Verdicts:
    proofs = {topic: _evidence(topic, cue, item) for topic, cue in item.cues}
    return Verdicts(
        by_topic={
            topic: Verdict(
                topic=topic,
                score=proofs[topic].weight if topic in proofs else 0.8,
                threshold=_THRESHOLD,
                matched=topic in proofs,
                evidence=(proofs[topic],) if topic in proofs else (),
            )
            for topic in TOPICS
        },
        countries=item.countries,
    )


def _evidence(topic: str, cue: str, item: Item) -> Evidence:
    field, text = next(
        ((name, text) for name, text in (("title", item.title), ("summary", item.summary)) if cue in text)
    )
    start = text.index(cue)
    return Evidence(f"{topic}.any", field, start, start + len(cue), cue, 6.5)
