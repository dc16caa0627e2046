"""What every row shares: its size, its seed, and where it puts down what it measured."""

from __future__ import annotations

import json
import os
import random
from dataclasses import dataclass, field
from pathlib import Path

SIZE = "TORTURE"
SEED = "TORTURE_SEED"
REPORT = "TORTURE_REPORT"
"""Environment variables: `full` for the full size; the seed of random choices; the file for the figures."""

DEFAULT_SEED = 20260207


@dataclass(frozen=True, slots=True)
class Size:
    """How much to do, and the seed of everything that is chosen at random."""

    full: bool
    seed: int

    def pick(self, *, quick: int, full: int) -> int:
        """The number of tries."""
        return full if self.full else quick

    def stretch(self, crowd: float) -> float:
        """By how much a promised time may be stretched where each core has `crowd` things to do at once.

        Not at all in the full size, whose rows run apart: there a promise is kept to the letter. The quick size runs
        beside whatever else the machine does.
        """
        return 1.0 if self.full else min(8.0, max(1.0, crowd))

    def dice(self, salt: str = "") -> random.Random:
        """Random choices that are the same in each run with this seed."""
        return random.Random(f"{self.seed}/{salt}")


def crowd_here() -> float:
    """How many things each core of this machine has had to do at once in the last minute."""
    return os.getloadavg()[0] / (os.cpu_count() or 1)


def size_here() -> Size:
    """The size that this process was asked for."""
    return Size(full=os.environ.get(SIZE) == "full", seed=int(os.environ.get(SEED, DEFAULT_SEED)))


@dataclass
class Figures:
    """What a row measured: names and plain values, in the order in which they were put down."""

    row: str
    values: dict[str, object] = field(default_factory=dict)

    def put(self, **values: object) -> None:
        """Put figures down; a later value of the same name replaces the earlier."""
        self.values.update(values)
        where = os.environ.get(REPORT)
        if where:
            Path(where).write_text(json.dumps({"row": self.row, "figures": self.values}, ensure_ascii=False), "utf-8")

    def line(self) -> str:
        """The figures as one line to read."""
        return f"{self.row}: " + ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in self.values.items())


ROWS: dict[str, Figures] = {}
"""What the rows of this process have measured so far."""


def figures_of(row: str) -> Figures:
    """The figures of a row, to which each of its tests adds."""
    return ROWS.setdefault(row, Figures(row))
