"""The demo's feeds carry what real feeds do, are served like them, and come out of the pipeline's rooms as intended."""

from __future__ import annotations

import asyncio
import gzip
import http.client
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from bot.config import load_rules
from bot.demo.book import ALLOW_NETWORKS, EXPLAINED, NEXT_MORNING, NOW, SEARCHES, demo_book
from bot.demo.server import demo_server
from classifiers import compile_judge
from classifiers.grouping import Clusterer, Placed
from feeds.gateway import FetchPolicy, Gateway
from newsdesk.articles import ArticleText, Entry
from newsdesk.identity import canonical_url
from newsdesk.sources import PageText, SourceState
from newsdesk.verdicts import Verdicts

FOLDER = files("bot.demo").joinpath("feeds")


@cache
def harvest() -> dict[str, tuple[str, Entry]]:
    """Every entry of the demo with its source's id, by the last part of its path, fetched and read for real."""

    async def gather() -> dict[str, tuple[str, Entry]]:
        found = {}
        policy = FetchPolicy(user_agent="LintasLayar/test", allow_networks=ALLOW_NETWORKS)
        with demo_server() as base:
            async with Gateway(policy) as gateway:
                for source in demo_book(base).sources:
                    result = await gateway.gather(source, SourceState(source=source.id), NOW)
                    assert result.entries, source.id
                    assert not result.refused
                    for entry in result.entries:
                        slug = urlsplit(entry.url).path.rstrip("/").rpartition("/")[2]
                        mobile = "m/" if "//m." in entry.url else ""
                        found[mobile + slug] = (source.id, entry)
        return found

    return asyncio.run(gather())


def entry(key: str) -> Entry:
    """The one entry whose address contains this."""
    (found,) = [one for slug, (_, one) in harvest().items() if key in slug and not slug.startswith("m/")]
    return found


def text_of(source: str, one: Entry) -> ArticleText:
    """The entry as the classifiers read it."""
    return ArticleText(
        title=one.title,
        summary=one.summary,
        body=one.body,
        language=one.language,
        outlet=source,
        url=one.url,
        published=one.published,
    )


@cache
def verdicts() -> dict[str, Verdicts]:
    """What the shipped rules say about every entry."""
    judge, problems = compile_judge(load_rules())
    assert judge is not None, problems
    return {slug: judge.judge(text_of(source, one)) for slug, (source, one) in harvest().items()}


# ---- the quirks


@pytest.mark.parametrize(
    ("file", "quirk"),
    [
        ("warta-sejagat.xml", "&amp;nbsp;"),  # entities encoded twice
        ("warta-sejagat.xml", "&amp;ndash;"),
        ("warta-sejagat.xml", "Baca juga: Film Horor"),  # another story's keywords inside a description
        ("warta-sejagat.xml", "<pubDate>07/2/2026 17:55 WIB</pubDate>"),  # day first
        ("warta-sejagat.xml", "utm_source=rss&amp;utm_medium=feed"),  # tracking in links
        ("warta-sejagat.xml", "https://m.wartasejagat.example/"),  # the same article under a second address
        ("warta-sejagat.xml", "WARTASEJAGAT.CO.ID, JAKARTA -- "),  # the outlet's lead
        ("rana-harian.xml", '<![CDATA[<img align="left"'),  # a picture in the description
        ("rana-harian.xml", " ...]]>"),  # cut by length
        ("rana-harian.xml", "&amp; Kapten <![CDATA[<3]]>"),  # markup characters and emoji in a title
        ("jakarta-reel.xml", "content:encoded"),  # full text beside the description
        ("jakarta-reel.xml", "appeared first on"),  # a blog's tail
        ("jakarta-reel.xml", "Read also: "),
        ("suara-mahakam.xml", "Sabtu, 07 Februari 2026 17:30 WITA"),  # Indonesian day and month, eastern zone
        ("suara-mahakam.xml", "Sab, 07 Feb 2026 23:59:00 +0700"),  # in the future
        ("suara-mahakam.xml", "+0100"),  # a wrong zone
        ("suara-mahakam.xml", "<strong>samarinda.suaramahakam.id</strong> - "),  # a sub-domain's label
        ("pusat-gawai.atom", "&lt;p&gt;"),  # escaped markup
        ("kota-kita.rdf", "rdf:RDF"),  # RSS 1.0
        ("kota-kita.rdf", "ISO-8859-1"),
        ("kota-kita.rdf", "<h3>Populer</h3>"),  # a sidebar of other headlines inside the text
        ("balik-tabir.html", "<h3>Populer</h3>"),
        ("balik-tabir.html", "6 February 2026, 19:32 WIB"),  # an English month in an Indonesian page
    ],
)
def test_the_feeds_carry_the_quirks_of_real_ones(file: str, quirk: str) -> None:
    """Each defect that feeds are known for stands somewhere in the samples."""
    encoding = "latin-1" if file.endswith(".rdf") else "utf-8"
    assert quirk in FOLDER.joinpath(file).read_text(encoding=encoding)


def test_no_sample_names_a_real_outlet() -> None:
    """All addresses lie under .example (RFC 2606), so that nobody takes the invented stories for somebody's."""
    for file in FOLDER.iterdir():
        for url in file.read_bytes().split(b"http")[1:]:
            host = urlsplit("http" + url.split(b'"')[0].split(b"<")[0].decode("latin-1")).hostname or ""
            assert host.endswith((".example", "w3.org", "purl.org", "search.yahoo.com")), host


# ---- the server


def ask(base: str, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """One request; status, headers, body."""
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=10)
    try:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=sent)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def test_the_server_answers_as_outlets_do() -> None:
    """Whole bodies, gzip where asked for, 304 for a known ETag or date, 404 for the rest; on loopback only."""
    body = FOLDER.joinpath("kota-kita.rdf").read_bytes()
    with demo_server() as base:
        assert urlsplit(base).hostname == "127.0.0.1"
        status, headers, plain = ask(base, "/kota-kita.rdf")
        assert (status, plain, headers["content-type"]) == (200, body, "application/rdf+xml")
        status, packed_headers, packed = ask(base, "/kota-kita.rdf?x=1", Accept_Encoding="gzip")
        assert (status, gzip.decompress(packed), packed_headers["content-encoding"]) == (200, body, "gzip")
        for known in ({"If_None_Match": headers["etag"]}, {"If_Modified_Since": headers["last-modified"]}):
            status, again, nothing = ask(base, "/kota-kita.rdf", **known)
            assert (status, nothing, again["etag"]) == (304, b"", headers["etag"])
        assert ask(base, "/kota-kita.rdf", If_None_Match='"other"')[0] == 200
        assert ask(base, "/kota-kita.rdf", "HEAD")[::2] == (200, b"")
        assert ask(base, "/../book.py")[0] == 404
        assert ask(base, "/")[0] == 404
    with pytest.raises(OSError, match="refused"):
        ask(base, "/kota-kita.rdf")


def test_two_servers_run_side_by_side() -> None:
    """Each takes a free port of its own."""
    with demo_server() as one, demo_server() as other:
        assert one != other
        assert ask(one, "/rana-harian.xml")[2] == ask(other, "/rana-harian.xml")[2]


# ---- what comes out


def test_everything_is_read_and_nothing_is_dated_ahead() -> None:
    """Every item of the eight outlets becomes an Entry with a time that is not in the future."""
    assert len({source for source, _ in harvest().values()}) == 8
    assert len(harvest()) == 29
    assert all(one.published is not None and one.published <= NOW for _, one in harvest().values())


@pytest.mark.parametrize(
    ("key", "moment"),
    [
        ("gandeng-migu", datetime(2026, 2, 7, 10, 55, tzinfo=UTC)),
        ("7710-", datetime(2026, 2, 7, 9, 30, tzinfo=UTC)),
        ("7709-", NOW),
        ("7706-", datetime(2026, 2, 7, 5, 10, tzinfo=UTC)),
        ("kocca-bahas", datetime(2026, 2, 6, 12, 32, tzinfo=UTC)),
        ("imperial-pictures-migu-nota", datetime(2026, 1, 28, 1, 44, tzinfo=UTC)),
    ],
)
def test_odd_dates_are_read_right(key: str, moment: datetime) -> None:
    """Day first, Indonesian names, WITA, ahead of time, an English month on a page."""
    assert entry(key).published == moment


@pytest.mark.parametrize(
    ("key", "title", "summary"),
    [
        ("gandeng-migu", "Gandeng Migu", "Rumah produksi Imperial Pictures"),
        ("7710-", "Festival Film Pendek", "Festival Film Pendek Mahakam menerima"),
        ("4469", "Café Tua", "Lantai tegel"),
        ("imperial-pictures-dan-migu", "Imperial Pictures dan Migu", "Imperial Pictures dan Migu"),
        ("kocca-bahas", "Kementerian Ekraf dan KOCCA", ""),
    ],
)
def test_texts_come_out_clean(key: str, title: str, summary: str) -> None:
    """Leads, pictures, tags and doubly encoded entities are gone."""
    one = entry(key)
    assert one.title.startswith(title)
    assert one.summary.startswith(summary)
    assert "&" not in one.title + one.summary
    assert "<" not in one.title + one.summary


def test_a_hostile_title_arrives_as_it_was_meant() -> None:
    """Quotation marks, an ampersand, a smaller-than sign and an emoji are text, not markup."""
    assert entry("si-kancil").title == 'Animasi "Si Kancil & Kapten <3" 🎬 Diproduksi Bersama Studio Malaysia'


CROSSINGS = {
    "gandeng-migu": ("CN",),
    "imperial-pictures-dan-migu": ("CN",),
    "imperial-pictures-migu-films": ("CN",),
    "imperial-pictures-migu-nota": ("CN",),
    "dialog-film-animasi": ("CN",),
    "animasi-si-kancil": ("MY",),
    "kocca-dan-kementerian": ("KR",),
    "kocca-bahas": ("KR",),
    "hong-kong-fund": ("HK",),
    "4471": ("KR",),
    "7709-": (),  # film and AI within one country
    "indonesia-singapura": ("SG",),  # AI and collaboration
}
ONE_TOPIC = {
    "penjaga-proyektor": "film",
    "7710-": "film",
    "layar-tancap": "film",
    "kelas-kecerdasan": "ai",
}


@pytest.mark.parametrize("key", CROSSINGS)
def test_the_crossings_go_to_the_channel(key: str) -> None:
    """Stories of two topics are taken by the highlights, with the foreign parties that they name."""
    (found,) = [one for slug, one in verdicts().items() if key in slug and not slug.startswith("m/")]
    assert found.channel
    assert found.countries == CROSSINGS[key]


def test_the_rest_of_each_topic_waits_for_the_round_up() -> None:
    """Stories of one topic match just that one."""
    matched = {key: [v.matched for slug, v in verdicts().items() if key in slug] for key in ONE_TOPIC}
    assert matched == {key: [(topic,)] for key, topic in ONE_TOPIC.items()}


@pytest.mark.parametrize(
    "key",
    [
        "kaca-film", "zodiak-gemini", "dua-kabupaten", "laga-persahabatan", "7706-",  # words that only look like it
        "panen-raya", "4469",  # headlines of other stories inside the text
        "4466", "7701-", "harbin", "ferry",  # ordinary news
    ],
)  # fmt: skip
def test_decoys_and_ordinary_news_match_nothing(key: str) -> None:
    """Window film, a zodiac sign, cooperation within the country, football, a woman named Ai, sidebars, the weather."""
    (found,) = [one for slug, one in verdicts().items() if key in slug]
    assert found.matched == ()


@cache
def placed() -> dict[str, Placed]:
    """The stories, by the decision that the pipeline uses."""
    clusterer = Clusterer()
    ordered = sorted(harvest().items(), key=lambda item: item[1][1].published or NOW)
    return {slug: clusterer.add(text_of(source, one)) for slug, (source, one) in ordered}


def story(key: str) -> Placed:
    """Where an article ended up."""
    (found,) = [one for slug, one in placed().items() if key in slug and not slug.startswith("m/")]
    return found


def test_one_event_of_three_outlets_is_one_story_that_follows_the_earlier() -> None:
    """The statement of 7 February is told thrice, once in English, and continues the signing of ten days before."""
    three = {story(key).story for key in ("gandeng-migu", "imperial-pictures-dan-migu", "imperial-pictures-migu-films")}
    assert len(three) == 1
    assert story("gandeng-migu").follows == story("imperial-pictures-migu-nota").story
    assert story("kocca-bahas").story == story("kocca-dan-kementerian").story
    assert story("4471").story != story("jakarta-tawarkan").story


def test_the_second_address_of_an_article_is_the_same_article() -> None:
    """Without tracking, page parameters and the mobile host, both links are one; it is the one that is explained."""
    links = {canonical_url(one.url) for slug, (_, one) in harvest().items() if "gandeng-migu" in slug}
    assert links == {canonical_url(EXPLAINED)}
    assert len([slug for slug in harvest() if "gandeng-migu" in slug]) == 2


def test_the_book_is_safe_and_its_times_fit_the_routes() -> None:
    """Previews only, no page is fetched; now is outside the quiet hours, and next morning the round-up is due."""
    book = demo_book("http://127.0.0.1:1")
    assert {route.chat for route in book.routes} == {"preview"}
    assert {source.page_text for source in book.sources} == {PageText.NEVER}
    highlights, roundup = book.routes
    assert highlights.quiet is not None
    assert roundup.digest is not None
    now, morning = (moment.astimezone(ZoneInfo(roundup.timezone)) for moment in (NOW, NEXT_MORNING))
    assert highlights.quiet.end <= now.time() < highlights.quiet.start
    assert any(now < datetime.combine(morning, at, morning.tzinfo) <= morning for at in roundup.digest.at)
    assert len(SEARCHES) == 3
