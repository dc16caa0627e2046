"""Standing orders in the store."""

from __future__ import annotations

from newsdesk.ports import Reading, Writing
from newsdesk.standing import Standing

_KEPT = "standing orders"


def standing(view: Reading) -> Standing:
    """The orders as they were given last."""
    return Standing.read(view.remembered(_KEPT))


def stand(tx: Writing, orders: Standing) -> None:
    """Remember these orders in place of the former."""
    tx.remember(_KEPT, orders.text())
