"""Pages of budget reports: which there are, one report level by level, and it as a file."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from zhuji_budget.domain.reports.catalogue import REPORTS, report_named
from zhuji_budget.permissions import PUBLISH, READ_LINES
from zhuji_budget.queries.reports.monthly import execution_by_month
from zhuji_budget.queries.reports.reading import (
    ReportFound,
    months_begun,
    read_report,
    report_filter,
)
from zhuji_budget.queries.years import usual_year, year_states
from zhuji_budget.settings import MODULE
from zhuji_budget.web.views.execution_charts import charts_view
from zhuji_budget.web.views.report import Place, report_view
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_
from zhuji_core.web.components import Cell, Column, Row, Table
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import HEAVY, PERMISSION, PageController
from zhuji_core.web.exports import export_table
from zhuji_core.web.rendering import render
from zhuji_core.web.reports import caption, crumbs_of, plain_table, report_table
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]


class ReportPages(PageController):
    """``/budget/reports``."""

    module = MODULE
    path = "/reports"

    @get(
        "/",
        opt={PERMISSION: READ_LINES, "cold": True},
        operation_id="budget.reports.page",
        sync_to_thread=True,
    )
    def list_page(self, context: Context) -> Response[str]:
        with context.read() as uow:
            year = usual_year(uow, year_states(uow))
            return render(
                context,
                "budget/reports.html",
                title=context.gettext("預算報表"),
                breadcrumb=_crumbs(context)[:1],
                table=_reports_table(context, uow, year),
            )

    @get(
        "/charts",
        opt={PERMISSION: READ_LINES, "cold": True},
        operation_id="budget.reports.charts",
        sync_to_thread=True,
    )
    def charts_page(self, context: Context, year: FromQuery[int | None] = None) -> Response[str]:
        with context.read() as uow:
            report = report_named("execution")
            wanted = report_filter(uow, report, fiscal_year=year)
            return render(
                context,
                "budget/charts.html",
                title=context.gettext("預算執行圖"),
                breadcrumb=(*_crumbs(context), Crumb(title=context.gettext("預算執行圖"))),
                charts=charts_view(
                    execution_by_month(uow, fiscal_year=year),
                    read_report(uow, report, wanted),
                    years=list(year_states(uow)),
                    place=Place(address=context.path, gettext=context.gettext),
                ),
            )

    @get(
        "/{report:str}",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.report.page",
        sync_to_thread=True,
    )
    def report_page(  # noqa: PLR0913 (what a page of a report is asked by)
        self,
        context: Context,
        report: FromPath[str],
        *,
        year: FromQuery[int | None] = None,
        month: FromQuery[int | None] = None,
        within: FromQuery[str] = "",
        depth: FromQuery[int] = 0,
        after: FromQuery[str] = "",
    ) -> Response[str]:
        with context.read() as uow:
            definition = report_named(report)
            wanted = report_filter(
                uow,
                definition,
                fiscal_year=year,
                month=month,
                within=within,
                depth=depth,
                after=after,
            )
            found = read_report(uow, definition, wanted)
            place = Place(address=context.path, gettext=context.gettext)
            *crumbs, last = crumbs_of(found, place)
            return render(
                context,
                "budget/report.html",
                title=caption(found, place),
                breadcrumb=(*_crumbs(context), *crumbs, Crumb(title=last.title)),
                report=report_view(
                    found,
                    years=list(year_states(uow)),
                    begun=months_begun(uow, wanted.fiscal_year),
                    place=place,
                ),
            )

    @get(
        "/{report:str}/export/{suffix:str}",
        opt={PERMISSION: READ_LINES, "cold": True, HEAVY: True},
        operation_id="budget.report.export",
        sync_to_thread=True,
    )
    def export(  # noqa: PLR0913 (what a file of a report is asked by)
        self,
        context: Context,
        report: FromPath[str],
        suffix: FromPath[str],
        *,
        year: FromQuery[int | None] = None,
        month: FromQuery[int | None] = None,
        within: FromQuery[str] = "",
        depth: FromQuery[int] = 0,
    ) -> Response[bytes]:
        """Give the whole report as a file; a CSV has the last level only, and no sums."""
        with context.read() as uow:
            definition = report_named(report)
            wanted = report_filter(
                uow, definition, fiscal_year=year, month=month, within=within, depth=depth
            )
            found = read_report(uow, definition, wanted, whole=True)
            place = Place(address=context.path, gettext=context.gettext)
            make = plain_table if suffix == "csv" else report_table
            return export_table(
                context,
                uow,
                make(found, place=place),
                title=context.gettext(definition.title),
                agency=" / ".join(one.title for one in crumbs_of(found, place)[1:]),
                period=_period(context, uow, found),
                file_format=suffix,
                signed=True,
            )


def _period(context: RequestContext, uow: UnitOfWork, found: ReportFound) -> str:
    """Return 「105 年度（截至 3 月）」, or that it is the bill."""
    tr, year = context.gettext, found.wanted.fiscal_year
    if found.year_state == "bill":
        return tr("{year} 年度（預算案）").format(year=year)
    if not found.report.until_month:
        return tr("{year} 年度").format(year=year)
    month = found.wanted.month or months_begun(uow, year)
    return tr("{year} 年度（截至 {month} 月）").format(year=year, month=month)


def _reports_table(context: RequestContext, uow: UnitOfWork, year: int) -> Table:
    tr = context.gettext
    told = [(report.title, f"reports/{report.name}", report.about) for report in REPORTS.values()]
    told.append(
        (N_("預算執行圖"), "reports/charts", N_("各月分配與簽證、各主管執行率，圖下附表。"))
    )
    if uow.actor.may(PUBLISH):
        told.append((N_("開放資料"), "open-data", N_("法定預算及各月執行之 CSV、JSON。")))
    return Table(
        id="reports",
        caption=tr("{year} 年度預算報表").format(year=year),
        columns=(Column(title=tr("報表")), Column(title=tr("內容"))),
        rows=tuple(
            Row(
                cells=(
                    Cell(
                        value=tr(title),
                        url=context.path(f"budget/{name}") + f"?year={year}",
                    ),
                    Cell(value=tr(about)),
                )
            )
            for title, name, about in told
        ),
    )


def _crumbs(context: RequestContext) -> tuple[Crumb, ...]:
    return (
        Crumb(title=context.gettext("預算")),
        Crumb(title=context.gettext("預算報表"), url=context.path("budget/reports")),
    )
