"""What other rules would have decided: which verdicts change, by which words, and where stories would go."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from newsdesk.backtest import changes, rerouted
from newsdesk.routes import Route, TopicRule
from newsdesk.verdicts import Evidence, Verdict, Verdicts

NOW = datetime(2026, 2, 7, 12, tzinfo=UTC)


def verdict(topic: str, *words: tuple[str, int, float], threshold: float = 2.0) -> Verdict:
    """A verdict whose evidence are words (text, start, weight) of the title."""
    score = sum(weight for _, _, weight in words)
    evidence = tuple(Evidence("any", "title", start, start + len(text), text, weight) for text, start, weight in words)
    return Verdict(topic=topic, score=score, threshold=threshold, matched=score >= threshold, evidence=evidence)


def verdicts(*each: Verdict) -> Verdicts:
    return Verdicts(by_topic={one.topic: one for one in each})


FILM = verdict("film", ("film", 0, 3.0))
NO_FILM = verdict("film")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (FILM, FILM, []),
        (NO_FILM, FILM, [("film", True, ("film",))]),
        (FILM, NO_FILM, [("film", False, ("film",))]),
        (FILM, verdict("film", ("film", 0, 2.5)), []),
        (verdict("film", ("film", 0, 1.0)), verdict("film", ("film", 0, 3.0)), [("film", True, ("film",))]),
        (
            verdict("film", ("film", 0, 1.0)),
            verdict("film", ("film", 0, 1.0), ("bioskop", 10, 1.5)),
            [("film", True, ("bioskop",))],
        ),
        (FILM, verdict("film", ("film", 0, 3.0), threshold=4.0), [("film", False, ())]),
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


def test_a_story_that_becomes_a_crossing_moves_from_one_route_to_the_other():
    routes = [
        Route(id="highlights", chat="-1", when=TopicRule(2, ("film", "ai"))),
        Route(id="roundup", chat="-1", when=TopicRule(1, ("film", "ai"))),
    ]
    one, two = verdicts(FILM), verdicts(FILM, verdict("ai", ("AI", 5, 3.0)))
    assert rerouted(routes, one, two, NOW) == ({"highlights"}, {"roundup"})
    assert rerouted(routes, one, one, NOW) == (set(), set())
