"""Plain text as people read it: entities decoded, invisible characters gone, the outlet's dateline taken off.

Markup is not handled here (see feeds/markup.py): the text that arrives is already free of tags.
"""

from __future__ import annotations

import html
import re
import unicodedata

ROUNDS = 3
"""How often entities are decoded at most: outlets encode twice (Republika, Media Indonesia), nobody four times."""

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BARE_ENTITY = re.compile(r"&(nbsp|amp|quot|lt|gt|#0?39)(?![A-Za-z0-9;])")
# A description cut by length may end inside an entity: "kata dia &nda...".
_CUT_ENTITY = re.compile(r"&(?:amp;)?(#?[a-z0-9]{2,6})(?=\s*(?:\.{3}|…)?\s*$)")
_KNOWN_ENTITIES = ("nbsp", "ndash", "mdash", "amp", "quot", "ldquo", "rdquo", "lsquo", "rsquo", "hellip", "#039")

# Control characters (without tab and line feed), soft hyphen, zero-width and bidi controls, interlinear marks, the
# invisible "tag" block, lone surrogates. They change what a reader sees or how words match, and carry no meaning.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_SPACE = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n[ \n]*")
_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\u2028\u2029]")


def _c1_table() -> dict[int, str]:
    """Windows-1252 characters that arrive as C1 controls when a page was read as Latin-1."""
    table = {}
    for code in range(0x80, 0xA0):
        table[code] = bytes([code]).decode("cp1252", "ignore")
    return table


_C1 = _c1_table()


def decode_entities(text: str) -> str:
    """HTML entities decoded until nothing changes, at most three times.

    Only entities that end in a semicolon count (and a few that lost theirs), so that ``?a=1&para=2`` stays.
    """
    for _ in range(ROUNDS):
        if "&" not in text:
            break
        decoded = _BARE_ENTITY.sub(r"&\1;", text)
        decoded = _ENTITY.sub(lambda found: html.unescape(found.group()), decoded)
        if decoded == text:
            break
        text = decoded
    return text


def clean_text(text: str) -> str:
    """The text with entities decoded, invisible characters removed, NFC, and white space normalised.

    Runs of white space become one space; line breaks are kept as single ``\\n`` (they separate paragraphs).
    """
    if "&" in text:
        text = _CUT_ENTITY.sub(_drop_cut_entity, decode_entities(text))
    text = _BREAKS.sub("\n", text).translate(_C1)
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    return _LINES.sub("\n", _SPACE.sub(" ", text)).strip()


def one_line(text: str) -> str:
    """`clean_text` on one line: what a title is."""
    return clean_text(text).replace("\n", " ")


def _drop_cut_entity(found: re.Match[str]) -> str:
    """Nothing for the beginning of a known entity, the text itself otherwise."""
    return "" if any(name.startswith(found.group(1)) for name in _KNOWN_ENTITIES) else found.group()


# --- the lead: "JAKARTA, KOMPAS.com – ", "Jakarta (ANTARA) - " -------------------------------------------------------

_DASH = r"\s*,?(?:\s*(?:-{2,}\s*|[–—―]\s*|-\s+)|\s+-)"
_STARTS = r"(?=[\"'“”‘’«(\[]*[A-Z0-9À-Þ])"
_DOMAIN = r"(?:[A-Za-z0-9-]+\.)+(?i:co\.id|web\.id|my\.id|com|co|id|net|news|org|tv|info)"
_WORD = r"[A-Z][\w.'’-]*"
_PLACE = rf"{_WORD}(?:[ /]+{_WORD}){{0,3}}"
_CAPITALS = r"[A-Z][A-Z'’.-]+(?: [A-Z][A-Z'’.-]+){0,3}"
_AGENCY = (
    r"(?:ANTARA|Antara|Xinhua|Yonhap|Reuters|AFP|AP|Kyodo|Bernama|OANA|VNA|Anadolu|Sputnik|ANTARANEWS|Antaranews|VOA)"
)
_NAMED = (
    r"(?:CNN Indonesia|CNBC Indonesia|VOA Indonesia|BBC News Indonesia|Beritasatu|PIKIRAN RAKYAT|Pikiran Rakyat"
    r"|TIMES [A-Z]+|TitikNOL|VIVA|SINDOnews|Medcom)"
)
_DAY = r"(?:[A-Z][a-z]{2,8}\.? \d{1,2}|\d{1,2} [A-Z][a-z]{2,8})"

# Where stories are usually datelined. Needed only where no outlet's name marks the lead ("JAKARTA - ...").
_CITIES = (
    "Jakarta|Bogor|Depok|Tangerang|Tangerang Selatan|Tangsel|Bekasi|Bandung|Cimahi|Cirebon|Sukabumi|Garut|Karawang"
    "|Semarang|Solo|Surakarta|Yogyakarta|Jogja|Sleman|Bantul|Magelang|Surabaya|Malang|Sidoarjo|Gresik|Kediri"
    "|Banyuwangi|Jember|Madiun|Serang|Cilegon|Lebak|Denpasar|Badung|Gianyar|Mataram|Kupang|Sikka|Labuan Bajo|Medan"
    "|Banda Aceh|Padang|Pekanbaru|Batam|Jambi|Palembang|Bengkulu|Bandar Lampung|Pangkalpinang|Pontianak|Palangka Raya"
    "|Banjarmasin|Samarinda|Balikpapan|Kutai Kartanegara|Tarakan|Makassar|Manado|Palu|Kendari|Gorontalo|Mamuju|Ambon"
    "|Ternate|Jayapura|Sorong|Manokwari|Merauke|Beijing|Shanghai|Hong Kong|Tokyo|Seoul|Busan|Singapura|Singapore"
    "|Kuala Lumpur|Bangkok|Hanoi|Manila|Taipei|New Delhi|Mumbai|Canberra|Sydney|London|Paris|Cannes|Berlin|Roma|Venesia"
    "|Den Haag|Amsterdam|Brussel|Jenewa|Moskow|Istanbul|Ankara|Riyadh|Jeddah|Doha|Dubai|Kairo|Teheran|Washington"
    "|New York|Los Angeles"
)
_CITY = f"(?:{_CITIES}|{_CITIES.upper()})"

_LONGEST_LEAD = 160
"""Only so much of a text is looked at, which also bounds the work on hostile input."""

_LEADS = tuple(
    re.compile(pattern + _STARTS)
    for pattern in (
        rf"{_DOMAIN}\s*(?:[,|]\s*{_PLACE}){{0,2}}{_DASH}",  # REPUBLIKA.CO.ID, JAKARTA -- ; Bolong.id -
        rf"{_PLACE}(?:, {_PLACE})?,? {_DOMAIN}{_DASH}",  # JAKARTA, KOMPAS.com –
        rf"(?:{_PLACE},? )?(?:, )?(?:{_DAY},? )?\({_AGENCY}[^()]{{0,30}}\){_DASH}",  # Jakarta (ANTARA/JACX) –
        rf"(?:{_CITY},? )?(?:{_DAY},? )?\((?:{_DOMAIN}|{_NAMED})\){_DASH}",  # Jakarta (kontan.co.id) -
        rf"(?:ANTARA|{_NAMED})(?:, {_PLACE})?{_DASH}",  # ANTARA - ; TIMES JAKARTA, JAKARTA –
        rf"{_PLACE}, {_NAMED}{_DASH}",  # Jakarta, CNN Indonesia --
        rf"(?:{_CAPITALS}, ){{1,2}}{_CITY}{_DASH}",  # KETIK, SURABAYA –
        rf"(?:{_CAPITALS}, )?{_CITY}(?:, {_PLACE})?{_DASH}",  # JAKARTA - ; SOKOGURU, CANNES, PRANCIS –
        rf"{_DOMAIN}\s*,\s*{_CITY} ",  # Liputan6.com, Jakarta Menteri ... (no dash)
    )
)


def strip_lead(text: str) -> str:
    """The text without the dateline with which outlets begin: place, outlet's name or address, and a dash.

    A lead is recognised by its shape: an internet address, an agency in brackets, or a usual dateline city, then a
    dash, then the capital letter, digit or quotation mark of a first sentence. Anything else stays, and a text that
    is nothing but a lead stays as it is.
    """
    for _ in range(2):
        head = text[:_LONGEST_LEAD]
        found = next((match for lead in _LEADS if (match := lead.match(head))), None)
        if found is None:
            break
        text = text[found.end() :].lstrip()
    return text
