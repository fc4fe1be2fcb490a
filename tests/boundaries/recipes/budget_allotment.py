"""How the routes of allotment schedules are called: a schedule of the agency in each state."""

from __future__ import annotations

from collections.abc import Callable

from tests.boundaries.caller import Content
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from tests.boundaries.world import HERE, THERE
from tests.plugins.accounting.given import YEAR
from zhuji_budget.domain.schedule import Opinion, Schedule, Side
from zhuji_budget.permissions import READ_ALLOTMENT
from zhuji_budget.store import schedules
from zhuji_budget.usecases.comment_schedule import comment_schedule
from zhuji_budget.usecases.open_schedule import open_schedule
from zhuji_budget.usecases.submit_schedule import submit_schedule
from zhuji_budget.usecases.write_schedule import WantedMonths, write_schedule

COLLEAGUE, FINANCE = 77, 78
# What was approved stays, with the movements that it made.
CLEAR = (
    """
    DELETE FROM budget.allotment_line
     WHERE schedule_id IN (SELECT schedule_id FROM budget.allotment_schedule
                            WHERE agency_code = :agency AND state <> 'approved')
    """,
    "DELETE FROM budget.allotment_schedule WHERE agency_code = :agency AND state <> 'approved'",
    "UPDATE budget.fiscal_year SET state = 'enacted' WHERE fiscal_year = :year",
    "DELETE FROM budget.agency_supervisor",
)


def _clear(scene: Scene) -> None:
    for statement in CLEAR:
        given = {"agency": scene.agency_code, "year": YEAR}
        named = {name: value for name, value in given.items() if f":{name}" in statement}
        scene.world.county.corrupt(statement, **named)


def _draft(scene: Scene) -> Schedule:
    """A revision: the rows of the world are allotted. It is written by a colleague."""
    _clear(scene)
    world = scene.world
    with world.uow(world.actor(COLLEAGUE, scene.agency_code)) as uow:
        made = open_schedule(
            uow,
            fiscal_year=YEAR,
            agency_code=scene.agency_code,
            side=Side.EXPENDITURE,
            reason=world.of_agency(scene.agency_code, "調整進度"),
        )
    # A dollar of December less than there is: also after an earlier one was approved.
    with world.uow(world.actor(COLLEAGUE, scene.agency_code)) as uow:
        lines = schedules.lines(uow, made.schedule_id)
        wanted = [
            WantedMonths(
                row_id=line.row_id, months_ntd=(*line.base_ntd[:11], line.base_ntd[11] - 1)
            )
            for line in lines
        ]
        return write_schedule(uow, schedule_id=made.schedule_id, wanted=wanted)


def _submitted(scene: Scene) -> Schedule:
    made, world = _draft(scene), scene.world
    with world.uow(world.actor(COLLEAGUE, scene.agency_code)) as uow:
        return submit_schedule(uow, schedule_id=made.schedule_id)


def _supervising(scene: Scene) -> Schedule:
    """Sent to the agency's own people as its supervisor: the right is asked for there."""
    made = _submitted(scene)
    scene.world.county.execute(
        "UPDATE budget.allotment_schedule SET state = 'supervising', supervisor_code = agency_code"
        " WHERE schedule_id = :id",
        id=made.schedule_id,
    )
    return made


def _commented(scene: Scene) -> Schedule:
    made, world = _submitted(scene), scene.world
    with world.uow(world.actor(FINANCE, scene.agency_code)) as uow:
        return comment_schedule(uow, schedule_id=made.schedule_id, opinion=Opinion.AGREE)


def _values(make: Callable[[Scene], Schedule]) -> Callable[[Scene], Values]:
    return lambda scene: {"schedule_id": str(make(scene).schedule_id)}


def _nothing(scene: Scene) -> Values:
    _clear(scene)
    return {}


def _new_form(scene: Scene, _values: Values) -> Content:
    return Content(
        form={
            "fiscal_year": str(YEAR),
            "agency_code": scene.agency_code,
            "side": "expenditure",
            "reason": scene.world.text("調整"),
        }
    )


def _new_json(scene: Scene, _values: Values) -> Content:
    return Content(
        json={
            "fiscal_year": YEAR,
            "agency_code": scene.agency_code,
            "reason": scene.world.text("調整"),
        }
    )


def _row(scene: Scene) -> str:
    return str(scene.world.rows[scene.agency_code])


def _months(scene: Scene) -> list[int]:
    """As they stand, and of December less than the draft has: months that are over are kept."""
    [row] = scene.world.county.rows(
        "SELECT allotment_ntd FROM budget.control_row WHERE control_row_id = :id", id=_row(scene)
    )
    *before, december_ntd = row.allotment_ntd
    return [*before, december_ntd - 100]


def _months_form(scene: Scene, _values: Values) -> Content:
    months = {
        f"lines-0-m{month}": str(amount_ntd) for month, amount_ntd in enumerate(_months(scene), 1)
    }
    return Content(form={"lines-0-id": _row(scene), **months, "reason": scene.world.text("調整")})


def _months_json(scene: Scene, _values: Values) -> Content:
    return Content(json={"lines": [{"row_id": _row(scene), "months_ntd": _months(scene)}]})


def _rule_form(_scene: Scene, _values: Values) -> Content:
    return Content(form={"rule": "equal"})


def _rule_json(_scene: Scene, _values: Values) -> Content:
    return Content(json={"rule": "equal"})


def _opinion_form(scene: Scene, _values: Values) -> Content:
    return Content(form={"opinion": "object", "comment": scene.world.text("財源不足")})


def _opinion_json(scene: Scene, _values: Values) -> Content:
    return Content(json={"opinion": "object", "comment": scene.world.text("財源不足")})


def _reason_form(scene: Scene, _values: Values) -> Content:
    return Content(form={"reason": scene.world.text("請修正")})


def _reason_json(scene: Scene, _values: Values) -> Content:
    return Content(json={"reason": scene.world.text("請修正")})


def _agree_form(_scene: Scene, _values: Values) -> Content:
    return Content(form={"opinion": "agree"})


def _agree_json(_scene: Scene, _values: Values) -> Content:
    return Content(json={"opinion": "agree"})


def _no_supervisors(scene: Scene) -> Values:
    scene.world.county.execute("DELETE FROM budget.agency_supervisor")
    return {}


def _pairs_form(_scene: Scene, _values: Values) -> Content:
    return Content(form={"pairs": f"{HERE} {THERE}"})


def _pairs_json(_scene: Scene, _values: Values) -> Content:
    return Content(json={"pairs": [{"agency_code": HERE, "supervisor_code": THERE}]})


KINDS = {
    "budget.schedule_id": Kind(make=lambda scene: str(_draft(scene).schedule_id), of_agency=True),
}
NEEDS = (READ_ALLOTMENT,)
RECIPES = {
    "budget.supervisors.set-form": Recipe(role="BAS", prepare=_no_supervisors, content=_pairs_form),
    "budget.supervisors.set": Recipe(role="BAS", prepare=_no_supervisors, content=_pairs_json),
    "budget.allotment.endorse-form": Recipe(
        role="CACC", prepare=_values(_supervising), content=_agree_form, needs=(READ_ALLOTMENT,)
    ),
    "budget.allotments.endorse": Recipe(
        role="CACC", prepare=_values(_supervising), content=_agree_json, needs=(READ_ALLOTMENT,)
    ),
    "budget.allotments.open-form": Recipe(
        role="CACC", prepare=_nothing, content=_new_form, names_agency=True
    ),
    "budget.allotments.open": Recipe(
        role="CACC", prepare=_nothing, content=_new_json, names_agency=True
    ),
    "budget.allotment.edit-form": Recipe(role="CACC", prepare=_values(_draft), needs=NEEDS),
    "budget.allotment.edit-send": Recipe(
        role="CACC", prepare=_values(_draft), content=_months_form, needs=NEEDS
    ),
    "budget.allotments.write": Recipe(
        role="CACC", prepare=_values(_draft), content=_months_json, needs=NEEDS
    ),
    "budget.allotment.rule-form": Recipe(
        role="CACC", prepare=_values(_draft), content=_rule_form, needs=NEEDS
    ),
    "budget.allotments.spread": Recipe(
        role="CACC", prepare=_values(_draft), content=_rule_json, needs=NEEDS
    ),
    "budget.allotment.submit-form": Recipe(role="CACC", prepare=_values(_draft), needs=NEEDS),
    "budget.allotments.submit": Recipe(role="CACC", prepare=_values(_draft), needs=NEEDS),
    "budget.allotment.comment-form": Recipe(
        role="FREV", prepare=_values(_submitted), content=_opinion_form, needs=NEEDS
    ),
    "budget.allotments.comment": Recipe(
        role="FREV", prepare=_values(_submitted), content=_opinion_json, needs=NEEDS
    ),
    "budget.allotment.approve-form": Recipe(
        role="BAS", prepare=_values(_commented), content=_reason_form, needs=NEEDS
    ),
    "budget.allotments.approve": Recipe(
        role="BAS", prepare=_values(_commented), content=_reason_json, needs=NEEDS
    ),
    "budget.allotment.return-form": Recipe(
        role="BAS", prepare=_values(_submitted), content=_reason_form, needs=NEEDS
    ),
    "budget.allotments.return": Recipe(
        role="BAS", prepare=_values(_submitted), content=_reason_json, needs=NEEDS
    ),
    "budget.allotment.withdraw-form": Recipe(role="CACC", prepare=_values(_draft), needs=NEEDS),
    "budget.allotments.withdraw": Recipe(role="CACC", prepare=_values(_draft), needs=NEEDS),
}
