"""How hosts that are not public are written by those who want a server to connect to them."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from dataclasses import dataclass

from tests.feeds.addresses import NOT_PUBLIC_4, NOT_PUBLIC_6, spellings_of

LOOPBACK = ("127.0.0.1", "127.1.2.3", "127.255.255.254", "::1")
"""Where the listeners of the row stand. The front, which may be asked, stands at another one."""
FRONT = "127.77.0.1"


@dataclass(frozen=True, slots=True)
class Spelling:
    """An address as somebody writes it, with ``{port}`` where the listeners' port goes, and where it leads.

    `means` is the numeric address that a lenient reader connects to.
    """

    url: str
    means: str

    def at(self, port: int) -> str:
        """The address for listeners at that port."""
        return self.url.replace("{port}", str(port))

    @property
    def heard(self) -> bool:
        """Whether one of the row's listeners hears it when nothing stops the connection."""
        address = ipaddress.ip_address(self.means)
        mapped = getattr(address, "ipv4_mapped", None)
        return "{port}" in self.url and str(mapped or address) in (*LOOPBACK, "0.0.0.0")


# Names that a name service answers with a loopback address: local ones, and public services that give any address.
NAMES = {
    "localhost": "127.0.0.1",
    "localhost.localdomain": "127.0.0.1",
    "ip6-localhost": "::1",
    "127.0.0.1.nip.io": "127.0.0.1",
    "7f000001.rbndr.example": "127.0.0.1",
    "localtest.me": "127.0.0.1",
    "metadata.google.internal": "169.254.169.254",
}

_HOSTS = {
    "localhost": "127.0.0.1",
    "LOCALHOST.": "127.0.0.1",
    "LocalHost": "127.0.0.1",
    "localhost.localdomain": "127.0.0.1",
    "ip6-localhost": "::1",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ": "127.0.0.1",
    "127.0.0.1.nip.io": "127.0.0.1",
    "7f000001.rbndr.example": "127.0.0.1",
    "localtest.me": "127.0.0.1",
    "metadata.google.internal": "169.254.169.254",
    "①②⑦.⓪.⓪.①": "127.0.0.1",
    "１２７.０.０.１": "127.0.0.1",
    "१२७.०.०.१": "127.0.0.1",
    "127。0。0。1": "127.0.0.1",
    "127．0｡0。1": "127.0.0.1",
    "%31%32%37.0.0.1": "127.0.0.1",
    "127%2e0%2e0%2e1": "127.0.0.1",
    "%6c%6f%63%61%6c%68%6f%73%74": "127.0.0.1",
    "127.0.0.1%00.example.org": "127.0.0.1",
    "127.0.0.1%20.example.org": "127.0.0.1",
    "127.0.0.1%2f.example.org": "127.0.0.1",
    "127.0.0.1..": "127.0.0.1",
    "127.0.0.1.": "127.0.0.1",
    "127.000.000.001": "127.0.0.1",
    "0127.0.0.1": "127.0.0.1",
    "127.1": "127.0.0.1",
    "127.0.1": "127.0.0.1",
    "127.66051": "127.1.2.3",
    "2130706433": "127.0.0.1",
    "02130706433": "127.0.0.1",
    "017700000001": "127.0.0.1",
    "0x7f000001": "127.0.0.1",
    "0X7F000001": "127.0.0.1",
    "0x7f.1": "127.0.0.1",
    "0177.0x0.0.01": "127.0.0.1",
    "0x7f.0.0x0.1": "127.0.0.1",
    "6425673729": "127.0.0.1",  # 2**32 + 2130706433: some readers let it overflow
    "0": "0.0.0.0",
    "0x0": "0.0.0.0",
    "00000000000": "0.0.0.0",
    "0.0": "0.0.0.0",
    "[::1]": "::1",
    "[0:0:0:0:0:0:0:1]": "::1",
    "[0000:0000:0000:0000:0000:0000:0000:0001]": "::1",
    "[::0001]": "::1",
    "[::0.0.0.1]": "::1",
    "[::1%25lo]": "::1",
    "[::1%lo]": "::1",
    "[fe80::1%25lo]": "fe80::1",
    "[fe80::1%25eth0]": "fe80::1",
    "[::ffff:127.0.0.1]": "::ffff:127.0.0.1",
    "[::FFFF:7F00:1]": "::ffff:127.0.0.1",
    "[0:0:0:0:0:ffff:127.0.0.1]": "::ffff:127.0.0.1",
    "[::127.0.0.1]": "::7f00:1",
    "[64:ff9b::127.0.0.1]": "64:ff9b::7f00:1",
    "[64:ff9b:1::127.0.0.1]": "64:ff9b:1::7f00:1",
    "[2002:7f00:1::]": "2002:7f00:1::",
    "[2001:0:7f00:1::80ff:fffe]": "2001:0:7f00:1::80ff:fffe",
    "[::ffff:0:127.0.0.1]": "::ffff:0:7f00:1",
    "[v1.fe80::a]": "fe80::a",
}

_URLS = {
    "http://public.example@127.0.0.1:{port}/": "127.0.0.1",
    "http://public.example:80@127.0.0.1:{port}/": "127.0.0.1",
    "http://user:word@127.0.0.1:{port}/": "127.0.0.1",
    "http://@127.0.0.1:{port}/": "127.0.0.1",
    "http://127.0.0.1:{port}@localhost:{port}/": "127.0.0.1",
    "http://a@b@127.0.0.1:{port}/": "127.0.0.1",
    "http://127.0.0.1:{port}#@public.example/": "127.0.0.1",
    "http://127.0.0.1:{port}?@public.example/": "127.0.0.1",
    "http://127.0.0.1:{port}\\@public.example/": "127.0.0.1",
    "http://public.example\\@127.0.0.1:{port}/": "127.0.0.1",
    "http:\\\\127.0.0.1:{port}\\": "127.0.0.1",
    "http:/127.0.0.1:{port}/": "127.0.0.1",
    "http:///127.0.0.1:{port}/": "127.0.0.1",
    "http://\t127.0.0.1:{port}/": "127.0.0.1",
    "http://127.0.0.1\n:{port}/": "127.0.0.1",
    "http://127.0.0.1\r\n:{port}/": "127.0.0.1",
    "  http://127.0.0.1:{port}/  ": "127.0.0.1",
    "HTTP://127.0.0.1:{port}/": "127.0.0.1",
    "hTTp://LOCALHOST:{port}/": "127.0.0.1",
    "http://127.0.0.1 :{port}/": "127.0.0.1",
    "http://127.0.0.1:0{port}/": "127.0.0.1",
    "http://127.0.0.1:+{port}/": "127.0.0.1",
    "http://127.0.0.1:{port} /": "127.0.0.1",
    "http://127.0.0.1:{port}/../..//": "127.0.0.1",
    "http://127.0.0.1:/": "127.0.0.1",
    "http://127.0.0.1:0/": "127.0.0.1",
    "http://127.0.0.1:22/": "127.0.0.1",
    "http://127.0.0.1:80/": "127.0.0.1",
    "https://127.0.0.1:443/": "127.0.0.1",
    "https://127.0.0.1:{port}/": "127.0.0.1",
    "https://[::1]:{port}/": "::1",
    "http://127.0.0.1:6379/": "127.0.0.1",
    "http://127.0.0.1:65536/": "127.0.0.1",
    "http://127.0.0.1:99999/": "127.0.0.1",
    "http://[::1:{port}/": "::1",
    "http://::1:{port}/": "::1",
    "http://[[::1]]:{port}/": "::1",
    "http://[127.0.0.1]:{port}/": "127.0.0.1",
    "//127.0.0.1:{port}/": "127.0.0.1",
    "127.0.0.1:{port}": "127.0.0.1",
    "feed://127.0.0.1:{port}/": "127.0.0.1",
    "feed:http://127.0.0.1:{port}/": "127.0.0.1",
    "url:http://127.0.0.1:{port}/": "127.0.0.1",
    "ftp://127.0.0.1:{port}/": "127.0.0.1",
    "gopher://127.0.0.1:{port}/_GET": "127.0.0.1",
    "dict://127.0.0.1:{port}/": "127.0.0.1",
    "file://127.0.0.1/etc/passwd": "127.0.0.1",
    "ws://127.0.0.1:{port}/": "127.0.0.1",
    "jar:http://127.0.0.1:{port}/!/": "127.0.0.1",
    "view-source:http://127.0.0.1:{port}/": "127.0.0.1",
}


def spellings() -> list[Spelling]:
    """All of them, each once."""
    found = {url: means for url, means in _URLS.items()}
    found |= {f"http://{host}:{{port}}/feed.xml": means for host, means in _HOSTS.items()}
    found |= dict(_systematic())
    return [Spelling(url, means) for url, means in found.items()]


def _systematic() -> Iterator[tuple[str, str]]:
    """Each address that is not public, in every notation that C libraries, browsers and IPv6 know for it."""
    for address in NOT_PUBLIC_4:
        for host in spellings_of(address):
            means = host.strip("[]") if ":" in host else address
            yield f"http://{host}:{{port}}/feed.xml", means
    for address in NOT_PUBLIC_6:
        yield f"http://[{address}]:{{port}}/feed.xml", address


def answers_for(host: str, port: int, family: socket.AddressFamily) -> list[dict[str, object]]:
    """A name service that knows the names above and numbers, and asks nobody. Raises OSError for other names."""
    host = NAMES.get(host.lower().rstrip("."), host)
    found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [
        {"hostname": host, "host": str(to[0]), "port": port, "family": kind, "proto": protocol, "flags": 0}
        for kind, _, protocol, _, to in found
    ]
