"""How the routes of carry-over requests are called: in a county that takes them all year."""

from __future__ import annotations

from typing import Any

import msgspec

from tests.boundaries.caller import Content
from tests.boundaries.common import agency_query, plain_form, reason_form, reason_json, rewritten
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from tests.boundaries.recipes.accounting import REVIEWER, WRITER, certified
from tests.plugins.accounting.given_carries import split, wanted_carry
from zhuji_accounting.domain.carries.carry_over import CarryOver
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.usecases.review_carry import review_carry
from zhuji_accounting.usecases.submit_carry import submit_carry
from zhuji_accounting.usecases.write_carry import WantedCarry, write_carry
from zhuji_core.settings import keep_setting


def in_season(scene: Scene) -> SpendingRequest:
    """Return a certified request of a county that takes carry-over requests all year."""
    with scene.world.uow(scene.world.actor(REVIEWER, scene.agency_code)) as uow:
        keep_setting(uow, module="accounting", key="carry_over_first_month", value=1)
    scene.world.county.settings["accounting"] = {"carry_over_first_month": 1}
    return certified(scene)


def wanted(scene: Scene, request: SpendingRequest) -> WantedCarry:
    return wanted_carry(
        *(split(line.line_no, back=line.amount_ntd) for line in request.lines),
        reason=scene.world.text("廠商尚未交貨"),
        evidence=scene.world.text("契約"),
        creditor=scene.world.text("甲商行"),
    )


def draft(scene: Scene, by: object = None) -> CarryOver:
    request = in_season(scene)
    actor = scene.world.actor(by or scene.by, scene.agency_code)  # type: ignore[arg-type]
    with scene.world.uow(actor) as uow:
        return write_carry(uow, wanted=wanted(scene, request), request_id=request.request_id)


def submitted(scene: Scene, by: object = WRITER) -> CarryOver:
    made = draft(scene, by)
    with scene.world.uow(scene.world.actor(by, scene.agency_code)) as uow:  # type: ignore[arg-type]
        return submit_carry(uow, carry_id=made.carry_id)


def reviewed(scene: Scene) -> CarryOver:
    made = submitted(scene)
    with scene.world.uow(scene.world.actor(REVIEWER, scene.agency_code)) as uow:
        return review_carry(uow, carry_id=made.carry_id)


def _id(made: CarryOver) -> Values:
    return {"carry_id": str(made.carry_id)}


def _own_draft(scene: Scene) -> Values:
    return _id(draft(scene))


def _own_submitted(scene: Scene) -> Values:
    return _id(submitted(scene, scene.by))


def _submitted(scene: Scene) -> Values:
    return _id(submitted(scene))


def _reviewed(scene: Scene) -> Values:
    return _id(reviewed(scene))


def _request(scene: Scene) -> Values:
    request = in_season(scene)
    return {"request_id": str(request.request_id)}


def _amount_ntd(scene: Scene, values: Values) -> int:
    """Return what the first line holds, of the request or of the carry-over request."""
    found = scene.world.county.rows(
        "SELECT l.amount_ntd FROM accounting.request_line AS l"
        "  LEFT JOIN accounting.carry_over AS c USING (request_id)"
        " WHERE (l.request_id::text = :request OR c.carry_id::text = :carry) AND l.line_no = 1",
        request=values.get("request_id", ""),
        carry=values.get("carry_id", ""),
    )
    return int(found[0].amount_ntd) if found else 1


def _json(scene: Scene, values: Values) -> Content:
    one = wanted_carry(
        split(1, back=_amount_ntd(scene, values)), reason=scene.world.text("尚未交貨")
    )
    body: Any = msgspec.to_builtins(one)
    return Content(json=body)


def _form(scene: Scene, values: Values) -> Content:
    return Content(form={
        "reason": scene.world.text("尚未交貨"), "evidence": "契約", "creditor": "",
        "creditor_id": "", "lines-0-release": str(_amount_ntd(scene, values)),
    })  # fmt: skip


def _decision_json(_scene: Scene, _values: Values) -> Content:
    return Content(json={"lines": [{"line_no": 1}]})


def _decision_form(_scene: Scene, _values: Values) -> Content:
    return Content(form={"lines-0-carry": "0", "lines-0-payable": "0"})


def _chosen_json(_scene: Scene, values: Values) -> Content:
    return Content(json={"carry_ids": [values["carry_ids"]]})


def _chosen_form(_scene: Scene, values: Values) -> Content:
    return Content(form={"carry_ids": values["carry_ids"], "confirmation": "1"})


def _many_reviewed(scene: Scene) -> Values:
    return {"carry_ids": str(reviewed(scene).carry_id)}


KINDS = {
    "accounting.carry_id": Kind(make=lambda scene: str(submitted(scene).carry_id), of_agency=True),
}

RECIPES = {
    "accounting.carry-overs.list": Recipe(role="REQ", content=agency_query, names_agency=True),
    "accounting.carry-overs.list-page": Recipe(role="REQ", content=agency_query, names_agency=True),
    "accounting.carry-overs.write": Recipe(role="REQ", prepare=_request, content=_json),
    "accounting.carry-overs.rewrite": Recipe(
        role="REQ", prepare=_own_draft, content=rewritten(_json)
    ),
    "accounting.carry-overs.submit": Recipe(role="REQ", prepare=_own_draft),
    "accounting.carry-overs.review": Recipe(role="REV", prepare=_submitted),
    "accounting.carry-overs.return": Recipe(role="REV", prepare=_submitted, content=reason_json),
    "accounting.carry-overs.decide": Recipe(role="BAS", prepare=_reviewed, content=_decision_json),
    "accounting.carry-overs.withdraw": Recipe(role="REQ", prepare=_own_submitted),
    "accounting.carry-overs.form": Recipe(role="REQ", prepare=_request),
    "accounting.carry-overs.write-form": Recipe(role="REQ", prepare=_request, content=_form),
    "accounting.carry-overs.edit-form": Recipe(role="REQ", prepare=_own_draft),
    "accounting.carry-overs.rewrite-form": Recipe(role="REQ", prepare=_own_draft, content=_form),
    "accounting.carry-overs.decision-form": Recipe(role="BAS", prepare=_reviewed),
    "accounting.carry-overs.decide-form": Recipe(
        role="BAS", prepare=_reviewed, content=_decision_form
    ),
    "accounting.carry-overs.batch-decide": Recipe(
        role="BAS", prepare=_many_reviewed, content=_chosen_json
    ),
    "accounting.carry-overs.choose": Recipe(
        role="BAS", prepare=_many_reviewed, content=_chosen_form, changes_nothing=True
    ),
    "accounting.carry-overs.batch-decide-form": Recipe(
        role="BAS", prepare=_many_reviewed, content=_chosen_form
    ),
    "accounting.carry-overs.submit-form": Recipe(
        role="REQ", prepare=_own_draft, content=plain_form
    ),
    "accounting.carry-overs.review-form": Recipe(
        role="REV", prepare=_submitted, content=plain_form
    ),
    "accounting.carry-overs.return-form": Recipe(
        role="REV", prepare=_submitted, content=reason_form
    ),
    "accounting.carry-overs.withdraw-form": Recipe(
        role="REQ", prepare=_own_submitted, content=plain_form
    ),
}
