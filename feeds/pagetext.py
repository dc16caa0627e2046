"""A page to the text of its article: the one home of trafilatura. Runs in the child process only."""

from __future__ import annotations

from trafilatura import extract

from feeds.wire import Job, Reading
from newsdesk.language.clean import clean_text
from newsdesk.language.clutter import clutter

LONGEST = 20_000
"""Characters of a page's text that are kept; the verdict reads far less."""


def read_page(body: bytes, job: Job) -> Reading:
    """The article's paragraphs, one a line, without menus, comments, tables and pointers to other stories."""
    found = extract(
        body, url=job.url, include_comments=False, include_tables=False, include_links=False, favor_precision=True
    )
    lines = (clean_text(line) for line in (found or "").splitlines())
    return Reading(text=_story("\n".join(line for line in lines if line)[:LONGEST]))


def _story(text: str) -> str:
    """The text without what the page puts between its paragraphs ("Baca juga: …").

    No evidence is taken from that anyhow; but where a word stands in a story counts, and it would push the story down.
    """
    kept, end = [], 0
    for span in sorted(clutter(text), key=lambda span: span.start):
        kept.append(text[end : span.start])
        end = max(end, span.end)
    kept.append(text[end:])
    return "\n".join(line for line in map(str.strip, "".join(kept).splitlines()) if line)
