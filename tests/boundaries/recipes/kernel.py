"""How the kernel's routes of modules, tokens, drafts and emergency access are called."""

from __future__ import annotations

import uuid

from tests.boundaries.caller import Content
from tests.boundaries.common import plain_form
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from tests.boundaries.recipes.kernel_people import BY_RULE, reason_form, reason_json
from tests.core.probe import IDLE
from zhuji_core.ids import new_id
from zhuji_core.permissions import MAKE_TOKEN, REVOKE_TOKEN
from zhuji_core.testing.counties import BUSINESS_DATE
from zhuji_core.web import drafts

FORM = "boundaries.form"
BREAK_GLASS = """
    INSERT INTO kernel.break_glass
           (pass_id, pass_no, operator_id, operator_account, operator_name, reason, approved_by,
            single_handed, token_digest, opened_at, expires_at)
    VALUES (:pass_id, 1, :pass_id, 'ops1', '維運甲', :reason, 'ops2', false, :digest, now(),
            now() + interval '1 hour')
"""
MACHINE = """
    INSERT INTO kernel.machine_token
           (token_id, token_digest, hint, owner_id, name, permissions, made_by, made_at,
            valid_from, valid_to)
    VALUES (:token_id, :digest, 'zj', :owner, :name, ARRAY['kernel.token.make'], :owner, now(),
            now(), now() + interval '9 days')
"""
SET_MODULES = f"""
    UPDATE kernel.module_set
       SET modules = ARRAY (SELECT DISTINCT m
                              FROM unnest(COALESCE(modules, CAST(:known AS text[]))) AS m
                             WHERE m <> '{IDLE}')
                     || CAST(:idle AS text[])
"""  # noqa: S608 (a constant of the tests)


def _draft(scene: Scene) -> str:
    fields = {"purpose": scene.world.text("打到一半")}
    drafts.put_draft(
        scene.world.site.counties[scene.world.code],
        user_id=scene.by.user_id,
        form_key=FORM,
        fields=fields,
    )
    return FORM


def _typed(scene: Scene, _values: Values) -> Content:
    return Content(json={"purpose": scene.world.text("打到一半")})


def _idle_module(scene: Scene, *, enabled: bool) -> Values:
    """Let the module that does nothing be on or off, whatever was switched before."""
    access = scene.world.site.counties[scene.world.code]
    scene.world.county.execute(
        SET_MODULES, known=list(access.county.modules), idle=[IDLE] if enabled else []
    )
    return {"name": IDLE}


def _idle_is_off(scene: Scene) -> Values:
    return _idle_module(scene, enabled=False)


def _idle_is_on(scene: Scene) -> Values:
    return _idle_module(scene, enabled=True)


def _day_query(_scene: Scene, _values: Values) -> Content:
    return Content(query={"day": str(BUSINESS_DATE)})


def _audit_id(scene: Scene) -> str:
    return str(scene.world.county.rows("SELECT min(audit_id) FROM kernel.audit_entry")[0][0])


def _token_name() -> str:
    return f"machine-{uuid.uuid4().hex[:12]}"


def _token(scene: Scene) -> str:
    token_id = new_id()
    scene.world.county.execute(
        MACHINE,
        token_id=token_id,
        digest=token_id.bytes + bytes(16),
        owner=scene.by.user_id,
        name=_token_name(),
    )
    return str(token_id)


def _token_form(_scene: Scene, _values: Values) -> Content:
    return Content(form={"name": _token_name(), "permissions": MAKE_TOKEN.name, "days": "9"})


def _pass(scene: Scene) -> str:
    """Open an operator's emergency access to this county."""
    pass_id = new_id()
    scene.world.county.execute(
        BREAK_GLASS,
        pass_id=pass_id,
        digest=pass_id.bytes + bytes(16),
        reason=scene.world.text("搶修"),
    )
    return str(pass_id)


KINDS: dict[str, Kind] = {
    "pass_id": Kind(make=_pass),
    "token_id": Kind(make=_token, of_person=True, others=REVOKE_TOKEN),
    "audit_id": Kind(make=_audit_id, missing="999999999"),
    "day": Kind(make=lambda _: str(BUSINESS_DATE), missing=""),
    "file_format": Kind(make=lambda _: "csv", missing="exe"),
    "name": Kind(make=lambda _: IDLE, missing=""),
    "form_key": Kind(make=_draft, missing="", of_person=True),
}

RECIPES = {
    # A token is given no more than its owner has in the whole of its reach: 403 by the rule.
    "kernel.token.make": Recipe(role="ADM", content=_token_form, keyless=True, also=BY_RULE),
    "kernel.token.revoke": Recipe(role="ADM", content=plain_form),
    "kernel.break-glass.end": Recipe(role="ADM"),
    "kernel.break-glass.end-form": Recipe(role="ADM", content=plain_form),
    "kernel.audit.daily.export": Recipe(role="AUD", content=_day_query),
    "kernel.module.enable": Recipe(role="ADM", prepare=_idle_is_off, content=reason_json),
    "kernel.module.disable": Recipe(role="ADM", prepare=_idle_is_on, content=reason_json),
    "kernel.module.enable-form": Recipe(role="ADM", prepare=_idle_is_off, content=reason_form),
    "kernel.module.disable-form": Recipe(role="ADM", prepare=_idle_is_on, content=reason_form),
    "kernel.draft.keep": Recipe(role="REQ", content=_typed, keyless=True),
    "kernel.draft.forget": Recipe(role="REQ", keyless=True),
}
