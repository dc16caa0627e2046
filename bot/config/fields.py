"""What each kind of value in the operator's file may look like: text in, a value or a `Wrong` out. All pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import time, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from rapidfuzz import fuzz, process

from newsdesk.routes import PREVIEW, TopicRule

TOKEN_SHAPE = re.compile(r"\b[0-9]{6,12}:[A-Za-z0-9_-]{30,}")
"""What a Telegram bot token looks like; such a text is never printed and never accepted in a file."""
TOKEN_TAIL = re.compile(r":[A-Za-z0-9_-]{30}")
"""A part of every token, whose fixed first sign is quicker to look for: a long text without it holds none."""

_DURATION = re.compile(r"([0-9]{1,6}) ?([a-z]+)", re.IGNORECASE)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_UNIT_WORDS = {
    **dict.fromkeys(("sec", "secs", "second", "seconds", "detik"), "s"),
    **dict.fromkeys(("min", "mins", "minute", "minutes", "menit"), "m"),
    **dict.fromkeys(("hr", "hrs", "hour", "hours", "jam"), "h"),
    **dict.fromkeys(("day", "days", "hari"), "d"),
}
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_WHEN = re.compile(r"(?:at least (?P<number>[0-9]{1,3}) of|(?P<word>any of|all of)) ?\[(?P<topics>[^\[\]]*)\]")
_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,32}(?:/[A-Za-z0-9_+-]{1,32}){0,2}")
_PATTERN = re.compile(r"/(?:[^\s{}?#]|\{[A-Za-z][A-Za-z0-9_]*\})*")

ZONE_NAMES = {
    **dict.fromkeys(("wib", "jakarta", "indonesia", "gmt+7", "utc+7", "+0700", "+07:00"), "Asia/Jakarta"),
    **dict.fromkeys(("wita", "makassar", "bali", "gmt+8", "utc+8", "+0800", "+08:00"), "Asia/Makassar"),
    **dict.fromkeys(("wit", "jayapura", "gmt+9", "utc+9", "+0900", "+09:00"), "Asia/Jayapura"),
    **dict.fromkeys(("kst", "seoul", "korea"), "Asia/Seoul"),
    **dict.fromkeys(("beijing", "china", "peking"), "Asia/Shanghai"),
    "gmt": "UTC",
}
# ISO 639-1, as registered by the Library of Congress.
_ISO_639_1 = """
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en
    eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv
    ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne
    ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st
    su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"""
LANGUAGES = frozenset(_ISO_639_1.split())
LANGUAGE_NAMES = {
    **dict.fromkeys(("in", "ind", "idn", "bahasa", "indonesia", "indonesian"), "id"),
    **dict.fromkeys(("eng", "english", "inggris", "us", "gb"), "en"),
    **dict.fromkeys(("cn", "zho", "chinese", "mandarin"), "zh"),
    **dict.fromkeys(("kor", "korean"), "ko"),
    **dict.fromkeys(("jp", "jpn", "japanese"), "ja"),
}


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAY_NAMES = {
    **dict.fromkeys(("senin", "mon", "1"), "monday"),
    **dict.fromkeys(("selasa", "tue", "2"), "tuesday"),
    **dict.fromkeys(("rabu", "wed", "3"), "wednesday"),
    **dict.fromkeys(("kamis", "thu", "4"), "thursday"),
    **dict.fromkeys(("jumat", "jum'at", "fri", "5"), "friday"),
    **dict.fromkeys(("sabtu", "sat", "6"), "saturday"),
    **dict.fromkeys(("minggu", "ahad", "sun", "7", "0"), "sunday"),
}


class Wrong(ValueError):
    """A value that cannot be used: what is wrong with it, and what to write instead."""

    def __init__(self, message: str, remedy: str) -> None:
        self.message = message
        self.remedy = remedy
        super().__init__(f"{message}; {remedy}")


def plain(value: str) -> str:
    """A text as it may be printed in a message: one line, not endless, and without a token."""
    clean = TOKEN_SHAPE.sub("(a secret)", value[:2000])
    if not clean.isprintable():
        clean = "".join(c if c.isprintable() else "?" for c in clean)
    return clean if len(clean) <= 300 else clean[:299] + "…"


def shown(value: str) -> str:
    """A value as a message quotes it: short, in quotation marks."""
    clean = plain(value)
    return f'"{clean}"' if len(clean) <= 40 else f'"{clean[:39]}…"'


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known spelling that this one was probably meant to be."""
    by_fold = {name.casefold(): name for name in known}
    close = process.extractOne(word.casefold()[:40], list(by_fold), scorer=fuzz.ratio, score_cutoff=65)
    return by_fold[close[0]] if close else None


def text(limit: int) -> Callable[[str], str]:
    """Any text that is not empty, on one line, up to so many characters."""

    def read(value: str) -> str:
        stripped = " ".join(value.split())
        if not stripped:
            raise Wrong("is empty", "write some text, or delete the key")
        if len(stripped) > limit:
            raise Wrong(f"has {len(stripped)} characters", f"write at most {limit}")
        return stripped

    return read


def identifier(value: str) -> str:
    """An id: small letters, digits and single hyphens."""
    if _ID.fullmatch(value) and len(value) <= 64:
        return value
    slug = re.sub(r"[^a-z0-9]+", "-", value.casefold()).strip("-")[:64].strip("-")
    instead = f"write {slug}" if slug else "write for example antara-terkini"
    raise Wrong(f"{shown(value)} is not an id of small letters, digits and hyphens (at most 64)", instead)


def switch(value: str) -> bool:
    """true or false, and only these words."""
    if value in ("true", "false"):
        return value == "true"
    meant = {"yes": "true", "on": "true", "1": "true", "no": "false", "off": "false", "0": "false"}
    guess = meant.get(value.casefold()) or (value.casefold() if value.casefold() in ("true", "false") else None)
    raise Wrong(f"{shown(value)} is neither true nor false", f"write {guess}" if guess else "write true or false")


def choice(*options: str) -> Callable[[str], str]:
    """One of these words."""

    def read(value: str) -> str:
        if value in options:
            return value
        guess = nearest(value, options)
        listed = " or ".join(options) if len(options) < 3 else ", ".join(options[:-1]) + " or " + options[-1]
        raise Wrong(f"{shown(value)} is not known here", f"write {guess}" if guess else f"write {listed}")

    return read


def whole(least: int, most: int) -> Callable[[str], int]:
    """A whole number within bounds."""

    def read(value: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,9}", value):
            raise Wrong(f"{shown(value)} is not a whole number", f"write a number from {least} to {most}")
        if not least <= int(value) <= most:
            raise Wrong(f"{int(value)} is out of bounds", f"write a number from {least} to {most}")
        return int(value)

    return read


def duration(least: timedelta, most: timedelta) -> Callable[[str], timedelta]:
    """A length of time such as 90s, 15m, 2h or 3d, within bounds."""

    def read(value: str) -> timedelta:
        match = _DURATION.fullmatch(value)
        if value.isascii() and value.isdigit():
            raise Wrong(f"{shown(value)} has no unit", f"write {value[:6]}m for minutes, or s, h or d")
        if not match:
            raise Wrong(f"{shown(value)} is not a length of time", "write for example 90s, 15m, 2h or 3d")
        number, unit = match.groups()
        if f"{number}{unit}" != value or unit not in _UNITS:
            short = _UNIT_WORDS.get(unit.casefold(), unit.casefold())
            instead = f"write {number}{short}" if short in _UNITS else "write for example 90s, 15m, 2h or 3d"
            raise Wrong(f"{shown(value)} is not a length of time", instead)
        span = timedelta(**{_UNITS[unit]: int(number)})
        if span < least:
            raise Wrong(f"{value} is too short", f"write at least {_short(least)}")
        if span > most:
            raise Wrong(f"{value} is too long", f"write at most {_short(most)}")
        return span

    return read


def _short(span: timedelta) -> str:
    for unit, name in (("d", "days"), ("h", "hours"), ("m", "minutes")):
        size = timedelta(**{name: 1})
        if span % size == timedelta(0):
            return f"{span // size}{unit}"
    return f"{int(span.total_seconds())}s"


def time_zone(value: str) -> str:
    """A name of the tz database."""
    if _ZONE.fullmatch(value):
        try:
            ZoneInfo(value)
            return value
        except (KeyError, ValueError, OSError):
            pass  # no such file, or a folder of zones: each is just "unknown" here
    guess = ZONE_NAMES.get(value.casefold()) or nearest(value, available_timezones())
    raise Wrong(f"{shown(value)} is not a time zone", f"write {guess or 'for example Asia/Jakarta'}")


def language(value: str) -> str:
    """A two-letter language code."""
    if value in LANGUAGES:
        return value
    guess = LANGUAGE_NAMES.get(value.casefold()) or (
        value.casefold()[:2] if value[:2].casefold() in LANGUAGES else None
    )
    remedy = f"write {guess}" if guess else "write two letters such as id, en, zh or ko"
    raise Wrong(f"{shown(value)} is not a two-letter language code", remedy)


def web_address(value: str) -> str:
    """An http or https URL with a host and without a user name, on one line."""
    if not re.match(r"https?://", value, re.IGNORECASE):
        scheme, found, _ = value.partition("://")
        if found:
            raise Wrong(f"{shown(scheme)} addresses cannot be polled", "write an address that begins with https://")
        raise Wrong(f"{shown(value)} is not a web address", "write it in full, beginning with https://")
    if len(value) > 2000:
        raise Wrong(f"the address has {len(value)} characters", "write at most 2000")
    if re.search(r"[\s\x00-\x1f\x7f\\<>\"{}|^`]", value):
        raise Wrong("the address holds blanks or odd characters", "copy it again; blanks are written %20")
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise Wrong("the address has a broken host or port", "write it as https://host/path") from None
    if parts.username is not None or parts.password is not None:
        raise Wrong("the address carries a user name or password", "remove what stands before the @")
    if not _is_host(parts.hostname or "") or port == 0:
        raise Wrong("the address names no proper host", "write it as https://host/path")
    return value


def _is_host(host: str) -> bool:
    if ":" in host:
        return True  # an IPv6 literal; urlsplit has checked its brackets
    labels = host.removesuffix(".").split(".")
    return len(host) <= 253 and all(re.fullmatch(r"(?!-)[\w-]{1,63}(?<!-)", label) for label in labels)


def article_pattern(value: str) -> str:
    """The path of a listing's articles, such as /{author}/{MMYY}/{slug}."""
    if not value.startswith("/"):
        raise Wrong(f"{shown(value)} does not begin with /", "write the path only, such as /{author}/{MMYY}/{slug}")
    if not _PATTERN.fullmatch(value):
        raise Wrong(f"{shown(value)} is not a path pattern", "put each part's name into one pair of { }, no blanks")
    if "{" not in value:
        raise Wrong(f"{shown(value)} has no variable part", "write for example /{author}/{MMYY}/{slug}")
    return value


def chat(value: str) -> str:
    """A numeric chat id, or the word preview."""
    if value == PREVIEW or re.fullmatch(r"-?[1-9][0-9]{3,15}", value):
        return value
    if value.casefold() == PREVIEW:
        raise Wrong(f"{shown(value)} is not a chat", f"write {PREVIEW}")
    raise Wrong(
        f"{shown(value)} is not a numeric chat id",
        "open the chat on Telegram's web client and copy the number behind # in the address"
        " (a channel's begins with -100), or write preview",
    )


def clock(value: str) -> time:
    """A time of day, HH:MM."""
    match = _TIME.fullmatch(value)
    if match:
        return time(int(match[1]), int(match[2]))
    loose = re.fullmatch(r"([0-9]{1,2})(?:[:.]([0-9]{2}))?", value)
    if loose and int(loose[1]) < 24 and int(loose[2] or 0) < 60:
        raise Wrong(f"{shown(value)} is not a time of day", f'write "{int(loose[1]):02}:{loose[2] or "00"}"')
    raise Wrong(f"{shown(value)} is not a time of day", 'write hours and minutes such as "07:00" (00:00 to 23:59)')


def weekday(value: str) -> int:
    """A day of the week by its English name; Monday is 0."""
    if value in WEEKDAYS:
        return WEEKDAYS.index(value)
    guess = WEEKDAY_NAMES.get(value.casefold()) or nearest(value, WEEKDAYS)
    raise Wrong(f"{shown(value)} is not a day of the week", f"write {guess or 'for example sunday'}")


def topic_rule(value: str) -> TopicRule:
    """``at least N of [a, b]``, ``any of [a]`` or ``all of [a, b]``."""
    match = _WHEN.fullmatch(" ".join(value[:2000].split()))
    if not match or len(value) > 2000:
        raise Wrong(
            f"{shown(value)} is not a rule", "write at least 2 of [film, ai], any of [film] or all of [film, ai]"
        )
    topics = tuple(part.strip() for part in match["topics"].split(",") if part.strip())
    if not topics:
        raise Wrong("the rule names no topic", "write topics between the brackets, such as [film, ai]")
    if len(set(topics)) < len(topics):
        raise Wrong("the rule names a topic twice", "name each topic once")
    number = int(match["number"]) if match["number"] else 1 if match["word"] == "any of" else len(topics)
    if not 1 <= number <= len(topics):
        raise Wrong(
            f"at least {number} of {len(topics)} topics is impossible", f"write a number from 1 to {len(topics)}"
        )
    return TopicRule(number, topics)
