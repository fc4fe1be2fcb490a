"""The form's second grid: lines whose row does not exist yet (新增科目或用途別)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from zhuji_budget.domain.changes.model import (
    BY_AGENCY,
    LINES_MAX,
    WITH_NEW_LINES,
    WITH_NEW_ROWS,
    WITH_REVENUE,
    ChangeKind,
    ChangeLine,
)
from zhuji_budget.domain.changes.new_rows import WantedRow
from zhuji_budget.usecases.write_change import WantedChangeLine
from zhuji_budget.web.changes.months import MONTH_WRONG, NEW_AMOUNT_WRONG, month_of
from zhuji_budget.web.review_form import grid_lines
from zhuji_budget.web.views.words import ACCOUNTS
from zhuji_core.formats import AmountMalformed, format_ntd, parse_ntd
from zhuji_core.values import N_
from zhuji_core.web.components import Grid, GridColumn, GridKind, Option
from zhuji_core.web.context import RequestContext
from zhuji_core.web.forms import grid_rows

GRID = "new"
FIELDS = ("side", "agency", "code", "name", "object", "object_id", "account", "month", "increase")
REVENUE = "revenue"
SIDES = {"": N_("歲出"), REVENUE: N_("歲入")}


def typed_new_lines(fields: Iterable[tuple[str, str]]) -> tuple[Mapping[str, str], ...]:
    """Take what the grid sent."""
    rows = grid_rows(fields, name=GRID, rows_max=LINES_MAX)
    return tuple({name: row.get(name, "") for name in FIELDS} for row in rows)


def typed_new_line(line: ChangeLine) -> Mapping[str, str]:
    """Return a line that is to be as it would be typed."""
    return {
        "side": REVENUE if line.is_revenue else "",
        "agency": line.agency_code,
        "code": line.line_code,
        "name": line.line_name,
        "object": f"{line.object_code} {line.object_name}".strip(),
        "object_id": line.object_code,
        "account": line.account,
        "month": str(line.month or ""),
        "increase": format_ntd(line.amount_ntd),
    }


def wanted_new_lines(
    typed: Sequence[Mapping[str, str]],
) -> tuple[list[WantedChangeLine], dict[str, str]]:
    """Return the lines that are to be, and what of them cannot be read."""
    faults: dict[str, str] = {}
    lines = []
    for number, row in enumerate(typed):
        amount_ntd, month = _amount(row["increase"]), month_of(row["month"])
        if not amount_ntd:
            faults[f"{GRID}-{number}-increase"] = NEW_AMOUNT_WRONG
        if month is None:
            faults[f"{GRID}-{number}-month"] = MONTH_WRONG
        text = row["object"]
        lines.append(
            WantedChangeLine(
                amount_ntd=amount_ntd,
                month=month or 0,
                new_row=WantedRow(
                    line_code=row["code"],
                    line_name=row["name"],
                    object_code=row["object_id"] or (text.split()[0] if text else ""),
                    account=row["account"],
                    agency_code=row["agency"],
                    is_revenue=row["side"] == REVENUE,
                ),
            )
        )
    return lines, faults


def _amount(text: str) -> int:
    try:
        return max(0, parse_ntd(text)) if text else 0
    except AmountMalformed:
        return 0


def new_lines_grid(
    context: RequestContext,
    kind: ChangeKind,
    typed: Sequence[Mapping[str, str]],
    faults: Mapping[str, str],
) -> Grid | None:
    """Return the grid where the kind may name what does not exist yet, else None."""
    if kind not in WITH_NEW_ROWS:
        return None
    tr = context.gettext
    columns = [
        GridColumn(name="code", title=tr("科目編號"), required=True, length_max=20),
        GridColumn(
            name="name",
            title=tr("科目名稱（既有科目可空白）") if kind in WITH_NEW_LINES else tr("科目名稱"),
            width=3,
        ),
        GridColumn(
            name="object",
            title=tr("用途別或來源別") if kind in WITH_REVENUE else tr("用途別"),
            kind=GridKind.PICKER,
            picker_url=context.path("budget/estimates/objects"),
            required=True,
        ),
        GridColumn(
            name="account",
            title=tr("經資門"),
            kind=GridKind.SELECT,
            width=1,
            options=tuple(Option(value=one, title=tr(name)) for one, name in ACCOUNTS.items()),
        ),
        GridColumn(name="month", title=tr("月份（空白為未分配）"), width=1, length_max=2),
        GridColumn(
            name="increase", title=tr("金額"), unit=tr("元"), kind=GridKind.AMOUNT, required=True
        ),
    ]
    if kind not in BY_AGENCY:
        title = tr("機關代碼（空白為本文件機關）")
        columns.insert(0, GridColumn(name="agency", title=title, length_max=40))
    if kind in WITH_REVENUE:
        columns.insert(
            0,
            GridColumn(
                name="side",
                title=tr("歲入歲出"),
                kind=GridKind.SELECT,
                width=1,
                options=tuple(
                    Option(value=value, title=tr(title)) for value, title in SIDES.items() if value
                ),
            ),
        )
    return Grid(
        caption=tr("原預算所無之科目或用途別"),
        name=GRID,
        columns=tuple(columns),
        rows=grid_lines(typed, faults, GRID),
        rows_max=LINES_MAX,
    )
