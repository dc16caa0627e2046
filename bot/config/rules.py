"""The rule sets that ship with the program, as plain data for classifiers/ to compile."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from bot.config.document import read_document, typed
from newsdesk.errors import ConfigError


def load_rules() -> dict[str, Any]:
    """The content of each file under classifiers/topics/, by its stem, in the order of the file names.

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
