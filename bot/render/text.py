"""Text that is safe to show: without control and bidi characters, and cut only between whole characters.

Telegram counts lengths in code points in some places and in UTF-16 code units in others; the larger of the two, the
UTF-16 length, is safe under both and is the only length used here.
"""

from __future__ import annotations

import re
import unicodedata

ZWJ = "\u200d"
_KEPT_FORMATS = {ZWJ, "\u200c"}
"""Format characters that carry meaning: joiners of emoji and of Persian and Indic scripts. All others go."""
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn"}
_MOST_MARKS = 4
"""Combining marks kept on one letter: more is no orthography but "zalgo" text, which grows over its neighbours."""
ELLIPSIS = "…"
_SPACES = re.compile(" {2,}")
_BLANKS = {"\u2800", "\u3164", "\uffa0", "\ufffc"}
"""Letters and symbols by category that show nothing: a text of them is empty to Telegram, and a link on them is none."""
_LINES_ACROSS = {"\u0333", "\u033f"}
_RING = "\u030a"
"""Marks that Telegram takes out of every text, the ring where it stands apart from its letter (not in å): a message that
held one would not say in the chat what we know it to say, and would not be found there."""


def tidy(text: str) -> str:
    """One line of text without control, bidi, private or unassigned characters; runs of white space are one space.

    White space at the ends is kept (as one space), since inline pieces are put side by side.
    """
    if text.isascii() and text.isprintable():
        return _SPACES.sub(" ", text)
    kept: list[str] = []
    marks = 0
    # Composed only after what is dropped is gone: it may have stood between a letter and its mark, and a text that is
    # tidied again, as every one is that comes out of the database, must stay the same.
    composed = unicodedata.normalize("NFC", "".join(filter(_stays, text)))
    if _RING in composed:
        composed = unicodedata.normalize("NFC", composed.replace(_RING, ""))
    for char in composed:
        category = unicodedata.category(char)
        if _blank(char, category):
            if not kept or kept[-1] != " ":
                kept.append(" ")
            continue
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks <= _MOST_MARKS:
            kept.append(char)
    return "".join(kept)


def _stays(char: str) -> bool:
    category = unicodedata.category(char)
    if category in _DROPPED:
        return char in _KEPT_FORMATS or _blank(char, category)
    return char not in _LINES_ACROSS


def _blank(char: str, category: str) -> bool:
    return char.isspace() or category in ("Zl", "Zp") or char in _BLANKS


def units(text: str) -> int:
    """The length in UTF-16 code units."""
    return len(text) + sum(char > "\uffff" for char in text)


def graphemes(text: str) -> list[str]:
    """The text in pieces that a reader sees as one character each.

    The rules that matter of Unicode Standard Annex 29: marks, variation selectors, skin tones and joiners stay with
    what they follow, whatever follows a joiner stays with it, and flags are pairs of regional indicators.
    """
    pieces: list[str] = []
    for char in text:
        if pieces and _continues(pieces[-1], char):
            pieces[-1] += char
        else:
            pieces.append(char)
    return pieces


def _continues(piece: str, char: str) -> bool:
    if char == ZWJ or piece[-1] == ZWJ or "\U0001f3fb" <= char <= "\U0001f3ff":
        return True
    if _regional(char):
        return len(piece) == 1 and _regional(piece)
    return unicodedata.category(char) in ("Mn", "Me", "Mc")


def _regional(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def shorten(text: str, most: int) -> str:
    """The text made fit to be shown on one line of at most `most` UTF-16 units."""
    return clip(tidy(text).strip(), most)


def clip(text: str, most: int) -> str:
    """The text if it is at most `most` UTF-16 units long, else its beginning with an ellipsis, within `most`.

    Cut after a whole word, unless that would leave less than a third (one endless word, or a script without spaces): then
    between two graphemes.
    """
    if units(text) <= most:
        return text
    room = most - units(ELLIPSIS)
    kept: list[str] = []
    for piece in graphemes(text):
        room -= units(piece)
        if room < 0:
            break
        kept.append(piece)
    head = "".join(kept)
    if not text[len(head) :].startswith(" "):
        word_end = head.rfind(" ")
        if word_end >= len(head) // 3:
            head = head[:word_end]
    return head.rstrip(" ,;:–—-") + ELLIPSIS
