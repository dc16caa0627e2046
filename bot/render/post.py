"""What a post and a round-up say: from cards to message trees.

Everything is measured here, on the tree, and shortened at the border of a word before any tag exists.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.render import phrases
from bot.render.catalogues import HOME
from bot.render.text import shorten, units
from bot.render.tree import (
    Bold,
    Button,
    Hashtag,
    Inline,
    Italic,
    Line,
    Link,
    LinkPreview,
    Paragraph,
    Quote,
    Rows,
    Text,
    Tree,
    inlines,
    line,
    lines_of,
    link,
    size,
    spaced,
    web_url,
)
from newsdesk.articles import Article
from newsdesk.messages import Card

MOST_VISIBLE = 3500
MOST_ENTITIES = 100
MOST_MARKUP = 9000
"""Telegram answers ENTITIES_TOO_LONG from about 9,500 characters of markup and addresses on."""

_TITLE = 300
_SUMMARY = 900
_QUOTE_FROM = 350
"""A summary longer than this folds into an expandable quote, so that a post still reads in ten seconds."""
_ALSO = 3
"""Further outlets that are named; a fourth line on a phone would push the tags out of sight."""
_BOT = re.compile(r"\w{3,64}", re.ASCII)
_SIDE_URL = 600
"""Addresses beside the main one are linked only up to this length: together they must not fill the message."""
LINE_TITLES = (200, 140, 90, 60)
"""How long the headlines of a list may be: the first of these lengths at which the whole message fits."""


def post_tree(card: Card, summary: str, *, zone: ZoneInfo | None = None, silent: bool = False, bot: str = "") -> Tree:
    """One story as one message, a reply to the post of the story that it follows.

    `summary` is what the feed says of it, at most two sentences, chosen by the caller; may be empty. Times are
    shown in `zone`, Jakarta's when there is none given. `bot` is the user name of the bot that answers the buttons
    besides the one that opens the page; without it there are none. The page is previewed small, below the text: a large
    picture would push the next headline off the screen of a reader who scrolls for ten seconds.
    """
    zone = zone or phrases.home_zone()
    article = card.article
    blocks = [
        Line((Bold((link(headline(article, _TITLE), article.url),)), *language_tag(article))),
        *_summary(summary),
        Paragraph(tuple(_facts(card, zone))),
    ]
    if card.topics:
        blocks.append(Paragraph((Line(tags(card.topics)),)))
    preview = LinkPreview(article.url) if web_url(article.url) else None
    return Tree(tuple(blocks), preview=preview, buttons=_buttons(article, bot), silent=silent, answers=card.answers)


def why_payload(article_id: int) -> str:
    """What ``/start`` brings back from the button that asks why a post was chosen."""
    return f"why_{article_id}"


def related_payload(article_id: int) -> str:
    """What ``/start`` brings back from the button that asks for related stories."""
    return f"rel_{article_id}"


def _buttons(article: Article, bot: str) -> Rows:
    """Open the page; related stories and the reasons in the private chat. One row: a post is to be read, not operated."""
    row = [Button(str(phrases.POST_READ), url=article.url)] if web_url(article.url) else []
    if _BOT.fullmatch(bot) and article.id:
        asked = ((phrases.POST_RELATED, related_payload), (phrases.POST_WHY, why_payload))
        row += [Button(str(label), url=f"https://t.me/{bot}?start={payload(article.id)}") for label, payload in asked]
    return (tuple(row),) if row else ()


def digest_trees(
    cards: Sequence[Card], *, at: datetime, zone: ZoneInfo | None = None, silent: bool = False
) -> list[tuple[Tree, tuple[Card, ...]]]:
    """A round-up as few messages as the limits allow, each with the cards that it carries.

    Stories stand under their topic, crossings of topics first; a message ends between two stories, never within
    one.
    """
    messages: list[tuple[Tree, tuple[Card, ...]]] = []
    carried: list[Card] = []
    for card in _by_section(cards):
        attempt = digest_tree([*carried, card], at=at, zone=zone, more=bool(messages), silent=silent)
        if carried and not fits(attempt):
            tree = digest_tree(carried, at=at, zone=zone, more=bool(messages), silent=silent)
            messages.append((tree, tuple(carried)))
            carried = []
        carried.append(card)
    if carried:
        last = digest_tree(carried, at=at, zone=zone, more=bool(messages), silent=silent)
        messages.append((last, tuple(carried)))
    return messages


def digest_tree(
    cards: Sequence[Card],
    *,
    at: datetime,
    zone: ZoneInfo | None = None,
    more: bool = False,
    silent: bool = False,
) -> Tree:
    """One message of a round-up, carrying exactly these cards; `more` marks one that continues another.

    Titles are shortened further, all alike, where the message would otherwise be too long: a title may have grown
    since the message was planned.
    """
    zone = zone or phrases.home_zone()
    tree = _digest(cards, at, zone, more, silent, LINE_TITLES[0])
    for title in LINE_TITLES[1:]:
        if fits(tree):
            break
        tree = _digest(cards, at, zone, more, silent, title)
    return tree


def plain_tree(tree: Tree) -> Tree:
    """The same words without any markup, the address written out below: what is sent when Telegram refuses more."""
    rows = [line(row) if row else Line() for rows in spaced(tree) for row in rows]
    links = [
        part.url
        for block in tree.blocks
        for row in lines_of(block)
        for part in inlines(row.children)
        if isinstance(part, Link)
    ]
    address = (Line(), line(links[0])) if links else ()
    return Tree((*rows, *address), silent=tree.silent)


def fits(tree: Tree) -> bool:
    """Whether the message keeps all limits."""
    measured = size(tree)
    return measured.visible <= MOST_VISIBLE and measured.entities <= MOST_ENTITIES and measured.markup <= MOST_MARKUP


def headline(article: Article, most: int = _TITLE) -> str:
    """The article's title, at most so long; words of our own where a feed gave one that shows nothing."""
    return shorten(article.title, most) or str(phrases.UNTITLED)


def outlet(article: Article, most: int = 60) -> str:
    """The outlet's name, or the source's where it has none."""
    return shorten(article.outlet, most) or shorten(article.source, most)


def language_tag(article: Article) -> tuple[Inline, ...]:
    """`` (EN)`` behind a headline that is not Indonesian; nothing behind one that is."""
    if article.language == HOME or not article.language:
        return ()
    return (Text(" "), Italic((Text(f"({article.language.split('-')[0].upper()})"),)))


def _summary(summary: str) -> list[Paragraph | Quote]:
    text = shorten(summary, _SUMMARY)
    if not text:
        return []
    if units(text) > _QUOTE_FROM:
        return [Quote((line(text),), expandable=True)]
    return [Paragraph((line(text),))]


def _facts(card: Card, zone: ZoneInfo) -> list[Line]:
    article = card.article
    when = phrases.moment(article.published or article.at, zone)
    if article.published is None:
        when = f"{phrases.FIRST_SEEN} {when}"
    if card.corrected is not None:
        when = f"{when} · {phrases.updated(card.corrected, zone, article.published or article.at)}"
    rows = [line(side(outlet(article), article.url), f" · {when}")]
    if card.countries:
        rows.append(line(" · ".join(phrases.country(code) for code in card.countries)))
    if card.also:
        rows.append(Line((Text(str(phrases.ALSO_AT)), *_outlets(card.also))))
    if card.follows is not None:
        title, url = card.follows
        rows.append(line(phrases.FOLLOWS, side(shorten(title, 160), url)))
    return rows


def _outlets(also: Sequence[tuple[str, str]]) -> list[Inline]:
    parts: list[Inline] = []
    for name, url in also[:_ALSO]:
        parts += [*([Text(", ")] if parts else []), side(shorten(name, 60), url)]
    if len(also) > _ALSO:
        parts.append(Text(phrases.outlets_more(len(also) - _ALSO)))
    return parts


def side(label: str, url: str) -> Inline:
    """The label as a link beside the main one, or as plain words where the address is so long that it fills the message."""
    return link(label, url) if len(url) <= _SIDE_URL else Text(label)


def tags(topics: Sequence[str]) -> tuple[Inline, ...]:
    """The topics as hashtags with spaces between."""
    parts: list[Inline] = []
    for topic in topics:
        parts += [*([Text(" ")] if parts else []), Hashtag(phrases.topic_tag(topic))]
    return tuple(parts)


def _section(card: Card) -> str:
    """The topic under which a story stands; "" gathers the crossings of several."""
    return card.topics[0] if len(card.topics) == 1 else ""


def _by_section(cards: Sequence[Card]) -> list[Card]:
    """Crossings first, then topic by topic in the order in which they first occur; the order within stays."""
    order = list(dict.fromkeys(["", *(_section(card) for card in cards)]))
    return sorted(cards, key=lambda card: order.index(_section(card)))


def _digest(cards: Sequence[Card], at: datetime, zone: ZoneInfo, more: bool, silent: bool, title: int) -> Tree:
    heading = phrases.DIGEST_MORE if more else phrases.DIGEST
    blocks: list[Line | Paragraph] = [
        Line((Bold((Text(f"📰 {heading} · {phrases.moment(at, zone)}"),)), Text(f" · {phrases.stories(len(cards))}")))
    ]
    sections: dict[str, list[Card]] = {}
    for card in _by_section(cards):
        sections.setdefault(_section(card), []).append(card)
    for topic, members in sections.items():
        name = f"{phrases.topic_icon(topic)} {phrases.topic_name(topic)}" if topic else f"✨ {phrases.SEVERAL}"
        head = Line((Bold((Text(name),)), Text(f" ({len(members)})")))
        blocks.append(Paragraph((head, *(_story_line(card, title) for card in members))))
    blocks.append(Paragraph((Line(tags(list(dict.fromkeys(topic for card in cards for topic in card.topics)))),)))
    return Tree(tuple(blocks), silent=silent)


def _story_line(card: Card, title: int) -> Line:
    """One line a story: headline, outlet, countries as flags."""
    article = card.article
    others = f" +{len(card.also)}" if card.also else ""
    shown = flags(card)
    return Line(
        (
            Text("• "),
            link(headline(article, title), article.url),
            *language_tag(article),
            Text(f" — {outlet(article, 40)}{others}{' ' + shown if shown else ''}"),
        )
    )


def flags(card: Card) -> str:
    """The flags of the countries that a story names, at most four."""
    return "".join(phrases.country(code).split(" ", 1)[0] for code in card.countries[:4])
