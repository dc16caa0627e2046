"""sources.yaml to a SourceBook: every key checked, every problem found in one run, or nothing at all.

Three steps. The text becomes plain data with places (document.py); each section is read by its table of keys
(reader.py, keys.py); then what concerns several places at once is compared. A SourceBook is built only when nothing
was found.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.config import fields
from bot.config.document import MAX_BYTES, MAX_PROBLEMS, Document, read_document, typed
from bot.config.document import Path as KeyPath
from bot.config.keys import COMMON, FILE, LISTING, ROUTE, SOURCE
from bot.config.reader import Enough, SectionReader
from bot.config.rules import check_topics
from newsdesk.errors import ConfigError, Problem
from newsdesk.routes import PREVIEW, Digest, QuietHours, Route, TopicRule, Weekly
from newsdesk.sources import Listing, PageText, Source, SourceBook, SourceKind


def default_routes() -> tuple[Route, ...]:
    """The routes of a file that names none: crossings at once, the rest twice a day, both to the preview."""
    topics = ("film", "ai", "collaboration")
    night = QuietHours(fields.clock("22:00"), fields.clock("06:00"))
    twice = Digest((fields.clock("07:00"), fields.clock("17:00")), 12)
    return (
        Route(id="highlights", chat=PREVIEW, when=TopicRule(2, topics), quiet=night),
        Route(id="roundup", chat=PREVIEW, when=TopicRule(1, topics), digest=twice),
    )


def load_book(path: Path) -> SourceBook:
    """Read and check the operator's file.

    Raises ConfigError with every problem, in the order of the file; a file that cannot be read is one as well.
    """
    return parse_book(read_bytes(path), file=str(path))


def read_bytes(path: Path) -> bytes:
    """The file's bytes, up to one more than the largest that is read. Raises ConfigError when there are none."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            what = "is a directory" if path.is_dir() else "is not a regular file"
            raise ConfigError([Problem((), what, "name the file itself, such as sources.yaml", 1, 1)], str(path))
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        problem = Problem(
            (), "there is no such file", "create it, or name another with --sources or LINTAS_SOURCES", 1, 1
        )
        raise ConfigError([problem], str(path)) from error
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        problem = Problem((), f"the file cannot be read ({why})", "let this user read it, or name another file", 1, 1)
        raise ConfigError([problem], str(path)) from error


def book_digest(raw: bytes) -> str:
    """The hash by which a file's content is known."""
    return hashlib.blake2b(raw, digest_size=16).hexdigest()


TopicCheck = Callable[[Mapping[str, Mapping[str, Any]]], tuple[tuple[str, ...], list[Problem]]]
"""The operator's additions in; all topic names and the problems of the additions out."""


def parse_book(raw: bytes, *, file: str = "", check: TopicCheck = check_topics) -> SourceBook:
    """The SourceBook that these bytes say.

    Raises ConfigError with every problem, in the order of the file.
    """
    document = read_document(raw)
    problems = [*document.problems, *_tokens(raw, document)]
    book = None
    # Where the text broke off, what follows from the missing rest is noise.
    if not document.broken:
        reader = _BookReader(document, check=check)
        with suppress(Enough):
            book = reader.book()
        refused = {problem.path for problem in problems}
        problems += [document.locate(p) for p in reader.problems if not p.path or p.path not in refused]
    if problems or book is None:
        ordered = sorted(problems, key=lambda problem: (problem.line, problem.column))
        raise ConfigError([_printable(problem) for problem in ordered], file)
    return replace(book, digest=book_digest(raw))


def _printable(problem: Problem) -> Problem:
    """One line whatever the file holds, and no secret in it: keys and words of the file stand in the messages."""
    path = tuple(fields.plain(part) if isinstance(part, str) else part for part in problem.path)
    return replace(problem, path=path, message=fields.plain(problem.message), remedy=fields.plain(problem.remedy))


def _tokens(raw: bytes, document: Document) -> list[Problem]:
    """Bot tokens anywhere in the text, comments included: this file is shared, shown and committed."""
    text = raw[: MAX_BYTES + 1].decode("utf-8-sig", "replace")
    if not fields.TOKEN_TAIL.search(text):
        return []
    found = []
    for match in islice(fields.TOKEN_SHAPE.finditer(text), MAX_PROBLEMS):
        line = text.count("\n", 0, match.start()) + 1
        place = (line, match.start() - (text.rfind("\n", 0, match.start()) + 1) + 1)
        remedy = "delete it and have BotFather revoke it; the new one belongs into LINTAS_TELEGRAM_TOKEN"
        found.append(Problem(document.path_at(place), "a bot token stands here", remedy, *place))
    return found


@dataclass(slots=True)
class _BookReader(SectionReader):
    """The sections of the operator's file, and what concerns several of them."""

    check: TopicCheck = check_topics

    def book(self) -> SourceBook | None:
        """The whole file; None when something was wrong."""
        data = self.document.data
        if data is None or data == "":
            self.wrong((), "the file is empty", "write sources: and list at least one source below it")
            return None
        if not isinstance(data, dict):
            self.wrong((), "the file is not a mapping", "begin it with sources: in column 1")
            return None
        self.unknown_keys(data, (), FILE)
        defaults = self.section(data["defaults"], ("defaults",), COMMON) if "defaults" in data else {}
        sources = self.sources(data, defaults)
        topics = self.topics(data["topics"]) if "topics" in data else {}
        routes = self.routes(data["routes"]) if "routes" in data else None
        self.check_topics(routes or [], topics)
        self.check_forums(routes or [])
        if self.problems:
            return None
        built = default_routes() if routes is None else tuple(_route(route) for route in routes)
        return SourceBook(sources=tuple(_source(source) for source in sources), routes=built, topics=topics)

    def sources(self, data: dict[str, Any], defaults: dict[str, Any]) -> list[dict[str, Any]]:
        if "sources" not in data:
            self.wrong(("sources",), "is missing", "write sources: and list at least one source below it")
            return []
        if data["sources"] in ("", []):
            self.wrong(("sources",), "no source is listed", "list at least one, beginning with - id: and its name")
            return []
        read = self.sections(data["sources"], ("sources",), SOURCE)
        for path, source in read:
            self.check_listing(path, source)
        self.unique(read, "id", str)
        self.unique(read, "url", _same_url)
        return [_with_defaults(source, defaults) for _, source in read]

    def routes(self, value: Any) -> list[dict[str, Any]]:
        read = self.sections(value, ("routes",), ROUTE) if value != [] else []
        for path, route in read:
            quiet = route.get("quiet", {})
            if len(quiet) == 2 and quiet["from"] == quiet["to"]:
                self.wrong((*path, "quiet"), "the quiet hours begin and end at the same time", "write two times")
            for other in ("digest", "quiet"):
                if "weekly" in route and other in route:
                    remedy = "delete it, or make it a route of its own"
                    self.wrong((*path, other), "has no place in a route with weekly", remedy, on_key=True)
        self.unique(read, "id", str)
        return [route for _, route in read]

    def topics(self, value: Any) -> dict[str, dict[str, Any]]:
        if not isinstance(value, dict):
            self.wrong(("topics",), "is not a mapping", "write film: below it, then also: and a list of words")
            return {}
        good = {}
        for topic, rules in value.items():
            path = ("topics", topic)
            if not isinstance(rules, dict):
                self.wrong(path, "is not a mapping", "write also:, never: or any: below it, and a list of words")
                continue
            try:
                good[fields.identifier(topic)] = typed(rules)
            except fields.Wrong as wrong:
                self.wrong(path, wrong.message, wrong.remedy, on_key=True)
        return good

    def check_listing(self, path: KeyPath, source: dict[str, Any]) -> None:
        """A listing needs to know what an article looks like; other kinds must not think that they do."""
        written = {name for name in ("kind", *LISTING) if (*path, name) in self.document.keys}
        if "kind" in written and "kind" not in source:
            return  # what was meant is not known
        if source.get("kind") != SourceKind.LISTING:
            for name in LISTING:
                if name in source:
                    remedy = "write kind: listing as well, or delete it"
                    self.wrong((*path, name), "is only for listings", remedy, on_key=True)
        elif not written & {"item", "pattern"}:
            remedy = "write pattern: /{author}/{MMYY}/{slug}, or item:, title: and link: as CSS selectors"
            self.wrong((*path, "kind"), "a listing does not say which links are articles", remedy)

    def check_forums(self, routes: list[dict[str, Any]]) -> None:
        """Only a group can be a forum with topics."""
        for number, route in enumerate(routes):
            if "topic" in route and not str(route.get("chat", "-100")).startswith("-100"):
                remedy = "write the group's number, which begins with -100, as chat:, or delete it"
                self.wrong(("routes", number, "topic"), "is only for the topics of a forum", remedy, on_key=True)

    def check_topics(self, routes: list[dict[str, Any]], topics: Mapping[str, Any]) -> None:
        """The additions compile, and routes speak of topics that exist."""
        known, problems = self.check(topics)
        written = self.document.data.get("topics")
        # A topic that is defined wrongly is reported there, not again by each route that names it.
        known = (*known, *written) if isinstance(written, dict) else known
        for problem in problems:
            whole = not self.document.is_text(problem.path)
            self.problems.append(replace(problem, on_key=whole or problem.on_key))
        for number, route in enumerate(routes):
            rule = route.get("when")
            for topic in rule.topics if rule is not None else ():
                if topic not in known:
                    guess = fields.nearest(topic, known)
                    remedy = f"write {guess}" if guess else f"known are {', '.join(known)}; or define it under topics:"
                    self.wrong(("routes", number, "when"), f"{fields.shown(topic)} is not a topic", remedy)


def _same_url(url: str) -> str:
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.netloc.casefold()}{parts.path.rstrip('/')}{query}"


def _with_defaults(source: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    return {**defaults, **source, "rights": {**defaults.get("rights", {}), **source.get("rights", {})}}


def _source(values: dict[str, Any]) -> Source:
    plain = {name: value for name, value in values.items() if name not in (*LISTING, "rights", "kind")}
    listing = {name: values[name] for name in LISTING if name in values}
    return Source(
        **plain,
        kind=SourceKind(values.get("kind", SourceKind.FEED)),
        page_text=PageText(values["rights"].get("page_text", PageText.NEVER)),
        listing=Listing(**listing) if listing else None,
    )


def _route(values: dict[str, Any]) -> Route:
    quiet, digest, weekly = (values.get(name) for name in ("quiet", "digest", "weekly"))
    plain = {name: values[name] for name in ("id", "chat", "topic", "when", "timezone") if name in values}
    return Route(
        **plain,
        quiet=QuietHours(quiet["from"], quiet["to"]) if quiet else None,
        digest=Digest(**digest) if digest else None,
        weekly=Weekly(**weekly) if weekly else None,
    )
