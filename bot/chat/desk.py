"""The desk at which people ask: every command, button and deep link, and what it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.chat import languages
from bot.chat.codes import Code, Codes, read_link
from bot.chat.easing import Wordbook
from bot.chat.hits import advice, fitted, hit_rows, page_words, quoted
from bot.chat.searching import PAGE, Searching, Typed, sound
from bot.chat.stories import MOST_RELATED, related_tree, why_tree
from bot.render import Tree, phrases
from bot.render.post import tags
from bot.render.text import shorten
from bot.render.tree import Bold, Button, Line, Paragraph, Rows, Text, line
from bot.threads import StoreThreads
from newsdesk.articles import Article
from newsdesk.health import health
from newsdesk.listening import Mark
from newsdesk.messages import ChatState
from newsdesk.ports import ArticleTrace, Reading, Writing
from newsdesk.search import Found, SearchQuery
from newsdesk.sources import Source, SourceBook, SourceState

SOURCES_PAGE = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatDesk:
    """Answers questions from the store. `book` and `topics` give what is loaded now, `clock` UTC."""

    store: StoreThreads
    book: Callable[[], SourceBook]
    topics: Callable[[], Sequence[str]]
    clock: Callable[[], datetime]
    zone: ZoneInfo = field(default_factory=phrases.home_zone)
    codes: Codes = field(default_factory=Codes)
    words: Wordbook = field(default_factory=Wordbook)
    keeps: bool = False
    """Whether searches can be saved (see bot/chat/mine.py): answers have a button for it."""
    chosen: languages.Chosen = field(default_factory=languages.Chosen)

    async def start(self, payload: str = "") -> Tree:
        """Who this is and what to ask first; behind a deep link, what it asks for."""
        code = read_link(payload) if payload else None
        if code is not None:
            return await self._answers[code.kind](code)
        lost = (Paragraph((line(phrases.START_UNKNOWN),)),) if payload else ()
        hello = Line((Bold((Text(str(phrases.START)),)),))
        return Tree((hello, *lost, Paragraph((line(phrases.START_WHAT),)), *self.help().blocks))

    def help(self) -> Tree:
        """The commands, and how to search."""
        commands = [line(f"/{name} — {what}") for name, what in phrases.COMMANDS if name not in ("start", "help")]
        tips = [line("• ", Bold((Text(example),)), f" — {what}") for example, what in phrases.HELP_TIPS]
        return Tree(
            (
                Paragraph((Line((Bold((Text(str(phrases.HELP_TITLE)),)),)), *commands)),
                Paragraph((Line((Bold((Text(str(phrases.HELP_TIPS_TITLE)),)),)), *tips)),
            )
        )

    def unknown(self) -> Tree:
        """The answer to a command that there is not."""
        return advice(phrases.UNKNOWN_COMMAND, [])

    async def language(self, person: int, words: str = "") -> Tree:
        """In which language that person is answered."""
        return await self._languages.ask(person, words)

    async def search(self, words: str, page: int = 0) -> Tree:
        """One page of what was found; advice for a query that is empty, odd, too long or fruitless."""
        return await self._searching.search(words, page)

    async def typed(self, words: str, offset: int = 0) -> Typed:
        """Results for words that are being typed in some other chat."""
        return await self._searching.typed(words, offset)

    @property
    def _languages(self) -> languages.Languages:
        return languages.Languages(store=self.store, codes=self.codes, clock=self.clock, chosen=self.chosen)

    @property
    def _searching(self) -> Searching:
        return Searching(
            store=self.store,
            book=self.book,
            topics=self.topics,
            clock=self.clock,
            zone=self.zone,
            codes=self.codes,
            words=self.words,
            keeps=self.keeps,
        )

    async def latest(self, words: str, page: int = 0) -> Tree:
        """One page of the newest articles of one topic, or of any."""
        topics = tuple(self.topics())
        words = sound(words)
        wanted = phrases.topic_called(words, topics) if words.strip() else ""
        if wanted is None:
            names = [f"/latest {name}" for name in topics]
            return advice(f"{phrases.UNKNOWN_TOPIC} {quoted(words, 40)}. {phrases.known_topics(topics)}", names)

        def read(view: Reading) -> list[Found]:
            return view.latest([wanted] if wanted else [], PAGE + 1, page * PAGE)

        hits = await self.store.read(read)
        name = phrases.topic_name(wanted) if wanted else ""
        if not hits:
            return advice(f"{phrases.LATEST_NOTHING}{f': {name}' if name else ''}.", ["/sources", "/topics"])
        heading = f"🕘 {phrases.LATEST}{f' · {name}' if name else ''}"
        asked, now = SearchQuery(text=""), self.clock()
        rows = [hit_rows(page * PAGE + n, hit, asked, self.zone, now) for n, hit in enumerate(hits[:PAGE], start=1)]
        return fitted([line(Bold((Text(heading),)))], rows, self._paging(Code("l", page, wanted), len(hits) > PAGE))

    def topics_list(self) -> Tree:
        """The topics that are watched, with their hashtags and how to ask for them."""
        rows = [
            line(
                f"{phrases.topic_icon(topic)} ",
                Bold((Text(phrases.topic_name(topic)),)),
                " · ",
                *tags([topic]),
                f" · /latest {topic} · /search topic:{topic}",
            )
            for topic in self.topics()
        ]
        return Tree((Line((Bold((Text(str(phrases.TOPICS_TITLE)),)),)), Paragraph(tuple(rows))))

    async def sources(self, page: int = 0) -> Tree:
        """The sources that are read, and how each is doing."""
        listed = self.book().enabled()
        if not listed:
            return advice(phrases.SOURCES_NONE, [])
        states = await self.store.read(lambda view: view.source_states())
        pages = max(1, -(-len(listed) // SOURCES_PAGE))
        at = min(page, pages - 1)
        shown = listed[at * SOURCES_PAGE : (at + 1) * SOURCES_PAGE]
        now = self.clock()
        rows = [self._source(source, states.get(source.id), now) for source in shown]
        heading = line(Bold((Text(f"{phrases.SOURCES_TITLE} ({len(listed)})"),)), page_words(at, pages))
        return Tree((heading, Paragraph(tuple(rows))), buttons=self._paging(Code("o", at, ""), at + 1 < pages))

    async def why(self, target: str) -> Tree:
        """Why an article was chosen: verdicts with evidence, story, posts. `target` is its number or address."""
        target = _named(target)
        if not target:
            return advice(phrases.WHY_HOW, ["/why 123", "/why https://…"])
        trace = await self.store.read(lambda view: _trace(view, target))
        if trace is None:
            return advice(f"{phrases.WHY_UNKNOWN} {quoted(target, 120)}.", [phrases.WHY_HOW, "/why 123"])
        return why_tree(trace, self.zone, self._aside("r", str(phrases.RELATED_BUTTON), trace.article))

    async def related(self, target: str) -> Tree:
        """What belongs to an article: its story at other outlets, what it goes back to, what came of it."""
        target = _named(target)

        def read(view: Reading) -> tuple[ArticleTrace | None, list[Article]]:
            trace = _trace(view, target)
            told = None if trace is None else trace.story
            return trace, [] if told is None else view.following(told.id, MOST_RELATED)

        trace, following = await self.store.read(read)
        if trace is None:
            return advice(f"{phrases.WHY_UNKNOWN} {quoted(target, 120)}.", [phrases.WHY_HOW, "/why 123"])
        buttons = self._aside("w", str(phrases.WHY_BUTTON), trace.article)
        return related_tree(trace, following, self.zone, self.clock(), buttons)

    async def press(self, data: str) -> Tree | None:
        """The page that a button asks for; None when its code is not known (any more)."""
        code = self.codes.read(data)
        answer = None if code is None else self._answers.get(code.kind)
        return None if code is None or answer is None else await answer(code)

    def knows(self, data: str) -> bool:
        """Whether `press` has an answer for this code; quick, so that the press can be acknowledged at once."""
        code = self.codes.read(data)
        return code is not None and code.kind in self._answers

    @property
    def _answers(self) -> dict[str, Callable[[Code], Awaitable[Tree]]]:
        """What each kind of code asks for."""
        return {
            "s": lambda code: self.search(code.words, code.page),
            "l": lambda code: self.latest(code.words, code.page),
            "o": lambda code: self.sources(code.page),
            "w": lambda code: self.why(code.words),
            "r": lambda code: self.related(code.words),
            languages.KIND: self._languages.choose,
        }

    async def heard_before(self, bot: str) -> Mark | None:
        """The newest update of this bot that earlier processes took up, where one is remembered.

        What people chose is read along with it: both must be known before anybody is heard.
        """
        await self.chosen.load(self.store)
        return Mark.read(await self.store.read(lambda view: view.remembered(f"updates of {bot}")))

    async def heard(self, bot: str, mark: Mark) -> None:
        """Remember how far the updates of this bot were taken up."""
        await self.store.write(lambda tx: tx.remember(f"updates of {bot}", mark.text()))

    async def saw_post(self, chat: str, message_id: int) -> None:
        """Somebody else posted into a channel that we post to: its numbers have come that far.

        The newer the known number, the less has to be looked at when a send of ours is in doubt.
        """
        if chat not in {route.chat for route in self.book().routes}:
            return

        def grow(tx: Writing) -> None:
            state = tx.chat(chat)
            if message_id > (state.last_message_id or 0):
                tx.save_chat(
                    ChatState(
                        chat=chat,
                        last_message_id=message_id,
                        rest_until=state.rest_until,
                        reason=state.reason,
                        sends=state.sends,
                    )
                )

        await self.store.write(grow)

    # --- parts ---------------------------------------------------------------------------------------------------

    def _paging(self, code: Code, more: bool) -> Rows:
        row = []
        if code.page > 0:
            row.append(Button(str(phrases.NEWER), data=self.codes.write(Code(code.kind, code.page - 1, code.words))))
        if more:
            row.append(Button(str(phrases.OLDER), data=self.codes.write(Code(code.kind, code.page + 1, code.words))))
        return (tuple(row),) if row else ()

    def _aside(self, kind: str, label: str, article: Article) -> Rows:
        """The other answer about the same article."""
        return ((Button(label, data=self.codes.write(Code(kind, 0, str(article.id)))),),)

    def _source(self, source: Source, state: SourceState | None, now: datetime) -> Line:
        found = health(source, state, now)
        good = found.status in ("ok", "new")
        when = (
            phrases.short_moment(state.last_ok, self.zone, now)
            if state is not None and state.last_ok is not None
            else str(phrases.NOT_YET).lower()
        )
        return line(
            f"{'✅' if good else '⚠️'} {shorten(source.name, 40)} · {when}{'' if good else f' · {found.status}'}"
        )


def _named(target: str) -> str:
    """The number or address of an article, as a person wrote it."""
    return sound(target).strip().removeprefix("#")


def _trace(view: Reading, target: str) -> ArticleTrace | None:
    article = view.article(target)
    return None if article is None else view.trace(article.id)
