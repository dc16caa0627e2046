"""What operators order in chat, and the answers, as message trees: how things stand, pauses, muted sources, a post by
hand or taken back, held messages, the file.

Nothing here knows Telegram. What changes something is asked back with buttons; a button is good for the person who
asked, for ten minutes, once (see bot/grants.py).
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot import grants, livebook, retracting, uncertain
from bot.chat.hits import advice
from bot.config.book import book_digest, parse_book, read_bytes
from bot.grants import Press
from bot.render import Tree, phrases, retractphrases
from bot.render import orderphrases as words
from bot.render.catalogues import Phrase
from bot.render.post import headline
from bot.render.rows import in_rows
from bot.render.text import shorten
from bot.render.tree import Bold, Button, Line, Paragraph, Rows, Text, line
from bot.retracting import Place
from bot.standing import stand, standing
from bot.threads import StoreThreads
from newsdesk.articles import Article
from newsdesk.errors import ConfigError
from newsdesk.health import health
from newsdesk.messages import SEND, ChatState, Message
from newsdesk.ports import Reading, Writing
from newsdesk.routes import Route
from newsdesk.sources import SourceBook, SourceState
from newsdesk.spans import read_span
from newsdesk.standing import Order, Standing

PREFIX = "order:"
"""What the data of these buttons begins with."""
VALID = timedelta(minutes=10)
LONGEST = timedelta(days=365)
"""For how long an order may hold that is given for a time."""
CANCEL = "cancel"
_DIGEST = 8
_MOST_TROUBLED = 8
_MOST_PROBLEMS = 10
_MOST_HELD = 3
_GOOD = ("ok", "new", "disabled")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a pressed button, and what to say."""

    press: Press
    text: str


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the store says of how things stand."""

    counts: dict[str, int]
    states: dict[str, SourceState]
    size: int
    orders: Standing
    taken: datetime | None
    chats: list[tuple[ChatState, list[Message]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDesk:
    """Takes orders. `admins` are the people who may give them, `path` is the operator's file, `clock` gives UTC."""

    store: StoreThreads
    book: Callable[[], SourceBook]
    path: Path
    admins: Sequence[int]
    clock: Callable[[], datetime]
    began: datetime
    version: str
    zone: ZoneInfo = field(default_factory=phrases.home_zone)

    # --- how things stand ------------------------------------------------------------------------------------------

    async def status(self) -> Tree:
        """The service, its sources, its queue, its chats and the orders in force, on one screen."""
        book, now = self.book(), self.clock()

        def read(view: Reading) -> _Facts:
            chats = list(dict.fromkeys(route.chat for route in book.routes))
            return _Facts(
                counts=dict(view.counts()),
                states=view.source_states(),
                size=view.size(),
                orders=standing(view).still(now),
                taken=livebook.taken_up(view),
                chats=[(view.chat(chat), view.recent_messages(chat, 1)) for chat in chats],
            )

        facts = await self.store.read(read)
        head = (
            line(Bold((Text(str(words.STATUS)),))),
            line(words.running(now - self.began, self.version)),
            *self._file(book, facts.taken),
            *self._in_force(facts.orders),
        )
        return Tree(
            (
                Paragraph(head),
                Paragraph(tuple(self._sources(book, facts.states, now))),
                Paragraph((*self._queue(facts.counts), *(self._chat(*chat) for chat in facts.chats))),
                Paragraph(tuple(_archive(facts))),
            )
        )

    def _file(self, book: SourceBook, taken: datetime | None) -> list[Line]:
        """Which content of the operator's file is in force and since when; and whether another one lies there."""
        since = phrases.moment(taken, self.zone) if taken is not None else None
        rows = [line(words.file_in_force(self.path.name, book.digest[:_DIGEST], since))]
        try:
            same = book_digest(read_bytes(self.path)) == book.digest
        except ConfigError:
            same = False
        return rows if same else [*rows, line(words.FILE_DIFFERS)]

    def _in_force(self, orders: Standing) -> list[Line]:
        rows = []
        if orders.pause is not None:
            rows.append(line(f"{words.PAUSED} {self._until(orders.pause)}"))
        rows += [line(f"{words.MUTED}: {name} {self._until(order)}") for name, order in sorted(orders.muted.items())]
        return rows

    def _until(self, order: Order) -> str:
        if order.until is None:
            return words.held_until(None)
        today = order.until.astimezone(self.zone).date() == self.clock().astimezone(self.zone).date()
        when = (
            phrases.short_moment(order.until, self.zone, self.clock())
            if today
            else phrases.moment(order.until, self.zone)
        )
        return words.held_until(when)

    def _sources(self, book: SourceBook, states: dict[str, SourceState], now: datetime) -> list[Line]:
        found = {source: health(source, states.get(source.id), now) for source in book.enabled()}
        troubled = [(source, state) for source, state in found.items() if state.status not in _GOOD]
        if not troubled:
            return [line(f"✅ {words.SOURCES_GOOD} ({len(found)})")]
        rows = [line(f"⚠️ {words.sources_troubled(len(troubled), len(found))} · /sources")]
        return rows + [line(f"• {source.id}: {state.status}") for source, state in troubled[:_MOST_TROUBLED]]

    def _queue(self, counts: dict[str, int]) -> list[Line]:
        rows = words.queue(
            counts.get("messages_queued", 0),
            counts.get("messages_sending", 0),
            counts.get("posts_waiting", 0),
            counts.get("messages_held", 0),
            counts.get("messages_failed", 0),
        )
        return [line(" · ".join(rows) if rows else words.NOTHING_PLANNED)]

    def _chat(self, state: ChatState, newest: list[Message]) -> Line:
        now = self.clock()
        parts = [state.chat]
        if newest and newest[0].changed is not None:
            parts.append(words.last_post(phrases.short_moment(newest[0].changed, self.zone, now)))
        if state.rest_until is not None and state.rest_until > now:
            parts.append(words.rests(phrases.short_moment(state.rest_until, self.zone, now), state.reason))
        return line(" · ".join(parts))

    # --- orders ------------------------------------------------------------------------------------------------------

    async def pause(self, person: int, asked: str) -> Tree:
        """Ask back before posting is paused, for the time that was asked or until it is resumed."""
        until = self._ending(asked)
        if until is None and asked:
            return advice(words.PAUSE_HOW, words.PAUSE_EXAMPLES)
        what = f"{words.PAUSE_ASK} {self._until(self._order(person, until))}?"
        return await self._ask(person, _order("pause", _stamp(until)), what, words.PAUSE_WHAT)

    async def resume(self, person: int) -> Tree:
        """Ask back before posting goes on."""
        orders = await self.store.read(standing)
        if not orders.paused(self.clock()):
            return advice(words.NOT_PAUSED, [])
        return await self._ask(person, _order("resume"), str(words.RESUME_ASK))

    async def mute(self, person: int, asked: str) -> Tree:
        """Ask back before a source's articles are no longer posted."""
        name, _, lasting = asked.partition(" ")
        until = self._ending(lasting)
        if not name or (lasting.strip() and until is None):
            return advice(words.MUTE_HOW, words.MUTE_EXAMPLES)
        source = self.book().source(name)
        if source is None:
            near = difflib.get_close_matches(name, [one.id for one in self.book().sources], 3)
            return advice(words.unknown_source(shorten(name, 60), near), words.MUTE_EXAMPLES)
        what = f"{words.mute_ask(source.name)} {self._until(self._order(person, until))}?"
        return await self._ask(person, _order("mute", name, _stamp(until)), what, words.MUTE_WHAT)

    async def unmute(self, asked: str) -> Tree:
        """Post from the source again; takes nothing away from anybody, so it is done at once."""
        name, now = asked.strip(), self.clock()

        def heed(tx: Writing) -> bool:
            orders = standing(tx).still(now)
            stand(tx, orders.muting(name, None))
            return name in orders.muted

        return advice(words.unmuted(name) if await self.store.write(heed) else words.UNMUTE_HOW, [])

    async def post(self, person: int, asked: str) -> Tree:
        """Ask back before an article is posted by hand."""
        target, _, wanted = asked.partition(" ")
        routes = [one for one in self.book().routes if one.weekly is None]
        route = next((one for one in routes if one.id == wanted.strip() or not wanted.strip()), None)
        if not target:
            return advice(words.POST_HOW, words.POST_EXAMPLES)
        if route is None:
            return advice(words.POST_NO_ROUTE, [f"/post {shorten(target, 60)} {one.id}" for one in routes])
        article = await self.store.read(lambda view: view.article(target.removeprefix("#")))
        if article is None:
            return advice(words.POST_NONE, words.POST_EXAMPLES)
        order = _order("post", str(article.id), route.id)
        return await self._ask(person, order, headline(article, 200), words.post_ask(route.id, route.chat))

    async def retract(self, person: int, asked: str, pointed: Place | None = None) -> Tree:
        """Ask back before a story is taken back from every chat; `pointed` is the post that the order answers."""
        now = self.clock()
        chats = list(dict.fromkeys(route.chat for route in self.book().routes))
        found = await self.store.read(lambda view: retracting.find(view, asked.strip(), pointed, now, chats))
        if found.article is None or found.story is None or not found.steps:
            return advice(str(found.advice), found.examples)
        more = retracting.foretold(found.steps, self.zone)
        what = retractphrases.ask(headline(found.article, 200))
        order = _order("retract", str(found.story))
        return await self._ask(person, order, what, *more, yes=retractphrases.YES)

    async def uncertain(self) -> Tree:
        """The messages of unknown fate, each with a button for each decision."""
        now = self.clock()

        def read(tx: Writing) -> list[tuple[Message, str, dict[uncertain.Resolution, str]]]:
            return [
                (message, uncertain.headline(tx, message), uncertain.issue(tx, message.id, self.admins, now))
                for message in uncertain.held(tx, _MOST_HELD + 1)
            ]

        found = await self.store.write(read)
        if not found:
            return advice(words.NOTHING_HELD, [])
        blocks = [self._held(message, title) for message, title, _ in found[:_MOST_HELD]]
        if len(found) > _MOST_HELD:
            blocks.append(Paragraph((line(words.MORE_HELD),)))
        rows: Rows = ()
        for message, _, tokens in found[:_MOST_HELD]:
            labels = [(f"{message.id}: {phrases.RESOLUTIONS[choice.value]}", token) for choice, token in tokens.items()]
            rows += in_rows(Button(label, data=token) for label, token in labels)
        return Tree(tuple(blocks), buttons=rows)

    def _held(self, message: Message, title: str) -> Paragraph:
        since = phrases.short_moment(message.created, self.zone, self.clock())
        return Paragraph(
            (
                line(Bold((Text(words.held_message(message.id, message.chat, since)),))),
                *([line(f"«{shorten(title, 160)}»")] if title else []),
                line(shorten(message.reason, 200)),
            )
        )

    async def reload(self, person: int) -> Tree:
        """Read the operator's file now and say what becomes of it; what waits for consent can be given it."""
        try:
            raw = read_bytes(self.path)
            book = parse_book(raw, file=self.path.name)
        except ConfigError as error:
            problems = error.lines()
            return advice(words.RELOAD_WRONG, [shorten(problem, 300) for problem in problems[:_MOST_PROBLEMS]])
        said = words.in_force(len(book.enabled()), len(book.routes))
        if book.digest == self.book().digest:
            return advice(f"{words.RELOAD_SAME} ({said})", [])
        verdict = await self.store.read(lambda view: livebook.judged(view, book, raw))
        if verdict is None or not verdict.hold:
            return advice(f"{words.RELOAD_SOON} ({said})", [])
        gone = [f"{words.RELOAD_GONE}: {livebook.names(verdict.removed)}"] if verdict.removed else []
        what = f"{words.RELOAD_HELD}: {verdict.hold}"
        return await self._ask(person, _order("accept", book.digest), what, *gone, yes=words.YES_ACCEPT)

    # --- buttons -----------------------------------------------------------------------------------------------------

    async def _ask(self, person: int, order: str, what: str, *more: Phrase | str, yes: Phrase = words.YES) -> Tree:
        now = self.clock()

        def issue(tx: Writing) -> dict[str, str]:
            matter = f"{PREFIX}{person} {now.isoformat()}"
            return grants.issue(tx, matter, [order, CANCEL], [person], now, VALID, lambda: PREFIX + grants.draw_token())

        tokens = await self.store.write(issue)
        buttons = (Button(str(yes), data=tokens[order]), Button(str(words.NO), data=tokens[CANCEL]))
        rows = [line(Bold((Text(what),))), *map(line, more), line(words.EXPIRES)]
        return Tree((Paragraph(tuple(rows)),), buttons=(buttons,))

    async def press(self, token: str, person: int) -> Outcome:
        """Do what the button stands for, in one transaction with its being used up."""
        now = self.clock()

        def heed(tx: Writing) -> Outcome:
            press, grant = grants.look(tx, token, person, self.admins, now)
            if grant is None:
                return Outcome(press, str(words.STRANGER) if press is Press.STRANGER else str(words.EXPIRED))
            grants.settle(tx, grant.matter)
            return Outcome(
                Press.DONE, str(words.CANCELLED) if grant.order == CANCEL else self._do(tx, grant.order, person)
            )

        return await self.store.write(heed)

    def _do(self, tx: Writing, order: str, person: int) -> str:
        verb, *what = json.loads(order)
        now = self.clock()
        orders = standing(tx).still(now)
        if verb == "pause":
            given = self._order(person, _moment(what[0]))
            stand(tx, replace(orders, pause=given))
            return words.paused(self._until(given))
        if verb == "resume":
            stand(tx, replace(orders, pause=None))
            return str(words.DONE_RESUME)
        if verb == "mute":
            given = self._order(person, _moment(what[1]))
            stand(tx, orders.muting(what[0], given))
            return words.muted(what[0], self._until(given))
        if verb == "retract":
            return retracting.said(retracting.take_back(tx, int(what[0]), person, now))
        if verb == "accept":
            tx.remember(livebook.ACCEPTED, what[0])
            return str(words.DONE_ACCEPT)
        return self._post(tx, int(what[0]), what[1], now)

    def _post(self, tx: Writing, number: int, wanted: str, now: datetime) -> str:
        route: Route | None = next((one for one in self.book().routes if one.id == wanted), None)
        article: Article | None = tx.article(str(number))
        story = tx.story_of(number)
        if route is None or article is None or story is None:
            return str(words.POST_NO_STORY) if route is not None else str(words.POST_NO_ROUTE)
        chat = route.chat
        retracting.allow(tx, story, chat)
        post = tx.add_post(story=story, chat=chat, route=route.id, article=number, due=now, waiting=False)
        if post is None:
            post = tx.promote_post(story=story, chat=chat, route=route.id, article=number, due=now)
        if post is None:
            return str(words.POST_THERE)
        tx.queue_message(chat=chat, kind=SEND, posts=[post], now=now, not_before=now)
        return str(words.DONE_POST)

    def _ending(self, asked: str) -> datetime | None:
        lasting = read_span(asked)
        return self.clock() + lasting if lasting is not None and lasting <= LONGEST else None

    def _order(self, person: int, until: datetime | None) -> Order:
        return Order(self.clock(), person, until)


def _archive(facts: _Facts) -> list[Line]:
    kept, stories = (phrases.number(facts.counts.get(name, 0)) for name in ("articles", "stories"))
    return [line(words.articles(kept, stories)), line(words.size(facts.size / 2**20))]


def _order(*parts: str) -> str:
    return json.dumps(parts)


def _stamp(until: datetime | None) -> str:
    return until.isoformat() if until else ""


def _moment(stamp: str) -> datetime | None:
    return datetime.fromisoformat(stamp) if stamp else None
