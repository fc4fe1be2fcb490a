"""How the routes of commitments are called: supplements and awards of certified requests."""

from __future__ import annotations

from tests.boundaries.caller import Content
from tests.boundaries.common import agency_query
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from tests.boundaries.recipes.accounting import AMOUNT_NTD, _typed, certified


def _certified(scene: Scene) -> Values:
    return {"request_id": str(certified(scene).request_id)}


def _award_json(scene: Scene, _values: Values) -> Content:
    return Content(json={
        "contract": {"contract_no": scene.world.text("採-1"),
                     "contractor": scene.world.text("乙營造"), "awarded_on": "2016-03-01"},
        "lines": [{"line_no": 1, "amount_ntd": AMOUNT_NTD - 1}],
    })  # fmt: skip


def _award_form(scene: Scene, _values: Values) -> Content:
    return Content(form={
        "contract_no": scene.world.text("採-1"), "contractor": scene.world.text("乙營造"),
        "awarded_on": "1050301", "amount-1": str(AMOUNT_NTD - 1),
    })  # fmt: skip


def _hold_json(scene: Scene, _values: Values) -> Content:
    return Content(json={"hold_until": "2016-11-30", "reason": scene.world.text("延後")})


def _hold_form(scene: Scene, _values: Values) -> Content:
    return Content(form={"hold_until": "1051130", "reason": scene.world.text("延後")})


KINDS: dict[str, Kind] = {}

RECIPES = {
    "accounting.requests.award": Recipe(role="REV", prepare=_certified, content=_award_json),
    "accounting.awards.form": Recipe(role="REV", prepare=_certified),
    "accounting.awards.write-form": Recipe(role="REV", prepare=_certified, content=_award_form),
    "accounting.requests.hold": Recipe(role="REV", prepare=_certified, content=_hold_json),
    "accounting.holds.form": Recipe(role="REV", prepare=_certified),
    "accounting.holds.write-form": Recipe(role="REV", prepare=_certified, content=_hold_form),
    "accounting.reservations.list": Recipe(role="REQ", content=agency_query, names_agency=True),
    "accounting.reservations.page": Recipe(role="REQ", content=agency_query, names_agency=True),
    "accounting.reservations.export": Recipe(role="REQ", content=agency_query, names_agency=True),
    "accounting.supplements.form": Recipe(role="REQ", prepare=_certified),
    "accounting.supplements.send": Recipe(role="REQ", prepare=_certified, content=_typed),
}
