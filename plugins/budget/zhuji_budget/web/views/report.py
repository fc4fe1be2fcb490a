"""A budget report on its page: what its filter offers, how rows are named, where they lead."""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_budget.queries.reports.reading import ReportFound, ReportRow
from zhuji_budget.web.views.words import ACCOUNTS, Gettext
from zhuji_core.reports import reading
from zhuji_core.reports.definition import Figure, ReportDefinition
from zhuji_core.values import N_, Value
from zhuji_core.web.components import Cell, Column, Option, Table
from zhuji_core.web.reports import ReportPlace, depth_options, report_table
from zhuji_core.web.shell import Flash, FlashKind

BILL_NOTE = N_("本年度尚未成立法定預算，下列為預算案數。")
NOTHING = {"function": N_("未列政事別"), "object": N_("未列用途別"), "row": N_("未列用途別")}
# Where on the page of a line a figure is told apart.
PARTS = {"encumbered_ntd": "#holders", "balance_ntd": "#rows", "allotted_ntd": "#months"}


class ReportView(Value, frozen=True, kw_only=True):
    """A report with what its filter offers and has chosen."""

    about: str
    table: Table
    action: str
    years: tuple[Option, ...]
    fiscal_year: str
    months: tuple[Option, ...]
    month: str
    depths: tuple[Option, ...]
    depth: str
    within: str
    notes: tuple[Flash, ...]


class Place(ReportPlace, frozen=True, kw_only=True):
    """Where the budget's reports stand."""

    root: str = "budget/reports"

    def fields(self, found: reading.ReportFound) -> Mapping[str, str]:
        wanted = _budget(found).wanted
        return {"year": str(wanted.fiscal_year), "month": str(wanted.month or "")}

    def label(self, report: ReportDefinition, keys: tuple[str, ...], label: str) -> str:
        """Return the name of the row with these keys; a row of 用途別 says its account."""
        name = report.dimensions[len(keys) - 1].name
        code, _, account = keys[-1].partition("/")
        if code == "-":
            label = self.gettext(NOTHING.get(name, N_("未分類")))
        if not account:
            return label or code
        return self.gettext("{name}（{account}）").format(
            name=label or code, account=self.gettext(ACCOUNTS[account])
        )

    def page_of(self, row: reading.ReportRow, found: reading.ReportFound) -> str:  # noqa: ARG002
        return self.address(f"budget/lines/{row.reference}") if row.reference else ""

    def part_of(self, figure: Figure) -> str:
        return "#months" if figure.name.startswith("month_") else PARTS.get(figure.name, "#rows")

    def note_columns(self, found: reading.ReportFound) -> tuple[Column, ...]:
        """Return 落後原因 and 改進措施 where the report goes down to lines."""
        report = _budget(found).report
        shown = report.dimensions[: found.wanted.depth]
        if not report.explained or not any(one.name == "line" for one in shown):
            return ()
        return (
            Column(title=self.gettext("落後原因"), wide=True),
            Column(title=self.gettext("改進措施"), wide=True),
        )

    def notes(
        self, row: reading.ReportRow, found: reading.ReportFound, *, once: bool
    ) -> tuple[Cell, ...]:
        """Return what was last said of the line, and in the report of which month.

        ``once``: on the row of the line, and not again on those that it is made of.
        """
        if not self.note_columns(found):
            return ()
        assert isinstance(row, ReportRow), "a report of the budget has its own rows"
        levels = [one.name for one in found.report.dimensions]
        above = max(levels.index("line") + 1, len(found.wanted.within) + 1)
        if row.note is None or (once and len(row.keys) > above):
            return (Cell(value=None), Cell(value=None))
        month = self.gettext("{month} 月").format(month=row.note.month)
        return (
            Cell(value=f"{month}　{row.note.reason}" if row.note.reason else None),
            Cell(value=row.note.remedy or None),
        )


def report_view(found: ReportFound, *, years: list[int], begun: int, place: Place) -> ReportView:
    """Return the page of a report; ``begun`` months of its year may be asked for."""
    wanted, gettext = found.wanted, place.gettext
    offered = sorted({wanted.fiscal_year, *years}, reverse=True)
    is_bill = found.year_state == "bill"
    return ReportView(
        about=gettext(found.report.about),
        table=report_table(found, place=place),
        action=place.address(f"{place.root}/{found.report.name}"),
        years=tuple(Option(value=str(year), title=str(year)) for year in offered),
        fiscal_year=str(wanted.fiscal_year),
        months=_months(found, begun, gettext) if not is_bill else (),
        month=str(wanted.month or ""),
        depths=depth_options(found, gettext),
        depth=str(wanted.depth),
        within=",".join(wanted.within),
        notes=(Flash(text=gettext(BILL_NOTE), kind=FlashKind.NOTE),) if is_bill else (),
    )


def _months(found: ReportFound, begun: int, gettext: Gettext) -> tuple[Option, ...]:
    """Return the months that a report of execution may be asked for, and as it is now."""
    if not found.report.until_month or not begun:
        return ()
    now = Option(value="", title=gettext("目前"))
    months = (
        Option(value=str(month), title=gettext("{month} 月底").format(month=month))
        for month in range(1, begun + 1)
    )
    return (now, *months)


def _budget(found: reading.ReportFound) -> ReportFound:
    assert isinstance(found, ReportFound), "a report of the budget is read by the budget"
    return found
