"""YAML text to plain data with the place of every value: the part of YAML that an operator's file needs.

Everything stays text: ``no``, ``22:30`` and ``012`` are what was written, and the reader of a key decides what it
means. Refused are what makes a file mean something else than it seems to (a key written twice, tags, anchors and
aliases, a second document) and what makes it expensive (depth, size). The parser's *events* are walked, not its
node tree: that needs no recursion, stops at the first excess, and an alias is never followed, so a file that
unfolds to gigabytes costs what its text costs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import yaml

from newsdesk.errors import Problem

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 16
MAX_NODES = 25_000
MAX_KEYS = 1000
"""In one mapping; lists of sources may be longer."""
MAX_PROBLEMS = 500
"""More than anybody mends at once; the rest is found in the next run."""

Path = tuple[str | int, ...]
Place = tuple[int, int]

# libyaml is about twenty times faster; PyYAML built without it still reads every file, more slowly.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)
_TAB_INDENT = re.compile(r"^ *\t+[ \t]*[^\s#]")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?")


class Plain(str):
    """A scalar written without quotes: the only kind that may stand for a number, true, false or nothing."""

    __slots__ = ()


@dataclass(slots=True)
class Document:
    """What a YAML text says, as dict, list and str, and where each part of it stands (line and column from one)."""

    data: Any = None
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    broken: bool = False
    """True when reading stopped before the end, so that what is missing says nothing."""

    def locate(self, problem: Problem) -> Problem:
        """The problem with its line and column; one about something missing gets the place of what lacks it."""
        if problem.line:
            return problem
        if problem.on_key and problem.path in self.keys:
            line, column = self.keys[problem.path]
            return replace(problem, line=line, column=column)
        path = problem.path
        while path and path not in self.values:
            path = path[:-1]
        line, column = self.values.get(path, (1, 1))
        return replace(problem, line=line, column=column)

    def is_text(self, path: Path) -> bool:
        """Whether a path leads to a text (not to a mapping, a list or nothing)."""
        value = self.data
        for part in path:
            inside = isinstance(value, dict) if isinstance(part, str) else isinstance(value, list)
            if not inside or (part not in value if isinstance(part, str) else part >= len(value)):
                return False
            value = value[part]
        return isinstance(value, str)

    def path_at(self, place: Place) -> Path:
        """The path of what stands at a place: of the last key or value that begins there or before, on its line."""
        line = [(where, path) for found in (self.keys, self.values) for path, where in found.items()]
        before = [(where, len(path), path) for where, path in line if where[0] == place[0] and where <= place]
        return max(before, key=lambda one: one[:2])[2] if before else ()

    def line(self, path: Path) -> int:
        """The line of a value, 0 when there is none."""
        return self.values.get(path, (0, 0))[0]


def read_document(raw: bytes) -> Document:
    """Read YAML. Never raises: what is wrong stands in `problems`, and `data` is what could be read before it."""
    if len(raw) > MAX_BYTES:
        return _refused(1, 1, "the file is larger than 1 MiB", "keep it smaller; it should only list sources")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        good = raw[: error.start].decode("utf-8-sig", "replace")
        return _refused(*_end_of(good), "the file is not UTF-8 text", "save it as UTF-8 in your editor")
    unprintable = _UNPRINTABLE.search(text)
    if unprintable:
        place = _end_of(text[: unprintable.start()])
        code = f"U+{ord(unprintable.group()):04X}"
        return _refused(*place, f"an invisible control character ({code}) stands here", "delete it")
    directive = _DIRECTIVE.search(text)
    if directive:  # a thousand %TAG lines cost a second, and what they are for is refused anyway
        place = _end_of(text[: directive.start()])
        return _refused(*place, "a line begins with %", "delete it, or put the value into quotes")
    composer = _Composer()
    try:
        composer.run(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        composer.document.problems.extend(_syntax_problems(error, text))
        composer.document.broken = True
    except _Stop as stop:
        composer.document.problems.append(stop.problem)
        composer.document.broken = True
    return composer.document


def typed(value: Any) -> Any:
    """Plain numbers, true and false as what they mean, nothing as None; all other text (no, on, 22:30, 012) as text.

    For rule sets, where a weight is a number but a keyword such as ``no`` must stay a word.
    """
    if isinstance(value, dict):
        return {str(key): typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    if not isinstance(value, Plain):
        return value
    if value in ("true", "false", ""):
        return {"true": True, "false": False, "": None}[value]
    if _NUMBER.fullmatch(value):
        return float(value) if "." in value else int(value)
    return str(value)


class _Stop(Exception):
    """Ends the walk with one last problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.message)


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is still open. `key` is the mapping's key that waits for its value."""

    path: Path
    items: dict[str, Any] | list[Any]
    key: str | None = None
    twice: bool = False


class _Composer:
    """Builds the data from parser events with a stack of its own."""

    def __init__(self) -> None:
        self.document = Document()
        self.stack: list[_Frame] = []
        self.nodes = 0
        self.documents = 0

    def run(self, events: Iterator[Any]) -> None:
        for event in events:
            if isinstance(event, yaml.NodeEvent):
                self.node(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.stack.pop()
            elif isinstance(event, yaml.DocumentStartEvent):
                self.documents += 1
                if self.documents > 1:
                    self.stop(event, "a second document begins here", "delete this --- line: one file is one document")

    def node(self, event: Any) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self.stop(event, f"the file has more than {MAX_NODES} values", "split the sources over two instances")
        frame = self.stack[-1] if self.stack else None
        if frame is not None and isinstance(frame.items, dict) and frame.key is None:
            self.key(frame, event)
            return
        path = self.path_of_next(frame)
        mark = event.start_mark
        self.document.values.setdefault(path, (mark.line + 1, mark.column + 1))
        if event.anchor is not None or getattr(event, "tag", None) is not None:
            self.complain(event, path)
        value = self.value(event, path)
        self.attach(frame, value)

    def key(self, frame: _Frame, event: Any) -> None:
        """Read a mapping's key; what follows is its value."""
        if not isinstance(event, yaml.ScalarEvent):
            self.stop(event, "a key is not plain text", 'write "key: value"; text with { } or [ ] in it needs quotes')
        if len(frame.items) >= MAX_KEYS:
            self.stop(event, f"more than {MAX_KEYS} keys stand on one level", "look for a missing indent or a lost -")
        path = (*frame.path, event.value)
        if event.anchor is not None or event.tag is not None:
            self.complain(event, path)
        frame.key = event.value
        frame.twice = event.value in frame.items
        if frame.twice:
            first = self.document.keys[path][0]
            remedy = f"keep one of the two; the first is on line {first}"
            self.problem(event, path, "this key is written twice", remedy)
        self.document.keys.setdefault(path, _place(event))

    def path_of_next(self, frame: _Frame | None) -> Path:
        if frame is None:
            return ()
        part = frame.key if isinstance(frame.items, dict) else len(frame.items)
        assert part is not None
        return (*frame.path, part)

    def value(self, event: Any, path: Path) -> Any:
        if isinstance(event, yaml.ScalarEvent):
            return event.value if event.style else Plain(event.value)
        if isinstance(event, yaml.AliasEvent):
            return Plain("")
        if len(self.stack) >= MAX_DEPTH:
            self.stop(
                event, "the file is nested too deeply", f"{MAX_DEPTH} levels are the most; look for stray [ or {{"
            )
        opened = _Frame(path, {} if isinstance(event, yaml.MappingStartEvent) else [])
        self.stack.append(opened)
        return opened.items

    def attach(self, frame: _Frame | None, value: Any) -> None:
        if frame is None:
            self.document.data = value
        elif isinstance(frame.items, list):
            frame.items.append(value)
        elif frame.key is not None:
            if not frame.twice:
                frame.items[frame.key] = value
            frame.key = None

    def complain(self, event: Any, path: Path) -> None:
        """Refuse what makes text mean something else than it says."""
        if isinstance(event, yaml.AliasEvent):
            self.problem(event, path, f"*{event.anchor} refers to another place", "write the value out here")
            return
        if event.anchor is not None:
            self.problem(event, path, f"&{event.anchor} names this place", "remove it: references are not supported")
        if event.tag is not None:
            self.problem(event, path, "a tag (!…) stands before this value", "remove it; quotes keep a value as text")

    def problem(self, event: Any, path: Path, message: str, remedy: str) -> None:
        line, column = _place(event)
        self.document.problems.append(Problem(path, message, remedy, line, column))
        if len(self.document.problems) >= MAX_PROBLEMS:
            self.stop(event, "there are more problems than can be shown", "mend those above first")

    def stop(self, event: Any, message: str, remedy: str) -> None:
        raise _Stop(Problem((), message, remedy, *_place(event)))


def _place(event: Any) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _end_of(text: str) -> Place:
    """Line and column just behind this text."""
    lines = text.replace("\r\n", "\n").split("\n")
    return len(lines), len(lines[-1]) + 1


def _refused(line: int, column: int, message: str, remedy: str) -> Document:
    return Document(problems=[Problem((), message, remedy, line, column)], broken=True)


# What the parser says, and what that means to the person who wrote the file. The first that fits is taken; the
# wordings of both builds of PyYAML are covered.
_SYNTAX: tuple[tuple[str, str, str], ...] = (
    ("flow sequence", "this [ is not closed properly", "close it with ] and separate the parts with commas"),
    ("flow mapping", "this { is not closed properly", "close it with } and separate the parts with commas"),
    ("unknown escape", "a backslash stands in double quotes", "use single quotes, or write the backslash twice"),
    ("quoted scalar", "this quotation is never closed", "end it with the same quotation mark"),
    ("cannot start any token", "a value may not begin with this character", "put the value into quotes"),
    ("expected alphabetic or numeric", "a value may not begin with & or *", "put the value into quotes"),
    ("could not find expected ':'", "the colon after a key is missing", 'write "key: value"'),
    (
        "not allowed",
        "a colon stands where none is expected",
        "put a value with a colon into quotes, or mend the indent",
    ),
    (
        "'-' indicator",
        "the indentation does not fit, or a list and keys are mixed on one level",
        "indent the keys under a list item, or begin them with -",
    ),
    ("expected <block end>", "the indentation does not fit the lines above", "align it with its neighbours, in spaces"),
    ("expected key", "the indentation does not fit the lines above", "align it with its neighbours, in spaces"),
    ("document start", "the indentation does not fit the lines above", "let the file's first keys begin in column 1"),
    ("node content", "a closing bracket or comma has nothing before it", "remove it, or put the value into quotes"),
)


def _syntax_problems(error: yaml.MarkedYAMLError, text: str) -> list[Problem]:
    lines = text.splitlines() or [""]
    line, column = _error_place(error, lines)
    if any(_TAB_INDENT.match(near) for near in lines[max(line - 2, 0) : line + 1]):
        tabs = (number for number, each in enumerate(lines, 1) if _TAB_INDENT.match(each))
        return [
            Problem((), "a tab indents this line", "indent with spaces", number, lines[number - 1].index("\t") + 1)
            for number in islice(tabs, MAX_PROBLEMS)
        ]
    here = lines[line - 1][column - 1 : column]
    if here == "\t":
        return [Problem((), "a tab stands here", "write spaces in its place", line, column)]
    if here and here in "]}" and "node content" not in str(error.problem):
        return [Problem((), f"this {here} closes nothing", "delete it, or put the value into quotes", line, column)]
    if column > 1 and lines[line - 1][column - 2] in "]}" and "indicator" not in str(error.problem):
        remedy = "put a value that begins with { or [ into quotes"
        return [Problem((), "text follows a closing bracket", remedy, line, column)]
    said = f"{error.context or ''} {error.problem or ''}"
    for word, message, remedy in _SYNTAX:
        if word in said:
            return [Problem((), message, remedy, line, column)]
    return [Problem((), f"not valid YAML ({said.strip()})", "compare it with the neighbouring lines", line, column)]


def _error_place(error: yaml.MarkedYAMLError, lines: list[str]) -> Place:
    """Where the fault is seen; of something never closed, where it was opened. Never behind the last line."""
    opened = error.context is not None and any(word in error.context for word in ("flow", "quoted"))
    mark = error.context_mark if opened and error.context_mark is not None else error.problem_mark
    if mark is None:
        return 1, 1
    if mark.line >= len(lines):
        return len(lines), len(lines[-1]) + 1
    return mark.line + 1, mark.column + 1
