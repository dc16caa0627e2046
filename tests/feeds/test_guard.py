"""No spelling, answer of the name service or redirect makes us connect to an address that is not public."""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain

import pytest

from feeds.fetch import Fetcher
from feeds.guard import Guard, Refused
from feeds.policy import PUBLIC_PORTS
from newsdesk.errors import FetchError
from tests.feeds.loopback import always, answer, loopback, policy

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
GUARD = Guard.of((), PUBLIC_PORTS)


def words(text: str) -> list[str]:
    return text.split()


# IPv4 addresses that no feed may reach, each tried plain and inside every IPv6 form that carries an IPv4 address.
NOT_PUBLIC_4 = words(
    "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.1.2.3"
    " 127.255.255.254 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192"
    " 192.0.2.1 192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1"
    " 239.255.255.250 240.0.0.1 255.255.255.255"
)
NOT_PUBLIC_6 = words(
    ":: ::1 ::2 ::ffff:0:0 64:ff9b::1 64:ff9b:1::1 100::1 100:0:0:1::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2"
    " 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002::1 2002:7f00:1:: 2002:a00:1::1 2620:4f:8000::1 3fff::1 5f00::1"
    " fc00::1 fd00:ec2::254 fdff::1 fe80::1 febf::1 fec0::1 feff::1 ff02::1 ff0e::1 4000::1 8000::1 c000::1 e000::1"
    " f000::1 f800::1 ::7f00:1 ::a00:1 0:0:0:0:0:ffff:7f00:1"
)
PUBLIC = words(
    "1.1.1.1 8.8.8.8 9.9.9.9 11.0.0.1 23.50.1.1 34.101.1.1 36.66.1.1 49.0.1.1 52.219.1.1 64.233.1.1 66.249.1.1"
    " 74.125.24.1 99.255.255.255 100.63.255.255 100.128.0.1 103.10.1.1 104.16.1.1 110.50.1.1 118.98.1.1 126.255.255.255"
    " 128.0.0.1 139.255.1.1 142.250.4.1 151.101.1.1 157.240.1.1 169.253.255.255 169.255.0.1 172.15.255.255 172.32.0.1"
    " 172.217.1.1 180.250.1.1 182.23.1.1 191.255.255.255 192.0.1.1 192.0.3.1 192.88.98.1 192.167.255.255 192.169.0.1"
    " 198.17.255.255 198.20.0.1 198.51.99.1 202.158.1.1 203.0.112.1 203.190.241.43 216.58.1.1 223.255.255.255"
    " 2001:200::1 2001:4860:4860::8888 2404:6800:4003::1 2606:4700::1111 2a00:1450::1 2c0f:f248::1 2620:4f:7fff::1"
    " ::ffff:8.8.8.8"
)


def spellings_of(address: str) -> list[str]:
    """Hosts that browsers, C libraries or proxies take for this IPv4 address."""
    number = int(ipaddress.IPv4Address(address))
    a, b, c, d = address.split(".")
    return [
        address,
        f"{address}.",
        str(number),
        hex(number),
        f"0{number:o}",
        f"{a}.{number & 0xFFFFFF}",
        f"{a}.{b}.{number & 0xFFFF}",
        ".".join(hex(int(part)) for part in (a, b, c, d)),
        ".".join(f"0{int(part):o}" for part in (a, b, c, d)),
        f"[::ffff:{address}]",
        f"[::ffff:{number >> 16:x}:{number & 0xFFFF:x}]",
        f"[::{address}]",
        f"[64:ff9b::{address}]",
        f"[2002:{number >> 16:x}:{number & 0xFFFF:x}::1]",
    ]


SPELLINGS = [spelling for address in NOT_PUBLIC_4 for spelling in spellings_of(address)]
SPELLINGS += [f"[{address}]" for address in NOT_PUBLIC_6]
SPELLINGS += [
    "localhost",
    "LOCALHOST.",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "%31%32%37.0.0.1",
    "127.0.0.1%00.example.org",
    "[fe80::1%25lo]",
    "[::1%25lo]",
]

_watching: list[object] | None = None


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect" and _watching is not None:
        _watching.append(arguments[1])


sys.addaudithook(_audit)  # an independent witness: the interpreter reports every connect


@contextmanager
def connects() -> Iterator[list[object]]:
    """The addresses that anything in this process connects to meanwhile, Unix sockets left out."""
    global _watching
    _watching = []
    try:
        yield _watching
    finally:
        _watching = None


def hosts_file(host: str, port: int, family: socket.AddressFamily) -> list[object]:
    """A name service that knows localhost and asks nobody outside."""
    if host.lower().rstrip(".") == "localhost":
        host = "127.0.0.1"
    found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [
        {"hostname": host, "host": str(to[0]), "port": port, "family": kind, "proto": protocol, "flags": 0}
        for kind, _, protocol, _, to in found
    ]


def test_there_are_at_least_two_hundred_spellings() -> None:
    assert len(set(SPELLINGS)) >= 200


async def test_no_spelling_connects() -> None:
    """Each spelling, as a feed's address and as the target of a redirect, ends in an error without any connection."""
    async with Fetcher(policy(allow_networks=(), total_seconds=2), names=hosts_file) as fetcher:  # type: ignore[arg-type]
        with connects() as seen:
            for spelling in SPELLINGS:
                with pytest.raises(FetchError) as caught:
                    await fetcher.fetch(f"http://{spelling}/feed.xml", now=NOW)
                assert caught.value.status in ("blocked", "http", "dns"), spelling
    assert seen == []


async def test_no_redirect_to_a_spelling_connects() -> None:
    """The redirecting server is the only address that is connected to."""
    target = ""

    async def script(request: object, writer: object) -> None:
        await always(answer(status="302 Found", Location=f"http://{target}/"))(request, writer)  # type: ignore[arg-type]

    async with loopback(script) as server:  # type: ignore[arg-type]
        only = policy(allow_networks=("127.0.0.1/32",), total_seconds=2)
        async with Fetcher(only, names=hosts_file) as fetcher:  # type: ignore[arg-type]
            for spelling in chain(*(spellings_of(address) for address in NOT_PUBLIC_4 if address != "127.0.0.1")):
                target = spelling
                with connects() as seen, pytest.raises(FetchError):
                    await fetcher.fetch(server.url(), now=NOW)
                ports = {address[1] for address in seen if isinstance(address, tuple)}
                assert ports <= {server.port}, spelling


@pytest.mark.parametrize("address", [*NOT_PUBLIC_4, *NOT_PUBLIC_6])
async def test_a_name_that_resolves_to_such_an_address_is_refused(address: str) -> None:
    def names(host: str, port: int, family: socket.AddressFamily) -> list[object]:
        return hosts_file(address, port, socket.AF_UNSPEC)

    async with Fetcher(policy(allow_networks=()), names=names) as fetcher:  # type: ignore[arg-type]
        with connects() as seen, pytest.raises(FetchError) as caught:
            await fetcher.fetch("http://feeds.example.org/rss", now=NOW)
    assert (caught.value.status, caught.value.reason, seen) == ("blocked", "not public", [])


async def test_of_mixed_answers_only_the_permitted_address_is_connected_to() -> None:
    async with loopback(always(answer(b"ok"))) as server:

        def names(host: str, port: int, family: socket.AddressFamily) -> list[object]:
            return [
                found for address in ("10.0.0.1", "127.0.0.1", "::1") for found in hosts_file(address, port, family)
            ]

        async with Fetcher(policy(allow_networks=("127.0.0.1/32",)), names=names) as fetcher:  # type: ignore[arg-type]
            with connects() as seen:
                assert (await fetcher.fetch(server.url(host="mixed.example"), now=NOW)).body == b"ok"
    assert {address[0] for address in seen if isinstance(address, tuple)} == {"127.0.0.1"}


async def test_a_name_that_changes_its_answer_is_judged_each_time() -> None:
    """Rebinding: the first answer is permitted, the one after the redirect is not."""
    answers = iter(["127.0.0.1", "192.168.1.1"])

    def names(host: str, port: int, family: socket.AddressFamily) -> list[object]:
        return hosts_file(next(answers), port, family)

    async with (
        loopback(always(answer(status="302 Found", Location="/again"))) as server,
        Fetcher(policy(), names=names) as fetcher,  # type: ignore[arg-type]
    ):
        with pytest.raises(FetchError, match="not public"):
            await fetcher.fetch(server.url(host="rebind.example"), now=NOW)
    assert server.connections == 1


def test_the_socket_itself_is_refused_whatever_the_resolver_let_through() -> None:
    """The last check stands alone: with a resolver that filters nothing, no socket is made."""
    fetcher = Fetcher(policy(allow_networks=()))
    for address in NOT_PUBLIC_4:
        with pytest.raises(Refused):
            fetcher._socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_not_refused(address: str) -> None:
    assert GUARD.refusal(address, 443) == ""


@pytest.mark.parametrize("address", [*NOT_PUBLIC_4, *NOT_PUBLIC_6, "not an address", "fe80::1%lo", "2a00::1%eth0"])
def test_other_addresses_are_refused(address: str) -> None:
    assert GUARD.refusal(address, 443) == "not public"


@pytest.mark.parametrize(
    ("networks", "address", "port", "allowed"),
    [
        (("127.0.0.0/8",), "127.9.9.9", 12345, True),
        (("127.0.0.0/8",), "::ffff:127.0.0.1", 12345, True),
        (("127.0.0.1",), "127.0.0.2", 80, False),
        (("10.0.0.5/24",), "10.0.0.77", 1, True),
        (("::1/128",), "::1", 9, True),
        (("::1/128",), "127.0.0.1", 80, False),
        ((), "8.8.8.8", 25, False),
        ((), "8.8.8.8", 8443, True),
        (("8.8.8.0/24",), "8.8.8.8", 25, True),
    ],
)
def test_allowed_networks_open_exactly_themselves(
    networks: tuple[str, ...], address: str, port: int, allowed: bool
) -> None:
    assert (Guard.of(networks, PUBLIC_PORTS).refusal(address, port) == "") is allowed


def test_a_text_that_is_no_network_is_an_error() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        Guard.of(("nonsense",), PUBLIC_PORTS)
