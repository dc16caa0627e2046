"""No spelling, answer of the name service or redirect makes us connect to an address that is not public."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from itertools import chain

import pytest

from feeds.fetch import Fetcher
from feeds.guard import Guard, Refused
from feeds.policy import PUBLIC_PORTS
from newsdesk.errors import FetchError
from tests.feeds.addresses import NOT_PUBLIC_4, NOT_PUBLIC_6, PUBLIC, spellings_of
from tests.feeds.loopback import always, answer, loopback, policy
from tests.feeds.witness import connects

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
GUARD = Guard.of((), PUBLIC_PORTS)


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
