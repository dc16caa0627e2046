"""Which articles are worth a look at their own page: those about which the feed's few lines leave doubt."""

from __future__ import annotations

from newsdesk.articles import Article
from newsdesk.sources import PageText, Source
from newsdesk.verdicts import Verdicts

WORTH = 0.4
"""A topic whose score on the feed's text reached so much of its threshold may well be a subject of the story."""
PAGES_PER_POLL = 5
"""A polite bot reads few pages: at most so many for one look at a source, the likeliest first."""


def worth_a_page(source: Source, article: Article, verdicts: Verdicts) -> float:
    """How much a look at the page promises: 0 for nothing, else the second-best topic's part of its threshold, or more.

    A crossing needs two topics, so an article is asked about when its feed text does not make one yet and its two best
    topics come near enough; one that is a crossing already, or whose feed gave the whole text, is not.
    """
    if source.page_text is not PageText.JUDGE or verdicts.channel or article.body:
        return 0.0
    parts = sorted((v.score / v.threshold for v in verdicts.by_topic.values() if v.threshold > 0), reverse=True)
    best = parts[0] if parts else 0.0
    if best < WORTH:
        return 0.0
    return best + (parts[1] if len(parts) > 1 else 0.0)
