"""How the routes of security keys and recovery codes are called.

A browser's key cannot answer over plain HTTP at 127.0.0.1: those routes are refused here, and
proved with a real browser and a key in software in ``tests/core/identity/test_second_factor.py``.
"""

from __future__ import annotations

from tests.boundaries.caller import Content
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from zhuji_core.ids import new_id

FORGET_PROPOSALS = "DELETE FROM kernel.proposal WHERE kind = 'kernel.factor.reset'"
# At 127.0.0.1 there are no keys; nobody is between two steps of signing in.
NO_KEYS = frozenset({409, 422})
NO_KEY = frozenset({404})
NO_STEP = frozenset({401})


def _unknown_key(_scene: Scene) -> str:
    """Name no key: whoever had one would be asked for it at every later sign-in here."""
    return str(new_id())


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
    "key_id": Kind(make=_unknown_key, of_person=True),
}

RECIPES = {
    "kernel.factor.options": Recipe(role="REQ", keyless=True, changes_nothing=True, also=NO_KEYS),
    "kernel.factor.add": Recipe(
        role="REQ", content=_named, keyless=True, changes_nothing=True, also=NO_KEYS
    ),
    "kernel.factor.rename": Recipe(
        role="REQ", content=_named, keyless=True, changes_nothing=True, also=NO_KEY
    ),
    "kernel.factor.remove": Recipe(
        role="REQ", content=_plain, keyless=True, changes_nothing=True, also=NO_KEY
    ),
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
