"""Lists the benches and runs the quick ones: ``python -m bench`` (all of them: ``python -m bench.NAME``)."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.corpus import SHARED

QUICK = {
    "scoreboard": [SHARED / "corpus" / "dev.jsonl"],
    "grouping": [],
    "matching": [],
}
"""The benches that take seconds, with the files that they read when none are given."""


def benches() -> dict[str, str]:
    """Every module of this folder that has a `main`, with the first line of what it says of itself."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("[!_]*.py")):
        text = path.read_text(encoding="utf-8")
        if "\ndef main(" in text:
            found[path.stem] = text.removeprefix('"""').splitlines()[0].removesuffix('"""')
    return found


def run(name: str, arguments: Sequence[str]) -> None:
    """Run one bench as its own program."""
    before = sys.argv
    sys.argv = [f"bench.{name}", *arguments]
    try:
        runpy.run_module(f"bench.{name}", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code not in (0, None):
            raise
    finally:
        sys.argv = before


def main(argv: Sequence[str]) -> int:
    """List everything, then run the quick ones, or the one that is named."""
    known = benches()
    if argv and argv[0] in known:
        run(argv[0], argv[1:])
        return 0
    for name, what in known.items():
        print(f"python -m bench.{name:12} {what}")
    if argv:
        print(f"no bench called {argv[0]!r}")
        return 2
    for name, files in QUICK.items():
        if name not in known:
            continue
        print(f"\n### {name}")
        if all(file.exists() for file in files):
            run(name, [str(file) for file in files])
        else:
            print(f"no test data at {', '.join(map(str, files))}; give a file: python -m bench.{name} FILE")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
