"""How articles look in answers: as a hit with the words marked, as a card of its own, as one line of a list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.render import Tree, phrases
from bot.render.catalogues import Phrase
from bot.render.post import fits, headline, language_tag, outlet, tags
from bot.render.text import shorten
from bot.render.tree import Bold, Inline, Line, LinkPreview, Paragraph, Rows, Text, line, link, web_url
from newsdesk.articles import Article
from newsdesk.search import Found, SearchQuery, snippet

TITLE = 200
_SNIPPET = 160
_CARD = 300
_MOST_MARKS = 6


def hit_rows(number: int, hit: Found, query: SearchQuery, zone: ZoneInfo, now: datetime) -> Paragraph:
    """A numbered hit: headline, the words around what was asked, and where it is from."""
    article = hit.article
    title = line(f"{number}. ", Bold((link(headline(article, TITLE), article.url),)), *language_tag(article))
    shown = [Text(" · "), *tags(hit.topics)] if hit.topics else []
    facts = line(
        f"{outlet(article, 40)} · {phrases.short_moment(article.at, zone, now)}", *shown, f" · /why_{article.id}"
    )
    return Paragraph((title, *_marked(article, query), facts))


def _marked(article: Article, query: SearchQuery) -> list[Line]:
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


def card(hit: Found, query: SearchQuery, zone: ZoneInfo) -> Tree:
    """One article as a message that stands alone in any chat: attributed, linked, its page previewed small."""
    article = hit.article
    text = article.summary or article.body
    said = [Paragraph((line(snippet(article.title, text, query, _CARD).text),))] if text else []
    facts = line(f"{outlet(article)} · {phrases.moment(article.at, zone)}")
    topics = [Line(tags(hit.topics))] if hit.topics else []
    title = line(Bold((link(headline(article), article.url),)), *language_tag(article))
    preview = LinkPreview(article.url) if web_url(article.url) else None
    return Tree((title, *said, Paragraph((facts, *topics))), preview=preview)


def article_line(article: Article, zone: ZoneInfo, now: datetime) -> Line:
    """An article in a list of related ones: its linked headline, outlet and time."""
    title = link(headline(article, TITLE), article.url)
    when = phrases.short_moment(article.at, zone, now)
    return line("• ", title, *language_tag(article), f" — {outlet(article, 40)} · {when}")


def fitted(head: Sequence[Line], rows: Sequence[Paragraph], buttons: Rows = ()) -> Tree:
    """The rows below the head, as many as one message takes."""
    kept = list(rows)
    while kept:
        tree = Tree((*head, *kept), buttons=buttons)
        if fits(tree):
            return tree
        kept.pop()
    return Tree(tuple(head), buttons=buttons)


def advice(what: Phrase | str, examples: Sequence[Phrase | str], buttons: Rows = ()) -> Tree:
    """A sentence that helps, and examples of what works."""
    rows = tuple(line(f"• {example}") for example in examples)
    return Tree((line(what), *([Paragraph(rows)] if rows else [])), buttons=buttons)


def page_words(page: int, pages: int) -> str:
    """Where in the pages a reader is; "" where there is but one."""
    return f" · {phrases.page_of(page, pages)}" if pages > 1 else ""


def quoted(text: str, most: int = 80) -> str:
    """What a person wrote, in quotes and short enough to be shown."""
    return f"“{shorten(text, most)}”"
