"""Reads mappings and lists by tables of keys, and collects everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.config import fields
from bot.config.document import MAX_PROBLEMS, Document, Path, Plain
from bot.config.keys import MEANT, Key
from newsdesk.errors import Problem


class Enough(Exception):
    """Ends the reading when more problems were found than can be shown."""


@dataclass(slots=True)
class SectionReader:
    """Turns the sections of one document into values; `problems` have paths but no places yet."""

    document: Document
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, path: Path, message: str, remedy: str, *, on_key: bool = False) -> None:
        """Note a problem. Raises Enough after the last that is shown."""
        self.problems.append(Problem(path, message, remedy, on_key=on_key))
        if len(self.problems) >= MAX_PROBLEMS:
            more = Problem(path, "there are more problems than can be shown", "mend those above first", on_key=on_key)
            self.problems.append(more)
            raise Enough

    def sections(self, value: Any, path: Path, table: Mapping[str, Key]) -> list[tuple[Path, dict[str, Any]]]:
        """A list of sections."""
        if not isinstance(value, list):
            self.wrong(path, "is not a list", "begin each of its parts with - id:")
            return []
        places = [(*path, number) for number in range(len(value))]
        return [(place, self.section(item, place, table)) for place, item in zip(places, value, strict=True)]

    def section(self, value: Any, path: Path, table: Mapping[str, Key]) -> dict[str, Any]:
        """A mapping's values by its table; what is wrong is left out."""
        if not isinstance(value, dict):
            self.wrong(path, "is not a mapping", f"write keys below it, such as {next(iter(table))}:")
            return {}
        self.unknown_keys(value, path, table)
        for name, key in table.items():
            if key.required and name not in value:
                self.wrong((*path, name), "is missing", key.required)
        values = {}
        for name, item in value.items():
            if name in table:
                read = self.value(item, (*path, name), table[name])
                if read is not None:
                    values[name] = read
        return values

    def value(self, value: Any, path: Path, key: Key) -> Any:
        """One key's value, None when it is wrong."""
        if key.section is not None:
            return self.section(value, path, key.section)
        if key.many:
            return self.several(value, path, key)
        if not isinstance(value, str):
            self.wrong(path, f"is a {'list' if isinstance(value, list) else 'mapping'}, not text", "write one value")
            return None
        if isinstance(value, Plain) and not value:
            self.wrong(path, "has no value", key.required or "write one behind the colon, or delete the key")
            return None
        assert key.read is not None
        try:
            return key.read(value)
        except fields.Wrong as wrong:
            self.wrong(path, wrong.message, wrong.remedy)
            return None

    def several(self, value: Any, path: Path, key: Key) -> tuple[Any, ...] | None:
        """A list of values, or a single one in its place."""
        items = value if isinstance(value, list) else [value]
        if not items:
            self.wrong(path, "is an empty list", key.required)
            return None
        one = Key(key.read, required=key.required)
        places = [(*path, number) if isinstance(value, list) else path for number in range(len(items))]
        read = [self.value(item, place, one) for item, place in zip(items, places, strict=True)]
        for number, item in enumerate(read):
            if item is not None and item in read[:number]:
                self.wrong(places[number], "stands twice in this list", "delete one of the two")
        return None if None in read else tuple(read)

    def unknown_keys(self, value: Mapping[str, Any], path: Path, known: Iterable[str]) -> None:
        """Every key is a known one; for others the nearest spelling is the remedy."""
        names = list(known)
        for key in value:
            if key not in names:
                meant = MEANT.get(key.casefold())
                guess = meant if meant in names else fields.nearest(key, names)
                remedy = f"write {guess}" if guess else f"delete it; known here: {', '.join(names)}"
                self.wrong((*path, key), "unknown key", remedy, on_key=True)

    def unique(self, read: list[tuple[Path, dict[str, Any]]], key: str, same: Callable[[Any], str]) -> None:
        """No two sections say the same under this key."""
        first: dict[str, Path] = {}
        for path, values in read:
            if key not in values:
                continue
            earlier = first.setdefault(same(values[key]), path)
            if earlier != path:
                line = self.document.line((*earlier, key))
                self.wrong((*path, key), f"is the same as on line {line}", f"delete one, or give it a {key} of its own")
