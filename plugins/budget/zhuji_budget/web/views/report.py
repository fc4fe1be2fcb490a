"""A budget report as a table, on the page and in a file: the same rows, words and sums."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from zhuji_budget.domain.reports.definition import (
    SEPARATOR,
    Amounts,
    Figure,
    ReportDefinition,
)
from zhuji_budget.queries.reports.reading import ReportFound, ReportRow
from zhuji_budget.web.views.words import ACCOUNTS, Gettext
from zhuji_core.values import N_, Value
from zhuji_core.web.components import Cell, Column, Kind, Link, Option, Pager, Row, Table
from zhuji_core.web.shell import Crumb, Flash, FlashKind

FORMATS = (("ODS", "ods"), ("XLSX", "xlsx"), ("CSV", "csv"), ("PDF", "pdf"))
BILL_NOTE = N_("本年度尚未成立法定預算，下列為預算案數。")
NOTHING = {"function": N_("未列政事別"), "object": N_("未列用途別"), "row": N_("未列用途別")}
# Where on the page of a line a figure is told apart.
PARTS = {"encumbered_ntd": "#holders", "balance_ntd": "#rows", "allotted_ntd": "#months"}
INDENT = "　"
# A row without a code still has a head.
NO_CODE = "—"


class ReportView(Value, frozen=True, kw_only=True):
    """A report with what its filter offers and has chosen."""

    about: str
    table: Table
    action: str
    years: tuple[Option, ...]
    fiscal_year: str
    depths: tuple[Option, ...]
    depth: str
    within: str
    notes: tuple[Flash, ...]


class Place(Value, frozen=True, kw_only=True):
    """Where a report stands in the county's addresses, and the reader's language."""

    address: Callable[[str], str]
    gettext: Gettext

    def of(self, found: ReportFound, **changes: str) -> str:
        """Return the address of ``found`` with ``changes``; what goes without saying is left."""
        wanted = found.wanted
        fields = {
            "year": str(wanted.fiscal_year),
            "within": SEPARATOR.join(wanted.within),
            "depth": str(wanted.depth),
            **changes,
        }
        query = urlencode({name: value for name, value in fields.items() if value}, safe=SEPARATOR)
        return f"{self.address(f'budget/reports/{found.report.name}')}?{query}"


def report_view(found: ReportFound, *, years: list[int], place: Place) -> ReportView:
    report, wanted, gettext = found.report, found.wanted, place.gettext
    offered = sorted({wanted.fiscal_year, *years}, reverse=True)
    opened = len(wanted.within)
    is_bill = found.year_state == "bill"
    return ReportView(
        about=gettext(report.about),
        table=report_table(found, place=place),
        action=place.address(f"budget/reports/{report.name}"),
        years=tuple(Option(value=str(year), title=str(year)) for year in offered),
        fiscal_year=str(wanted.fiscal_year),
        depths=tuple(
            Option(value=str(depth), title=gettext(report.dimensions[depth - 1].title))
            for depth in range(opened + 1, len(report.dimensions) + 1)
        ),
        depth=str(wanted.depth),
        within=SEPARATOR.join(wanted.within),
        notes=(Flash(text=gettext(BILL_NOTE), kind=FlashKind.NOTE),) if is_bill else (),
    )


def report_table(found: ReportFound, *, place: Place) -> Table:
    """Return the rows of this page below each other, sums before what they are made of."""
    report, gettext = found.report, place.gettext
    following = place.of(found, after=found.rows[-1].place) if found.more else ""
    return Table(
        id="report",
        caption=gettext("{title}（單位：元）").format(title=caption(found, gettext)),
        narrow=True,
        columns=(
            Column(title=gettext("編號"), kind=Kind.CODE),
            Column(title=gettext("名稱"), wide=True),
            *figure_columns(report, gettext, first=2),
            *note_columns(found, gettext),
        ),
        rows=tuple(_row(row, found, place) for row in found.rows),
        totals=(
            Cell(value=gettext("合計")),
            Cell(value=None),
            *figures_of(report, found.total),
            *(Cell(value=None) for _ in note_columns(found, gettext)),
        ),
        pager=Pager(
            shown=len(found.rows),
            count=found.count,
            first_url=place.of(found) if found.wanted.after else "",
            previous_url=place.of(found, after=found.previous) if found.wanted.after else "",
            next_url=following,
        ),
        exports=tuple(
            Link(
                title=title,
                url=place.of(found).replace("?", f"/export/{suffix}?", 1),
            )
            for title, suffix in FORMATS
        ),
        empty=gettext("這個年度沒有可列入本表的資料。"),
    )


def plain_table(found: ReportFound, *, place: Place) -> Table:
    """Return the report as data: the last level only, each level's code and name in columns."""
    report, wanted, gettext = found.report, found.wanted, place.gettext
    heads = [gettext(one.title) for one in report.dimensions[: wanted.depth]]
    return Table(
        id="report",
        caption=caption(found, gettext),
        columns=(
            *(
                column
                for head in heads
                for column in (
                    Column(title=gettext("{level}編號").format(level=head), kind=Kind.CODE),
                    Column(title=head),
                )
            ),
            *figure_columns(report, gettext, first=2 * len(heads)),
            *note_columns(found, gettext),
        ),
        rows=tuple(_plain_rows(found, gettext)),
    )


def _plain_rows(found: ReportFound, gettext: Gettext) -> Iterator[Row]:
    names = dict(
        zip(
            (found.wanted.within[: n + 1] for n in range(len(found.wanted.within))),
            found.parents,
            strict=True,
        )
    )
    for row in found.rows:
        names[row.keys] = row.label
        if len(row.keys) < found.wanted.depth:
            continue
        told = [
            cell
            for n, key in enumerate(row.keys)
            for cell in (
                Cell(value="" if key == "-" else key),
                Cell(
                    value=label_of(
                        found.report, row.keys[: n + 1], names.get(row.keys[: n + 1], ""), gettext
                    )
                ),
            )
        ]
        cells = (*told, *figures_of(found.report, row.figures), *_notes(row, found, gettext))
        yield Row(cells=cells)


def caption(found: ReportFound, gettext: Gettext) -> str:
    """Return the report's name and what it is inside of: 「歲出預算分配表：民政局」."""
    report = found.report
    inside = [
        label_of(report, found.wanted.within[: n + 1], name, gettext)
        for n, name in enumerate(found.parents)
    ]
    return "：".join([gettext(report.title), *([" / ".join(inside)] if inside else [])])


def crumbs_of(found: ReportFound, place: Place) -> tuple[Crumb, ...]:
    """Return the report and every row that was opened, each with its address."""
    report, wanted = found.report, found.wanted
    yearly = {"depth": "", "year": str(wanted.fiscal_year)}
    links = [Crumb(title=place.gettext(report.title), url=place.of(found, within="", **yearly))]
    for n, name in enumerate(found.parents):
        within = wanted.within[: n + 1]
        links.append(
            Crumb(
                title=label_of(report, within, name, place.gettext),
                url=place.of(found, within=SEPARATOR.join(within), **yearly),
            )
        )
    return tuple(links)


def label_of(report: ReportDefinition, keys: tuple[str, ...], label: str, gettext: Gettext) -> str:
    """Return the name of the row with these keys; a row of 用途別 says its account."""
    name = report.dimensions[len(keys) - 1].name
    code, _, account = keys[-1].partition("/")
    if code == "-":
        label = gettext(NOTHING.get(name, N_("未分類")))
    if not account:
        return label or code
    return gettext("{name}（{account}）").format(
        name=label or code, account=gettext(ACCOUNTS[account])
    )


def figure_columns(report: ReportDefinition, gettext: Gettext, *, first: int) -> tuple[Column, ...]:
    """Return the columns of the figures, of which the first stands at ``first``."""
    places = {figure.name: first + at for at, figure in enumerate(report.figures)}
    return tuple(
        Column(
            title=gettext(figure.title),
            kind=Kind.NUMBER if figure.is_rate else Kind.AMOUNT,
            under=places[figure.under] if figure.under else None,
        )
        for figure in report.figures
    )


def note_columns(found: ReportFound, gettext: Gettext) -> tuple[Column, ...]:
    """Return 落後原因 and 改進措施 where the report goes down to lines."""
    shown = found.report.dimensions[: found.wanted.depth]
    if not found.report.explained or not any(one.name == "line" for one in shown):
        return ()
    return (
        Column(title=gettext("落後原因"), wide=True),
        Column(title=gettext("改進措施"), wide=True),
    )


def _notes(
    row: ReportRow, found: ReportFound, gettext: Gettext, *, once: bool = False
) -> tuple[Cell, ...]:
    """Return what was last said of the line, and in the report of which month.

    ``once``: on the row of the line, and not again on those that it is made of.
    """
    if not note_columns(found, gettext):
        return ()
    levels = [one.name for one in found.report.dimensions]
    below = once and len(row.keys) > max(levels.index("line") + 1, len(found.wanted.within) + 1)
    if row.note is None or below:
        return (Cell(value=None), Cell(value=None))
    month = gettext("{month} 月").format(month=row.note.month)
    return (
        Cell(value=f"{month}　{row.note.reason}" if row.note.reason else None),
        Cell(value=row.note.remedy or None),
    )


def figures_of(report: ReportDefinition, amounts: Amounts) -> tuple[Cell, ...]:
    """Return the figures as cells: amounts as numbers, rates as 96.67."""
    return tuple(
        Cell(value=figure_text(amounts[figure.name]) if figure.is_rate else amounts[figure.name])
        for figure in report.figures
    )


def figure_text(hundredths: int | None) -> str | None:
    """Return hundredths of a percent as 96.67."""
    if hundredths is None:
        return None
    sign = "−" if hundredths < 0 else ""
    return f"{sign}{abs(hundredths) // 100:,}.{abs(hundredths) % 100:02}"


def _row(row: ReportRow, found: ReportFound, place: Place) -> Row:
    report, level = found.report, len(row.keys)
    page = _address(row, found, place)
    code = row.keys[-1].partition("/")[0]
    indent = INDENT * (level - len(found.wanted.within) - 1)
    cells = figures_of(report, row.figures)
    return Row(
        cells=(
            Cell(value=NO_CODE if code == "-" else code, url=page),
            Cell(value=indent + label_of(report, row.keys, row.label, place.gettext), url=page),
            *(
                Cell(value=cell.value, url=_figure_address(page, row, figure))
                for cell, figure in zip(cells, report.figures, strict=True)
            ),
            *_notes(row, found, place.gettext, once=True),
        ),
        emphasis=level < found.wanted.depth,
    )


def _address(row: ReportRow, found: ReportFound, place: Place) -> str:
    """Return what the row is made of: the next level, or the page of its budget line."""
    if row.line_id is not None:
        return place.address(f"budget/lines/{row.line_id}")
    if len(row.keys) < len(found.report.dimensions):
        return place.of(found, within=SEPARATOR.join(row.keys), depth="")
    return ""


def _figure_address(page: str, row: ReportRow, figure: Figure) -> str:
    if figure.is_rate or not page:
        return ""
    if row.line_id is None:
        return page
    part = "#months" if figure.name.startswith("month_") else PARTS.get(figure.name, "#rows")
    return page + part
