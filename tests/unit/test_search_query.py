"""Queries: what people type becomes conditions; snippets show where they are met."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdesk.language.translations import NARROWER, TRANSLATIONS
from newsdesk.search import MOST_CLAUSES, Order, index_text, parse_query, snippet

NOW = datetime(2026, 8, 15, 3, tzinfo=UTC)
JAKARTA = ZoneInfo("Asia/Jakarta")
SOURCES = ("antara-hiburan", "antara-terkini", "detik", "mediaindonesia")


def parsed(text):
    return parse_query(text, now=NOW, zone=JAKARTA, sources=SOURCES)


def conditions(text):
    """The first alternative of each condition, negated ones with "-", beginnings with "*"."""
    return [
        ("-" if clause.negated else "") + " ".join(clause.any_of[0]) + ("*" if clause.prefix else "")
        for clause in parsed(text).clauses
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("film korea", ["film", "korea"]),
        ("Film di Korea", ["film", "korea"]),
        ('"kerja sama film" -horor', ["kerjasama film", "-horor"]),
        ("kerja sama ai tiongkok", ["kerjasama", "kecerdasanbuatan", "china"]),
        ("korsel", ["korea selatan"]),
        ('"film di korea"', ["film di korea"]),
        ("film film", ["film"]),
        ("menkeu as", ["menteri uang", "amerika serikat"]),
        ('-"drama pendek"', ["-dramapendek"]),
        ("kocc*", ["kocc*"]),
        ("sci-fi", ["sci", "fi"]),
        ("yang", ["yang"]),
        ("“kerja sama” –horor", ["kerjasama", "-horor"]),
    ],
)
def test_words_phrases_and_exclusions(text, expected):
    assert conditions(text) == expected


@pytest.mark.parametrize("text", ["anime OR animasi", "anime ATAU animasi", "anime atau animasi", "anime|animasi"])
def test_or_joins_neighbours_into_one_condition(text):
    (clause,) = parsed(text).clauses
    assert ("animasi",) in clause.any_of
    assert len(clause.any_of) > 1


def test_a_word_also_asks_for_what_it_may_mean_but_a_phrase_does_not():
    assert ("kerjasama",) in parsed("kolaborasi").clauses[0].nearly
    assert parsed('"kolaborasi film"').clauses[0].any_of == (("kolaborasi", "film"),)


def test_words_that_mean_something_together_are_still_wanted_apart():
    """ "tax evasion" asks for both words, or for what the two together mean, in the place of either."""
    tax, evasion = parsed("tax evasion").clauses
    assert (tax.any_of, evasion.any_of) == ((("pajak",),), (("evas",),))
    assert ("gelap", "pajak") in tax.nearly
    assert ("gelap", "pajak") in evasion.nearly


def test_a_beginning_finds_forms_that_the_index_knows_by_another_word():
    assert ("film",) in parsed("sinem*").clauses[0].any_of


def test_filters():
    query = parsed(
        'topic:film topik:ai source:antara source:detik country:korsel negara:kr country:"south korea" urut:terbaru'
    )
    assert query.topics == ("film", "ai")
    assert query.sources == ("antara-hiburan", "antara-terkini", "detik")
    assert query.countries == ("KR",)
    assert query.order is Order.NEWEST
    assert (query.clauses, query.notes) == ((), ())


@pytest.mark.parametrize("name", ["KR", "kr", "Korea Selatan", "south korea", "Korsel", "Korea_Selatan"])
def test_a_country_is_known_by_code_and_name(name):
    assert parsed(f'country:"{name}"').countries == ("KR",)


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("since:2026-08-14", datetime(2026, 8, 13, 17, tzinfo=UTC), None),
        ("until:2026-08-14", None, datetime(2026, 8, 14, 17, tzinfo=UTC)),
        ("since:2026-07 until:2026-07", datetime(2026, 6, 30, 17, tzinfo=UTC), datetime(2026, 7, 31, 17, tzinfo=UTC)),
        ("since:2025", datetime(2024, 12, 31, 17, tzinfo=UTC), None),
        ("7d", datetime(2026, 8, 8, 3, tzinfo=UTC), None),
        ("2w", datetime(2026, 8, 1, 3, tzinfo=UTC), None),
        ("until:7d", None, datetime(2026, 8, 8, 3, tzinfo=UTC)),
        ("since:kemarin", datetime(2026, 8, 13, 17, tzinfo=UTC), None),
        ("sejak:14/8/2026", datetime(2026, 8, 13, 17, tzinfo=UTC), None),
        (
            "since:2026-08-14 until:2026-08-01",
            datetime(2026, 7, 31, 17, tzinfo=UTC),
            datetime(2026, 8, 14, 17, tzinfo=UTC),
        ),
    ],
)
def test_times_are_days_of_the_place_and_until_includes_its_day(text, since, until):
    query = parsed(text)
    assert (query.since, query.until) == (since, until)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("topic:filem", "unknown topic: filem"),
        ("source:tempo", "unknown source: tempo"),
        ("country:atlantis", "unknown country: atlantis"),
        ("since:99/99/9999", "not a date: since:99/99/9999"),
        ("-source:detik", "cannot exclude a source: detik"),
        ("source:", "unknown source: (nothing)"),
        ("sort:size", "unknown order: size (newest, relevance)"),
        (
            "since:2026-08-14 until:2026-08-01",
            "since is later than until, so they were exchanged: 2026-07-31 2026-08-13",
        ),
        ("x" * 10_000, "only the beginning was read: 128 characters"),
    ],
)
def test_what_could_not_be_used_is_told(text, note):
    assert note in parsed(text).notes


def test_too_many_words_are_told_and_left_out():
    query = parsed("satu dua tiga empat lima enam tujuh delapan sembilan sepuluh")
    assert len(query.clauses) == MOST_CLAUSES
    assert query.notes == ("too many words, these were left out: sembilan sepuluh",)


@pytest.mark.parametrize(
    "text",
    ["", " ", "OR", "- -", '"', '""', '"film', "-", "|", "😀", "OR OR film OR", "topic:", "*", "::::", "-*", "\x00"],
)
def test_odd_queries_never_raise(text):
    assert len(parsed(text).clauses) <= 1


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from('"-:|* ORtopicsince7d')), max_size=200))
def test_no_text_raises_and_every_condition_has_words(text):
    query = parsed(text)
    assert len(query.clauses) <= MOST_CLAUSES
    assert all(clause.any_of and all(all(run) and run for run in clause.any_of) for clause in query.clauses)


def test_an_article_is_indexed_by_the_words_that_queries_ask_for():
    title, text = index_text("Korsel–Indonesia bekerja sama", "Film AI", "Dua negara.")
    assert title.split() == ["korea", "selatan", "indonesia", "kerjasama"]
    assert text.split() == ["film", "kecerdasanbuatan", "dua", "negara"]
    assert index_text("", "", "") == ("", "")


def test_a_snippet_marks_the_hits_where_they_stand():
    text = (
        "Pembukaan yang panjang tentang hal lain. " * 8
        + "Indonesia dan Korea Selatan bekerja sama membuat film-film baru di Busan, kata menteri."
    )
    found = snippet("Judul", text, parsed("kerja sama film korsel"))
    assert [found.text[start:end] for start, end in found.marks] == ["Korea Selatan", "bekerja sama", "film-film"]
    assert found.text.startswith("… ")
    assert len(found.text) <= 164


@pytest.mark.parametrize(
    ("title", "text", "query", "expected"),
    [
        ("Judul film", "", "film", "Judul film"),
        ("Judul", "Isi pendek.", "tidakada", "Isi pendek."),
        ("Judul", "Isi\npendek.", "isi", "Isi pendek."),
        ("", "", "film", ""),
    ],
)
def test_short_texts_are_shown_whole(title, text, query, expected):
    assert snippet(title, text, parsed(query)).text == expected


def test_a_snippet_is_cut_between_words():
    text = "kata " * 100
    found = snippet("", text, parsed("lain"), width=42)
    assert found.text == "kata kata kata kata kata kata kata kata …"


def test_excluded_words_are_not_marked_and_phrases_are_marked_whole():
    found = snippet("", "Film horor dan film pendek nasional.", parsed('"film pendek" -horor'))
    assert [found.text[a:b] for a, b in found.marks] == ["film pendek"]


@given(st.text(max_size=400), st.text(max_size=40), st.integers(20, 200))
def test_marks_lie_in_the_snippet_in_order(text, query, width):
    found = snippet("judul", text, parsed(query), width)
    assert all(0 <= a < b <= len(found.text) for a, b in found.marks)
    assert list(found.marks) == sorted(found.marks)
    assert len(found.text) <= width + 4


def test_what_a_page_says_of_other_stories_is_neither_found_nor_shown() -> None:
    """A pointer and a notice stand in the text, but are no part of the story."""
    text = (
        "Panen raya padi dimulai di Karawang.\nBaca juga: Film Korea tayang di bioskop\nPetani menyambut harga baik.\n"
        "Dilarang keras mengambil konten tanpa izin."
    )
    _, words = index_text("Panen raya", "", text)
    assert "petani" in words.split()
    for absent in ("film", "korea", "bioskop", "izin"):
        assert absent not in words.split()
    shown = snippet("Panen raya", text, parsed("film petani"))
    assert "Korea" not in shown.text
    assert [shown.text[start:end] for start, end in shown.marks] == ["Petani"]


TABLES = f"{TRANSLATIONS.strip()}\n{NARROWER.strip()}"


@pytest.mark.parametrize("line", TABLES.splitlines())
def test_each_line_of_the_tables_has_two_sides(line):
    assert [bool(side.strip()) for side in line.split("=")] == [True, True]


def test_what_is_narrower_is_found_by_the_wider_word_alone():
    """Who asks for fuel may mean pertalite; who asks for pertalite means no other."""
    assert ("pertalite",) in parsed("fuel").clauses[0].nearly
    assert parsed("pertalite").clauses[0].nearly == ()
