"""How a source is doing, told from what is remembered of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsdesk.health import health
from newsdesk.sources import Source, SourceState

NOW = datetime(2026, 2, 7, 12, tzinfo=UTC)
SOURCE = Source(id="a", name="A", url="https://a.example/rss", every=timedelta(minutes=20))
GOOD = SourceState(source="a", last_poll=NOW, last_ok=NOW, items=20, newest_item=NOW, status="ok")


@pytest.mark.parametrize(
    ("state", "status", "word"),
    [
        (None, "new", "not looked at"),
        (GOOD, "ok", ""),
        (replace(GOOD, failures=2, status="dns", reason="no such host"), "dns", "2 times"),
        (replace(GOOD, items=0), "empty", "without a single item"),
        (replace(GOOD, newest_item=NOW - timedelta(days=20)), "silent", "20 days old"),
        (replace(GOOD, gaps=1, span=timedelta(minutes=13)), "hasty", "13 minutes"),
        (replace(GOOD, gaps=1, span=timedelta(hours=5)), "ok", ""),
        (replace(GOOD, reason="moved permanently"), "ok", "moved"),
    ],
)
def test_health_is_a_word_and_a_sentence(state, status, word):
    found = health(SOURCE, state, NOW)
    assert found.status == status
    assert word in found.reason


def test_an_unverified_address_is_doubted_until_it_was_read_once():
    doubtful = replace(SOURCE, verified=False)
    failed = replace(GOOD, failures=1, status="http", reason="404 Not Found")
    assert "check it" in health(doubtful, None, NOW).reason
    assert "check it" in health(doubtful, replace(failed, last_ok=None), NOW).reason
    assert "check it" not in health(doubtful, failed, NOW).reason
    assert health(doubtful, GOOD, NOW).reason == ""


def test_a_disabled_source_says_so_whatever_is_remembered():
    assert health(replace(SOURCE, enabled=False), replace(GOOD, failures=9), NOW).status == "disabled"
