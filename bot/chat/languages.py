"""/language: in which language a person is answered, as they choose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.chat.codes import Code, Codes
from bot.chat.hits import advice
from bot.render import Tree, phrases
from bot.render.catalogues import LANGUAGES, language_for, speak, spoken
from bot.render.text import shorten
from bot.render.tree import Button
from bot.threads import StoreThreads
from newsdesk.people import Person
from newsdesk.ports import Writing

KIND = "g"
"""The kind of code that the buttons carry; its words are the person's number and the language."""

_FOLLOW = "-"


class Chosen:
    """What people chose, in memory: everything that comes from them asks for it first, and must not wait for the store."""

    def __init__(self) -> None:
        self._by_person: Mapping[int, str] | None = None

    async def load(self, store: StoreThreads) -> None:
        """Read what is kept, if that was not done yet."""
        if self._by_person is None:
            self._by_person = dict(await store.read(lambda view: view.chosen_languages()))

    def note(self, person: int, language: str | None) -> None:
        """The person chose that language, or (None) does so no more."""
        others = {other: chosen for other, chosen in (self._by_person or {}).items() if other != person}
        self._by_person = others if language is None else {**others, person: language}

    def __getitem__(self, person: int) -> str | None:
        """The language that the person chose; None for who never did."""
        return (self._by_person or {}).get(person)


@dataclass(frozen=True, slots=True, kw_only=True)
class Languages:
    """Asks, and keeps what was chosen, in the store and in `chosen`. `clock` gives UTC."""

    store: StoreThreads
    codes: Codes
    clock: Callable[[], datetime]
    chosen: Chosen

    async def ask(self, person: int, words: str) -> Tree:
        """The languages there are, as buttons; one that is named is chosen at once."""
        if not words:
            return self._choice(person, str(phrases.LANGUAGE_ASK))
        named = words.strip().casefold()
        wanted = next((tag for tag, name in LANGUAGES.items() if named == name.casefold()), None) or language_for(named)
        if wanted is None:
            return self._choice(person, phrases.language_unknown(shorten(words, 30)))
        return await self.choose(Code(KIND, 0, f"{person} {wanted}"))

    async def choose(self, code: Code) -> Tree:
        """Keep the choice that a button stands for, and answer in that language."""
        number, _, tag = code.words.partition(" ")
        if not number.isdigit() or (tag != _FOLLOW and tag not in LANGUAGES):
            return advice(phrases.NO_LONGER, [])
        chosen = None if tag == _FOLLOW else tag

        def keep(tx: Writing) -> None:
            now = self.clock()
            person = tx.person(int(number)) or Person(id=int(number), seen=now)
            tx.keep_person(replace(person, language=chosen, seen=now))

        await self.store.write(keep)
        self.chosen.note(int(number), chosen)
        if chosen is None:
            return self._choice(int(number), str(phrases.LANGUAGE_FOLLOWS))
        speak(chosen)
        return self._choice(int(number), str(phrases.LANGUAGE_CHOSEN))

    def _choice(self, person: int, said: str) -> Tree:
        row = [self._button(person, tag, name, on=tag == spoken()) for tag, name in LANGUAGES.items()]
        follow = self._button(person, _FOLLOW, str(phrases.LANGUAGE_OF_TELEGRAM))
        return advice(said, [], (tuple(row), (follow,)))

    def _button(self, person: int, tag: str, name: str, *, on: bool = False) -> Button:
        code = Code(KIND, 0, f"{person} {tag}")
        return Button(f"✓ {name}" if on else name, data=self.codes.write(code))
