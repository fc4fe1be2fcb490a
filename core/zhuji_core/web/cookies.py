"""The cookies of one county: the session, and a sign-in that is not finished yet."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from litestar import Response

from zhuji_core.identity import sessions
from zhuji_core.identity.sign_in_steps import LASTS, Entered
from zhuji_core.web.answers import see_other, to_response
from zhuji_core.web.context import RequestContext


def step_cookie(county_code: str) -> str:
    """Name the cookie of an unfinished sign-in to one county."""
    return f"zhuji_step_{county_code.lower()}"


def step_token(context: RequestContext) -> str:
    return str(context.request.cookies.get(step_cookie(context.county.code), ""))


def set_session(context: RequestContext, response: Response[Any], *, token: str) -> None:
    """Give the browser the token of a session, which no script reads and no other site sends."""
    _set(context, response, name=sessions.cookie_name(context.county.code), token=token)


def enter_response(context: RequestContext, entered: Entered, *, next_path: str) -> Response[bytes]:
    """Lead on: into the county with a session, or to the page of the next step."""
    if entered.step is None:
        response = to_response(see_other(next_path))
        set_session(context, response, token=entered.token)
        response.delete_cookie(step_cookie(context.county.code), path=_path(context))
        return response
    page = context.path(f"sign-in/{entered.step.value}")
    response = to_response(see_other(f"{page}?next={quote(next_path, safe='/')}"))
    name = step_cookie(context.county.code)
    _set(context, response, name=name, token=entered.token, max_age=int(LASTS.total_seconds()))
    return response


def _set(
    context: RequestContext,
    response: Response[Any],
    *,
    name: str,
    token: str,
    max_age: int | None = None,
) -> None:
    response.set_cookie(
        key=name,
        value=token,
        path=_path(context),
        max_age=max_age,
        httponly=True,
        samesite="lax",
        secure=context.secure,
    )


def _path(context: RequestContext) -> str:
    return context.path("").rstrip("/")
