"""The rule language: from the plain data of rule files to compiled rules, or to a list of what is wrong.

The language is described with examples in docs/rules.md. It has words and conditions, no regular expressions: every
construct costs time linear in the text, so a pattern that runs away cannot be written.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from classifiers.forms import entry_problem
from classifiers.vocabulary import VocabularyBuilder
from newsdesk.errors import Problem

Path = tuple[str | int, ...]
PAIRS = {
    "coupled": 1.15,
    "both": 1.0,
    "partner": 0.85,
    "borrowed": 0.6,
    "local": 0.55,
    "one": 0.45,
    "hinted": 0.4,
    "elsewhere": 0.7,
    "bloc": 0.7,
    "unnamed": 0.6,
    "bound": 0.7,
    "visited": 0.3,
    "abroad": 0.2,
}
"""What a joint word is worth by the company it keeps, from parties coupled by "dan" to somebody merely abroad."""
ZONES = ("title", "summary", "lead", "text")
DEFAULT_THRESHOLD = 1.5
"""For a topic that an operator adds: one word in the title or the lead, or two further down."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that holds at places of a text: the words of slot `a`, alone, near or in one sentence with `b`."""

    kind: str  # "words", "near" or "same"
    a: int
    b: int = -1
    words: int = 0


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of a topic: what it looks for, what must and must not stand beside it, and what it adds."""

    name: str
    weight: float = 1.0
    any: tuple[Condition, ...] = ()
    all: tuple[Condition, ...] = ()
    none: tuple[Condition, ...] = ()
    zones: frozenset[str] = frozenset(ZONES)
    most: int = 3

    @cached_property
    def plain_slot(self) -> int:
        """The one slot that this rule looks at, if it is as plain as most are; else -1."""
        plain = len(self.any) == 1 and self.any[0].kind == "words" and not self.all and not self.none
        return self.any[0].a if plain else -1


@dataclass(frozen=True, slots=True)
class Tie:
    """Words of a joint undertaking, and how much they say.

    `beside` words count only where the parties stand coupled ("Telkomsel bersama Huawei membangun"), `certain` ones
    are not weakened by cues.
    """

    name: str
    weight: float
    slot: int
    beside: bool = False
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that make a tie less likely to be meant (sport, war), by a factor, when `least` stand at the top."""

    name: str
    factor: float
    slot: int
    least: int = 1


@dataclass(frozen=True)
class Zones:
    """What a word is worth by its place, and where the lead and the story end (code points)."""

    title: float = 3.0
    summary: float = 1.5
    lead: float = 1.5
    text: float = 0.75
    lead_ends: int = 420
    story_ends: int = 1300

    @cached_property
    def by_name(self) -> Mapping[str, float]:
        """The factor of each zone."""
        return {zone: getattr(self, zone) for zone in ZONES}


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicRules:
    """One topic, compiled."""

    name: str
    title: str
    threshold: float
    zones: Zones
    never: int
    rules: tuple[Rule, ...] = ()
    ties: tuple[Tie, ...] = ()
    cues: tuple[Cue, ...] = ()
    pairs: Mapping[str, float] = field(default_factory=dict)
    rank: int = 100
    tie_slots: Mapping[int, int] = field(default_factory=dict)
    """The number of the tie that each slot of joint words belongs to."""
    cue_slots: frozenset[int] = frozenset()
    """The slots of the words that speak against a tie."""
    rules_of: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """The numbers of the rules that each slot can set going."""


@dataclass(slots=True)
class Reader:
    """Reads plain data into rules; collects problems instead of stopping at the first."""

    words: VocabularyBuilder
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, path: Path, message: str, remedy: str, *, on_key: bool = False) -> None:
        """Note a problem; `on_key` when the key itself is at fault."""
        self.problems.append(Problem(path, message, remedy, on_key=on_key))

    def mapping(self, value: object, path: Path, known: Iterable[str]) -> Mapping[str, Any]:
        """The value as a mapping whose keys are all known; an empty one otherwise."""
        if not isinstance(value, Mapping):
            self.wrong(path, f"{_what(value)} instead of a mapping", "write keys and values, one a line")
            return {}
        for key in value:
            if key not in known:
                self.wrong((*path, str(key)), f'unknown key "{key}"', nearest(str(key), known), on_key=True)
        return {key: value[key] for key in value if key in known}

    def number(self, value: object, path: Path, low: float, high: float, default: float) -> float:
        """A number within bounds."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            try:
                number = float(str(value))
            except ValueError:
                self.wrong(path, f"{_what(value)} instead of a number", f"write a number from {low:g} to {high:g}")
                return default
        else:
            number = float(value)
        if not low <= number <= high:
            self.wrong(path, f"{number:g} is out of bounds", f"write a number from {low:g} to {high:g}")
            return default
        return number

    def flag(self, value: object, path: Path) -> bool:
        """Yes or no; files are read with a loader that may keep them as words."""
        if isinstance(value, bool):
            return value
        if str(value).lower() not in ("yes", "no", "true", "false"):
            self.wrong(path, f"{_what(value)} instead of yes or no", "write yes or no")
        return str(value).lower() in ("yes", "true")

    def text(self, value: object, path: Path, default: str) -> str:
        """A short text."""
        if not isinstance(value, str) or not value.strip():
            self.wrong(path, f"{_what(value)} instead of a name", "write a short name")
            return default
        return value.strip()

    def entries(self, value: object, path: Path) -> list[tuple[str, Path]]:
        """A list of words, each valid, with its path."""
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list | tuple):
            self.wrong(path, f"{_what(value)} instead of a list", 'write a list, such as ["rumah produksi"]')
            return []
        found = []
        for index, item in enumerate(value):
            place = (*path, index)
            if isinstance(item, bool) or not isinstance(item, str | int | float):
                self.wrong(place, f"{_what(item)} instead of a word", 'put it in quotes, such as "no"')
                continue
            found.append((str(item), place))
        return found

    def plain(self, value: object, path: Path) -> list[str]:
        """A list of words without conditions."""
        good = []
        for entry, place in self.entries(value, path):
            problem = entry_problem(entry)
            if problem:
                self.wrong(place, *problem)
            else:
                good.append(entry)
        return good


_CALL = re.compile(r"(\w+)\s*\((.*)\)\s*")
TOPIC_KEYS = frozenset(
    [
        "title",
        "threshold",
        "zones",
        "lead",
        "horizon",
        "words",
        "rules",
        "any",
        "all",
        "none",
        "never",
        "also",
        "ties",
        "cues",
        "pairs",
        "kind",
        "rank",
    ]
)
RULE_KEYS = frozenset(["name", "weight", "any", "all", "none", "in", "most"])
ADDITION_KEYS = frozenset(["title", "threshold", "words", "rules", "any", "all", "none", "never", "also"])


def read_topic(reader: Reader, name: str, data: object, path: Path) -> TopicRules:
    """One topic of the shipped files, or a new one of the operator's."""
    before = len(reader.problems)
    spec = reader.mapping(data, path, TOPIC_KEYS)
    zones = _zones(reader, spec, path)
    sets = _sets(reader, spec.get("words", {}), (*path, "words"))
    rules = [
        _rule(reader, item, (*path, "rules", index), sets)
        for index, item in enumerate(_items(reader, spec.get("rules", []), (*path, "rules")))
    ]
    if "any" in spec:
        picked = {key: spec[key] for key in ("any", "all", "none") if key in spec}
        rules.append(_rule(reader, {"name": "any", **picked}, path, sets))
    cues = tuple(
        _cue(reader, item, (*path, "cues", index))
        for index, item in enumerate(_items(reader, spec.get("cues", []), (*path, "cues")))
    )
    topic = TopicRules(
        name=name,
        title=reader.text(spec.get("title", name), (*path, "title"), name),
        threshold=reader.number(
            spec.get("threshold", DEFAULT_THRESHOLD), (*path, "threshold"), 0.1, 100, DEFAULT_THRESHOLD
        ),
        zones=zones,
        never=reader.words.slot(),
        cues=cues,
        cue_slots=frozenset(cue.slot for cue in cues),
        pairs=_pairs(reader, spec.get("pairs", {}), (*path, "pairs")),
        rank=int(reader.number(spec.get("rank", 100), (*path, "rank"), 0, 1000, 100)),
    )
    topic = with_rules(topic, tuple(rules))
    ties = _items(reader, spec.get("ties", []), (*path, "ties"))
    topic = with_ties(topic, tuple(_tie(reader, item, (*path, "ties", index)) for index, item in enumerate(ties)))
    if topic.ties and topic.rules:
        reader.wrong(
            path, f'topic "{name}" has ties and rules', "keep one of them; a topic of ties takes also: and never:"
        )
    reader.words.add(topic.never, reader.plain(spec.get("never", []), (*path, "never")))
    if "also" in spec:
        topic = add_also(reader, topic, spec["also"], (*path, "also"))
    if not topic.rules and not topic.ties and len(reader.problems) == before:
        reader.wrong(path, f'topic "{name}" looks for nothing', 'give it any: ["a word", "a phrase"]')
    return topic


def extend_topic(reader: Reader, topic: TopicRules, data: object, path: Path) -> TopicRules:
    """A shipped topic with what the operator adds to it in sources.yaml."""
    spec = reader.mapping(data, path, ADDITION_KEYS)
    for key in ("any", "all", "none", "rules"):
        if topic.ties and key in spec:
            reader.wrong((*path, key), f'topic "{topic.name}" counts joint words, not rules', "use also: and never:")
    sets = _sets(reader, spec.get("words", {}), (*path, "words"))
    rules = list(topic.rules)
    for index, item in enumerate(_items(reader, spec.get("rules", []), (*path, "rules"))):
        rules.append(_rule(reader, item, (*path, "rules", index), sets))
    if "any" in spec:
        picked = {key: spec[key] for key in ("any", "all", "none") if key in spec}
        rules.append(_rule(reader, {"name": "any", "weight": _sure(topic), **picked}, path, sets))
    threshold = topic.threshold
    if "threshold" in spec:
        threshold = reader.number(spec["threshold"], (*path, "threshold"), 0.1, 100, threshold)
    title = reader.text(spec["title"], (*path, "title"), topic.title) if "title" in spec else topic.title
    changed = with_rules(replace(topic, title=title, threshold=threshold), tuple(rules))
    reader.words.add(topic.never, reader.plain(spec.get("never", []), (*path, "never")))
    return add_also(reader, changed, spec["also"], (*path, "also")) if "also" in spec else changed


def add_also(reader: Reader, topic: TopicRules, data: object, path: Path) -> TopicRules:
    """The topic with more words: ties where it has ties, else a rule of which one word in the lead is enough."""
    entries = reader.entries(data, path)
    slot = reader.words.slot()
    conditions = []
    for entry, place in entries:
        if _CALL.fullmatch(entry.strip()) and not topic.ties:
            conditions.append(_condition(reader, entry, place, {}))
        elif problem := entry_problem(entry):
            reader.wrong(place, *problem)
        else:
            reader.words.add(slot, [entry])
    if topic.ties:
        return with_ties(topic, (*topic.ties, Tie("also", 1.0, slot)))
    extra = (Condition("words", slot), *(one for one in conditions if one is not None))
    return with_rules(topic, (*topic.rules, Rule(name="also", weight=_sure(topic), any=extra)))


def with_rules(topic: TopicRules, rules: tuple[Rule, ...]) -> TopicRules:
    """The topic with these rules."""
    rules_of: dict[int, tuple[int, ...]] = {}
    for number, rule in enumerate(rules):
        for condition in rule.any:
            rules_of[condition.a] = (*rules_of.get(condition.a, ()), number)
    return replace(topic, rules=rules, rules_of=rules_of)


def with_ties(topic: TopicRules, ties: tuple[Tie, ...]) -> TopicRules:
    """The topic with these ties."""
    return replace(topic, ties=ties, tie_slots={tie.slot: number for number, tie in enumerate(ties)})


def _sure(topic: TopicRules) -> float:
    """The weight with which one word in the lead alone reaches the threshold."""
    return round(topic.threshold / min(topic.zones.lead, topic.zones.summary) + 0.005, 2)


def nearest(word: str, known: Iterable[str]) -> str:
    """A remedy that names the nearest known word, or all of them."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, 1, 0.6)
    return f'did you mean "{close[0]}"?' if close else f"known: {', '.join(names)}"


def _what(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes or no"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    return f'"{value}"'


def _items(reader: Reader, value: object, path: Path) -> list[object]:
    if isinstance(value, list | tuple):
        return list(value)
    reader.wrong(path, f"{_what(value)} instead of a list", "write a list, one item a line")
    return []


def _zones(reader: Reader, spec: Mapping[str, Any], path: Path) -> Zones:
    given = reader.mapping(spec.get("zones", {}), (*path, "zones"), ZONES)
    base = Zones()
    values: dict[str, float] = {}
    for zone in ZONES:
        default = values["summary"] if zone == "lead" and "summary" in given else getattr(base, zone)
        if zone == "summary" and "lead" in given:
            default = reader.number(given["lead"], (*path, "zones", "lead"), 0, 100, base.lead)
        values[zone] = reader.number(given.get(zone, default), (*path, "zones", zone), 0, 100, default)
    return Zones(
        **values,
        lead_ends=int(reader.number(spec.get("lead", base.lead_ends), (*path, "lead"), 1, 10_000, base.lead_ends)),
        story_ends=int(
            reader.number(spec.get("horizon", base.story_ends), (*path, "horizon"), 1, 1_000_000, base.story_ends)
        ),
    )


def _pairs(reader: Reader, data: object, path: Path) -> Mapping[str, float]:
    given = reader.mapping(data, path, PAIRS)
    return {name: reader.number(given.get(name, base), (*path, name), 0, 10, base) for name, base in PAIRS.items()}


def _sets(reader: Reader, value: object, path: Path) -> dict[str, int]:
    if not isinstance(value, Mapping):
        reader.wrong(path, f"{_what(value)} instead of a mapping", "write name: [words] for each set")
        return {}
    sets = {}
    for name, entries in value.items():
        sets[str(name)] = reader.words.slot()
        reader.words.add(sets[str(name)], reader.plain(entries, (*path, str(name))))
    return sets


def _rule(reader: Reader, data: object, path: Path, sets: Mapping[str, int]) -> Rule:
    before = len(reader.problems)
    spec = reader.mapping(data, path, RULE_KEYS)
    name = reader.text(spec.get("name", "rule"), (*path, "name"), "rule")
    places = {
        key: tuple(_conditions(reader, spec[key], (*path, key), sets)) if key in spec else ()
        for key in ("any", "all", "none")
    }
    if not places["any"] and not places["all"] and len(reader.problems) == before:
        reader.wrong(path, f'rule "{name}" looks for nothing', 'give it any: ["a word"]')
    zones = [zone for zone, _ in reader.entries(spec["in"], (*path, "in"))] if "in" in spec else list(ZONES)
    for index, zone in enumerate(zones):
        if zone not in ZONES:
            reader.wrong((*path, "in", index), f'unknown place "{zone}"', nearest(zone, ZONES))
    return Rule(
        name=name,
        weight=reader.number(spec.get("weight", 1.0), (*path, "weight"), -100, 100, 1.0),
        any=places["any"] or places["all"],
        all=places["all"],
        none=places["none"],
        zones=frozenset((*zones, "summary") if "lead" in zones else zones),
        most=int(reader.number(spec.get("most", 3), (*path, "most"), 1, 100, 3)),
    )


def _conditions(reader: Reader, value: object, path: Path, sets: Mapping[str, int]) -> list[Condition]:
    plain: list[str] = []
    found: list[Condition] = []
    for entry, place in reader.entries(value, path):
        if _CALL.fullmatch(entry.strip()) or entry.strip().startswith("@"):
            condition = _condition(reader, entry, place, sets)
            if condition:
                found.append(condition)
        elif problem := entry_problem(entry):
            reader.wrong(place, *problem)
        else:
            plain.append(entry)
    if plain:
        if path[-1] == "all":  # every word for itself
            found.extend(Condition("words", _slot_of(reader, [word])) for word in plain)
        else:
            found.append(Condition("words", _slot_of(reader, plain)))
    return found


def _slot_of(reader: Reader, entries: Iterable[str]) -> int:
    slot = reader.words.slot()
    reader.words.add(slot, entries)
    return slot


def _condition(reader: Reader, entry: str, path: Path, sets: Mapping[str, int]) -> Condition | None:
    text = entry.strip()
    call = _CALL.fullmatch(text)
    if not call:
        slot = _operand(reader, text, path, sets)
        return None if slot is None else Condition("words", slot)
    kind, inside = call.groups()
    parts = [part.strip() for part in inside.split(",")]
    shape = {"near": 3, "same": 2}.get(kind)
    if shape is None:
        reader.wrong(path, f'unknown condition "{kind}"', nearest(kind, ("near", "same")))
        return None
    if len(parts) != shape:
        example = "near(robot, =AI, 5)" if kind == "near" else "same(kerja sama, @partners)"
        reader.wrong(path, f'"{text}" needs {shape} parts', f"write it like {example}")
        return None
    a, b = _operand(reader, parts[0], path, sets), _operand(reader, parts[1], path, sets)
    words = 0
    if kind == "near":
        words = int(reader.number(parts[2], path, 1, 50, 5))
    return None if a is None or b is None else Condition(kind, a, b, words)


def _operand(reader: Reader, text: str, path: Path, sets: Mapping[str, int]) -> int | None:
    if text.startswith("@"):
        if text[1:] not in sets:
            reader.wrong(path, f'unknown set "{text}"', nearest(text, [f"@{name}" for name in sets] or ["words:"]))
            return None
        return sets[text[1:]]
    problem = entry_problem(text)
    if problem:
        reader.wrong(path, *problem)
        return None
    return _slot_of(reader, [text])


def _tie(reader: Reader, data: object, path: Path) -> Tie:
    spec = reader.mapping(data, path, ("name", "weight", "joint", "beside", "certain"))
    slot = _slot_of(reader, reader.plain(spec.get("joint", []), (*path, "joint")))
    return Tie(
        reader.text(spec.get("name", "tie"), (*path, "name"), "tie"),
        reader.number(spec.get("weight", 1.0), (*path, "weight"), 0, 10, 1.0),
        slot,
        reader.flag(spec.get("beside", False), (*path, "beside")),
        reader.flag(spec.get("certain", False), (*path, "certain")),
    )


def _cue(reader: Reader, data: object, path: Path) -> Cue:
    spec = reader.mapping(data, path, ("name", "factor", "any", "least"))
    slot = _slot_of(reader, reader.plain(spec.get("any", []), (*path, "any")))
    return Cue(
        reader.text(spec.get("name", "cue"), (*path, "name"), "cue"),
        reader.number(spec.get("factor", 0.5), (*path, "factor"), 0, 10, 0.5),
        slot,
        int(reader.number(spec.get("least", 1), (*path, "least"), 1, 20, 1)),
    )
