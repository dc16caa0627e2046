"""Mutated feeds: seeds in many dialects, broken in the ways in which the web breaks them, and what must hold of them."""

from __future__ import annotations

import io
import random
import re
import signal
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from feeds import child
from feeds.entries import MOST_BODY, MOST_ITEMS, MOST_NAME, MOST_SUMMARY, MOST_TITLE, MOST_URL
from feeds.policy import ReadLimits
from feeds.wire import Job, Reading, Task, read_head, unpack_answer
from newsdesk.articles import Entry
from newsdesk.errors import ParseError
from newsdesk.sources import Listing

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
MOST = 4_096
"""Bytes of one mutant."""
SECONDS = 5
DATA = Path(__file__).parents[1] / "feeds" / "data"

_MORE_SEEDS = {
    "atom-xhtml": '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="id"><title>c</title>'
    '<link href="https://a.example/"/><entry><id>tag:a.example,2026:1</id><title type="xhtml">'
    '<div xmlns="http://www.w3.org/1999/xhtml">Judul <b>tebal</b> &amp; miring</div></title>'
    '<link rel="alternate" href="/berita/1"/><link rel="enclosure" type="image/png" href="/g.png"/>'
    "<updated>2026-11-23T10:00:00+07:00</updated><author><name>Ani</name><email>ani@a.example</email></author>"
    '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Isi</p></div></content></entry></feed>',
    "rdf": '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://a.example/">'
    "<title>c</title><link>https://a.example/</link></channel><item rdf:about='https://a.example/1'><title>Judul</title>"
    "<link>https://a.example/1</link><description>&lt;p&gt;Isi &amp;amp; lagi&lt;/p&gt;</description>"
    "<dc:date>2026-11-23T08:00:00Z</dc:date><dc:creator>Budi</dc:creator></item></rdf:RDF>",
    "media": '<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/'
    'modules/content/"><channel><title>c</title><link>https://a.example</link><item><title><![CDATA[Judul & <i>x</i>]]>'
    "</title><link>https://a.example/2026/11/23/x?utm_source=rss&amp;id=7</link><guid isPermaLink='false'>7</guid>"
    "<pubDate>Sen, 23 Nov 2026 20:00:00 WIB</pubDate><media:content url='https://a.example/x.jpg' medium='image'>"
    "<media:description>Foto</media:description></media:content><enclosure url='https://a.example/y.jpg' type='image/jpeg'"
    " length='0'/><content:encoded><![CDATA[<p>JAKARTA, KOMPAS.com &ndash; Isi.</p><img src='/a.png'>]]>"
    "</content:encoded><source url='https://b.example/rss'>Outlet B</source></item></channel></rss>",
    "cdf": '<?xml version="1.0"?><CHANNEL HREF="https://a.example/"><TITLE>c</TITLE><ITEM HREF="https://a.example/1">'
    "<TITLE>Judul</TITLE><ABSTRACT>Isi</ABSTRACT></ITEM></CHANNEL>",
}
_SITEMAP = (
    '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news='
    '"http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">'
    "<url><loc>https://a.example/berita/1</loc><news:news><news:publication><news:name>A</news:name></news:publication>"
    "<news:publication_date>2026-11-23T08:00:00+07:00</news:publication_date><news:title>Judul &amp; lagi</news:title>"
    "</news:news><image:image><image:loc>https://a.example/g.jpg</image:loc></image:image></url></urlset>"
)
_PAGE = (
    "<!DOCTYPE html><html><head><title>Judul</title></head><body><article><h1>Judul</h1><p>Paragraf pertama yang cukup"
    " panjang untuk dianggap isi sebuah berita tentang film.</p><p>Paragraf kedua &amp; ketiga.</p></article><ul>"
    '<li><a href="/berita/1">Judul berita pertama</a> <time datetime="2026-11-23">23 Nov 2026</time></li>'
    '<li><a href="/berita/2"><img alt="Judul kedua"></a> 2 jam lalu</li></ul></body></html>'
)

TOKENS = [
    text.encode("utf-8", "surrogatepass")
    for text in (
        *(
            "]]>",
            "<![CDATA[",
            "<!--",
            "-->",
            "<?x ?>",
            "</item>",
            "<item>",
            "</channel>",
            "<title>",
            "</title>",
            "<rss>",
        ),
        *(
            "&#0;",
            "&#xD800;",
            "&#x202E;",
            "&#x1F600;",
            "&#99999999999;",
            "&#128;",
            "&amp;#0;",
            "&amp;lt;b&amp;gt;",
            "&",
        ),
        *(
            "&nbsp;",
            "&tidakada;",
            "&lt;script&gt;alert(1)&lt;/script&gt;",
            "\0",
            "\x1b[31m",
            "\x07",
            "\x7f",
            "\x85",
            "\x9f",
        ),
        *(
            "\u202e",
            "\u2066",
            "\u200b",
            "\u200f",
            "\ufeff",
            "\u2028",
            "\u00ad",
            "\ud800",
            "\udfff",
            "\U000e0041",
            "\uffff",
        ),
        *("\u0301" * 40, "👩‍👩‍👧‍👦", "🇮🇩", "ا" * 20, "\u061c", "\ufdfa"),
        *(
            "javascript:alert(1)",
            "tg://resolve?domain=x",
            "data:text/html,x",
            "//a.example/x",
            "http://[::1",
            "https://",
        ),
        *(
            "http://u:p@a.example/",
            "https://a.example:0/",
            "https://a.example:99999/",
            "/etc/passwd",
            "file:///etc/passwd",
        ),
        *(
            "Thu, 32 Foo 99999 25:61:61 WIB",
            "0000-00-00",
            "9999-12-31T23:59:60Z",
            "2106-02-07",
            "-1",
            "1e400",
            "0001-01-01",
        ),
        *(
            "kata " * 150,
            "x" * 700,
            "y" * 900,
            "kata, " * 200,
            "film " * 300,
            "\n\n\n",
            "\t",
            " " * 200,
            "'\"><",
            'xml:base="http://[x/"',
            'type="xhtml"',
        ),
        *('mode="base64"', 'encoding="utf-7"', 'encoding="utf-16"', 'encoding="cp037"', 'encoding="punycode"'),
        *('<!DOCTYPE r [<!ENTITY a "b">]>', "<!DOCTYPE rss>", "<html>", "<body>", "xmlns=''", "xmlns:a='b'"),
    )
]
_ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "utf-7", "shift_jis", "utf-8-sig", "cp037", "hz")
_NUMBER = re.compile(rb"\d+")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One body and how it is to be read."""

    body: bytes
    task: Task
    content_type: str


class Seeds:
    """The sound documents that mutants are made of."""

    def __init__(self) -> None:
        feeds = [path.read_bytes()[:MOST] for path in sorted(DATA.glob("*.xml"))]
        feeds += [text.encode() for text in _MORE_SEEDS.values()]
        self.by_task = {Task.FEED: feeds, Task.SITEMAP: [_SITEMAP.encode()], Task.LISTING: [_PAGE.encode()]}
        self.by_task[Task.PAGE] = self.by_task[Task.LISTING]
        self.all = [*feeds, _SITEMAP.encode(), _PAGE.encode()]

    def mutant(self, dice: random.Random) -> Mutant:
        """One mutant: a seed, changed in one to five ways."""
        task = dice.choices((Task.FEED, Task.SITEMAP, Task.LISTING, Task.PAGE), (85, 6, 6, 3))[0]
        body = dice.choice(self.by_task[task])
        for _ in range(dice.choice((1, 1, 2, 3, 5))):
            body = dice.choice(_CHANGES)(body, dice, self)[:MOST]
        types = (
            "",
            "text/xml",
            "text/xml; charset=utf-8",
            "application/rss+xml; charset=ISO-8859-1",
            "text/html; charset=x",
        )
        return Mutant(body, task, dice.choice(types))


def _flip(body: bytes, dice: random.Random, seeds: Seeds) -> bytes:
    """Some bits turned round."""
    out = bytearray(body)
    for _ in range(dice.choice((1, 4, 30))):
        if out:
            out[dice.randrange(len(out))] ^= 1 << dice.randrange(8)
    return bytes(out)


def _noise(body: bytes, dice: random.Random, seeds: Seeds) -> bytes:
    """A run of random bytes in the place of others."""
    at, length = dice.randrange(len(body) + 1), dice.randrange(1, 30)
    return body[:at] + dice.randbytes(length) + body[at + length :]


def _truncate(body: bytes, dice: random.Random, seeds: Seeds) -> bytes:
    """The beginning only."""
    return body[: dice.randrange(len(body) + 1)]


def _cut(body: bytes, dice: random.Random, seeds: Seeds) -> bytes:
    """A piece left out."""
    at = dice.randrange(len(body) + 1)
    return body[:at] + body[at + dice.randrange(1, 200) :]


def _double(body: bytes, dice: random.Random, seeds: Seeds) -> bytes:
    """A piece, repeated somewhere else."""
    at, to = sorted((dice.randrange(len(body) + 1), dice.randrange(len(body) + 1)))
    return body[:to] + body[at : at + dice.randrange(1, 400)] * dice.choice((1, 1, 5)) + body[to:]


def _splice(body: bytes, dice: random.Random, seeds: Seeds) -> bytes:
    """The beginning of one document and the end of another."""
    other = dice.choice(seeds.all)
    return body[: dice.randrange(len(body) + 1)] + other[dice.randrange(len(other) + 1) :]


def _token(body: bytes, dice: random.Random, seeds: Seeds) -> bytes:
    """Something special, anywhere or right behind a tag."""
    places = [found.end() for found in re.finditer(rb">", body)] if dice.random() < 0.6 else []
    at = dice.choice(places) if places else dice.randrange(len(body) + 1)
    return body[:at] + dice.choice(TOKENS) + body[at:]


def _attribute(body: bytes, dice: random.Random, seeds: Seeds) -> bytes:
    """Something special inside a tag or a value."""
    places = [found.start() for found in re.finditer(rb"[ \"'/]", body)]
    at = dice.choice(places) if places else 0
    return body[:at] + b" " + dice.choice(TOKENS) + body[at:]


def _number(body: bytes, dice: random.Random, seeds: Seeds) -> bytes:
    """A number made another one."""
    found = list(_NUMBER.finditer(body))
    if not found:
        return body
    one = dice.choice(found)
    other = dice.choice((b"0", b"-1", b"99999999999999999999", b"1e309", b"00", b"3000000000"))
    return body[: one.start()] + other + body[one.end() :]


def _encode(body: bytes, dice: random.Random, seeds: Seeds) -> bytes:
    """The text in another encoding than it says."""
    return body.decode("utf-8", "replace").encode(dice.choice(_ENCODINGS), "replace")


def _prolog(body: bytes, dice: random.Random, seeds: Seeds) -> bytes:
    """A prolog that says another encoding, or none."""
    rest = re.sub(rb"^<\?xml[^>]*\?>", b"", body)
    name = dice.choice((*_ENCODINGS, "utf-8", "x-mac", "undefined", "iso-2022-jp", ""))
    return (f'<?xml version="1.0" encoding="{name}"?>'.encode() if name else b"") + rest


_CHANGES = (
    _flip,
    _noise,
    _truncate,
    _cut,
    _double,
    _splice,
    _token,
    _token,
    _token,
    _attribute,
    _number,
    _encode,
    _prolog,
)

# --- what must hold ---------------------------------------------------------------------------------------------------

_BIDI = frozenset("\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


class Escape(Exception):
    """Something that should not have come out of a child."""


def check(reading: Reading) -> None:
    """The invariants of a reading. Raises Escape."""
    if len(reading.entries) + len(reading.refused) > MOST_ITEMS:
        raise Escape(f"{len(reading.entries)} entries")
    for entry in reading.entries:
        _check_entry(entry)
    for refusal in reading.refused:
        _plain("refused", refusal.title + refusal.reason, 2_000, lines=False)
    _plain("note", reading.note, 1_000, lines=False)
    _plain("text", reading.text, MOST_BODY, lines=True)


def _check_entry(entry: Entry) -> None:
    if not entry.title.strip():
        raise Escape("no title")
    for name, most in (("title", MOST_TITLE), ("author", MOST_NAME), ("outlet", MOST_NAME), ("guid", MOST_NAME)):
        _plain(name, getattr(entry, name) or "", most, lines=False)
    _plain("summary", entry.summary, MOST_SUMMARY, lines=True)
    _plain("body", entry.body, MOST_BODY, lines=True)
    for name, url in (("url", entry.url), ("image", entry.image)):
        _plain(name, url, MOST_URL, lines=False)
        parts = urlsplit(url)
        if (url or name == "url") and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise Escape(f"{name} {url!r}")
    published = entry.published
    if published is not None and (published.utcoffset() != timedelta() or published > NOW):
        raise Escape(f"published {published!r}")


def _plain(name: str, text: str, most: int, *, lines: bool) -> None:
    """Plain text of bounded length: no control or bidi characters, no halves of characters."""
    if len(text) > most:
        raise Escape(f"{name} of {len(text)} characters")
    for char in text:
        odd = unicodedata.category(char) in ("Cc", "Cs") and not (lines and char == "\n")
        if odd or char in _BIDI:
            raise Escape(f"{name} with {char!a}")


# --- a child's work ---------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Tally:
    """What came of many mutants."""

    ends: Counter[str] = field(default_factory=Counter)
    entries: int = 0
    stumbles: Counter[str] = field(default_factory=Counter)
    """Exceptions inside a parser that the child turned into an error of the source."""
    escapes: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.ends += other.ends
        self.entries += other.entries
        self.stumbles += other.stumbles
        self.escapes += other.escapes


def read_as_the_child_does(mutant: Mutant) -> Reading:
    """The answer of the child's own code, over the wire's own form. Raises ParseError."""
    job = Job(
        task=mutant.task,
        url="https://a.example/feed.xml",
        name="A",
        zone="Asia/Jakarta",
        language="id",
        now=NOW,
        content_type=mutant.content_type,
        listing=Listing(pattern="/berita/{id}"),
    )
    answers = io.BytesIO()
    child._answer(answers, job, mutant.body, ReadLimits().memory_bytes)
    head, _, packed = answers.getvalue().partition(b"\n")
    size, _ = read_head(head)
    if size != len(packed):
        raise Escape("the head lies")
    packed.decode("utf-8", "strict")
    return unpack_answer(packed)


def run(seed: str, count: int) -> Tally:
    """Read so many mutants of this seed, one after another, as a child does."""
    tally, seeds, dice = Tally(), Seeds(), random.Random(seed)
    signal.signal(signal.SIGPROF, _too_long)
    for number in range(count):
        mutant = seeds.mutant(dice)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            reading = read_as_the_child_does(mutant)
            check(reading)
            tally.entries += len(reading.entries)
            tally.ends["read"] += 1
        except ParseError as error:
            tally.ends[error.status] += 1
            stumbled = re.search(r"cannot be read \((\w+): (.{0,60})", error.reason)
            if stumbled:
                tally.stumbles[f"{stumbled[1]}: {stumbled[2]}"] += 1
        except Exception as error:  # noqa: BLE001 (whatever else comes out is what is looked for)
            tally.escapes.append(f"{seed} {number} {mutant.task}: {error!r}: {mutant.body[:300]!r}")
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    return tally


def _too_long(*_: object) -> None:
    raise Escape(f"more than {SECONDS} s of computing")
