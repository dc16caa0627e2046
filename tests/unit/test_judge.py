"""Verdicts: what an editor would say, with evidence that stands in the text."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.corpus import SHARED, read_labelled, shipped_judge
from bench.scoreboard import Board, by_judge, by_keywords
from classifiers import Judge
from newsdesk.articles import ArticleText
from newsdesk.verdicts import Verdicts


@functools.cache
def judge() -> Judge:
    """The shipped judge, compiled once."""
    return shipped_judge()


def matched(title: str, summary: str = "") -> set[str]:
    """The topics that match."""
    return set(judge().judge(ArticleText(title=title, summary=summary)).matched)


def countries(title: str, summary: str = "", body: str = "") -> tuple[str, ...]:
    """The foreign parties."""
    return judge().judge(ArticleText(title=title, summary=summary, body=body)).countries


FILM = [
    ("Sosok aktris legendaris itu", "Aktris veteran tersebut meninggal dunia pada usia 91 tahun."),
    ("Sutradara muda siapkan film panjang pertamanya", ""),
    ("Film horor itu tembus dua juta penonton", ""),
    ("Sinopsis dan jadwal tayang Rumah di Seberang di bioskop", ""),
    ("Drakor terbaru itu tamat dengan rating tertinggi", ""),
    ("Serial animasi lokal tayang di Netflix", ""),
    ("Perfilman daerah butuh insentif", "Dinas kebudayaan menyiapkan dana bagi sineas."),
    ("Studio wraps production on sequel", "The director and cast return for the animated feature."),
    ("Box office: thriller opens on top", ""),
    ("Aktor itu menambah berat badan", "Ia memerankan petinju dalam film yang tayang tahun depan."),
]
NO_FILM = [
    ("Aktor sinetron itu digugat cerai", "Perceraian diajukan istri sah setelah hubungan gelap terungkap."),
    ("Politikus sebut sutradara koalisi ada di istana", ""),
    ("Kapan kaca film mobil perlu diganti?", "Kaca film menahan panas matahari."),
    ("Rekaman CCTV pencurian beredar", "Video itu viral di media sosial."),
    ("Penyanyi rilis lagu baru", "Single itu bercerita tentang rindu."),
    ("Terjemahan lirik lagu tema film lawas", ""),
    ("Pulang kampung bak film drama, warga terharu", ""),
    ("Polisi gelar rekonstruksi, tersangka peragakan 30 adegan", ""),
    ("Skenario terburuk IHSG pekan depan", ""),
    ("HP baru dengan layar lebar dan baterai awet", "Ponsel ini punya mode kamera sinematik."),
    ("Konsol baru rilis, game balap jadi andalan", "Video game itu mendukung resolusi tinggi."),
    ("Link live streaming timnas lawan Jepang", "Pertandingan tayang malam ini di Vidio."),
    ("Truk trailer terguling di tol", ""),
    ("Aktor intelektual kasus itu masih dicari", ""),
]
AI = [
    ("Penipu memakai suara tiruan direktur bank", ""),
    ("Startup lokal rilis model bahasa untuk dialek daerah", ""),
    ("Kampus buka program studi kecerdasan artifisial", ""),
    ("Perusahaan rintisan pakai AI untuk membaca rontgen", ""),
    ("Waspada video deepfake catut pejabat", ""),
    ("OpenAI luncurkan fitur baru ChatGPT", ""),
    ("Klaim itu keliru", "Gambar tersebut dibuat dengan akal imitasi."),
    ("Chip AI buatan dalam negeri diuji", ""),
    ("New large language model speaks Javanese", ""),
]
NO_AI = [
    (
        "Amnesty desak pengusutan kekerasan di desa",
        "Amnesty International (AI) meminta polisi bertindak. AI menyebut tiga korban.",
    ),
    (
        "Flu burung meluas di dua kabupaten",
        "Virus avian influenza (AI) menyerang unggas. Kasus AI pertama ditemukan Senin.",
    ),
    ("Ramalan zodiak Gemini hari ini", "Gemini perlu sabar, Leo mulai berani."),
    ("Ai Ogura raih podium", ""),
    ("Pemerintah mulai bagikan bantuan", "Berbagai bantuan sampai di desa."),
    ("KAI tambah kereta lebaran", ""),
    ("Nikah siri dan hukumnya", ""),
    ("Digitalisasi pasar dipercepat", "Pedagang memakai aplikasi dan internet."),
]
CROSS = [
    ("Kopi Gayo masuk kafe Melbourne", "Koperasi Takengon meneken kontrak bersama jaringan kafe Australia itu."),
    (
        "Ruangbelajar dan Skolio rancang tutor pintar",
        "Pemerintah Indonesia ikut mendanai. Lembaga asal Amerika Serikat itu membuka kantor di Jakarta; keduanya meneken perjanjian.",
    ),
    ("Universitas Andalas teliti gempa", "Riset bersama itu digarap dengan Universitas Leiden, Belanda."),
    ("Indonesia dan Jepang teken kerja sama pelatihan perawat", ""),
    ("Gandeng KOCCA, Kemenekraf bina kreator muda", ""),
    ("RI-Vietnam gelar latihan bersama", ""),
    ("Kampus di Bandung buka gelar ganda", "Program bersama itu dijalankan dengan universitas di Jerman."),
    ("Rumah produksi Jakarta jajaki koproduksi dengan studio asal Korea Selatan", ""),
    ("Pabrik baterai mulai dibangun", "Danantara bersama perusahaan China membangun pabrik itu."),
    ("Telkom dan Huawei sepakati kerja sama pusat data", ""),
    ("Vietnam dan Australia perkuat kemitraan strategis", ""),
    ("Indonesian and Korean studios sign co-production agreement", ""),
]
NO_CROSS = [
    ("Kemensos dan Polri teken kerja sama perlindungan anak", ""),
    ("Bank daerah gandeng kampus untuk magang", "Kolaborasi itu berlaku lima tahun."),
    ("Timnas Indonesia kalahkan Jepang", "Kerja sama tim jadi kunci kemenangan di kualifikasi, kata pelatih."),
    ("Rusia serang Ukraina, puluhan tewas", "Serangan rudal terjadi saat perundingan damai buntu."),
    ("Ekspor sawit ke India naik", ""),
    ("Nilai tukar dolar AS menguat", ""),
    ("Perusahaan itu bekerja sama dengan warga desa", ""),
    ("Penyanyi itu gandeng kekasih baru", "Pria asal Prancis itu dikenalkan kepada keluarga."),
    ("Turis Jepang berlibur di Bali", ""),
    ("Produsen mobil China luncurkan model baru", ""),
    ("Klub itu sepakat lepas pemain ke Spanyol", "Transfer pemain dan kontrak tiga musim diumumkan pelatih."),
]


@pytest.mark.parametrize(
    ("topic", "title", "summary", "wanted"),
    [
        *(("film", *text, True) for text in FILM),
        *(("film", *text, False) for text in NO_FILM),
        *(("ai", *text, True) for text in AI),
        *(("ai", *text, False) for text in NO_AI),
        *(("collaboration", *text, True) for text in CROSS),
        *(("collaboration", *text, False) for text in NO_CROSS),
    ],
)
def test_a_topic_is_judged_as_an_editor_would(topic: str, title: str, summary: str, wanted: bool) -> None:
    """Subjects match and decoys do not."""
    assert (topic in matched(title, summary)) is wanted


@pytest.mark.parametrize(
    ("title", "codes"),
    [
        ("Indonesia dan Jepang teken kerja sama film", ("JP",)),
        ("Jakarta gandeng Busan dan Hong Kong majukan film", ("HK", "KR")),
        ("Di Festival Film Cannes di Prancis, sineas Indonesia dan Korea sepakat kerja sama", ("KR",)),
        ("AS-Korsel gelar latihan militer bersama", ("KR", "US")),
        ("Kemenekraf menerima delegasi Alibaba, jajaki kerja sama", ("CN",)),
        ("Menteri Perdagangan Jepang temui Airlangga, bahas kerja sama", ("JP",)),
        ("Kementerian Luar Negeri China umumkan kerja sama riset", ()),
        ("AS dan Jepang gelar latihan bersama menghadapi Korea Utara", ("JP", "US")),
        ("Danantara dan JBS Group jalin kemitraan di Australia dan Selandia Baru", ("BR",)),
        ("Dosen pindah ke Peru", ()),
        ("Perusahaan itu tutup", ()),
        ("Drama Korea terbaru tamat", ()),
    ],
)
def test_countries_are_the_foreign_parties(title: str, codes: tuple[str, ...]) -> None:
    """Parties of the undertaking are named: never Indonesia, never the place where people meet."""
    assert countries(title) == codes


def test_one_word_in_a_list_of_technologies_is_no_subject() -> None:
    """AI among IoT and big data, below the first lines, does not make a story about AI."""
    padding = "Pelabuhan itu melayani kapal barang dari banyak pulau setiap hari. " * 8
    text = padding + "Sistem baru memakai IoT, AI, dan big data."
    assert not judge().judge(ArticleText(title="Pelabuhan perbarui dermaga", body=text)).by_topic["ai"].matched


def test_what_stands_deep_in_a_long_text_is_not_its_subject() -> None:
    """A topic that shows up only below the horizon does not match, and whoever reads on says why."""
    padding = "Harga beras di pasar naik menjelang akhir pekan menurut pedagang. " * 60
    text = ArticleText(title="Harga beras naik", body=padding + "Film dan sinetron tayang di bioskop.")
    verdict, explained = (one.judge(text).by_topic["film"] for one in (judge(), judge().reading_on()))
    assert not verdict.matched
    assert {one.rule for one in explained.ignored} == {"below the story's horizon"}
    assert explained[:-1] == verdict[:-1]  # a remark changes nothing


def test_clutter_is_no_evidence() -> None:
    """What a pointer or a notice says is ignored, and the verdict says so."""
    body = (
        "Pemerintah kota memperbaiki jalan yang rusak akibat hujan deras sejak pekan lalu, kata wali kota di kantornya.\n"
        "Baca juga: Film horor pecahkan rekor di bioskop\n"
        "Dilarang keras mengambil konten untuk AI di situs web ini tanpa izin tertulis."
    )
    verdicts = judge().judge(ArticleText(title="Jalan diperbaiki", body=body))
    assert verdicts.matched == ()
    assert ("not the story: pointer", "Film") in {(one.rule, one.text) for one in verdicts.by_topic["film"].ignored}
    assert {one.rule for one in verdicts.by_topic["ai"].ignored} == {"not the story: notice"}


WORDS = st.sampled_from(
    [
        *[
            "film",
            "Film",
            "bioskop",
            "sutradara",
            "AI",
            "berbasisAIyang",
            "kecerdasan",
            "buatan",
            "kerja",
            "sama",
            "bekerja",
            "Indonesia",
            "China",
        ],
        *[
            "Korea Selatan",
            "KOCCA",
            "MoU",
            "dengan",
            "Baca juga: Film baru",
            "kaca film",
            "Jepang-Indonesia",
            "AS",
            "İstanbul",
        ],
        *[
            "\u00a0",
            "\u200b",
            "\n",
            "  ",
            "\n\n",
            ". ",
            "“",
            "”",
            "–",
            "Populer\n",
            "\t",
            "ﬁlm",
            "🎬",
            "drama\u00ad Korea",
        ],
    ]
)
TEXTS = st.one_of(
    st.text(max_size=200), st.lists(WORDS, max_size=60).map(" ".join), st.lists(WORDS, max_size=60).map("".join)
)


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS, TEXTS)
def test_evidence_stands_where_it_says(title: str, summary: str, body: str) -> None:
    """For any text, the evidence's words are the field's own words at its offsets, and weights add up to the score."""
    text = ArticleText(title=title, summary=summary, body=body)
    verdicts = judge().judge(text)
    for verdict in verdicts.by_topic.values():
        for one in (*verdict.evidence, *verdict.ignored):
            field = getattr(text, one.field)
            assert 0 <= one.start < one.end <= len(field)
            assert field[one.start : one.end] == one.text
        assert verdict.score == pytest.approx(sum(one.weight for one in verdict.evidence), abs=0.01)
        assert verdict.matched == (verdict.score >= verdict.threshold)
    assert "ID" not in verdicts.countries
    assert list(verdicts.countries) == sorted(set(verdicts.countries))


def test_judging_is_repeatable() -> None:
    """The same text gives the same verdicts."""
    text = ArticleText(title="Indonesia dan Jepang teken kerja sama film berbasis AI")
    assert judge().judge(text) == judge().judge(text)


def test_an_empty_article_matches_nothing() -> None:
    """No text, no topic."""
    assert judge().judge(ArticleText(title="")) == Verdicts(
        by_topic=judge().judge(ArticleText(title="")).by_topic, countries=()
    )
    assert judge().judge(ArticleText(title="")).matched == ()


SEEDS = {
    "000": ("Gandeng Perusahaan Tiongkok, Imperial Pictures Integrasikan Teknologi Global ke Film Nasional", ("CN",)),
    "001": ("KBRI Beijing Dorong Kolaborasi AI, Teknologi, Film dan Musik Indonesia-Tiongkok", ("CN",)),
    "002": ("Indonesia-Tiongkok Jajaki Kolaborasi Film dan Animasi Berbasis AI", ("CN",)),
    "003": ("Kemenekraf geliatkan industri film dan musik Indonesia bersama KOCCA", ("KR",)),
    "004": ("Jakarta Incar Kerja Sama Film Global dengan Busan dan Hong Kong", ("HK", "KR")),
}


@pytest.mark.parametrize("seed", sorted(SEEDS))
def test_the_stories_that_readers_want_are_highlights(seed: str) -> None:
    """Each seed, with its whole page as body, crosses two topics and names its foreign parties exactly."""
    paths = list((SHARED / "seeds").glob(f"{seed}_*.txt"))
    if not paths:
        pytest.skip("the seed articles are not beside this checkout")
    body = paths[0].read_text(encoding="utf-8")
    title, codes = SEEDS[seed]
    verdicts = judge().judge(ArticleText(title=title, body=body))
    assert verdicts.channel
    assert verdicts.countries == codes
    end = body.index("Populer") if seed == "002" else len(body)
    assert all(
        one.end <= end for verdict in verdicts.by_topic.values() for one in verdict.evidence if one.field == "body"
    )


@pytest.mark.parametrize(
    ("mode", "least"),
    [
        ("lead", {"film": 0.96, "ai": 0.97, "collaboration": 0.92, "channel": 0.95}),
        ("full", {"film": 0.94, "ai": 0.95, "collaboration": 0.88, "channel": 0.92}),
    ],
)
def test_the_judge_agrees_with_the_labelled_corpus(mode: str, least: dict[str, float]) -> None:
    """On the labelled articles F1 is at least what the project asks for, and errors are far below plain keywords'."""
    path: Path = SHARED / "corpus" / "dev.jsonl"
    if not path.exists():
        pytest.skip("the labelled corpus is not beside this checkout")
    articles = read_labelled(path)
    board, plain = by_judge(judge(), articles, mode), by_keywords(articles, mode)
    assert {topic: board.topics[topic].f1 >= value for topic, value in least.items()} == dict.fromkeys(least, True)
    for topic in ("film", "collaboration", "channel"):
        assert _errors(board, topic) <= 0.6 * _errors(plain, topic)


def _errors(board: Board, topic: str) -> int:
    return board.topics[topic].false + board.topics[topic].missed


def test_a_title_before_a_name_ends_no_sentence() -> None:
    """ "dr." and an initial belong to the name behind them, so that parties on both sides of it meet."""
    text = "Kapal rumah sakit China dan kapal dr. H. Radjiman dari Indonesia menggelar pengobatan bersama di pelabuhan."
    assert countries("Warga berobat gratis", summary=text) == ("CN",)
