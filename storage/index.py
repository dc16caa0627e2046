"""What a full-text index does for the store, whichever database keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from storage.wording import Wanted

Bounds = tuple[int, int]
"""Half-open range of places."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """An article as the index keeps it."""

    place: int
    title: Sequence[str]
    text: Sequence[str]
    marks: Sequence[str]


class SearchIndex(Protocol):
    """A full-text index over places."""

    def add(self, connection: Connection, articles: Sequence[Indexed]) -> None:
        """Index these articles."""

    def remove(self, connection: Connection, place: int) -> None:
        """Forget the article at that place."""

    def newest(self, connection: Connection, want: Wanted, within: Bounds, limit: int, offset: int) -> list[int]:
        """The places of matches, newest first."""

    def candidates(
        self, connection: Connection, want: Wanted, within: Bounds, limit: int, lead: int
    ) -> list[tuple[int, str, str]]:
        """Place, title words and the first `lead` characters of the text words of the newest matches, newest first."""

    def count(self, connection: Connection, want: Wanted, within: Bounds, at_most: int) -> int:
        """How many match; counting stops at `at_most`."""
