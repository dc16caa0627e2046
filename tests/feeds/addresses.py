"""Addresses that may be connected to and such as may not, and how the latter are spelled by those who try."""

from __future__ import annotations

import ipaddress


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
