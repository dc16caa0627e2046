"""The sources.yaml that ships is right, honest about what it does not know, and safe for a first run."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.config import load_book
from bot.config.book import default_routes
from newsdesk.routes import PREVIEW
from newsdesk.sources import PageText, Source, SourceKind

FILE = Path(__file__).parents[2] / "sources.yaml"
BOOK = load_book(FILE)
LINES = FILE.read_text(encoding="utf-8").splitlines()


def source(source_id: str) -> Source:
    """The listed source of that id."""
    found = BOOK.source(source_id)
    assert found is not None, source_id
    return found


@pytest.mark.parametrize(
    "host",
    [
        "www.antaranews.com", "en.antaranews.com", "mediaindonesia.com", "bolong.id", "rmol.id", "hot.detik.com",
        "inet.detik.com", "news.detik.com", "feed.liputan6.com", "www.republika.co.id", "www.cnnindonesia.com",
        "www.cnbcindonesia.com", "international.sindonews.com", "www.tempo.co", "en.yna.co.kr", "variety.com",
        "www.hollywoodreporter.com", "lapi.kumparan.com", "sindikasi.okezone.com", "tirto.id", "www.channelnewsasia.com",
    ],
)  # fmt: skip
def test_the_outlets_that_the_desk_is_for_are_polled(host: str) -> None:
    """Each outlet has at least one enabled source."""
    assert host in {urlsplit(one.url).hostname for one in BOOK.enabled()}


@pytest.mark.parametrize(
    "dead",
    [
        r"//rss\.detik\.com", r"merdeka\.com/feed", r"rss\.tempo\.co", r"tempo\.co/rss", r"rss\.kompas\.com",
        r"kompas\.com/getrss", r"//www\.thejakartapost\.com", r"voaindonesia", r"bbci\.co\.uk/indonesia/index\.xml",
        r"(economy|techno)\.okezone\.com", r"suara\.com", r"//www\.bisnis\.com", r"idntimes", r"rss\.kontan",
        r"antaranews\.com/rss/(hiburan|dunia|tekno|ekonomi|olahraga|politik|hukum|humaniora|metro|warta-bumi|video)(\.xml)?$",
    ],
)  # fmt: skip
def test_what_is_dead_or_frozen_or_not_ours_is_left_out(dead: str) -> None:
    """No source has an address that answers with nothing, with old news, or by a key that leaked."""
    assert not [one.url for one in BOOK.sources if re.search(dead, one.url)]


def test_a_first_run_posts_to_nobody() -> None:
    """The routes are those of the house and a look back at the week; all lead to the preview, so that a newcomer with a
    token floods no channel.
    """
    *routes, week = BOOK.routes
    assert tuple(routes) == default_routes()
    assert week.weekly is not None
    assert week.chat == PREVIEW


def test_antaras_pages_are_never_fetched() -> None:
    """The notice under ANTARA's articles forbids it; the same is written out for each of its sources."""
    antara = [one for one in BOOK.sources if "antaranews.com" in one.url]
    assert len(antara) >= 6
    assert {one.page_text for one in antara} == {PageText.NEVER}
    blocks = re.split(r"\n\n", "\n".join(LINES))
    assert all("page_text: never" in block for block in blocks if "url: https://" in block and "antaranews" in block)


def test_bolong_is_a_listing_by_the_pattern_of_its_articles() -> None:
    """No feed is known: the front page's links, unverified; the news search instead of it is off."""
    bolong = source("bolong")
    assert bolong.kind is SourceKind.LISTING
    assert bolong.listing is not None
    assert bolong.listing.pattern == "/{author}/{MMYY}/{slug}"
    assert not bolong.verified
    assert not source("search-bolong").enabled


def test_news_searches_are_off_and_slow() -> None:
    """Their robots.txt is said to disallow them: nobody polls them without having decided to."""
    searches = [one for one in BOOK.sources if "news.google.com" in one.url]
    assert len(searches) >= 3
    assert all(not one.enabled and one.every >= timedelta(hours=1) for one in searches)


def test_what_nobody_has_seen_alive_says_so() -> None:
    """The sub-sections to be checked live, and outlets known from lists only, are unverified and say why."""
    unverified = {one.id: one for one in BOOK.sources if not one.verified}
    assert {"antara-sinema", "antara-tekno", "antara-internasional", "antara-en", "rmol", "bolong"} <= set(unverified)
    assert all(one.note for one in unverified.values())


@pytest.mark.parametrize(
    ("source_id", "least", "most"),
    [
        ("antara-terkini", 20, 30),  # 50 items cover 98 minutes
        ("mediaindonesia", 5, 10),  # ten items can span 13
        ("republika", 10, 17),  # 18
        ("tirto", 10, 32),  # 33
        ("sindonews-international", 10, 34),  # 35
        ("liputan6-showbiz", 10, 45),  # 46
        ("tribunnews", 1, 8),  # 9
    ],
)
def test_fast_feeds_are_read_before_their_items_scroll_away(source_id: str, least: int, most: int) -> None:
    """The pace lies below the shortest time that a feed's ten items were seen to cover, and is not needlessly fast."""
    assert timedelta(minutes=least) <= source(source_id).every <= timedelta(minutes=most)


def test_foreign_outlets_have_their_own_language_and_zone() -> None:
    """English stories are tagged as such, and dates without a zone are read in the outlet's."""
    assert (source("yonhap").language, source("yonhap").timezone) == ("en", "Asia/Seoul")
    assert {one.language for one in BOOK.sources} == {"id", "en"}
    assert all(one.language == "en" for one in BOOK.sources if one.timezone.startswith("America/"))


def test_the_file_is_block_style_with_one_key_a_line() -> None:
    """What an operator edits by line: no inline mappings or lists (but in rules), no tabs, no endless lines."""
    for line in LINES:
        assert len(line) <= 120
        assert "\t" not in line
        if not line.strip().startswith("#"):
            value = line.partition(": ")[2]
            assert not value.startswith(("{", "["))
            assert len(re.findall(r"(?:^|\s)[a-z_]+:(?:\s|$)", line)) <= 1


def test_all_keys_of_a_source_are_explained_in_the_file() -> None:
    """An operator needs no other page to write a source."""
    head = "\n".join(line for line in LINES[: LINES.index("defaults:")])
    keys = ("id", "name", "url", "kind", "every", "timezone", "language", "max_age", "first", "rights", "enabled")
    for key in (*keys, "verified", "note", "`pattern`", "`item`", "`title`", "`link`", "`date`", "page_text"):
        assert re.search(rf"#.*(\s|^){re.escape(key)}\b" if key[0] != "`" else re.escape(key), head), key
