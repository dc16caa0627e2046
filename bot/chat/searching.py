"""Searching: one page of hits with buttons to turn, sort and narrow it, and help where nothing was found.

What a button asks for is itself a search: the words with another filter. So an answer needs no memory of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from bot.chat.codes import Code, Codes, search_link
from bot.chat.easing import COUNT_AT_MOST, Offer, Wordbook, offers
from bot.chat.hits import advice, card, fitted, hit_rows, page_words, quoted
from bot.render import Tree, phrases
from bot.render.ownphrases import KEEP_SEARCH
from bot.render.post import headline, outlet
from bot.render.rows import in_rows
from bot.render.text import shorten
from bot.render.tree import Bold, Button, Line, Paragraph, Rows, Text, line, web_url
from bot.threads import StoreThreads
from newsdesk.errors import SearchTooSlow
from newsdesk.language.rewriting import Ease, filtered, value_of, without
from newsdesk.ports import Reading
from newsdesk.search import Found, Order, SearchQuery, parse_query, snippet
from newsdesk.sources import SourceBook

PAGE = 5
"""Hits on one page: what fits a phone's screen."""
INLINE_PAGE = 10
MOST_OFFSET = 200
"""Results that a person may leaf through while typing; who wants more asks in the chat."""
LONGEST_QUERY = 256
PERIODS = ("7d", "30d")
_TOPICS_IN_A_ROW = 3
_MOST_TOPICS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """One result to pick while typing: what is shown of it, and the message that is sent when it is picked."""

    id: str
    title: str
    description: str
    url: str
    image: str
    message: Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The answer to words that are being typed. `more` is where the next results begin, 0 where there are none.

    `note` is a line above them that leads to the chat with the bot, by the deep link `link`; both "" without one.
    """

    results: tuple[Suggested, ...] = ()
    more: int = 0
    note: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Searching:
    """Searches the store. `book` and `topics` give what is loaded now, `clock` UTC."""

    store: StoreThreads
    book: Callable[[], SourceBook]
    topics: Callable[[], Sequence[str]]
    clock: Callable[[], datetime]
    zone: ZoneInfo
    codes: Codes
    words: Wordbook = field(default_factory=Wordbook)
    keeps: bool = False

    async def search(self, text: str, page: int = 0) -> Tree:
        """One page of what was found; advice for a query that is empty, odd, too long or fruitless."""
        text = " ".join(sound(text).split())
        if not text:
            return advice(phrases.SEARCH_EMPTY, phrases.SEARCH_EXAMPLES, self._starters())
        if len(text) > LONGEST_QUERY:
            return advice(phrases.SEARCH_TOO_LONG, phrases.SEARCH_EXAMPLES)
        parse = self._parser()
        query = parse(text)

        def read(view: Reading) -> tuple[list[Found], int, int, list[Offer]]:
            total = view.count(query, COUNT_AT_MOST) if query.asks else 0
            if not total:
                return [], 0, 0, offers(view, text, parse, self.words, self.clock())
            at = _within(page, total)
            return view.search(query, PAGE, at * PAGE), total, at, []

        try:
            hits, total, at, instead = await self.store.read(read)
        except SearchTooSlow:
            return advice(phrases.SEARCH_TOO_SLOW, phrases.SEARCH_EXAMPLES)
        if not hits:
            return self._fruitless(text, query, instead)
        now = self.clock()
        rows = [hit_rows(at * PAGE + number, hit, query, self.zone, now) for number, hit in enumerate(hits, start=1)]
        return fitted(
            self._head(text, query, total, at),
            [*([self._remarks(query)] if query.notes else []), *rows],
            (
                *self._paging(text, at, total),
                *self._sorting(text, query),
                *self._narrowing(text, query),
                *self._keeping(text, query),
            ),
        )

    async def typed(self, text: str, offset: int = 0) -> Typed:
        """Results for words that are being typed, from that one on; the newest articles when there are no words yet."""
        text = " ".join(sound(text).split())[:LONGEST_QUERY]
        parse = self._parser()
        query = parse(text)
        offset = max(0, min(offset, MOST_OFFSET))

        def read(view: Reading) -> tuple[list[Found], str, SearchQuery]:
            if not text:
                return view.latest([], INLINE_PAGE + 1, offset), "", query
            hits = view.search(query, INLINE_PAGE + 1, offset) if query.asks else []
            if hits or offset:
                return hits, "", query
            for offer in offers(view, text, parse, self.words, self.clock()):
                if offer.easing is None:
                    meant = parse(offer.text)
                    return view.search(meant, INLINE_PAGE), offer.text, meant
            return [], "", query

        try:
            hits, meant, asked = await self.store.read(read)
        except SearchTooSlow:
            return Typed(note=str(phrases.TYPED_TOO_SLOW), link=search_link(text) or "help")
        results = tuple(self._suggested(hit, asked) for hit in hits[:INLINE_PAGE])
        more = offset + INLINE_PAGE if len(hits) > INLINE_PAGE and offset + INLINE_PAGE <= MOST_OFFSET else 0
        if meant:
            return Typed(results=results, note=phrases.typed_meant(meant), link=search_link(meant) or "help")
        if not results and not offset:
            return Typed(note=str(phrases.TYPED_NOTHING), link=search_link(text) or "help")
        return Typed(results=results, more=more)

    def _suggested(self, hit: Found, query: SearchQuery) -> Suggested:
        article = hit.article
        when = phrases.short_moment(article.at, self.zone, self.clock())
        said = snippet(article.title, article.summary or article.body, query, 100).text
        return Suggested(
            id=str(article.id),
            title=headline(article, 120),
            description=shorten(f"{outlet(article, 40)} · {when} — {said}", 180),
            url=article.url if web_url(article.url) else "",
            image=article.image if web_url(article.image) else "",
            message=card(hit, query, self.zone),
        )

    def _parser(self) -> Callable[[str], SearchQuery]:
        """Reads queries, all at the same moment and by the same lists."""
        return partial(
            parse_query,
            now=self.clock(),
            zone=self.zone,
            topics=tuple(self.topics()),
            sources=tuple(source.id for source in self.book().sources),
        )

    # --- what stands above the hits ------------------------------------------------------------------------------

    def _head(self, text: str, query: SearchQuery, total: int, page: int) -> list[Line]:
        heading = phrases.search_title(shorten(without(text), 120) or str(phrases.EVERYTHING))
        counted = f" · {phrases.found(total, COUNT_AT_MOST)}{page_words(page, -(-total // PAGE))}"
        head = [line(Bold((Text(heading),)), counted)]
        chosen = self._chosen(query)
        return [*head, line(phrases.chosen(chosen))] if chosen else head

    def _chosen(self, query: SearchQuery) -> list[str]:
        """The filters of the query as people say them."""
        names = {source.id: source.name for source in self.book().sources}
        said = [phrases.topic_name(topic) for topic in query.topics]
        said += [shorten(names.get(source, source), 40) for source in query.sources]
        said += [phrases.country(code) for code in query.countries]
        if query.since or query.until:
            said.append(phrases.period(query.since, query.until, self.zone, self.clock()))
        return [*said, str(phrases.NEWEST_FIRST)] if query.order is Order.NEWEST else said

    # --- buttons -------------------------------------------------------------------------------------------------

    def _button(self, label: str, text: str, page: int = 0, *, on: bool = False) -> Button:
        return Button(f"✓ {label}" if on else label, data=self.codes.write(Code("s", page, text)))

    def _paging(self, text: str, page: int, total: int) -> Rows:
        back = [self._button(str(phrases.NEWER), text, page - 1)] if page else []
        on = [self._button(str(phrases.OLDER), text, page + 1)] if (page + 1) * PAGE < total else []
        return (tuple(back + on),) if back or on else ()

    def _sorting(self, text: str, query: SearchQuery) -> Rows:
        """Best or newest first, where there is something to be good at; and how far back."""
        row = []
        if any(not clause.negated for clause in query.clauses):
            newest = query.order is Order.NEWEST
            row += [
                self._button(str(phrases.SORT_BEST), without(text, "sort"), on=not newest),
                self._button(str(phrases.SORT_NEWEST), filtered(text, "sort", "newest"), on=newest),
            ]
        asked = "" if value_of(text, "until") else value_of(text, "since")
        for period in PERIODS:
            on = asked == period
            other = without(text, "since", "until") if on else filtered(text, "since", period)
            if other:  # a search for nothing but a time becomes one for nothing
                row.append(self._button(str(phrases.PERIOD_NAMES[period]), other, on=on))
        return (tuple(row),) if row else ()

    def _narrowing(self, text: str, query: SearchQuery) -> Rows:
        row = []
        for topic in tuple(self.topics())[:_MOST_TOPICS]:
            on = query.topics == (topic,)
            other = without(text, "topic") if on else filtered(text, "topic", topic)
            if other:
                label = phrases.topic_name(topic) if on else f"{phrases.topic_icon(topic)} {phrases.topic_name(topic)}"
                row.append(self._button(shorten(label, 20), other, on=on))
        return in_rows(row, _TOPICS_IN_A_ROW)

    def _keeping(self, text: str, query: SearchQuery) -> Rows:
        """Save the search, where it asks for more than a time."""
        lasting = replace(query, since=None, until=None)
        if not self.keeps or not lasting.asks:
            return ()
        return ((Button(str(KEEP_SEARCH), data=self.codes.write(Code("k", 0, text))),),)

    def _starters(self) -> Rows:
        """Where to begin without words: what is new, by topic."""
        names = [("", str(phrases.LATEST)), *((topic, phrases.topic_name(topic)) for topic in self.topics())][:4]
        return in_rows(Button(shorten(name, 20), data=self.codes.write(Code("l", 0, topic))) for topic, name in names)

    # --- nothing found -------------------------------------------------------------------------------------------

    def _fruitless(self, text: str, query: SearchQuery, instead: Sequence[Offer]) -> Tree:
        what = phrases.SEARCH_NOTHING if query.asks else phrases.SEARCH_ODD
        said: list[Paragraph] = []
        if query.notes:
            said.append(self._remarks(query))
        buttons = tuple((self._button(self._offer(offer), offer.text),) for offer in instead)
        if instead:
            asked = phrases.DID_YOU_MEAN if _asked_anew(instead[0]) else phrases.LET_GO
            said.append(Paragraph((line(asked),)))
        else:
            tips = phrases.SEARCH_NOTHING_TIPS if query.asks else phrases.SEARCH_EXAMPLES
            said.append(Paragraph(tuple(line(f"• {tip}") for tip in tips)))
        return Tree(
            (line(f"{what} {quoted(text)}."), *said),
            buttons=(*(buttons or self._starters()), *self._keeping(text, query)),
        )

    def _offer(self, offer: Offer) -> str:
        """What stands on an offer's button: the words put right, or what is let go of; and how much it finds."""
        easing = offer.easing
        if easing is None or _asked_anew(offer):
            name = shorten(offer.text, 40)
        elif easing.ease is Ease.QUOTES:
            name = phrases.without_quotes(shorten(easing.part, 30))
        else:
            said = self._chosen(self._parser()(easing.part)) if easing.ease is Ease.FILTER else []
            name = phrases.without(said[0] if said else shorten(easing.part, 30))
        return phrases.offered(name, offer.found, COUNT_AT_MOST)

    def _remarks(self, query: SearchQuery) -> Paragraph:
        """What could not be used of the query, and what there is instead."""
        return Paragraph(tuple(line(f"⚠️ {phrases.search_note(note, tuple(self.topics()))}") for note in query.notes))


def _asked_anew(offer: Offer) -> bool:
    """Whether an offer is another question, not the same with a condition less."""
    return offer.easing is None or offer.easing.ease is Ease.PLUS


def sound(text: str) -> str:
    """The text without halves of characters, which JSON may carry and neither database nor network takes."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _within(page: int, total: int) -> int:
    """The page, moved back onto the last one when the answer has become shorter since."""
    return max(0, min(page, (total - 1) // PAGE))
