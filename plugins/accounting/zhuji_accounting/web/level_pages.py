"""Pages of the statements of the budget's execution, and each as a file."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from zhuji_accounting.domain.books.levels import statement_named
from zhuji_accounting.permissions import READ_VOUCHERS
from zhuji_accounting.queries.books.levels import read_statement
from zhuji_accounting.web.agencies import agency_name
from zhuji_accounting.web.level_view import LevelPlace, asked_levels, level_period, level_view
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import HEAVY, PERMISSION, PageController
from zhuji_core.web.exports import export_table
from zhuji_core.web.rendering import render
from zhuji_core.web.reports import caption, crumbs_of, plain_table, report_table
from zhuji_core.web.shell import Crumb

COLD = "cold"
Context = NamedDependency[RequestContext]


class LevelPages(PageController):
    """``/reports``."""

    module = "accounting"
    path = "/reports"

    @get(
        "/{report:str}",
        opt={PERMISSION: READ_VOUCHERS, COLD: True},
        operation_id="accounting.report.page",
        sync_to_thread=True,
    )
    def page(  # noqa: PLR0913, PLR0917 (each a filter of the statement, by name)
        self,
        context: Context,
        report: FromPath[str],
        fiscal_year: FromQuery[int | None] = None,
        agency_code: FromQuery[str] = "",
        period: FromQuery[int] = 0,
        within: FromQuery[str] = "",
        depth: FromQuery[int] = 0,
        after: FromQuery[str] = "",
    ) -> Response[str]:
        with context.read() as uow:
            wanted = asked_levels(
                uow, statement_named(report), fiscal_year=fiscal_year, agency_code=agency_code,
                period=period, within=within, depth=depth, after=after,
            )  # fmt: skip
            found = read_statement(uow, report, wanted)
            place = LevelPlace(address=context.path, gettext=context.gettext)
            *crumbs, last = crumbs_of(found, place)
            books = Crumb(
                title=context.gettext("帳簿及會計報表"), url=context.path("accounting/books")
            )
            return render(
                context,
                "accounting/level_report.html",
                title=caption(found, place),
                breadcrumb=(books, *crumbs, Crumb(title=last.title)),
                view=level_view(context, uow, found),
            )

    @get(
        "/{report:str}/export/{suffix:str}",
        opt={PERMISSION: READ_VOUCHERS, COLD: True, HEAVY: True},
        operation_id="accounting.report.export",
        sync_to_thread=True,
    )
    def export(  # noqa: PLR0913, PLR0917 (each a filter of the statement, by name)
        self,
        context: Context,
        report: FromPath[str],
        suffix: FromPath[str],
        fiscal_year: FromQuery[int | None] = None,
        agency_code: FromQuery[str] = "",
        period: FromQuery[int] = 0,
        within: FromQuery[str] = "",
        depth: FromQuery[int] = 0,
    ) -> Response[bytes]:
        """Give the whole statement as a file; a CSV has the last level only, and no sums."""
        with context.read() as uow:
            wanted = asked_levels(
                uow, statement_named(report), fiscal_year=fiscal_year, agency_code=agency_code,
                period=period, within=within, depth=depth,
            )  # fmt: skip
            found = read_statement(uow, report, wanted, whole=True)
            place = LevelPlace(address=context.path, gettext=context.gettext)
            make = plain_table if suffix == "csv" else report_table
            whose = (
                agency_name(uow, wanted.agency_code)
                if wanted.agency_code
                else context.gettext("全部機關")
            )
            return export_table(
                context,
                uow,
                make(found, place=place),
                title=context.gettext(found.report.title),
                agency=" / ".join([whose, *(one.title for one in crumbs_of(found, place)[1:])]),
                period=level_period(context, found),
                file_format=suffix,
                signed=True,
            )
