"""The client's name for one attempt, and the digest of what it asked for."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from litestar import Request
from litestar.datastructures import UploadFile

from zhuji_core.uow import IdempotencyKey
from zhuji_core.values import N_, DomainError
from zhuji_core.web.controllers import KEYED, KEYLESS, PERMISSION
from zhuji_core.web.csrf import CSRF_FIELD, FORMS
from zhuji_core.web.guards import UNSAFE

KEY_HEADER = "Idempotency-Key"
KEY_PATTERN = "^[!-~][ -~]*[!-~]$"
KEY_FIELD = "_key"

# What kernel.idempotency_key takes; a UUID has 36.
LENGTH_MIN, LENGTH_MAX = 8, 100


class KeyMalformed(DomainError):
    """A key too short to be unique, too long to be kept, or not of printable ASCII."""

    code = "E-KEY"
    message = N_(
        "冪等鍵（Idempotency-Key）須為 {length_min} 至 {length_max} 個英數字元或半形符號。"
    )
    status_code = 422


class KeyMissing(DomainError):
    """Who creates something names the attempt, so that a repeated one does it once."""

    code = "E-KEY-MISSING"
    message = N_("此作業須附冪等鍵（Idempotency-Key 標頭或表單的 _key 欄位），每次作業各產生一個。")
    status_code = 400


async def idempotency_key(request: Request[Any, Any, Any]) -> IdempotencyKey | None:
    """Return the key of a request that changes something, or None when the client gave none.

    What is asked for is told apart by its digest: method, path and body, without the key itself
    and without the CSRF token, which may have changed between two attempts.
    """
    if request.method not in UNSAFE:
        return None
    form = await request.form() if request.content_type[0] in FORMS else None
    key = request.headers.get(KEY_HEADER) or (form.get(KEY_FIELD) if form else None)
    if not key:
        _require_none(request)
        return None
    if not LENGTH_MIN <= len(key) <= LENGTH_MAX or not re.fullmatch(KEY_PATTERN, str(key)):
        raise KeyMalformed(length_min=LENGTH_MIN, length_max=LENGTH_MAX)
    digest = hashlib.sha256(f"{request.method} {request.scope['path']}\n".encode())
    if form is None:
        digest.update(await request.body())
    else:
        await _add_form(digest, form)
    return IdempotencyKey(key=str(key), digest=digest.hexdigest())


def _require_none(request: Request[Any, Any, Any]) -> None:
    """Raise KeyMissing where a key is owed: POST is the only method that may do a thing twice."""
    if request.method == "POST" and owes_key(request.route_handler.opt, path=request.url.path):
        raise KeyMissing


def owes_key(opt: Mapping[str, Any], *, path: str) -> bool:
    """Tell whether a POST to this handler has to carry a key.

    Every one of the API, every form that needs a right, and one that says so (``KEYED``), unless
    the handler says that doing it twice is the same as once (``KEYLESS``).
    """
    return not opt.get(KEYLESS) and (
        "/api/v1/" in path or bool(opt.get(PERMISSION) or opt.get(KEYED))
    )


async def _add_form(digest: Any, form: Any) -> None:
    for name, value in form.multi_items():
        if name in {KEY_FIELD, CSRF_FIELD}:
            continue
        content = await _content(value) if isinstance(value, UploadFile) else str(value).encode()
        # Lengths before contents: no two forms may look alike when their parts are joined.
        digest.update(f"{len(name.encode())} {len(content)} {name} ".encode())
        digest.update(content)


async def _content(upload: UploadFile) -> bytes:
    content = await upload.read()
    await upload.seek(0)
    return upload.filename.encode() + b"\0" + content
