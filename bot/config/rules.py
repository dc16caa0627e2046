"""The rule sets that ship with the program, as plain data for classifiers/ to compile."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from bot.config.document import read_document, typed
from classifiers import compile_judge
from newsdesk.errors import ConfigError, Problem


@cache
def load_rules() -> dict[str, Any]:
    """The content of each file under classifiers/topics/, by its stem, in the order of the file names; read once, and not
    to be changed.

    Numbers, true and false are themselves; every other scalar is text (``no``, ``on`` and ``22:30`` too). Raises
    ConfigError when one of them cannot be read as YAML.
    """
    rules = {}
    folder = files("classifiers").joinpath("topics")
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".yaml"):
            document = read_document(file.read_bytes())
            if document.problems:
                raise ConfigError(document.problems, f"classifiers/topics/{file.name}")
            rules[file.name.removesuffix(".yaml")] = typed(document.data)
    return rules


def check_topics(additions: Mapping[str, Mapping[str, Any]]) -> tuple[tuple[str, ...], list[Problem]]:
    """The names of all topics, shipped and added, and what is wrong with the operator's `topics:`.

    Compiling takes a tenth of a second, so it is done only where there is something to check. Raises ConfigError when
    the shipped rules themselves do not compile.
    """
    shipped = load_rules()
    # Beside the topics lies the list of parties that collaboration needs; it says so itself.
    names = [name for name, data in shipped.items() if data.get("kind") != "parties"]
    problems = compile_judge(shipped, additions)[1] if additions else []
    ours = [problem for problem in problems if problem.path[:1] != ("topics",)]
    if ours:
        raise ConfigError(ours, "classifiers/topics")
    return (*names, *(name for name in additions if name not in names)), problems
