"""A page to the text of its article: the one home of trafilatura. Runs in the child process only."""

from __future__ import annotations

from trafilatura import extract

from feeds.wire import Job, Reading
from newsdesk.language.clean import clean_text

LONGEST = 20_000
"""Characters of a page's text that are kept; the verdict reads far less."""


def read_page(body: bytes, job: Job) -> Reading:
    """The article's paragraphs, one a line, without menus, comments and tables."""
    found = extract(
        body, url=job.url, include_comments=False, include_tables=False, include_links=False, favor_precision=True
    )
    lines = (clean_text(line) for line in (found or "").splitlines())
    return Reading(text="\n".join(line for line in lines if line)[:LONGEST])
