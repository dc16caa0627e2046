"""Stories: reports of one event join, issues of one form stay apart, developments follow."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.grouping import alone, article, figures, grouped, read_pairs, together
from classifiers.grouping import Clusterer, choose_story, story_keys
from classifiers.rarity import RARE, weight
from classifiers.similarity import compare, features
from newsdesk.articles import ArticleText
from newsdesk.stories import Candidate, StoryMove

SHARED = Path(__file__).parents[3] / "shared"
PAIRS = SHARED / "corpus" / "pairs-dev.jsonl"
STREAM = SHARED / "corpus" / "stream-dev.jsonl"
DAY = datetime(2026, 8, 13, 2, tzinfo=UTC)


def text(title, lead="", hours=0.0, outlet="a"):
    return ArticleText(title=title, summary=lead, outlet=outlet, published=DAY + timedelta(hours=hours))


def relation(first, second):
    """join, follow or open: what the second article is to the first."""
    clusterer = Clusterer()
    one = clusterer.add(first)
    other = clusterer.add(second)
    if one.story == other.story:
        return "join"
    return "follow" if other.follows == one.story else "open"


JOINING = [
    (
        text(
            "Badan Perfilman teken MoU dengan KOCCA Korea di Busan",
            "Badan Perfilman Indonesia meneken nota kesepahaman dengan KOCCA di Busan.",
        ),
        text(
            "KOCCA dan Badan Perfilman Indonesia Tandatangani Kerja Sama di Busan",
            "Nota kesepahaman dengan KOCCA diteken Badan Perfilman Indonesia di Busan.",
            3,
            "b",
        ),
    ),
    (
        text(
            "Gudang tekstil di Cibaduyut terbakar, 12 mobil damkar dikerahkan",
            "Kebakaran melanda gudang tekstil di Cibaduyut, Bandung.",
        ),
        text(
            "Kebakaran Gudang Tekstil di Cibaduyut Bandung, Damkar Kerahkan 12 Unit",
            "Gudang tekstil di Cibaduyut terbakar pada Kamis pagi.",
            5,
            "b",
        ),
    ),
    (
        text(
            "Indonesia and South Korea sign film co-production agreement in Busan",
            "The agreement between Indonesia and South Korea was signed in Busan.",
            outlet="en",
        ),
        text(
            "Indonesia dan Korsel Teken Perjanjian Koproduksi Film di Busan",
            "Perjanjian koproduksi film Indonesia dan Korea Selatan diteken di Busan.",
            6,
            "b",
        ),
    ),
    (
        text("Eks bendahara desa Sukamaju didakwa korupsi Rp93,6 miliar"),
        text("Mantan Bendahara Desa Sukamaju Didakwa Korupsi Rp93 Miliar", hours=8, outlet="b"),
    ),
]
APART = [
    ("Harga emas Antam hari ini, Kamis 13 Agustus 2026", "Harga emas Antam hari ini, Jumat 14 Agustus 2026", 24),
    ("Harga emas Antam hari ini naik Rp20.000", "Harga emas Antam hari ini turun Rp12.000", 24),
    ("Ramalan zodiak hari ini Leo dan Virgo", "Ramalan zodiak hari ini Aries dan Taurus", 0),
    ("Jadwal salat dan imsakiyah kota Denpasar hari ini", "Jadwal salat dan imsakiyah kota Makassar hari ini", 0),
    ("Prakiraan cuaca Depok besok cerah berawan", "Prakiraan cuaca Pontianak besok cerah berawan", 0),
    ("Hasil Liga 1: Persija vs Bali United 2-1", "Hasil Liga 1: PSIS vs Borneo FC 2-1", 2),
    (
        "SIM keliling tersedia di lima lokasi Jakarta pada Kamis",
        "SIM keliling tersedia di lima lokasi Jakarta pada Sabtu",
        48,
    ),
    ("Jadwal samsat keliling Jadetabek Kamis di 14 lokasi", "Jadwal samsat keliling Jadetabek Jumat di 14 lokasi", 24),
    (
        "Kunci jawaban IPS kelas 7 halaman 71 Kurikulum Merdeka",
        "Kunci jawaban IPS kelas 7 halaman 80 Kurikulum Merdeka",
        0,
    ),
    (
        "Rupiah pada Rabu pagi melemah jadi Rp17.869 per dolar AS",
        "Rupiah pada Kamis pagi melemah jadi Rp17.879 per dolar AS",
        24,
    ),
    ("Harga saham GOTO hari ini 14 Juli 2026", "Harga saham GOTO hari ini 16 Juli 2026", 48),
    ("Lirik lagu Garuda Pancasila dan sejarahnya", "Lirik lagu Rayuan Pulau Kelapa dan sejarahnya", 0),
    ("Bea Cukai gagalkan 2,7 juta batang rokok ilegal", "Bea Cukai gagalkan 8,9 juta batang rokok ilegal", 20),
    ("Gempa M 5,2 guncang Maluku", "Gempa M 4,8 guncang Maluku", 10),
]


@pytest.mark.parametrize(("first", "second"), JOINING, ids=lambda one: one.title[:25])
def test_reports_of_one_event_join_across_outlets_wordings_and_languages(first, second):
    assert relation(first, second) == "join"
    assert relation(second, first) == "join"


@pytest.mark.parametrize(("first", "second", "hours"), APART)
def test_issues_of_one_form_stay_apart(first, second, hours):
    lead = "Simak informasi selengkapnya di artikel ini."
    assert relation(text(first, lead), text(second, lead, hours)) != "join"
    assert relation(text(first), text(second, hours=hours, outlet="b")) != "join"


def test_the_same_actors_ten_days_later_follow():
    first = text(
        "Kedutaan dorong kerja sama film dan musik Indonesia-Tiongkok",
        "Dalam acara di Beijing rumah produksi Cakra Pictura dan perusahaan Zhimeng meneken nota kesepahaman film.",
    )
    second = text(
        "Gandeng Zhimeng, Cakra Pictura siapkan film perdana",
        "Rumah produksi Cakra Pictura bersama Zhimeng dari Tiongkok menyiapkan film perdana mereka.",
        240,
        "b",
    )
    assert relation(first, second) == "follow"


def test_a_close_copy_joins_however_late_but_a_similar_report_only_in_time():
    copy = text("Badan Perfilman teken MoU dengan KOCCA di Busan", "Badan Perfilman meneken MoU dengan KOCCA di Busan.")
    late = text(copy.title, copy.summary, 24 * 6, "b")
    assert relation(copy, late) == "join"
    assert relation(*JOINING[1]) == "join"
    first, second = JOINING[1]
    assert relation(first, text(second.title, second.summary, 24 * 20, "b")) != "join"


def test_articles_without_time_count_as_of_one_time():
    first, second = (ArticleText(title=one.title, summary=one.summary, outlet=one.outlet) for one in JOINING[0])
    assert relation(first, second) == "join"


def candidate(number, story, one):
    return Candidate(
        article=number, story=story, title=one.title, lead=one.summary, at=one.published, outlet=one.outlet
    )


def test_the_stores_candidates_are_decided_like_those_in_memory():
    first, second = JOINING[0]
    other = text("Persija kalahkan Bali United di Jakarta", "Persija menang di Jakarta.")
    choice = choose_story(second, second.published, [candidate(1, 70, other), candidate(2, 71, first)])
    assert (choice.move, choice.story) == (StoryMove.JOIN, 71)
    assert "kocca" in choice.reason
    assert choose_story(second, second.published, [candidate(1, 70, other)]).move is StoryMove.OPEN
    assert choose_story(second, second.published, []).reason == "no article like it"


def test_a_refusal_names_its_reason():
    lead = "Simak harga emas Antam."
    first = text("Harga emas Antam hari ini, Kamis 13 Agustus 2026", lead)
    second = text("Harga emas Antam hari ini, Jumat 14 Agustus 2026", lead, 24)
    choice = choose_story(second, second.published, [candidate(1, 1, first)])
    assert choice.move is StoryMove.OPEN
    assert "another day: jumat / kamis" in choice.reason


def test_reports_of_one_event_share_keys_and_keys_are_few():
    for first, second in JOINING:
        assert len(story_keys(first) & story_keys(second)) >= 2
        assert len(story_keys(first)) <= 64


def test_rare_words_tell_more_than_common_ones():
    assert weight("dan") == 0 < weight("presiden") < weight("kocca") == RARE


ANY_TEXT = st.builds(
    ArticleText, title=st.text(max_size=60), summary=st.text(max_size=200), outlet=st.sampled_from("ab")
)


@given(ANY_TEXT)
def test_an_article_is_of_one_event_with_itself_unless_it_says_nothing(one):
    own = features(one.title, one.summary)
    found = compare(own, own)
    assert not found.objection
    assert found.score > 0.5 or len(found.shared) == 0 or own.title_sum == 0


@given(st.lists(ANY_TEXT, max_size=12))
def test_grouping_any_texts_is_deterministic_and_numbers_stories_in_order(texts):
    runs = []
    for _ in range(2):
        clusterer = Clusterer()
        runs.append([clusterer.add(one) for one in texts])
    assert runs[0] == runs[1]
    seen = -1
    for placed in runs[0]:
        assert placed.story <= seen + 1
        seen = max(seen, placed.story)
        assert placed.follows is None or placed.follows < placed.story


@pytest.mark.skipif(not PAIRS.exists(), reason="the labelled pairs are not beside this checkout")
def test_labelled_pairs_reach_the_goals_alone_and_together():
    pairs = read_pairs(PAIRS)
    for joined in ([alone(pair)[0] for pair in pairs], together(pairs, {})):
        found = figures(pairs, joined)
        assert found.right / (found.right + found.wrong) >= 0.95
        assert found.right / (found.right + found.missed) >= 0.85


@pytest.mark.skipif(not STREAM.exists(), reason="the stream is not beside this checkout")
def test_the_stream_is_grouped_in_time_that_grows_about_linearly():
    records = [json.loads(line) for line in STREAM.read_text().splitlines()]
    texts = {record["id"]: article(record) for record in records[:4000]}
    spent = []
    for count in (1000, 4000):
        features.cache_clear()
        start = time.process_time()
        grouped(dict(list(texts.items())[:count]))
        spent.append(time.process_time() - start)
    assert spent[1] < spent[0] * 4 * 2.5


@pytest.mark.skipif(not (SHARED / "seeds").exists(), reason="the seed articles are not beside this checkout")
def test_the_two_reports_on_one_memorandum_ten_days_apart_are_two_stories_and_the_later_follows():
    later, earlier = (
        next((SHARED / "seeds").glob(f"{number}_*.txt")).read_text(encoding="utf-8") for number in ("000", "001")
    )
    clusterer = Clusterer()
    one = clusterer.add(
        ArticleText(
            title=next(line for line in earlier.splitlines() if line.startswith("KBRI")),
            body=earlier,
            outlet="Bolong.id",
            published=datetime(2026, 1, 28, 1, 44, tzinfo=UTC),
        )
    )
    other = clusterer.add(
        ArticleText(
            title=next(line for line in later.splitlines() if line.startswith("Gandeng")),
            body=later,
            outlet="Media Indonesia",
            published=datetime(2026, 2, 7, 10, 55, tzinfo=UTC),
        )
    )
    assert other.story != one.story
    assert other.follows == one.story
