"""The fetch says what happened in one status and one sentence, is bounded in time and size, and asks politely."""

from __future__ import annotations

import asyncio
import gzip
import shutil
import socket
import ssl
import subprocess
import threading
import time
import zlib
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feeds.fetch import Fetched, Fetcher, inflate, look_up, parse_retry_after
from newsdesk.errors import FetchError
from tests.doubles.blackhole import black_hole
from tests.feeds.loopback import (
    Loopback,
    Request,
    Script,
    always,
    answer,
    by_path,
    endless,
    loopback,
    policy,
    then_silence,
)
from tests.needs import lacking

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


async def fetch_from(script: Script, path: str = "/feed.xml", **limits: object) -> Fetched:
    """One fetch from a server that runs `script`."""
    async with loopback(script) as server, Fetcher(policy(**limits)) as fetcher:
        return await fetcher.fetch(server.url(path), now=NOW)


async def failure_of(script: Script, path: str = "/feed.xml", **limits: object) -> FetchError:
    """The error of one fetch that has to fail."""
    with pytest.raises(FetchError) as caught:
        await fetch_from(script, path, **limits)
    return caught.value


# --- what is asked ---------------------------------------------------------------------------------------------------


async def test_a_request_names_us_asks_for_gzip_only_and_sends_the_validators() -> None:
    async with loopback(always(answer(b"<rss/>", ETag='"7"'))) as server, Fetcher(policy()) as fetcher:
        await fetcher.fetch(server.url(), now=NOW, etag='W/"6"', last_modified="Mon, 23 Nov 2026 00:00:00 GMT")
    asked = server.requests[0].headers
    assert asked["user-agent"] == "LintasLayar/test (+ops@example.org)"
    assert asked["accept-encoding"] == "gzip"
    assert asked["if-none-match"] == 'W/"6"'
    assert asked["if-modified-since"] == "Mon, 23 Nov 2026 00:00:00 GMT"
    assert "cookie" not in asked


async def test_a_validator_that_could_split_a_header_is_not_sent() -> None:
    async with loopback(always(answer(b"x"))) as server, Fetcher(policy()) as fetcher:
        await fetcher.fetch(server.url(), now=NOW, etag='"1"\r\nX-Injected: yes')
    assert "if-none-match" not in server.requests[0].headers


async def test_an_answer_carries_body_validators_and_type() -> None:
    found = await fetch_from(
        always(answer(b"<rss/>", ETag='"7"', Last_Modified="yesterday", Content_Type="text/xml; charset=utf-8"))
    )
    assert (found.body, found.etag, found.last_modified) == (b"<rss/>", '"7"', "yesterday")
    assert found.content_type == "text/xml; charset=utf-8"


async def test_304_counts_only_when_validators_were_sent() -> None:
    script = always(answer(status="304 Not Modified", Content_Length="-"))
    async with loopback(script) as server, Fetcher(policy()) as fetcher:
        assert (await fetcher.fetch(server.url(), now=NOW, etag='"1"')).not_modified
        with pytest.raises(FetchError, match="304 Not Modified"):
            await fetcher.fetch(server.url(), now=NOW)


async def test_proxy_variables_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would connect for us and so past the guard."""
    async with loopback(always(answer(b"proxied"))) as proxy, loopback(always(answer(b"direct"))) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url(""))
        async with Fetcher(policy()) as fetcher:
            assert (await fetcher.fetch(server.url(), now=NOW)).body == b"direct"
    assert proxy.connections == 0


# --- refusals of the server ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [
        ("403 Forbidden", "blocked", "403 Forbidden: the outlet refuses us here"),
        ("401 Unauthorized", "blocked", "401 Unauthorized"),
        ("451 Unavailable For Legal Reasons", "blocked", "451"),
        ("404 Not Found", "http", "404 Not Found"),
        ("410 Gone", "gone", "410 Gone: taken away for good"),
        ("429 Too Many Requests", "http", "429 Too Many Requests"),
        ("500 Internal Server Error", "http", "500 Internal Server Error"),
        ("503 Nope", "http", "503 Service Unavailable"),
        ("599 \x1b[31mred", "http", "599 [31mred"),
        ("206 Partial Content", "http", "206 Partial Content"),
    ],
)
async def test_a_status_other_than_200_is_named(line: str, status: str, words: str) -> None:
    error = await failure_of(always(answer(b"<rss/>", status=line)))
    assert (error.status, error.reason.startswith(words)) == (status, True), error


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("120", 2),
        ("0", 1),
        ("5", 1),
        ("99999999999", 24 * 60),
        ("Tue, 24 Nov 2026 04:00:00 GMT", 60),
        ("Tue, 24 Nov 2026 02:00:00 GMT", 1),
        ("Sun, 24 Nov 2030 02:00:00 GMT", 24 * 60),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1e9", None),
    ],
)
def test_retry_after_is_held_between_a_minute_and_a_day(text: str, minutes: int | None) -> None:
    assert parse_retry_after(text, NOW) == (timedelta(minutes=minutes) if minutes else None)


async def test_a_busy_server_sets_the_pace() -> None:
    error = await failure_of(always(answer(status="429 Too Many Requests", Retry_After="600")))
    assert error.retry_after == timedelta(minutes=10)


# --- redirects -------------------------------------------------------------------------------------------------------


def to(location: str, status: str = "302 Found") -> bytes:
    return answer(status=status, Location=location)


async def test_redirects_are_followed_to_where_they_lead() -> None:
    found = await fetch_from(by_path(a=to("/b"), b=to("c"), c=answer(b"here")), "/a")
    assert (found.body, found.moved_to) == (b"here", "")
    assert found.url.endswith("/c")


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [
        (["301 Moved Permanently"], True),
        (["308 Permanent Redirect"], True),
        (["301 Moved Permanently", "308 Permanent Redirect"], True),
        (["301 Moved Permanently", "302 Found"], False),
        (["307 Temporary Redirect"], False),
        (["303 See Other"], False),
    ],
)
async def test_a_permanent_move_to_another_site_is_reported(statuses: list[str], moved: bool) -> None:
    """When every step of the way there is for good."""
    async with loopback(always(answer(b"here"))) as other:
        places = [*(f"/{number}" for number in range(1, len(statuses))), other.url("/feed")]
        steps = {
            str(number): to(place, status) for number, (place, status) in enumerate(zip(places, statuses, strict=True))
        }
        found = await fetch_from(by_path(**steps), "/0")
    assert (found.body, found.url) == (b"here", other.url("/feed"))
    assert found.moved_to == (other.url("/feed") if moved else "")


@pytest.mark.parametrize(
    ("location", "status", "words"),
    [
        ("/a", "redirect", "circle"),
        ("", "redirect", "without saying where"),
        ("file:///etc/passwd", "redirect", "file:"),
        ("ftp://127.0.0.1/x", "redirect", "ftp:"),
        ("data:text/xml,<rss/>", "redirect", "data:"),
        ("gopher://127.0.0.1/", "redirect", "gopher:"),
        ("http://user:secret@127.0.0.1/", "blocked", "user name"),
        ("http://10.0.0.1/", "blocked", "not public"),
        ("http://169.254.169.254/latest/meta-data", "blocked", "not public"),
        ("//[::1]/", "blocked", "not public"),
        ("http://0xA.1/", "blocked", "not public"),
        ("http://8.8.8.8:25/", "blocked", "port 25"),
        ("http://[v1.fe80::a]:80/", "redirect", "not an address"),
        ("http://[::1:80/", "redirect", "not an address"),
    ],
)
async def test_a_redirect_is_judged_like_a_first_address(location: str, status: str, words: str) -> None:
    error = await failure_of(by_path(a=to(location)), "/a")
    assert error.status == status
    assert words in error.reason
    assert "secret" not in error.reason


async def test_only_five_redirects_are_followed() -> None:
    hops = {f"h{number}": to(f"/h{number + 1}") for number in range(5)}
    assert (await fetch_from(by_path(**hops, h5=answer(b"end")), "/h0")).body == b"end"
    error = await failure_of(by_path(**hops, h5=to("/h6"), h6=answer(b"end")), "/h0")
    assert (error.status, "more than 5" in error.reason) == ("redirect", True)


# --- time ------------------------------------------------------------------------------------------------------------


async def _drip(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(answer(b"", Content_Length="100000"))
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "script",
    [
        then_silence(),
        then_silence(b"HTTP/1.1 200 OK\r\nContent-Le"),
        then_silence(answer(b"", Content_Length="10")),
        then_silence(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
        _drip,
    ],
    ids=["silent", "half a header", "no body", "half a chunk", "a byte at a time"],
)
async def test_a_server_that_keeps_us_waiting_is_left_at_the_deadline(script: Script) -> None:
    start = asyncio.get_running_loop().time()
    error = await failure_of(script, total_seconds=0.3)
    assert error.status == "timeout"
    assert asyncio.get_running_loop().time() - start < 1.3


@pytest.mark.parametrize(
    ("limits", "least", "most"),
    [
        ({"connect_seconds": 0.3, "total_seconds": 30}, 0.3, 0.6),
        ({"connect_seconds": 30, "total_seconds": 0.3}, 0.3, 0.3),
    ],
)
@pytest.mark.parametrize("addresses", [1, 8])
async def test_a_black_hole_costs_no_more_than_the_time_to_connect(
    addresses: int, limits: dict[str, object], least: float, most: float
) -> None:
    """Where packets vanish, it is the connecting that is given up, long before the deadline of the whole look, however
    many addresses the name has; and never after it.
    """

    def names(host: str, port: int, family: socket.AddressFamily) -> list[object]:
        return look_up("127.0.0.1", port, family) * addresses  # type: ignore[return-value]

    with black_hole() as port:
        async with Fetcher(policy(**limits), names=names) as fetcher:  # type: ignore[arg-type]
            start = asyncio.get_running_loop().time()
            with pytest.raises(FetchError) as caught:
                await fetcher.fetch(f"http://hole.example:{port}/feed.xml", now=NOW)
            seconds = asyncio.get_running_loop().time() - start
    assert caught.value.status == "timeout"
    assert least * 0.9 <= seconds < most + 1, caught.value.reason


async def test_endless_headers_end_at_once() -> None:
    error = await failure_of(endless(b"X-Filler: abc\r\n", b"HTTP/1.1 200 OK\r\n"), total_seconds=5)
    assert error.status == "http"
    assert "not valid HTTP" in error.reason


async def test_a_whole_chain_of_redirects_has_one_deadline() -> None:
    async def slow(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.15)
        writer.write(to(request.path + "x"))

    assert (await failure_of(slow, total_seconds=0.35)).status == "timeout"


# --- size and encoding -----------------------------------------------------------------------------------------------

BOMB = gzip.compress(b"\0" * 3_000_000)


@pytest.mark.parametrize(
    ("script", "status", "words"),
    [
        (always(answer(b"", Content_Length="200000000")), "too-large", "announces"),
        (endless(b"x" * 65536, answer(b"", Content_Length="-")), "too-large", "larger than"),
        (always(answer(BOMB, Content_Encoding="gzip")), "too-large", "inflates"),
        (always(answer(BOMB)), "too-large", "inflates"),
        (always(answer(gzip.compress(gzip.compress(b"x")), Content_Encoding="gzip")), "encoding", "inside gzip"),
        (always(answer(gzip.compress(b"x" * 999)[:-9], Content_Encoding="gzip")), "encoding", "too early"),
        (always(answer(b"plain", Content_Encoding="gzip")), "encoding", "broken"),
        (always(answer(b"", Content_Encoding="gzip")), "encoding", "too early"),
        (always(answer(b"x", Content_Encoding="br")), "encoding", "unsupported encoding 'br'"),
        (always(answer(b"x", Content_Encoding="zstd")), "encoding", "zstd"),
        (always(answer(b"x", Content_Encoding="deflate")), "encoding", "deflate"),
        (always(answer(b"x", Content_Encoding="gzip, gzip")), "encoding", "gzip, gzip"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_too_much_and_the_wrong_encoding_are_refused(script: Script, status: str, words: str) -> None:
    error = await failure_of(script, wire_bytes=1_000_000, inflated_bytes=2_000_000)
    assert (error.status, words in error.reason) == (status, True), error


@pytest.mark.parametrize(
    "sent",
    [
        answer(gzip.compress(b"hello"), Content_Encoding="gzip"),
        answer(gzip.compress(b"he") + gzip.compress(b"llo"), Content_Encoding="X-GZIP"),
        answer(gzip.compress(b"hello") + b"\0\0", Content_Encoding="gzip"),
        answer(gzip.compress(b"hello")),
        answer(b"hello", Content_Encoding="identity"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nhello",
    ],
    ids=["gzip", "two members", "padding", "a .gz file", "identity", "chunked", "until closed"],
)
async def test_honest_bodies_come_out_whole(sent: bytes) -> None:
    assert (await fetch_from(always(sent))).body == b"hello"


def test_a_body_of_very_many_gzip_streams_is_refused_at_once() -> None:
    """Each costs more time than its bytes, and the service waits meanwhile; a hundred joined files are fine."""
    one = gzip.compress(b"kata ")
    assert inflate(one * 101, 10_000) == b"kata " * 101
    begun = time.process_time()
    with pytest.raises(FetchError, match="more than 100 gzip streams"):
        inflate(one * 200_000, 10_000_000)
    assert time.process_time() - begun < 0.5


def test_inflating_never_makes_more_than_the_cap_and_one_byte() -> None:
    """The cap holds inside zlib: 64 KiB of zeros in ten members of 6 MB each never exist at once."""
    with pytest.raises(FetchError, match="inflates to more"):
        inflate(gzip.compress(b"\0" * 6_000_000) * 10, 100_000)


@pytest.mark.parametrize(
    "script",
    [
        always(answer(b"short", Content_Length="500")),
        always(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nhello\r\n"),
        always(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"),
        always(),
        always(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
        always(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
        always(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
        always(b"\0" * 9000),
    ],
    ids=["lying length", "bad chunk", "cut chunk", "no answer", "not http", "negative", "two lengths", "zeros"],
)
async def test_a_broken_answer_is_an_error_and_nothing_of_it_is_kept(script: Script) -> None:
    assert (await failure_of(script)).status in ("connect", "http")


# --- connections -----------------------------------------------------------------------------------------------------


async def test_a_closed_port_is_a_connect_error() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        async with Fetcher(policy()) as fetcher:
            with pytest.raises(FetchError, match="does not take the connection") as caught:
                await fetcher.fetch(f"http://127.0.0.1:{port}/", now=NOW)
    assert caught.value.status == "connect"


@pytest.mark.parametrize("answers", [None, []], ids=["no such name", "no address"])
async def test_a_name_that_nobody_knows_is_a_dns_error(answers: list[object] | None) -> None:
    def nobody(host: str, port: int, family: socket.AddressFamily) -> list[object]:
        if answers is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return answers

    async with Fetcher(policy(), names=nobody) as fetcher:  # type: ignore[arg-type]
        with pytest.raises(FetchError, match=r"example\.org cannot be resolved") as caught:
            await fetcher.fetch("http://example.org/feed", now=NOW)
    assert caught.value.status == "dns"


async def test_a_name_server_that_keeps_silent_is_a_dns_error_and_blocks_nobody() -> None:
    """Also when more names are without an answer than are asked at once; beyond a bound no further one is asked."""
    release = threading.Event()

    def slow(host: str, port: int, family: socket.AddressFamily) -> list[object]:
        if host == "slow.example":
            release.wait()
        return list(look_up("127.0.0.1", port, family))

    limits = policy(connect_seconds=0.2, at_once=4, lookups=9)
    async with (
        loopback(always(answer(b"quick"))) as server,
        Fetcher(limits, names=slow) as fetcher,  # type: ignore[arg-type]
    ):
        quick = server.url(host="quick.example")
        stuck = asyncio.gather(
            *(fetcher.fetch(f"http://slow.example:{8080 + n}/", now=NOW) for n in range(8)), return_exceptions=True
        )
        assert (await fetcher.fetch(quick, now=NOW)).body == b"quick"
        assert [error.status for error in await stuck if isinstance(error, FetchError)] == ["dns"] * 8
        assert (await fetcher.fetch(quick, now=NOW)).body == b"quick"
        with pytest.raises(FetchError, match="no answer"):
            await fetcher.fetch("http://slow.example:8080/", now=NOW)
        with pytest.raises(FetchError, match="too many names wait"):
            await fetcher.fetch(quick, now=NOW)
        release.set()
        bodies: list[bytes] = []
        async with asyncio.timeout(5):
            while not bodies:
                await asyncio.sleep(0)  # the lookups that were given up come home
                with suppress(FetchError):
                    bodies.append((await fetcher.fetch(quick, now=NOW)).body)


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate: who trusts it trusts its server, under its name alone."""

    file: Path

    def server_side(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file)
        return context


def _trusting(*certificates: Certificate) -> ssl.SSLContext:
    context = ssl.create_default_context()
    for certificate in certificates:
        context.load_verify_locations(certificate.file)
    return context


_EXPIRING = """
[ca]
default_ca = here
[here]
database = {folder}/index
new_certs_dir = {folder}
serial = {folder}/serial
default_md = sha256
policy = any
x509_extensions = names
[any]
commonName = supplied
[names]
subjectAltName = {names}
"""


@pytest.fixture(scope="module")
def certify(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Certificate]:
    """Makes certificates with the openssl program, which CI must have."""
    program = shutil.which("openssl")
    if program is None:
        lacking("openssl is not installed (Debian: apt-get install openssl)")

    def openssl(*words: object) -> None:
        subprocess.run([str(program), *map(str, words)], check=True, capture_output=True)

    def make(name: str, *, expired: bool = False) -> Certificate:
        folder = tmp_path_factory.mktemp("tls")
        file, key, certificate, request = (folder / part for part in ("both.pem", "key", "certificate", "request"))
        names = f"{'IP' if name[0].isdigit() else 'DNS'}:{name}"
        asked = ["-nodes", "-newkey", "rsa:2048", "-subj", f"/CN={name}", "-keyout", key]
        if expired:
            (folder / "settings").write_text(_EXPIRING.format(folder=folder, names=names))
            (folder / "index").touch()
            (folder / "serial").write_text("01")
            openssl("req", *asked, "-out", request)
            when = ["-startdate", "20260101000000Z", "-enddate", "20260102000000Z"]
            signed = ["-batch", "-notext", "-selfsign", "-keyfile", key, "-in", request, "-out", certificate]
            openssl("ca", "-config", folder / "settings", *signed, *when)
        else:
            openssl("req", "-x509", "-days", "2", *asked, "-addext", f"subjectAltName={names}", "-out", certificate)
        file.write_text(key.read_text() + certificate.read_text())
        return Certificate(file)

    return make


async def test_a_certificate_is_verified(certify: Callable[..., Certificate]) -> None:
    """A known certificate of the right name passes; an unknown, a foreign or an expired one is a tls error.

    Without verification the same servers are read: it is the certificates that are refused.
    """
    own, other, old = certify("127.0.0.1"), certify("other.example"), certify("127.0.0.1", expired=True)
    careless = ssl.create_default_context()
    careless.check_hostname, careless.verify_mode = False, ssl.CERT_NONE
    async with AsyncExitStack() as stack:
        script = always(answer(b"safe"))
        right, wrong, late = [
            await stack.enter_async_context(loopback(script, tls=one.server_side())) for one in (own, other, old)
        ]
        trusts = (_trusting(own, other), _trusting(old), None, careless)
        trusting, lenient, strangers, blind = [
            await stack.enter_async_context(Fetcher(policy(), tls=tls)) for tls in trusts
        ]
        assert (await trusting.fetch(right.url(), now=NOW)).body == b"safe"
        for fetcher, server, why in (
            (trusting, wrong, "IP address mismatch"),
            (lenient, late, "expired"),
            (strangers, right, "self-signed certificate"),
        ):
            with pytest.raises(FetchError, match=why) as caught:
                await fetcher.fetch(server.url(), now=NOW)
            assert caught.value.status == "tls"
            assert (await blind.fetch(server.url(), now=NOW)).body == b"safe"


async def test_https_to_a_plain_server_is_a_tls_error() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    async with server, Fetcher(policy()) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/", now=NOW)
    assert caught.value.status == "tls"


async def test_https_is_never_left_for_plain_http(certify: Callable[..., Certificate]) -> None:
    own = certify("127.0.0.1")
    async with loopback(always(answer(b"plain"))) as plain:
        script = always(to(plain.url()))
        async with (
            loopback(script, tls=own.server_side()) as safe,
            Fetcher(policy(), tls=_trusting(own)) as fetcher,
        ):
            with pytest.raises(FetchError, match="from https to plain http"):
                await fetcher.fetch(safe.url(), now=NOW)
    assert plain.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "",
        "feed.xml",
        "/feed.xml",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://",
        "http:///x",
        "http://user@127.0.0.1/",
        "http://user:pass@127.0.0.1/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:0/",
        "http://[::1/",
        "http://exa mple.org/",
        "javascript:alert(1)",
        "http://" + "a" * 300 + ".example/",
    ],
)
async def test_what_is_no_address_is_refused_with_a_sentence(url: str) -> None:
    async with Fetcher(policy(allow_networks=())) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(url, now=NOW)
    assert caught.value.status in ("blocked", "http", "dns")
    assert "pass" not in caught.value.reason.replace("password", "").replace("/etc/passwd", "")


# --- politeness ------------------------------------------------------------------------------------------------------


class _Crowd:
    """Counts how many requests a server works at at a time; lets them go when `most` are there or none can come."""

    def __init__(self) -> None:
        self.inside = 0
        self.most = 0

    async def script(self, request: Request, writer: asyncio.StreamWriter) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        await asyncio.sleep(0.03)  # long enough for all who may come to be inside
        self.inside -= 1
        writer.write(answer(b"x"))


async def _all(jobs: list[Callable[[], Awaitable[Fetched]]]) -> None:
    await asyncio.gather(*(job() for job in jobs))


async def test_a_host_is_asked_at_most_twice_at_a_time_and_others_meanwhile() -> None:
    crowd, other = _Crowd(), _Crowd()
    async with loopback(crowd.script) as one, loopback(other.script) as two, Fetcher(policy()) as fetcher:

        def job(server: Loopback) -> Callable[[], Awaitable[Fetched]]:
            return lambda: fetcher.fetch(server.url(), now=NOW)

        await _all([job(one)] * 8 + [job(two)] * 3)
    assert (crowd.most, other.most) == (2, 2)
    assert one.connections == 8


@pytest.mark.parametrize(("limits", "most"), [({"at_once": 3}, 3), ({}, 20)])
async def test_no_more_than_the_common_limit_run_at_once(limits: dict[str, object], most: int) -> None:
    """Twenty, where nothing else is asked for."""
    crowd = _Crowd()
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(loopback(crowd.script)) for _ in range(2 * most)]
        fetcher = await stack.enter_async_context(Fetcher(policy(**limits)))
        await asyncio.gather(*(fetcher.fetch(server.url(), now=NOW) for server in servers))
    assert crowd.most == most


async def test_redirects_across_full_hosts_do_not_wait_for_each_other() -> None:
    """Two hosts that send everybody to each other: a request never holds one lane while it waits for the next."""
    places: list[Loopback] = []

    async def across(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.path == "/end":
            writer.write(answer(b"done"))
        else:
            other = 1 if request.headers["host"].endswith(str(places[0].port)) else 0
            writer.write(to(places[other].url("/end")))

    async with loopback(across) as one, loopback(across) as two, Fetcher(policy(total_seconds=3)) as fetcher:
        places += [one, two]
        answers = await asyncio.gather(*(fetcher.fetch(server.url("/start"), now=NOW) for server in places * 6))
    assert {found.body for found in answers} == {b"done"}


def test_zlib_is_the_reference_for_the_bomb() -> None:
    """The bomb of these tests really is one: a few kilobytes that become megabytes."""
    assert len(BOMB) < 10_000
    assert len(zlib.decompress(BOMB, wbits=31)) == 3_000_000
