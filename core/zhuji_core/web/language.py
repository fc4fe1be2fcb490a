"""The language that this browser chose."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from litestar import Request, Response

from zhuji_core.i18n import LANGUAGES
from zhuji_core.web.answers import see_other, to_response
from zhuji_core.web.context import LANGUAGE_COOKIE

A_YEAR_S = 365 * 24 * 3600


def in_language(language: str, *, path: str) -> Response[bytes]:
    """Keep the choice (one that we do not speak is no choice) and show ``path`` in it."""
    response = to_response(see_other(path))
    if language in LANGUAGES:
        response.set_cookie(
            key=LANGUAGE_COOKIE, value=language, max_age=A_YEAR_S, path="/", samesite="lax"
        )
    return response


def chosen_language(request: Request[Any, Any, Any], *, next_path: str) -> Response[bytes] | None:
    """Answer the language links of a page before signing in: the same page, in that language.

    ``next_path`` is where the page leads afterwards. None: nobody chose.
    """
    wanted = request.query_params.get("language", "")
    if request.method != "GET" or not wanted:
        return None
    leads = f"?next={quote(next_path, safe='/')}" if next_path else ""
    return in_language(wanted, path=f"{request.url.path}{leads}")
