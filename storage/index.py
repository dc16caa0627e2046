"""What indexes do for the store, whichever database keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from storage.wording import Wanted

Bounds = tuple[int, int]
"""Half-open range of places."""


def padded(keys: Sequence[str]) -> list[str]:
    """The keys, filled up with empty ones to one of a few numbers: each number is a statement that has to be compiled."""
    return [*keys, *[""] * (-len(keys) % 16)]


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
    ) -> Sequence[tuple[int, str, str]]:
        """Place, title words and the first `lead` characters of the text words of the newest matches, newest first."""

    def count(self, connection: Connection, want: Wanted, within: Bounds, at_most: int) -> int:
        """How many match; counting stops at `at_most`."""

    def limited(self, connection: Connection, seconds: float) -> AbstractContextManager[None]:
        """Within: a statement that takes longer is given up. Raises SearchTooSlow."""


class KeyIndex(Protocol):
    """Which articles have a story key."""

    def add(self, connection: Connection, articles: Sequence[tuple[int, Sequence[str]]]) -> None:
        """Index these articles, given with their keys."""

    def remove(self, connection: Connection, article: int) -> None:
        """Forget the keys of the article."""

    def prune(self, connection: Connection, last: int) -> None:
        """Forget the keys of all articles up to that number."""

    def having(self, connection: Connection, keys: Sequence[str], at_most: int) -> Sequence[tuple[int, int]]:
        """The place of a key among `keys` with an article that has it: for each key the newest, `at_most` of them.

        Counting stops there, so a very common key costs no more than another.
        """
