"""Buttons of operators: what a press stands for, who may use it, and until when.

A button carries an opaque token. What it stands for lies in the store under the token's hash; it is used up by the
press, and so are the other buttons of the same matter.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from newsdesk.ports import Reading, Writing

_KEPT = "grants"
_MOST = 300


class Press(StrEnum):
    """What became of a pressed button."""

    DONE = "done"
    STRANGER = "stranger"
    """Only those may for whom it was made."""
    EXPIRED = "expired"
    """Unknown, used up or too old."""
    SETTLED = "settled"
    """What it was about has been settled meanwhile."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token stands for: `order`, one of those about the same `matter`; for these `people`, `until` (ISO 8601)."""

    matter: str
    order: str
    people: tuple[int, ...]
    until: str


def draw_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(24)


def issue(
    tx: Writing,
    matter: str,
    orders: Sequence[str],
    people: Sequence[int],
    now: datetime,
    valid: timedelta,
    draw: Callable[[], str] = draw_token,
) -> dict[str, str]:
    """A token for each order about the matter; none without people."""
    if not people:
        return {}
    kept = {key: grant for key, grant in _grants(tx).items() if datetime.fromisoformat(grant.until) > now}
    tokens = {order: draw() for order in orders}
    for order, token in tokens.items():
        kept[_hash(token)] = Grant(matter, order, tuple(people), (now + valid).isoformat())
    _save(tx, dict(list(kept.items())[-_MOST:]))
    return tokens


def look(view: Reading, token: str, person: int, admins: Collection[int], now: datetime) -> tuple[Press, Grant | None]:
    """Whether this person may use the token: one of those it was made for, and of the `admins` of today.

    The grant is only given with DONE; the caller does what it says and then calls `settle`.
    """
    grant = _grants(view).get(_hash(token))
    if person not in admins:
        return Press.STRANGER, None
    if grant is None or datetime.fromisoformat(grant.until) <= now:
        return Press.EXPIRED, None
    if person not in grant.people:
        return Press.STRANGER, None
    return Press.DONE, grant


def settle(tx: Writing, matter: str) -> None:
    """The matter is done with: its buttons are used up."""
    _save(tx, {key: grant for key, grant in _grants(tx).items() if grant.matter != matter})


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _grants(view: Reading) -> dict[str, Grant]:
    rows = json.loads(view.remembered(_KEPT) or "{}")
    grants = {key: Grant(**row) for key, row in rows.items()}
    return {key: replace(grant, people=tuple(grant.people)) for key, grant in grants.items()}


def _save(tx: Writing, grants: dict[str, Grant]) -> None:
    tx.remember(_KEPT, json.dumps({key: asdict(grant) for key, grant in grants.items()}))
