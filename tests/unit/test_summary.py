"""Summaries: whole sentences of the source that stand alone."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.summary import LONGEST_FIRST, summarise
from newsdesk.articles import ArticleText
from newsdesk.language.sentences import is_whole

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"


def summary(text="", body="", title="Judul yang lain", **options):
    return summarise(ArticleText(title=title, summary=text, body=body), **options)


LONG = "Kementerian menjelaskan bahwa kerja sama ini mencakup " + "produksi film bersama dan " * 5 + "pelatihan sineas."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Badan Film meneken nota kesepahaman. Penandatanganan digelar di Busan.",
            "Badan Film meneken nota kesepahaman. Penandatanganan digelar di Busan.",
        ),
        ("JAKARTA, KOMPAS.com – Badan Film meneken nota kesepahaman.", "Badan Film meneken nota kesepahaman."),
        ("Jakarta (ANTARA) - Badan Film meneken nota kesepahaman.", "Badan Film meneken nota kesepahaman."),
        (
            "Badan Film meneken nota kesepahaman dengan lembaga di Korea Selatan untuk ...",
            "Badan Film meneken nota kesepahaman dengan lembaga di Korea Selatan untuk …",
        ),
        (
            "Badan Film meneken nota kesepahaman. Penandatanganan itu disaksikan oleh ...",
            "Badan Film meneken nota kesepahaman.",
        ),
        ("Judul yang lain.\nBadan Film meneken nota kesepahaman.", "Badan Film meneken nota kesepahaman."),
        (
            "Badan Film meneken nota kesepahaman.\nBaca juga: Film lain yang tayang",
            "Badan Film meneken nota kesepahaman.",
        ),
        ("Namun, ia menolak. Badan Film meneken nota kesepahaman.", "Badan Film meneken nota kesepahaman."),
        (
            '"Kami siap. Kami senang dengan hasil ini," kata Sari di Jakarta.',
            '"Kami siap. Kami senang dengan hasil ini," kata Sari di Jakarta.',
        ),
        ("Satu dua tiga. Badan Film meneken nota kesepahaman.", "Badan Film meneken nota kesepahaman."),
        ("", ""),
    ],
)
def test_a_summary_is_what_stands_alone(text, expected):
    assert summary(text) == expected


def test_a_second_sentence_comes_only_when_both_fit():
    first = "Badan Film meneken nota kesepahaman dengan lembaga Korea."
    assert summary(f"{first} {LONG}") == first
    assert summary(f"{first} Acara digelar kemarin di Busan.") == f"{first} Acara digelar kemarin di Busan."
    assert summary(f"{first} Acara digelar kemarin di Busan.", sentences=1) == first


def test_a_long_whole_first_sentence_is_better_than_a_cut_one():
    assert 200 < len(LONG) <= LONGEST_FIRST
    assert summary(LONG) == LONG


def test_a_text_without_any_whole_sentence_is_cut_between_words():
    found = summary("kata panjang sekali " * 40, limit=60)
    assert found == "kata panjang sekali kata panjang sekali kata panjang sekali…"


def test_the_summary_is_preferred_and_the_body_stands_in():
    assert (
        summary("Ini ringkasan dari redaksi sendiri.", "Ini isi dari berita itu.")
        == "Ini ringkasan dari redaksi sendiri."
    )
    assert summary("", "Ini isi dari berita itu.") == "Ini isi dari berita itu."


def test_a_summary_that_only_repeats_the_title_gives_way_to_the_body():
    found = summary(
        "Badan Film teken MoU", "Penandatanganan digelar di Busan pada Senin.", title="Badan Film Teken MoU"
    )
    assert found == "Penandatanganan digelar di Busan pada Senin."


def pieces_of(summary_text, source):
    """Whether the summary is made of pieces of the source in order, blanks apart."""
    bare = "".join(source.split())
    at = 0
    for word in summary_text.replace("…", " ").split():
        at = bare.find(word, at)
        if at < 0:
            return False
        at += len(word)
    return True


@given(st.text(alphabet=st.sampled_from('abc AB.!?…\n"“”,- 12'), max_size=600), st.integers(40, 300))
def test_every_word_of_a_summary_stands_in_the_source(text, limit):
    assert pieces_of(summary(text, limit=limit), text)


@given(st.text(max_size=500))
def test_any_text_gives_a_summary_within_bounds(text):
    assert len(summary(text)) <= LONGEST_FIRST


@pytest.mark.skipif(not (CORPUS / "dev.jsonl").exists(), reason="the labelled articles are not beside this checkout")
def test_real_articles_give_whole_sentences_of_their_text():
    records = [json.loads(line) for line in (CORPUS / "dev.jsonl").read_text().splitlines()]
    cut = 0
    for record in records:
        found = summarise(ArticleText(title=record["title"], body=record["body"]))
        assert pieces_of(found, record["body"]), record["id"]
        assert len(found) <= LONGEST_FIRST
        cut += bool(found) and not is_whole(found)
    assert cut <= len(records) // 10
