"""What the form of a change asks while it is being filled: rows to choose, and what they have."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from zhuji_budget.permissions import READ_LINES
from zhuji_budget.queries.changes import pick_revenues, pick_rows
from zhuji_budget.settings import MODULE
from zhuji_budget.store.adjustments import positions_for_preview, revenue_for_preview
from zhuji_budget.web.changes.form import chosen_ids, chosen_value, position_text, revenue_text
from zhuji_core.values import Value
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController

Context = NamedDependency[RequestContext]


class PickedRow(Value, frozen=True, kw_only=True):
    """One choice of a picker, as its script reads it."""

    value: str
    code: str
    label: str
    note: str = ""


class PickedRows(Value, frozen=True, kw_only=True):
    items: tuple[PickedRow, ...]
    more: bool = False


class PositionAnswer(Value, frozen=True, kw_only=True):
    """What a row has now, in words; ``state`` is ok or unknown."""

    text: str
    state: str


class ChangePickPages(PageController):
    """``/changes/control-rows`` and ``/changes/positions``."""

    module = MODULE
    path = "/changes"
    cold = True

    @get(
        "/control-rows",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.changes.pick",
        sync_to_thread=True,
    )
    def pick(
        self,
        context: Context,
        text: FromQuery[str] = "",
        agency_code: FromQuery[str] = "",
        everywhere: FromQuery[bool] = False,  # noqa: FBT002 (a query parameter is named)
        revenue: FromQuery[bool] = False,  # noqa: FBT002 (the same)
    ) -> PickedRows:
        with context.read() as uow:
            rows = pick_rows(
                uow,
                agency_code=agency_code or uow.actor.agency_code,
                fiscal_year=uow.fiscal_year,
                text=text,
                everywhere=everywhere,
            )
            revenues = []
            if revenue:
                revenues = pick_revenues(uow, fiscal_year=uow.fiscal_year, text=text)
        return PickedRows(
            items=(
                *(
                    PickedRow(
                        value=str(row.control_row_id),
                        code=f"{row.line_code}-{row.object_code}",
                        label=f"{row.line_name}　{row.object_name}",
                        note=position_text(row, month=0, context=context),
                    )
                    for row in rows
                ),
                *(
                    PickedRow(
                        value=chosen_value(None, row.revenue_row_id),
                        code=row.code,
                        label=f"{row.name}　{row.source_name}",
                        note=revenue_text(row, month=0, context=context),
                    )
                    for row in revenues
                ),
            )
        )

    @get(
        "/positions",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.changes.position",
        sync_to_thread=True,
    )
    def position(
        self, context: Context, control_row_id: FromQuery[str], month: FromQuery[str] = ""
    ) -> PositionAnswer:
        row_id, revenue_id = chosen_ids(control_row_id)
        chosen = int(month) if month.isdecimal() and 1 <= int(month) <= 12 else 0  # noqa: PLR2004
        with context.read() as uow:
            uow.require(READ_LINES)
            rows = positions_for_preview(uow, [row_id] if row_id else [])
            revenues = revenue_for_preview(uow, [revenue_id] if revenue_id else [])
            owners = [row.agency_code for row in rows] + [row.agency_code for row in revenues]
            owner = next(iter(owners), None)
            if owner is None or not uow.actor.may(READ_LINES, agency_code=owner):
                return PositionAnswer(text=context.gettext("查無此預算科目"), state="unknown")
        text = (
            position_text(rows[0], month=chosen, context=context)
            if rows
            else revenue_text(revenues[0], month=chosen, context=context)
        )
        return PositionAnswer(text=text, state="ok")
