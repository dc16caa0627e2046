"""Where Telegram brings updates: who cannot show the secret is turned away before anything of the body is read."""

from __future__ import annotations

import json
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.inbox import PATH, Inbox

log = structlog.get_logger()

LARGEST = 1 << 20
"""Bytes of one update; Telegram's own are a few kilobytes."""
_SECRET = "x-telegram-bot-api-secret-token"  # noqa: S105 (the name of a header)


def hook(inbox: Inbox) -> Route:
    """The route. It answers at once: the update is taken up by the room, aside."""

    async def take(request: Request) -> Response:
        if not inbox.shows(request.headers.get(_SECRET, "")):
            return PlainTextResponse("Not Telegram.\n", 403)
        body = await _body(request)
        if body is None:
            return PlainTextResponse("Too large.\n", 413)
        update = _update(body)
        if update is None:
            log.warning("what came by webhook is no update", bytes=len(body))
            return PlainTextResponse("Not an update.\n", 400)
        if not inbox.put(update):
            return PlainTextResponse("Too many updates wait.\n", 503, {"retry-after": "1"})
        return Response(status_code=200)

    return Route(PATH, take, methods=["POST"])


async def _body(request: Request) -> bytes | None:
    """The body; None as soon as it is known to be too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return None
    return bytes(body)


def _update(body: bytes) -> dict[str, Any] | None:
    """An update by its shape: an object with a number."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    number = found.get("update_id") if isinstance(found, dict) else None
    return found if isinstance(number, int) and not isinstance(number, bool) else None
