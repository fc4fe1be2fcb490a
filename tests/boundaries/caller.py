"""One person at the application, byte for byte: a kept connection, cookies as they are given."""

from __future__ import annotations

import contextlib
import http.client
import json
import time
import urllib.parse
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

TIMEOUT_S = 30.0
# The server closes what is idle, perhaps just while a request is on its way.
IDLE_S_MAX = 2.0
NO_HEADERS: Mapping[str, bytes] = {}
CSRF_COOKIE, CSRF_HEADER, KEY_HEADER = "zhuji_csrf", "x-csrftoken", "idempotency-key"


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """What a request carries: JSON, a form, or a form with files; nothing by default."""

    json: Any = None
    form: Mapping[str, str | Sequence[str]] | None = None
    files: Sequence[tuple[str, str, bytes]] = ()
    query: Mapping[str, str] = field(default_factory=dict)

    def encode(self, *, key: str = "") -> tuple[dict[str, str], bytes]:
        """Return headers and body; ``key`` is where such a client puts its key."""
        if self.files or self.form is not None:
            fields = {**(self.form or {}), **({"_key": key} if key else {})}
            if self.files:
                return _multipart(fields, self.files)
            body = urllib.parse.urlencode(fields, doseq=True).encode()
            return {"content-type": "application/x-www-form-urlencoded"}, body
        headers = {KEY_HEADER: key} if key else {}
        if self.json is None:
            return headers, b""
        return {**headers, "content-type": "application/json"}, json.dumps(self.json).encode()


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """A whole answer; ``headers`` by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def location(self) -> str:
        return self.headers.get("location", "")


class Caller:
    """A client that sends exactly ``cookies``, whatever it is answered."""

    def __init__(self, address: tuple[str, int], cookies: Mapping[str, str]) -> None:
        self._connection = http.client.HTTPConnection(*address, timeout=TIMEOUT_S)
        self.cookies = dict(cookies)
        self._used_at = 0.0

    def send(
        self,
        method: str,
        path: str,
        content: Content | None = None,
        *,
        key: str | None = None,
        headers: Mapping[str, bytes] = NO_HEADERS,
    ) -> Reply:
        """Send one request; ``key`` None gives a new one to what changes something.

        ``headers`` are added, or stand in the place of those that a client sends by itself.
        Raises OSError or http.client.HTTPException when the connection breaks.
        """
        wanted = content or Content()
        if key is None:
            key = uuid.uuid4().hex if method not in {"GET", "HEAD"} else ""
        of_content, body = wanted.encode(key=key)
        target = urllib.parse.quote(path, safe="/:@%") + _query(wanted.query)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent: dict[str, str | bytes] = {
            "cookie": cookies,
            CSRF_HEADER: self.cookies.get(CSRF_COOKIE, ""),
            **of_content,
            **headers,
        }
        if time.monotonic() - self._used_at > IDLE_S_MAX:
            self.close()
        try:
            self._connection.request(
                method, target, body or None, {k: v for k, v in sent.items() if v}
            )
            answer = self._connection.getresponse()
            found = Reply(
                status=answer.status,
                headers={name.lower(): value for name, value in answer.getheaders()},
                body=answer.read(),
            )
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        self._used_at = time.monotonic()
        return found

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._connection.close()


def _query(query: Mapping[str, str]) -> str:
    return f"?{urllib.parse.urlencode(query)}" if query else ""


def _multipart(
    fields: Mapping[str, str | Sequence[str]], files: Sequence[tuple[str, str, bytes]]
) -> tuple[dict[str, str], bytes]:
    boundary = f"zhuji{uuid.uuid4().hex}"
    parts = [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{one}'.encode()
        for name, value in fields.items()
        for one in ([value] if isinstance(value, str) else value)
    ]
    for name, file_name, content in files:
        head = f'Content-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
        parts.append(head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + content)
    lines = [b"--" + boundary.encode() + b"\r\n" + part + b"\r\n" for part in parts]
    body = b"".join(lines) + b"--" + boundary.encode() + b"--\r\n"
    return {"content-type": f"multipart/form-data; boundary={boundary}"}, body
