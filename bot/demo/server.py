"""The sample feeds over real HTTP on the loopback address, with ETag, Last-Modified, 304 and gzip."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from threading import Thread
from urllib.parse import urlsplit

_TYPES = {
    ".xml": "application/rss+xml; charset=utf-8",
    ".atom": "application/atom+xml",
    ".rdf": "application/rdf+xml",
    ".html": "text/html; charset=utf-8",
}
# The day before the demo's own "now".
_LAST_MODIFIED = "Fri, 06 Feb 2026 12:00:00 GMT"


@dataclass(frozen=True, slots=True)
class _Page:
    """One file as it is served."""

    body: bytes
    kind: str
    etag: str


@contextmanager
def demo_server() -> Iterator[str]:
    """Serve the sample feeds until the block ends; gives the base URL (http://127.0.0.1:PORT)."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, _pages()))
    server.daemon_threads = True
    thread = Thread(target=partial(server.serve_forever, poll_interval=0.05), name="demo-server", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _pages() -> dict[str, _Page]:
    pages = {}
    for file in files("bot.demo").joinpath("feeds").iterdir():
        kind = _TYPES.get(file.name[file.name.rfind(".") :])
        if kind is not None:
            body = file.read_bytes()
            pages[f"/{file.name}"] = _Page(body, kind, f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"')
    return pages


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD for the sample pages, and 404 for everything else."""

    protocol_version = "HTTP/1.1"
    timeout = 10

    def __init__(self, pages: dict[str, _Page], *args: object) -> None:
        self.pages = pages
        super().__init__(*args)  # type: ignore[arg-type]  # the server passes request, address and itself

    def do_GET(self) -> None:
        """Send the page, compressed where that is welcome, or 304 where it is known."""
        page = self.pages.get(urlsplit(self.path).path)
        if page is None:
            self._answer(HTTPStatus.NOT_FOUND, b"", "text/plain")
        elif self._knows(page):
            self._answer(HTTPStatus.NOT_MODIFIED, b"", page.kind, page.etag)
        elif "gzip" in self.headers.get("Accept-Encoding", ""):
            self._answer(HTTPStatus.OK, gzip.compress(page.body, mtime=0), page.kind, page.etag, "gzip")
        else:
            self._answer(HTTPStatus.OK, page.body, page.kind, page.etag)

    do_HEAD = do_GET  # noqa: N815 - as above

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the console is for the posts."""

    def _knows(self, page: _Page) -> bool:
        """Whether the caller has this very page (RFC 9110, section 13: If-None-Match goes before the date)."""
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            return page.etag in (tag.strip().removeprefix("W/") for tag in tags.split(","))
        return self.headers.get("If-Modified-Since") == _LAST_MODIFIED

    def _answer(self, status: HTTPStatus, body: bytes, kind: str, etag: str = "", encoding: str = "") -> None:
        self.send_response(status)
        if etag:
            self.send_header("ETag", etag)
            self.send_header("Last-Modified", _LAST_MODIFIED)
        if status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)
