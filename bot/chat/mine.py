"""What is a person's own: saved searches and subscriptions, listed and changed by buttons.

Every button acts on what belongs to whoever presses it: an alert of that number that is somebody else's is not there.
Asking twice is as good as asking once, so that an update which comes again does nothing new.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from zoneinfo import ZoneInfo

from bot.chat.codes import Code, Codes
from bot.chat.hits import advice, page_words, quoted
from bot.chat.searching import LONGEST_QUERY, sound
from bot.chat.who import Presses, Reply, Who, note
from bot.leaving import leave_traces
from bot.render import Tree, phrases
from bot.render import ownphrases as words
from bot.render.rows import in_rows
from bot.render.text import shorten
from bot.render.tree import Bold, Button, Line, Paragraph, Rows, Text, line
from bot.threads import StoreThreads
from newsdesk.language.rewriting import without
from newsdesk.people import LONGEST_NAME, MOST_ALERTS, Alert
from newsdesk.ports import Reading, Writing
from newsdesk.search import SearchQuery, parse_query
from newsdesk.sources import SourceBook

PAGE = 8
"""Alerts on one page of the list: two buttons each."""
_NAMED = " = "
"""Between a name and its search: `/alert Drama = film korea`."""
_WEEK = "7d"
_COUNT_AT_MOST = 1000


class Outcome(StrEnum):
    """What became of a search that is to be saved."""

    SAVED = "saved"
    THERE = "there"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of it, and the alert where there is one."""

    outcome: Outcome
    alert: Alert | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MineDesk(Presses):
    """Keeps and shows what is a person's own. `book` and `topics` give what is loaded now, `clock` UTC."""

    store: StoreThreads
    book: Callable[[], SourceBook]
    topics: Callable[[], Sequence[str]]
    clock: Callable[[], datetime]
    codes: Codes
    zone: ZoneInfo = field(default_factory=phrases.home_zone)

    # --- saving --------------------------------------------------------------------------------------------------

    async def alert(self, who: Who, text: str) -> Tree:
        """Save a search, under a name of the person's own where one is given; how to do it, without one."""
        text = " ".join(sound(text).split())
        name, _, asked = text.rpartition(_NAMED)
        if not asked:
            return advice(str(words.ALERT_HOW), words.ALERT_EXAMPLES, (self._to_list(),))
        return await self._keep(who, asked, name.strip())

    async def subscribe(self, who: Who, text: str) -> Tree:
        """Save a search for one topic, source or country; without words, the topics to choose from."""
        text = " ".join(sound(text).split())
        if not text:
            return advice(str(words.SUBSCRIBE_HOW), words.SUBSCRIBE_EXAMPLES, (*self._topic_rows(), self._to_list()))
        asked = self._filter_meant(text)
        if asked is None:
            said = words.unknown_subscription(quoted(text))
            return advice(said, words.SUBSCRIBE_EXAMPLES, self._topic_rows())
        return await self._keep(who, asked, "")

    async def unsubscribe(self, who: Who, text: str) -> Tree:
        """Delete the subscription or alert that is meant; the list to choose from where that cannot be told."""
        text = " ".join(sound(text).split())
        meant = {text.casefold(), (self._filter_meant(text) or "").casefold()} - {""}

        def delete(tx: Writing) -> Alert | None:
            for alert in tx.alerts_of(who.id):
                if {alert.query.casefold(), alert.name.casefold()} & meant:
                    _delete(tx, who, alert.id)
                    return alert
            return None

        gone = await self.store.write(delete) if meant else None
        if gone is not None:
            return advice(words.deleted(quoted(gone.name)), [], (self._to_list(),))
        return await self.mine(who, remark=words.nothing_of_that(quoted(text)) if meant else "")

    async def _keep(self, who: Who, text: str, name: str) -> Tree:
        refusal, saved = await self._save(who, text, name)
        if refusal is not None or saved is None:
            return refusal or advice(str(words.ALERT_HOW), words.ALERT_EXAMPLES)
        if saved.alert is None:
            return advice(words.full(MOST_ALERTS), [], (self._to_list(),))
        alert = saved.alert
        known = Paragraph((line(words.recently(await self._recently(alert.query))),))
        head = words.saved(quoted(alert.name)) if saved.outcome is Outcome.SAVED else words.there(quoted(alert.name))
        how = Paragraph((line(str(words.SAVED_HOW)),))
        return Tree((line(head), known, how), buttons=(self._to_list(),))

    async def _save(self, who: Who, text: str, name: str) -> tuple[Tree | None, Saved | None]:
        """What keeps the search from being saved, or what became of it."""
        if len(text) > LONGEST_QUERY:
            return advice(phrases.SEARCH_TOO_LONG, words.ALERT_EXAMPLES), None
        asked = without(text, "since", "until", "sort").strip()
        query = self._read(asked)
        if query.notes:
            remarks = [phrases.search_note(note, tuple(self.topics())) for note in query.notes]
            return advice(words.not_saved(quoted(text)), remarks), None
        if not query.asks:
            return advice(words.not_saved(quoted(text)), words.ALERT_EXAMPLES), None
        # A name of signs that show nothing is none.
        called = shorten(name, LONGEST_NAME) or shorten(self._name(asked, query), LONGEST_NAME) or str(words.UNNAMED)
        now = self.clock()
        return None, await self.store.write(lambda tx: _save(tx, who, called, asked, now, renamed=bool(name)))

    async def _recently(self, asked: str) -> int:
        query = self._read(f"{_WEEK} {asked}")
        return await self.store.read(lambda view: view.count(query, _COUNT_AT_MOST))

    # --- the list ------------------------------------------------------------------------------------------------

    async def mine(self, who: Who, page: int = 0, *, remark: str = "") -> Tree:
        """One page of what the person has saved, with buttons to rest and to delete each."""
        alerts = await self.store.read(lambda view: view.alerts_of(who.id))
        head = [line(remark)] if remark else []
        if not alerts:
            how = Paragraph(tuple(line(f"• {example}") for example in words.ALERT_EXAMPLES))
            return Tree((*head, line(str(words.NOTHING_SAVED)), how), buttons=self._topic_rows())
        pages = -(-len(alerts) // PAGE)
        page = max(0, min(page, pages - 1))
        shown = list(enumerate(alerts, start=1))[page * PAGE : (page + 1) * PAGE]
        title = Line((Bold((Text(words.list_title(len(alerts))),)), Text(page_words(page, pages))))
        rows = Paragraph(tuple(_listed(number, alert) for number, alert in shown))
        buttons = tuple(self._changing(number, alert, page) for number, alert in shown)
        return Tree((*head, title, rows), buttons=(*buttons, *self._paging(page, pages)))

    def _changing(self, number: int, alert: Alert, page: int) -> tuple[Button, ...]:
        rest = ("mr", f"▶️ {number}") if alert.paused else ("mp", f"⏸ {number}")
        return (
            self._button(rest[1], rest[0], page, str(alert.id)),
            self._button(f"🗑 {number}", "md", page, str(alert.id)),
        )

    def _paging(self, page: int, pages: int) -> Rows:
        back = [self._button(str(phrases.NEWER), "ml", page - 1)] if page else []
        on = [self._button(str(phrases.OLDER), "ml", page + 1)] if page + 1 < pages else []
        return (tuple(back + on),) if back or on else ()

    def _button(self, label: str, kind: str, page: int = 0, about: str = "") -> Button:
        return Button(label, data=self.codes.write(Code(kind, page, about)))

    def _to_list(self) -> tuple[Button, ...]:
        return (self._button(str(words.MY_ALERTS), "ml"),)

    def _topic_rows(self) -> Rows:
        """A button for each topic, to subscribe by one tap."""
        row = [
            self._button(f"{phrases.topic_icon(topic)} {shorten(phrases.topic_name(topic), 20)}", "mt", 0, topic)
            for topic in tuple(self.topics())[:6]
        ]
        return in_rows(row, 3)

    # --- presses -------------------------------------------------------------------------------------------------

    @property
    def _answers(self) -> dict[str, Callable[[Who, Code], Awaitable[Reply]]]:
        return {
            "k": self._press_keep,
            "ml": self._press_list,
            "mp": partial(self._press_rest, paused=True),
            "mr": partial(self._press_rest, paused=False),
            "md": self._press_delete,
            "mt": self._press_topic,
        }

    async def _press_keep(self, who: Who, code: Code) -> Reply:
        refusal, saved = await self._save(who, " ".join(code.words.split()), "")
        if refusal is not None or saved is None:
            return Reply(None, words.not_saved(quoted(code.words, 60)))
        return Reply(None, _toast(saved))

    async def _press_topic(self, who: Who, code: Code) -> Reply:
        _, saved = await self._save(who, f"topic:{code.words}", "")
        return Reply(await self.mine(who), "" if saved is None else _toast(saved))

    async def _press_list(self, who: Who, code: Code) -> Reply:
        return Reply(await self.mine(who, code.page))

    async def _press_rest(self, who: Who, code: Code, *, paused: bool) -> Reply:
        def rest(tx: Writing) -> bool:
            alert = _theirs(tx, who, code)
            return alert is not None and tx.change_alert(replace(alert, paused=paused))

        done = await self.store.write(rest)
        said = (words.RESTS if paused else words.GOES_ON) if done else words.GONE_ALREADY
        return Reply(await self.mine(who, code.page), str(said))

    async def _press_delete(self, who: Who, code: Code) -> Reply:
        number = int(code.words) if code.words.isdigit() else 0
        gone = await self.store.write(lambda tx: _delete(tx, who, number))
        return Reply(await self.mine(who, code.page), str(words.DELETED if gone else words.GONE_ALREADY))

    # --- what is meant -------------------------------------------------------------------------------------------

    def _read(self, text: str) -> SearchQuery:
        sources = tuple(source.id for source in self.book().sources)
        return parse_query(text, now=self.clock(), zone=self.zone, topics=tuple(self.topics()), sources=sources)

    def _filter_meant(self, text: str) -> str | None:
        """The filter that a person means by `topic film`, `negara jepang`, `source:antara` or a bare name."""
        kind, _, value = text.partition(":") if ":" in text else text.partition(" ")
        kind = words.FILTER_WORDS.get(kind.strip().casefold(), "")
        if kind and value.strip():
            return self._filter(kind, value)
        topic = phrases.topic_called(text, tuple(self.topics()))
        if topic:
            return f"topic:{topic}"
        found = (self._filter(kind, text) for kind in ("source", "country"))
        return next((one for one in found if one), None)

    def _filter(self, kind: str, value: str) -> str | None:
        value = value.strip()
        if kind == "topic":
            value = phrases.topic_called(value, tuple(self.topics())) or value
        if kind == "source":
            value = next((one.id for one in self.book().sources if one.name.casefold() == value.casefold()), value)
        query = self._read(f"{kind}:{'_'.join(value.split())}")
        named = {"topic": query.topics, "source": query.sources, "country": query.countries}[kind]
        return None if query.notes or not named else " ".join(f"{kind}:{one}" for one in named)

    def _name(self, text: str, query: SearchQuery) -> str:
        """What an alert is called that was given no name: its words, then its filters as people say them."""
        names = {source.id: source.name for source in self.book().sources}
        said = [rest] if (rest := without(text).strip()) else []
        said += [phrases.topic_name(topic) for topic in query.topics]
        said += [names.get(source, source) for source in query.sources]
        said += [phrases.country(code) for code in query.countries]
        return " · ".join(said)


def _delete(tx: Writing, who: Who, number: int) -> bool:
    """Delete the person's alert of that number, and have the files cleaned of it with the next tidying."""
    gone = tx.delete_alerts(who.id, [number]) > 0
    if gone:
        leave_traces(tx)
    return gone


def _theirs(view: Reading, who: Who, code: Code) -> Alert | None:
    return next((alert for alert in view.alerts_of(who.id) if str(alert.id) == code.words), None)


def _toast(saved: Saved) -> str:
    if saved.alert is None:
        return words.full(MOST_ALERTS)
    name = quoted(saved.alert.name, 60)
    return words.saved(name) if saved.outcome is Outcome.SAVED else words.there(name)


def _listed(number: int, alert: Alert) -> Line:
    asked = f" — {shorten(alert.query, 80)}" if alert.query.casefold() != alert.name.casefold() else ""
    rests = f" · {words.PAUSED}" if alert.paused else ""
    return line(f"{number}. ", Bold((Text(shorten(alert.name, LONGEST_NAME)),)), f"{asked}{rests}")


def _save(tx: Writing, who: Who, name: str, asked: str, now: datetime, *, renamed: bool) -> Saved:
    theirs = tx.alerts_of(who.id)
    there = next((alert for alert in theirs if alert.query == asked), None)
    if there is not None:
        kept = replace(there, name=name if renamed else there.name, paused=False)
        if kept != there:
            tx.change_alert(kept)
        return Saved(Outcome.THERE, kept)
    if len(theirs) >= MOST_ALERTS:
        return Saved(Outcome.FULL)
    note(tx, who, now)
    return Saved(Outcome.SAVED, tx.add_alert(person=who.id, name=name, query=asked, now=now))
