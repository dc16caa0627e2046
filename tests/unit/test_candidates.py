"""Which articles are worth a look at their own page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from newsdesk.articles import Article, Identity
from newsdesk.candidates import worth_a_page
from newsdesk.sources import PageText, Source
from newsdesk.verdicts import Verdict, Verdicts

NOW = datetime(2026, 2, 7, 12, tzinfo=UTC)
SOURCE = Source(id="a", name="A", url="https://a.example/rss", page_text=PageText.JUDGE)
ARTICLE = Article(
    id=0, source="a", outlet="A", title="Judul", url="https://a.example/1", identity=Identity(url="x"),
    first_seen=NOW, at=NOW, summary="Ringkas ...",
)  # fmt: skip


def scored(**scores: float) -> Verdicts:
    """Verdicts with these scores against a threshold of 2."""
    return Verdicts(
        by_topic={
            topic: Verdict(topic=topic, score=score, threshold=2.0, matched=score >= 2)
            for topic, score in scores.items()
        }
    )


@pytest.mark.parametrize(
    ("verdicts", "worth"),
    [
        (scored(film=3.0, ai=0.0), 1.5),
        (scored(film=3.0, ai=1.0), 2.0),
        (scored(film=1.0, ai=0.0), 0.5),
        (scored(film=0.5, ai=0.5), 0.0),
        (scored(film=3.0, ai=3.0), 0.0),
        (Verdicts(), 0.0),
    ],
)
def test_doubt_is_worth_a_page_and_certainty_is_not(verdicts: Verdicts, worth: float) -> None:
    """A crossing is certain, and so is an article far from every topic."""
    assert worth_a_page(SOURCE, ARTICLE, verdicts) == worth


def test_neither_without_leave_nor_when_the_feed_gave_the_whole_text() -> None:
    likely = scored(film=3.0)
    assert worth_a_page(replace(SOURCE, page_text=PageText.NEVER), ARTICLE, likely) == 0
    assert worth_a_page(SOURCE, replace(ARTICLE, body="Teks penuh."), likely) == 0
