"""The answer to a request that changed something: kept with its key, given again byte for byte."""

from __future__ import annotations

import msgspec
from litestar import Response

from zhuji_core.values import Value

REPLAYED = "Idempotent-Replayed"


class Answer(Value, frozen=True, kw_only=True):
    """``body`` is text, so that the database gives it back unchanged (jsonb orders its keys)."""

    status_code: int = 200
    body: str = ""
    media_type: str = "application/json"
    location: str = ""


def json_answer(value: object, *, status_code: int = 200, location: str = "") -> Answer:
    """Answer an API call with ``value``."""
    body = msgspec.json.encode(value).decode()
    return Answer(status_code=status_code, body=body, location=location)


def see_other(path: str) -> Answer:
    """Send the browser to the page that shows the result (303), so that F5 repeats nothing."""
    return Answer(status_code=303, media_type="text/html", location=path)


def to_response(answer: Answer, *, replayed: bool = False) -> Response[bytes]:
    headers = {"Location": answer.location} if answer.location else {}
    if replayed:
        headers[REPLAYED] = "true"
    return Response(
        answer.body.encode(),
        status_code=answer.status_code,
        media_type=answer.media_type,
        headers=headers,
    )
