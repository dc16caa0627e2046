"""Looking back at a week, once for each slot of a route: what is to be made now, and making it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog

from bot.standing import standing
from newsdesk.lookback import WEEK, Told, due_slot, last_slot, top_stories
from newsdesk.ports import Reading, Writing
from newsdesk.routes import Route

log = structlog.get_logger()


def is_due(view: Reading, routes: Sequence[Route], now: datetime) -> bool:
    """Whether there is anything to be written down."""
    return any(_is_new(view, route) or _slot(view, route, now) is not None for route in _weekly(routes))


def look_back(tx: Writing, routes: Sequence[Route], now: datetime) -> None:
    """Queue what is due. A route that is new in its chat begins with its next slot."""
    for route in _weekly(routes):
        if route.weekly is not None and _is_new(tx, route):
            passed = last_slot(route.weekly, route.timezone, now)
            tx.queue_look_back(route=route.id, chat=route.chat, slot=passed, stories=(), now=now)
        slot = _slot(tx, route, now)
        if slot is None:
            continue
        told = _told(tx, route, slot)
        stories = top_stories(told, route, standing(tx).silent(now))
        number = tx.queue_look_back(route=route.id, chat=route.chat, slot=slot, stories=stories, now=now)
        log.info("looked back", route=route.id, chat=route.chat, slot=slot.isoformat(), of=len(told), message=number)


def _told(view: Reading, route: Route, slot: datetime) -> list[Told]:
    """The stories of the week, none seen before the chat's first message: what came before a token did stays in the
    preview.
    """
    began = view.oldest_message(route.chat)
    return [] if began is None else view.told_between(slot - WEEK, slot, seen_since=began)


def _weekly(routes: Sequence[Route]) -> list[Route]:
    return [route for route in routes if route.weekly is not None]


def _is_new(view: Reading, route: Route) -> bool:
    return not view.look_backs(route.id, route.chat)


def _slot(view: Reading, route: Route, now: datetime) -> datetime | None:
    return due_slot(route, view.look_backs(route.id, route.chat), now)
