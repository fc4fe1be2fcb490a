"""How the routes of preparation are called: estimates in each state, of a year of their own."""

from __future__ import annotations

import uuid

from tests.boundaries.caller import Content
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from tests.boundaries.recipes.budget import clear_year
from tests.boundaries.world import HERE, THERE, World
from tests.plugins.accounting.given import YEAR
from zhuji_budget.domain.estimate_items import WantedItem, WantedLine
from zhuji_budget.permissions import READ_ESTIMATES, SUBMIT_ESTIMATE, WRITE_ESTIMATE
from zhuji_budget.usecases.open_estimate import open_estimate
from zhuji_budget.usecases.review_estimate import review_estimate
from zhuji_budget.usecases.submit_estimate import submit_estimate
from zhuji_budget.usecases.write_estimate import write_estimate

NEXT = YEAR + 1
CLEAR = (
    """
    DELETE FROM budget.estimate_item WHERE estimate_line_id IN
           (SELECT estimate_line_id FROM budget.estimate_line JOIN budget.estimate
             USING (estimate_id) WHERE fiscal_year = :year AND agency_code = :agency)
    """,
    """
    DELETE FROM budget.estimate_line WHERE estimate_id IN
           (SELECT estimate_id FROM budget.estimate
             WHERE fiscal_year = :year AND agency_code = :agency)
    """,
    """
    DELETE FROM budget.estimate_version WHERE estimate_id IN
           (SELECT estimate_id FROM budget.estimate
             WHERE fiscal_year = :year AND agency_code = :agency)
    """,
    """
    DELETE FROM budget.unit_book WHERE estimate_id IN
           (SELECT estimate_id FROM budget.estimate
             WHERE fiscal_year = :year AND agency_code = :agency)
    """,
    "DELETE FROM budget.estimate WHERE fiscal_year = :year AND agency_code = :agency",
)
REVENUE = """
    INSERT INTO budget.revenue_row
           (revenue_row_id, fiscal_year, agency_code, agency_name, code, name, source_code,
            source_name, account, bill_ntd)
    VALUES (:id, 106, :agency, '機關', '0401', '規費', '04', '規費收入', 'current', 1000)
"""
LINES = (
    "SELECT estimate_line_id, name FROM budget.estimate_line"
    " WHERE estimate_id = CAST(:id AS uuid) ORDER BY code"
)


def clear(world: World, agency_code: str) -> None:
    world.county.execute("DELETE FROM budget.agency_supervisor")
    for statement in CLEAR:
        world.county.execute(statement, year=NEXT, agency=agency_code)


def _no_estimate(scene: Scene) -> Values:
    clear(scene.world, scene.agency_code)
    return {}


def given_estimate(scene: Scene) -> str:
    """Open the agency's estimate anew, with the work plan of this year's budget, not yet keyed."""
    clear(scene.world, scene.agency_code)
    actor = scene.world.actor(1, scene.agency_code)
    with scene.world.county.uow(actor) as uow:
        made = open_estimate(uow, fiscal_year=NEXT, agency_code=scene.agency_code)
    return str(made.estimate_id)


def given_keyed(scene: Scene) -> Values:
    """The same with one item in its work plan."""
    estimate_id = given_estimate(scene)
    line = scene.world.county.rows(LINES, id=estimate_id)[0]
    wanted = WantedLine(
        side="expenditure",
        code="",
        name=line.name,
        reason=scene.world.of_agency(scene.agency_code, "增列原因"),
        items=(WantedItem(object_code="0271", price_ntd=1_000, explanation="文具"),),
    )
    with scene.world.county.uow(scene.world.actor(1, scene.agency_code)) as uow:
        write_estimate(
            uow,
            estimate_id=uuid.UUID(estimate_id),
            estimate_line_id=line.estimate_line_id,
            wanted=wanted,
        )
    return {"estimate_id": estimate_id, "estimate_line_id": str(line.estimate_line_id)}


def _submitted(scene: Scene) -> Values:
    values = given_keyed(scene)
    with scene.world.county.uow(scene.world.actor(1, scene.agency_code)) as uow:
        submit_estimate(uow, estimate_id=uuid.UUID(values["estimate_id"]))
    return values


def _supervising(scene: Scene) -> Values:
    """Sent to the agency's own people as its supervisor: the right is asked for there."""
    values = _submitted(scene)
    scene.world.county.execute(
        "UPDATE budget.estimate SET state = 'supervising', supervisor_code = agency_code"
        " WHERE estimate_id = :id",
        id=values["estimate_id"],
    )
    return values


def _agree_form(_scene: Scene, _values: Values) -> Content:
    return Content(form={"opinion": "agree"})


def _agree_json(_scene: Scene, _values: Values) -> Content:
    return Content(json={"opinion": "agree"})


def _no_ceiling(scene: Scene) -> Values:
    scene.world.county.execute("DELETE FROM budget.estimate_ceiling")
    return {"fiscal_year": str(NEXT)}


def _reviewed(scene: Scene) -> Values:
    """Only this estimate in the year, reviewed; the year's bill is taken away before."""
    for agency_code in (HERE, THERE):
        clear(scene.world, agency_code)
    clear_year(scene.world, NEXT)
    values = _submitted(scene)
    with scene.world.county.uow(scene.world.actor(2, scene.agency_code)) as uow:
        review_estimate(uow, estimate_id=uuid.UUID(values["estimate_id"]), cuts=())
    return {"fiscal_year": str(NEXT)}


def _ceilings_json(_scene: Scene, _values: Values) -> Content:
    return Content(json={"ceilings": [{"agency_code": HERE, "ceiling_ntd": 5_000}]})


def _ceilings_form(_scene: Scene, _values: Values) -> Content:
    return Content(form={"ceilings-0-agency": HERE, "ceilings-0-amount": "5,000"})


def _reason_json(scene: Scene, _values: Values) -> Content:
    return Content(json={"reason": scene.world.of_agency(scene.agency_code, "退回理由")})


def _reason_form(scene: Scene, _values: Values) -> Content:
    return Content(form={"reason": scene.world.of_agency(scene.agency_code, "退回理由")})


def _no_cuts(_scene: Scene, _values: Values) -> Content:
    return Content(json={"cuts": []})


def _one_form(scene: Scene, _values: Values) -> Content:
    return Content(form={"confirmation": "1", "gap_reason": scene.world.text("未齊之理由")})


def _one_json(scene: Scene, _values: Values) -> Content:
    return Content(json={"gap_reason": scene.world.text("未齊之理由")})


def _bill(scene: Scene) -> Values:
    clear_year(scene.world, NEXT)
    scene.world.given_year(NEXT)
    return {"fiscal_year": str(NEXT)}


def _bill_with_revenue(scene: Scene) -> Values:
    values = _bill(scene)
    scene.world.county.execute(
        REVENUE, id=uuid.uuid5(uuid.NAMESPACE_OID, scene.agency_code), agency=scene.agency_code
    )
    return values


def _council_revenue(scene: Scene) -> dict[str, str]:
    row = uuid.uuid5(uuid.NAMESPACE_OID, scene.agency_code)
    return {"row": str(row), "reason": scene.world.text("審議意見")}


def _council_revenue_json(scene: Scene, _values: Values) -> Content:
    told = _council_revenue(scene)
    change = {"revenue_row_id": told["row"], "change_ntd": 5, "reason": told["reason"]}
    return Content(json={"changes": [change]})


def _council_revenue_form(scene: Scene, _values: Values) -> Content:
    told = _council_revenue(scene)
    return Content(
        form={
            "council-0-row_id": told["row"],
            "council-0-less": "5",
            "council-0-reason": told["reason"],
        }
    )


def _council(scene: Scene) -> dict[str, str]:
    row = scene.world.county.rows(
        "SELECT control_row_id FROM budget.control_row WHERE fiscal_year = :year"
        " AND agency_code = :agency",
        year=NEXT,
        agency=scene.agency_code,
    )[0].control_row_id
    return {"row": str(row), "condition": scene.world.text("附帶決議")}


def _council_json(scene: Scene, _values: Values) -> Content:
    told = _council(scene)
    change = {"control_row_id": told["row"], "cut_ntd": 5, "condition": told["condition"]}
    return Content(json={"changes": [change]})


def _council_form(scene: Scene, _values: Values) -> Content:
    told = _council(scene)
    return Content(
        form={
            "council-0-row_id": told["row"],
            "council-0-cut": "5",
            "council-0-condition": told["condition"],
        }
    )


def _bill_line(scene: Scene) -> Values:
    values = _bill(scene)
    found = scene.world.county.rows(
        "SELECT line_id FROM budget.control_row WHERE control_row_id = :row",
        row=_council(scene)["row"],
    )
    return {**values, "line_id": str(found[0].line_id)}


def _council_line_form(scene: Scene, _values: Values) -> Content:
    told = _council(scene)
    return Content(
        form={
            "council-0-id": told["row"],
            "council-0-cut": "5",
            "council-0-condition": told["condition"],
        }
    )


def _opened(scene: Scene) -> Values:
    estimate_id = given_estimate(scene)
    line = scene.world.county.rows(LINES, id=estimate_id)[0]
    return {"estimate_id": estimate_id, "estimate_line_id": str(line.estimate_line_id)}


def _whose_json(scene: Scene, _values: Values) -> Content:
    return Content(json={"fiscal_year": NEXT, "agency_code": scene.agency_code})


def _whose_form(scene: Scene, _values: Values) -> Content:
    return Content(form={"year": str(NEXT), "agency_code": scene.agency_code})


def _line_json(scene: Scene, _values: Values) -> Content:
    return Content(
        json={
            "side": "expenditure",
            "code": "3302999901",
            "name": scene.world.of_agency(scene.agency_code, "新計畫"),
            "items": [{"object_code": "0271", "price_ntd": 5}],
        }
    )


def _line_form(scene: Scene, _values: Values) -> Content:
    name = scene.world.of_agency(scene.agency_code, "新計畫")
    return Content(form={"side": "expenditure", "code": "3302999901", "name": name})


def _items_form(scene: Scene, _values: Values) -> Content:
    name = scene.world.of_agency(scene.agency_code, "改名計畫")
    return Content(form={"name": name, "items-0-object": "0271", "items-0-price": "7"})


def _side_query(_scene: Scene, _values: Values) -> Content:
    return Content(query={"side": "revenue"})


def _year_query(_scene: Scene, _values: Values) -> Content:
    return Content(query={"fiscal_year": str(NEXT)})


KINDS = {
    "budget.estimate_id": Kind(make=given_estimate, of_agency=True),
    "budget.estimate_line_id": Kind(
        make=lambda scene: given_keyed(scene)["estimate_line_id"], of_agency=True
    ),
}

WRITER = "REV"
RECIPES = {
    "budget.estimates.list": Recipe(role=WRITER, content=_year_query),
    "budget.estimates.open": Recipe(
        role=WRITER, prepare=_no_estimate, content=_whose_json, names_agency=True
    ),
    "budget.estimates.open-form": Recipe(
        role=WRITER, prepare=_no_estimate, content=_whose_form, names_agency=True
    ),
    "budget.estimate-line.page": Recipe(role=WRITER, prepare=given_keyed),
    "budget.estimate-line.new-form": Recipe(role=WRITER, prepare=_opened, content=_side_query),
    "budget.estimate-line.add-form": Recipe(role=WRITER, prepare=_opened, content=_line_form),
    "budget.estimate-lines.add": Recipe(role=WRITER, prepare=_opened, content=_line_json),
    "budget.estimate-line.write-form": Recipe(
        role=WRITER, prepare=given_keyed, content=_items_form
    ),
    "budget.estimate-lines.write": Recipe(role=WRITER, prepare=given_keyed, content=_line_json),
    "budget.estimate-line.remove-form": Recipe(role=WRITER, prepare=given_keyed),
    "budget.estimate-lines.remove": Recipe(role=WRITER, prepare=given_keyed),
    "budget.estimate.copy-form": Recipe(role=WRITER, prepare=_opened, needs=(WRITE_ESTIMATE,)),
    "budget.estimates.copy": Recipe(role=WRITER, prepare=_opened, needs=(WRITE_ESTIMATE,)),
    "budget.estimate.submit-form": Recipe(
        role="CACC", prepare=given_keyed, needs=(SUBMIT_ESTIMATE,)
    ),
    "budget.estimate.endorse-form": Recipe(
        role="CACC", prepare=_supervising, content=_agree_form, needs=(READ_ESTIMATES,)
    ),
    "budget.estimates.endorse": Recipe(
        role="CACC", prepare=_supervising, content=_agree_json, needs=(READ_ESTIMATES,)
    ),
    "budget.estimate.review-page": Recipe(role="BAS", prepare=_submitted),
    "budget.estimate.review-form": Recipe(role="BAS", prepare=_submitted),
    "budget.estimates.review": Recipe(role="BAS", prepare=_submitted, content=_no_cuts),
    "budget.estimate.return-form": Recipe(role="BAS", prepare=_submitted, content=_reason_form),
    "budget.estimates.return": Recipe(role="BAS", prepare=_submitted, content=_reason_json),
    "budget.ceilings.set-form": Recipe(role="BAS", prepare=_no_ceiling, content=_ceilings_form),
    "budget.ceilings.set": Recipe(role="BAS", prepare=_no_ceiling, content=_ceilings_json),
    "budget.council.record-page": Recipe(role="BAS", prepare=_bill),
    "budget.council.record-form": Recipe(role="BAS", prepare=_bill, content=_council_form),
    "budget.council.record": Recipe(role="BAS", prepare=_bill, content=_council_json),
    "budget.council-line.page": Recipe(role="BAS", prepare=_bill_line),
    "budget.council-line.record-form": Recipe(
        role="BAS", prepare=_bill_line, content=_council_line_form
    ),
    "budget.council-revenue.record-page": Recipe(role="BAS", prepare=_bill_with_revenue),
    "budget.council-revenue.record-form": Recipe(
        role="BAS", prepare=_bill_with_revenue, content=_council_revenue_form
    ),
    "budget.council-revenue.record": Recipe(
        role="BAS", prepare=_bill_with_revenue, content=_council_revenue_json
    ),
    "budget.bill.page": Recipe(role="BAS", prepare=_reviewed),
    "budget.bill.compile-form": Recipe(role="BAS", prepare=_reviewed, content=_one_form),
    "budget.bills.compile": Recipe(role="BAS", prepare=_reviewed, content=_one_json),
    "budget.bills.read": Recipe(role="BAS", prepare=_reviewed),
    "budget.estimates.submit": Recipe(role="CACC", prepare=given_keyed, needs=(SUBMIT_ESTIMATE,)),
}
