"""The register of certifications (簽證登記簿): page and file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_accounting.permissions import READ_REGISTER
from zhuji_accounting.queries.certifications import (
    EXPORT_MAX,
    RegisterFilter,
    RegisterRow,
    RegisterTotals,
    register,
    register_totals,
)
from zhuji_accounting.usecases.export_register import OFFERED, start_register_export
from zhuji_accounting.web.agencies import agency_name, agency_options, chosen_agency
from zhuji_accounting.web.filters import Asked, address_of, keyed, keyed_date, line_after
from zhuji_accounting.web.request_tables import EXPORT_FORMATS
from zhuji_accounting.web.request_view import control_row_url
from zhuji_core.formats import format_date
from zhuji_core.uow import UnitOfWork
from zhuji_core.web.answers import see_other
from zhuji_core.web.components import Cell, Column, Kind, Link, Option, Pager, Row, Table
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import HEAVY, PERMISSION, PageController
from zhuji_core.web.exports import export_table
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
PAGE_ROWS = 100
YEAR_DIGITS = 3
TEXT_MAX = 200


class RegisterPages(PageController):
    """``/register`` and its export."""

    module = "accounting"
    path = "/register"

    @get(
        "/",
        opt={PERMISSION: READ_REGISTER},
        operation_id="accounting.register.page",
        sync_to_thread=True,
    )
    def page(  # noqa: PLR0913, PLR0917 (each a filter of the register, by name)
        self,
        context: Context,
        fiscal_year: FromQuery[int | None] = None,
        agency_code: FromQuery[str] = "",
        from_date: FromQuery[str] = "",
        to_date: FromQuery[str] = "",
        text: FromQuery[str] = "",
        after: FromQuery[str] = "",
    ) -> Response[str]:
        tr = context.gettext
        faults: dict[str, str] = {}
        with context.read() as uow:
            agencies = agency_options(uow, READ_REGISTER)
            after_no, after_line = line_after(after)
            wanted = RegisterFilter(
                agency_code=chosen_agency(uow, agencies, agency_code),
                fiscal_year=fiscal_year or uow.fiscal_year,
                from_date=keyed_date(context, "from_date", from_date, faults),
                to_date=keyed_date(context, "to_date", to_date, faults),
                text=text,
                after_no=after_no,
                after_line=after_line,
                limit=PAGE_ROWS,
            )
            return render(
                context,
                "accounting/register.html",
                breadcrumb=(Crumb(title=tr("簽證登記簿")),),
                title=tr("簽證登記簿"),
                wanted=wanted,
                typed={"from_date": from_date, "to_date": to_date},
                faults=faults,
                table=_table(context, register(uow, wanted), wanted, register_totals(uow, wanted)),
                action=context.path("accounting/register"),
                agencies=agencies,
                job_fields=keyed(_asked(wanted)),
                job_formats=tuple(Option(value=one, title=one.upper()) for one in OFFERED),
            )

    @get(
        "/export/{file_format:str}",
        opt={PERMISSION: READ_REGISTER, "cold": True, HEAVY: True},
        operation_id="accounting.register.export",
        sync_to_thread=True,
    )
    def export(  # noqa: PLR0913, PLR0917 (each a filter of the register, by name)
        self,
        context: Context,
        file_format: FromPath[str],
        agency_code: FromQuery[str],
        fiscal_year: FromQuery[int | None] = None,
        from_date: FromQuery[str] = "",
        to_date: FromQuery[str] = "",
        text: FromQuery[str] = "",
    ) -> Response[bytes]:
        with context.read() as uow:
            wanted = RegisterFilter(
                agency_code=agency_code,
                fiscal_year=fiscal_year or uow.fiscal_year,
                from_date=keyed_date(context, "from_date", from_date),
                to_date=keyed_date(context, "to_date", to_date),
                text=text,
                limit=EXPORT_MAX,
            )
            return _file(context, uow, wanted, file_format)

    @post(
        "/exports",
        opt={PERMISSION: READ_REGISTER, "cold": True},
        operation_id="accounting.register.export-job",
        sync_to_thread=True,
    )
    def start_export(self, context: Context, data: Form) -> Response[bytes]:
        """Start the export of everything the filter shows as a job of the person's own."""
        year = str(data.get("fiscal_year", ""))
        wanted = RegisterFilter(
            agency_code=str(data.get("agency_code", "")),
            fiscal_year=int(year) if year.isdecimal() and len(year) <= YEAR_DIGITS else 0,
            from_date=keyed_date(context, "from_date", str(data.get("from_date", ""))),
            to_date=keyed_date(context, "to_date", str(data.get("to_date", ""))),
            text=str(data.get("text", ""))[:TEXT_MAX],
        )
        return context.perform(
            lambda uow: start_register_export(
                uow,
                wanted=wanted,
                file_format=str(data.get("file_format", "")),
                language=context.language,
            ),
            lambda job_id: see_other(context.path(f"kernel/jobs/{job_id}")),
        )


def _file(
    context: RequestContext, uow: UnitOfWork, wanted: RegisterFilter, file_format: str
) -> Response[bytes]:
    tr = context.gettext
    table = _table(context, register(uow, wanted), wanted, register_totals(uow, wanted))
    title = tr("{year} 年度簽證登記簿").format(year=wanted.fiscal_year)
    return export_table(
        context,
        uow,
        table,
        title=title,
        agency=agency_name(uow, wanted.agency_code),
        period=_period(context, wanted),
        file_format=file_format,
        signed=True,
    )


def _period(context: RequestContext, wanted: RegisterFilter) -> str:
    """Say which days the register is of."""
    if not wanted.from_date and not wanted.to_date:
        return context.gettext("{year} 年度").format(year=wanted.fiscal_year)
    first = format_date(wanted.from_date) if wanted.from_date else ""
    last = format_date(wanted.to_date) if wanted.to_date else ""
    return context.gettext("{first} 至 {last}").format(first=first, last=last)


def _table(
    context: RequestContext,
    rows: Sequence[RegisterRow],
    wanted: RegisterFilter,
    totals: RegisterTotals,
) -> Table:
    tr = context.gettext
    address = address_of(context.path("accounting/register"), _asked(wanted))
    amounts = (
        tr("簽證金額"),
        tr("已報支"),
        tr("暫付"),
        tr("已釋放"),
        tr("尚保留"),
        tr("簽證後餘額"),
    )
    last = rows[-1] if len(rows) >= wanted.limit else None
    return Table(
        id="register",
        caption=tr("共 {certifications} 件簽證、{lines} 行").format(
            certifications=f"{totals.certifications:,}", lines=f"{totals.lines:,}"
        ),
        columns=(
            Column(title=tr("簽證號"), kind=Kind.CODE),
            Column(title=tr("日期"), kind=Kind.DATE),
            Column(title=tr("申請編號"), kind=Kind.CODE),
            Column(title=tr("預算科目"), kind=Kind.CODE),
            Column(title=tr("用途")),
            Column(title=tr("受款人")),
            *(Column(title=title, unit=tr("元"), kind=Kind.AMOUNT) for title in amounts),
            Column(title=tr("簽證人")),
        ),
        rows=tuple(_row(context, row) for row in rows),
        totals=(
            Cell(value=tr("合計")),
            *(Cell(value=None) for _ in range(5)),
            Cell(value=totals.certified_ntd),
            Cell(value=totals.claimed_ntd),
            Cell(value=totals.advanced_ntd),
            Cell(value=totals.released_ntd),
            Cell(value=totals.held_ntd),
            Cell(value=None),
            Cell(value=None),
        ),
        pager=Pager(
            shown=len(rows),
            count=totals.lines,
            first_url=address if wanted.after_no else "",
            next_url=f"{address}&after={last.certification_no}-{last.line_no}" if last else "",
        ),
        exports=tuple(
            Link(
                title=name.upper(),
                url=address_of(context.path(f"accounting/register/export/{name}"), _asked(wanted)),
            )
            for name in EXPORT_FORMATS
        ),
        empty=tr("沒有符合條件的簽證。"),
    )


def _row(context: RequestContext, row: RegisterRow) -> Row:
    own = context.path(f"accounting/requests/{row.request_id}")
    return Row(
        cells=(
            Cell(value=row.certification_label, url=own),
            Cell(value=row.business_date),
            Cell(value=row.request_label, url=own),
            Cell(
                value=f"{row.line_code}-{row.object_code}",
                url=control_row_url(context, row.control_row_id),
                note=f"{row.line_name}　{row.object_name}",
            ),
            Cell(value=row.purpose),
            Cell(value=row.payee),
            Cell(value=row.certified_ntd),
            Cell(value=row.claimed_ntd),
            Cell(value=row.advanced_ntd),
            Cell(value=row.released_ntd),
            Cell(value=row.held_ntd),
            Cell(value=row.remaining_ntd),
            Cell(value=row.certified_by_name),
        )
    )


def _asked(wanted: RegisterFilter) -> Mapping[str, Asked]:
    return {
        "agency_code": wanted.agency_code,
        "fiscal_year": wanted.fiscal_year,
        "from_date": wanted.from_date,
        "to_date": wanted.to_date,
        "text": wanted.text,
    }
