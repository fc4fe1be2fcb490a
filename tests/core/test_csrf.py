"""Who sends a form proves that it saw the cookie: the token comes twice, and is one of ours."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

import pytest
from litestar.datastructures import FormMultiDict, UploadFile
from litestar.exceptions import PermissionDeniedException

from tests.apart import run_apart
from zhuji_core.web.csrf import CSRF_COOKIE, Csrf
from zhuji_core.web.hang_ups import IncomingRequest
from zhuji_core.web.state import RequestState

CSRF = Csrf("a secret of this test", https=True)
FORM = "application/x-www-form-urlencoded"


def admitted(
    method: str,
    *,
    cookie: str | None = None,
    form: Mapping[str, object] | None = None,
    path: str = "/txg/x",
    **headers: str,
) -> RequestState:
    """Return what the kernel knows of an admitted request; raise what refuses it."""
    given = {"cookie": f"{CSRF_COOKIE}={cookie}"} if cookie is not None else {}
    named = {name.replace("_", "-"): value for name, value in (given | headers).items()}
    scope: dict[str, Any] = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        "query_string": b"",
    }
    state = RequestState()
    request: Any = IncomingRequest(scope)  # type: ignore[arg-type]
    if form is not None:
        request._form = FormMultiDict(form)  # as Litestar has read it
    run_apart(CSRF.admit(request, state))
    return state


def a_token() -> str:
    return admitted("GET").csrf_token


def test_who_reads_is_given_a_token_once() -> None:
    first = admitted("GET")
    assert f"{CSRF_COOKIE}={first.csrf_token}; Path=/; SameSite=lax; Secure" == first.set_cookie
    again = admitted("GET", cookie=first.csrf_token)
    assert (again.csrf_token, again.set_cookie) == (first.csrf_token, "")
    assert admitted("GET").csrf_token != first.csrf_token


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_who_changes_something_sends_it_beside_the_cookie(method: str) -> None:
    token = a_token()
    assert admitted(method, cookie=token, x_csrftoken=token).csrf_token == token
    form = {"_csrf_token": token, "a": "b"}
    assert admitted(method, cookie=token, form=form, content_type=FORM).csrf_token == token


@pytest.mark.parametrize("made_up", ["", "x", "甲", "0" * 64, "0" * 128])
def test_a_token_that_we_did_not_sign_is_none(made_up: str) -> None:
    for kept, sent in ((made_up, made_up), (a_token(), made_up), (made_up, a_token())):
        with pytest.raises(PermissionDeniedException):
            admitted("POST", cookie=kept, x_csrftoken=sent)


def test_somebody_elses_token_is_none() -> None:
    one, other = a_token(), a_token()
    for kept, sent in ((one, other), (one, one[:64] + other[64:]), (one, one.upper())):
        with pytest.raises(PermissionDeniedException):
            admitted("POST", cookie=kept, x_csrftoken=sent)
    with pytest.raises(PermissionDeniedException):
        admitted("POST", x_csrftoken=one)
    with pytest.raises(PermissionDeniedException):
        admitted("POST", cookie=one)
    forged = Csrf("another secret", https=True)._new()
    with pytest.raises(PermissionDeniedException):
        admitted("POST", cookie=forged, x_csrftoken=forged)


def test_a_file_in_the_place_of_the_token_is_none() -> None:
    upload = UploadFile(content_type="text/plain", filename="t")
    with closing(upload.file), pytest.raises(PermissionDeniedException):
        admitted(
            "POST",
            cookie=a_token(),
            form={"_csrf_token": upload},
            content_type="multipart/form-data",
        )


def test_a_program_brings_its_own_secret_at_the_api_alone() -> None:
    bearer = "Bearer zjt_x"
    assert admitted("POST", path="/txg/api/v1/x", authorization=bearer).csrf_token == ""
    with pytest.raises(PermissionDeniedException):
        admitted("POST", path="/txg/x", authorization=bearer)
