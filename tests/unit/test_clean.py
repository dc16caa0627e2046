"""Text comes out as people read it, without the outlet's dateline and without losing a word of the story."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdesk.language.clean import clean_text, one_line, strip_lead


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("biasa", "biasa"),
        ("A &amp; B", "A & B"),
        ("A &amp;amp;amp; B", "A & B"),
        ("A &amp;amp;amp;amp; B", "A &amp; B"),
        ("&ldquo;kutip&rdquo; &#8211; &#x2014;", "“kutip” – —"),
        ("10&nbsp;persen", "10 persen"),
        ("10&nbsppersen 5&nbsp persen", "10&nbsppersen 5 persen"),
        ("?a=1&para=2&copy=3", "?a=1&para=2&copy=3"),
        ("R&D dan AT&T", "R&D dan AT&T"),
        ("terpotong &ndas...", "terpotong ..."),
        ("terpotong &amp;nbs...", "terpotong ..."),
        ("riset R&D...", "riset R&D..."),
        ("\u202eterbalik\u202c \u200bnol\ufeff \u00adlunak", "terbalik nol lunak"),
        ("bunyi\x07 dan\x00 nol", "bunyi dan nol"),
        ("lonjong \ud800 rusak", "lonjong rusak"),
        ("tanda \x93kutip\x94 \x96 cp1252", "tanda “kutip” – cp1252"),
        ("cafe\u0301", "café"),
        ("  banyak \t spasi\u3000lebar ", "banyak spasi lebar"),
        ("baris\r\n\r\n  dua\u2028tiga\x0bempat", "baris\ndua\ntiga\nempat"),
        ("", ""),
        ("العربية والعبرية", "العربية والعبرية"),
    ],
)
def test_text_is_cleaned(text: str, clean: str) -> None:
    assert clean_text(text) == clean


def test_a_title_is_one_line() -> None:
    assert one_line(" dua\nbaris &amp; satu ") == "dua baris & satu"


@given(st.text(max_size=300))
def test_clean_text_is_valid_normal_and_has_nothing_invisible(text: str) -> None:
    clean = clean_text(text)
    clean.encode("utf-8")
    assert clean == clean.strip()
    assert clean == unicodedata.normalize("NFC", clean)
    assert not any(c != "\n" and unicodedata.category(c) == "Cc" for c in clean)
    assert "  " not in clean


LEADS = [
    "JAKARTA, KOMPAS.com – ",
    "JAKARTA, KOMPAS.com -",
    "REPUBLIKA.CO.ID, JAKARTA -- ",
    "REPUBLIKA.CO.ID, CIANJUR, – ",
    "REPUBLIKA.CO.ID, DEN HAAG — ",
    "Jakarta (ANTARA) - ",
    "Jakarta (ANTARA/JACX) – ",
    "Jakarta, (ANTARA) — ",
    "Beijing (ANTARA/Xinhua) - ",
    "Labuan Bajo (ANTARA) – ",
    "SEOUL, July 28 (Yonhap) -- ",
    "BEIJING, Oct. 3 (Xinhua) -- ",
    "ANTARA - ",
    "Bolong.id - ",
    "Liputan6.com, Jakarta - ",
    "Liputan6.com, Tulungagung - ",
    "Liputan6.com, Jakarta ",
    "jabar.jpnn.com, BANDUNG - ",
    "bali.jpnn.com , BADUNG - ",
    "JPNN.com , JAKARTA - ",
    "TRIBUNNEWS.COM, JAKARTA - ",
    "POS-KUPANG.COM - ",
    "Jakarta, CNN Indonesia -- ",
    "Jakarta, CNBC Indonesia - ",
    "Jakarta, CoreNews.id – ",
    "TIMES JAKARTA, JAKARTA – ",
    "KETIK, SURABAYA – ",
    "SOKOGURU, CANNES, PRANCIS – ",
    "PIKIRAN RAKYAT - ",
    "JAKARTA - ",
    "JAKARTA- ",
    "JAKARTA–",
    "Jakarta\n-\n",
    "NEW YORK - ",
]
SENTENCES = [
    "Pemerintah membuka kelas baru.",
    "“Kami siap,” kata ketua.",
    "12 studio ikut serta.",
    "RUMAH produksi itu baru.",
]


@pytest.mark.parametrize("lead", LEADS)
def test_an_outlets_lead_is_taken_off(lead: str) -> None:
    for sentence in SENTENCES:
        assert strip_lead(lead + sentence) == sentence


@pytest.mark.parametrize(
    "text",
    [
        "Jakarta menjadi tuan rumah festival.",
        "Jakarta dan Bandung - dua kota besar - bekerja sama.",
        "Jakarta-Bandung ditempuh sejam.",
        "DPR - Pemerintah sepakat membahas aturan.",
        "Film A - Film B tayang bersamaan.",
        "RI - Tiongkok perkuat kerja sama.",
        "Tokopedia.com, platform belanja, mengumumkan hasil.",
        "Menurut Kompas.com - yang mengutip sumber - harga naik.",
        "Presiden (Jokowi) - Wakil Presiden hadir.",
        "ANTARA melaporkan hal itu.",
        "Perjalanan antara Jakarta - Bogor lancar.",
        "Gempa Guncang Kolombia M 7,4 - Puluhan Luka",
        "",
        "Jakarta (ANTARA) - ",
        "JAKARTA - ",
        "2025-2026 menjadi tahun film.",
    ],
)
def test_a_text_without_a_lead_stays_as_it_is(text: str) -> None:
    assert strip_lead(text) == text


@given(st.text(alphabet="ABCab.,-–() /\n", max_size=400))
def test_only_a_beginning_is_ever_taken_off(text: str) -> None:
    assert text.endswith(strip_lead(text))
