"""The summary of a post: one or two sentences of the feed's own text that stand alone.

Nothing is rewritten: every sentence is a piece of the source text, so every name and figure in it is too. The
outlet's dateline, pointers to other articles, captions and a first line that only repeats the title are left out. A
whole sentence is preferred to a cut one; only where a feed gives none is its text cut, between words, with "…".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from newsdesk.articles import ArticleText
from newsdesk.language.clean import strip_lead
from newsdesk.language.clutter import clutter
from newsdesk.language.sentences import is_whole, sentences
from newsdesk.language.words import search_words

LONGEST_FIRST = 300
"""A whole first sentence up to this length is better than a cut one."""
_READ = 4000
"""Characters of a text that are looked at: a summary stands at the beginning."""
_FEWEST_WORDS = 4
"""A sentence of fewer words is a caption, a label or an exclamation."""
MERGED = 4
"""Sentences of one quotation that are kept together."""
_DOTS = re.compile(r"[\s\u00a0]*(?:\.{2,}|…|\[…\]|\[\.\.\.\])[\s\u00a0]*$")
_BLANKS = re.compile(r"\s+")
_TRAILING = " ,;:-–—(\"'“‘"
_DANGLING = re.compile(
    r"(?:ia|dia|mereka|beliau|namun|tetapi|tapi|sementara itu|selain itu|karena itu|oleh karena itu|meski begitu"
    r"|meski demikian|akibatnya|di sisi lain|lebih lanjut|he|she|they|however|but|meanwhile)\b",
    re.IGNORECASE,
)
"""Beginnings that lean on a sentence before: such a one opens a summary only when there is no other."""


def summarise(text: ArticleText, *, sentences: int = 2, limit: int = 200) -> str:
    """At most `sentences` sentences of the summary, else of the body's beginning; "" where there is no text but the title.

    `limit` (code points) holds where whole sentences allow: a whole first sentence may have 300, and only when there
    is no whole one the text is cut at a word, ending in "…".
    """
    for source in (text.summary, text.body):
        found = _from(source[:_READ], text.title, sentences, limit)
        if found:
            return found
    return ""


def _from(source: str, title: str, most: int, limit: int) -> str:
    pieces = [piece for piece in _pieces(source) if not _repeats(piece, title) and not _is_label(piece)]
    whole = [piece for piece in pieces if is_whole(piece) and len(piece) <= LONGEST_FIRST]
    if not pieces:
        return ""
    first = next((n for n, piece in enumerate(whole) if not _leans(piece)), 0)
    if whole and pieces.index(whole[first]) <= 3:
        return _grown(whole, first, pieces, most, limit)
    return _cut(pieces[0], limit)


def _leans(piece: str) -> bool:
    """Whether it needs a neighbour: it refers back, or only asks."""
    return bool(_DANGLING.match(piece)) or piece.endswith("?")


def _grown(whole: Sequence[str], first: int, pieces: Sequence[str], most: int, limit: int) -> str:
    """The first whole sentence, and those that follow it directly while they fit."""
    chosen = whole[first]
    at = pieces.index(chosen)
    for piece in pieces[at + 1 : at + most]:
        if not is_whole(piece) or len(chosen) + 1 + len(piece) > limit:
            break
        chosen = f"{chosen} {piece}"
    return chosen


def _pieces(source: str) -> Iterator[str]:
    """The sentences of a text in order, with blanks made plain, without its dateline and its clutter.

    A quotation of several sentences stays one piece, at most MERGED of them.
    """
    text = strip_lead(source)
    skipped = [(span.start, span.end) for span in clutter(text)]
    held, merged = "", 0
    for start, end in sentences(text):
        for first, last in _outside(start, end, skipped):
            piece = _BLANKS.sub(" ", text[first:last]).strip()
            held = f"{held} {piece}" if held and piece else held or piece
            merged += 1
            if held and (not _open(held) or merged >= MERGED or text[end : end + 1] == "\n"):
                yield held
                held, merged = "", 0
    if held:
        yield held


def _open(piece: str) -> bool:
    """Whether a quotation begins in the piece and does not end in it."""
    return piece.count("“") > piece.count("”") or piece.count('"') % 2 == 1


def _outside(start: int, end: int, skipped: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for first, last in skipped:
        if first < end and last > start:
            if first > start:
                yield start, first
            start = max(start, last)
    if start < end:
        yield start, end


def _is_label(piece: str) -> bool:
    """Whether it is too short for a sentence, or a line without an end that is no cut text either."""
    words = piece.split()
    return len(words) < _FEWEST_WORDS or (not is_whole(piece) and not _DOTS.search(piece) and len(piece) < 60)


def _repeats(piece: str, title: str) -> bool:
    """Whether it says no more than the title: nearly all of its words stand there."""
    own = {word.word for word in search_words(piece)}
    said = {word.word for word in search_words(title)}
    return bool(own) and len(own - said) <= len(own) // 8


def _cut(piece: str, limit: int) -> str:
    """The piece up to the limit, ending between words with "…"; without one where it is complete."""
    bare = _DOTS.sub("", piece)
    if len(bare) <= limit:
        return piece if bare == piece else f"{bare.rstrip(_TRAILING)} …"
    head = bare[: limit - 1]
    if not bare[limit - 1].isspace() and " " in head:
        head = head.rsplit(" ", 1)[0]
    return f"{head.rstrip(_TRAILING)}…"
