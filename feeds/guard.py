"""Which addresses may be connected to. Judged on the address that is about to be connected to, never on the name.

Names lie (rebinding, several answers, odd spellings such as ``0x7f.1``), so the check happens where the socket is
made: feeds/fetch.py asks here for every single address. Python's own `is_global` is not enough: it takes
``64:ff9b::7f00:1``, ``2002:7f00:1::``, ``::127.0.0.1``, ``fec0::1`` and multicast for public.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

NOT_PUBLIC = "not public"

# IANA special-purpose registries (IPv4 and IPv6), multicast, and the IPv6 ranges that carry an IPv4 address inside
# or were given up. Everything that is not plainly a public unicast address.
_REFUSED: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT, cloud metadata of Alibaba
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments, Oracle metadata
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relay
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "::/96",  # unspecified, loopback, IPv4-compatible
        "::ffff:0:0/96",  # IPv4-mapped (unwrapped before; never reached as such)
        "::ffff:0:0:0/96",  # IPv4-translated
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # NAT64, local
        "100::/64",  # discard
        "100:0:0:1::/64",  # dummy prefix
        "2001::/23",  # Teredo, ORCHID, benchmarks and the other protocol assignments
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fc00::/7",  # unique local, AWS metadata
        "fe80::/10",  # link-local
        "fec0::/10",  # site-local
        "ff00::/8",  # multicast
    )
)
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
"""All IPv6 that IANA gives out. The rest is reserved, whatever it may become."""


class Refused(OSError):
    """This address may not be connected to. An OSError, because socket code passes those on."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def is_public(address: Address) -> bool:
    """Whether a plain public unicast address of the internet stands here."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address.scope_id is not None or address not in _GLOBAL_UNICAST:
            return False
    return not any(address.version == network.version and address in network for network in _REFUSED)


@dataclass(frozen=True, slots=True)
class Guard:
    """The decision for one policy: public addresses at web ports, and the allowed networks at any port."""

    allowed: tuple[Network, ...] = ()
    ports: frozenset[int] = field(default_factory=frozenset)

    @classmethod
    def of(cls, allow_networks: Iterable[str], ports: Iterable[int]) -> Guard:
        """A guard from CIDR texts. Raises ValueError for a text that is no network."""
        return cls(tuple(ipaddress.ip_network(text.strip(), strict=False) for text in allow_networks), frozenset(ports))

    def refusal(self, host: str, port: int) -> str:
        """Why this numeric address may not be connected to at this port; "" when it may."""
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return NOT_PUBLIC
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if any(address.version == network.version and address in network for network in self.allowed):
            return ""
        if not is_public(address):
            return NOT_PUBLIC
        if port not in self.ports:
            return f"port {port} is not a web port"
        return ""

    def check(self, host: str, port: int) -> None:
        """Raise Refused unless this address may be connected to."""
        reason = self.refusal(host, port)
        if reason:
            raise Refused(reason)
