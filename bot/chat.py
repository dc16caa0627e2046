"""What people ask in chat, and the answers: use cases behind the commands, as message trees.

Nothing here knows Telegram: a question is text, an answer is a tree, a button carries a short code that this module
wrote and reads again.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.render import Tree, phrases
from bot.render.post import fits, headline, language_tag, outlet, tags
from bot.render.text import shorten
from bot.render.tree import MOST_CALLBACK, Bold, Button, Inline, Italic, Line, Paragraph, Text, line, link
from bot.threads import StoreThreads
from newsdesk.articles import Article
from newsdesk.errors import SearchTooSlow
from newsdesk.health import health
from newsdesk.listening import Mark
from newsdesk.messages import ChatState
from newsdesk.ports import ArticleTrace, Reading, Writing
from newsdesk.search import Found, SearchQuery, parse_query, snippet
from newsdesk.sources import Source, SourceBook, SourceState
from newsdesk.verdicts import Verdict

PAGE = 5
"""Hits on one page: what fits a phone's screen."""
SOURCES_PAGE = 30
COUNT_AT_MOST = 1000
LONGEST_QUERY = 256
_TITLE = 200
_SNIPPET = 160
_MOST_MARKS = 6
_MOST_EVIDENCE = 4
_REMEMBERED = 2000
_SEAL = 5
"""Bytes of a button's seal: a forger who may press twenty times a minute needs a thousand centuries."""


@dataclass(frozen=True, slots=True)
class Code:
    """What a paging button asks for: `kind` of list, page from 0, and the words that were asked."""

    kind: str
    page: int
    words: str


class Codes:
    """Writes codes of at most 64 bytes for buttons, and reads them again.

    Each is sealed with `key`, so that what was not written here, or was changed by a single byte, is no code. Short
    words stand in the code itself, and its button lives as long as the key; longer ones are remembered here under a
    hash, and the button expires with the process or after many others.
    """

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key or secrets.token_bytes(32)
        self._remembered: OrderedDict[str, str] = OrderedDict()

    def write(self, code: Code) -> str:
        """The code as callback data."""
        plain = self._sealed(f"{code.kind}|{code.page}|{code.words}")
        if len(plain.encode()) <= MOST_CALLBACK:
            return plain
        name = hashlib.blake2b(code.words.encode(), digest_size=12).hexdigest()
        self._remembered[name] = code.words
        self._remembered.move_to_end(name)
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        return self._sealed(f"{code.kind}#|{code.page}|{name}")

    def read(self, data: str) -> Code | None:
        """The code, or None when it is not one of ours or is forgotten."""
        seal, _, plain = data.partition("|")
        if not hmac.compare_digest(seal.encode("utf-8", "replace"), self._seal(plain).encode()):
            return None
        kind, page, words = (*plain.split("|", 2), "", "")[:3]
        if not (page.isascii() and page.isdigit() and len(page) <= 4):
            return None
        if kind.endswith("#"):
            remembered = self._remembered.get(words)
            return None if remembered is None else Code(kind[:-1], int(page), remembered)
        return Code(kind, int(page), words)

    def _sealed(self, plain: str) -> str:
        return f"{self._seal(plain)}|{plain}"

    def _seal(self, plain: str) -> str:
        return hashlib.blake2b(plain.encode("utf-8", "replace"), key=self._key, digest_size=_SEAL).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatDesk:
    """Answers questions from the store. `book` and `topics` give what is loaded now, `clock` UTC."""

    store: StoreThreads
    book: Callable[[], SourceBook]
    topics: Callable[[], Sequence[str]]
    clock: Callable[[], datetime]
    zone: ZoneInfo = field(default_factory=phrases.home_zone)
    codes: Codes = field(default_factory=Codes)

    def start(self) -> Tree:
        """Who this is, and what to ask first."""
        return Tree(
            (Line((Bold((Text(phrases.START),)),)), Paragraph((line(phrases.START_WHAT),)), *self.help().blocks)
        )

    def help(self) -> Tree:
        """The commands, and how to search."""
        commands = [line(f"/{name} — {what}") for name, what in phrases.COMMANDS if name not in ("start", "help")]
        tips = [line("• ", Bold((Text(example),)), f" — {what}") for example, what in phrases.HELP_TIPS]
        return Tree(
            (
                Paragraph((Line((Bold((Text(phrases.HELP_TITLE),)),)), *commands)),
                Paragraph((Line((Bold((Text(phrases.HELP_TIPS_TITLE),)),)), *tips)),
            )
        )

    def unknown(self) -> Tree:
        """The answer to a command that there is not."""
        return _advice(phrases.UNKNOWN_COMMAND, [])

    async def search(self, words: str, page: int = 0) -> Tree:
        """One page of what was found; advice for a query that is empty, odd, too long or fruitless."""
        words = " ".join(_sound(words).split())
        if not words:
            return _advice(phrases.SEARCH_EMPTY, phrases.SEARCH_EXAMPLES)
        if len(words) > LONGEST_QUERY:
            return _advice(phrases.SEARCH_TOO_LONG, phrases.SEARCH_EXAMPLES)
        book = self.book()
        query = parse_query(
            words,
            now=self.clock(),
            zone=self.zone,
            topics=tuple(self.topics()),
            sources=tuple(source.id for source in book.sources),
        )
        if not _asks(query):
            return _advice(f"{phrases.SEARCH_ODD} “{shorten(words, 80)}”.", phrases.SEARCH_EXAMPLES)

        def read(view: Reading) -> tuple[list[Found], int, int]:
            total = view.count(query, COUNT_AT_MOST)
            at = _within(page, total)
            return view.search(query, PAGE, at * PAGE), total, at

        try:
            hits, total, at = await self.store.read(read)
        except SearchTooSlow:
            return _advice(phrases.SEARCH_TOO_SLOW, phrases.SEARCH_EXAMPLES)
        if not hits:
            advice = [*map(phrases.search_note, query.notes), *phrases.SEARCH_NOTHING_TIPS]
            return _advice(f"{phrases.SEARCH_NOTHING} “{shorten(words, 80)}”.", advice)
        remarks = tuple(line(f"⚠️ {phrases.search_note(note)}") for note in query.notes)
        rows = [Paragraph(remarks)] if remarks else []
        rows += [self._hit(at * PAGE + number, hit, query) for number, hit in enumerate(hits, start=1)]
        heading = phrases.search_title(shorten(words, 120))
        return self._listing(Code("s", at, words), heading, rows, total)

    async def latest(self, words: str, page: int = 0) -> Tree:
        """One page of the newest articles of one topic, or of any."""
        topics = tuple(self.topics())
        words = _sound(words)
        wanted = _topic(words, topics)
        if wanted is None:
            names = [f"/latest {name}" for name in topics]
            return _advice(f"{phrases.UNKNOWN_TOPIC} “{shorten(words, 40)}”. {phrases.known_topics(topics)}", names)

        def read(view: Reading) -> list[Found]:
            return view.latest([wanted] if wanted else [], PAGE + 1, page * PAGE)

        hits = await self.store.read(read)
        name = phrases.topic_name(wanted) if wanted else ""
        heading = f"🕘 {phrases.LATEST}{f' · {name}' if name else ''}"
        if not hits:
            return _advice(f"{phrases.LATEST_NOTHING}{f': {name}' if name else ''}.", ["/sources", "/topics"])
        query = SearchQuery(text="")
        rows = [self._hit(page * PAGE + number, hit, query) for number, hit in enumerate(hits[:PAGE], start=1)]
        return self._listing(Code("l", page, wanted), heading, rows, None, more=len(hits) > PAGE)

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
        return Tree((Line((Bold((Text(phrases.TOPICS_TITLE),)),)), Paragraph(tuple(rows))))

    async def sources(self, page: int = 0) -> Tree:
        """The sources that are read, and how each is doing."""
        listed = self.book().enabled()
        if not listed:
            return _advice(phrases.SOURCES_NONE, [])
        states = await self.store.read(lambda view: view.source_states())
        pages = max(1, -(-len(listed) // SOURCES_PAGE))
        at = min(page, pages - 1)
        shown = listed[at * SOURCES_PAGE : (at + 1) * SOURCES_PAGE]
        now = self.clock()
        rows = [self._source(source, states.get(source.id), now) for source in shown]
        heading = line(Bold((Text(f"{phrases.SOURCES_TITLE} ({len(listed)})"),)), _page(at, pages))
        return Tree((heading, Paragraph(tuple(rows))), buttons=self._paging(Code("o", at, ""), at + 1 < pages))

    async def why(self, target: str) -> Tree:
        """Why an article was chosen: verdicts with evidence, story, posts. `target` is its number or address."""
        target = _sound(target).strip().removeprefix("#")
        if not target:
            return _advice(phrases.WHY_HOW, ["/why 123", "/why https://…"])

        def read(view: Reading) -> ArticleTrace | None:
            article = view.article(target)
            return None if article is None else view.trace(article.id)

        trace = await self.store.read(read)
        if trace is None:
            return _advice(f"{phrases.WHY_UNKNOWN} “{shorten(target, 120)}”.", [phrases.WHY_HOW, "/why 123"])
        return self._trace(trace)

    async def press(self, data: str) -> Tree | None:
        """The page that a button asks for; None when its code is not known (any more)."""
        code = self.codes.read(data)
        if code is None:
            return None
        if code.kind == "s":
            return await self.search(code.words, code.page)
        if code.kind == "l":
            return await self.latest(code.words, code.page)
        if code.kind == "o":
            return await self.sources(code.page)
        return None

    def knows(self, data: str) -> bool:
        """Whether `press` has an answer for this code; quick, so that the press can be acknowledged at once."""
        code = self.codes.read(data)
        return code is not None and code.kind in ("s", "l", "o")

    async def heard_before(self, bot: str) -> Mark | None:
        """The newest update of this bot that earlier processes took up, where one is remembered."""
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

    # --- rows ----------------------------------------------------------------------------------------------------

    def _hit(self, number: int, hit: Found, query: SearchQuery) -> Paragraph:
        article = hit.article
        title = line(f"{number}. ", Bold((link(headline(article, _TITLE), article.url),)), *language_tag(article))
        when = phrases.short_moment(article.at, self.zone, self.clock())
        shown = [Text(" · "), *tags(hit.topics)] if hit.topics else []
        facts = line(f"{outlet(article, 40)} · {when}", *shown, f" · /why_{article.id}")
        cut = self._snippet(article, query)
        return Paragraph((title, *cut, facts))

    def _snippet(self, article: Article, query: SearchQuery) -> list[Line]:
        text = article.summary or article.body
        if not text:
            return []
        cut = snippet(article.title, text, query, _SNIPPET)
        parts: list[Inline] = []
        at = 0
        for start, end in cut.marks[:_MOST_MARKS]:
            parts += [Text(cut.text[at:start]), Bold((Text(cut.text[start:end]),))]
            at = end
        return [Line((*parts, Text(cut.text[at:])))] if cut.text else []

    def _listing(
        self, code: Code, heading: str, rows: Sequence[Paragraph], total: int | None, *, more: bool = False
    ) -> Tree:
        pages = 1 if total is None else max(1, -(-total // PAGE))
        counted = "" if total is None else f" · {phrases.found(total, COUNT_AT_MOST)}"
        title = line(Bold((Text(heading),)), counted, _page(code.page, pages))
        buttons = self._paging(code, more or code.page + 1 < pages)
        kept = list(rows)
        while kept:
            tree = Tree((title, *kept), buttons=buttons)
            if fits(tree):
                return tree
            kept.pop()
        return Tree((title,), buttons=buttons)

    def _paging(self, code: Code, more: bool) -> tuple[tuple[Button, ...], ...]:
        row = []
        if code.page > 0:
            row.append(Button(phrases.NEWER, data=self.codes.write(Code(code.kind, code.page - 1, code.words))))
        if more:
            row.append(Button(phrases.OLDER, data=self.codes.write(Code(code.kind, code.page + 1, code.words))))
        return (tuple(row),) if row else ()

    def _source(self, source: Source, state: SourceState | None, now: datetime) -> Line:
        found = health(source, state, now)
        good = found.status in ("ok", "new")
        when = (
            phrases.short_moment(state.last_ok, self.zone, now)
            if state is not None and state.last_ok is not None
            else phrases.NOT_YET.lower()
        )
        return line(
            f"{'✅' if good else '⚠️'} {shorten(source.name, 40)} · {when}{'' if good else f' · {found.status}'}"
        )

    def _trace(self, trace: ArticleTrace) -> Tree:
        article = trace.article
        head = (
            line(Bold((Text(phrases.WHY_TITLE),))),
            line(link(headline(article, _TITLE), article.url), *language_tag(article)),
            line(f"{outlet(article)} · {phrases.moment(article.at, self.zone)} · #{article.id}"),
        )
        blocks = [Paragraph(tuple(_verdict(verdict))) for verdict in trace.verdicts.by_topic.values()]
        facts: list[Line] = []
        if trace.verdicts.countries:
            names = [phrases.country(code) for code in trace.verdicts.countries]
            facts.append(line(phrases.WHY_COUNTRIES, phrases.listed(names)))
        if trace.siblings:
            outlets = list(dict.fromkeys(outlet(other, 40) for other in trace.siblings))
            facts.append(line(phrases.WHY_STORY, phrases.listed(outlets[:8])))
        if trace.follows is not None:
            facts.append(line(phrases.WHY_FOLLOWS, link(headline(trace.follows, _TITLE), trace.follows.url)))
        for post, _ in trace.posts[:5]:
            reason = f" — {shorten(post.reason, 120)}" if post.reason else ""
            state = phrases.POST_STATES.get(post.state.value, post.state.value)
            facts.append(line(phrases.WHY_POSTS, f"{post.route}, {state}{reason}"))
        if not trace.posts:
            facts.append(line(phrases.WHY_NO_POST))
        tree = Tree((*head, *blocks, Paragraph(tuple(facts))))
        return tree if fits(tree) else Tree((*head, Paragraph(tuple(facts))))


def _sound(text: str) -> str:
    """The text without halves of characters, which JSON may carry and neither database nor network takes."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _verdict(verdict: Verdict) -> list[Line]:
    result = phrases.WHY_MATCHED if verdict.matched else phrases.WHY_NOT_MATCHED
    sign = "✅" if verdict.matched else "▫️"
    rows = [
        line(
            f"{sign} ",
            Bold((Text(phrases.topic_name(verdict.topic)),)),
            f": {result} ({_decimal(verdict.score)}; batas {_decimal(verdict.threshold)})",
        )
    ]
    best = sorted(verdict.evidence, key=lambda proof: -proof.weight)[:_MOST_EVIDENCE]
    for proof in best:
        place = phrases.FIELD_NAMES.get(proof.field, proof.field)
        weight = f", +{_decimal(proof.weight)}" if proof.weight > 0 else ""
        rows.append(line("• ", Italic((Text(f"“{shorten(proof.text, 80)}”"),)), f" ({place}{weight})"))
    for proof in verdict.ignored[:2]:
        rows.append(line(f"• {phrases.WHY_IGNORED}: ", Italic((Text(f"“{shorten(proof.text, 80)}”"),))))
    return rows


def _decimal(number: float) -> str:
    return f"{number:.1f}".replace(".", ",")


def _advice(what: str, examples: Sequence[str]) -> Tree:
    rows = tuple(line(f"• {example}") for example in examples)
    return Tree((line(what), *([Paragraph(rows)] if rows else [])))


def _asks(query: SearchQuery) -> bool:
    """Whether anything restricts the query; one made of negations alone asks for nothing in particular."""
    positive = any(not clause.negated for clause in query.clauses)
    return bool(positive or query.topics or query.sources or query.countries or query.since or query.until)


def _within(page: int, total: int) -> int:
    """The page, moved back onto the last one when the answer has become shorter since."""
    return max(0, min(page, (total - 1) // PAGE))


def _page(page: int, pages: int) -> str:
    return f" · {phrases.page_of(page, pages)}" if pages > 1 else ""


def _topic(words: str, topics: Sequence[str]) -> str | None:
    """The topic that is meant by its id, name or hashtag; "" for none named, None for one that is not known."""
    wanted = words.strip().removeprefix("#").casefold()
    if not wanted:
        return ""
    for topic in topics:
        if wanted in (topic, phrases.topic_name(topic).casefold(), phrases.topic_tag(topic).casefold()):
            return topic
    return None
