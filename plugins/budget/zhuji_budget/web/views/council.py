"""The council's stage as a table, and the grid of its decisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from zhuji_budget.queries.council import CouncilLine, CouncilTotals
from zhuji_budget.web.review_form import grid_lines
from zhuji_budget.web.views.words import Gettext, change_percent
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

Address = Callable[[str], str]


def council_table(
    lines: Sequence[CouncilLine],
    totals: CouncilTotals,
    *,
    pager: Pager,
    address: Address,
    gettext: Gettext,
    exports: tuple[Link, ...] = (),
) -> Table:
    """Return the bill against last year; what was decided stands beside.

    ``totals`` are of all lines, also of those on other pages.
    """
    figures = (
        gettext("上年度預算"),
        gettext("預算案"),
        gettext("增減"),
        gettext("議會刪減"),
        gettext("凍結"),
        gettext("審議後"),
    )
    return Table(
        id="council",
        caption=gettext("預算案與上年度比較（單位：元）"),
        columns=(
            Column(title=gettext("科目編號"), kind=Kind.CODE),
            Column(title=gettext("名稱"), wide=True),
            *(Column(title=title, kind=Kind.AMOUNT) for title in figures),
            Column(title=gettext("增減比率")),
            Column(title=gettext("增減原因")),
            Column(title=gettext("附帶決議")),
        ),
        narrow=True,
        rows=tuple(_row(line, address, gettext) for line in lines),
        totals=_sums(totals, gettext),
        exports=exports,
        pager=pager,
        empty=gettext("本年度尚無預算案。"),
    )


def _figures(line: CouncilLine | CouncilTotals) -> tuple[int, ...]:
    return (
        line.last_year_ntd,
        line.bill_ntd,
        line.bill_ntd - line.last_year_ntd,
        line.cut_ntd,
        line.frozen_ntd,
        line.bill_ntd - line.cut_ntd,
    )


def _sums(totals: CouncilTotals, gettext: Gettext) -> tuple[Cell, ...]:
    named = gettext("{lines:,} 個科目，其中 {gone:,} 個本年度未編列").format(
        lines=totals.lines, gone=totals.gone
    )
    return (
        Cell(value=gettext("合計")),
        Cell(value=named),
        *(Cell(value=figure) for figure in _figures(totals)),
        Cell(value=change_percent(totals.last_year_ntd, totals.bill_ntd, gettext)),
        Cell(value=None),
        Cell(value=None),
    )


def _row(line: CouncilLine, address: Address, gettext: Gettext) -> Row:
    reason = line.reason or (gettext("本年度未編列") if line.is_gone else "")
    return Row(
        cells=(
            Cell(value=line.code, url=address(f"budget/lines/{line.line_id}")),
            Cell(value=line.name, note=line.agency_name),
            *(Cell(value=figure) for figure in _figures(line)),
            Cell(value=change_percent(line.last_year_ntd, line.bill_ntd, gettext)),
            Cell(value=reason),
            Cell(value=line.conditions),
        )
    )


def with_recording(
    table: Table, lines: Sequence[CouncilLine], *, record_url: str, gettext: Gettext
) -> Table:
    """Return the table with the way to key decisions on each: ``record_url`` of ``{line}``."""
    if not record_url:
        return table
    return msgspec.structs.replace(
        table,
        columns=(*table.columns, Column(title=gettext("審議結果"))),
        rows=tuple(
            Row(cells=(*row.cells, _recorded(line, gettext, record_url)))
            for row, line in zip(table.rows, lines, strict=True)
        ),
        totals=(*table.totals, Cell(value=None)),
    )


def _recorded(line: CouncilLine, gettext: Gettext, record_url: str) -> Cell:
    """Lead to where the decisions on this line are keyed; what is not in the bill has none."""
    if line.is_gone:
        return Cell(value=None)
    said = line.cut_ntd or line.frozen_ntd or line.conditions
    return Cell(
        value=gettext("修改") if said else gettext("登錄"),
        url=record_url.replace("{line}", str(line.line_id)),
    )


def council_grid(
    typed: Sequence[Mapping[str, str]],
    *,
    faults: Mapping[str, str],
    rows_url: str,
    gettext: Gettext,
) -> Grid:
    unit = gettext("元")
    return Grid(
        caption=gettext("議會審議結果"),
        name="council",
        columns=(
            GridColumn(
                name="row",
                title=gettext("預算案項目（科目編號-用途別或名稱）"),
                kind=GridKind.PICKER,
                width=4,
                picker_url=rows_url,
                required=True,
            ),
            GridColumn(name="cut", title=gettext("刪減數"), unit=unit, kind=GridKind.AMOUNT),
            GridColumn(name="frozen", title=gettext("凍結數"), unit=unit, kind=GridKind.AMOUNT),
            GridColumn(
                name="condition", title=gettext("附帶決議、解除條件"), width=4, length_max=500
            ),
        ),
        rows=grid_lines(typed, faults, "council"),
    )
