"""Where sentences begin and end in Indonesian and English news text.

A sentence ends at a full stop, question or exclamation mark (with the quotes and brackets that close behind it),
when what follows looks like a beginning; and at every line break, for a line is a paragraph, a caption or a headline.
It does not end at abbreviations (Prof., No., a.n.), initials (B.J. Habibie), numbers ("5.39", "Rp1.000"), times
("08.44 WIB") and internet addresses. The three dots with which feeds cut a text end no sentence: `is_whole` says so.
"""

from __future__ import annotations

import re

_MARK = re.compile(r"[.!?…]+[\"'”’»)\]]*")
_LINE = re.compile(r"[^\n\r]+")
_CUT = re.compile(r"(?:\.{2,}|…)\s*(?:\[…\]|\[\.\.\.\])?\s*$")
_CLOSING = "\"'”’»)]"
_LAST_WORD = re.compile(r"[^\s(\[\"'“‘]+$")
_BEGINS = re.compile(r"\s+[\"'“‘«(\[]*(?:[^\W\d_a-z]|\d|[•\-–—])")
_BEGINS_GLUED = re.compile(r"[\"“‘«(]*[A-ZÀ-Þ][a-zà-þ]+ ?[^\W\d_]*")

# Words after whose full stop a sentence goes on. Titles and the like are followed by a name; the others (dll., dkk.)
# may also end a sentence, and do when a capital follows.
_ABBREVIATIONS = """prof dr drs dra ir hj h kh k.h mr mrs ms st jr sr sdr sdri tn ny nn bpk bp yth kol letkol letjen mayjen brigjen
    jend kapt lettu letda serka sertu serda bripka bripda brigpol kombes kompol akbp akp ipda iptu irjen komjen pol purn
    no nomor jl jln gg rt rw kec kab kel ds kp km pt cv tbk ud fa rp hlm hal art ps pas bab vol ed cet fig jan feb mar
    apr jun jul agt agu ags aug sep sept okt oct nov nop des dec tgl pkl pk a.n u.p d.a s.d d.h a.d a.l q.q vs v feat ft
    inc ltd co corp bros gen gov sen rep lt col sgt capt cmdr maj rev hon pres mt ft dept univ assn u.s u.k u.n
    m.si m.sc s.h s.e s.t s.pd s.kom s.sos m.h m.m m.pd m.kes m.ba ph.d sp si ph"""
_TITLES = frozenset(_ABBREVIATIONS.split())


def sentences(text: str) -> list[tuple[int, int]]:
    """The spans (code points, end exclusive) of the sentences of a text, in order, without surrounding blanks."""
    spans: list[tuple[int, int]] = []
    for line in _LINE.finditer(text):
        spans.extend(_in_line(text, line.start(), line.end()))
    return spans


def is_whole(sentence: str) -> bool:
    """Whether a sentence is complete: it ends with a mark that ends sentences, and not with the dots of a cut."""
    bare = sentence.rstrip()
    return bare.rstrip(_CLOSING).endswith((".", "!", "?")) and not _CUT.search(bare.rstrip(_CLOSING))


def _in_line(text: str, start: int, end: int) -> list[tuple[int, int]]:
    spans = []
    at = start
    for mark in _MARK.finditer(text, start, end):
        if mark.end() < end and not _ends(text, at, mark.start(), mark.end(), end):
            continue
        spans.append((at, mark.end()))
        at = mark.end()
    spans.append((at, end))
    trimmed = [_trim(text, first, last) for first, last in spans]
    return [(first, last) for first, last in trimmed if last > first]


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _ends(text: str, begin: int, start: int, end: int, limit: int) -> bool:
    """Whether the mark text[start:end] ends the sentence that began at `begin`."""
    mark = text[start:end]
    closed = mark[-1] in _CLOSING
    if not _begins(text, end, limit, closed):
        return False
    if mark.startswith("..") or mark[0] == "…":  # a pause inside a sentence unless a capital begins another
        return bool(_BEGINS.match(text, end, limit))
    if mark[0] != "." or closed:
        return True
    return not _abbreviated(text, begin, start)


def _begins(text: str, at: int, limit: int, closed: bool) -> bool:
    """Whether what follows looks like the beginning of a sentence: blanks and a capital, a digit or an opening mark.

    Some outlets lose the blank between two sentences; a capitalised word then begins one, an address does not.
    """
    if _BEGINS.match(text, at, limit):
        return True
    glued = _BEGINS_GLUED.match(text, at, limit)
    return bool(glued) and not closed and text[at - 1] in ".!?" and glued is not None and " " in glued.group()


def _abbreviated(text: str, begin: int, dot: int) -> bool:
    """Whether the full stop at `dot` belongs to an abbreviation or an initial."""
    found = _LAST_WORD.search(text, max(begin, dot - 24), dot)
    if not found:
        return False
    word = found.group()
    if len(word) == 1:
        return word.isalpha() and word.isupper()
    if len(word) == 3 and word[1] == "." and word[0].isupper() and word[2].isupper():
        return True
    return word.lower() in _TITLES and not (
        word.islower() and word in ("si", "sp", "mar", "des", "pas", "no", "hal", "art")
    )
