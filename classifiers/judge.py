"""The judge: an article in, a verdict per topic out, each with its evidence.

A verdict's score is the sum of the weights of its evidence, so that whoever reads it can add it up.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from classifiers.parties import DECAY, HINTS, Bond, Party, bonds, zone_of
from classifiers.reading import BELOW, Desk, Field, Place, Reading, fields_of, read
from classifiers.rules import Condition, Reader, Rule, TopicRules, extend_topic, nearest, read_topic
from classifiers.vocabulary import Vocabulary, VocabularyBuilder
from newsdesk.articles import ArticleText
from newsdesk.errors import Problem
from newsdesk.language.countries import country_names
from newsdesk.verdicts import Evidence, Verdict, Verdicts

_REPEAT = 0.6
"""A second place of the same rule counts so much of the first, a third so much of the second."""
_MOST_IGNORED = 4
_MOST_PARTIES = 5
_WORD_LENGTH = 40
PARTY_KEYS = frozenset(
    ["kind", "organisations", "leaders", "places", "home", "offices", "events", "masks", "abroad", "blocs"]
)


@dataclass(frozen=True, slots=True)
class Judge:
    """All topics, compiled. Immutable; one may be shared by any number of threads."""

    topics: tuple[TopicRules, ...]
    vocabulary: Vocabulary
    desk: Desk
    parties: Mapping[int, Party]

    def reading_on(self) -> Judge:
        """The same judge, which also remarks what stands far below the story's horizon, for people who ask why.

        The verdicts are the same; a long text costs more.
        """
        return replace(self, desk=replace(self.desk, to_the_end=True))

    def judge(self, text: ArticleText) -> Verdicts:
        """The verdicts on one article. Its time grows with its length as far as the horizon."""
        fields = fields_of(text, self.desk)
        readings = read(fields, self.vocabulary, self.desk)
        who = readings[-1]
        verdicts: dict[str, Verdict] = {}
        countries: tuple[str, ...] = ()
        for number, topic in enumerate(self.topics):
            reading = readings[number]
            if topic.ties:
                verdict, codes = _tied(topic, reading, who, self.parties, fields)
                if verdict.matched:
                    countries = tuple(sorted({*countries, *codes}))
            else:
                verdict = _ruled(topic, reading, fields)
            verdicts[topic.name] = verdict
        return Verdicts(by_topic=verdicts, countries=countries)


def compile_judge(
    shipped: Mapping[str, Any], additions: Mapping[str, Mapping[str, Any]] | None = None
) -> tuple[Judge | None, list[Problem]]:
    """Compile the shipped rule files and the operator's `topics:`; None with every problem when something is wrong.

    Paths of problems begin with the stem of the file for shipped rules and with "topics" for additions.
    """
    words = VocabularyBuilder()
    reader = Reader(words)
    topics: dict[str, TopicRules] = {}
    parties: dict[int, Party] = {}
    lists = {}
    for name, data in shipped.items():
        if isinstance(data, Mapping) and data.get("kind") == "parties":
            lists[name] = data
        else:
            topics[name] = read_topic(reader, name, data, (name,))
    for name, data in (additions or {}).items():
        path = ("topics", name)
        if name in topics:
            topics[name] = extend_topic(reader, topics[name], data, path)
        elif isinstance(data, Mapping) and "any" not in data and "rules" not in data:
            reader.wrong(
                path, f'unknown topic "{name}"', f'{nearest(name, topics)} (a new topic needs "any:")', on_key=True
            )
        else:
            topics[name] = read_topic(reader, name, data, path)
    for name, data in lists.items():
        _read_parties(reader, data, (name,), parties)
    if reader.problems:
        return None, reader.problems
    ordered = tuple(sorted(topics.values(), key=lambda topic: topic.rank))
    desk = Desk(
        owners=_owners(ordered, words.slots),
        count=len(ordered) + 1,
        never=frozenset(topic.never for topic in ordered),
        horizon=max((topic.zones.story_ends for topic in ordered), default=0),
    )
    return Judge(ordered, words.build(), desk, parties), []


def _owners(topics: Sequence[TopicRules], slots: int) -> tuple[int, ...]:
    """Which topic each slot belongs to; the parties come last."""
    owners = [len(topics)] * slots
    for number, topic in enumerate(topics):
        owners[topic.never] = number
        for rule in topic.rules:
            for condition in (*rule.any, *rule.all, *rule.none):
                owners[condition.a] = number
                if condition.b >= 0:
                    owners[condition.b] = number
        for slot in (*(tie.slot for tie in topic.ties), *(cue.slot for cue in topic.cues)):
            owners[slot] = number
    return tuple(owners)


def _read_parties(reader: Reader, data: object, path: tuple[str | int, ...], parties: dict[int, Party]) -> None:
    spec = reader.mapping(data, path, PARTY_KEYS)
    known: dict[Party, int] = {}

    def slot(party: Party) -> int:
        if party not in known:
            known[party] = reader.words.slot()
            parties[known[party]] = party
        return known[party]

    for section, kind in (("organisations", "organisation"), ("leaders", "leader"), ("places", "place")):
        for code, entries in dict(spec.get(section, {})).items():
            party = Party("" if code == "EU" else str(code), "bloc" if code == "EU" else kind)
            reader.words.add(slot(party), reader.plain(entries, (*path, section, str(code))), capital=True)
    for section, party in (
        ("home", Party("ID", "home")),
        ("offices", Party("ID", "office")),
        ("events", Party("", "event")),
        ("masks", Party("", "mask")),
        ("blocs", Party("", "bloc")),
    ):
        capital = section in ("home", "offices")
        reader.words.add(slot(party), reader.plain(spec.get(section, []), (*path, section)), capital=capital)
    reader.words.add(slot(Party("", "abroad")), reader.plain(spec.get("abroad", []), (*path, "abroad")))
    for name in country_names():
        entry = "=" + name.text if name.exact else name.text
        reader.words.add(slot(Party(name.code, name.kind)), [entry], capital=True)
    for party in [one for one in parties.values() if one.kind == "mask"]:
        del parties[known[party]]


def _ruled(topic: TopicRules, reading: Reading, fields: Sequence[Field]) -> Verdict:
    if not reading.places and not reading.hidden:
        return Verdict(topic=topic.name, score=0.0, threshold=topic.threshold, matched=False)
    by_slot: dict[int, list[Place]] = {}
    deep: list[Place] = []
    for place in reading.places:
        if place[1] >= topic.zones.story_ends and fields[place[0]].name == "body":
            deep.append(place)
        else:
            by_slot.setdefault(place[3], []).append(place)
    evidence: list[Evidence] = []
    ignored: list[Evidence] = []
    for number in sorted({rule for slot in by_slot for rule in topic.rules_of.get(slot, ())}):
        rule = topic.rules[number]
        _apply(topic, rule, by_slot, fields, evidence, ignored)
    if len(ignored) < _MOST_IGNORED:
        unread = [(place, "never") for place in by_slot.get(topic.never, ())]
        unread += [(place, BELOW) for place in deep]
        unread += reading.hidden
        ignored.extend(_evidence(fields, place, why, 0.0) for place, why in unread[: _MOST_IGNORED - len(ignored)])
    score = round(sum(one.weight for one in evidence), 3)
    return Verdict(
        topic=topic.name,
        score=score,
        threshold=topic.threshold,
        matched=score >= topic.threshold,
        evidence=tuple(evidence),
        ignored=tuple(ignored[:_MOST_IGNORED]),
    )


def _apply(
    topic: TopicRules,
    rule: Rule,
    by_slot: Mapping[int, list[Place]],
    fields: Sequence[Field],
    evidence: list[Evidence],
    ignored: list[Evidence],
) -> None:
    found = by_slot.get(rule.plain_slot)
    if found is None:
        found = _found(rule, by_slot, fields, ignored)
    if not found:
        return
    worth_of = topic.zones.by_name
    worths = []
    for place in found:
        zone = zone_of(topic, fields[place[0]], place[1])
        if zone in rule.zones:
            worths.append((-worth_of[zone], place))
    if len(worths) > 1:
        worths.sort()
    factor = rule.weight
    for negative_worth, place in worths[: rule.most]:
        evidence.append(_evidence(fields, place, rule.name, round(-negative_worth * factor, 3)))
        factor *= _REPEAT


def _found(
    rule: Rule, by_slot: Mapping[int, list[Place]], fields: Sequence[Field], ignored: list[Evidence]
) -> list[Place]:
    """The places of a rule whose conditions hold; what its `none` forbids is noted as ignored."""
    found = [place for condition in rule.any for place in _places(condition, by_slot, fields)]
    if not found or any(not _places(condition, by_slot, fields) for condition in rule.all):
        return []
    if any(_places(condition, by_slot, fields) for condition in rule.none):
        why = f"{rule.name}: something speaks against it"
        ignored.extend(_evidence(fields, place, why, 0.0) for place in found[:_MOST_IGNORED])
        return []
    return found


def _places(condition: Condition, by_slot: Mapping[int, list[Place]], fields: Sequence[Field]) -> list[Place]:
    first = by_slot.get(condition.a, [])
    if condition.kind == "words" or not first:
        return first
    second = by_slot.get(condition.b, [])
    if condition.kind == "same":
        there = {(b[0], fields[b[0]].sentence(b[1])) for b in second}
        return [a for a in first if (a[0], fields[a[0]].sentence(a[1])) in there]
    return [place for a in first if (place := _nearest(condition, a, second, fields)) is not None]


def _nearest(condition: Condition, a: Place, second: Sequence[Place], fields: Sequence[Field]) -> Place | None:
    """The stretch from `a` to the nearest place of `second`, before or after, when it is near enough."""
    after = bisect_right(second, a)
    for b in second[max(0, after - 1) : after + 1]:
        if a[0] != b[0] or a[1:3] == b[1:3]:
            continue
        between = fields[a[0]].folded.lower[min(a[2], b[2]) : max(a[1], b[1])]
        if len(between) <= _WORD_LENGTH * (condition.words + 1) and len(between.split()) <= condition.words:
            return a[0], min(a[1], b[1]), max(a[2], b[2]), condition.a
    return None


def _evidence(fields: Sequence[Field], place: Place, rule: str, weight: float) -> Evidence:
    one = fields[place[0]]
    start, end = place[1], place[2]
    if one.folded.places:
        start, end = one.folded.span(start, end)
    return Evidence(rule, one.name, start, end, one.text[start:end], weight)


def _tied(
    topic: TopicRules,
    reading: Reading,
    who: Reading,
    parties: Mapping[int, Party],
    fields: Sequence[Field],
) -> tuple[Verdict, tuple[str, ...]]:
    found = bonds(topic, reading.places, who, parties, fields)
    evidence: list[Evidence] = []
    codes: set[str] = set()
    cue = _cue(topic, reading, fields) if found else None
    factor = cue[1] if cue else 1.0
    for bond, decay in zip(_counted(found), DECAY, strict=False):
        value = round(bond.value * decay * (1.0 if bond.certain else factor), 3)
        evidence.extend(_bond_evidence(topic, bond, value, fields))
        codes |= bond.codes
    score = round(sum(one.weight for one in evidence), 3)
    verdict = Verdict(
        topic=topic.name,
        score=score,
        threshold=topic.threshold,
        matched=score >= topic.threshold,
        evidence=tuple(evidence),
        ignored=tuple(_uncounted(topic, reading, fields, cue, evidence)),
    )
    return verdict, tuple(sorted(codes))


def _uncounted(
    topic: TopicRules,
    reading: Reading,
    fields: Sequence[Field],
    cue: tuple[str, float, Place] | None,
    evidence: Sequence[Evidence],
) -> list[Evidence]:
    """The joint words that did not count, and what spoke against the others."""
    found = [(cue[2], f"speaks against it: {cue[0]}")] if cue else []
    found += reading.hidden
    if len(found) < _MOST_IGNORED:
        counted = {(one.field, one.start) for one in evidence}
        ties = topic.tie_slots
        for place in reading.places:
            if place[3] not in ties:
                continue
            one = fields[place[0]]
            if (one.name, one.folded.span(place[1], place[2])[0]) not in counted:
                found.append((place, "no parties of two countries beside it"))
                if len(found) >= _MOST_IGNORED:
                    break
    return [_evidence(fields, place, why, 0.0) for place, why in found[:_MOST_IGNORED]]


def _counted(found: Sequence[Bond]) -> list[Bond]:
    """Many hints make no tie: of the bonds without a named pair only the strongest counts."""
    hints = [bond for bond in found if bond.pair in HINTS]
    return [bond for bond in found if bond.pair not in HINTS or bond is hints[0]]


def _cue(topic: TopicRules, reading: Reading, fields: Sequence[Field]) -> tuple[str, float, Place] | None:
    """The strongest sign against, when it stands often enough in title and lead."""
    slots = topic.cue_slots
    seen: dict[int, list[Place]] = {}
    for place in reading.places:
        if place[3] in slots and zone_of(topic, fields[place[0]], place[1]) != "text":
            seen.setdefault(place[3], []).append(place)
    strong = [cue for cue in topic.cues if len(seen.get(cue.slot, ())) >= cue.least] if seen else []
    if not strong:
        return None
    worst = min(strong, key=lambda cue: cue.factor)
    return worst.name, worst.factor, seen[worst.slot][0]


def _bond_evidence(topic: TopicRules, bond: Bond, value: float, fields: Sequence[Field]) -> list[Evidence]:
    joint = max(bond.company.joints, key=lambda item: topic.ties[item[1]].weight)
    seats = bond.company.seats
    named = [seat for seat in seats if seat.party.code and not seat.aside] or seats
    once = {seat.party.said: seat for seat in reversed(named)}
    return [
        _evidence(fields, joint[0], topic.ties[joint[1]].name, value),
        *(_evidence(fields, seat.place, said, 0.0) for said, seat in [*once.items()][: -_MOST_PARTIES - 1 : -1]),
    ]
