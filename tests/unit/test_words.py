"""Search words: forms and languages of one word meet, and their places in the text are kept."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdesk.language import synonyms
from newsdesk.language.words import beginnings, fold, related, search_words


def said(text, *, query=False):
    return [word.word for word in search_words(text, query=query)]


SAME = [
    ("kerja sama", "kerjasama", "bekerja sama", "Cooperation", "kerja-sama"),
    ("Korea Selatan", "Korsel", "South Korea", "South Korea's", "Negeri Ginseng"),
    ("kecerdasan buatan", "AI", "artificial intelligence", "kecerdasan artifisial"),
    ("Tiongkok", "China", "Cina", "RRT", "Chinese"),
    ("AS", "Amerika Serikat", "United States", "US", "U.S."),
    ("film", "movies", "perfilman", "memfilmkan", "film-film", "filmnya", "Films"),
    ("sineas", "filmmaker", "filmmakers", "pembuat film"),
    ("Menkeu", "Menteri Keuangan", "finance minister", "Kemenkeu"),
    ("gempa", "gempa bumi", "earthquake", "Quakes"),
    ("Jaksel", "Jakarta Selatan", "South Jakarta"),
    ("MoU", "nota kesepahaman", "Memorandum of Understanding"),
    ("ko-produksi", "koproduksi", "co-production", "Co production"),
    ("1.700", "1,700", "1700"),
    ("5,39", "5.39"),
    ("Rp622", "Rp 622"),
    ("Mu'ti", "Mu’ti", "Muti"),
    ("Café", "cafe", "CAFÉ"),
    ("menandatangani", "tanda tangan", "signed", "diteken"),
]


@pytest.mark.parametrize("forms", SAME, ids=lambda forms: forms[0])
def test_forms_of_one_thing_become_the_same_words(forms):
    assert len({tuple(said(form)) for form in forms}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("AI", "Ai"),
        ("AI", "ai"),
        ("AS", "as"),
        ("US", "us"),
        ("Peru", "Perusahaan"),
        ("kerja", "kerja sama"),
        ("pemerintah", "perintah"),
        ("5,39", "539"),
        ("Korea Selatan", "Korea Utara"),
    ],
)
def test_different_things_stay_different_in_a_text(one, other):
    assert said(one) != said(other)


@pytest.mark.parametrize(("typed", "meant"), [("ai", "AI"), ("as", "AS"), ("bi", "BI")])
def test_a_query_may_write_capitals_small(typed, meant):
    assert said(typed, query=True) == said(meant)


def test_abbreviations_are_found_by_each_of_their_words():
    assert "korea" in said("Korsel")
    assert "amerika" in said("AS")
    assert "jakarta" in said("Jaksel")


def test_words_keep_their_place_and_a_joined_word_spans_all_of_its_form():
    text = "Indonesia dan Korsel bekerja sama."
    places = {word.word: text[word.start : word.end] for word in search_words(text)}
    assert places == {
        "indonesia": "Indonesia",
        "dan": "dan",
        "korea": "Korsel",
        "selatan": "Korsel",
        "kerjasama": "bekerja sama",
    }


def test_other_scripts_are_kept():
    assert said("電影 김치 فيلم") == ["電影", "김치", "فيلم"]


def test_every_form_stands_in_one_line_of_the_tables_only():
    lines = (synonyms.TERMS + synonyms.INSTITUTIONS + synonyms.TITLES + synonyms.PLACES).splitlines()
    forms = [form.strip() for line in lines if " = " in line for form in line.split(" = ")[1].split(";")]
    assert len(forms) > 1000
    assert sorted({form for form in forms if forms.count(form) > 1}) == []


def test_every_form_of_the_tables_reads_as_its_line_says():
    for line in (synonyms.TERMS + synonyms.INSTITUTIONS + synonyms.TITLES + synonyms.PLACES).splitlines():
        if " = " in line:
            readings = {tuple(said(form.strip())) for form in line.split(" = ")[1].split(";")}
            assert len(readings) == 1, (line, readings)


def test_related_words_and_beginnings_of_forms():
    assert ("kerjasama",) in related(("kolaborasi",))
    assert ("rare", "earth") in related(("tanah", "jarang"))
    assert ("tanah", "jarang") in related(("rare", "earth"))
    assert related(("jarang",)) == ()
    assert ("film",) in beginnings("sinem")


@given(st.text())
def test_any_text_gives_words_of_letters_and_digits_inside_it_in_order(text):
    words = search_words(text)
    assert all(word.word and not any(map(str.isspace, word.word)) for word in words)
    assert all(0 <= word.start < word.end <= len(text) for word in words)
    assert all(first.start <= second.start for first, second in pairwise(words))


@given(st.text(max_size=30))
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("word", "other"), [("babi", "babies"), ("pers", "per"), ("saling", "sale"), ("kubah", "mengubah")]
)
def test_indonesian_words_are_not_read_as_english_ones(word: str, other: str) -> None:
    """Snowball would make pigs of babies, and the press of every "per"."""
    assert [one.word for one in search_words(word)] == [word]
    assert search_words(word)[0].word != search_words(other)[0].word
