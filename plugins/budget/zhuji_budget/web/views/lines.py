"""The list of budget lines as a table: what is seen is what is exported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from zhuji_budget.queries.lines import LineFilter, LineRow, LineTotals
from zhuji_budget.queries.years import YearAgency
from zhuji_budget.web.views.words import Gettext
from zhuji_core.values import N_, Value
from zhuji_core.web.components import Cell, Column, Kind, Link, Option, Pager, Row, Table
from zhuji_core.web.shell import Flash, FlashKind

FORMATS = (("ODS", "ods"), ("XLSX", "xlsx"), ("CSV", "csv"), ("PDF", "pdf"))
PAGE = 100
BILL_NOTE = N_("預算案尚未成立為法定預算，下列各數為預算案數；成立後始可分配及簽證。")


class LinesView(Value, frozen=True, kw_only=True):
    """The list with what its filter offers and has chosen."""

    table: Table
    action: str
    years: tuple[Option, ...]
    fiscal_year: str
    agencies: tuple[Option, ...]
    agency_code: str
    text: str
    notes: tuple[Flash, ...]


class LinesFound(Value, frozen=True, kw_only=True):
    """What the queries gave for one page of the list."""

    wanted: LineFilter
    rows: tuple[LineRow, ...]
    totals: LineTotals
    before: str | None
    more: bool


def query_of(wanted: LineFilter, **changes: str) -> str:
    """Return the address's query for ``wanted``: what is empty is left out."""
    fields = {
        "year": str(wanted.fiscal_year),
        "agency": wanted.agency_code,
        "text": wanted.text,
        **changes,
    }
    return urlencode({name: value for name, value in fields.items() if value})


def lines_view(
    found: LinesFound,
    *,
    root: str,
    years: Mapping[int, str],
    agencies: Sequence[YearAgency],
    gettext: Gettext,
) -> LinesView:
    """``years``: state by year; ``root``: the list's address, below which lines have pages."""
    wanted = found.wanted
    offered = sorted({wanted.fiscal_year, *years}, reverse=True)
    is_bill = years.get(wanted.fiscal_year) == "bill"
    return LinesView(
        table=lines_table(found, root=root, gettext=gettext),
        action=root,
        years=tuple(Option(value=str(year), title=str(year)) for year in offered),
        fiscal_year=str(wanted.fiscal_year),
        agencies=tuple(
            Option(value=one.agency_code, title=f"{one.agency_code} {one.name}") for one in agencies
        ),
        agency_code=wanted.agency_code,
        text=wanted.text,
        notes=(Flash(text=gettext(BILL_NOTE), kind=FlashKind.NOTE),) if is_bill else (),
    )


def lines_table(found: LinesFound, *, root: str, gettext: Gettext) -> Table:
    """Return the rows of this page and the totals of the whole filter."""
    totals = found.totals
    counts = (
        gettext("合計"),
        gettext("{lines:,} 個科目").format(lines=totals.lines),
        gettext("{agencies:,} 個機關").format(agencies=totals.agencies),
    )
    return Table(
        id="lines",
        caption=gettext("{year} 年度預算科目").format(year=found.wanted.fiscal_year),
        columns=_columns(gettext),
        rows=tuple(_row(row, root) for row in found.rows),
        totals=(*(Cell(value=count) for count in counts), *_figures(totals)),
        pager=_pager(found, root),
        exports=tuple(
            Link(title=title, url=f"{root}/export/{name}?{query_of(found.wanted)}")
            for title, name in FORMATS
        ),
        empty=gettext("沒有符合條件的預算科目。"),
    )


def _columns(gettext: Gettext) -> tuple[Column, ...]:
    unit = gettext("元")
    figures = (
        gettext("預算數"),
        gettext("分配累計"),
        gettext("已簽證未支付"),
        gettext("暫付"),
        gettext("已實現"),
        gettext("可用餘額"),
    )
    return (
        Column(title=gettext("科目編號"), kind=Kind.CODE),
        Column(title=gettext("科目名稱")),
        Column(title=gettext("機關")),
        *(Column(title=title, kind=Kind.AMOUNT, unit=unit) for title in figures),
    )


def _row(row: LineRow, root: str) -> Row:
    page = f"{root}/{row.line_id}"
    parts = ("#rows", "#months", "#holders", "#rows", "#rows", "#rows")
    figures = zip(_figures(row), parts, strict=True)
    return Row(
        cells=(
            Cell(value=row.code, url=page),
            Cell(value=row.name),
            Cell(value=row.agency_name),
            *(
                Cell(value=cell.value, url=f"{page}{part}" if cell.value else "")
                for cell, part in figures
            ),
        )
    )


def _figures(sums: LineRow | LineTotals) -> tuple[Cell, ...]:
    """Return budget, allotted, held, advanced, spent, available; a bill shows what it asks."""
    return (
        Cell(value=sums.budget_ntd or sums.bill_ntd),
        Cell(value=sums.allotted_to_date_ntd),
        Cell(value=sums.encumbered_ntd),
        Cell(value=sums.advanced_ntd),
        Cell(value=sums.expended_ntd),
        Cell(value=sums.available_ntd),
    )


def _pager(found: LinesFound, root: str) -> Pager:
    wanted, rows = found.wanted, found.rows
    first = f"{root}?{query_of(wanted)}"
    previous = ""
    if found.before is not None:
        previous = f"{root}?{query_of(wanted, after=found.before)}"
    following = f"{root}?{query_of(wanted, after=rows[-1].code)}" if found.more and rows else ""
    return Pager(
        shown=len(rows),
        count=found.totals.lines,
        first_url=first if wanted.after else "",
        previous_url=previous,
        next_url=following,
    )
