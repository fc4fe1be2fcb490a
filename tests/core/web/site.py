"""A tiny server for the browser tests: the gallery, the static files, and what endpoints answer.

It sends the same Content-Security-Policy as the application, so what it breaks is broken here.
"""

from __future__ import annotations

import contextlib
import json
import mimetypes
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.core.web import samples
from zhuji_core.web.environment import STATIC
from zhuji_core.web.headers import CONTENT_SECURITY_POLICY

AVAILABLE_NTD = 81_480


class Site(ThreadingHTTPServer):
    """Remembers what was sent to it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.drafts: list[Any] = []
        self.draft_tokens: list[str] = []
        self.posted: list[list[tuple[str, str]]] = []
        self.asked: list[dict[str, str]] = []
        self.picked: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Site
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        if parts.path.startswith("/static/"):
            file = STATIC / parts.path.removeprefix("/static/")
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            self.answer(file.read_bytes(), kind)
        elif parts.path == "/picker":
            self.server.picked.append(query)
            self.answer_json(picker_items(query.get("text", "")))
        elif parts.path == "/availability":
            self.server.asked.append(query)
            self.answer_json(availability(query))
        elif parts.path in samples.GALLERY:
            page = samples.draw(parts.path, language=query.get("language", "zh_Hant_TW"))
            self.answer(page.encode(), "text/html; charset=utf-8")
        else:
            # Chromium asks for /favicon.ico on a page that names none.
            self.answer(b"", "text/plain", status=204 if parts.path == "/favicon.ico" else 404)

    def do_PUT(self) -> None:
        self.server.drafts.append(json.loads(self.body()))
        self.server.draft_tokens.append(self.headers.get("x-csrftoken", ""))
        self.answer_json({"saved_at": "14:05"})

    def do_POST(self) -> None:
        self.server.posted.append(parse_qsl(self.body().decode(), keep_blank_values=True))
        self.answer("<title>收到</title><h1>收到</h1>".encode(), "text/html; charset=utf-8")

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("content-length", 0)))

    def answer_json(self, value: object) -> None:
        self.answer(json.dumps(value).encode(), "application/json")

    def answer(self, content: bytes, kind: str, *, status: int = 200) -> None:
        # A page that is left does not wait for its last answers.
        with contextlib.suppress(ConnectionError):
            self.send(content, kind, status=status)

    def send(self, content: bytes, kind: str, *, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Keep the tests' output quiet."""


def picker_items(text: str) -> dict[str, Any]:
    found = [
        {"value": f"row-{at}", "code": line[0], "label": line[1], "note": f"可用 {line[4]:,}"}
        for at, line in enumerate(samples.LINES)
        if text in f"{line[0]} {line[1]}"
    ]
    return {"items": found, "more": False}


def availability(query: dict[str, str]) -> dict[str, str]:
    left = AVAILABLE_NTD - int(query["also_ntd"]) - int(query["amount"])
    if left < 0:
        return {"text": f"短少 {-left:,}", "state": "short"}
    return {"text": f"可用 {left + int(query['amount']):,}，餘 {left:,}", "state": "ok"}


@contextlib.contextmanager
def serve() -> Iterator[Site]:
    """Serve on a free port until left."""
    site = Site()
    thread = threading.Thread(target=site.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.shutdown()
        site.server_close()
        thread.join()
