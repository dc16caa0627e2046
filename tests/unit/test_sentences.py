"""Sentences of Indonesian and English news text."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdesk.language.sentences import is_whole, sentences

TABLE = [
    ("Menteri datang. Ia berpidato.", ["Menteri datang.", "Ia berpidato."]),
    (
        "Prof. Dr. Sari tiba pukul 08.44 WIB. Hadirin berdiri.",
        ["Prof. Dr. Sari tiba pukul 08.44 WIB.", "Hadirin berdiri."],
    ),
    (
        "PT. Layar membayar Rp. 5,39 juta di Jl. Melati No. 5. Lunas.",
        ["PT. Layar membayar Rp. 5,39 juta di Jl. Melati No. 5.", "Lunas."],
    ),
    ("Surat a.n. B.J. Habibie dibaca. Selesai!", ["Surat a.n. B.J. Habibie dibaca.", "Selesai!"]),
    ("Tumbuh 5.39 persen. Turun 0,5 persen. Tetap?", ["Tumbuh 5.39 persen.", "Turun 0,5 persen.", "Tetap?"]),
    ('"Kami siap." Ia pergi. “Baik,” katanya.', ['"Kami siap."', "Ia pergi.", "“Baik,” katanya."]),
    ('Ia berkata, "Senang." dan pulang.', ['Ia berkata, "Senang." dan pulang.']),
    ("Judul berita\nIsi berita. Lanjut", ["Judul berita", "Isi berita.", "Lanjut"]),
    (
        "Kabar dari kompas.com dan tempo.co hari ini. Lalu sepi.",
        ["Kabar dari kompas.com dan tempo.co hari ini.", "Lalu sepi."],
    ),
    ("Ia ... ragu. Pergi...", ["Ia ... ragu.", "Pergi..."]),
    ("Ditutup Senin.Kepala desa hadir.", ["Ditutup Senin.", "Kepala desa hadir."]),
    ("Mr. Smith met U.S. officials. They signed.", ["Mr. Smith met U.S. officials.", "They signed."]),
    ("Naik menjadi 12. 17 orang pergi.", ["Naik menjadi 12.", "17 orang pergi."]),
    ("", []),
    (" \n \n", []),
]


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_sentences_end_where_a_reader_ends_them(text, expected):
    assert [text[start:end] for start, end in sentences(text)] == expected


@pytest.mark.parametrize(
    ("sentence", "whole"),
    [
        ("Ia datang.", True),
        ("“Ia datang.”", True),
        ("Benarkah?", True),
        ("Ia datang ...", False),
        ("Ia datang…", False),
        ("Ia datang", False),
        ("Ia (datang).", True),
    ],
)
def test_a_cut_text_is_no_whole_sentence(sentence, whole):
    assert is_whole(sentence) is whole


@given(st.text())
def test_spans_are_ordered_apart_trimmed_and_lose_nothing_but_blanks(text):
    spans = sentences(text)
    assert all(text[a:b] == text[a:b].strip() != "" for a, b in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    covered = "".join(text[a:b] for a, b in spans)
    assert "".join(covered.split()) == "".join(text.split())


def test_time_grows_linearly_with_hostile_text():
    text = "a." * 60_000 + "A. " * 20_000
    assert sentences(text)
