"""Which articles are worth a look at their own page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from newsdesk.articles import Article, Identity, PageLook
from newsdesk.candidates import page_to_judge, worth_a_page
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


READ = PageLook(status="read", at=NOW, text="teks lama")
AGAIN = PageLook(status="read", at=NOW, text="teks baru")
EMPTIED = PageLook(status="read", at=NOW)
FAILED = PageLook(status="http", at=NOW, reason="404 Not Found")


@pytest.mark.parametrize(
    ("look", "kept", "judged"),
    [
        (None, None, None),
        (AGAIN, None, AGAIN),
        (FAILED, None, FAILED),
        (None, READ, READ),
        (FAILED, READ, READ),
        (AGAIN, READ, AGAIN),
        (AGAIN, FAILED, AGAIN),
        (None, FAILED, FAILED),
        (FAILED, EMPTIED, FAILED),
    ],
)
def test_what_a_page_showed_stands_until_it_shows_something_else(
    look: PageLook | None, kept: PageLook | None, judged: PageLook | None
) -> None:
    """An article that is edited while its page cannot be read keeps to the text that was read."""
    assert page_to_judge(SOURCE, look, kept) == judged


@pytest.mark.parametrize(
    ("source", "kept", "why"),
    [
        (replace(SOURCE, page_text=PageText.NEVER), READ, "no longer be read"),
        (replace(SOURCE, page_text=PageText.NEVER), EMPTIED, "no longer be read"),
        (SOURCE, EMPTIED, "no longer kept"),
    ],
)
def test_a_page_is_set_aside_when_its_text_may_not_or_cannot_be_used(source: Source, kept: PageLook, why: str) -> None:
    """The verdict is the feed's again, and the look says so."""
    judged = page_to_judge(source, None, kept)
    assert judged is not None
    assert (judged.status, judged.text, judged.read) == ("set aside", "", False)
    assert why in judged.reason
