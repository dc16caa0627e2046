"""Clutter: the places of a text that are not its story.

Pages carry more than the story: lines that point elsewhere ("Baca juga: …"), sidebars of other headlines
("Populer", "Berita Lainnya"), calls to scroll, credits, notices on copying. A word that stands there says nothing
about the story, so evidence is never taken from it. The text itself is left as it is: what is returned are spans of
it, so that every offset into it stays true.

The rules are those of what Indonesian outlets print (Detik, Kompas, Tribunnews, ANTARA, RMOL, Media Indonesia,
Liputan6, Okezone, Variety), as recorded from their pages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick, Implementation

from newsdesk.language.countries import country_names


@dataclass(frozen=True, slots=True)
class Clutter:
    """One span (code points, end exclusive) that is not the story, and what it is."""

    start: int
    end: int
    kind: str


POINTERS = (
    "baca juga",
    "baca selengkapnya",
    "baca artikel",
    "baca berita",
    "simak juga",
    "simak video",
    "simak pula",
    "lihat juga",
    "lihat video",
    "tonton juga",
    "tonton video",
    "saksikan juga",
    "saksikan video",
    "saksikan live",
    "pilihan editor",
    "pilihan redaksi",
    "artikel terkait:",
    "berita terkait:",
    "read also",
    "also read",
    "read more:",
    "related:",
    "watch also",
    "[gambas:",
    "gambas:",
)
_NOTICES = (
    "scroll to continue",
    "scroll to resume",
    "advertisement",
    "lanjutkan membaca",
    "dilarang keras mengambil",
    "dilarang mengambil konten",
    "cek berita dan artikel",
    "artikel ini telah tayang",
    "berita ini telah tayang",
    "artikel ini dibuat dengan bantuan",
    "ikuti berita terkini",
    "ikuti kami di",
    "ikuti saluran whatsapp",
    "dapatkan berita",
    "dapatkan update",
    "update berita",
    "simak berita",
    "gabung di channel",
    "halaman selanjutnya",
    "read entire article",
    "hak cipta",
    "copyright",
    "all rights reserved",
    "pewarta:",
    "pewarta :",
    "editor:",
    "editor :",
    "penulis:",
    "penulis :",
    "reporter:",
    "reporter :",
    "laporan:",
    "sumber:",
    "foto:",
    "follow ",
    "lama baca",
    "loading...",
)
# Pointers and notices that also stand in the middle of a line, where paragraphs were joined.
_INLINE_POINTERS = (
    "baca juga",
    "simak juga",
    "lihat juga",
    "tonton juga",
    "saksikan juga",
    "[gambas:",
    "simak video",
)
_INLINE_NOTICES = (
    "scroll to continue with content",
    "dilarang keras mengambil",
    "cek berita dan artikel",
    "artikel ini telah tayang",
    "copyright ©",
    "pewarta:",
)
SIDEBARS = frozenset(
    """populer terpopuler update headline headlines terkait rekomendasi trending terkini selengkapnya
    berita|lainnya berita|terkait berita|terkini berita|terbaru berita|populer berita|pilihan artikel|terkait
    artikel|lainnya artikel|populer baca|juga most|popular related|stories related|articles popular|on|variety
    must|read video|pilihan video|terkait video|terpopuler berita|rekomendasi topik|terkait tag tags trending|now
    more|from|variety popular|news latest|news hot|news live|report kanal infografis indeks|berita more|stories
    you|may|also|like editor's|pick pilihan|redaksi jangan|lewatkan terpopuler|hari|ini""".replace("|", "\0").split()
)
_SIDEBAR_LINES = frozenset(name.replace("\0", " ") for name in SIDEBARS)
_INLINE = AhoCorasick([*_INLINE_POINTERS, *_INLINE_NOTICES], implementation=Implementation.DFA)
_STARTS = frozenset(name[:4] for name in (*POINTERS, *_NOTICES))
_PROSE = 120
_POINTER_REACH = 120
_DATELINE = re.compile(r"\s*([^\n!?\"“”]{2,70}?)\s?(?:\n\s*[-–—]{1,2}\s*\n|\s[-–—]{1,2}\s?|[-–—]{1,2}\s)")
_OUTLET = re.compile(r"\.(?:com|id|co|net|news)\b|\((?:ANTARA|Antara)|^[A-Z][A-Z .,'/]{2,}$", re.IGNORECASE)
_SENTENCE_END = ('."', ".", "!", "?", '."', ".”", "”", '"')


def clutter(text: str) -> tuple[Clutter, ...]:
    """The spans of a text that are not its story, in order and apart from each other. Linear in the text."""
    found: list[Clutter] = []
    lower = text.lower()
    if len(lower) != len(text):
        lower = text
    dateline = _dateline(text)
    if dateline:
        found.append(dateline)
    if "\n" in text:
        found.extend(_lines(text, lower))
    found.extend(_inline(text, lower))
    return _apart(found) if len(found) > 1 else tuple(found)


def _dateline(text: str) -> Clutter | None:
    """The place and outlet before the first sentence: "Jakarta (ANTARA) - ", "PRANCIS, TitikNOL — "."""
    top = text[:90]
    if "-" not in top and "–" not in top and "—" not in top:
        return None
    match = _DATELINE.match(top)
    if not match:
        return None
    head = match.group(1)
    words = head.split()
    if (
        not words
        or len(words) > 8
        or not all(word[0].isupper() or not word[0].isalpha() or "." in word for word in words)
    ):
        return None
    first = words[0].rstrip(",")
    if not (_OUTLET.search(head) or len(words) == 1 or (len(first) > 3 and first.isupper())):
        return None
    if len(words) == 1 and any(name.text == head and name.kind == "country" for name in country_names()):
        return None  # "Indonesia - Jepang sepakat …" is the story
    return Clutter(0, match.end(), "dateline")


def _lines(text: str, lower: str) -> list[Clutter]:
    found: list[Clutter] = []
    at = 0
    prose_seen = False
    sidebar = 0  # 0: in the story, 1: one more headline belongs to it, 2: until prose comes again
    pointer_open = False
    for line in lower.split("\n"):
        start, at = at, at + len(line) + 1
        name = line.strip()
        if not name:
            continue
        if name in _SIDEBAR_LINES:
            found.append(Clutter(start, at - 1, "sidebar"))
            pointer_open = name == "baca juga"
            sidebar = 0 if pointer_open else 2 if prose_seen else 1
        elif (known := name[:4] in _STARTS) and name.startswith(POINTERS):
            end = _pointer_end(text, start, at - 1)
            found.append(Clutter(start, end, "pointer"))
            pointer_open = name.endswith((":", "juga"))
        elif known and name.startswith(_NOTICES) and len(name) < 400:
            found.append(Clutter(start, at - 1, "notice"))
        elif sidebar and not (len(name) > _PROSE and sidebar == 2):
            found.append(Clutter(start, at - 1, "sidebar"))
            sidebar = 0 if sidebar == 1 else 2
        elif pointer_open and len(name) < 140 and not name.endswith(_SENTENCE_END):
            found.append(Clutter(start, at - 1, "pointer"))
        else:
            sidebar = 0
            pointer_open = False
            prose_seen = prose_seen or len(name) > _PROSE
    return found


def _inline(text: str, lower: str) -> list[Clutter]:
    found: list[Clutter] = []
    for marker, at, over in _INLINE.find_matches_as_indexes(lower, overlapping=True):
        if marker < len(_INLINE_POINTERS):
            _point(text, at, found)
            continue
        line_end = text.find("\n", at)
        end = line_end if line_end >= 0 else len(text)
        if marker == len(_INLINE_POINTERS):  # the call to scroll stands alone, what follows it is the story
            end = min(end, over)
        found.append(Clutter(at, end, "notice"))
    return found


def _point(text: str, at: int, found: list[Clutter]) -> None:
    if _stands_alone(text, at):
        line_end = text.find("\n", at)
        end = _pointer_end(text, at, line_end if line_end >= 0 else len(text))
        found.append(Clutter(at, end, "pointer"))


def _stands_alone(text: str, at: int) -> bool:
    """True when a pointer begins here: after a sentence or with a capital, not inside one."""
    before = text[:at].rstrip()
    return text[at].isupper() or text[at] == "[" or not before or before[-1] in '.!?"”)]:'


def _pointer_end(text: str, start: int, line_end: int) -> int:
    """Where the headline that a pointer names ends: at the line, at a quotation, or after a headline's length."""
    if line_end - start <= _POINTER_REACH + 40:
        return line_end
    reach = start + _POINTER_REACH
    for quote in (' "', " “", "] "):
        at = text.find(quote, start + 12, reach)
        if at >= 0:
            reach = min(reach, at + (1 if quote == "] " else 0))
    blank = text.rfind(" ", start, reach + 1)
    return blank if blank > start else reach


def _apart(found: list[Clutter]) -> tuple[Clutter, ...]:
    """Sorted, with those that touch or overlap joined."""
    joined: list[Clutter] = []
    for span in sorted(found, key=lambda one: (one.start, -one.end)):
        if joined and span.start <= joined[-1].end:
            if span.end > joined[-1].end:
                joined[-1] = Clutter(joined[-1].start, span.end, joined[-1].kind)
        else:
            joined.append(span)
    return tuple(joined)
