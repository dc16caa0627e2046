"""How an article is recognised when it comes again: canonical URL, the outlet's own number, a fingerprint of its words.

Never by date (outlets re-date), and a guid is only a hint (outlets renumber them at every run), so neither is looked
at here. Evidence for each rule: the recorded feeds' quirks, one rule a line where it is applied.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from newsdesk.articles import Article, Entry, Identity
from newsdesk.language.clean import clean_text

# --- addresses -------------------------------------------------------------------------------------------------------

_TRACKING = frozenset(
    re.split(
        r"\s+",
        "fbclid gclid dclid gbraid wbraid msclkid yclid twclid igshid igsh mc_cid mc_eid _ga _gl ref ref_src ref_url"
        " referrer cmpid ncid ocid cmp smid share sr_share feature amp amp_js_v usqp output outputtype single showpage"
        " tag_from mtype source src theme spm ito",
    )
)
_TRACKING_PREFIXES = ("utm_", "at_", "_x_tr_", "hsa_", "pk_", "mtm_")
_DISPLAY_HOSTS = ("www.", "m.", "amp.", "mobile.", "wap.")
_SECOND_LEVEL = frozenset(("ac", "biz", "co", "com", "edu", "go", "gov", "mil", "my", "net", "or", "org", "sch", "web"))
_UNRESERVED = re.compile(r"%([0-9A-Fa-f]{2})")

# feedsportal.com wrote the true address into the path: "0" and a letter stand for a character or a common part.
_FEEDSPORTAL = {
    "A": "0",
    "B": ".",
    "C": "/",
    "D": "?",
    "E": "-",
    "F": "=",
    "G": "&",
    "H": ",",
    "I": "_",
    "J": "%",
    "K": "+",
    "L": "http://",
    "M": "https://",
    "N": ".com",
    "O": ".co.uk",
    "P": ";",
    "Q": "|",
    "R": ":",
    "S": "www.",
    "T": "#",
    "U": "$",
    "V": "~",
    "W": "!",
    "X": "(",
    "Y": ")",
}


def _split(url: str) -> SplitResult | None:
    """The parts of an address, None where there is no host in it."""
    try:
        parts = urlsplit(url.strip())
        if parts.hostname and (parts.port is None or parts.port >= 0):
            return parts
    except ValueError:
        return None
    return None


def direct_url(url: str) -> str:
    """The article's own address where `url` is a proxy's that spells it out (feedsportal, AMP caches); else `url`."""
    parts = _split(url)
    if parts is None:
        return url
    host = (parts.hostname or "").lower()
    if host.endswith("feedsportal.com"):
        return _from_feedsportal(parts.path) or url
    cached = None
    if host.endswith(".cdn.ampproject.org"):
        cached = re.match(r"/[cv]/(s/)?(.+)", parts.path)
    elif re.fullmatch(r"(www\.)?google\.[a-z.]+", host):
        cached = re.match(r"/amp/(s/)?(.+)", parts.path)
        target = dict(parse_qsl(parts.query))
        if parts.path == "/url" and (target.get("url") or target.get("q", "")).startswith(("http://", "https://")):
            return target.get("url") or target["q"]
    if cached and "." in cached.group(2).split("/")[0]:
        return ("https://" if cached.group(1) else "http://") + cached.group(2)
    return url


def _from_feedsportal(path: str) -> str:
    """The address in ``…/l/0Lnews0Bdetik0N0Cread0C20A14…/story01.htm``; "" where there is none."""
    found = re.search(r"/l/(0[LM][^/]+)", path)
    if not found:
        return ""
    decoded = re.sub(r"0([A-Z])", lambda code: _FEEDSPORTAL.get(code.group(1), code.group()), found.group(1))
    return decoded if _split(decoded) else ""


def canonical_url(url: str) -> str:
    """One spelling for all addresses under which an outlet shows one article.

    https, lower-case host without ``www.``, ``m.`` or ``amp.``, no user, default port, fragment, ``/amp/`` segments,
    trailing slash or tracking parameters; the other parameters in sorted order. What is no address with a host comes
    back stripped.
    """
    url = direct_url(url.strip())
    parts = _split(url)
    if parts is None:
        return url
    path = _path(parts.path)
    query = _query(parts.query, article="/" in path.strip("/"))
    port = "" if parts.port in (None, 80, 443) else f":{parts.port}"
    host = _host(parts)
    host = f"[{host}]" if ":" in host else host
    return f"https://{host}{port}{path}" + (f"?{query}" if query else "")


def shown_url(url: str) -> str:
    """The address as it is shown and opened: the outlet's own spelling, without parameters that only follow readers."""
    head, mark, query = url.partition("?")
    if not mark:
        return url
    query, hash_mark, fragment = query.partition("#")
    kept = [part for part in query.split("&") if not _follows(part.partition("=")[0].lower())]
    return head + ("?" + "&".join(kept) if kept else "") + hash_mark + fragment


def _follows(name: str) -> bool:
    return name.startswith(_TRACKING_PREFIXES) or name.endswith("clid")


def _host(parts: SplitResult) -> str:
    """The host without the labels that only choose a display."""
    host = (parts.hostname or "").lower().rstrip(".")
    while host.startswith(_DISPLAY_HOSTS):
        rest = host.split(".", 1)[1]
        labels = rest.split(".")
        if len(labels) < 2 or (len(labels) == 2 and labels[0] in _SECOND_LEVEL):
            break
        host = rest
    return host


def _path(path: str) -> str:
    """The path with plain characters unescaped, without AMP segments, doubled or trailing slashes."""
    plain = _UNRESERVED.sub(_unescape, path)
    segments = [segment for segment in plain.split("/") if segment and segment.lower() != "amp"]
    joined = "/" + "/".join(segments)
    joined = re.sub(r"(?i)\.amp(?=\.html?$|$)", "", joined)
    return "" if joined == "/" else quote(joined, safe="/%:@!$&'()*+,;=~-._")


def _unescape(found: re.Match[str]) -> str:
    """RFC 3986 §6.2.2.2: escapes of unreserved characters mean the character; others are written in capitals."""
    character = unquote(found.group())
    if len(character) == 1 and (character.isascii() and (character.isalnum() or character in "-._~")):
        return character
    return found.group().upper()


def _query(query: str, article: bool) -> str:
    """The parameters that choose the article, sorted."""
    kept = []
    for name, value in parse_qsl(query, keep_blank_values=True):
        low = name.lower()
        if low in _TRACKING or low.startswith(_TRACKING_PREFIXES):
            continue
        # "?page=all" and "?page=2" show the same article; on a front page they would choose another page.
        if low == "page" and (value == "all" or (article and re.fullmatch(r"\d{1,2}", value))):
            continue
        kept.append((name, value))
    return urlencode(sorted(kept))


def site_of(url: str) -> str:
    """The outlet's domain without sub-domains: ``antaranews.com``, ``republika.co.id``; numeric hosts whole."""
    parts = _split(canonical_url(url))
    if parts is None:
        return ""
    host = parts.hostname or ""
    labels = host.split(".")
    if ":" in host or labels[-1].isdigit():
        return host + (f":{parts.port}" if parts.port else "")
    keep = 3 if len(labels) > 2 and labels[-2] in _SECOND_LEVEL and len(labels[-1]) == 2 else 2
    return ".".join(labels[-keep:])


# --- the outlet's own article number ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Numbering:
    """Where an outlet keeps its article number: a pattern on the path whose groups are the number.

    `shared` are the sub-domains that count together ("" is the bare domain, None means all of them).
    """

    pattern: re.Pattern[str]
    shared: tuple[str, ...] | None = None


_NUMBERINGS: dict[str, tuple[_Numbering, ...]] = {
    "detik.com": (
        _Numbering(re.compile(r"/(d-\d{4,})(?=/|$)")),
        _Numbering(re.compile(r"/read(?:foto)?/\d{4}/\d\d/\d\d/\d{6}/(\d{5,})/")),
        _Numbering(re.compile(r"/(\d{6}-\d{6,})/")),  # 20detik videos
    ),
    # The regional offices count for themselves; only these sub-domains show articles of the main desk.
    "antaranews.com": (
        _Numbering(
            re.compile(r"^/(?:berita|foto|video|infografik|news|slideshow|rilis-pers|interaktif)/(\d+)(?=/|$)"),
            shared=("", "otomotif", "ramadhan", "pemilu"),
        ),
    ),
    "rmol.id": (_Numbering(re.compile(r"/read/\d{4}/\d\d/\d\d/(\d+)(?=/|$)")),),
    "liputan6.com": (_Numbering(re.compile(r"/read/(\d{5,})(?=/|$)")),),
    "sindonews.com": (_Numbering(re.compile(r"/read/(\d{4,})(?=/|$)")), _Numbering(re.compile(r"-(\d{10})$"))),
    "okezone.com": (_Numbering(re.compile(r"/read/\d{4}/\d\d/\d\d/\d+/(\d+)(?=/|$)")),),
    "kompas.com": (_Numbering(re.compile(r"/(?:read|copy)/(\d{4})/(\d\d)/(\d\d)/(\d{6,})(?=/|$)")),),
    "tempo.co": (
        _Numbering(re.compile(r"/read/news/\d{4}/\d\d/\d\d/(\d{6,})(?=/|$)")),
        _Numbering(re.compile(r"/read/(\d{5,})(?=/|$)")),
        _Numbering(re.compile(r"-(\d{5,9})$")),
    ),
    # date-channel-number: an article that moves to another channel keeps the number.
    "cnnindonesia.com": (_Numbering(re.compile(r"/\d{14}-\d+-(\d+)(?=/|$)")),),
    "cnbcindonesia.com": (_Numbering(re.compile(r"/\d{14}-\d+-(\d+)(?=/|$)")),),
    "republika.co.id": (_Numbering(re.compile(r"/berita/([a-z0-9]{8,16})(?=/|$)")),),
    "tribunnews.com": (_Numbering(re.compile(r"^/[a-z-]+(?:/[a-z-]+)*/(\d{6,})(?=/|$)"), shared=("",)),),
    "variety.com": (_Numbering(re.compile(r"-(\d{10})$")),),
    "deadline.com": (_Numbering(re.compile(r"-(\d{10})$")),),
    "hollywoodreporter.com": (_Numbering(re.compile(r"-(\d{10})$")),),
    "yna.co.kr": (_Numbering(re.compile(r"/view/([A-Z]{3}\d{15,})(?=/|$)")),),
    "voaindonesia.com": (_Numbering(re.compile(r"/(\d{5,})\.html$")),),
}
# Elsewhere: a path segment of five to twelve digits between a section and a slug is the article's number
# (mediaindonesia.com/ekonomi/858201/slug), unless it can be read as a day. Counted per host.
_ANY_NUMBER = re.compile(r"^/(?:[^/]+/){0,3}(?!(?:19|20)\d{6}/)(\d{5,12})/[^/]*[a-z]-[^/]+$", re.IGNORECASE)


def outlet_id(url: str) -> str:
    """The outlet's own article number with its site (``rmol.id:691234``), "" where its addresses carry none."""
    parts = _split(canonical_url(url))
    if parts is None:
        return ""
    host = parts.hostname or ""
    site = site_of(url)
    sub = host.removesuffix(site).rstrip(".")
    for numbering in _NUMBERINGS.get(site, ()):
        found = numbering.pattern.search(parts.path)
        if found:
            scope = site if numbering.shared is None or sub in numbering.shared else host
            return f"{scope}:{''.join(found.groups())}"
    if site in _NUMBERINGS:
        return ""
    found = _ANY_NUMBER.match(parts.path)
    return f"{host}:{found.group(1)}" if found else ""


# --- words -----------------------------------------------------------------------------------------------------------

_WORDS = re.compile(r"[^\W_]+")
_DOTS = re.compile(r"\s*(?:\[?(?:\.{2,}|…)\]?)\s*$")
_CUT_LENGTH = 100
"""From so many characters on, a text that is the beginning of the known one was cut by length, not edited."""
_ENOUGH_TITLE, _ENOUGH_SUMMARY = 3, 8


def fold(text: str) -> str:
    """The words of a text without case, accents, punctuation, entities and white space: what edits are judged by."""
    plain = unicodedata.normalize("NFKD", clean_text(text).casefold())
    return " ".join(_WORDS.findall("".join(c for c in plain if not unicodedata.combining(c))))


def fingerprint(url: str, title: str, summary: str) -> str:
    """A hash of folded title and summary within the site; "" where there are too few words to mean one article.

    Three words of title and eight of summary are asked for: "Jadwal imsakiyah hari ini" comes every day anew.
    """
    words_of_title, words_of_summary = fold(title), fold(summary)
    if words_of_title.count(" ") < _ENOUGH_TITLE - 1 or words_of_summary.count(" ") < _ENOUGH_SUMMARY - 1:
        return ""
    text = f"{site_of(url)}\n{words_of_title}\n{words_of_summary}"
    return blake2b(text.encode(), digest_size=16).hexdigest()


def is_front_page(url: str) -> bool:
    """Whether an address names only the outlet: a feed that forgot its articles' own addresses.

    Recorded on 20 March 2026: all ten items of Tribunnews linked to ``https://www.tribunnews.com/``.
    """
    parts = _split(canonical_url(url))
    return parts is not None and not parts.path and not parts.query


def identify(url: str, title: str, summary: str) -> Identity:
    """What an article is recognised by.

    A front page tells no articles apart, so there the title goes into the identity's address, as a fragment.
    """
    canonical = canonical_url(url)
    if is_front_page(url):
        canonical += "#" + blake2b(fold(title).encode(), digest_size=8).hexdigest()
    return Identity(url=canonical, outlet_id=outlet_id(url), fingerprint=fingerprint(url, title, summary))


# --- recognition -----------------------------------------------------------------------------------------------------


class Kind(StrEnum):
    """new: never seen; same: known, nothing to do; changed: known, and its outlet edited it."""

    NEW = "new"
    SAME = "same"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Recognition:
    """Whether an entry is known, which article it is, and why."""

    kind: Kind
    article: Article | None
    reason: str


def recognise(entry: Entry, identity: Identity, known: Sequence[Article], *, source: str = "") -> Recognition:
    """Decide whether `entry` is one of the articles in `known` (those that share something of its identity).

    The canonical URL decides, then the outlet's number, then the fingerprint; two different numbers of one outlet
    are two articles even when their words are equal. A known article is CHANGED when its title or text was edited,
    SAME when it was only written out differently. Where `source` is given, only the source that showed the article
    first can change it: feeds of one outlet word the same article differently, and would take turns for ever.
    """
    article, how = _find(identity, known)
    if article is None:
        return Recognition(Kind.NEW, None, how)
    edit = _edit(entry, article)
    if not edit:
        return Recognition(Kind.SAME, article, how)
    if source and source != article.source and edit not in (_FULL_TEXT, _ADDRESS):
        return Recognition(Kind.SAME, article, f"{how}; {edit}, but another source showed it first")
    return Recognition(Kind.CHANGED, article, f"{how}; {edit}")


def _find(identity: Identity, known: Sequence[Article]) -> tuple[Article | None, str]:
    """The article meant, and what showed it (or why it is new)."""
    for article in known:
        if article.identity.url == identity.url:
            return article, "same address"
    for article in known:
        if identity.outlet_id and article.identity.outlet_id == identity.outlet_id:
            return article, f"same number at the outlet ({identity.outlet_id})"
    twins = [
        article for article in known if identity.fingerprint and article.identity.fingerprint == identity.fingerprint
    ]
    for article in twins:
        if not (identity.outlet_id and article.identity.outlet_id):
            return article, "same title and summary at the same outlet"
    if twins:
        return None, f"same words as {twins[0].identity.outlet_id}, but another number at the outlet"
    return None, "never seen"


_FULL_TEXT = "the full text came"
_ADDRESS = "its own address came"


def _edit(entry: Entry, article: Article) -> str:
    """What the outlet edited, "" for nothing. Text that is missing now was not edited away."""
    if not _alike(entry.title, article.title):
        return "the title was edited"
    if is_front_page(article.url) and not is_front_page(entry.url):
        return _ADDRESS
    if entry.body and not article.body:
        return _FULL_TEXT
    if entry.body and not _alike(entry.body, article.body):
        return "the text was edited"
    if entry.summary and not _alike(entry.summary, article.summary) and not _within(entry.summary, article.body):
        return "the summary was edited" if article.summary else "a summary came"
    return ""


def _alike(new: str, old: str) -> bool:
    """Whether two texts have the same words, or one is the other cut short with dots (a long one also without)."""
    if new == old or (len(new) >= _CUT_LENGTH and old.startswith(new)):
        return True
    a, b = fold(_DOTS.sub("", new)), fold(_DOTS.sub("", old))
    if a == b:
        return True
    if _DOTS.search(new) and a and b.startswith(a):
        return True
    return bool(_DOTS.search(old) and b and a.startswith(b))


def _within(lead: str, text: str) -> bool:
    """Whether a lead is the beginning of the text that is known."""
    words = fold(_DOTS.sub("", lead))
    return bool(words) and fold(text).startswith(words)


_TITLE_ALONE = 5
"""A title of so many words means one article where there is no summary to compare; recurring columns have fewer."""


def same_words(entry: Entry, article: Article) -> bool:
    """Whether an entry is the article under another address, by its words alone.

    Only for items of one source whose identities changed as a whole: titles recur, so the summary must be the same as
    well, or, where one of the two has none, the day.
    """
    title = fold(entry.title)
    if title != fold(article.title) or title.count(" ") < _ENOUGH_TITLE - 1:
        return False
    if entry.summary and article.summary:
        return _alike(entry.summary, article.summary)
    if title.count(" ") < _TITLE_ALONE - 1:
        return False
    if entry.published is None or article.published is None:
        return True
    return abs(entry.published - article.published) <= timedelta(days=1)


def revise(article: Article, entry: Entry, now: datetime) -> Article:
    """The article as its outlet words it now: an edit replaces, but never takes away text that was there.

    Its number, identity URL, source, first sight and place in time stay; a cut title or summary does not replace the
    whole one, and only a front page is replaced by the article's own address.
    """
    return replace(
        article,
        url=entry.url if is_front_page(article.url) else article.url,
        title=_fuller(entry.title, article.title),
        summary=_fuller(entry.summary, article.summary),
        body=entry.body or article.body,
        published=article.published or entry.published,
        author=entry.author or article.author,
        image=entry.image or article.image,
        revised=now,
    )


def _fuller(new: str, old: str) -> str:
    """The new wording, unless it is empty or only the old one cut short."""
    if not new:
        return old
    return old if len(new) < len(old) and _alike(new, old) else new
