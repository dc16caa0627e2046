"""An article is recognised when it comes again, and two articles are never taken for one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdesk.articles import Article, Entry
from newsdesk.identity import (
    Kind,
    canonical_url,
    direct_url,
    fingerprint,
    fold,
    identify,
    outlet_id,
    recognise,
    revise,
    shown_url,
    site_of,
)

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)

RMOL = "https://rmol.id/dunia/read/2025/12/18/690806/forum-film"


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTP://WWW.RMOL.id:80/dunia/read/2025/12/18/690806/forum-film/", RMOL),
        ("https://m.rmol.id/amp/dunia/read/2025/12/18/690806/forum-film?page=all#atas", RMOL),
        ("https://amp.rmol.id/dunia/read/2025/12/18/690806/forum-film/amp/", RMOL),
        ("https://rmol.id//dunia/read/2025/12/18/690806/forum-film?utm_source=x&fbclid=y&source=rss", RMOL),
        ("https://user:pass@rmol.id:443/dunia/read/2025/12/18/690806/forum%2Dfilm?page=2", RMOL),
        ("https://rmol-id.cdn.ampproject.org/c/s/rmol.id/amp/dunia/read/2025/12/18/690806/forum-film", RMOL),
        ("https://www.google.com/amp/s/rmol.id/amp/dunia/read/2025/12/18/690806/forum-film", RMOL),
        ("https://www.google.com/url?q=https://rmol.id/dunia/read/2025/12/18/690806/forum-film&sa=D", RMOL),
        ("https://a.example/?p=12&b=2&a=1", "https://a.example?a=1&b=2&p=12"),
        ("https://a.example/index.php?id=7&page=2", "https://a.example/index.php?id=7&page=2"),
        ("https://www.bbc.com/news/articles/cq87?at_medium=RSS&at_campaign=rss", "https://bbc.com/news/articles/cq87"),
        ("https://a.example/Besar/kecil", "https://a.example/Besar/kecil"),
        ("https://a.example/kafé dua", "https://a.example/kaf%C3%A9%20dua"),
        ("https://a.example/kaf%c3%a9%20dua", "https://a.example/kaf%C3%A9%20dua"),
        ("https://a.example:8443/x", "https://a.example:8443/x"),
        ("http://[::1]:81/x", "https://[::1]:81/x"),
        ("https://m.co.id/x", "https://m.co.id/x"),
        ("https://www.co/x", "https://www.co/x"),
        ("  ", ""),
        ("bukan alamat", "bukan alamat"),
        ("http://[rusak/", "http://[rusak/"),
        ("http://a.example:99999/", "http://a.example:99999/"),
    ],
)
def test_an_address_has_one_spelling(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical
    assert canonical_url(canonical) == canonical


@given(st.text(max_size=120).map(lambda text: "http://a.example/" + text))
def test_the_canonical_spelling_is_its_own(url: str) -> None:
    assert canonical_url(canonical_url(url)) == canonical_url(url)


def test_a_feedsportal_proxy_gives_up_the_address() -> None:
    proxy = (
        "http://detik.feedsportal.com/c/33613/f/656083/s/39db72c9/l/0Lnews0Bdetik0N0Cread0C20A140C0A40C290C0A80A540A"
        "0C25682530C10A0Cperjalanan0Eipod/story01.htm"
    )
    assert direct_url(proxy) == "http://news.detik.com/read/2014/04/29/080540/2568253/10/perjalanan-ipod"
    assert direct_url("http://x.feedsportal.com/c/1/mf.gif") == "http://x.feedsportal.com/c/1/mf.gif"


@pytest.mark.parametrize(
    ("url", "number"),
    [
        ("https://news.detik.com/berita/d-7973694/slug", "detik.com:d-7973694"),
        ("https://m.detik.com/hot/d-7973694/slug-lain", "detik.com:d-7973694"),
        ("http://news.detik.com/read/2014/04/29/080540/2568253/10/slug", "detik.com:2568253"),
        ("https://www.antaranews.com/berita/5688248/slug", "antaranews.com:5688248"),
        ("https://otomotif.antaranews.com/berita/5688248/slug", "antaranews.com:5688248"),
        ("https://m.antaranews.com/amp/berita/5688248/slug", "antaranews.com:5688248"),
        ("https://jambi.antaranews.com/berita/527157/slug", "jambi.antaranews.com:527157"),
        ("https://en.antaranews.com/news/391234/slug", "en.antaranews.com:391234"),
        (RMOL, "rmol.id:690806"),
        ("https://rmol.id/amp/dunia/read/2025/12/18/690806/x", "rmol.id:690806"),
        ("https://www.liputan6.com/news/read/6302253/slug", "liputan6.com:6302253"),
        ("http://bola.liputan6.com/read/2934383/slug?utm_source=lpfeed", "liputan6.com:2934383"),
        ("https://www.tempo.co/ekonomi/rp-2-430-t-2253421", "tempo.co:2253421"),
        ("https://nasional.tempo.co/read/2098795/slug", "tempo.co:2098795"),
        ("https://nasional.sindonews.com/read/1578393/13/slug-1749557189", "sindonews.com:1578393"),
        ("https://www.cnnindonesia.com/ekonomi/20260814171516-532-1392442/slug", "cnnindonesia.com:1392442"),
        ("https://www.cnbcindonesia.com/tech/20260813153046-37-759019/slug", "cnbcindonesia.com:759019"),
        ("https://techno.okezone.com/read/2025/06/15/57/3147468/slug", "okezone.com:3147468"),
        ("https://www.kompas.com/global/read/2026/08/11/184100970/slug", "kompas.com:20260811184100970"),
        ("https://news.republika.co.id/berita/tc09n94830000/slug", "republika.co.id:tc09n94830000"),
        ("https://www.tribunnews.com/nasional/7867036/slug", "tribunnews.com:7867036"),
        ("https://mediaindonesia.com/ekonomi/858201/slug-panjang", "mediaindonesia.com:858201"),
        ("https://jabar.jpnn.com/jabar-terkini/30188/slug-panjang", "jabar.jpnn.com:30188"),
        ("https://variety.com/2026/film/news/slug-1236762819/", "variety.com:1236762819"),
        ("https://en.yna.co.kr/view/AEN20261001001000315", "yna.co.kr:AEN20261001001000315"),
        ("https://bolong.id/sari/0126/slug", ""),
        ("https://a.example/2026/08/11/slug-panjang", ""),
        ("https://a.example/20260811/slug-panjang", ""),
        ("https://a.example/tag/12345", ""),
        ("bukan alamat", ""),
    ],
)
def test_the_outlets_own_number_is_found(url: str, number: str) -> None:
    assert outlet_id(url) == number


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://news.republika.co.id/x", "republika.co.id"),
        ("https://hot.detik.com/x", "detik.com"),
        ("https://rmol.id/x", "rmol.id"),
        ("http://127.0.0.1:8080/x", "127.0.0.1:8080"),
        ("x", ""),
    ],
)
def test_the_site_is_the_domain_without_sub_domains(url: str, site: str) -> None:
    assert site_of(url) == site


# --- recognition -----------------------------------------------------------------------------------------------------

TITLE = "Forum film dan animasi dibuka di Beijing"
SUMMARY = "Enam puluh perusahaan mengikuti forum dua hari itu dan bertukar pengalaman."


def entry(url: str = RMOL, title: str = TITLE, summary: str = SUMMARY, body: str = "") -> Entry:
    return Entry(title=title, url=url, summary=summary, body=body)


def article(seen: Entry, number: int = 1) -> Article:
    identity = identify(seen.url, seen.title, seen.summary)
    return Article(
        id=number,
        source="rmol",
        outlet="RMOL",
        title=seen.title,
        url=seen.url,
        identity=identity,
        first_seen=NOW,
        at=NOW,
        summary=seen.summary,
        body=seen.body,
    )


def kind_of(new: Entry, *known: Article, source: str = "") -> Kind:
    return recognise(new, identify(new.url, new.title, new.summary), known, source=source).kind


SLUG = "https://rmol.id/dunia/read/2025/12/18/690806/judul-lain"
PLAIN = "https://outlet.example/berita/forum"


@pytest.mark.parametrize(
    "again",
    [
        entry(),
        entry("https://m.rmol.id/amp/dunia/read/2025/12/18/690806/forum-film?utm_source=rss"),
        entry(SLUG),
        entry(title="FORUM  film &amp;dan animasi  dibuka di Beijing".replace("&amp;", "")),
        entry(title="Forum film dan animasi dibuka di ..."),
        entry(title="“Forum film” dan animasi dibuka di Beijing"),
        entry(summary="Enam puluh perusahaan mengikuti forum dua&nbsp;hari itu ..."),
        entry(summary=""),
        entry(summary=SUMMARY[:-1]),
        replace(entry(), published=NOW, guid="99"),
    ],
    ids=[
        "same",
        "amp",
        "slug",
        "case",
        "cut title",
        "quotes",
        "cut summary",
        "no summary",
        "full stop",
        "date and guid",
    ],
)
def test_a_mere_rewriting_is_the_same_article(again: Entry) -> None:
    assert kind_of(again, article(entry())) is Kind.SAME


def test_a_long_text_cut_by_length_is_no_edit() -> None:
    long = " ".join([SUMMARY] * 3)
    assert kind_of(entry(summary=long[:150]), article(entry(summary=long))) is Kind.SAME


@pytest.mark.parametrize(
    ("again", "reason"),
    [
        (entry(title="Forum film dan animasi ditutup di Beijing"), "the title was edited"),
        (entry(SLUG, title="Judul yang sama sekali lain"), "the title was edited"),
        (entry(summary="Tujuh puluh perusahaan mengikuti forum itu."), "the summary was edited"),
        (entry(body="Isi lengkap. " * 50), "the full text came"),
    ],
)
def test_an_edit_changes_the_article(again: Entry, reason: str) -> None:
    found = recognise(again, identify(again.url, again.title, again.summary), [article(entry())])
    assert found.kind is Kind.CHANGED
    assert found.article is not None
    assert found.reason.endswith(reason)


@pytest.mark.parametrize(
    ("known", "again"),
    [
        (entry(), entry("https://rmol.id/dunia/read/2025/12/19/690999/forum-film")),
        (entry(PLAIN, summary="Pendek."), entry(PLAIN + "-2", summary="Pendek.")),
        (entry(PLAIN), entry("https://lain.example/berita/forum")),
        (
            entry(PLAIN),
            entry(PLAIN + "-2", summary="Ringkasan lain yang cukup panjang untuk dibandingkan dengan yang lama."),
        ),
    ],
    ids=["another number", "too few words", "another outlet", "other words"],
)
def test_two_articles_stay_two(known: Entry, again: Entry) -> None:
    assert kind_of(again, article(known)) is Kind.NEW


def test_equal_words_under_another_address_of_an_outlet_without_numbers_are_one_article() -> None:
    assert kind_of(entry(PLAIN + "-baru"), article(entry(PLAIN))) is Kind.SAME


def test_the_address_counts_more_than_number_and_words() -> None:
    by_words, by_number, by_address = (article(entry(PLAIN), 1), article(entry(SLUG), 2), article(entry(), 3))
    found = recognise(entry(), identify(RMOL, TITLE, SUMMARY), [by_words, by_number, by_address])
    assert found.article == by_address
    found = recognise(entry(), identify(RMOL, TITLE, SUMMARY), [by_words, by_number])
    assert found.article == by_number


def test_a_full_text_that_becomes_a_lead_again_is_no_change_and_loses_nothing() -> None:
    text = SUMMARY + " Hari kedua membahas pendanaan bersama. " * 20
    full = article(entry(summary="", body=text))
    assert kind_of(entry(), full) is Kind.SAME
    edited = entry(title="Judul baru dari redaksi")
    assert kind_of(edited, full) is Kind.CHANGED
    assert revise(full, edited, NOW).body == text


def test_only_the_first_source_edits_but_any_may_bring_the_full_text() -> None:
    """Feeds of one outlet word the same article differently; taking turns would change it at every poll."""
    other = entry(summary="Kata-kata lain dari umpan lain milik media yang sama ini.")
    assert kind_of(other, article(entry()), source="rmol") is Kind.CHANGED
    assert kind_of(other, article(entry()), source="rmol-politik") is Kind.SAME
    assert kind_of(entry(body="Isi. " * 99), article(entry()), source="rmol-politik") is Kind.CHANGED


def test_a_revision_takes_the_edit_and_keeps_the_rest() -> None:
    old = replace(article(entry(body="isi lama")), author="A", image="i", published=NOW)
    new = revise(old, replace(entry(title="Judul baru", summary="Enam puluh perusahaan ..."), author=""), NOW)
    assert (new.title, new.summary, new.body, new.author) == ("Judul baru", SUMMARY, "isi lama", "A")
    assert (new.id, new.identity, new.first_seen, new.at, new.revised) == (
        old.id,
        old.identity,
        old.first_seen,
        old.at,
        NOW,
    )


FRONT = "https://www.tribunnews.com/"
OWN = "https://www.tribunnews.com/nasional/7867036/forum-film"


def test_stories_under_a_front_pages_address_are_told_apart_by_their_titles() -> None:
    """A recorded feed once linked all its items to the outlet's front page."""
    lost = article(entry(FRONT))
    assert kind_of(entry(FRONT), lost) is Kind.SAME
    assert kind_of(entry(FRONT, title="Berita lain sama sekali"), lost) is Kind.NEW
    assert identify(FRONT, "Satu", "").url != identify(FRONT, "Dua", "").url


def test_a_story_under_a_front_pages_address_is_the_one_known_by_its_own() -> None:
    assert kind_of(entry(FRONT), article(entry(OWN))) is Kind.SAME


def test_a_storys_own_address_replaces_the_front_page() -> None:
    lost = article(entry(FRONT))
    found = recognise(entry(OWN), identify(OWN, TITLE, SUMMARY), [lost], source="another feed")
    assert (found.kind, found.reason.endswith("its own address came")) == (Kind.CHANGED, True)
    healed = revise(lost, entry(OWN), NOW)
    assert (healed.url, healed.identity) == (OWN, lost.identity)
    assert kind_of(entry(OWN), healed) is Kind.SAME


def test_a_fingerprint_needs_enough_words() -> None:
    assert fingerprint(PLAIN, "Jadwal salat", SUMMARY) == ""
    assert fingerprint(PLAIN, TITLE, "Pendek saja.") == ""
    assert fingerprint(PLAIN, TITLE, SUMMARY) == fingerprint("https://m.outlet.example/x", TITLE.upper(), SUMMARY + "!")


def test_numbers_count_as_words() -> None:
    assert fold("Rp1.500 – Kafé&nbsp;“A”") == "rp1 500 kafe a"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("https://www.a.id/x?utm_source=rss&id=5&utm_medium=feed", "https://www.a.id/x?id=5"),
        ("https://www.a.id/x?utm_source=rss", "https://www.a.id/x"),
        ("https://www.a.id/x?fbclid=1#komentar", "https://www.a.id/x#komentar"),
        ("https://www.a.id/x?page=2&q=a%20b", "https://www.a.id/x?page=2&q=a%20b"),
        ("https://www.a.id/x", "https://www.a.id/x"),
    ],
)
def test_what_is_shown_is_the_outlets_spelling_without_what_follows_readers(given: str, shown: str) -> None:
    assert shown_url(given) == shown
