"""Bad files for `sources.yaml`: each with the place that must be named, and what must be said about it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest

from bot.config.book import parse_book
from newsdesk.errors import ConfigError, Problem

TOPICS = ("ai", "collaboration", "film")
TOKEN = "1234567890:" + "AbCdEfGhIj" * 3 + "_-abc"

ONE = """\
sources:
  - id: a
    name: A
    url: https://a.example/feed
"""
ROUTE = (
    ONE
    + """\
routes:
  - id: now
    chat: preview
    when: any of [film]
"""
)
TWO = (
    ONE
    + """\
  - id: b
    name: B
    url: https://b.example/feed
"""
)

# A row: the file, with ▶ before the place that must be named; the key's path; a word of the message; of the remedy.
Row = tuple[str, str, str, str]

SYNTAX: list[Row] = [
    ("▶", "", "empty", "sources:"),
    ("▶# only a comment\n", "", "empty", "sources:"),
    ("---\n▶", "", "empty", "sources:"),
    ("▶just a sentence\n", "", "not a mapping", "sources:"),
    ("▶- a\n- b\n", "", "not a mapping", "sources:"),
    ("▶42\n", "", "not a mapping", "sources:"),
    ("sources: ▶[a, b\n", "", "[ is not closed", "]"),
    ("sources: ▶{a: b\n", "", "{ is not closed", "}"),
    ("sources:\n  - id: ▶'a\n", "", "never closed", "same quotation mark"),
    ('sources:\n  - id: ▶"a\n', "", "never closed", "same quotation mark"),
    (ONE + "▶\t- id: b\n", "", "tab", "spaces"),
    (ONE + "  ▶\t  note: x\n", "", "tab", "spaces"),
    (ONE + "    note:\tx▶: y\n", "", "colon", "quotes"),
    (ONE + "    note: ANTARA▶: terkini\n", "", "colon", "quotes"),
    (ONE + "    note: ▶@film\n", "", "begin", "quotes"),
    (ONE + "    note: ▶`film`\n", "", "begin", "quotes"),
    (ONE + "    note: ▶%film\n", "", "begin", "quotes"),
    (ONE + '    note: ▶"a\\q"\n', "", "backslash", "single quotes"),
    (ONE + "   ▶note: x\n", "", "indentation", "indent"),
    ("sources:\n    - id: a\n   ▶- id: b\n", "", "indentation", "align"),
    ("  defaults: {}\n ▶sources: []\n", "", "indentation", "column 1"),
    (ONE + "     note▶: x: y\n", "", "colon", "quotes"),
    ("- a\n▶b: c\n", "", "mixed", "indent"),
    ("sources: ▶]\n", "", "bracket", "remove"),
    ("sources:\n  - id: a\n    name\n    ▶url: x\n", "", "colon after a key", "key: value"),
    ("▶%YAML 1.2\n---\nsources: []\n", "", "%", "delete"),
    ("▶%TAG ! tag:x,2000:\n---\nsources: []\n", "", "%", "delete"),
    (ONE + "▶---\n" + ONE, "", "second document", "---"),
    ("sources: []▶]\n", "", "closes nothing", "delete"),
    ("sources:\n  - {id: a, ▶[b]: c}\n", "", "key is not plain text", "quotes"),
    ("sources:\n  - {▶{ source }}\n", "", "key is not plain text", "quotes"),
    ("sources: \x07\n".replace("\x07", "▶\x07"), "", "control character (U+0007)", "delete"),
    ("sources: ▶\u0000\n", "", "control character", "delete"),
    ("".join(f"k{n}: v\n" for n in range(1000)) + "▶k: v\n", "", "more than 1000 keys", "indent"),
    ("a: " + "[" * 15 + "▶" + "[" * 99 + "\n", "", "nested too deeply", "16"),
]

REFUSED: list[Row] = [
    (ONE + "defaults: ▶&all {every: 5m}\n", "defaults", "names this place", "not supported"),
    (ONE + "    note: ▶*x\n", "sources[0].note", "refers to another place", "write the value out"),
    (ONE + "    <<: ▶*base\n", "sources[0].<<", "refers to another place", "write the value out"),
    (ONE + "    note: ▶!!str x\n", "sources[0].note", "tag", "remove"),
    (ONE + "    note: ▶!!python/object/apply:os.system [x]\n", "sources[0].note", "tag", "remove"),
    (ONE + "    ▶!!str note: x\n", "sources[0].note", "tag", "remove"),
    (ONE + "    note: x\n    ▶note: y\n", "sources[0].note", "written twice", "line 5"),
    (ONE + "    ▶id: b\n", "sources[0].id", "written twice", "line 2"),
    (ONE + "▶sources:\n  - id: b\n", "sources", "written twice", "line 1"),
    (ONE + "topics:\n  film: {}\n  ▶film: {}\n", "topics.film", "written twice", "line 6"),
    (ONE + "defaults: {every: 5m, ▶every: 6m}\n", "defaults.every", "written twice", "line 5"),
    (ONE + f"# ▶{TOKEN}\n", "", "bot token", "LINTAS_TELEGRAM_TOKEN"),
    (ONE + f"    note: ▶{TOKEN}\n", "sources[0].note", "bot token", "revoke"),
    (ONE + f"    note: see ▶{TOKEN} there\n", "sources[0].note", "bot token", "revoke"),
    (ROUTE.replace("preview", f"▶{TOKEN}"), "routes[0].chat", "bot token", "revoke"),
]

SHAPE: list[Row] = [
    ("▶defaults: {}\n", "sources", "missing", "sources:"),
    ("▶{}\n", "sources", "missing", "sources:"),
    ("sources:▶\n", "sources", "no source", "- id:"),
    ("sources: ▶[]\n", "sources", "no source", "- id:"),
    ("sources: ▶none\n", "sources", "not a list", "- id:"),
    ("sources:\n  ▶antara:\n    url: x\n", "sources", "not a list", "- id:"),
    ("sources:\n  - ▶antara\n", "sources[0]", "not a mapping", "id:"),
    ("sources:\n  - ▶[a]\n", "sources[0]", "not a mapping", "id:"),
    ("sources:\n  -▶\n", "sources[0]", "not a mapping", "id:"),
    (ONE + "  - ▶b\n", "sources[1]", "not a mapping", "id:"),
    (ONE + "defaults: ▶15m\n", "defaults", "not a mapping", "every:"),
    (ONE + "defaults: ▶[15m]\n", "defaults", "not a mapping", "every:"),
    (ONE + "topics: ▶film\n", "topics", "not a mapping", "film:"),
    (ONE + "topics:\n  ▶- film\n", "topics", "not a mapping", "film:"),
    (ONE + "topics:\n  film: ▶[x]\n", "topics.film", "not a mapping", "also:"),
    (ONE + "topics:\n  film:▶\n", "topics.film", "not a mapping", "also:"),
    (ONE + "topics:\n  ▶Film Baru: {}\n", "topics.Film Baru", "not an id", "write film-baru"),
    (ONE + "routes: ▶preview\n", "routes", "not a list", "- id:"),
    (ONE + "routes:\n  ▶now:\n    chat: preview\n", "routes", "not a list", "- id:"),
    (ONE + "routes:▶\n", "routes", "not a list", "- id:"),
    (ONE + "routes:\n  - ▶now\n", "routes[0]", "not a mapping", "id:"),
    (ONE + "    rights: ▶never\n", "sources[0].rights", "not a mapping", "page_text:"),
    (ONE + "    rights:\n      ▶- never\n", "sources[0].rights", "not a mapping", "page_text:"),
    (ROUTE + "    quiet: ▶22:00-06:00\n", "routes[0].quiet", "not a mapping", "from:"),
    (ROUTE + "    digest: ▶daily\n", "routes[0].digest", "not a mapping", "at:"),
    (ONE + "    name2: x\n".replace("name2", "▶name2"), "sources[0].name2", "unknown key", "write name"),
    (ONE + "    every: ▶[15m]\n", "sources[0].every", "is a list", "one value"),
    (ONE + "    every:\n      ▶minutes: 15\n", "sources[0].every", "is a mapping", "one value"),
    (ONE + "    every:▶\n", "sources[0].every", "no value", "delete the key"),
    (ONE + "    note:▶\n", "sources[0].note", "no value", "delete the key"),
    ("sources:\n  - id:▶\n    name: A\n    url: https://a.example\n", "sources[0].id", "no value", "antara-terkini"),
]

UNKNOWN: list[Row] = [
    ("▶source: []\n" + ONE, "source", "unknown key", "write sources"),
    ("▶feeds: []\n" + ONE, "feeds", "unknown key", "write sources"),
    ("▶Defaults: {}\n" + ONE, "Defaults", "unknown key", "write defaults"),
    ("▶version: 2\n" + ONE, "version", "unknown key", "delete"),
    ("▶token: x\n" + ONE, "token", "unknown key", ""),
    (ONE + "    ▶evry: 15m\n", "sources[0].evry", "unknown key", "write every"),
    (ONE + "    ▶interval: 15m\n", "sources[0].interval", "unknown key", "write every"),
    (ONE + "    ▶Every: 15m\n", "sources[0].Every", "unknown key", "write every"),
    (ONE + "    ▶tz: Asia/Jakarta\n", "sources[0].tz", "unknown key", "write timezone"),
    (ONE + "    ▶time_zone: Asia/Jakarta\n", "sources[0].time_zone", "unknown key", "write timezone"),
    (ONE + "    ▶lang: id\n", "sources[0].lang", "unknown key", "write language"),
    (ONE + "    ▶maxage: 3d\n", "sources[0].maxage", "unknown key", "write max_age"),
    (ONE + "    ▶max-age: 3d\n", "sources[0].max-age", "unknown key", "write max_age"),
    (ONE + "    ▶disabled: true\n", "sources[0].disabled", "unknown key", "write enabled"),
    (ONE + "    ▶page_text: never\n", "sources[0].page_text", "unknown key", "rights"),
    (ONE + "    ▶type: feed\n", "sources[0].type", "unknown key", "write kind"),
    (ONE + "    ▶colour: red\n", "sources[0].colour", "unknown key", "known here: id, name, url"),
    (ONE + "    ▶id : b\n    x: y\n".replace("    x: y\n", ""), "sources[0].id", "written twice", "line 2"),
    (ONE + "    rights: {▶pagetext: never}\n", "sources[0].rights.pagetext", "unknown key", "write page_text"),
    (ONE + "defaults: {▶name: A}\n", "defaults.name", "unknown key", "known here: every"),
    (ONE + "defaults: {▶chat: preview}\n", "defaults.chat", "unknown key", "known here: every"),
    (ROUTE + "    ▶channel: preview\n", "routes[0].channel", "unknown key", "write chat"),
    (ROUTE + "    ▶if: any of [film]\n", "routes[0].if", "unknown key", "write when"),
    (ROUTE + "    ▶quite: {}\n", "routes[0].quite", "unknown key", "write quiet"),
    (ROUTE + '    quiet: {from: "22:00", to: "06:00", ▶tz: UTC}\n', "routes[0].quiet.tz", "unknown key", "delete"),
    (ROUTE + '    digest: {at: "07:00", ▶limit: 5}\n', "routes[0].digest.limit", "unknown key", "write top"),
]

MISSING: list[Row] = [
    ("sources:\n  - ▶name: A\n    url: https://a.example\n", "sources[0].id", "missing", "id: antara-terkini"),
    ("sources:\n  - ▶id: a\n    url: https://a.example\n", "sources[0].name", "missing", "name: ANTARA"),
    ("sources:\n  - ▶id: a\n    name: A\n", "sources[0].url", "missing", "url: https://"),
    (ONE + "  -\n    ▶id: b\n    name: B\n", "sources[1].url", "missing", "url: https://"),
    (ROUTE.replace("id: now", "▶timezone: UTC"), "routes[0].id", "missing", "id: highlights"),
    (ROUTE.replace("id: now\n    chat: preview", "▶id: now"), "routes[0].chat", "missing", "chat: preview"),
    (
        ROUTE.replace("    when: any of [film]\n", "").replace("id: now", "▶id: now"),
        "routes[0].when",
        "missing",
        "when:",
    ),
    (ROUTE + '    quiet: ▶{from: "22:00"}\n', "routes[0].quiet.to", "missing", '"06:00"'),
    (ROUTE + '    quiet:\n      ▶to: "06:00"\n', "routes[0].quiet.from", "missing", '"22:00"'),
    (ROUTE + "    digest: ▶{top: 5}\n", "routes[0].digest.at", "missing", '"07:00"'),
]


def of_source(key: str, value: str, message: str, remedy: str) -> Row:
    """One wrong value of one key of the first source."""
    return f"{ONE}    {key}: ▶{value}\n", f"sources[0].{key}", message, remedy


def of_route(key: str, value: str, message: str, remedy: str) -> Row:
    """One wrong value of one key of the first route."""
    lines = [line for line in ROUTE.splitlines(keepends=True) if not line.startswith(f"    {key}:")]
    return f"{''.join(lines)}    {key}: ▶{value}\n", f"routes[0].{key}", message, remedy


VALUES: list[Row] = [
    *(
        (f"sources:\n  - name: A\n    url: https://a.example\n    id: ▶{value}\n", "sources[0].id", "not an id", remedy)
        for value, remedy in (
            ("Antara", "write antara"),
            ("antara_terkini", "write antara-terkini"),
            ("antara terkini", "write antara-terkini"),
            ("antara--x", "write antara-x"),
            ("-antara", "write antara"),
            ("antara.com/rss", "write antara-com-rss"),
            ("安塔拉", "antara-terkini"),
            ('""', "antara-terkini"),
            ("a" * 65, "write aaa"),
        )
    ),
    *(
        (f"sources:\n  - id: a\n    name: A\n    url: ▶{value}\n", "sources[0].url", message, remedy)
        for value, message, remedy in (
            ("antaranews.com/rss", "not a web address", "https://"),
            ("www.antaranews.com", "not a web address", "https://"),
            ("//a.example/feed", "not a web address", "https://"),
            ("/var/feeds/a.xml", "not a web address", "https://"),
            ("https:/a.example", "not a web address", "https://"),
            ("ftp://a.example/feed", "cannot be polled", "https://"),
            ("file:///etc/passwd", "cannot be polled", "https://"),
            ("feed://a.example/feed", "cannot be polled", "https://"),
            ("https://", "no proper host", "https://host/path"),
            ("https:///feed", "no proper host", "https://host/path"),
            ("https://a..example/feed", "no proper host", "https://host/path"),
            ("https://-a.example/feed", "no proper host", "https://host/path"),
            ("https://a.example:99999/feed", "broken host or port", "https://host/path"),
            ("https://a.example:http/feed", "broken host or port", "https://host/path"),
            ("https://[::1/feed", "broken host or port", "https://host/path"),
            ("https://user:pass@a.example/feed", "user name", "before the @"),
            ("https://user@a.example/feed", "user name", "before the @"),
            ("https://a.example/a feed", "blanks", "%20"),
            ('"https://a.example/a\\nfeed"', "blanks", "copy it again"),
            ("https://a.example/" + "x" * 2000, "2018 characters", "at most 2000"),
            ('""', "not a web address", "https://"),
        )
    ),
    of_source("every", "15", "no unit", "write 15m"),
    of_source("every", "900", "no unit", "900m"),
    of_source("every", "15 minutes", "not a length of time", "write 15m"),
    of_source("every", "15min", "not a length of time", "write 15m"),
    of_source("every", "15 m", "not a length of time", "write 15m"),
    of_source("every", "15M", "not a length of time", "write 15m"),
    of_source("every", "2 jam", "not a length of time", "write 2h"),
    of_source("every", "1.5h", "not a length of time", "90s, 15m, 2h or 3d"),
    of_source("every", "-5m", "not a length of time", "90s, 15m, 2h or 3d"),
    of_source("every", "1h30m", "not a length of time", "90s, 15m, 2h or 3d"),
    of_source("every", "00:15", "not a length of time", "90s, 15m, 2h or 3d"),
    of_source("every", "often", "not a length of time", "90s, 15m, 2h or 3d"),
    of_source("every", "2w", "not a length of time", "90s, 15m, 2h or 3d"),
    of_source("every", "59s", "too short", "at least 1m"),
    of_source("every", "0m", "too short", "at least 1m"),
    of_source("every", "31d", "too long", "at most 30d"),
    of_source("max_age", "0h", "too short", "at least 1m"),
    of_source("max_age", "9999d", "too long", "at most 3650d"),
    of_source("max_age", "three days", "not a length of time", "3d"),
    of_source("first", "-1", "out of bounds", "0 to 20"),
    of_source("first", "21", "out of bounds", "0 to 20"),
    of_source("first", "three", "not a whole number", "0 to 20"),
    of_source("first", "3.0", "not a whole number", "0 to 20"),
    of_source("first", "3m", "not a whole number", "0 to 20"),
    of_source("timezone", "WIB", "not a time zone", "write Asia/Jakarta"),
    of_source("timezone", "WITA", "not a time zone", "write Asia/Makassar"),
    of_source("timezone", '"+0700"', "not a time zone", "write Asia/Jakarta"),
    of_source("timezone", "Asia/Jakata", "not a time zone", "write Asia/Jakarta"),
    of_source("timezone", "asia/jakarta!", "not a time zone", "write Asia/Jakarta"),
    of_source("timezone", "Asia", "not a time zone", "write"),
    of_source("timezone", "../../etc/passwd", "not a time zone", "write"),
    of_source("timezone", "/etc/localtime", "not a time zone", "write"),
    of_source("timezone", "no", "not a time zone", "write"),
    of_source("language", "ID", "two-letter", "write id"),
    of_source("language", "indonesian", "two-letter", "write id"),
    of_source("language", "in", "two-letter", "write id"),
    of_source("language", "en-GB", "two-letter", "write en"),
    of_source("language", "cn", "two-letter", "write zh"),
    of_source("language", "xx", "two-letter", "id, en, zh or ko"),
    of_source("language", "1", "two-letter", "id, en, zh or ko"),
    of_source("kind", "rss", "not known here", "feed, sitemap or listing"),
    of_source("kind", "Feed", "not known here", "write feed"),
    of_source("kind", "sitemaps", "not known here", "write sitemap"),
    of_source("kind", "listing", "which links are articles", "pattern:"),
    of_source("enabled", "no", "neither true nor false", "write false"),
    of_source("enabled", "yes", "neither true nor false", "write true"),
    of_source("enabled", "True", "neither true nor false", "write true"),
    of_source("enabled", "0", "neither true nor false", "write false"),
    of_source("enabled", "maybe", "neither true nor false", "write true or false"),
    of_source("verified", "off", "neither true nor false", "write false"),
    of_source("note", '"  "', "empty", "delete the key"),
    of_source("note", "x" * 501, "501 characters", "at most 500"),
    (ONE + "    rights: {page_text: ▶always}\n", "sources[0].rights.page_text", "not known here", "never or judge"),
    (ONE + "    rights:\n      page_text: ▶no\n", "sources[0].rights.page_text", "not known here", "never or judge"),
    (ONE + "    rights: {page_text: ▶Judge}\n", "sources[0].rights.page_text", "not known here", "write judge"),
    (ONE + "defaults: {every: ▶5}\n", "defaults.every", "no unit", "write 5m"),
    (ONE + "defaults: {timezone: ▶WIT}\n", "defaults.timezone", "not a time zone", "write Asia/Jayapura"),
    (ONE + "defaults: {rights: {page_text: ▶x}}\n", "defaults.rights.page_text", "not known here", "never or judge"),
]

LISTING = ONE + "    kind: listing\n"
LISTINGS: list[Row] = [
    (ONE + "    ▶pattern: /{slug}\n", "sources[0].pattern", "only for listings", "kind: listing"),
    (ONE + "    kind: sitemap\n    ▶item: article\n", "sources[0].item", "only for listings", "kind: listing"),
    (LISTING + "    pattern: {author}▶/{slug}\n", "", "follows a closing bracket", "into quotes"),
    (LISTING + "    pattern: ▶'{author}/{slug}'\n", "sources[0].pattern", "begin with /", "the path only"),
    (LISTING + "    pattern: ▶https://a.example/{slug}\n", "sources[0].pattern", "begin with /", "the path only"),
    (LISTING + "    pattern: ▶/{slug\n", "sources[0].pattern", "not a path pattern", "{ }"),
    (LISTING + "    pattern: ▶/{{slug}}\n", "sources[0].pattern", "not a path pattern", "{ }"),
    (LISTING + "    pattern: ▶/{a slug}\n", "sources[0].pattern", "not a path pattern", "{ }"),
    (LISTING + "    pattern: ▶/{slug}?page=1\n", "sources[0].pattern", "not a path pattern", "{ }"),
    (LISTING + "    pattern: ▶/berita/\n", "sources[0].pattern", "no variable part", "{slug}"),
    (LISTING + '    item: ▶""\n', "sources[0].item", "empty", "delete the key"),
    (ONE + "    kind: ▶listing\n    title: h2\n    link: a\n", "sources[0].kind", "which links", "item:"),
]

ROUTES: list[Row] = [
    of_route("chat", '"@layar"', "not a numeric chat id", "web client"),
    of_route("chat", "layar", "not a numeric chat id", "behind #"),
    of_route("chat", "https://t.me/layar", "not a numeric chat id", "-100"),
    of_route("chat", "-100 1234567890", "not a numeric chat id", "-100"),
    of_route("chat", '"0"', "not a numeric chat id", "or write preview"),
    of_route("chat", "Preview", "not a chat", "write preview"),
    of_route("chat", "[-1001234567890]", "is a list", "one value"),
    of_route("when", "film", "not a rule", "any of [film]"),
    of_route("when", "[film, ai]", "is a list", "one value"),
    of_route("when", "at least two of [film, ai]", "not a rule", "at least 2 of"),
    of_route("when", "any of (film, ai)", "not a rule", "any of [film]"),
    of_route("when", "none of [film]", "not a rule", "any of [film]"),
    of_route("when", "any of []", "names no topic", "[film, ai]"),
    of_route("when", "any of [film, film]", "names a topic twice", "once"),
    of_route("when", "at least 3 of [film, ai]", "impossible", "1 to 2"),
    of_route("when", "at least 0 of [film, ai]", "impossible", "1 to 2"),
    of_route("when", "any of [flim]", "is not a topic", "write film"),
    of_route("when", "any of [film, batik]", "is not a topic", "define it under topics:"),
    of_route("when", "any of [Film]", "is not a topic", "write film"),
    of_route("when", "any of [film", "not a rule", "any of [film]"),
    (ROUTE.replace("id: now", "id: ▶Now!"), "routes[0].id", "not an id", "write now"),
    of_route("timezone", "Jakarta", "not a time zone", "write Asia/Jakarta"),
    (ROUTE + "    quiet: {from: ▶22, to: 06:00}\n", "routes[0].quiet.from", "not a time of day", 'write "22:00"'),
    (ROUTE + "    quiet: {from: 22:00, to: ▶6:00}\n", "routes[0].quiet.to", "not a time of day", 'write "06:00"'),
    (ROUTE + "    quiet: {from: 22:00, to: ▶06.00}\n", "routes[0].quiet.to", "not a time of day", 'write "06:00"'),
    (ROUTE + "    quiet: {from: ▶24:00, to: 06:00}\n", "routes[0].quiet.from", "not a time of day", "23:59"),
    (ROUTE + "    quiet: {from: ▶10pm, to: 06:00}\n", "routes[0].quiet.from", "not a time of day", "07:00"),
    (ROUTE + "    quiet: {from: ▶1320, to: 06:00}\n", "routes[0].quiet.from", "not a time of day", "07:00"),
    (ROUTE + "    quiet: ▶{from: 22:00, to: 22:00}\n", "routes[0].quiet", "at the same time", "two times"),
    (ROUTE + "    digest: {at: ▶[]}\n", "routes[0].digest.at", "empty list", '"07:00"'),
    (ROUTE + "    digest: {at: [07:00, ▶7am]}\n", "routes[0].digest.at[1]", "not a time of day", "07:00"),
    (ROUTE + "    digest: {at: [07:00, ▶07:00]}\n", "routes[0].digest.at[1]", "stands twice", "delete one"),
    (ROUTE + "    digest: {at: [▶{hour: 7}]}\n", "routes[0].digest.at[0]", "is a mapping", "one value"),
    (ROUTE + "    digest: {at: ▶noon}\n", "routes[0].digest.at", "not a time of day", "07:00"),
    (ROUTE + "    digest: {at: 07:00, top: ▶0}\n", "routes[0].digest.top", "out of bounds", "1 to 50"),
    (ROUTE + "    digest: {at: 07:00, top: ▶all}\n", "routes[0].digest.top", "not a whole number", "1 to 50"),
    (ROUTE + "    weekly: ▶sunday\n", "routes[0].weekly", "not a mapping", "on:"),
    (ROUTE + "    weekly: ▶{at: 18:00}\n", "routes[0].weekly.on", "missing", "on: sunday"),
    (ROUTE + "    weekly: ▶{on: sunday}\n", "routes[0].weekly.at", "missing", '"18:00"'),
    (ROUTE + "    weekly: {on: ▶minggu, at: 18:00}\n", "routes[0].weekly.on", "not a day of the week", "write sunday"),
    (ROUTE + "    weekly: {on: ▶Sunday, at: 18:00}\n", "routes[0].weekly.on", "not a day of the week", "write sunday"),
    (ROUTE + "    weekly: {on: ▶[sunday], at: 18:00}\n", "routes[0].weekly.on", "is a list", "one value"),
    (ROUTE + "    weekly: {on: sunday, at: ▶6pm}\n", "routes[0].weekly.at", "not a time of day", "07:00"),
    (ROUTE + "    weekly: {on: sunday, at: 18:00, top: ▶0}\n", "routes[0].weekly.top", "out of bounds", "1 to 20"),
    (ROUTE + "    weekly: {on: sunday, at: 18:00, ▶limit: 5}\n", "routes[0].weekly.limit", "unknown key", "write top"),
    (
        ROUTE + "    weekly: {on: sunday, at: 18:00}\n    ▶digest: {at: 07:00}\n",
        "routes[0].digest",
        "no place in a route with weekly",
        "route of its own",
    ),
]

TWICE: list[Row] = [
    (TWO.replace("id: b", "id: ▶a"), "sources[1].id", "same as on line 2", "id of its own"),
    (TWO.replace("https://b.example", "▶https://a.example"), "sources[1].url", "same as on line 4", "delete one"),
    (TWO.replace("https://b.example", "▶http://a.example"), "sources[1].url", "same as on line 4", "delete one"),
    (
        TWO.replace("https://b.example/feed", "▶https://A.Example/feed/"),
        "sources[1].url",
        "same as on line 4",
        "delete",
    ),
    (
        ROUTE.replace("chat: preview", "chat: preview\n    ▶topic: 12"),
        "routes[0].topic",
        "is only for the topics of a forum",
        "begins with -100",
    ),
    (
        ROUTE.replace("chat: preview", "chat: -1001234567890\n    topic: ▶0"),
        "routes[0].topic",
        "is out of bounds",
        "from 1 to",
    ),
    (
        ROUTE + "  - id: ▶now\n    chat: preview\n    when: any of [ai]\n",
        "routes[1].id",
        "same as on line 6",
        "of its own",
    ),
]

ROWS = [*SYNTAX, *REFUSED, *SHAPE, *UNKNOWN, *MISSING, *VALUES, *LISTINGS, *ROUTES, *TWICE]


def topics_only(additions: Mapping[str, Any]) -> tuple[tuple[str, ...], list[Problem]]:
    """The three topics and whatever is added, without compiling rules."""
    return (*TOPICS, *additions), []


def problems_of(text: str) -> list[str]:
    """The lines that `lintas check` would print about a file of this text."""
    with pytest.raises(ConfigError) as caught:
        parse_book(text.encode(), file="sources.yaml", check=topics_only)
    return caught.value.lines()


def place_marked(text: str) -> tuple[str, int, int]:
    """The text without its mark, and the line and column of what followed the mark."""
    before, mark, after = text.partition("▶")
    assert mark, "the row marks no place"
    return before + after, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def check_row(row: Row) -> None:
    """The file of this row gives exactly one line: FILE:LINE:COL: key.path: what is wrong; what to write."""
    marked, path, message, remedy = row
    text, line, column = place_marked(marked)
    assert message
    lines = problems_of(text)
    assert len(lines) == 1, lines
    start = f"sources.yaml:{line}:{column}: " + (f"{path}: " if path else "")
    assert lines[0].startswith(start), lines
    said, separator, instead = lines[0].removeprefix(start).partition("; ")
    assert separator
    assert message in said
    assert remedy in instead
    assert "\n" not in lines[0]
    assert TOKEN not in lines[0]


def many_mistakes(dice: random.Random, mistakes: int) -> tuple[str, list[tuple[int, int, str]]]:
    """A file with so many mistakes in as many sources, and where each stands: line, column, key's path."""
    rows = [row for row in VALUES if row[1].startswith("sources[0].") and row[0].startswith(ONE)]
    text, places = "sources:\n", []
    for number, row in enumerate(dice.sample(rows, mistakes)):
        body = row[0].removeprefix("sources:\n").replace("id: a\n", f"id: a{number}\n", 1)
        body = body.replace("https://a.example/feed", f"https://a{number}.example/feed", 1)
        before, _, after = body.partition("▶")
        so_far = text + before
        line = so_far.count("\n") + 1
        places.append((line, len(so_far) - so_far.rfind("\n"), row[1].replace("[0]", f"[{number}]", 1)))
        text = so_far + after
    return text, places
