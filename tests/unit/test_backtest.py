"""What other rules would have decided: which verdicts change, by which words, and where articles would go."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsdesk.articles import Article, Identity
from newsdesk.backtest import changes, posts
from newsdesk.routes import Route, TopicRule
from newsdesk.verdicts import Evidence, Verdict, Verdicts

NOW = datetime(2026, 2, 7, 12, tzinfo=UTC)


def verdict(
    topic: str, *words: tuple[str, int, float], threshold: float = 2.0, barred: tuple[tuple[str, int], ...] = ()
) -> Verdict:
    """A verdict whose evidence are words (text, start, weight) of the title, and barred ones (text, start)."""
    score = sum(weight for _, _, weight in words)
    evidence = tuple(Evidence("any", "title", start, start + len(text), text, weight) for text, start, weight in words)
    ignored = tuple(Evidence("never", "title", start, start + len(text), text, 0.0) for text, start in barred)
    return Verdict(
        topic=topic,
        score=score,
        threshold=threshold,
        matched=score >= threshold,
        evidence=evidence,
        ignored=ignored,
    )


def verdicts(*each: Verdict) -> Verdicts:
    return Verdicts(by_topic={one.topic: one for one in each})


FILM = verdict("film", ("film", 5, 3.0))
NO_FILM = verdict("film")
BARRED = verdict("film", barred=(("kaca film", 0),))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(FILM, FILM, [], id="nothing differs"),
        pytest.param(FILM, verdict("film", ("film", 5, 2.5)), [], id="another score on the same side"),
        pytest.param(NO_FILM, FILM, [("film", True, ("film",))], id="a new word"),
        pytest.param(FILM, NO_FILM, [("film", False, ("film",))], id="a word that is gone"),
        pytest.param(FILM, BARRED, [("film", False, ("kaca film", "film"))], id="a phrase barred now"),
        pytest.param(BARRED, FILM, [("film", True, ("kaca film", "film"))], id="a phrase barred no more"),
        pytest.param(
            FILM,
            verdict("film", barred=(("obral", 20),)),
            [("film", False, ("film",))],
            id="a barred phrase elsewhere has nothing to do with it",
        ),
        pytest.param(
            verdict("film", ("film", 5, 1.0)), FILM, [("film", True, ("film",))], id="a word that weighs more"
        ),
        pytest.param(
            verdict("film", ("film", 5, 1.0)),
            verdict("film", ("film", 5, 1.0), ("aktor", 10, 0.5), ("bioskop", 20, 1.5), ("Aktor", 30, 0.3)),
            [("film", True, ("bioskop", "aktor"))],
            id="the weightiest first, each once",
        ),
        pytest.param(
            verdict("film", ("film", 5, 3.0)),
            verdict("film", ("film", 5, 1.0), ("aktor", 10, 0.5)),
            [("film", False, ("film",))],
            id="what speaks for the topic did not remove it",
        ),
        pytest.param(
            verdict("film", ("film", 5, 3.0), ("obral", 20, -2.0)),
            FILM,
            [("film", True, ("obral",))],
            id="what spoke against it is gone",
        ),
        pytest.param(
            FILM, verdict("film", ("film", 5, 3.0), threshold=4.0), [("film", False, ())], id="only the threshold moved"
        ),
    ],
)
def test_a_change_names_the_words_that_made_it(before, after, expected):
    found = changes(verdicts(before), verdicts(after))
    assert [(one.topic, one.added, one.words) for one in found] == expected


def test_a_topic_that_only_one_side_knows_is_a_change_when_it_matches():
    added = changes(verdicts(), verdicts(FILM))
    removed = changes(verdicts(FILM), verdicts())
    assert [(one.before, one.after) for one in added] == [(None, FILM)]
    assert [(one.before, one.after, one.added) for one in removed] == [(FILM, None, False)]
    assert changes(verdicts(), verdicts(NO_FILM)) == []


ARTICLE = Article(
    id=1,
    source="s",
    outlet="S",
    title="x",
    url="https://s/1",
    identity=Identity(url="https://s/1"),
    first_seen=NOW,
    at=NOW,
)
ROUTES = (
    Route(id="highlights", chat="-1", when=TopicRule(2, ("film", "ai"))),
    Route(id="roundup", chat="-1", when=TopicRule(1, ("film", "ai"))),
)
AI = verdict("ai", ("AI", 5, 3.0))


@pytest.mark.parametrize(
    ("judged", "age", "expected"),
    [
        (verdicts(FILM), 0, {("-1", "roundup")}),
        (verdicts(FILM, AI), 0, {("-1", "highlights")}),
        (verdicts(NO_FILM), 0, set()),
        (verdicts(FILM), 72, {("-1", "roundup")}),
        (verdicts(FILM), 73, set()),
    ],
)
def test_an_article_goes_where_routing_sends_it_unless_it_was_old_when_first_seen(judged, age, expected):
    article = replace(ARTICLE, at=NOW - timedelta(hours=age))
    assert posts(ROUTES, judged, article, timedelta(hours=72)) == expected
