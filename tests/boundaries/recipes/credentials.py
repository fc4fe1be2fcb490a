"""How the routes of security keys and recovery codes are called.

A browser's key cannot answer over plain HTTP at 127.0.0.1: those routes are refused here, and
proved with a real browser and a key in software in ``tests/core/identity/test_second_factor.py``.
"""

from __future__ import annotations

from tests.boundaries.caller import Content
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from zhuji_core.ids import new_id

MAKE_KEY = """
    INSERT INTO kernel.security_key
           (key_id, user_id, name, credential_id, public_key, sign_count, made_at)
    VALUES (:key_id, :user_id, :name, :credential_id, '', 0, now())
"""
FORGET_KEYS = "DELETE FROM kernel.security_key WHERE user_id = :user_id"
FORGET_PROPOSALS = "DELETE FROM kernel.proposal WHERE kind = 'kernel.factor.reset'"
# At 127.0.0.1 there are no keys; nobody is between two steps of signing in.
NO_KEYS = frozenset({409, 422})
NO_STEP = frozenset({401})


def _key(scene: Scene) -> str:
    key_id = new_id()
    scene.world.county.execute(FORGET_KEYS, user_id=scene.by.user_id)
    scene.world.county.execute(
        MAKE_KEY,
        key_id=key_id,
        user_id=scene.by.user_id,
        name=scene.world.text("辦公室"),
        credential_id=key_id.bytes,
    )
    return str(key_id)


def _named(scene: Scene, _values: Values) -> Content:
    return Content(form={"name": scene.world.text("家裡"), "answer": "{}"})


def _plain(_scene: Scene, _values: Values) -> Content:
    return Content(form={})


def _reason(scene: Scene, _values: Values) -> Content:
    return Content(form={"reason": scene.world.text("金鑰遺失")})


def _no_open_proposal(scene: Scene) -> Values:
    scene.world.county.execute(FORGET_PROPOSALS)
    return {}


KINDS = {
    "key_id": Kind(make=_key, of_person=True),
}

RECIPES = {
    "kernel.factor.options": Recipe(role="REQ", keyless=True, changes_nothing=True, also=NO_KEYS),
    "kernel.factor.add": Recipe(
        role="REQ", content=_named, keyless=True, changes_nothing=True, also=NO_KEYS
    ),
    "kernel.factor.rename": Recipe(role="REQ", content=_named),
    "kernel.factor.remove": Recipe(role="REQ", content=_plain),
    "kernel.recovery-codes.make": Recipe(role="REQ", content=_plain, keyless=True),
    "kernel.factor.reset": Recipe(role="ADM", prepare=_no_open_proposal, content=_reason),
    "kernel.factor.step-options": Recipe(
        role="REQ", keyless=True, changes_nothing=True, also=NO_STEP | NO_KEYS
    ),
    "kernel.factor.step": Recipe(
        role="REQ", content=_plain, keyless=True, changes_nothing=True, also=NO_STEP | NO_KEYS
    ),
    "kernel.factor.enrol-options": Recipe(
        role="REQ", keyless=True, changes_nothing=True, also=NO_STEP | NO_KEYS
    ),
    "kernel.factor.enrol": Recipe(
        role="REQ", content=_named, keyless=True, changes_nothing=True, also=NO_STEP | NO_KEYS
    ),
}
