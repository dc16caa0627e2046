"""What Prometheus may read: totals of the store, sources by health, ages of the ticks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from newsdesk.health import health
from newsdesk.sources import SourceBook, SourceState


def metrics_text(
    counts: Mapping[str, int],
    book: SourceBook,
    states: Mapping[str, SourceState],
    beats: Mapping[str, datetime],
    now: datetime,
    lag: float = 0.0,
    overruns: Mapping[str, int] = MappingProxyType({}),
) -> str:
    """The exposition format. Everything but the last three is data in the store, so any process can be asked."""
    registry = CollectorRegistry()
    totals = Gauge(
        "lintas_total",
        "Articles, stories, posts and messages in the store, by state, and its bytes on the disk",
        ["of"],
        registry=registry,
    )
    for name, number in counts.items():
        totals.labels(name).set(number)
    sources = Gauge("lintas_sources", "Sources by health", ["status"], registry=registry)
    for status, number in Counter(health(source, states.get(source.id), now).status for source in book.sources).items():
        sources.labels(status).set(number)
    failures = Gauge("lintas_source_failures", "Polls that failed in a row", ["source"], registry=registry)
    gaps = Gauge("lintas_source_gaps", "Polls between which items may have been missed", ["source"], registry=registry)
    for source in book.enabled():
        state = states.get(source.id)
        failures.labels(source.id).set(state.failures if state else 0)
        gaps.labels(source.id).set(state.gaps if state else 0)
    ages = Gauge("lintas_tick_age_seconds", "Since a tick last came through", ["tick"], registry=registry)
    for name, at in beats.items():
        ages.labels(name).set(max(0.0, (now - at).total_seconds()))
    lost = Gauge("lintas_poll_overruns", "Turns lost to a poll that was still under way", ["source"], registry=registry)
    for name, times in overruns.items():
        lost.labels(name).set(times)
    Gauge(
        "lintas_loop_lag_seconds", "For how long the event loop was blocked at worst, of late", registry=registry
    ).set(lag)
    return generate_latest(registry).decode()
