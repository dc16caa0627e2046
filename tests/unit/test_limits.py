"""Limits in chat: who is answered, who is told why not, who is met with silence."""

from __future__ import annotations

from newsdesk.limits import PRESS, Allowance, Limits, Rate, Reason, Ruling

A, N, S = Ruling.ANSWER, Ruling.NOTICE, Ruling.SILENCE


def rulings(limits: Limits, times: list[float], who: int = 1) -> list[Ruling]:
    return [limits.ask(who, at).ruling for at in times]


def test_five_at_once_one_notice_then_silence_until_the_bucket_is_full() -> None:
    """One more every twelve seconds; the notice comes again only after a minute of rest."""
    limits = Limits()
    assert rulings(limits, [0.0] * 8) == [A] * 5 + [N, S, S]
    assert rulings(limits, [12.0, 12.0, 24.0, 24.0]) == [A, S, A, S]
    assert rulings(limits, [90.0] * 7) == [A] * 5 + [N, S]


def test_one_person_does_not_use_up_what_another_may_ask() -> None:
    """Each has a bucket."""
    limits = Limits()
    rulings(limits, [0.0] * 20, who=1)
    assert rulings(limits, [0.0], who=2) == [A]


def test_the_reason_tells_who_asks_too_much() -> None:
    """So that the notice can say so."""
    limits = Limits(Allowance(everybody=Rate(2, 0.1), reserve=0, line=0))
    assert [limits.ask(who, 0.0).reason for who in (1, 2, 3)] == [Reason.NONE, Reason.NONE, Reason.EVERYBODY]
    assert [limits.ask(1, 0.0).reason for _ in range(6)][-1] == Reason.PERSON


def test_who_has_not_asked_lately_is_answered_in_the_middle_of_a_flood() -> None:
    """A reserve is kept for them; without it they would be refused."""

    def refused(allowance: Allowance) -> int:
        """How many of fifty calm people are not answered, one each second."""
        limits, calm = Limits(allowance), []
        for n in range(10_000):
            limits.ask(n % 500, n * 0.006)
            if n >= 1_000 and n % 180 == 0:
                calm.append(limits.ask(f"calm {n}", n * 0.006).ruling)
        return len(calm) - calm.count(A)

    assert refused(Allowance()) == 0
    assert refused(Allowance(reserve=0, line=0)) > 10


def test_a_flood_is_answered_at_the_common_pace() -> None:
    """Thirty at once, twenty a second and ten seconds' worth in line; notices ten and four a second."""
    limits = Limits()
    made = [limits.ask(n, n * 0.002) for n in range(5_000)]
    rulings = [decision.ruling for decision in made]
    assert rulings.count(A) <= 30 + 20 * 10 + 200
    assert rulings.count(N) <= 10 + 4 * 10
    leaves = sorted(n * 0.002 + decision.after for n, decision in enumerate(made) if decision.ruling is A)
    assert max(decision.after for decision in made) <= 10
    assert all(later - earlier > 0.95 for earlier, later in zip(leaves[30:], leaves[50:], strict=False))


def test_hundreds_who_come_at_once_stand_in_line_and_are_answered_within_ten_seconds() -> None:
    """A link that went round is no flood; those behind them have to ask again, and are told so."""
    limits = Limits()
    made = [limits.ask(n, 0.0) for n in range(300)]
    assert [decision.ruling for decision in made].count(A) == 230
    assert [round(made[n].after, 2) for n in (0, 29, 30, 49, 229)] == [0, 0, 0.05, 1.0, 10.0]


def test_when_answers_pile_up_those_who_ask_much_are_refused_first() -> None:
    """A slow machine or a slow Telegram: half of what may be in hand is for people who have not asked lately."""
    limits = Limits()
    assert rulings(limits, [0.0, 0.0]) == [A, A]
    assert limits.ask(1, 0.1, under_way=15).ruling is A
    assert limits.ask(1, 0.1, under_way=16).reason is Reason.EVERYBODY
    assert limits.ask(2, 0.1, under_way=31).ruling is A
    assert limits.ask(3, 0.1, under_way=32).reason is Reason.EVERYBODY


def test_what_is_remembered_is_bounded_and_the_least_recent_goes_first() -> None:
    """A million people leave no more behind than some thousands."""
    limits = Limits(Allowance(people=100, everybody=Rate(1e9, 1e9), reserve=0))
    rulings(limits, [0.0] * 5, who=1)
    for other in range(1_000, 1_099):
        limits.ask(other, 0.0)
    assert rulings(limits, [0.0], who=1) == [N]
    for other in range(2_000, 3_000):
        limits.ask(other, 0.0)
    assert len(limits) == 100
    assert rulings(limits, [0.0], who=1) == [A]


def test_leafing_through_pages_costs_a_quarter() -> None:
    """Twenty presses at once."""
    limits = Limits()
    assert [limits.ask(1, 0.0, PRESS).ruling for _ in range(21)] == [A] * 20 + [N]


def test_a_clock_that_runs_back_locks_nobody_out() -> None:
    """The bucket goes on filling from where the clock is now."""
    limits = Limits()
    rulings(limits, [1_000_000.0] * 6)
    limits.ask(1, 0.0)
    assert rulings(limits, [12.1]) == [A]
