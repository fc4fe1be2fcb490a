"""The API of budget reports: the definitions of the pages, in JSON."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from zhuji_budget.domain.reports.catalogue import REPORTS, report_named
from zhuji_budget.domain.reports.definition import BudgetReport
from zhuji_budget.permissions import READ_LINES
from zhuji_budget.queries.month_reports import LastNote
from zhuji_budget.queries.reports.monthly import YearExecution, execution_by_month
from zhuji_budget.queries.reports.reading import read_report, report_filter
from zhuji_budget.settings import MODULE
from zhuji_core.values import N_, Value
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, next_cursor, open_cursor
from zhuji_core.web.parameters import CODE_MAX, FiscalYear

Context = NamedDependency[RequestContext]
LEVELS_MAX = 4
Within = Annotated[
    str,
    QueryParameter(
        max_length=LEVELS_MAX * (CODE_MAX + 1),
        description=N_("展開何列：自最上層起各層之編號，以逗號相連；空白為全部"),
    ),
]
Depth = Annotated[
    int,
    QueryParameter(ge=0, le=LEVELS_MAX, description=N_("列示至第幾層；0 為展開一層")),
]


AsOfMonth = Annotated[
    int | None,
    QueryParameter(
        ge=1, le=12, description=N_("截至月份（執行報表）；空白為目前之數，未開始之月份不予提供")
    ),
]


class ReportColumn(Value, frozen=True, kw_only=True):
    """A figure: ``_ntd`` are NT dollars, ``_bp`` hundredths of a percent."""

    name: str
    title: str


class ReportDescription(Value, frozen=True, kw_only=True):
    """A report: its levels from the outermost, its figures."""

    name: str
    title: str
    about: str
    levels: tuple[ReportColumn, ...]
    figures: tuple[ReportColumn, ...]


class ReportItem(Value, frozen=True, kw_only=True):
    """A row: ``keys`` of its levels; a row with fewer keys is the sum of those that follow.

    ``note``: what was last said of why the line lags, in reports of execution.
    """

    keys: tuple[str, ...]
    label: str
    line_id: uuid.UUID | None
    figures: Mapping[str, int | None]
    note: LastNote | None


class ReportAnswer(Value, frozen=True, kw_only=True):
    """A page of a report with the total of all; ``state`` is that of the year.

    ``month``: as of its last day; 0 as of now, or where the report is of the whole year.
    """

    name: str
    fiscal_year: int
    month: int
    state: str
    within: tuple[str, ...]
    depth: int
    count: int
    totals: Mapping[str, int | None]
    items: tuple[ReportItem, ...]
    next: str | None


class ReportsApi(ApiController):
    """``/reports``: what a page of reports shows."""

    module = MODULE
    path = "/reports"

    @get(
        "/",
        opt={PERMISSION: READ_LINES, "cold": True},
        operation_id="budget.reports.list",
        summary=N_("列出預算報表"),
        sync_to_thread=True,
    )
    def list_reports(self, context: Context) -> list[ReportDescription]:
        return [_described(report, context) for report in REPORTS.values()]

    @get(
        "/execution-by-month",
        opt={PERMISSION: READ_LINES, "cold": True},
        operation_id="budget.reports.months",
        summary=N_("查詢各月執行"),
        sync_to_thread=True,
    )
    def months(self, context: Context, fiscal_year: FiscalYear = None) -> YearExecution:
        with context.read() as uow:
            return execution_by_month(uow, fiscal_year=fiscal_year or uow.fiscal_year)

    @get(
        "/{report:str}",
        opt={PERMISSION: READ_LINES, "cold": True},
        operation_id="budget.reports.read",
        summary=N_("查詢一個預算報表"),
        sync_to_thread=True,
    )
    def read(  # noqa: PLR0913 (what a page of a report is asked by)
        self,
        context: Context,
        report: FromPath[str],
        *,
        fiscal_year: FiscalYear = None,
        month: AsOfMonth = None,
        within: Within = "",
        depth: Depth = 0,
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> ReportAnswer:
        after = open_cursor(context, cursor, str) or ""
        with context.read() as uow:
            definition = report_named(report)
            wanted = report_filter(
                uow,
                definition,
                fiscal_year=fiscal_year or uow.fiscal_year,
                month=month,
                within=within,
                depth=depth,
                after=after,
                limit=limit,
            )
            found = read_report(uow, definition, wanted)
        return ReportAnswer(
            name=definition.name,
            fiscal_year=wanted.fiscal_year,
            month=wanted.month,
            state=found.year_state,
            within=wanted.within,
            depth=wanted.depth,
            count=found.count,
            totals=found.total,
            items=tuple(
                ReportItem(
                    keys=row.keys,
                    label=row.label,
                    line_id=row.line_id,
                    figures=row.figures,
                    note=row.note,
                )
                for row in found.rows
            ),
            next=next_cursor(context, found.rows[-1].place) if found.more else None,
        )


def _described(report: BudgetReport, context: RequestContext) -> ReportDescription:
    return ReportDescription(
        name=report.name,
        title=context.gettext(report.title),
        about=context.gettext(report.about),
        levels=tuple(
            ReportColumn(name=one.name, title=context.gettext(one.title))
            for one in report.dimensions
        ),
        figures=tuple(
            ReportColumn(name=one.name, title=context.gettext(one.title)) for one in report.figures
        ),
    )
