"""The pages of reports that were kept when months closed: which, one sheet, and it as a file."""

from __future__ import annotations

import uuid

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from zhuji_accounting.domain.period import period_title
from zhuji_accounting.domain.refusals import ReportSetNotFound
from zhuji_accounting.domain.report_set import KIND_TITLES, ReportSet
from zhuji_accounting.permissions import READ_VOUCHERS
from zhuji_accounting.queries.report_sets import KeptSet, SetFilter, list_sets, read_set
from zhuji_accounting.web.agencies import agency_options, chosen_agency
from zhuji_core.reports.sheet import Sheet, digest_of
from zhuji_core.web.components import Badge, Cell, Column, Fact, Kind, Pager, Row, Table, Tone
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import HEAVY, PERMISSION, PageController
from zhuji_core.web.exports import export_table
from zhuji_core.web.rendering import render
from zhuji_core.web.sheets import sheet_table
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]
PAGE_ROWS = 50
DIGEST_SHOWN = 16  # enough to compare by eye; the whole digest stands on the page of the set


class ReportSetPages(PageController):
    """``/report-sets``."""

    module = "accounting"
    path = "/report-sets"

    @get(
        "/",
        opt={PERMISSION: READ_VOUCHERS, "cold": True},
        operation_id="accounting.report-sets.list-page",
        sync_to_thread=True,
    )
    def list_page(
        self,
        context: Context,
        agency_code: FromQuery[str] = "",
        fiscal_year: FromQuery[int | None] = None,
        period: FromQuery[int] = 0,
        before: FromQuery[uuid.UUID | None] = None,
    ) -> Response[str]:
        tr = context.gettext
        with context.read() as uow:
            agencies = agency_options(uow, READ_VOUCHERS)
            wanted = SetFilter(
                agency_code=chosen_agency(uow, agencies, agency_code),
                fiscal_year=fiscal_year or uow.fiscal_year,
                period=period,
                before=before,
                limit=PAGE_ROWS + 1,
            )
            return render(
                context,
                "accounting/report_sets.html",
                breadcrumb=(Crumb(title=tr("留存報表")),),
                title=tr("留存報表"),
                table=_list_table(context, list_sets(uow, wanted), wanted),
                agencies=agencies,
                wanted=wanted,
                action=context.path("accounting/report-sets"),
            )

    @get(
        "/{set_id:uuid}",
        opt={PERMISSION: READ_VOUCHERS, "cold": True},
        operation_id="accounting.report-sets.page",
        sync_to_thread=True,
    )
    def page(self, context: Context, set_id: FromPath[uuid.UUID]) -> Response[str]:
        with context.read() as uow:
            kept, reports = read_set(uow, set_id)
            return render(
                context,
                "accounting/report_set.html",
                breadcrumb=_crumbs(context, kept)[:2],
                title=_title(context, kept),
                facts=_facts(context, kept),
                badge=_badge(context, kept),
                table=_sheets_table(context, kept, reports),
            )

    @get(
        "/{set_id:uuid}/{sheet:str}",
        opt={PERMISSION: READ_VOUCHERS, "cold": True},
        operation_id="accounting.report-sets.sheet",
        sync_to_thread=True,
    )
    def sheet_page(
        self, context: Context, set_id: FromPath[uuid.UUID], sheet: FromPath[str]
    ) -> Response[str]:
        with context.read() as uow:
            kept, reports = read_set(uow, set_id)
            found = _sheet(reports, sheet)
            return render(
                context,
                "accounting/report_sheet.html",
                breadcrumb=(
                    *_crumbs(context, kept),
                    Crumb(title=context.gettext(found.title)),
                ),
                title=f"{_title(context, kept)}　{context.gettext(found.title)}",
                table=_table(context, kept, found),
            )

    @get(
        "/{set_id:uuid}/{sheet:str}/export/{file_format:str}",
        opt={PERMISSION: READ_VOUCHERS, "cold": True, HEAVY: True},
        operation_id="accounting.report-sets.export",
        sync_to_thread=True,
    )
    def export(
        self,
        context: Context,
        set_id: FromPath[uuid.UUID],
        sheet: FromPath[str],
        file_format: FromPath[str],
    ) -> Response[bytes]:
        with context.read() as uow:
            kept, reports = read_set(uow, set_id)
            found = _sheet(reports, sheet)
            return export_table(
                context,
                uow,
                _table(context, kept, found),
                title=context.gettext(found.title),
                agency=kept.agency_name or kept.agency_code,
                period=_title(context, kept),
                file_format=file_format,
                signed=True,
            )


def _sheet(reports: ReportSet, name: str) -> Sheet:
    for sheet in reports.sheets:
        if sheet.name == name:
            return sheet
    raise ReportSetNotFound


def _table(context: RequestContext, kept: KeptSet, sheet: Sheet) -> Table:
    return sheet_table(
        context,
        sheet,
        address=context.path(f"accounting/report-sets/{kept.set_id}/{sheet.name}"),
    )


def _title(context: RequestContext, kept: KeptSet) -> str:
    tr = context.gettext
    return tr("{year} 年度 {period} {kind}").format(
        year=kept.fiscal_year,
        period=period_title(kept.period, tr),
        kind=tr(KIND_TITLES[kept.kind]),
    )


def _crumbs(context: RequestContext, kept: KeptSet) -> tuple[Crumb, ...]:
    years = f"?agency_code={kept.agency_code}&fiscal_year={kept.fiscal_year}"
    return (
        Crumb(
            title=context.gettext("留存報表"),
            url=context.path(f"accounting/report-sets{years}"),
        ),
        Crumb(
            title=_title(context, kept),
            url=context.path(f"accounting/report-sets/{kept.set_id}"),
        ),
    )


def _badge(context: RequestContext, kept: KeptSet) -> Badge:
    if kept.in_force:
        return Badge(text=context.gettext("現行"), tone=Tone.GOOD)
    return Badge(text=context.gettext("已由重開取代"), tone=Tone.STOPPED)


def _facts(context: RequestContext, kept: KeptSet) -> tuple[Fact, ...]:
    tr = context.gettext
    return (
        Fact(label=tr("機關"), value=f"{kept.agency_name}（{kept.agency_code}）"),
        Fact(label=tr("版次"), value=kept.version, kind=Kind.NUMBER),
        Fact(label=tr("關帳人"), value=kept.made_by_name),
        Fact(label=tr("留存時間"), value=kept.made_at, kind=Kind.TIME),
    )


def _list_table(context: RequestContext, rows: list[KeptSet], wanted: SetFilter) -> Table:
    tr = context.gettext
    shown = rows[:PAGE_ROWS]
    address = context.path("accounting/report-sets")
    query = f"?agency_code={wanted.agency_code}&fiscal_year={wanted.fiscal_year}"
    query += f"&period={wanted.period}"
    following = f"{address}{query}&before={shown[-1].set_id}" if len(rows) > PAGE_ROWS else ""
    return Table(
        id="report-sets",
        caption=tr("關帳時留存之報表，新者在前"),
        columns=(
            Column(title=tr("報表")),
            Column(title=tr("版次"), kind=Kind.NUMBER),
            Column(title=tr("狀態"), kind=Kind.BADGE),
            Column(title=tr("關帳人")),
            Column(title=tr("留存時間"), kind=Kind.TIME),
            Column(title=tr("摘要值"), kind=Kind.CODE),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=_title(context, kept), url=f"{address}/{kept.set_id}"),
                    Cell(value=kept.version),
                    Cell(value=_badge(context, kept)),
                    Cell(value=kept.made_by_name),
                    Cell(value=kept.made_at),
                    Cell(value=kept.digest[:DIGEST_SHOWN]),
                )
            )
            for kept in shown
        ),
        pager=Pager(
            shown=len(shown),
            first_url=f"{address}{query}" if wanted.before else "",
            next_url=following,
        ),
        empty=tr("本年度尚無留存報表；月份關帳時自動留存。"),
    )


def _sheets_table(context: RequestContext, kept: KeptSet, reports: ReportSet) -> Table:
    tr = context.gettext
    address = context.path(f"accounting/report-sets/{kept.set_id}")
    return Table(
        id="sheets",
        caption=tr("報表"),
        columns=(
            Column(title=tr("名稱")),
            Column(title=tr("行數"), kind=Kind.NUMBER),
            Column(title=tr("摘要值（SHA-256）"), kind=Kind.CODE),
        ),
        totals=(
            Cell(value=tr("全份")),
            Cell(value=sum(len(sheet.rows) for sheet in reports.sheets)),
            Cell(value=kept.digest),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=tr(sheet.title), url=f"{address}/{sheet.name}"),
                    Cell(value=len(sheet.rows)),
                    Cell(value=digest_of(sheet)),
                )
            )
            for sheet in reports.sheets
        ),
    )
