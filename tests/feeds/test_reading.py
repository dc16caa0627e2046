"""What feeds, sitemaps and listings say becomes exactly the entries that a person would write down."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feeds.child import read
from feeds.entries import MOST_BODY, MOST_ITEMS, MOST_SUMMARY, MOST_TITLE, MOST_URL, opening
from feeds.listing import url_pattern
from feeds.markup import first_image, text_of, title_of
from feeds.wire import Job, Reading, Task
from newsdesk.errors import ParseError
from newsdesk.sources import Listing

DATA = Path(__file__).parent / "data"
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
JOB = Job(
    task=Task.FEED,
    url="https://feeds.example/rss.xml",
    name="Contoh",
    zone="Asia/Jakarta",
    language="id",
    now=NOW,
)


def rss(*items: str, prolog: str = '<?xml version="1.0"?>') -> bytes:
    channel = "<title>Contoh</title><link>https://outlet.example/</link>"
    return f'{prolog}<rss version="2.0"><channel>{channel}{"".join(items)}</channel></rss>'.encode()


def item(title: str = "Judul", link: str = "https://outlet.example/a", more: str = "") -> str:
    return f"<item><title>{title}</title><link>{link}</link>{more}</item>"


def plain(reading: Reading) -> dict[str, Any]:
    """A reading as the expected files write it: what is empty is left out."""
    entries = []
    for entry in reading.entries:
        fields = asdict(entry) | {"published": entry.published.isoformat() if entry.published else None}
        del fields["language"]
        entries.append({name: value for name, value in fields.items() if value not in ("", None)})
    return {"entries": entries, "refused": [[refusal.reason, refusal.title] for refusal in reading.refused]}


@pytest.mark.parametrize("name", sorted(path.stem for path in DATA.glob("*.xml")))
def test_a_feed_with_known_quirks_gives_the_expected_entries(name: str) -> None:
    expected = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    assert plain(read(JOB, (DATA / f"{name}.xml").read_bytes())) == expected


def test_there_is_a_feed_for_each_quirk() -> None:
    assert len(list(DATA.glob("*.xml"))) == len(list(DATA.glob("*.json"))) >= 14


# --- what is no feed -------------------------------------------------------------------------------------------------

ODD_ENCODINGS = ("utf-7", "utf-32-le", "utf-32-be", "utf-16-be", "cp037", "hz")


def in_odd_encoding(name: str, doctype: str) -> bytes:
    """A feed in that encoding, whose prolog names it; where ASCII stays ASCII the DOCTYPE is spelled around it."""
    prolog = f'<?xml version="1.0" encoding="{name}"?>'
    text = rss(item("Judul apa"), prolog=prolog + doctype).decode()
    if name == "utf-7":
        return text.replace("<!", "+ADwAIQ-").encode()
    return text.encode(name)


_INSIDE = rss(item("Masuk dulu")).removeprefix(b'<?xml version="1.0"?>')
PAGES = (
    b"<!DOCTYPE html><html><body>" + _INSIDE + b"</body></html>",
    b"<!doctype HTML>\n<script>var t = '" + _INSIDE + b"'</script>",
    b"<script>location = '/masuk'</script>" + _INSIDE,
    b" " * 5_000 + b"<html><body>" + _INSIDE + b"</body></html>",
    b"<!-- " + b"x" * 5_000 + b" --><?php?>\n<!---><html> --><HTML lang=id>" + _INSIDE,
    (b"<!DOCTYPE html><html>" + _INSIDE).decode().encode("utf-16"),
)
"""Login pages and bot checks that carry what looks like a feed: nothing of it is an item."""
NOT_PAGES = (
    b"<!-- <html> <head> -->" + _INSIDE,
    b"<br />\n<b>Warning</b>: Undefined index in <b>/feed.php</b><br />" + _INSIDE,
    _INSIDE + b"<html><body><script>hitung()</script></body></html>",
)

ENTITY = '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", "not-a-feed"),
        (b"\0" * 50, "not-a-feed"),
        (b"/etc/passwd", "not-a-feed"),
        (b"http://127.0.0.1:9/x", "not-a-feed"),
        (b'{"items": []}', "not-a-feed"),
        (b"\x89PNG\r\n\x1a\n\0\0<ti>\xff\xfe<title>x</title>\x80<link>y</link>", "not-a-feed"),
        (b"<!DOCTYPE html><html><head><title>Masuk</title></head></html>", "html"),
        (b"\xef\xbb\xbf \n<HTML><body>Just a moment...</body></HTML>", "html"),
        ("<html><body>x</body></html>".encode("utf-16"), "html"),
        (b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "x"><html></html>', "html"),
        *((page, "html") for page in PAGES),
        (rss(item(), prolog=ENTITY), "dtd"),
        (rss(item(), prolog='<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), "dtd"),
        (rss(item(), prolog='<!DOCTYPE r [<!ENTITY % x SYSTEM "http://127.0.0.1/">%x;]>'), "dtd"),
        (rss(item(), prolog=f'\n\n<?xml version="1.0"?>{ENTITY}'), "dtd"),
        (
            ("\ufeff" + rss(item(), prolog=f'<?xml version="1.0" encoding="utf-16"?>{ENTITY}').decode()).encode(
                "utf-16-le"
            ),
            "dtd",
        ),
        (rss(item(), prolog=f"<!-- <rss> {'panjang ' * 20_000} -->{ENTITY}"), "dtd"),
        (rss(item(), prolog='<!DOCTYPE r [%unknown; <!ENTITY a "aaaa">]>'), "dtd"),
        (rss(item(), prolog=f"bukan xml {ENTITY}"), "dtd"),
        *((in_odd_encoding(name, ENTITY), "dtd") for name in ODD_ENCODINGS),
    ],
)
def test_what_is_no_feed_is_named(body: bytes, status: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(JOB, body)
    assert caught.value.status == status


@pytest.mark.parametrize("body", NOT_PAGES)
def test_a_feed_with_a_bit_of_a_page_is_a_feed(body: bytes) -> None:
    assert [entry.title for entry in read(JOB, body).entries] == ["Masuk dulu"]


def test_a_path_is_not_opened_and_an_address_not_fetched(tmp_path: Path) -> None:
    """feedparser would open a text that is a path: the file at that path is a good feed, and must not be found."""
    hidden = tmp_path / "feed.xml"
    hidden.write_bytes(rss(item("Rahasia")))
    for body in (str(hidden).encode(), hidden.as_uri().encode()):
        with pytest.raises(ParseError, match="no RSS or Atom feed"):
            read(JOB, body)


@pytest.mark.parametrize("name", ["utf-8", *ODD_ENCODINGS])
@pytest.mark.parametrize(
    "doctype",
    [
        "",
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://127.0.0.1:9/rss-0.91.dtd">',
        "<!DOCTYPE rss [<!ELEMENT rss (channel)><!ATTLIST rss version CDATA #IMPLIED>]>",
    ],
)
def test_a_doctype_without_entities_is_fine_in_any_encoding(doctype: str, name: str) -> None:
    """The guard above refuses declarations, not old feeds: nothing of the DTD's address is fetched either."""
    assert [entry.title for entry in read(JOB, in_odd_encoding(name, doctype)).entries] == ["Judul apa"]


@pytest.mark.parametrize(
    "name", ["undefined", "idna", "punycode", "unicode-escape", "zlib", "base64", "no-such-encoding", "utf_8_sig"]
)
def test_an_encoding_that_is_none_is_passed_over(name: str) -> None:
    """A codec that turns bytes into no text costs nothing but its own word."""
    body = rss(item("Judul apa", more="<author>\xff</author>"), prolog=f'<?xml version="1.0" encoding="{name}"?>')
    for sent in (body, body.decode().encode("latin-1")):
        assert [entry.title for entry in read(JOB, sent).entries] == ["Judul apa"]


def test_an_article_about_entities_is_no_bomb() -> None:
    reading = read(JOB, rss(item(more="<description><![CDATA[Tulis <!ENTITY x> di berkas.]]></description>")))
    assert len(reading.entries) == 1


def test_an_empty_channel_is_fine_and_remarked() -> None:
    reading = read(JOB, rss())
    assert (reading.entries, reading.note) == ((), "a valid feed without items")


# --- encodings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "declared", "content_type"),
    [
        ("utf-8", "", ""),
        ("utf-8", "utf-8", "text/xml"),
        ("utf-8", "iso-8859-1", ""),
        ("utf-8", "utf-8", "text/xml; charset=ISO-8859-1"),
        ("utf-8", "utf-16", ""),
        ("utf-8-sig", "utf-8", ""),
        ("utf-16", "utf-16", ""),
        ("utf-16", "", ""),
        ("utf-16", "utf-8", "text/xml; charset=utf-8"),
        ("utf-16-le", "", ""),
        ("utf-16-be", "utf-16", ""),
        ("utf-32", "", ""),
        ("utf-32-be", "iso-8859-1", ""),
        ("cp1252", "windows-1252", ""),
        ("cp1252", "", ""),
        ("latin-1", "iso-8859-1", "text/xml; charset=utf-8"),
        ("latin-1", "", "text/xml; charset=ISO-8859-1"),
    ],
)
def test_the_encoding_is_judged_by_the_bytes(encoding: str, declared: str, content_type: str) -> None:
    prolog = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    body = rss(item("Kafé déjà vu"), prolog=prolog).decode().encode(encoding)
    assert [entry.title for entry in read(replace(JOB, content_type=content_type), body).entries] == ["Kafé déjà vu"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_a_wide_encoding_needs_no_prolog(encoding: str) -> None:
    body = rss(item("Kafé déjà vu"), prolog="").decode().encode(encoding)
    assert [entry.title for entry in read(JOB, body).entries] == ["Kafé déjà vu"]
    assert read(JOB, body[: len(body) - 3] + b"\xd8").entries, "half a character at the end costs no more than itself"


@pytest.mark.parametrize("reference", ["&#xD800;", "&#55296;", "&#x110000;", "&#99999999999999999999;", "&#0;"])
def test_one_impossible_character_does_not_cost_the_feed(reference: str) -> None:
    reading = read(JOB, rss(item(f"Judul {reference} aneh"), item("Kedua")))
    assert [entry.title.encode()[:5] for entry in reading.entries] == [b"Judul", b"Kedua"]


def test_a_name_space_with_a_space_does_not_cost_the_feed() -> None:
    """feedparser's strict parser stumbles over it; the loose one reads the feed."""
    body = rss(item()).replace(b'version="2.0"', b'version="2.0" xmlns:x="http://x.example/ 1" x:y="z"')
    body = body.replace(b"<item>", b"<item><x:a>b</x:a>")
    assert [entry.title for entry in read(JOB, body).entries] == ["Judul"]


# --- limits ----------------------------------------------------------------------------------------------------------


def test_fields_are_cut_at_their_limits() -> None:
    long = "kata " * 20_000
    reading = read(JOB, rss(item(long, more=f"<description>pendek</description><author>{'nama ' * 99}</author>")))
    assert len(reading.entries[0].title) <= MOST_TITLE
    assert reading.note == "1 items with a text that was longer than is kept"
    full = read(JOB, rss(item(more=f"<description>{long}</description>"))).entries[0]
    assert len(full.summary) <= MOST_SUMMARY
    assert 0.9 * MOST_BODY < len(full.body) <= MOST_BODY


@pytest.mark.parametrize(("length", "kept"), [(MOST_URL - len("https://feeds.example/"), True), (MOST_URL - 5, False)])
def test_a_relative_address_is_measured_when_it_is_whole(length: int, kept: bool) -> None:
    """As long as an address may be it is kept; what only its site's name makes too long is none."""
    [entry] = read(JOB, rss(item(more=f'<enclosure url="{"g" * length}" type="image/jpeg" length="1"/>'))).entries
    assert bool(entry.image) is kept
    assert len(entry.image) in (0, MOST_URL)


@pytest.mark.parametrize("count", [MOST_ITEMS + 200, 5_000])
def test_of_a_giant_feed_the_newest_items_are_kept(count: int) -> None:
    """Both ways of thinning keep the newest by date, wherever they stand, and say so."""
    dated = [
        item(
            f"Berita {n}",
            f"https://outlet.example/{n}",
            f"<pubDate>{NOW - timedelta(minutes=n):%d %b %Y %H:%M} GMT</pubDate>",
        )
        for n in range(count)
    ]
    reading = read(JOB, rss(*reversed(dated)))
    assert len(reading.entries) == MOST_ITEMS
    assert {entry.title for entry in reading.entries} == {f"Berita {n}" for n in range(MOST_ITEMS)}
    assert f"{count:,} items" in reading.note


def test_the_summary_of_a_full_text_ends_with_a_sentence() -> None:
    text = " ".join(f"Kalimat nomor {n} cukup panjang untuk diuji." for n in range(40))
    made = opening(text)
    assert text.startswith(made)
    assert made.endswith(".")
    assert 100 < len(made) <= 400
    assert opening("kata " * 200).endswith("…")


# --- markup ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("biasa saja", "biasa saja"),
        ("A &amp; B <3", "A & B <3"),
        ("a &lt;b&gt;tebal&lt;/b&gt;", "a tebal"),
        ("<p>satu</p><p>dua</p>tiga", "satu\ndua\ntiga"),
        ("satu<br>dua<br/>tiga", "satu\ndua\ntiga"),
        ("<p>satu\n  dua</p>", "satu dua"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("<script>alert(1)</script><style>p{}</style>isi", "isi"),
        ("<figure><img src=x><figcaption>ket</figcaption></figure>isi", "isi"),
        ('<div class="baca-juga"><a>lain</a></div>isi', "isi"),
        ('<div class="bacajuga2">x</div><p class="baca juga">y</p>', "y"),
        ("<strong>jabar.jpnn.com</strong>, BOGOR - Isi", "jabar.jpnn.com, BOGOR - Isi"),
        ("&amp;lt;p&amp;gt;dua kali&amp;lt;/p&amp;gt;", "dua kali"),
        ("<b>tak ditutup", "tak ditutup"),
        ("harga <Rp10 ribu", "harga <Rp10 ribu"),
        ("<!-- komentar -->isi", "isi"),
    ],
)
def test_markup_becomes_the_text_that_a_reader_sees(markup: str, text: str) -> None:
    assert text_of(markup) == text


def test_titles_lose_tags_but_no_words() -> None:
    assert title_of("<i>Film</i> &amp;amp; <b>AI</b> 5 < 6, harga <Rp10 ribu>") == "Film & AI 5 < 6, harga <Rp10 ribu>"


def test_a_counting_pixel_is_no_picture() -> None:
    assert first_image('<img src="p.gif" width="1"><IMG SRC="foto.jpg">') == "foto.jpg"


# --- sitemaps --------------------------------------------------------------------------------------------------------

SITEMAP = b"""<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc>https://outlet.example/a-1</loc><lastmod>2026-11-24T09:00:00+07:00</lastmod><n:news><n:publication>
<n:name>Outlet</n:name><n:language>id</n:language></n:publication><n:publication_date>2026-11-24T08:00:00+07:00
</n:publication_date><n:title>Judul &amp;amp; berita</n:title></n:news><image:image><image:loc>https://outlet.example/a.jpg
</image:loc></image:image></url>
<url><loc>https://outlet.example/hanya-slug</loc><lastmod>2026-11-24</lastmod></url>
</urlset>"""


def test_a_news_sitemap_gives_its_titled_articles_and_refuses_slugs() -> None:
    reading = read(replace(JOB, task=Task.SITEMAP), SITEMAP)
    assert plain(reading) == {
        "entries": [
            {
                "title": "Judul & berita",
                "url": "https://outlet.example/a-1",
                "published": "2026-11-24T01:00:00+00:00",
                "image": "https://outlet.example/a.jpg",
            }
        ],
        "refused": [["no title", "https://outlet.example/hanya-slug"]],
    }


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"<sitemapindex><sitemap><loc>https://outlet.example/s.xml</loc></sitemap></sitemapindex>", "sitemap-index"),
        (b"<html><body>404</body></html>", "html"),
        (b"<!DOCTYPE u [<!ENTITY a 'x'>]><urlset/>", "dtd"),
        (b"tidak ada", "parse"),
        (b"<x><a/></x>", "not-a-feed"),
        *((page, "html") for page in PAGES),
    ],
)
def test_what_is_no_sitemap_is_named(body: bytes, status: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(replace(JOB, task=Task.SITEMAP), body)
    assert caught.value.status == status


def test_what_is_refused_is_told_on_one_plain_line() -> None:
    """An item's text goes into logs and tables even when it is no article."""
    odd = "https://a.example/&#10;[error] forged&#x202E;\x85"
    (refusal,) = read(JOB, rss(f"<item><link>{odd}</link></item>")).refused
    assert refusal.title.isprintable()
    entry = read(JOB, rss(item(link="https://outlet.example/a&#12;b&#x2028;c"))).entries[0]
    assert entry.url == "https://outlet.example/abc"


def test_a_feed_under_a_sitemaps_name_is_read_as_a_feed() -> None:
    """Tirto's google-discover "sitemap" is one."""
    assert len(read(replace(JOB, task=Task.SITEMAP), rss(item())).entries) == 1


# --- listings --------------------------------------------------------------------------------------------------------

PAGE = b"""<html><body><nav><a href="/">Beranda</a><a href="/tentang/kami/x">Tentang</a></nav>
<div class="card"><a href="/sari/1126/kelas-dubbing-dibuka"><img alt="foto kelas" src="a.jpg"></a>
<h3><a href="/sari/1126/kelas-dubbing-dibuka?utm_source=home">Kelas Dubbing Dibuka di Jakarta</a></h3>
<span>23 November 2026, 08:44 WIB</span><a href="/sari/1126/kelas-dubbing-dibuka">Baca selengkapnya</a></div>
<div class="card"><h3><a href="https://www.outlet.example/budi/1126/pameran-lukisan/">Pameran Lukisan &amp; Film</a></h3></div>
<div class="card"><a href="/budi/1126/tanpa-kata"><img src="b.jpg"></a></div>
<a href="https://lain.example/sari/1126/situs-lain">Situs lain</a></body></html>"""


def listing_job(**listing: str) -> Job:
    return replace(JOB, task=Task.LISTING, url="https://outlet.example/", listing=Listing(**listing))


EXPECTED_LISTING = [
    ("Kelas Dubbing Dibuka di Jakarta", "https://outlet.example/sari/1126/kelas-dubbing-dibuka", (2026, 11, 23, 1, 44)),
    ("Pameran Lukisan & Film", "https://www.outlet.example/budi/1126/pameran-lukisan/", None),
]


def test_article_links_are_found_by_the_pattern_of_their_addresses() -> None:
    """One entry a story, under its longest words, with the date that stands beside it; other sites do not count."""
    reading = read(listing_job(pattern="/{author}/{MMYY}/{slug}"), PAGE)
    found = [(e.title, e.url, e.published and e.published.timetuple()[:5]) for e in reading.entries]
    assert found == EXPECTED_LISTING
    assert [refusal.reason for refusal in reading.refused] == ["no title"]


def test_article_links_are_found_by_selectors() -> None:
    reading = read(listing_job(item="div.card", title="h3", link="h3 a", date="span"), PAGE)
    assert [(e.title, e.published is not None) for e in reading.entries] == [
        ("Kelas Dubbing Dibuka di Jakarta", True),
        ("Pameran Lukisan & Film", False),
    ]


def test_a_page_in_an_encoding_that_is_none_is_read() -> None:
    page = b'<html><meta charset="undefined"><a href="/berita/1">Judul apa</a>'
    assert [entry.title for entry in read(listing_job(pattern="/berita/{id}"), page).entries] == ["Judul apa"]


@pytest.mark.parametrize("listing", [{"pattern": "/{YYYY}/{MM}/{DD}/{id}/{slug}"}, {"item": "article.story"}])
def test_a_page_on_which_nothing_fits_is_an_incident(listing: dict[str, str]) -> None:
    with pytest.raises(ParseError) as caught:
        read(listing_job(**listing), PAGE)
    assert caught.value.status == "no-match"


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/{author}/{MMYY}/{slug}", "/sari/1126/kelas", True),
        ("/{author}/{MMYY}/{slug}", "/sari/1126/kelas/", True),
        ("/{author}/{MMYY}/{slug}", "/sari/11a6/kelas", False),
        ("/{author}/{MMYY}/{slug}", "/sari/1126/kelas/2", False),
        ("/berita/{id}/{slug}", "/berita/17/x", True),
        ("/berita/{id}/{slug}", "/berita/x/17", False),
        ("/{YYYY}.{MM}/{slug}", "/2026x11/a", False),
    ],
)
def test_a_pattern_stands_for_whole_paths(pattern: str, path: str, fits: bool) -> None:
    assert bool(url_pattern(pattern).fullmatch(path)) is fits
