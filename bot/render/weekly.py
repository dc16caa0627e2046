"""What a look back at a week says: its most told stories, by rank, each with the way to the channel's own post."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.render import phrases, weeklyphrases
from bot.render.post import LINE_TITLES, fits, flags, headline, language_tag, outlet, side, tags
from bot.render.tree import Bold, Inline, Line, Paragraph, Text, Tree, line, link, post_url
from newsdesk.messages import Card


def weekly_tree(cards: Sequence[Card], *, slot: datetime, chat: str, zone: ZoneInfo | None = None) -> Tree:
    """The week that ends at `slot`, in `chat`; exactly these stories, in this order.

    Titles are shortened further, all alike, where the message would otherwise be too long.
    """
    zone = zone or phrases.home_zone()
    tree = _tree(cards, slot, chat, zone, LINE_TITLES[0])
    for title in LINE_TITLES[1:]:
        if fits(tree):
            break
        tree = _tree(cards, slot, chat, zone, title)
    return tree


def _tree(cards: Sequence[Card], slot: datetime, chat: str, zone: ZoneInfo, title: int) -> Tree:
    last = slot.astimezone(zone).date()
    days = weeklyphrases.week(last - timedelta(days=6), last)
    head = (
        Line((Bold((Text(f"📅 {weeklyphrases.TITLE} · {days}"),)), Text(f" · {phrases.stories(len(cards))}"))),
        line(f"{weeklyphrases.MOST_TOLD}:"),
    )
    told = [_story(number, card, chat, title) for number, card in enumerate(cards, start=1)]
    topics = list(dict.fromkeys(topic for card in cards for topic in card.topics))
    return Tree((Paragraph(head), *told, Paragraph((Line(tags(topics)),))))


def _story(number: int, card: Card, chat: str, title: int) -> Paragraph:
    """Headline, which leads to the channel's own post where one stands; below it who told it, and about whom."""
    article = card.article
    own = post_url(chat, card.stands)
    words = headline(article, title)
    facts: list[Inline] = [Text("".join(phrases.topic_icon(topic) for topic in card.topics) + " ")]
    named = outlet(article, 40)
    facts.append(side(named, article.url) if own else Text(named))
    if card.also:
        facts.append(Text(f" · {weeklyphrases.outlets(len(card.also) + 1)}"))
    shown = flags(card)
    facts.append(Text(f" · {shown}" if shown else ""))
    head = Line((Text(f"{number}. "), link(words, own or article.url), *language_tag(article)))
    return Paragraph((head, Line(tuple(facts))))
