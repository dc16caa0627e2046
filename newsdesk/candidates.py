"""Which articles are worth a look at their own page: those about which the feed's few lines leave doubt."""

from __future__ import annotations

from dataclasses import replace

from newsdesk.articles import Article, PageLook
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


def page_to_judge(source: Source, look: PageLook | None, kept: PageLook | None) -> PageLook | None:
    """The look that is kept from now on, and whose text, when it has one, the verdict is taken on.

    `look` is the one of this poll, `kept` the one before. A text that was read stays good when the article is edited
    and its page is not looked at again or fails: else a corrected headline would take back what the page had shown.
    """
    if look is not None and (look.read or kept is None or not kept.read):
        return look
    if kept is None or kept.status != "read":
        return kept
    if source.page_text is PageText.NEVER:
        return _set_aside(kept, "the source's pages may no longer be read")
    return kept if kept.read else _set_aside(kept, "its text is no longer kept; edited since")


def _set_aside(kept: PageLook, reason: str) -> PageLook:
    return replace(kept, status="set aside", reason=reason, text="")
