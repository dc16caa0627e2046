"""What is kept of a person and why, all of it as a file, and letting go of it (Indonesia's law 27 of 2022, UU PDP)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from bot.chat.codes import Code, Codes
from bot.chat.hits import advice
from bot.chat.languages import Chosen
from bot.chat.who import Document, Presses, Reply, Who
from bot.leaving import forget
from bot.render import Tree, phrases
from bot.render import ownphrases as words
from bot.render.tree import Bold, Button, Line, Paragraph, Text, line
from bot.threads import StoreThreads
from newsdesk.people import IDLE, Alert, Person, Received
from newsdesk.ports import CONTENT_KEPT, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyDesk(Presses):
    """Answers for what is kept. `contact` is how the operator is reached, "" where that is not set; `clock` gives UTC."""

    store: StoreThreads
    clock: Callable[[], datetime]
    codes: Codes
    chosen: Chosen
    contact: str = ""

    async def privacy(self, who: Who) -> Tree:
        """What is kept of people, why, for how long, and what they can do about it."""
        kept = await self.store.read(lambda view: view.person(who.id) is not None)
        said = [
            Paragraph((line(str(words.KEPT_OF_YOU if kept else words.NOTHING_OF_YOU)),)),
            Paragraph(
                tuple(
                    line(f"• {one}")
                    for one in (*words.KEPT, words.content_kept(CONTENT_KEPT.days), words.idle(IDLE.days))
                )
            ),
            Paragraph(
                (Line((Bold((Text(str(words.NOT_KEPT_TITLE)),)),)), *(line(f"• {one}") for one in words.NOT_KEPT))
            ),
            Paragraph((line(str(words.RIGHTS)), line("• /export"), line("• /forget"), line("• /settings, /mine"))),
        ]
        if self.contact:
            said.append(Paragraph((line(words.contact(self.contact)),)))
        return Tree((Line((Bold((Text(str(words.PRIVACY_TITLE)),)),)), *said))

    async def export(self, who: Who) -> Document:
        """All that is kept of the person, as JSON."""

        def read(view: Reading) -> dict[str, Any]:
            chat = str(who.id)
            return _exported(
                who.id,
                view.person(who.id),
                view.alerts_of(who.id),
                view.received(chat),
                view.chat(chat).last_message_id,
            )

        data = {"exported": self.clock().isoformat(timespec="seconds")} | await self.store.read(read)
        content = json.dumps(data, ensure_ascii=False, indent=2).encode()
        return Document("lintas-layar.json", content, str(words.EXPORTED))

    async def ask_to_forget(self, who: Who) -> Tree:
        """Ask back: it cannot be undone."""
        yes = Button(str(words.FORGET_YES), data=self.codes.write(Code("f", 0, str(who.id))))
        no = Button(str(words.FORGET_NO), data=self.codes.write(Code("f-", 0, "")))
        return advice(str(words.FORGET_ASK), [], ((yes,), (no,)))

    @property
    def _answers(self) -> dict[str, Callable[[Who, Code], Awaitable[Reply]]]:
        return {"f": self._forget, "f-": self._stay}

    async def _forget(self, who: Who, code: Code) -> Reply:
        if code.words != str(who.id):
            return Reply(None, str(phrases.NO_LONGER))
        await forget(self.store, who.id, self.clock())
        self.chosen.note(who.id, None)
        return Reply(advice(str(words.FORGOTTEN), []), str(words.DELETED))

    async def _stay(self, _: Who, __: Code) -> Reply:
        return Reply(advice(str(words.STAYS), []))


def _exported(
    number: int, person: Person | None, alerts: Sequence[Alert], received: Sequence[Received], newest: int | None
) -> dict[str, Any]:
    return {
        "telegram_id": number,
        "settings": None if person is None else _settings(person),
        "alerts": [
            {"name": one.name, "search": one.query, "saved": _moment(one.created), "paused": one.paused}
            for one in alerts
        ],
        "stories": [
            {
                "title": one.title,
                "url": one.url,
                "state": one.state,
                "due": _moment(one.due),
                "sent": _moment(one.sent),
                "alerts": list(one.alerts),
            }
            for one in received
        ],
        "newest_message_number": newest,
    }


def _settings(person: Person) -> dict[str, Any]:
    quiet = person.quiet
    return {
        "language": person.language,
        "language_of_telegram": person.client,
        "digest": None if person.digest is None else [_clock(at) for at in person.digest.at],
        "quiet_hours": None if quiet is None else [_clock(quiet.start), _clock(quiet.end)],
        "timezone": person.timezone,
        "last_heard": person.seen.date().isoformat(),
        "cannot_be_written_to_since": _moment(person.left),
        "told_of_deletion": _moment(person.warned),
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")


def _clock(at: time) -> str:
    return at.strftime("%H:%M")
