"""A report of levels as a table, on the page and in a file: the same rows, words and sums."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlencode

from zhuji_core.reports.definition import (
    SEPARATOR,
    Amounts,
    Figure,
    ReportDefinition,
    figure_text,
)
from zhuji_core.reports.reading import ReportFound, ReportRow
from zhuji_core.values import Value
from zhuji_core.web.components import Cell, Column, Kind, Link, Option, Pager, Row, Table
from zhuji_core.web.shell import Crumb

FORMATS = (("ODS", "ods"), ("XLSX", "xlsx"), ("CSV", "csv"), ("PDF", "pdf"))
INDENT = "　"
# A row without a code still has a head.
NO_CODE = "—"


class ReportPlace(Value, frozen=True, kw_only=True):
    """Where reports stand in the county's addresses, and the reader's language.

    A module's own place says what its reports are asked by, how rows are named, and what figures
    of its last levels lead to. ``root`` is the path of its reports below the county.
    """

    address: Callable[[str], str]
    gettext: Callable[[str], str]
    root: str

    def fields(self, found: ReportFound) -> Mapping[str, str]:  # noqa: ARG002 (for the modules)
        """Return what an address says besides the levels (the year)."""
        return {}

    def label(self, report: ReportDefinition, keys: tuple[str, ...], label: str) -> str:  # noqa: ARG002 (for the modules)
        """Return the name of the row with these keys."""
        return label or keys[-1]

    def page_of(self, row: ReportRow, found: ReportFound) -> str:  # noqa: ARG002 (for the modules)
        """Return the page of what the row is, or is a part of; "" where only levels follow."""
        return ""

    def part_of(self, figure: Figure) -> str | None:  # noqa: ARG002 (for the modules)
        """Return where on ``page_of`` a figure is told apart ("#rows"); None: it is not there."""
        return ""

    def figure_page(self, row: ReportRow, found: ReportFound, figure: Figure) -> str:  # noqa: ARG002 (for the modules)
        """Return where this figure of this row is told apart, if not where the row is."""
        return ""

    def note_columns(self, found: ReportFound) -> tuple[Column, ...]:  # noqa: ARG002 (for the modules)
        """Return columns of words that stand after the figures."""
        return ()

    def notes(self, row: ReportRow, found: ReportFound, *, once: bool) -> tuple[Cell, ...]:  # noqa: ARG002 (for the modules)
        """Return the words of ``note_columns``; ``once``: not again below the row they are of."""
        return ()

    def of(self, found: ReportFound, **changes: str) -> str:
        """Return the address of ``found`` with ``changes``; what goes without saying is left."""
        fields = {
            **self.fields(found),
            "within": SEPARATOR.join(found.wanted.within),
            "depth": str(found.wanted.depth),
            **changes,
        }
        query = urlencode({name: value for name, value in fields.items() if value}, safe=SEPARATOR)
        return f"{self.address(f'{self.root}/{found.report.name}')}?{query}"


def report_table(found: ReportFound, *, place: ReportPlace) -> Table:
    """Return the rows of this page below each other, sums before what they are made of."""
    report, gettext = found.report, place.gettext
    following = place.of(found, after=found.rows[-1].place) if found.more else ""
    notes = place.note_columns(found)
    return Table(
        id="report",
        caption=gettext("{title}（單位：元）").format(title=caption(found, place)),
        narrow=True,
        columns=(
            Column(title=gettext("編號"), kind=Kind.CODE),
            Column(title=gettext("名稱"), wide=True),
            *figure_columns(report, gettext, first=2),
            *notes,
        ),
        rows=tuple(_row(row, found, place) for row in found.rows),
        totals=(
            Cell(value=gettext("合計")),
            Cell(value=None),
            *figures_of(report, found.total),
            *(Cell(value=None) for _ in notes),
        ),
        pager=Pager(
            shown=len(found.rows),
            count=found.count,
            first_url=place.of(found) if found.wanted.after else "",
            previous_url=place.of(found, after=found.previous) if found.wanted.after else "",
            next_url=following,
        ),
        exports=exports_of(place.of(found)),
        empty=gettext("這個年度沒有可列入本表的資料。"),
    )


def exports_of(address: str) -> tuple[Link, ...]:
    """Return the files of a report: ``/export/ods`` after its path, before its query."""
    path, _, query = address.partition("?")
    after = f"?{query}" if query else ""
    return tuple(
        Link(title=title, url=f"{path}/export/{suffix}{after}") for title, suffix in FORMATS
    )


def plain_table(found: ReportFound, *, place: ReportPlace) -> Table:
    """Return the report as data: the last level only, each level's code and name in columns."""
    report, gettext = found.report, place.gettext
    heads = [gettext(one.title) for one in report.dimensions[: found.wanted.depth]]
    return Table(
        id="report",
        caption=caption(found, place),
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
            *place.note_columns(found),
        ),
        rows=tuple(_plain_rows(found, place)),
    )


def _plain_rows(found: ReportFound, place: ReportPlace) -> Iterator[Row]:
    report = found.report
    opened = (found.wanted.within[: n + 1] for n in range(len(found.wanted.within)))
    names = dict(zip(opened, found.parents, strict=True))
    for row in found.rows:
        names[row.keys] = row.label
        if len(row.keys) < found.wanted.depth:
            continue
        told = []
        for n, key in enumerate(row.keys):
            keys = row.keys[: n + 1]
            told.append(Cell(value="" if key == "-" else key))
            told.append(Cell(value=place.label(report, keys, names.get(keys, ""))))
        figures = figures_of(report, row.figures)
        yield Row(cells=(*told, *figures, *place.notes(row, found, once=False)))


def caption(found: ReportFound, place: ReportPlace) -> str:
    """Return the report's name and what it is inside of: 「歲出預算分配表：民政局」."""
    report = found.report
    inside = [
        place.label(report, found.wanted.within[: n + 1], name)
        for n, name in enumerate(found.parents)
    ]
    return "：".join([place.gettext(report.title), *([" / ".join(inside)] if inside else [])])


def crumbs_of(found: ReportFound, place: ReportPlace) -> tuple[Crumb, ...]:
    """Return the report and every row that was opened, each with its address."""
    report, wanted = found.report, found.wanted
    title = place.gettext(report.title)
    links = [Crumb(title=title, url=place.of(found, within="", depth=""))]
    for n, name in enumerate(found.parents):
        within = wanted.within[: n + 1]
        links.append(
            Crumb(
                title=place.label(report, within, name),
                url=place.of(found, within=SEPARATOR.join(within), depth=""),
            )
        )
    return tuple(links)


def depth_options(found: ReportFound, gettext: Callable[[str], str]) -> tuple[Option, ...]:
    """Return the levels that the filter of a report's page offers."""
    report = found.report
    return tuple(
        Option(value=str(depth), title=gettext(report.dimensions[depth - 1].title))
        for depth in range(len(found.wanted.within) + 1, len(report.dimensions) + 1)
    )


def figure_columns(
    report: ReportDefinition, gettext: Callable[[str], str], *, first: int
) -> tuple[Column, ...]:
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


def figures_of(report: ReportDefinition, amounts: Amounts) -> tuple[Cell, ...]:
    """Return the figures as cells: amounts as numbers, rates as 96.67."""
    return tuple(
        Cell(value=figure_text(amounts[figure.name]) if figure.is_rate else amounts[figure.name])
        for figure in report.figures
    )


def _row(row: ReportRow, found: ReportFound, place: ReportPlace) -> Row:
    report, level = found.report, len(row.keys)
    page = place.page_of(row, found)
    inside = _inside(row, found, place)
    code = row.keys[-1].partition("/")[0]
    indent = INDENT * (level - len(found.wanted.within) - 1)
    cells = figures_of(report, row.figures)
    return Row(
        cells=(
            Cell(value=NO_CODE if code == "-" else code, url=page or inside),
            Cell(value=indent + place.label(report, row.keys, row.label), url=page or inside),
            *(
                Cell(
                    value=cell.value,
                    url=place.figure_page(row, found, figure)
                    or _figure_address(page, inside, figure, place),
                )
                for cell, figure in zip(cells, report.figures, strict=True)
            ),
            *place.notes(row, found, once=True),
        ),
        emphasis=level < found.wanted.depth,
    )


def _inside(row: ReportRow, found: ReportFound, place: ReportPlace) -> str:
    """Return the next level of what the row is made of."""
    if len(row.keys) < len(found.report.dimensions):
        return place.of(found, within=SEPARATOR.join(row.keys), depth="")
    return ""


def _figure_address(page: str, inside: str, figure: Figure, place: ReportPlace) -> str:
    if figure.is_rate:
        return ""
    if not page:
        return inside
    part = place.part_of(figure)
    return "" if part is None else page + part
