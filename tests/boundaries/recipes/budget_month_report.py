"""How the routes of the month's reports are called: a report of the agency in each state."""

from __future__ import annotations

from collections.abc import Callable

from tests.boundaries.caller import Content
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from tests.plugins.accounting.given import YEAR
from zhuji_budget.domain.month_report import LagNote, MonthReport
from zhuji_budget.permissions import READ_LINES
from zhuji_budget.queries.month_reports import find_month_report
from zhuji_budget.usecases.open_month_report import open_month_report
from zhuji_budget.usecases.submit_month_report import submit_month_report
from zhuji_budget.usecases.write_lag_notes import write_lag_notes

COLLEAGUE = 77
MONTH = 1
CLEAR = (
    """
    DELETE FROM budget.lag_note
     WHERE report_id IN (SELECT report_id FROM budget.month_report WHERE agency_code = :agency)
    """,
    "DELETE FROM budget.month_report WHERE agency_code = :agency",
)


def _clear(scene: Scene) -> Values:
    for statement in CLEAR:
        scene.world.county.execute(statement, agency=scene.agency_code)
    return {}


def _open(scene: Scene) -> MonthReport:
    """Begun and explained by a colleague."""
    _clear(scene)
    world = scene.world
    with world.uow(world.actor(COLLEAGUE, scene.agency_code)) as uow:
        made = open_month_report(uow, fiscal_year=YEAR, month=MONTH, agency_code=scene.agency_code)
    text = world.of_agency(scene.agency_code, "採購流標")
    with world.uow(world.actor(COLLEAGUE, scene.agency_code)) as uow:
        lines = find_month_report(uow, made.report_id).lines
        return write_lag_notes(
            uow,
            report_id=made.report_id,
            wanted=[
                LagNote(line_id=line.line_id, reason=text, remedy="重新招標") for line in lines
            ],
        )


def _submitted(scene: Scene) -> MonthReport:
    made, world = _open(scene), scene.world
    with world.uow(world.actor(COLLEAGUE, scene.agency_code)) as uow:
        return submit_month_report(uow, report_id=made.report_id)


def _values(make: Callable[[Scene], MonthReport]) -> Callable[[Scene], Values]:
    return lambda scene: {"report_id": str(make(scene).report_id)}


def _wanted(scene: Scene) -> dict[str, object]:
    return {"fiscal_year": YEAR, "month": MONTH, "agency_code": scene.agency_code}


def _new_form(scene: Scene, _values: Values) -> Content:
    return Content(form={name: str(value) for name, value in _wanted(scene).items()})


def _new_json(scene: Scene, _values: Values) -> Content:
    return Content(json=_wanted(scene))


def _line_of(scene: Scene) -> str:
    row = scene.world.rows[scene.agency_code]
    found = scene.world.county.rows(
        "SELECT line_id FROM budget.control_row WHERE control_row_id = :row", row=row
    )
    return str(found[0].line_id)


def _notes_form(scene: Scene, _values: Values) -> Content:
    text = scene.world.text("改期")
    return Content(
        form={"lines-0-id": _line_of(scene), "lines-0-reason": text, "lines-0-remedy": text}
    )


def _notes_json(scene: Scene, _values: Values) -> Content:
    text = scene.world.text("改期")
    note = {"line_id": _line_of(scene), "reason": text, "remedy": text}
    return Content(json={"notes": [note]})


def _reason_form(scene: Scene, _values: Values) -> Content:
    return Content(form={"reason": scene.world.text("請補充")})


def _reason_json(scene: Scene, _values: Values) -> Content:
    return Content(json={"reason": scene.world.text("請補充")})


KINDS = {
    "budget.report_id": Kind(make=lambda scene: str(_open(scene).report_id), of_agency=True),
}
NEEDS = (READ_LINES,)
RECIPES = {
    "budget.month-reports.list": Recipe(
        role="", content=lambda _scene, _values: Content(query={"month": "1"})
    ),
    "budget.month-reports.open-form": Recipe(
        role="CACC", prepare=_clear, content=_new_form, names_agency=True
    ),
    "budget.month-reports.open": Recipe(
        role="CACC", prepare=_clear, content=_new_json, names_agency=True
    ),
    "budget.month-report.notes-form": Recipe(role="CACC", prepare=_values(_open), needs=NEEDS),
    "budget.month-report.notes-send": Recipe(
        role="CACC", prepare=_values(_open), content=_notes_form, needs=NEEDS
    ),
    "budget.month-reports.write": Recipe(
        role="CACC", prepare=_values(_open), content=_notes_json, needs=NEEDS
    ),
    "budget.month-report.submit-form": Recipe(role="CACC", prepare=_values(_open), needs=NEEDS),
    "budget.month-reports.submit": Recipe(role="CACC", prepare=_values(_open), needs=NEEDS),
    "budget.month-report.accept-form": Recipe(role="BAS", prepare=_values(_submitted), needs=NEEDS),
    "budget.month-reports.accept": Recipe(role="BAS", prepare=_values(_submitted), needs=NEEDS),
    "budget.month-report.return-form": Recipe(
        role="BAS", prepare=_values(_submitted), content=_reason_form, needs=NEEDS
    ),
    "budget.month-reports.return": Recipe(
        role="BAS", prepare=_values(_submitted), content=_reason_json, needs=NEEDS
    ),
}
