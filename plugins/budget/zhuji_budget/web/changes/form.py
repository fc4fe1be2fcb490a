"""The form of a change: what was typed, as text, and what it means; its grid for each kind."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping

from zhuji_budget.domain.adjustment import RevenueBefore, RowBefore
from zhuji_budget.domain.changes.model import (
    BY_AGENCY,
    LINES_MAX,
    RESERVES,
    TRANSFERS,
    WITH_REVENUE,
    Change,
    ChangeKind,
)
from zhuji_budget.domain.changes.reserve_use import ReserveUse
from zhuji_budget.queries.changes import pick_revenues, pick_rows
from zhuji_budget.usecases.write_change import WantedChange, WantedChangeLine
from zhuji_budget.web.changes.months import AMOUNT_WRONG, MONTH_WRONG, month_of
from zhuji_budget.web.changes.new_lines import typed_new_line, typed_new_lines, wanted_new_lines
from zhuji_core.formats import (
    AmountMalformed,
    DateMalformed,
    format_date,
    format_ntd,
    parse_date,
    parse_ntd,
)
from zhuji_core.ids import read_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value
from zhuji_core.web.components import Grid, GridColumn, GridKind, GridRow
from zhuji_core.web.context import RequestContext
from zhuji_core.web.forms import grid_rows, row_faults

RESERVE_FIELDS = ("law_case", "notice_no", "notice_on", "is_disaster")
HEAD_FIELDS = ("purpose", "ground", "advance", *RESERVE_FIELDS)
LINE_FIELDS = ("control_row", "control_row_id", "month", "decrease", "increase")
REVENUE_MARK = "revenue:"  # before the id of a row of revenue, in the picker's hidden field
DATE_WRONG = N_("請輸入日期，如 1050331。")
ROW_UNKNOWN = N_("查無此預算科目，請由選單（F4）選取。")


class ChangeForm(DomainError):
    """Something typed cannot be read; every such field is named at once."""

    code = "E-CHANGE-FORM"
    message = N_("有 {count} 個欄位無法解讀，請修正後再送。")
    status_code = 422


class TypedChange(Value, frozen=True, kw_only=True):
    """The form as it was typed; shown again unchanged when it is refused."""

    kind: ChangeKind
    agency_code: str
    head: Mapping[str, str]
    lines: tuple[Mapping[str, str], ...] = ()
    new_lines: tuple[Mapping[str, str], ...] = ()
    revision: int = 0


def typed_change(
    fields: Iterable[tuple[str, str]], *, kind: ChangeKind, agency_code: str
) -> TypedChange:
    given = list(fields)
    head = {name: value.strip() for name, value in given if name in HEAD_FIELDS}
    revision = next((value for name, value in given if name == "revision"), "0")
    return TypedChange(
        kind=kind,
        agency_code=agency_code,
        head={**dict.fromkeys(HEAD_FIELDS, ""), **head},
        lines=tuple(
            {name: row.get(name, "") for name in LINE_FIELDS}
            for row in grid_rows(given, rows_max=LINES_MAX)
        ),
        new_lines=typed_new_lines(given),
        revision=int(revision) if revision.isdecimal() else 0,
    )


def typed_from(change: Change) -> TypedChange:
    """Return the saved document as it would be typed."""
    return TypedChange(
        kind=change.kind,
        agency_code=change.agency_code,
        head={
            "purpose": change.purpose,
            "ground": change.ground,
            "advance": str(change.advance_id or ""),
            **_typed_use(change.reserve_use),
        },
        lines=tuple(
            {
                "control_row": f"{line.line_code}-{line.object_code} {line.line_name}",
                "control_row_id": chosen_value(line.control_row_id, line.revenue_row_id),
                "month": str(line.month or ""),
                "decrease": format_ntd(-line.amount_ntd) if line.amount_ntd < 0 else "",
                "increase": format_ntd(line.amount_ntd) if line.amount_ntd > 0 else "",
            }
            for line in change.lines
            if not line.is_to_be
        ),
        new_lines=tuple(typed_new_line(line) for line in change.lines if line.is_to_be),
        revision=change.revision,
    )


def wanted_change(uow: UnitOfWork, typed: TypedChange, *, fiscal_year: int) -> WantedChange:
    """Read what was typed; raise ChangeForm naming every field that cannot be read."""
    faults: dict[str, str] = {}
    lines = []
    for number, row in enumerate(typed.lines):
        row_id, revenue_id = _row_ids(uow, row, typed=typed, fiscal_year=fiscal_year)
        found = row_id or revenue_id
        amount_ntd = _amount(row)
        month = month_of(row["month"])
        if found is None:
            faults[f"lines-{number}-control_row"] = ROW_UNKNOWN
        if not amount_ntd:
            name = "decrease" if typed.kind is ChangeKind.REDUCTION else "increase"
            faults[f"lines-{number}-{name}"] = AMOUNT_WRONG
        if month is None:
            faults[f"lines-{number}-month"] = MONTH_WRONG
        if found is not None and amount_ntd and month is not None:
            lines.append(
                WantedChangeLine(
                    control_row_id=row_id,
                    revenue_row_id=revenue_id,
                    amount_ntd=amount_ntd,
                    month=month,
                )
            )
    reserve_use, unread = _wanted_use(typed, reference=uow.business_date)
    faults |= unread
    to_be, wrong = wanted_new_lines(typed.new_lines)
    faults |= wrong
    if faults:
        raise ChangeForm(count=len(faults), fields=faults)
    return WantedChange(
        kind=typed.kind,
        purpose=typed.head["purpose"],
        ground=typed.head["ground"],
        lines=(*lines, *to_be),
        fiscal_year=fiscal_year,
        agency_code=typed.agency_code,
        advance_id=read_id(typed.head["advance"]),
        reserve_use=reserve_use,
        revision=typed.revision,
    )


def _typed_use(use: ReserveUse | None) -> Mapping[str, str]:
    if use is None:
        return dict.fromkeys(RESERVE_FIELDS, "")
    return {
        "law_case": str(use.law_case or ""),
        "notice_no": use.notice_no,
        "notice_on": format_date(use.notice_on) if use.notice_on else "",
        "is_disaster": "1" if use.is_disaster else "",
    }


def _wanted_use(
    typed: TypedChange, *, reference: dt.date
) -> tuple[ReserveUse | None, Mapping[str, str]]:
    """Read why a reserve is drawn; a date that is none is a fault of its field."""
    if typed.kind not in RESERVES:
        return None, {}
    head, notice_on = typed.head, None
    if head["notice_on"]:
        try:
            notice_on = parse_date(head["notice_on"], reference=reference)
        except DateMalformed:
            return None, {"notice_on": DATE_WRONG}
    use = ReserveUse(
        law_case=int(head["law_case"]) if head["law_case"] in {"1", "2", "3"} else 0,
        notice_no=head["notice_no"],
        notice_on=notice_on,
        is_disaster=head["is_disaster"] == "1",
    )
    return use, {}


def chosen_value(row_id: uuid.UUID | None, revenue_id: uuid.UUID | None) -> str:
    """Return what the picker's hidden field holds: a control row, or a row of revenue."""
    return str(row_id) if row_id else f"{REVENUE_MARK}{revenue_id}"


def chosen_ids(value: str) -> tuple[uuid.UUID | None, uuid.UUID | None]:
    """Return the control row, or the row of revenue, that a hidden field names."""
    if value.startswith(REVENUE_MARK):
        return None, read_id(value.removeprefix(REVENUE_MARK))
    return read_id(value), None


def _row_ids(
    uow: UnitOfWork, row: Mapping[str, str], *, typed: TypedChange, fiscal_year: int
) -> tuple[uuid.UUID | None, uuid.UUID | None]:
    """Return the chosen row, or the only one that a text keyed without choosing can mean."""
    chosen = chosen_ids(row["control_row_id"])
    if any(chosen) or not row["control_row"]:
        return chosen
    found = pick_rows(
        uow,
        agency_code=typed.agency_code,
        fiscal_year=fiscal_year,
        text=row["control_row"],
        everywhere=typed.kind not in BY_AGENCY,
    )
    revenues = []
    if typed.kind in WITH_REVENUE:
        revenues = pick_revenues(uow, fiscal_year=fiscal_year, text=row["control_row"])
    if len(found) + len(revenues) != 1:
        return None, None
    return (found[0].control_row_id, None) if found else (None, revenues[0].revenue_row_id)


def _amount(row: Mapping[str, str]) -> int:
    """Return the signed amount; 0 while it cannot be read or both columns are filled."""
    if bool(row["decrease"]) == bool(row["increase"]):
        return 0
    try:
        amount_ntd = parse_ntd(row["decrease"] or row["increase"])
    except AmountMalformed:
        return 0
    return 0 if amount_ntd < 0 else -amount_ntd if row["decrease"] else amount_ntd


def change_grid(context: RequestContext, typed: TypedChange, faults: Mapping[str, str]) -> Grid:
    """Return the grid of the kind: transfers decrease and increase, others do one of the two."""
    tr = context.gettext
    scope = "" if typed.kind in BY_AGENCY else "&everywhere=true"
    if typed.kind in WITH_REVENUE:
        scope += "&revenue=true"
    columns = [
        GridColumn(
            name="control_row",
            title=tr("預算科目或歲入科目（代碼或名稱）")
            if typed.kind in WITH_REVENUE
            else tr("預算科目（代碼或名稱）"),
            kind=GridKind.PICKER,
            width=4,
            picker_url=context.path(
                f"budget/changes/control-rows?agency_code={typed.agency_code}{scope}"
            ),
            required=True,
        ),
        GridColumn(name="month", title=tr("月份（空白為未分配）"), width=1, length_max=2),
    ]
    if typed.kind in TRANSFERS or typed.kind is ChangeKind.REDUCTION:
        columns.append(_amount_column("decrease", tr("減少"), tr("元")))
    if typed.kind is not ChangeKind.REDUCTION:
        title = tr("增加") if typed.kind in TRANSFERS else tr("金額")
        columns.append(_amount_column("increase", title, tr("元")))
    rows = tuple(
        GridRow(values=row, errors=row_faults(faults, number))
        for number, row in enumerate(typed.lines)
    )
    return Grid(
        caption=tr("變動明細"),
        columns=tuple(columns),
        rows=(*rows, GridRow()) if len(rows) < LINES_MAX else rows,
        rows_max=LINES_MAX,
        availability_url=context.path("budget/changes/positions"),
        availability_title=tr("現況"),
    )


def _amount_column(name: str, title: str, unit: str) -> GridColumn:
    return GridColumn(name=name, title=title, unit=unit, kind=GridKind.AMOUNT, required=True)


def position_text(row: RowBefore, *, month: int, context: RequestContext) -> str:
    """Say what a row has now: the year's rest, what is unallotted, the month's allotment."""
    tr = context.gettext
    text = tr("餘額 {left:,}；未分配 {unallotted:,}").format(
        left=row.budget_ntd - row.frozen_ntd - row.used_ntd, unallotted=row.unallotted_ntd
    )
    if row.frozen_ntd:
        text += tr("；凍結 {frozen:,}").format(frozen=row.frozen_ntd)
    if month:
        text += tr("；{month} 月分配 {allotted:,}").format(
            month=month, allotted=row.allotment_ntd[month - 1]
        )
    return text


def revenue_text(row: RevenueBefore, *, month: int, context: RequestContext) -> str:
    """Say what a row of revenue has now: its budget, what is unallotted, the month's allotment."""
    tr = context.gettext
    text = tr("歲入預算 {budget:,}；未分配 {unallotted:,}").format(
        budget=row.budget_ntd, unallotted=row.unallotted_ntd
    )
    if month:
        text += tr("；{month} 月分配 {allotted:,}").format(
            month=month, allotted=row.allotment_ntd[month - 1]
        )
    return text
