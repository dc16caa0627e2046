"""Clutter: the places of a text that are not its story."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsdesk.language.clutter import clutter

STORY = (
    "Pemerintah kota memperbaiki jalan yang rusak akibat hujan deras sejak pekan lalu, kata wali kota kepada wartawan"
    " di kantornya pada Senin siang."
)


def remains(text: str) -> str:
    """The text without its clutter."""
    kept, at = [], 0
    for span in clutter(text):
        kept.append(text[at : span.start])
        at = span.end
    kept.append(text[at:])
    return "".join(kept)


@pytest.mark.parametrize(
    "line",
    [
        "Baca juga: Film horor pecahkan rekor",
        "BACA JUGA: Film horor pecahkan rekor",
        "Simak Video: Film horor di bioskop",
        "Tonton juga 'Film horor di bioskop'",
        "[Gambas:Video 20detik]",
        "SCROLL TO CONTINUE WITH CONTENT",
        "ADVERTISEMENT",
        "Pewarta: Film Surya",
        "Editor : Film Surya",
        "Copyright © KANTOR BERITA FILM 2026",
        "Dilarang keras mengambil konten, crawling untuk AI atau film tanpa izin tertulis",
        "Cek berita dan artikel film yg lain di Google News",
        "Artikel ini telah tayang di portal film",
        "Read Entire Article",
        "Lama Baca 3 Menit film",
        "Populer\nFilm horor pecahkan rekor\nSelasa, 09 Desember 2025 | 14:21\nFilm lain menyusul",
        "Berita Lainnya\nFilm horor pecahkan rekor",
        "UPDATE\nFilm horor pecahkan rekor\nJumat, 19 Desember 2025 | 00:09",
        "Baca juga:\nFilm horor pecahkan rekor",
    ],
)
def test_clutter_between_paragraphs_goes(line: str) -> None:
    """Pointers, notices, credits and sidebars are clutter; the story around them stays."""
    text = f"{STORY}\n{line}\n{STORY}"
    left = remains(text)
    assert "film" not in left.lower()
    assert left.count(STORY) == 2


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"Jakarta (ANTARA) - {STORY}", STORY),
        (f"JAKARTA, KOMPAS.com - {STORY}", STORY),
        (f"PRANCIS, TitikNOL — {STORY}", STORY),
        (f"Liputan6.com, Jakarta -{STORY}", STORY),
        (f"TRIBUNNEWS.COM- {STORY}", STORY),
        (f"Headline\n\nFilm itu rekor.\n\n{STORY}", f"\n\n\n\n{STORY}"),
    ],
)
def test_what_stands_before_the_story_goes(text: str, left: str) -> None:
    """The dateline (a city there is no party) and a ticker above the story are clutter."""
    assert remains(text) == left


def test_a_pointer_inside_a_paragraph_ends_where_its_headline_ends() -> None:
    """Where paragraphs were joined, the story goes on after the headline that a pointer names."""
    text = f'{STORY} Baca juga: Film horor pecahkan rekor "Kami senang," kata produser kepada wartawan. {STORY}'
    assert "Film horor" not in remains(text)
    assert '"Kami senang,"' in remains(text)


@pytest.mark.parametrize(
    "text",
    [
        STORY,
        "Ia suka baca juga menulis film.",
        "Film itu - kata orang - bagus.",
        "Indonesia - Jepang sepakat membuat film bersama tahun ini.",
        "Populer di kalangan muda, film itu laris.",
    ],
)
def test_prose_stays(text: str) -> None:
    """Ordinary sentences are no clutter."""
    assert clutter(text) == ()


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "Baca juga: Film",
                "Populer",
                STORY,
                "UPDATE",
                "\n",
                "\n\n",
                "SCROLL TO CONTINUE WITH CONTENT",
                "İ",
                "Editor: X",
                "Jakarta - ",
            ]
        ),
        max_size=30,
    ).map("".join)
    | st.text(max_size=300)
)
def test_spans_are_in_order_apart_and_inside(text: str) -> None:
    """For any text, spans are sorted, do not touch, and lie inside it."""
    at = -1
    for span in clutter(text):
        assert at < span.start < span.end <= len(text)
        at = span.end
