"""How long it takes to make an answer: pages, JSON, and checks of signatures and passwords."""

from __future__ import annotations

import argon2
import jinja2
import webauthn
from litestar.response.base import Response

from zhuji_observability.recorder.around import Undo, replace, timed, together
from zhuji_observability.recorder.terms import Term


def watch() -> Undo:
    """Put clocks around templates, the making of JSON, keys (WebAuthn) and passwords."""
    return together(
        replace(jinja2.Template, "render", timed(Term.TEMPLATE)),
        replace(Response, "render", timed(Term.SERIALISE)),
        replace(argon2.PasswordHasher, "verify", timed(Term.SIGNATURE)),
        replace(webauthn, "verify_authentication_response", timed(Term.SIGNATURE)),
        replace(webauthn, "verify_registration_response", timed(Term.SIGNATURE)),
    )
