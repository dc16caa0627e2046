"""When and how a person's alerts come: chosen by buttons, or in words for times that no button has."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time

from bot.chat.codes import Code, Codes
from bot.chat.hits import advice, quoted
from bot.chat.who import Presses, Reply, Who, note
from bot.render import Tree, phrases
from bot.render import ownphrases as words
from bot.render.catalogues import LANGUAGES, spoken
from bot.render.rows import in_rows
from bot.render.tree import Bold, Button, Line, Paragraph, Rows, Text, line
from bot.threads import StoreThreads
from newsdesk.people import Person
from newsdesk.ports import Writing
from newsdesk.routes import Digest, QuietHours
from newsdesk.watching import own_placement

MOST_TIMES = 6
"""Round-ups of a day."""
DIGESTS = ("", "07:00", "07:00 17:00")
QUIETS = ("", "21:00 06:00", "22:00 06:00", "23:00 07:00")
ZONES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
_TIME = re.compile(r"\b([01]?\d|2[0-3])[:.]([0-5]\d)\b", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsDesk(Presses):
    """Shows and changes what a person has chosen. `clock` gives UTC."""

    store: StoreThreads
    clock: Callable[[], datetime]
    codes: Codes

    async def settings(self, who: Who, text: str = "") -> Tree:
        """What is chosen, with buttons; `digest 08:00 18:00` or `quiet 22:30 05:45` choose other times."""
        if not text.strip():
            return await self._shown(who)
        kind, _, given = text.strip().partition(" ")
        times = [time(int(hour), int(minute)) for hour, minute in _TIME.findall(given)]
        choice = words.CHOICE_WORDS.get(kind.casefold(), "")
        if choice == "digest" and 1 <= len(times) <= MOST_TIMES:
            await self._choose(who, "digest", _written(sorted(set(times))))
        elif choice == "quiet" and len(times) == 2:
            await self._choose(who, "quiet", _written(times))
        else:
            return advice(words.not_understood(quoted(text)), words.SETTINGS_EXAMPLES)
        return await self._shown(who)

    @property
    def _answers(self) -> dict[str, Callable[[Who, Code], Awaitable[Reply]]]:
        return {
            "sp": lambda who, code: self._press(who, "digest", code.words, DIGESTS),
            "sq": lambda who, code: self._press(who, "quiet", code.words, QUIETS),
            "sz": lambda who, code: self._press(who, "timezone", code.words, tuple(ZONES)),
            "s!": self._press_shown,
        }

    async def _press_shown(self, who: Who, _: Code) -> Reply:
        return Reply(await self._shown(who))

    async def _press(self, who: Who, what: str, value: str, offered: Sequence[str]) -> Reply:
        if value not in offered:
            return Reply(None, str(phrases.NO_LONGER))
        await self._choose(who, what, value)
        return Reply(await self._shown(who), str(words.CHOSEN))

    async def _choose(self, who: Who, what: str, value: str) -> None:
        """Keep the choice; what waits already is due by it, too."""
        now = self.clock()

        def choose(tx: Writing) -> None:
            person = note(tx, who, now)
            chosen = _with(person, what, value)
            tx.keep_person(chosen)
            place = own_placement(chosen, (), now)
            if chosen != person and place is not None:
                tx.retime_posts(place.chat, place.due)

        await self.store.write(choose)

    async def _shown(self, who: Who) -> Tree:
        person = await self.store.read(lambda view: view.person(who.id)) or Person(id=who.id, seen=self.clock())
        zone = ZONES.get(person.timezone, person.timezone)
        rows = [
            (words.LANGUAGE, f"{LANGUAGES[spoken()]} · /language"),
            (words.PACE, _pace(person)),
            (words.QUIET, _quiet(person)),
            (words.ZONE, zone),
        ]
        said = tuple(Line((Text(f"{label}: "), Bold((Text(value),)))) for label, value in rows)
        title = Line((Bold((Text(str(words.SETTINGS_TITLE)),)),))
        own_times = Paragraph((line(str(words.OTHER_TIMES)), *(line(f"• {one}") for one in words.SETTINGS_EXAMPLES)))
        return Tree((title, Paragraph(said), own_times), buttons=self._buttons(person))

    def _buttons(self, person: Person) -> Rows:
        digest = "" if person.digest is None else _written(person.digest.at)
        quiet = "" if person.quiet is None else _written((person.quiet.start, person.quiet.end))
        return (
            *in_rows(self._button("sp", one, words.digest_button(_shown_times(one)), digest) for one in DIGESTS),
            *in_rows(self._button("sq", one, words.quiet_button(_shown_span(one)), quiet) for one in QUIETS),
            *in_rows(self._button("sz", one, name, person.timezone) for one, name in ZONES.items()),
            (Button(str(words.MY_ALERTS), data=self.codes.write(Code("ml", 0, ""))),),
        )

    def _button(self, kind: str, value: str, label: str, chosen: str) -> Button:
        shown = f"✓ {label}" if value == chosen else label
        return Button(shown, data=self.codes.write(Code(kind, 0, value)))


def _with(person: Person, what: str, value: str) -> Person:
    """The person with that choice."""
    if what == "timezone":
        return replace(person, timezone=value)
    times = tuple(time.fromisoformat(part) for part in value.split())
    if what == "digest":
        return replace(person, digest=Digest(times) if times else None)
    return replace(person, quiet=QuietHours(*times) if times else None)


def _written(times: Sequence[time]) -> str:
    return " ".join(at.strftime("%H:%M") for at in times)


def _shown_times(written: str) -> str:
    return phrases.listed([part.replace(":", ".") for part in written.split()]) if written else ""


def _shown_span(written: str) -> str:
    return "–".join(part.replace(":", ".") for part in written.split())


def _pace(person: Person) -> str:
    if person.digest is None:
        return str(words.AT_ONCE)
    return words.digest_at(_shown_times(_written(person.digest.at)))


def _quiet(person: Person) -> str:
    if person.quiet is None:
        return str(words.NO_QUIET)
    return words.quiet_until(_shown_span(_written((person.quiet.start, person.quiet.end))))
