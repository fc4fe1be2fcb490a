"""Lists in pages, by key: one convention for every list of the API, and for long lists of pages.

An API list takes ``limit`` and ``cursor`` and answers ``{"items": […], "next": …}``; ``next`` is
the cursor of the page after this one, None at the end, and stands as an address in the header
``Link`` (RFC 8288, ``rel="next"``) too. A cursor is the key of the last row shown, sealed for one
list of one county: a client keeps it, and can neither read anything into it nor make one up.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar
from urllib.parse import urlencode

import msgspec
from litestar.params import QueryParameter

from zhuji_core.values import N_, DomainError, Value
from zhuji_core.web.context import RequestContext

Item = TypeVar("Item")
Key = TypeVar("Key")
Row = TypeVar("Row")

# A screen; and what one answer holds at most, however large the list.
LIMIT, LIMIT_MAX = 50, 200
CURSOR_MAX = 1_000
SEAL_BYTES = 16

Limit = Annotated[
    int,
    QueryParameter(ge=1, le=LIMIT_MAX, description=N_("一頁最多幾筆")),
]
Cursor = Annotated[
    str,
    QueryParameter(max_length=CURSOR_MAX, description=N_("前一頁回覆之 next；空白為第一頁")),
]


class Page(Value, Generic[Item], frozen=True, kw_only=True):
    """One page of a list; ``next`` is the cursor of the page after it, None at the end."""

    items: tuple[Item, ...]
    next: str | None


class CursorInvalid(DomainError):
    """The cursor was changed, is of another list, or of another county."""

    code = "E-CURSOR"
    message = N_("分頁游標不符，請由第一頁重新查詢。")
    status_code = 422


def open_cursor(
    context: RequestContext, cursor: str, key: type[Key], *, of: str = ""
) -> Key | None:
    """Return the key of the last row that was shown, None on the first page.

    ``key`` is what :func:`page_of` was given for this list; ``of`` names the list where several
    routes show it, otherwise the route is the list. Raises CursorInvalid.
    """
    if not cursor:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except (binascii.Error, UnicodeEncodeError) as error:
        raise CursorInvalid from error
    seal, text = raw[:SEAL_BYTES], raw[SEAL_BYTES:]
    # Compared as it would be written, so that a cursor has one spelling.
    if not hmac.compare_digest(seal, _seal(context, text, of)) or _written(raw) != cursor:
        raise CursorInvalid
    try:
        return msgspec.json.decode(text, type=key)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise CursorInvalid from error


def page_of(
    context: RequestContext,
    rows: Sequence[Row],
    *,
    limit: int,
    key: Callable[[Row], object],
    item: Callable[[Row], Item],
) -> Page[Item]:
    """Return the page of ``rows``, of which one more than ``limit`` was asked for."""
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(
        items=tuple(item(row) for row in shown),
        next=next_cursor(context, key(shown[-1])) if more else None,
    )


def next_cursor(context: RequestContext, key: object) -> str:
    """Return the cursor behind ``key``; the answer gets its ``Link`` header."""
    cursor = make_cursor(context, key)
    asked = context.request.query_params.multi_items()
    query = [(name, value) for name, value in asked if name != "cursor"]
    address = f"{context.request.url.path}?{urlencode([*query, ('cursor', cursor)])}"
    context.link_next(address)
    return cursor


def make_cursor(context: RequestContext, key: object, *, of: str = "") -> str:
    """Return the cursor behind ``key``, for a page that writes its own links."""
    text = msgspec.json.encode(key)
    return _written(_seal(context, text, of) + text)


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _seal(context: RequestContext, text: bytes, of: str) -> bytes:
    """Bind ``text`` to the county and to the list."""
    handler = context.request.route_handler
    whose = f"{context.county.code} {of or getattr(handler, 'operation_id', '')} ".encode()
    return hmac.digest(context.cursor_secret, whose + text, hashlib.sha256)[:SEAL_BYTES]
