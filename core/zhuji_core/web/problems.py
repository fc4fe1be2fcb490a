"""Every error as one value (RFC 9457), whoever raised it; pages and the API show the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import psycopg
import sqlalchemy as sa
from litestar.exceptions import (
    ClientException,
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    PermissionDeniedException,
    ValidationException,
)
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from zhuji_core import tracing
from zhuji_core.values import N_, DomainError, Value

Gettext = Callable[[str], str]

PROBLEM_JSON = "application/problem+json"
TITLES = {
    400: N_("請求格式不符"),
    401: N_("尚未登入"),
    403: N_("權限不足"),
    404: N_("查無此頁"),
    405: N_("不支援的操作"),
    409: N_("未能受理"),
    413: N_("內容過大"),
    415: N_("內容格式不支援"),
    422: N_("輸入內容有誤"),
    429: N_("請求過於頻繁"),
    500: N_("系統發生錯誤"),
    503: N_("系統忙碌"),
}
INTERNAL_ERROR = 500


class UnsupportedMediaType(ClientException):
    """The body is of another kind (``Content-Type``) than the operation reads."""

    status_code = 415


# (code, text) of what the framework refuses before a handler runs.
FRAMEWORK: tuple[tuple[type[Exception], int, str, str], ...] = (
    (ValidationException, 422, "E-INPUT", N_("輸入內容有誤，請檢查標示的欄位。")),
    (NotFoundException, 404, "E-NOT-FOUND", N_("查無此頁或此資料。")),
    (MethodNotAllowedException, 405, "E-METHOD", N_("此網址不支援這項操作。")),
    (UnsupportedMediaType, 415, "E-MEDIA-TYPE", N_("送出的內容須為此作業所述的格式。")),
    (RequestEntityTooLarge, 413, "E-TOO-LARGE", N_("送出的內容超過上限。")),
    (
        PermissionDeniedException,
        403,
        "E-CSRF",
        N_("表單已失效，請重新整理頁面後再送出一次。"),
    ),
    (ClientException, 422, "E-INPUT", N_("輸入內容有誤，無法解讀。")),
)
BUSY = (503, "E-BUSY", N_("系統忙碌中，請稍後再試。"))
INTERNAL = (500, "E-INTERNAL", N_("系統發生錯誤，本次操作未完成。請將追蹤編號告知維運人員。"))

# The database is there but another transaction, or a limit of ours, stands before this one.
TRANSIENT = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.QueryCanceled,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.TooManyConnections,
    psycopg.errors.AdminShutdown,
    psycopg.errors.CannotConnectNow,
)


class Problem(Value, frozen=True, kw_only=True):
    """What went wrong, in the reader's language; ``arithmetic`` in the order of reading."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    arithmetic: Mapping[str, int]
    fields: Mapping[str, str]
    trace_id: str


def problem_of(error: Exception, *, gettext: Gettext) -> Problem:
    """Describe ``error``; what nobody anticipated shows nothing but the id of its trace."""
    if isinstance(error, DomainError):
        return _problem(
            error.status_code,
            error.code,
            error.text(gettext),
            gettext=gettext,
            arithmetic=error.arithmetic,
            fields=error.field_texts(gettext),
        )
    status, code, text = _of_framework(error)
    return _problem(status, code, gettext(text), gettext=gettext, fields=_fields(error))


def problem_on_page(error: Exception, *, gettext: Gettext) -> Problem:
    """Describe ``error`` with the words that its class has for its figures.

    The page has the kernel's words for the others; a machine reads the names.
    """
    problem = problem_of(error, gettext=gettext)
    if not isinstance(error, DomainError):
        return problem
    words = error.figure_words
    named = {words.get(name, name): figure for name, figure in problem.arithmetic.items()}
    return msgspec.structs.replace(problem, arithmetic=named)


def framework_code(status: int) -> str:
    """Return the code of what the framework itself refuses with ``status``."""
    return next(code for _, one, code, _ in FRAMEWORK if one == status)


def is_fault(problem: Problem) -> bool:
    """Tell whether somebody has to be woken: a fault of ours, not a refusal."""
    return problem.status == INTERNAL_ERROR


def _of_framework(error: Exception) -> tuple[int, str, str]:
    for kind, status, code, text in FRAMEWORK:
        if isinstance(error, kind):
            return status, code, text
    if _is_transient(error):
        return BUSY
    if isinstance(error, (sa.exc.DataError, psycopg.DataError)):
        # A number beyond its column, a NUL in a text: somebody's input, no fault of ours.
        return 422, "E-INPUT", N_("輸入內容有誤，無法解讀。")
    if isinstance(error, HTTPException) and error.status_code < INTERNAL_ERROR:
        return error.status_code, "E-REQUEST", N_("此請求無法處理。")
    return INTERNAL


def _is_transient(error: Exception) -> bool:
    if isinstance(error, sa.exc.DBAPIError):
        return error.connection_invalidated or isinstance(error.orig, TRANSIENT)
    return isinstance(error, (sa.exc.TimeoutError, psycopg.OperationalError))


def _fields(error: Exception) -> dict[str, str]:
    """Name the inputs that Litestar could not convert; its words are technical, but exact."""
    extra: Any = getattr(error, "extra", None)
    if not isinstance(error, ValidationException) or not isinstance(extra, list):
        return {}
    return {
        str(item["key"]): str(item.get("message", ""))
        for item in extra
        if isinstance(item, dict) and item.get("key")
    }


def _problem(
    status: int,
    code: str,
    detail: str,
    *,
    gettext: Gettext,
    arithmetic: Mapping[str, int] | None = None,
    fields: Mapping[str, str] | None = None,
) -> Problem:
    return Problem(
        type=f"urn:zhuji:refusal:{code}",
        title=gettext(TITLES.get(status, TITLES[409 if status < INTERNAL_ERROR else 500])),
        status=status,
        code=code,
        detail=detail,
        arithmetic=arithmetic or {},
        fields=fields or {},
        trace_id=tracing.current_trace_id(),
    )
