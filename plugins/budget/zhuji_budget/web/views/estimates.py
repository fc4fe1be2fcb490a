"""The list of a year's estimates (概算)."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_budget.queries.estimates import EstimateRow, EstimateTotals
from zhuji_budget.web.views.estimate import Address, state_badge
from zhuji_budget.web.views.words import Gettext
from zhuji_core.web.components import Cell, Column, Kind, Pager, Row, Table


def estimates_table(
    rows: Sequence[EstimateRow],
    totals: EstimateTotals,
    *,
    pager: Pager,
    address: Address,
    gettext: Gettext,
) -> Table:
    """``totals`` are of the whole year, not of this page."""
    unit = gettext("元")
    figures = (gettext("額度"), gettext("歲出"), gettext("審議刪減"), gettext("歲入"))
    return Table(
        id="estimates",
        caption=gettext("概算"),
        columns=(
            Column(title=gettext("機關代碼"), kind=Kind.CODE),
            Column(title=gettext("機關")),
            Column(title=gettext("狀態"), kind=Kind.BADGE),
            Column(title=gettext("項數"), kind=Kind.NUMBER),
            *(Column(title=title, kind=Kind.AMOUNT, unit=unit) for title in figures),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=row.agency_code, url=address(f"budget/estimates/{row.estimate_id}")),
                    Cell(value=row.agency_name),
                    Cell(value=state_badge(row.state, gettext)),
                    Cell(value=row.items),
                    Cell(value=row.ceiling_ntd),
                    Cell(value=row.expenditure_ntd),
                    Cell(value=row.cut_ntd),
                    Cell(value=row.revenue_ntd),
                )
            )
            for row in rows
        ),
        totals=(
            Cell(value=gettext("合計")),
            Cell(value=gettext("{count} 個機關").format(count=totals.estimates)),
            Cell(value=None),
            Cell(value=totals.items),
            Cell(value=totals.ceiling_ntd),
            Cell(value=totals.expenditure_ntd),
            Cell(value=totals.cut_ntd),
            Cell(value=totals.revenue_ntd),
        ),
        pager=pager,
        empty=gettext("本年度尚無概算。"),
    )
