"""Parties: who works with whom across a border, sentence by sentence.

A word of joint undertaking ("kerja sama", "MoU") says nothing alone. It counts by the company it keeps in its
sentence: parties of two countries coupled by "dan" or "bersama", both sides somewhere in the sentence, a foreign
partner after "dengan", or only somebody abroad. A country that is merely the place ("di Prancis") is no party.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from classifiers.reading import Field, Place, Reading
from classifiers.rules import TopicRules

HOME = "ID"
PLACE_KINDS = frozenset({"country", "demonym", "capital", "place", "home", "office"})
_ORGANISED = frozenset({"organisation", "home"})
_LOCATIVE = tuple(f" {word} " for word in ["ala", "at", "di", "in", "ke", "kjri", "near", "pasar", "terhadap"])
_CONNECTORS = (" dan ", " bersama ", " dengan ", " and ", " & ", " with ", " bareng ", " x ", "gandeng ")
_PARTNER_WORDS = (" dengan ", "bersama ", "gandeng ", " antara ", " bareng ", " gaet ")
"""Only Indonesian ones: beside them the Indonesian side goes without saying."""
_WORKING_WITH = ("sama dengan ", "kolaborasi dengan ", "mitra dengan ", "mitraan dengan ", "sinergi dengan ")
_GUESTS = ("delegasi ", "rombongan ", "tamu dari ", "kunjungan ")
"""Whom an Indonesian outlet calls guests have come to an Indonesian side."""
_BOTH = ("keduanya", "berdua", "dua negara", "dua lembaga", "both ", "the two ")
_BOTH_OF = tuple(
    f"kedua {noun}"
    for noun in [
        "badan",
        "bank",
        "belah",
        "desa",
        "instansi",
        "institusi",
        "kampung",
        "kampus",
        "kementerian",
        "kepala",
        "kota",
        "lembaga",
        "maskapai",
        "menteri",
        "museum",
        "negara",
        "negeri",
        "organisasi",
        "perguruan",
        "perpustakaan",
        "perusahaan",
        "pihak",
        "rumah",
        "studio",
        "tim",
        "universitas",
    ]
)
"""Words that mean the two parties just named."""
_BOTH_REACH = 90
_SEATED = ("university of ", "institute of ", "universitas ", "institut ")
"""What sits in a country and is a party all the same: "the University of Canterbury in New Zealand"."""
_AGAINST = ("melawan ", "menghadapi ", "ancaman ", "terhadap ", "ketegangan ", "tegang dengan ", "memprotes ")
_BESIDE = (" dan ", " bersama ", " gandeng ", " menggandeng ", " x ", "-", " & ", " and ", " with ")
_AT_HAND = ("bersama ", "bareng ", "gandeng ")
_SHORT_GAPS = frozenset({"-", "–", "/", ",", "&", " - ", " – ", ", ", " / ", "--"})
_OFFICE_REACH = 45
_OFFICE_VERBS = tuple(
    f" {verb} "
    for verb in [
        "terima",
        "menerima",
        "temui",
        "bertemu",
        "ajak",
        "mengajak",
        "undang",
        "mengundang",
        "sambut",
        "menyambut",
        "bahas",
        "membahas",
        "dorong",
        "mendorong",
        "minta",
        "meminta",
        "ungkap",
        "sebut",
        "tegaskan",
        "teken",
        "jajaki",
        "menjajaki",
        "perkuat",
        "memperkuat",
        "kunjungi",
        "dukung",
    ]
)
_OFFICE_ENDS = (
    ",",
    ".",
    ";",
    " dan ",
    " dengan ",
    " bersama ",
    " untuk ",
    " ke ",
    " di ",
    " dari ",
    " and ",
    "gandeng ",
    *_OFFICE_VERBS,
)
_HAND_REACH = 35
_BORROW_REACH = 4
"""Sentences up to this number may take their parties from the title or the lead."""
_TOPS = ((0, 0), (1, 0), (1, 1), (2, 0), (2, 1))
"""Field and sentence of the title and the top of the lead."""
_WEAK = frozenset({"none", "abroad", "visited"})
"""Pairs of sentences that rather take the parties of the title."""
_COUPLE_REACH = 60
_PARTNER_REACH = 80


@dataclass(frozen=True)
class Party:
    """Who stands at a place: `code` is the ISO country, "" for blocs and unnamed partners abroad."""

    code: str
    kind: str

    @cached_property
    def said(self) -> str:
        """What evidence calls the party."""
        return f"party {self.code}" if self.code else self.kind


@dataclass(slots=True)
class Seat:
    """A party at its place; `aside` when the text only goes there or speaks against them, so that it is no party."""

    place: Place
    party: Party
    aside: bool = False


class Company:
    """Who stands in one sentence, and which words of joint undertaking.

    What is not so stays a default of the class: a verdict makes many of them.
    """

    home = local = bound = abroad = bloc = coupled = partner = at_hand = hand_in_hand = False

    def __init__(self, field_number: int, joints: list[tuple[Place, int]]) -> None:
        self.field_number = field_number
        self.joints = joints
        self.seats: list[Seat] = []
        self.foreign: set[str] = set()
        self.visited: set[str] = set()


@dataclass(slots=True)
class Bond:
    """One sentence that ties parties to an undertaking, and what it adds to the score.

    `certain` bonds are not weakened by signs against (a joint exercise is one also in a story about war).
    """

    company: Company
    value: float
    pair: str
    zone: str
    certain: bool
    codes: frozenset[str]


Key = tuple[int, int]
"""Field and sentence number."""
Spoken = Mapping[Key, list[tuple[Place, int]]]
"""The words of joint undertaking of each sentence that holds some, with the number of their tie."""
Known = Sequence[tuple[Key, Place, Party]]
"""Who is named in those sentences, in the title and at the top of each field: nobody else can be a party."""
DECAY = (1.0, 0.6, 0.4, 0.25)
HINTS = frozenset({"one", "hinted", "visited", "abroad"})


def bonds(
    topic: TopicRules,
    places: Sequence[Place],
    who: Reading,
    parties: Mapping[int, Party],
    fields: Sequence[Field],
) -> list[Bond]:
    """The sentences that tie parties of different countries, strongest first."""
    ties = topic.tie_slots
    joints = [
        place
        for place in places
        if place[3] in ties and (place[1] < topic.zones.story_ends or fields[place[0]].name == "title")
    ]
    if not joints:
        return []
    starts = [one.starts for one in fields]
    spoken: dict[Key, list[tuple[Place, int]]] = {}
    for place in joints:
        key = place[0], bisect_right(starts[place[0]], place[1])
        spoken.setdefault(key, []).append((place, ties[place[3]]))
    known = _known(who, spoken, parties, starts)
    if not _may_meet(topic, spoken, known, fields):
        return []
    companies = _companies(spoken, known, fields)
    found = []
    for key, company in companies.items():
        if not company.joints:
            continue
        if company.foreign:
            _couple(company, fields[company.field_number])
        pair, codes = _pair(company, key, companies, fields)
        bond = _bond(topic, company, pair, codes, fields)
        if bond is not None:
            found.append(bond)
    found.sort(key=lambda bond: -bond.value)
    return found


def _known(who: Reading, spoken: Spoken, parties: Mapping[int, Party], starts: Sequence[Sequence[int]]) -> Known:
    found = []
    for place in who.places:
        key = place[0], bisect_right(starts[place[0]], place[1])
        if (key[1] <= 1 or key in spoken) and (party := parties.get(place[3])) is not None:
            found.append((key, place, party))
    return found


def _may_meet(topic: TopicRules, spoken: Spoken, known: Known, fields: Sequence[Field]) -> bool:
    """Whether looking closer can pay: false for most articles, which name nobody from elsewhere, or only in sentences
    that no word of joint work shares.
    """
    others = [(key, place) for key, place, party in known if party.code != HOME]
    if not others:
        return False
    if any([not topic.ties[number].beside for words in spoken.values() for _, number in words]):
        return True
    return any([key in spoken or _introduces(fields[place[0]].folded.lower, place) for key, place in others])


def zone_of(topic: TopicRules, one: Field, start: int) -> str:
    """The zone of a folded offset: title, summary, lead (the top of the body) or text."""
    if one.name != "body":
        return one.name
    return "lead" if start < topic.zones.lead_ends else "text"


def _bond(
    topic: TopicRules, company: Company, pair: str, codes: frozenset[str], fields: Sequence[Field]
) -> Bond | None:
    worth_of_pair = topic.pairs.get(pair, 0.0)
    if not worth_of_pair:
        return None
    close = company.coupled or (pair == "partner" and company.at_hand)
    spoken = [topic.ties[number] for number in {number for _, number in company.joints}]
    ties = spoken if close else [tie for tie in spoken if not tie.beside]
    if not ties:
        return None
    strength = max([tie.weight for tie in ties]) + 0.15 * (len(ties) - 1)
    if company.hand_in_hand or (pair == "partner" and company.at_hand):
        strength += 0.2
    elif company.coupled and len(company.joints) > 1:
        strength += 0.1
    first = company.joints[0][0]
    zone = zone_of(topic, fields[first[0]], first[1])
    value = strength * worth_of_pair * topic.zones.by_name[zone]
    return Bond(company, value, pair, zone, any([tie.certain for tie in ties]), codes)


def _companies(spoken: Spoken, known: Known, fields: Sequence[Field]) -> dict[Key, Company]:
    """The sentences that matter, with their parties in reading order: those with a joint word, the title, and the
    first two of the lead. An office that a foreign country follows belongs to that country.
    """
    companies: dict[Key, Company] = {}
    for number, (key, place, party) in enumerate(known):
        one = fields[place[0]]
        if party.kind == "office" and number + 1 < len(known) and _is_of(place, known[number + 1], fields):
            continue
        if party.kind == "home" and one.folded.lower.startswith(" - ", place[2]):
            continue  # "Jakarta - Google …" says where the reporter sits
        company = companies.get(key)
        if company is None:
            company = companies[key] = Company(place[0], spoken.get(key, []))
        _seat(company, Seat(place, party), one)
    for key, words in spoken.items():
        if key not in companies and key[1] <= _BORROW_REACH:
            companies[key] = Company(key[0], words)
    return companies


def _holds(text: str, words: Sequence[str]) -> bool:
    """Whether any of the words stands in the text; a plain loop, since a generator costs more than the search."""
    for word in words:  # noqa: SIM110
        if word in text:
            return True
    return False


def _means_both(lower: str, joint: Place) -> bool:
    """True for "Keduanya membahas kerja sama": the sentence speaks of the two that were named before."""
    near = lower[max(0, joint[1] - _BOTH_REACH) : joint[2] + _BOTH_REACH]
    return _holds(near, _BOTH) or ("kedua " in near and _holds(near, _BOTH_OF))


def _is_of(office: Place, following: tuple[Key, Place, Party], fields: Sequence[Field]) -> bool:
    """True for "Menteri Perdagangan" before "Jepang", and for "Universitas Leiden, Belanda"."""
    _, place, party = following
    if party.code in ("", HOME) or place[0] != office[0]:
        return False
    gap = fields[office[0]].folded.lower[office[2] : place[1]].removesuffix(", ")
    return len(gap) <= _OFFICE_REACH and not _holds(gap, _OFFICE_ENDS)


def _seat(company: Company, seat: Seat, one: Field) -> None:
    place, party = seat.place, seat.party
    if party.kind in PLACE_KINDS:
        seat.aside = _is_aside(seat, one, company.seats[-1] if company.seats else None)
    company.seats.append(seat)
    if party.kind == "bloc":
        company.bloc = True
    elif party.kind in ("abroad", "event"):
        company.abroad = True
    elif seat.aside:
        company.bound = company.bound or one.folded.lower.endswith(" ke ", 0, place[1])
        if party.code == HOME:
            company.local = True
        else:
            company.visited.add(party.code)
    elif party.code == HOME:
        company.home = True
    else:
        company.foreign.add(party.code)


def _is_aside(seat: Seat, one: Field, before_it: Seat | None) -> bool:
    """True for "di Jepang" (and "di Jepang dan Korea"), but not for "kerja sama dengan industri film di Jepang"."""
    place = seat.place
    lower = one.folded.lower
    at = place[1]
    if lower.endswith(_LOCATIVE, 0, at):
        before = lower[max(0, at - _PARTNER_REACH) : at]
        near = before[-36:]
        with_them = _holds(before, _WORKING_WITH) or (" dengan " in near and "," not in near)
        if with_them and before.endswith("di "):
            return False
        return not (before.endswith(("di ", "in ")) and _holds(near, _SEATED))
    if seat.party.code != HOME and _holds(lower[max(0, at - 30) : at], _AGAINST):
        return True
    if before_it is None or not before_it.aside:
        return False
    return lower[before_it.place[2] : at] in (" dan ", ", ", ", dan ", " and ", " atau ")


def _couple(company: Company, one: Field) -> None:
    """See whether two parties stand coupled, and whether a foreign one follows a word for "with".

    A foreign party that is named before the undertaking speaks for itself: nothing says that its partner is
    Indonesian.
    """
    lower = one.folded.lower
    spoken = min(place[1] for place, _ in company.joints)
    foreign_speaks = any(
        seat.place[1] < spoken and seat.party.code in company.foreign and not seat.aside for seat in company.seats
    )
    last: Seat | None = None
    for seat in company.seats:
        place, party = seat.place, seat.party
        if seat.aside or party.kind in ("abroad", "bloc", "event"):
            continue
        if last is not None and last.party.code != party.code and _joined(lower, last, seat):
            company.coupled = True
            gap = lower[last.place[2] : place[1]]
            company.hand_in_hand |= len(gap) <= _HAND_REACH and _holds(gap, _AT_HAND)
        before = lower[max(0, place[1] - _PARTNER_REACH) : place[1]]
        if party.code != HOME and before.endswith(_GUESTS):
            company.partner = True
        if party.code != HOME and not foreign_speaks:
            company.partner |= _holds(before, _PARTNER_WORDS)
            if party.kind != "leader":
                company.at_hand |= _holds(before[-_HAND_REACH:], _AT_HAND)
        last = seat


def _joined(lower: str, first: Seat, second: Seat) -> bool:
    """True for "Indonesia-Jepang" and "Telkomsel bersama Huawei", not for a dateline: "Jakarta - Google …".

    Names of organisations in a row belong together, too: "Pusat AI UGM Indosat NVIDIA".
    """
    gap = lower[first.place[2] : second.place[1]]
    if gap == " ":
        return first.party.kind in _ORGANISED and second.party.kind in _ORGANISED
    if gap in _SHORT_GAPS:
        return not (gap in (" - ", " – ") and lower[first.place[1] : first.place[2]] == "jakarta")
    return len(gap) <= _COUPLE_REACH and _holds(gap, _CONNECTORS)


def _pair(
    company: Company,
    key: Key,
    companies: Mapping[Key, Company],
    fields: Sequence[Field],
) -> tuple[str, frozenset[str]]:
    """How the parties of a sentence stand to each other, and the foreign ones among them."""
    if company.foreign:
        pair = _named(company)
        if pair == "one" and any(other.home for other in _elsewhere(key, companies)):
            pair = "elsewhere"
        return pair, frozenset(company.foreign)
    pair = _unnamed(company)
    if pair in _WEAK:
        borrowed, codes = _borrowed(company, key, companies, fields)
        if codes:
            return borrowed, codes
    return pair, frozenset(company.visited)


def _named(company: Company) -> str:
    both = len(company.foreign) >= 2 or company.home
    if both:
        return "coupled" if company.coupled else "both"
    if company.partner or company.bloc:
        return "partner"
    if company.local:
        return "bound" if company.bound else "local"
    return "one"


def _unnamed(company: Company) -> str:
    """How a sentence without a foreign party stands."""
    if company.bloc:
        return "bloc" if company.home else "abroad"
    if company.abroad:
        return "unnamed" if company.home else "abroad"
    if company.visited:
        if not company.home:
            return "abroad"
        return "bound" if company.bound else "visited"
    return "none"


def _elsewhere(key: Key, companies: Mapping[Key, Company]) -> list[Company]:
    """The title and the top of the lead, seen from another sentence near them."""
    if key[1] > _BORROW_REACH:
        return []
    return [companies[top] for top in _TOPS if top != key and top in companies]


def _borrowed(
    company: Company,
    key: Key,
    companies: Mapping[Key, Company],
    fields: Sequence[Field],
) -> tuple[str, frozenset[str]]:
    """A sentence without a foreign party takes those of the title, or the title those of the lead."""
    lenders = [other for other in _elsewhere(key, companies) if other.foreign]
    before = companies.get((key[0], key[1] - 1))
    just_named = [before] if before is not None and before.foreign else []
    if not (lenders or just_named) or _is_domestic(company):
        return "none", frozenset()
    both = _means_both(fields[company.field_number].folded.lower, company.joints[0][0])
    for other in (just_named if both else []) + lenders:
        if company.home and _has_introduced(other, fields):
            company.coupled = _stands_beside(company, fields)
            return ("coupled" if company.coupled else "both"), frozenset(other.foreign)
        two = len(other.foreign) >= 2 or other.home or company.home
        if two and both:
            return "both", frozenset(other.foreign)
        return ("borrowed" if two else "hinted"), frozenset(other.foreign)
    return "none", frozenset()


def _introduces(lower: str, place: Place) -> bool:
    """True where the text says where somebody comes from whom it has just named: "Lembaga asal Amerika itu"."""
    return lower.startswith((" itu ", " tersebut "), place[2]) or lower.endswith("asal ", 0, place[1])


def _has_introduced(company: Company, fields: Sequence[Field]) -> bool:
    lower = fields[company.field_number].folded.lower
    return any(_introduces(lower, seat.place) for seat in company.seats if seat.party.code in company.foreign)


def _stands_beside(company: Company, fields: Sequence[Field]) -> bool:
    """True when the Indonesian side stands coupled with a name that no list knows: "Ruangguru dan Khanmigo"."""
    lower = fields[company.field_number].folded.lower
    return any(
        lower.startswith(_BESIDE, seat.place[2]) or lower.endswith(_BESIDE, 0, seat.place[1])
        for seat in company.seats
        if seat.party.code == HOME
    )


def _is_domestic(company: Company) -> bool:
    """Two Indonesian organisations in one sentence work with each other; they need nobody from elsewhere."""
    return sum(seat.party.kind == "home" for seat in company.seats) >= 2
