"""The language that this browser chose."""

from __future__ import annotations

from litestar import Response

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
