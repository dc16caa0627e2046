"""A small web server on loopback for feeds: real HTTP, with validators, and what was asked of it."""

from __future__ import annotations

import gzip
import threading
from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass
class Page:
    """What stands at one path. `validators` false: neither ETag nor 304."""

    body: bytes
    type: str = "application/rss+xml; charset=utf-8"
    status: int = 200
    validators: bool = True
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        return f'"{blake2b(self.body, digest_size=8).hexdigest()}"'


class WebDouble:
    """Serves `pages` (path → Page) on 127.0.0.1 for as long as the block lasts; pages may change meanwhile."""

    def __init__(self, pages: dict[str, Page] | None = None) -> None:
        self.pages = pages if pages is not None else {}
        self.asked: Counter[str] = Counter()
        self.agents: set[str] = set()
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                double._answer(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked[request.path] += 1
        self.agents.add(request.headers.get("User-Agent", ""))
        page = self.pages.get(request.path)
        if page is None:
            page = Page(b"not here", "text/plain", 404, validators=False)
        if page.validators and request.headers.get("If-None-Match") == page.etag:
            request.send_response(304)
            request.send_header("ETag", page.etag)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        body = page.body
        request.send_response(page.status)
        request.send_header("Content-Type", page.type)
        if page.validators:
            request.send_header("ETag", page.etag)
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, 6)
            request.send_header("Content-Encoding", "gzip")
        for name, value in page.headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)
