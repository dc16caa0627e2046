"""Thirty families of hostile answers, each in ten sizes: what a server may send instead of a feed.

A family is a script of the loopback server. `python -m tests.torture.hostile_families` serves them all, in a process of
its own, so that what it takes to build a bomb is no part of what is measured.
"""

from __future__ import annotations

import asyncio
import functools
import gzip
import json
import random
import socket
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.storage import Made
from newsdesk.sources import SourceKind
from tests.feeds.loopback import Request, Script, always, answer, endless, loopback, then_silence

SIZES = 10
CHANNEL = b"<title>c</title><link>https://outlet.example/</link>"
GOOD_ITEM = b"<item><title>Kabar baik</title><link>https://outlet.example/baik</link></item>"
SECRET = b"<item><title>RAHASIA</title><link>https://outlet.example/rahasia</link></item>"
"""What stands at ``/secret``: nobody may have asked for it, and its title may not turn up anywhere."""

READ = {"ok", "unchanged"}
LOST = {"parse-timeout", "parse-memory", "parse"}
"""How a reading ends that costs too much: the child is killed, runs out of memory, or dies over it."""


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of hostile answer. `ends` are the statuses in which a poll may end."""

    name: str
    script: Callable[[int], Script]
    ends: frozenset[str]
    kind: SourceKind = SourceKind.FEED


FAMILIES: dict[str, Family] = {}


def family(
    *ends: str, kind: SourceKind = SourceKind.FEED
) -> Callable[[Callable[[int], Script]], Callable[[int], Script]]:
    """Make a function from a size to a script the family of its name."""

    def register(script: Callable[[int], Script]) -> Callable[[int], Script]:
        name = script.__name__
        FAMILIES[name] = Family(name, script, frozenset(ends), kind)
        return script

    return register


def body(*ends: str, kind: SourceKind = SourceKind.FEED) -> Callable[[Callable[[int], bytes]], Callable[[int], bytes]]:
    """Make a function from a size to a body the family of its name; large bodies go out compressed, as feeds do."""

    def register(make: Callable[[int], bytes]) -> Callable[[int], bytes]:
        def script(size: int) -> Script:
            whole = make(size)
            if len(whole) > 500_000:
                return always(answer(gzip.compress(whole, 1), Content_Encoding="gzip"))
            return always(answer(whole))

        FAMILIES[make.__name__] = Family(make.__name__, script, frozenset(ends), kind)
        return make

    return register


def grow(size: int, least: int, most: int) -> int:
    """The number that a size stands for: from `least` at 0 to `most` at 9, by equal factors."""
    return round(least * (most / least) ** (size / (SIZES - 1)))


def rss(*items: bytes, prolog: bytes = b'<?xml version="1.0"?>') -> bytes:
    return prolog + b'<rss version="2.0"><channel>' + CHANNEL + b"".join(items) + b"</channel></rss>"


def item(more: bytes = b"", title: bytes = b"Judul", number: int = 1) -> bytes:
    return b"<item><title>%s</title><link>https://outlet.example/%d</link>%s</item>" % (title, number, more)


# --- the connection ---------------------------------------------------------------------------------------------------


@family("timeout")
def drip(size: int) -> Script:
    """A byte a second: of the headers, of a body, of a chunk, of a gzip stream."""
    starts = [
        b"",
        b"HTTP/1.1 200 OK\r\nServer: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<rss>",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(rss(GOOD_ITEM))[:10],
    ]
    start, seconds = starts[size % 5], (1.0, 0.1)[size // 5]
    word = {0: b"HTTP/1.1 200 OK\r\nServer: " + b"a" * 5_000, 3: b"1\r\na\r\n" * 500}.get(size % 5, b"a" * 5_000)

    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        for byte in word:
            writer.write(bytes((byte,)))
            await writer.drain()
            await asyncio.sleep(seconds)

    return script


@family("http", "timeout", "connect")
def endless_headers(size: int) -> Script:
    """Header lines without end, from short to long."""
    return endless(b"X-Kepala: " + b"a" * grow(size, 1, 60_000) + b"\r\n", b"HTTP/1.1 200 OK\r\n")


@family("connect", "http", "too-large", "timeout", "not-a-feed", *READ)
def lying_length(size: int) -> Script:
    """A Content-Length that is not true."""
    lies = ["5", "100", "99999", "4000000", "99999999999", "-1", "0x20", "1e3", "5\r\nContent-Length: 6", "9" * 500]
    text = f'HTTP/1.1 200 OK\r\nETag: "lie"\r\nContent-Length: {lies[size]}\r\n\r\n'.encode()
    return then_silence(text + rss(GOOD_ITEM)) if size == 3 else always(text + rss(GOOD_ITEM))


@family("connect", "http", "too-large", "timeout")
def bad_chunks(size: int) -> Script:
    """Chunked transfer that breaks its own rules."""
    head = b'HTTP/1.1 200 OK\r\nETag: "x"\r\nTransfer-Encoding: chunked\r\n\r\n'
    good = b"%x\r\n%s\r\n" % (len(rss(GOOD_ITEM)), rss(GOOD_ITEM))
    wrong = [b"ZZ\r\nhello\r\n", b"5\r\nhel", b"-5\r\nhello\r\n", b"", b"5 ;" + b"x" * 100_000 + b"\r\nhello\r\n"]
    wrong += [b"FFFFFFFFFFFFFFFF\r\nhello", b"5\r\nhelloXX\r\n", b"0x5\r\nhello\r\n", b"\r\n\r\n", b"f" * 100_000]
    return always(head + good + wrong[size])


@family("connect", "encoding")
def cut_off(size: int) -> Script:
    """The connection is reset after so many tenths of the body."""

    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        whole = answer(rss(*(item(number=number) for number in range(200))), ETag='"cut"')
        writer.write(whole[: 100 + len(whole) * size // SIZES])
        await writer.drain()
        linger = struct.pack("ii", 1, 0)  # close with a reset
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    return script


@family("too-large")
def gzip_bomb(size: int) -> Script:
    """Zeros, up to a gigabyte of them in a megabyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = packer.compress(bytes(1024 * 1024)) + packer.flush(zlib.Z_FULL_FLUSH)
    zeros = packer.compress(bytes(1024 * 1024)) + packer.flush(zlib.Z_FULL_FLUSH)
    return always(answer(head + zeros * grow(size, 11, 1024) + packer.flush(), Content_Encoding="gzip"))


@family("encoding", "not-a-feed")
def nested_gzip(size: int) -> Script:
    """Gzip inside gzip inside gzip, declared or not."""
    packed = rss(GOOD_ITEM)
    for _ in range(2 + size):
        packed = gzip.compress(packed, 1)
    return always(answer(packed, Content_Encoding="gzip") if size % 2 else answer(packed))


@family("encoding")
def gzip_members(size: int) -> Script:
    """Very many gzip streams in a row, each nearly empty."""
    one = gzip.compress(b"")
    return always(answer(one * min(grow(size, 150, 260_000), 5_200_000 // len(one)), Content_Encoding="gzip"))


@family("too-large", "timeout")
def endless_body(size: int) -> Script:
    """A body without end, plain or as items."""
    parts = [b"x" * grow(size, 10, 1_000_000), item(), b"<!-- a -->", b"\0" * 4096]
    return endless(parts[size % 4], b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<rss><channel>")


@family("redirect", *READ)
def redirects(size: int) -> Script:
    """From one redirect to ten, in a line and in circles."""

    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        base, _, step = request.path.partition("?")
        gone = int(step or 0)
        if gone > size:
            writer.write(answer(rss(GOOD_ITEM)))
        else:
            target = base if size % 3 == 2 and gone == size else f"{base}?{gone + 1}"
            writer.write(answer(status="302 Found", Location=target))

    return script


@family("encoding")
def unasked_encodings(size: int) -> Script:
    """Encodings that nobody asked for, or that are not what they say."""
    names = ["br", "zstd", "deflate", "compress", "gzip, gzip", "gzip, br", "x-unknown", "gzip", "GZIP ,", "chunked"]
    return always(answer(rss(GOOD_ITEM), Content_Encoding=names[size]))


@family("html", "not-a-feed", "blocked", "http", "parse")
def no_feed(size: int) -> Script:
    """Other things than feeds with 200: login pages, pictures, documents, JSON, noise."""
    dice = random.Random(size)
    bodies = [
        b"<!DOCTYPE html><html><head><title>Masuk</title></head><body><form></form></body></html>",
        b"<html>" + b"<p>Just a moment...</p>" * 100_000,
        b"\x89PNG\r\n\x1a\n" + dice.randbytes(300_000),
        b"%PDF-1.7\n" + dice.randbytes(300_000),
        json.dumps({"items": [{"title": "a", "url": "https://a.example/"}] * 5_000}).encode(),
        dice.randbytes(4_000_000),
        b"PK\x03\x04" + dice.randbytes(10_000),
        b"\xff\xfe" + "<html><body>Masuk</body></html>".encode("utf-16-le"),
        b"",
        b" \0\n" * 300_000,
    ]
    return always(answer(bodies[size]))


@body("not-a-feed")
def path_as_body(size: int) -> bytes:
    """A body that a careless parser opens: a path, or an address (`/secret` of this very server)."""
    return (
        b"/etc/passwd",
        b"../../../../etc/hostname",
        b"file:///etc/passwd",
        b"SECRET_URL",
        b"SECRET_URL\n",
        b"feed:SECRET_URL",
        b"SECRET_FILE",
        b"file://SECRET_FILE",
        b"-",
        b"/dev/zero",
    )[size]


# --- bombs and external things ----------------------------------------------------------------------------------------


@body("dtd")
def bombs(size: int) -> bytes:
    """Billion laughs of growing depth, and one long entity that is used often."""
    if size % 2:
        count = grow(size, 100, 30_000)
        doctype = b'<!DOCTYPE r [<!ENTITY a "' + b"x" * count + b'">]>'
        return rss(item(b"<description>" + b"&a;" * count + b"</description>"), prolog=doctype)
    levels = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 4 + size))
    return rss(item(title=b"&l%d;" % (3 + size)), prolog=b'<!DOCTYPE r [<!ENTITY l0 "ha">' + levels + b"]>")


@body("dtd", *READ)
def external(size: int) -> bytes:
    """Whatever makes XML readers open files and addresses."""
    doctypes = [
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "SECRET_URL">]>',
        b'<!DOCTYPE r [<!ENTITY % x SYSTEM "SECRET_URL">%x;]>',
        b"<!DOCTYPE r [<!ENTITY % a \"<!ENTITY x SYSTEM 'SECRET_URL'>\">%a;]>",
        b'<!DOCTYPE r [%undeclared; <!ENTITY x SYSTEM "SECRET_URL">]>',
        b'<!DOCTYPE rss SYSTEM "SECRET_URL">',
        b'<!DOCTYPE rss PUBLIC "-//N//DTD//EN" "SECRET_URL"><?xml-stylesheet href="SECRET_URL"?>',
    ]
    if size < len(doctypes):
        return rss(item(b"<description>&x;</description>", title=b"Judul &x;"), prolog=doctypes[size])
    return rss(
        item(),
        (
            b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="SECRET_URL" parse="text"/>',
            b'<item xml:base="SECRET_URL"><title>a</title><link>x</link><content src="SECRET_URL"/></item>',
            b'<x xsi:schemaLocation="a SECRET_URL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/>',
        )[size - len(doctypes)],
    )


@body("dtd")
def hidden_declarations(size: int) -> bytes:
    """Entities that are declared where a careless check does not look."""
    doctype = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">]>'
    names = ["utf-7", "utf-16", "utf-32-le", "utf-32-be", "utf-16-be", "cp037"]
    if size < len(names):
        name = names[size]
        text = f'<?xml version="1.0" encoding="{name}"?>{doctype}<rss version="2.0"><channel>&a;</channel></rss>'
        return text.replace("<!", "+ADwAIQ-").encode() if name == "utf-7" else text.encode(name)
    before = (
        "<!-- <rss> " + "panjang " * 100_000 + "-->",
        "<?a " + "<rss " * 10_000 + "?>",
        "\ufeff\n\n" + " " * 200_000,
        "<!---->" * 50_000,
    )[size - len(names)]
    return (before + doctype.replace("ENTITY", "EnTiTy" if size == 8 else "ENTITY")).encode() + rss(prolog=b"")


# --- inputs over which parsers take too long --------------------------------------------------------------------------


@body(*READ, *LOST)
def author_dots(size: int) -> bytes:
    """An e-mail expression looks at these again and again."""
    return rss(item(b"<author>" + b"a." * grow(size, 1_000, 2_000_000) + b"</author>"))


@body(*READ, *LOST)
def attributes(size: int) -> bytes:
    """One element with very many attributes."""
    return rss(item(b"<x " + b" ".join(b'a%d="1"' % n for n in range(grow(size, 100, 400_000))) + b"/>"))


@body(*READ, *LOST)
def open_comments(size: int) -> bytes:
    """Comments that are opened and never closed, inside a text."""
    mark = (b"&lt;!--", b"&lt;![CDATA[", b"&lt;?", b"&lt;script&gt;", b"&lt;!")[size % 5]
    return rss(item(b"<description>" + mark * grow(size, 500, 800_000) + b"</description>"))


@body(*READ, *LOST, "not-a-feed")
def deep_xml(size: int) -> bytes:
    """Elements within elements, name spaces within name spaces."""
    depth = grow(size, 100, 300_000)
    if size % 2:
        return rss(item(b"".join(b'<p%d:x xmlns:p%d="u%d">' % (n, n, n) for n in range(depth))))
    return rss(item(b"<a>" * depth + b"</a>" * depth))


@body(*READ, *LOST)
def deep_html(size: int) -> bytes:
    """Markup within markup, inside a description."""
    tag = (b"div", b"b", b"table", b"ul", b"font", b"a", b"p", b"blockquote", b"select", b"svg")[size]
    return rss(item(b"<description><![CDATA[" + b"<%s>" % tag * grow(size, 500, 800_000) + b"kata]]></description>"))


@body(*READ, "not-a-feed", "parse")
def encodings(size: int) -> bytes:
    """Prologs that lie, bytes that are no text, halves of characters."""
    lying = (
        b"utf-16",
        b"utf-7",
        b"punycode",
        b"idna",
        b"undefined",
        b"iso-2022-kr",
        b"hz",
        b"cp037",
        b"utf-8",
        b"big5",
    )[size]
    title = b"Judul \xff\xfe\x00\x81 +2AA- &#xD800; \xed\xa0\x80 \xf8\x88\x80\x80\x80 ~{<:Ky2;~} " * grow(
        size, 1, 3_000
    )
    return rss(item(title=title), GOOD_ITEM, prolog=b'<?xml version="1.0" encoding="%s"?>' % lying)


@body(*READ, *LOST)
def huge_titles(size: int) -> bytes:
    """One title of up to nine megabytes, and other fields that are too long."""
    words = b"kata " * grow(size, 2_000, 1_800_000)
    field = (b"%s", b"<guid>%s</guid>", b"<author>%s</author>", b"<pubDate>%s</pubDate>", b"<link>%s</link>")[size % 5]
    return rss(item(title=words) if size % 5 == 0 else item(field % words), GOOD_ITEM)


@body(*READ, *LOST)
def many_items(size: int) -> bytes:
    """Up to a hundred thousand items."""
    return rss(*(item(number=number, title=b"Berita %d" % number) for number in range(grow(size, 501, 100_000))))


@body(*READ, *LOST)
def many_parts(size: int) -> bytes:
    """One item with very many categories, enclosures, links or contents."""
    part = (
        b"<category>c%d</category>",
        b'<enclosure url="https://a.example/%d.jpg" type="image/jpeg"/>',
        b'<link rel="alternate" href="https://a.example/%d"/>',
        b"<description>%d</description>",
        b'<media:content xmlns:media="http://search.yahoo.com/mrss/" url="https://a.example/%d"/>',
    )[size % 5]
    return rss(item(b"".join(part % number for number in range(grow(size, 500, 60_000)))))


@body(*READ, *LOST)
def references(size: int) -> bytes:
    """Character references over and over, and references to references."""
    mark = (
        b"&amp;",
        b"&amp;amp;",
        b"&#60;",
        b"&lt;p&gt;",
        b"&nbsp;",
        b"&amp;#38;",
        b"&",
        b"&#x26;#",
        b"&quot;",
        b"&#0;",
    )
    return rss(item(b"<description>" + mark[size] * grow(size, 1_000, 1_500_000) + b"</description>"))


@body(*READ, *LOST)
def lookalikes(size: int) -> bytes:
    """Texts that begin again and again like something that is looked for: endings, leads, dates, tags."""
    words = (
        b"The post ",
        b"JAKARTA, KOMPAS.com ",
        b"Read more ",
        b"1 Jan 2026 ",
        b"Jakarta (ANTARA ",
        b"Baca Selengkapnya ",
        b"a.b.c.",
        b"00:00:00 ",
        b"&lt;a ",
        b"A, ",
    )[size]
    text = words * grow(size, 500, 100_000)
    return rss(item(b"<description>%s</description><pubDate>%s</pubDate>" % (text, text), title=text))


@body(*READ, *LOST, "not-a-feed")
def controls(size: int) -> bytes:
    """Control, bidi and invisible characters, NUL among them, in every field."""
    odd = ("\0", "\x1b[31m", "\u202e", "\u200b", "\ufeff", "\u0301", "\U000e0041", "\x9f", "\u2028", "\uffff")[size]
    text = ("a" + odd * 50).encode() * grow(size, 1, 5_000)
    return rss(
        item(b"<description>%s</description><guid>%s</guid><author>%s</author>" % (text, text, text), title=text)
    )


# --- other kinds of source --------------------------------------------------------------------------------------------


@body(*READ, *LOST, "too-large", "dtd", kind=SourceKind.SITEMAP)
def sitemaps(size: int) -> bytes:
    """Very long, very deep and broken sitemaps."""
    news = b'xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"'
    count = grow(size, 500, 90_000)
    if size == 1:
        entity = b'<!DOCTYPE u [<!ENTITY a "%s">]>' % (b"x" * 1_000)
        return entity + b"<urlset><url><loc>" + b"&a;" * 5_000 + b"</loc></url></urlset>"
    if size % 3 == 2:
        return b"<urlset><url>" + b"<a>" * count + b"</a>" * count + b"</url></urlset>"
    urls = (
        b"<url><loc>https://a.example/%d</loc><n:news><n:title>Judul %d</n:title></n:news></url>" % (number, number)
        for number in range(count)
    )
    return b"<urlset %s>" % news + b"".join(urls) + (b"</urlset>" if size % 3 else b"")


@body(*READ, *LOST, "no-match", kind=SourceKind.LISTING)
def listings(size: int) -> bytes:
    """Pages of very many links, deep ones, and such as never end."""
    count = grow(size, 200, 60_000)
    link = b'<a href="/berita/%d">Judul berita nomor %d</a>'
    if size % 3 == 0:
        return b"<html><body>" + b"".join(link % (number, number) for number in range(count))
    if size % 3 == 1:
        return b"<html><body>" + b"<div>" * count + link % (1, 1)
    return b"<html><body>" + b"<!--" * count + b"<a " * count + link % (1, 1)


# --- the server -------------------------------------------------------------------------------------------------------


def healthy(number: int) -> bytes:
    """The feed beside them: with other bytes each time, so that it is read each time, but the same articles."""
    return rss(b"<!-- %d -->" % number, *(item(b"<description>Isi.</description>", b"Sehat", n) for n in range(5)))


def ordinary(number: int) -> bytes:
    """A large feed as outlets have it: five hundred articles, each with words of its own and a good summary."""
    made = Made(number)

    def words(count: int) -> bytes:
        return b" ".join(
            word.capitalize() if at % 9 == 0 else word for at, word in enumerate(made.text(count).encode().split())
        )

    return rss(
        *(
            item(b"<description>%s. %s</description>" % (words(60), words(60)), words(9), n)
            for n in range(number * 500, (number + 1) * 500)
        )
    )


def serve_all(secret_file: str, port: list[int]) -> Script:
    """``/f/FAMILY/SIZE`` is hostile, ``/healthy`` is not; ``/hits`` tells how often ``/secret`` was asked for.

    ``/build/FAMILY/SIZE`` is to be asked first, so that the healthy feed need not wait while a bomb is built.
    """
    counts = {"healthy": 0, "secret": 0}

    @functools.lru_cache(maxsize=2)
    def script_of(name: str, size: int) -> Script:
        return FAMILIES[name].script(size)

    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        parts = request.path.partition("?")[0].strip("/").split("/")
        if parts[0] == "f":
            await script_of(parts[1], int(parts[2]))(request, _Filling(writer, secret_file, port[0]))  # type: ignore[arg-type]
        elif parts[0] == "build":
            script_of(parts[1], int(parts[2]))
            writer.write(answer())
        elif parts[0] in counts:
            counts[parts[0]] += 1
            writer.write(answer(healthy(counts["healthy"]) if parts[0] == "healthy" else rss(SECRET)))
        elif parts[0] == "ordinary":
            writer.write(answer(ordinary(int(parts[1]))))
        else:
            writer.write(answer(str(counts["secret"]).encode()))

    return script


class _Filling:
    """A writer that puts the secret's true address and path into small answers, and corrects their length."""

    def __init__(self, writer: asyncio.StreamWriter, file: str, port: int) -> None:
        self._writer = writer
        self._secrets = {b"SECRET_URL": b"http://127.0.0.1:%d/secret" % port, b"SECRET_FILE": file.encode()}

    def write(self, data: bytes) -> None:
        if len(data) < 2_000 and any(name in data for name in self._secrets):
            plain = data.partition(b"\r\n\r\n")[2]
            for name, true in self._secrets.items():
                plain = plain.replace(name, true)
            data = answer(plain)
        self._writer.write(data)

    def __getattr__(self, name: str) -> object:
        return getattr(self._writer, name)


async def main(secret_file: str) -> None:
    """Serve until stdin ends; the port goes to stdout."""
    port = [0]
    async with loopback(serve_all(secret_file, port)) as server:
        port[0] = server.port
        sys.stdout.write(f"{server.port}\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def jobs() -> Iterator[tuple[str, int]]:
    """Every family in every size."""
    for name in FAMILIES:
        for size in range(SIZES):
            yield name, size


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
