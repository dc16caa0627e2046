"""Who may see the console, and what browsers may do with it."""

from __future__ import annotations

import hmac
from hashlib import sha256
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "lintas_console"
_OPEN = ("/healthz", "/login", "/static/")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


def session_of(token: str) -> str:
    """What stands in the cookie in the token's place: a cookie file that leaks does not give the token away."""
    return sha256(b"lintas console\0" + token.encode()).hexdigest()


class Guard:
    """ASGI middleware: strict headers on everything, the token where there is one, own host names where there is none.

    Without a token only requests that name this machine are answered, so that no web page can reach the console
    through a name that it makes resolve to a loopback address. The path `passes`, if any, keeps its own door.
    """

    def __init__(self, app: ASGIApp, token: str | None, passes: str = "") -> None:
        self._app = app
        self._token = token
        self._passes = passes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        await (self._refusal(scope) or self._app)(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        headers = Headers(scope=scope)
        if self._passes and scope["path"] == self._passes:
            return None
        if self._token is None:
            if _host(headers.get("host", "")) in _LOOPBACK:
                return None
            return PlainTextResponse("Unknown host; set LINTAS_WEB_TOKEN to use another name.\n", status_code=421)
        path = scope["path"]
        if path.startswith(_OPEN) or self._known(headers):
            return None
        if "text/html" in headers.get("accept", ""):
            return RedirectResponse("/login", status_code=303)
        return PlainTextResponse("A bearer token is needed.\n", 401, {"www-authenticate": "Bearer"})

    def _known(self, headers: Headers) -> bool:
        assert self._token is not None
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(session_of(given.strip()), session_of(self._token)):
            return True
        cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        return hmac.compare_digest(cookie.encode(), session_of(self._token).encode())


def _host(header: str) -> str:
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""
