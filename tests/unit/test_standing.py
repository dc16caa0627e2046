"""Standing orders: how long they hold, and that what is remembered is what was ordered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from newsdesk.standing import Order, Standing

NOW = datetime(2026, 2, 7, 11, 0, tzinfo=UTC)


def test_an_order_holds_until_its_time() -> None:
    """A pause ends at its moment; without one it holds until it is taken back."""
    soon = NOW + timedelta(hours=1)
    assert Standing(pause=Order(NOW, 1, soon)).paused(soon - timedelta(seconds=1))
    assert not Standing(pause=Order(NOW, 1, soon)).paused(soon)
    assert Standing(pause=Order(NOW, 1)).paused(NOW + timedelta(days=1000))
    assert not Standing().paused(NOW)


def test_what_is_remembered_is_what_was_ordered() -> None:
    """Written and read again nothing changes; what is over is let go of."""
    orders = Standing(Order(NOW, 7, NOW + timedelta(hours=1)), {"antara": Order(NOW, 7), "rmol": Order(NOW, 7, NOW)})
    assert Standing.read(orders.text()) == orders
    assert Standing.read(None) == Standing()
    assert orders.still(NOW).muted.keys() == {"antara"}
    heard = orders.muting("antara", None)
    assert not heard.mutes("antara", NOW)
    assert orders.mutes("antara", NOW)
    assert orders.still(NOW + timedelta(hours=2)).pause is None
