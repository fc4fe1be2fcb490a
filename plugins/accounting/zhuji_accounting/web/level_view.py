"""Statements of the budget's execution as values for their template."""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_accounting.domain.books.definition import BookFilter, path_of, usual_period
from zhuji_accounting.domain.books.levels import LevelStatement
from zhuji_accounting.domain.ledger.voucher import ADJUSTMENT_PERIOD
from zhuji_accounting.permissions import READ_VOUCHERS
from zhuji_accounting.queries.books.levels import LevelFilter, level_filter
from zhuji_accounting.web.agencies import agency_options
from zhuji_accounting.web.book_view import month_title
from zhuji_core.reports.definition import Figure, ReportDefinition
from zhuji_core.reports.reading import ReportFound, ReportRow
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value
from zhuji_core.web.components import Option, Table
from zhuji_core.web.context import RequestContext
from zhuji_core.web.reports import ReportPlace, depth_options, report_table

ACCOUNTS = {"current": N_("經常門"), "capital": N_("資本門")}
# Figures that the books record: the entries of the row that make them up, of the month or to date.
ENTRIES: Mapping[str, tuple[str, bool]] = {
    "realised_ntd": ("realised", False),
    "expended_ntd": ("realised", False),
    "month_realised_ntd": ("realised", True),
    "contract_ntd": ("contract", False),
    "collected_ntd": ("collected", False),
    "month_ntd": ("collected", True),
    "remitted_ntd": ("remitted", False),
    "month_remitted_ntd": ("remitted", True),
}
# Where on the page of a budget line the others are told apart.
PARTS = {"encumbered_ntd": "#holders", "advanced_ntd": "#holders", "allotted_ntd": "#months"}


class LevelPlace(ReportPlace, frozen=True, kw_only=True):
    """Where these statements stand, and what their figures lead to."""

    root: str = "accounting/reports"

    def fields(self, found: ReportFound) -> Mapping[str, str]:
        wanted = _filter(found)
        return {
            "fiscal_year": str(wanted.fiscal_year),
            "period": str(wanted.period),
            "agency_code": wanted.agency_code,
        }

    def label(self, report: ReportDefinition, keys: tuple[str, ...], label: str) -> str:  # noqa: ARG002
        """Return the name of the row; the last level says its 經資門."""
        code, _, account = keys[-1].partition("/")
        if not account:
            return label or code
        return self.gettext("{name}（{account}）").format(
            name=label or (self.gettext("未列用途別") if code == "-" else code),
            account=self.gettext(ACCOUNTS[account]),
        )

    def page_of(self, row: ReportRow, found: ReportFound) -> str:  # noqa: ARG002
        line_id = row.reference.partition("/")[0]
        return self.address(f"budget/lines/{line_id}") if line_id else ""

    def part_of(self, figure: Figure) -> str | None:
        """Return where the line's page tells it; what is made of the row's own figures is here."""
        if not figure.is_read and figure.name != "budget_ntd":
            return None
        return PARTS.get(figure.name, "#rows")

    def figure_page(self, row: ReportRow, found: ReportFound, figure: Figure) -> str:
        """Return the entries of the row that the books made the figure of."""
        row_id = row.reference.partition("/")[2]
        if not row_id or figure.name not in ENTRIES:
            return ""
        part, of_month = ENTRIES[figure.name]
        return self.address(self._entries(row, found, row_id, part, of_month=of_month))

    def _entries(
        self, row: ReportRow, found: ReportFound, row_id: str, part: str, *, of_month: bool = False
    ) -> str:
        wanted = _filter(found)
        asked = BookFilter(
            fiscal_year=wanted.fiscal_year,
            first=wanted.period if of_month else 1,
            period=wanted.period,
            agency_code=row.keys[0],
            row_id=row_id,
            part=part,
        )
        return path_of("budget-row", asked)


class LevelView(Value, frozen=True, kw_only=True):
    """A statement with what its filter offers and has chosen."""

    about: str
    table: Table
    action: str
    wanted: LevelFilter
    within: str
    agencies: tuple[Option, ...]
    periods: tuple[Option, ...]
    depths: tuple[Option, ...]


def asked_levels(  # noqa: PLR0913 (what an address of a statement says, by name)
    uow: UnitOfWork,
    statement: LevelStatement,
    *,
    fiscal_year: int | None,
    agency_code: str,
    period: int,
    within: str,
    depth: int,
    after: str = "",
    limit: int = 100,
) -> LevelFilter:
    """Return what a reader asked for; whoever reads one agency asks for that one."""
    year = fiscal_year or uow.fiscal_year
    agencies = agency_options(uow, READ_VOUCHERS)
    if not agency_code and len(agencies) == 1:
        agency_code = agencies[0].value
    return level_filter(
        statement,
        fiscal_year=year,
        period=period or usual_period(year, today=uow.business_date),
        agency_code=agency_code,
        within=within,
        depth=depth,
        after=after,
        limit=limit,
    )


def level_view(context: RequestContext, uow: UnitOfWork, found: ReportFound) -> LevelView:
    place = LevelPlace(address=context.path, gettext=context.gettext)
    wanted = _filter(found)
    return LevelView(
        about=context.gettext(found.report.about),
        table=report_table(found, place=place),
        action=context.path(f"{place.root}/{found.report.name}"),
        wanted=wanted,
        within=",".join(wanted.within),
        agencies=agency_options(uow, READ_VOUCHERS),
        periods=tuple(
            Option(value=str(period), title=month_title(context, period))
            for period in range(1, ADJUSTMENT_PERIOD + 1)
        ),
        depths=depth_options(found, context.gettext),
    )


def level_period(context: RequestContext, found: ReportFound) -> str:
    """Say as of when: 「105 年度截至 3 月」."""
    wanted = _filter(found)
    return context.gettext("{year} 年度截至{period}").format(
        year=wanted.fiscal_year, period=month_title(context, wanted.period)
    )


def _filter(found: ReportFound) -> LevelFilter:
    assert isinstance(found.wanted, LevelFilter), "read by read_statement"
    return found.wanted
