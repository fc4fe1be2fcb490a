"""The council's stage of revenue as a table with the bill's balance, and the grid of decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zhuji_budget.queries.council_revenue import BillBalance, CouncilRevenueLine, RevenueTotals
from zhuji_budget.web.review_form import grid_lines
from zhuji_budget.web.views.words import ACCOUNTS, Gettext, change_percent
from zhuji_core.formats import format_ntd
from zhuji_core.web.components import (
    Cell,
    Column,
    Grid,
    GridColumn,
    GridKind,
    Kind,
    Link,
    Pager,
    Row,
    Table,
)


def revenue_table(
    lines: Sequence[CouncilRevenueLine],
    totals: RevenueTotals,
    *,
    pager: Pager,
    gettext: Gettext,
    exports: tuple[Link, ...] = (),
) -> Table:
    """Return revenue of the bill against last year; ``totals`` are of all, on every page."""
    figures = (
        gettext("上年度預算"),
        gettext("預算案"),
        gettext("增減"),
        gettext("議會增減"),
        gettext("審議後"),
    )
    return Table(
        id="council-revenue",
        caption=gettext("歲入預算案與上年度比較（單位：元）"),
        columns=(
            Column(title=gettext("科目編號"), kind=Kind.CODE),
            Column(title=gettext("名稱")),
            Column(title=gettext("經資門")),
            *(Column(title=title, kind=Kind.AMOUNT) for title in figures),
            Column(title=gettext("增減比率")),
            Column(title=gettext("說明")),
            Column(title=gettext("審議意見")),
        ),
        rows=tuple(_row(line, gettext) for line in lines),
        totals=_sums(totals, gettext),
        exports=exports,
        pager=pager,
        empty=gettext("本年度預算案沒有歲入。"),
    )


def _figures(line: CouncilRevenueLine | RevenueTotals) -> tuple[int | None, ...]:
    last_ntd = line.last_year_ntd
    return (
        last_ntd,
        line.bill_ntd,
        None if last_ntd is None else line.bill_ntd - last_ntd,
        line.change_ntd,
        line.bill_ntd + line.change_ntd,
    )


def _percent(line: CouncilRevenueLine | RevenueTotals, gettext: Gettext) -> str:
    last_ntd = line.last_year_ntd
    return "" if last_ntd is None else change_percent(last_ntd, line.bill_ntd, gettext)


def _row(line: CouncilRevenueLine, gettext: Gettext) -> Row:
    return Row(
        cells=(
            Cell(value=line.code),
            Cell(value=f"{line.name}　{line.source_name}", note=line.agency_name),
            Cell(value=gettext(ACCOUNTS[line.account])),
            *(Cell(value=figure) for figure in _figures(line)),
            Cell(value=_percent(line, gettext)),
            Cell(value=line.explanation or (gettext("本年度未編列") if line.is_gone else "")),
            Cell(value=line.reason),
        )
    )


def _sums(totals: RevenueTotals, gettext: Gettext) -> tuple[Cell, ...]:
    named = gettext("{lines:,} 個科目，其中 {gone:,} 個本年度未編列").format(
        lines=totals.lines, gone=totals.gone
    )
    return (
        Cell(value=gettext("合計")),
        Cell(value=named),
        Cell(value=None),
        *(Cell(value=figure) for figure in _figures(totals)),
        Cell(value=_percent(totals, gettext)),
        Cell(value=None),
        Cell(value=None),
    )


def balance_table(balance: BillBalance, gettext: Gettext) -> Table:
    """Return both sides of the bill as the council leaves them, and what is between them."""
    revenue = (balance.revenue_ntd, balance.revenue_council_ntd)
    expenditure = (balance.expenditure_ntd, balance.expenditure_council_ntd)
    unit = gettext("元")
    titles = (gettext("預算案"), gettext("議會增減"), gettext("審議後"))
    return Table(
        id="balance",
        caption=gettext("全縣市預算案歲入歲出"),
        columns=(
            Column(title=gettext("收支")),
            *(Column(title=title, kind=Kind.AMOUNT, unit=unit) for title in titles),
        ),
        rows=(
            Row(cells=_side(gettext("歲入"), revenue)),
            Row(cells=_side(gettext("歲出"), expenditure)),
        ),
        totals=(
            Cell(value=gettext("賸餘或差短（−）")),
            Cell(value=balance.revenue_ntd - balance.expenditure_ntd),
            Cell(value=balance.revenue_council_ntd - balance.expenditure_council_ntd),
            Cell(value=balance.difference_ntd),
        ),
    )


def _side(title: str, figures: tuple[int, int]) -> tuple[Cell, ...]:
    return (Cell(value=title), *(Cell(value=figure) for figure in (*figures, sum(figures))))


def typed_decision(line: CouncilRevenueLine) -> Mapping[str, str]:
    """Return a decision that stands as it would be typed."""
    return {
        "row": f"{line.code} {line.agency_code} {line.name} {line.agency_name}",
        "row_id": str(line.revenue_row_id),
        "more": format_ntd(max(0, line.change_ntd), zero=""),
        "less": format_ntd(max(0, -line.change_ntd), zero=""),
        "reason": line.reason,
    }


def revenue_grid(
    typed: Sequence[Mapping[str, str]],
    *,
    faults: Mapping[str, str],
    rows_url: str,
    gettext: Gettext,
) -> Grid:
    unit = gettext("元")
    return Grid(
        caption=gettext("歲入審議結果"),
        name="council",
        columns=(
            GridColumn(
                name="row",
                title=gettext("歲入預算案科目（代碼、名稱或機關）"),
                kind=GridKind.PICKER,
                width=4,
                picker_url=rows_url,
                required=True,
            ),
            GridColumn(name="more", title=gettext("增列數"), unit=unit, kind=GridKind.AMOUNT),
            GridColumn(name="less", title=gettext("減列數"), unit=unit, kind=GridKind.AMOUNT),
            GridColumn(name="reason", title=gettext("審議意見"), width=4, length_max=500),
        ),
        rows=grid_lines(typed, faults, "council"),
    )
