"""How the routes of deputies and of written exceptions from separation of duties are called."""

from __future__ import annotations

from tests.boundaries.caller import Content
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from tests.boundaries.recipes.kernel_people import (
    BY_RULE,
    proposal,
    reason_form,
    reason_json,
    somebody,
)
from zhuji_core.ids import new_id

EXCEPT = """
    INSERT INTO kernel.duty_exception (exception_id, number, user_id, rule_code, agency_code,
                                       valid_from, valid_to, reason, reviewer_id, review_due_on,
                                       proposal_id, approved_at)
    VALUES (:exception_id, :number, :person, 'write-certify', :agency, '2016-03-15',
            '2016-12-31', :reason, :reviewer, '2016-12-31', :proposal, now())
"""
LEND = """
    INSERT INTO kernel.delegation (delegation_id, delegator_id, deputy_id, agency_code, roles,
                                   valid_from, valid_to, reason, appointed_at)
    VALUES (:delegation_id, :delegator, :deputy, :agency, '{REQ}', '2016-03-15', '2016-03-31',
            :reason, now())
"""


def _delegation(scene: Scene) -> str:
    """Let the person under test have lent a role to somebody."""
    delegation_id = new_id()
    scene.world.county.execute(
        LEND,
        delegation_id=delegation_id,
        delegator=scene.by.user_id,
        deputy=somebody(scene),
        agency=scene.agency_code,
        reason=scene.world.text("休假"),
    )
    return str(delegation_id)


def _deputy_json(scene: Scene, _values: Values) -> Content:
    return Content(json={
        "deputy_id": somebody(scene), "roles": ["REQ"], "agency_code": scene.agency_code,
        "valid_from": "2016-03-15", "valid_to": "2016-03-31", "reason": scene.world.text("休假"),
    })  # fmt: skip


def _deputy_form(scene: Scene, _values: Values) -> Content:
    return Content(form={
        "deputy": scene.world.colleague.account, "roles": "REQ", "agency_code": scene.agency_code,
        "valid_from": "1050315", "valid_to": "331", "reason": scene.world.text("休假"),
    })  # fmt: skip


def _acting(scene: Scene, _values: Values) -> Content:
    return Content(form={"agency_code": scene.agency_code})


def _exception(scene: Scene) -> str:
    """Keep an exception that the person under test reviews."""
    exception_id, person = new_id(), somebody(scene)
    scene.world.county.execute(
        EXCEPT,
        exception_id=exception_id,
        number=f"{scene.world.mark}{exception_id.hex}",
        person=person,
        agency=scene.agency_code,
        reviewer=scene.by.user_id,
        proposal=proposal(scene),
        reason=scene.world.text("人力不足"),
    )
    return str(exception_id)


def _findings_json(scene: Scene, _values: Values) -> Content:
    return Content(json={"findings": scene.world.text("無誤")})


def _findings_form(scene: Scene, _values: Values) -> Content:
    return Content(form={"findings": scene.world.text("無誤")})


def _exception_json(scene: Scene, _values: Values) -> Content:
    return Content(json={
        "user_id": somebody(scene), "rule_code": "write-certify",
        "agency_code": scene.agency_code, "valid_from": "2016-03-15", "valid_to": "2016-12-31",
        "reviewer_id": str(scene.by.user_id), "reason": scene.world.text("人力不足"),
    })  # fmt: skip


def _exception_form(scene: Scene, _values: Values) -> Content:
    scene.world.county.execute(
        "DELETE FROM kernel.proposal WHERE kind = 'kernel.exception.propose'"
    )
    return Content(form={
        "account": scene.world.colleague.account, "rule_code": "write-certify",
        "agency": scene.agency_code, "valid_from": "1050315", "valid_to": "1051231",
        "reviewer": scene.by.account, "reason": scene.world.text("人力不足"),
    })  # fmt: skip


KINDS: dict[str, Kind] = {
    "exception_id": Kind(make=_exception),
    "delegation_id": Kind(make=_delegation),
}

RECIPES = {
    "kernel.exception.propose": Recipe(role="ADM", content=_exception_json),
    "kernel.exception.propose-form": Recipe(role="ADM", content=_exception_form),
    "kernel.exception.review": Recipe(role="REQ", content=_findings_json),
    "kernel.exception.review-form": Recipe(role="REQ", content=_findings_form),
    "kernel.exception.end": Recipe(role="ADM", content=reason_json),
    "kernel.exception.end-form": Recipe(role="ADM", content=reason_form),
    "kernel.acting.choose": Recipe(role="REQ", content=_acting, also=BY_RULE, keyless=True),
    "kernel.delegation.appoint": Recipe(role="REQ", content=_deputy_json, also=BY_RULE),
    "kernel.delegation.appoint-form": Recipe(role="REQ", content=_deputy_form, also=BY_RULE),
    "kernel.delegation.end": Recipe(role="REQ", content=reason_json),
    "kernel.delegation.end-form": Recipe(role="REQ", content=reason_form),
}
