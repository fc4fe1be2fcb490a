"""How the routes of signing in, sessions and passwords are called."""

from __future__ import annotations

import uuid

from tests.boundaries.caller import Content
from tests.boundaries.common import plain_form
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from tests.boundaries.recipes.kernel_people import somebody
from tests.core.site import PASSWORD
from zhuji_core.identity.reset_password import make_reset_code
from zhuji_core.ids import new_id

OPEN_SESSION = """
    INSERT INTO kernel.web_session (token_digest, user_id, created_at, expires_at, session_id)
    VALUES (:token, :user_id, now(), now() + interval '1 hour', :session_id)
"""


def _sign_in(scene: Scene, _values: Values) -> Content:
    return Content(form={"account": scene.by.account, "password": PASSWORD})


def _language(_scene: Scene, _values: Values) -> Content:
    return Content(form={"language": "en"})


def _session_of(scene: Scene, user_id: str) -> str:
    """Open a browser of ``user_id`` somewhere; return the session's id."""
    session_id = new_id()
    scene.world.county.execute(
        OPEN_SESSION, session_id=session_id, user_id=user_id, token=session_id.bytes + bytes(16)
    )
    return str(session_id)


def _own_session(scene: Scene) -> str:
    return _session_of(scene, str(scene.by.user_id))


def _another_of_mine(scene: Scene) -> Values:
    _own_session(scene)
    return {}


def _their_session(scene: Scene) -> Values:
    user_id = somebody(scene)
    return {"user_id": user_id, "session_id": _session_of(scene, user_id)}


def _aged_password(scene: Scene) -> Values:
    scene.world.restore_password(scene.by)
    return {}


def _reset_code(scene: Scene) -> Values:
    user_id = somebody(scene)
    actor = scene.world.actor(scene.world.colleague, scene.agency_code)
    with scene.world.uow(actor) as uow:
        made = make_reset_code(uow, user_id=uuid.UUID(user_id))
    return {"account": made.user.account, "code": made.code}


def _password() -> str:
    return f"Zeta-{uuid.uuid4().hex[:16]}-Omega"


def _new_password(_scene: Scene, _values: Values) -> Content:
    new = _password()
    return Content(form={"current": PASSWORD, "password": new, "repeated": new})


def _redeem(_scene: Scene, values: Values) -> Content:
    new = _password()
    return Content(form={
        "account": values["account"], "code": values["code"], "password": new, "repeated": new,
    })  # fmt: skip


KINDS: dict[str, Kind] = {
    "session_id": Kind(make=_own_session, of_person=True),
    "kernel.user-session.end:session_id": Kind(make=_own_session),
}

RECIPES = {
    "kernel.password.change": Recipe(
        role="REQ", prepare=_aged_password, content=_new_password, keyless=True, ends_session=True
    ),
    "kernel.password.reset": Recipe(role="ADM", content=plain_form, keyless=True),
    "kernel.password.redeem": Recipe(
        role="REQ", prepare=_reset_code, content=_redeem, keyless=True
    ),
    # Nobody is between two steps of signing in here: the step is refused.
    "kernel.password.step": Recipe(
        role="REQ", content=_new_password, keyless=True, changes_nothing=True, also=frozenset({401})
    ),
    "kernel.sessions.end-mine": Recipe(role="REQ", prepare=_another_of_mine, content=plain_form),
    "kernel.session.end-mine": Recipe(role="REQ", content=plain_form),
    "kernel.user-sessions.end": Recipe(role="ADM", prepare=_their_session, content=plain_form),
    "kernel.user-session.end": Recipe(role="ADM", prepare=_their_session, content=plain_form),
    "kernel.session.open": Recipe(role="REQ", content=_sign_in, keyless=True),
    "kernel.session.close": Recipe(role="REQ", content=plain_form, keyless=True, ends_session=True),
    "kernel.language.choose": Recipe(
        role="REQ", content=_language, keyless=True, changes_nothing=True
    ),
}
