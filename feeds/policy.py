"""What a fetch and a parse may cost, and whom we say we are."""

from __future__ import annotations

from dataclasses import dataclass, field

PUBLIC_PORTS = (80, 443, 8080, 8443)
"""Where public web servers answer. Others are refused, so that no feed URL makes us knock at mail or databases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPolicy:
    """The limits of one gateway. Seconds are wall-clock, sizes are bytes.

    `user_agent` names the product, its version and a contact. `allow_networks` are CIDRs that may be connected to
    although they are not public, on any port.
    """

    user_agent: str
    allow_networks: tuple[str, ...] = ()
    ports: tuple[int, ...] = PUBLIC_PORTS
    total_seconds: float = 20.0
    """For one look at a source, redirects included, waiting for a free lane excluded."""
    connect_seconds: float = 5.0
    """For each of: resolving the name, opening the connection with its handshake. Twice that for both, however many
    addresses there are."""
    wire_bytes: int = 5 * 1024 * 1024
    inflated_bytes: int = 10 * 1024 * 1024
    redirects: int = 5
    per_host: int = 2
    at_once: int = 20
    lookups: int = 200
    """Names that may wait for an answer, given up or not: ten times what is asked at once, as a silent name server holds
    each for up to ten times as long as we wait."""
    full_after_hours: float = 24.0
    """A whole body is asked for without validators at least this often, against a stuck ETag."""
    reading: ReadLimits = field(default_factory=lambda: ReadLimits())


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLimits:
    """What reading one body may cost in the child process, and when the child is replaced."""

    wall_seconds: float = 9.0
    """With the fetch of a hostile body it is over within ten, on a busy machine, too."""
    cpu_seconds: int = 4
    """The kernel ends a child up to a second later: it is over within five."""
    memory_bytes: int = 256 * 1024 * 1024
    feeds_per_child: int = 200
    children: int = 2
    """Processes that read; one that works at a slow body does not count while there is room aside."""
    aside: int = 2
    aside_after_seconds: float = 0.5
    """So many bodies that take longer than that go on beside the others: a healthy feed never waits for them. Together with `children` this bounds the processes, and with them the memory."""
    answer_bytes: int = 48 * 1024 * 1024
