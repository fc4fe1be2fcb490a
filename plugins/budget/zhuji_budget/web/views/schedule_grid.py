"""The months grid of a schedule, a page of rows at a time, as it is keyed and read again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence

from zhuji_budget.domain.allotment import MONTHS
from zhuji_budget.domain.schedule import ScheduleKind, ScheduleLine
from zhuji_budget.domain.schedule_refusals import MonthsMalformed
from zhuji_budget.queries.schedules import SchedulePage
from zhuji_budget.usecases.write_schedule import WantedMonths
from zhuji_budget.web.views.schedule import object_and_account
from zhuji_core.formats import AmountMalformed, format_ntd, parse_ntd
from zhuji_core.values import N_
from zhuji_core.web.components import Grid, GridColumn, GridKind, GridRow
from zhuji_core.web.context import RequestContext
from zhuji_core.web.forms import grid_rows, row_faults

# Twelve inputs each: a page that a browser scrolls and pastes into without waiting.
PAGE = 40
MALFORMED = N_("須為 0 或正整數")


def months_grid(
    context: RequestContext,
    page: SchedulePage,
    *,
    first: int,
    typed: Mapping[str, Mapping[str, str]] | None = None,
    faults: Mapping[str, str] | None = None,
) -> Grid:
    """Return the grid of the lines from ``first`` on; ``typed`` is what was refused, by row."""
    tr = context.gettext
    kept = page.clock.past if page.schedule.kind is ScheduleKind.REVISION else 0
    lines = page.lines[first : first + PAGE]
    return Grid(
        caption=tr("各月分配數"),
        fixed_title=tr("科目"),
        limit_title=tr("可分配預算"),
        rest_title=tr("未分配"),
        first_no=first,
        columns=tuple(
            GridColumn(
                name=f"m{month}",
                title=tr("{month} 月").format(month=month),
                kind=GridKind.AMOUNT,
                width=1,
                readonly=month <= kept,
            )
            for month in range(1, MONTHS + 1)
        ),
        rows=tuple(
            _row(context, page, line, typed=typed or {}, faults=faults or {}) for line in lines
        ),
    )


def _row(
    context: RequestContext,
    page: SchedulePage,
    line: ScheduleLine,
    *,
    typed: Mapping[str, Mapping[str, str]],
    faults: Mapping[str, str],
) -> GridRow:
    row = page.rows.get(line.row_id)
    values = typed.get(str(line.row_id)) or {
        f"m{month}": format_ntd(amount_ntd, zero="")
        for month, amount_ntd in enumerate(line.months_ntd, start=1)
    }
    return GridRow(
        title=f"{line.code} {line.name}",
        note=object_and_account(line, context.gettext),
        id=str(line.row_id),
        limit_ntd=row.allottable_ntd if row else 0,
        values=values,
        errors=row_faults(faults, line.line_no - 1),
    )


def typed_months(fields: Iterable[tuple[str, str]]) -> dict[str, Mapping[str, str]]:
    """Return what was keyed, by the id of its row."""
    return {row["id"]: row for row in grid_rows(list(fields)) if row.get("id")}


def wanted_months(
    typed: Mapping[str, Mapping[str, str]], lines: Sequence[ScheduleLine]
) -> list[WantedMonths]:
    """Read what was keyed; raise MonthsMalformed with every cell that is no amount."""
    faults: dict[str, str] = {}
    wanted = []
    for line in lines:
        row = typed.get(str(line.row_id))
        if row is None:
            continue
        months = []
        for month in range(1, MONTHS + 1):
            amount_ntd = _amount(row.get(f"m{month}", ""))
            if amount_ntd is None:
                faults[f"lines-{line.line_no - 1}-m{month}"] = MALFORMED
            months.append(amount_ntd or 0)
        wanted.append(WantedMonths(row_id=line.row_id, months_ntd=tuple(months)))
    if faults:
        raise MonthsMalformed(count=len(faults), fields=faults)
    return wanted


def _amount(text: str) -> int | None:
    """Return the amount, 0 for a blank cell, None for what is none or below zero."""
    if not text.strip():
        return 0
    try:
        amount_ntd = parse_ntd(text)
    except AmountMalformed:
        return None
    return amount_ntd if amount_ntd >= 0 else None


def rows_with_code(page: SchedulePage, code: str) -> tuple[uuid.UUID, ...]:
    """Return the rows whose code begins with ``code``; none named means all."""
    return tuple(line.row_id for line in page.lines if code and line.code.startswith(code))
