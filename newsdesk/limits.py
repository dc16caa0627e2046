"""How much the bot answers: so much for each person, so much for all together, and one notice to who asks too much.

Times are seconds of a clock that does not run backwards; where it does all the same, nobody waits longer for it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, replace
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket: `most` at once, then `each` second so many more."""

    most: float
    each: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is left at a moment."""

    left: float
    at: float

    @classmethod
    def full(cls, rate: Rate, now: float) -> Bucket:
        """A bucket from which nothing was taken yet."""
        return cls(rate.most, now)

    def filled(self, rate: Rate, now: float) -> Bucket:
        """The bucket as it is now."""
        return Bucket(min(rate.most, self.left + max(0.0, now - self.at) * rate.each), now)

    def less(self, cost: float) -> Bucket:
        """The bucket after that was taken from it, perhaps ahead of time: below zero is what is still to come."""
        return replace(self, left=self.left - cost)


class Ruling(StrEnum):
    """What to do with a question: answer it, say once why not, or be silent."""

    ANSWER = "answer"
    NOTICE = "notice"
    SILENCE = "silence"


class Reason(StrEnum):
    """Why a question is not answered: this person asks too much, or all together do."""

    NONE = ""
    PERSON = "person"
    EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class Decision:
    """A ruling with its reason; `after` so many seconds in the line, where there is one."""

    ruling: Ruling
    reason: Reason = Reason.NONE
    after: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """The rates, and what is kept for people who have not asked lately.

    `reserve` is the part of what all share that is theirs alone, `line` how many of them may wait for what is still to
    come. `under_way` is how many answers may be in hand: when the machine or Telegram is slow, more would only pile up;
    half of it is for them alone, too. Telegram takes about thirty messages a second from a bot; answers and notices
    together leave room for posts. Of `people` at most so many are remembered.
    """

    person: Rate = Rate(most=5, each=5 / 60)
    everybody: Rate = Rate(most=30, each=20)
    reserve: float = 15
    line: float = 200
    under_way: int = 32
    notices: Rate = Rate(most=10, each=4)
    people: int = 5_000


QUESTION, PRESS, KEYSTROKE = 1.0, 0.25, 0.2
"""What a question costs, a press on a button (leafing through pages is reading, not flooding), and words being typed."""


@dataclass(frozen=True, slots=True)
class Person:
    """What is remembered of one person: the bucket, and whether the notice was given since it was last full."""

    bucket: Bucket
    told: bool = False


class Limits:
    """Remembers who asked how much. The least recent are forgotten first, so memory is bounded."""

    def __init__(self, allowance: Allowance | None = None) -> None:
        self._allowance = allowance or Allowance()
        self._people: OrderedDict[Hashable, Person] = OrderedDict()
        self._everybody: Bucket | None = None
        self._notices: Bucket | None = None

    def __len__(self) -> int:
        return len(self._people)

    def ask(self, who: Hashable, now: float, cost: float = QUESTION, under_way: int = 0) -> Decision:
        """Decide one question, and remember it. `under_way` answers are being made or sent at the moment.

        A question costs its asker also when all together ask too much: otherwise those who are refused would stay
        people who have not asked lately, and eat up the reserve.
        """
        rates = self._allowance
        person = self._person(who, now)
        lately = person.bucket.left < rates.person.most
        enough = person.bucket.left >= cost
        everybody = (self._everybody or Bucket.full(rates.everybody, now)).filled(rates.everybody, now)
        left = everybody.left - cost
        if lately:
            room = left >= rates.reserve and under_way < rates.under_way / 2
        else:
            room = left >= -rates.line and under_way < rates.under_way
        if enough:
            person = replace(person, bucket=person.bucket.less(cost))
        if enough and room:
            everybody = everybody.less(cost)
            decision = Decision(Ruling.ANSWER, after=max(0.0, -left) / rates.everybody.each)
        else:
            reason = Reason.EVERYBODY if enough else Reason.PERSON
            person, decision = self._refuse(person, now, reason)
        self._everybody = everybody
        self._keep(who, person)
        return decision

    def _refuse(self, person: Person, now: float, reason: Reason) -> tuple[Person, Decision]:
        rate = self._allowance.notices
        self._notices = (self._notices or Bucket.full(rate, now)).filled(rate, now)
        if person.told or self._notices.left < 1.0:
            return person, Decision(Ruling.SILENCE, reason)
        self._notices = self._notices.less(1.0)
        return replace(person, told=True), Decision(Ruling.NOTICE, reason)

    def _person(self, who: Hashable, now: float) -> Person:
        rate = self._allowance.person
        known = self._people.get(who)
        if known is None:
            return Person(Bucket.full(rate, now))
        bucket = known.bucket.filled(rate, now)
        return Person(bucket, told=known.told and bucket.left < rate.most)

    def _keep(self, who: Hashable, person: Person) -> None:
        self._people[who] = person
        self._people.move_to_end(who)
        if len(self._people) > self._allowance.people:
            self._people.popitem(last=False)
