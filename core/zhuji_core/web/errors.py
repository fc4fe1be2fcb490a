"""Whatever is raised becomes an answer: problem+json for the API, a page for people."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, Response

from zhuji_core.values import N_
from zhuji_core.web.components import Link
from zhuji_core.web.context import ContextFactory, RequestContext
from zhuji_core.web.guards import NotSignedIn, is_api, referring_path
from zhuji_core.web.hang_ups import HUNG_UP, ClientHungUp
from zhuji_core.web.problems import (
    PROBLEM_JSON,
    Problem,
    is_fault,
    problem_of,
    problem_on_page,
)
from zhuji_core.web.rendering import html

log = logging.getLogger("zhuji")

# Of the headers that an exception brings: what may be asked instead, and when again.
TOLD = frozenset({"allow", "ratelimit", "ratelimit-policy", "retry-after", "www-authenticate"})


class ErrorPages:
    """The application's one exception handler."""

    def __init__(self, contexts: ContextFactory) -> None:
        self._contexts = contexts

    def __call__(self, request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        """Answer ``error``. Runs on the event loop: no database, so the page has no menu."""
        if isinstance(error, ClientHungUp):
            log.info("client hung up in %s %s", request.method, _route_of(request))
            return Response(b"", status_code=HUNG_UP)
        context = self._contexts.make(request)
        by_machine = is_api(request.scope)
        described = problem_of if by_machine else problem_on_page
        problem = described(error, gettext=context.gettext)
        if is_fault(problem):
            log.error("fault in %s %s", request.method, _route_of(request), exc_info=error)
        if isinstance(error, NotSignedIn) and not by_machine:
            return _to_sign_in(request, error)
        answer = as_json(problem) if by_machine else _as_page(context, problem)
        given: Mapping[str, str] = getattr(error, "headers", None) or {}
        answer.headers.update(
            {name: value for name, value in given.items() if name.lower() in TOLD}
        )
        return answer


def _route_of(request: Request[Any, Any, Any]) -> str:
    """Return the route: in a path stands whatever somebody typed."""
    return str(request.scope.get("path_template") or "(no route)")


def as_json(problem: Problem) -> Response[Any]:
    return Response(
        msgspec.json.encode(problem),
        status_code=problem.status,
        media_type=PROBLEM_JSON,
    )


def _to_sign_in(request: Request[Any, Any, Any], error: NotSignedIn) -> Response[bytes]:
    # htmx would put the sign-in page into a corner of this one; told so, it leaves the page.
    by_script = "hx-request" in request.headers
    headers: Mapping[str, str] = {
        "HX-Redirect" if by_script else "Location": error.sign_in_path,
    }
    return Response(b"", status_code=401 if by_script else 303, headers=headers)


def _as_page(context: RequestContext, problem: Problem) -> Response[Any]:
    renderer = context.renderer
    inside = context.signed_in is not None and context.has_county
    text = renderer.pages.render(
        "error.html",
        language=context.language,
        title=problem.title,
        problem=problem,
        next_steps=_next_steps(context),
        shell=renderer.shell(context) if inside else None,
        bare=renderer.bare(context),
    )
    return html(text, status_code=problem.status)


def _next_steps(context: RequestContext) -> tuple[Link, ...]:
    """Lead back to the form that was refused, and to a place that always works."""
    before = referring_path(context.request)
    home = context.path("") if context.has_county else "/"
    steps = [Link(title=context.gettext(N_("回到首頁")), url=home)]
    if before and before not in {home, context.request.url.path}:
        steps.insert(0, Link(title=context.gettext(N_("回到上一頁")), url=before))
    return tuple(steps)
