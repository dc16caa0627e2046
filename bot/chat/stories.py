"""Answers about one article: why it was chosen, and what is related to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.chat.hits import TITLE, article_line, fitted
from bot.render import Tree, phrases
from bot.render.post import fits, headline, language_tag, outlet
from bot.render.text import shorten
from bot.render.tree import Bold, Italic, Line, Paragraph, Rows, Text, line, link
from newsdesk.articles import Article
from newsdesk.ports import ArticleTrace
from newsdesk.verdicts import Verdict

MOST_RELATED = 8
_MOST_EVIDENCE = 4


def why_tree(trace: ArticleTrace, zone: ZoneInfo, buttons: Rows) -> Tree:
    """Verdicts with their evidence, the story, the posts."""
    head = _head(str(phrases.WHY_TITLE), trace.article, zone)
    blocks = [Paragraph(tuple(_verdict(verdict))) for verdict in trace.verdicts.by_topic.values()]
    facts: list[Line] = []
    if trace.verdicts.countries:
        names = [phrases.country(code) for code in trace.verdicts.countries]
        facts.append(line(phrases.WHY_COUNTRIES, phrases.listed(names)))
    if trace.siblings:
        outlets = list(dict.fromkeys(outlet(other, 40) for other in trace.siblings))
        facts.append(line(phrases.WHY_STORY, phrases.listed(outlets[:8])))
    if trace.follows is not None:
        facts.append(line(phrases.WHY_FOLLOWS, link(headline(trace.follows, TITLE), trace.follows.url)))
    for post, _ in trace.posts[:5]:
        reason = f" — {phrases.not_sent(post.reason)}" if post.reason else ""
        state = phrases.POST_STATES.get(post.state.value, post.state.value)
        facts.append(line(phrases.WHY_POSTS, f"{post.route}, {state}{reason}"))
    if not trace.posts:
        facts.append(line(phrases.WHY_NO_POST))
    tree = Tree((*head, *blocks, Paragraph(tuple(facts))), buttons=buttons)
    return tree if fits(tree) else Tree((*head, Paragraph(tuple(facts))), buttons=buttons)


def related_tree(
    trace: ArticleTrace, following: Sequence[Article], zone: ZoneInfo, now: datetime, buttons: Rows
) -> Tree:
    """The same story at other outlets, what it goes back to, and what came of it."""
    groups = (
        (phrases.RELATED_ALSO, trace.siblings),
        (phrases.RELATED_BEFORE, () if trace.follows is None else (trace.follows,)),
        (phrases.RELATED_AFTER, following),
    )
    rows = [
        Paragraph((line(Bold((Text(str(name)),)), phrases.rest(len(told) - MOST_RELATED)), *_lines(told, zone, now)))
        for name, told in groups
        if told
    ]
    return fitted(
        _head(str(phrases.RELATED_TITLE), trace.article, zone),
        rows or [Paragraph((line(phrases.RELATED_NONE),))],
        buttons,
    )


def _head(title: str, article: Article, zone: ZoneInfo) -> tuple[Line, ...]:
    return (
        line(Bold((Text(title),))),
        line(link(headline(article, TITLE), article.url), *language_tag(article)),
        line(f"{outlet(article)} · {phrases.moment(article.at, zone)} · #{article.id}"),
    )


def _lines(told: Sequence[Article], zone: ZoneInfo, now: datetime) -> list[Line]:
    return [article_line(article, zone, now) for article in told[:MOST_RELATED]]


def _verdict(verdict: Verdict) -> list[Line]:
    result = phrases.WHY_MATCHED if verdict.matched else phrases.WHY_NOT_MATCHED
    sign = "✅" if verdict.matched else "▫️"
    rows = [
        line(
            f"{sign} ",
            Bold((Text(phrases.topic_name(verdict.topic)),)),
            f": {result} ({phrases.scored(verdict.score, verdict.threshold)})",
        )
    ]
    best = sorted(verdict.evidence, key=lambda proof: -proof.weight)[:_MOST_EVIDENCE]
    for proof in best:
        place = phrases.FIELD_NAMES.get(proof.field, proof.field)
        weight = f", +{phrases.number(proof.weight, 1)}" if proof.weight > 0 else ""
        rows.append(line("• ", Italic((Text(f"“{shorten(proof.text, 80)}”"),)), f" ({place}{weight})"))
    for proof in verdict.ignored[:2]:
        rows.append(line(f"• {phrases.WHY_IGNORED}: ", Italic((Text(f"“{shorten(proof.text, 80)}”"),))))
    return rows
