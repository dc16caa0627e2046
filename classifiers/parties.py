"""Parties: who works with whom across a border, sentence by sentence.

A word of joint undertaking ("kerja sama", "MoU") says nothing alone. It counts by the company it keeps in its
sentence: parties of two countries, a foreign partner after "dengan" or "bersama", or only somebody abroad. A country
that is merely the place ("di Prancis") is no party.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from classifiers.reading import Field, Place, Reading
from classifiers.rules import TopicRules

HOME = "ID"
PLACE_KINDS = frozenset({"country", "demonym", "capital", "place"})
_LOCATIVE = frozenset({"di", "ke", "in", "at", "near", "asal", "dari", "from"})
_ORIGIN = frozenset({"asal", "dari", "from"})
_PARTNER_WORDS = (
    " dengan ",
    " bersama ",
    " bareng ",
    " gandeng ",
    "gandeng ",
    " antara ",
    " with ",
    " between ",
    " gaet ",
    " mitra ",
    " tim ",
)


@dataclass(frozen=True, slots=True)
class Party:
    """Who stands at a place: `code` is the ISO country, "" for blocs and unnamed partners abroad."""

    code: str
    kind: str


@dataclass(slots=True)
class Company:
    """Who stands in one sentence, and which words of joint undertaking."""

    field_number: int
    joints: list[tuple[Place, int]] = field(default_factory=list)
    parties: list[tuple[Place, Party]] = field(default_factory=list)
    foreign: set[str] = field(default_factory=set)
    visited: set[str] = field(default_factory=set)
    home: bool = False
    abroad: bool = False
    bloc: bool = False


@dataclass(frozen=True, slots=True)
class Bond:
    """One sentence that ties parties to an undertaking, and what it adds to the score."""

    company: Company
    value: float
    pair: float
    zone: str


PAIR = {"both": 1.0, "partner": 0.85, "bloc": 0.7, "one": 0.5, "unnamed": 0.4, "visited": 0.25, "abroad": 0.2}
DECAY = (1.0, 0.6, 0.4, 0.25)


def bonds(
    topic: TopicRules,
    places: Sequence[Place],
    who: Reading,
    parties: Mapping[int, Party],
    fields: Sequence[Field],
) -> list[Bond]:
    """The sentences that tie parties of different countries, strongest first."""
    ties = {tie.slot: number for number, tie in enumerate(topic.ties)}
    companies: dict[tuple[int, int], Company] = {}
    for place in places:
        number = ties.get(place[3])
        if number is not None and place[1] < _horizon(topic, fields[place[0]]):
            key = place[0], fields[place[0]].sentence(place[1])
            companies.setdefault(key, Company(place[0])).joints.append((place, number))
    if not companies:
        return []
    _seat(companies, who, parties, fields)
    found = []
    for company in companies.values():
        strength = _strength(topic, company)
        pair = PAIR.get(_pair(company, fields[company.field_number]), 0.0)
        first = company.joints[0][0]
        zone = zone_of(topic, fields[first[0]], first[1])
        worth = {"title": topic.zones.title, "lead": topic.zones.lead, "text": topic.zones.text}[zone]
        if pair * strength * worth > 0:
            found.append(Bond(company, strength * pair * worth, pair, zone))
    found.sort(key=lambda bond: -bond.value)
    return found


def zone_of(topic: TopicRules, one: Field, start: int) -> str:
    """The zone of a folded offset: title, lead or text."""
    if one.name == "title":
        return "title"
    return "lead" if start < topic.zones.lead_ends else "text"


def _horizon(topic: TopicRules, one: Field) -> int:
    return topic.zones.story_ends if one.name != "title" else 10_000


def _seat(
    companies: Mapping[tuple[int, int], Company],
    who: Reading,
    parties: Mapping[int, Party],
    fields: Sequence[Field],
) -> None:
    for place in who.places:
        party = parties.get(place[3])
        if party is None:
            continue
        company = companies.get((place[0], fields[place[0]].sentence(place[1])))
        if company is None:
            continue
        company.parties.append((place, party))
        if party.kind == "bloc":
            company.bloc = True
        elif party.kind == "abroad":
            company.abroad = True
        elif party.code == HOME:
            company.home = True
        elif _is_visited(party, place, fields[place[0]]):
            company.visited.add(party.code)
        else:
            company.foreign.add(party.code)


def _is_visited(party: Party, place: Place, one: Field) -> bool:
    if party.kind not in PLACE_KINDS:
        return False
    before = one.folded.lower[max(0, place[1] - 12) : place[1]].split()
    return bool(before) and before[-1] in _LOCATIVE and before[-1] not in _ORIGIN


def _strength(topic: TopicRules, company: Company) -> float:
    kinds = {number for _, number in company.joints}
    best = max(topic.ties[number].weight for number in kinds)
    return best + 0.15 * (len(kinds) - 1)


def _pair(company: Company, one: Field) -> str:
    if len(company.foreign) >= 2 or (company.foreign and company.home):
        return "both"
    if company.foreign:
        return "partner" if _has_partner_word(company, one) else "bloc" if company.bloc else "one"
    if company.bloc:
        return "bloc" if company.home else "unnamed"
    if company.visited:
        return "visited" if not (company.home and company.abroad) else "unnamed"
    if company.abroad:
        return "unnamed" if company.home else "abroad"
    return "none"


def _has_partner_word(company: Company, one: Field) -> bool:
    start = min(place[1] for place, _ in (*company.joints, *company.parties))
    end = max(place[2] for place, _ in (*company.joints, *company.parties))
    stretch = one.folded.lower[max(0, start - 1) : end]
    return any(word in stretch for word in _PARTNER_WORDS)
