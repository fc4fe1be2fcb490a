"""Pages of unit books (單位預算書): of a year's agencies, of an estimate, and as files."""

from __future__ import annotations

import uuid
from urllib.parse import quote

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from zhuji_budget.domain.estimate import EDITABLE, Estimate
from zhuji_budget.domain.unit_book.edition import Edition
from zhuji_budget.permissions import READ_ESTIMATES, READ_LINES, WRITE_ESTIMATE
from zhuji_budget.queries.unit_books import (
    AgencyBook,
    YearBook,
    estimate_edition,
    list_books,
    year_edition,
)
from zhuji_budget.queries.years import usual_year, year_states
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.print_book import booklet_of
from zhuji_budget.web.views.unit_book import BookPlace, book_view
from zhuji_core.booklets.files import WRITERS, booklet_file, media_type
from zhuji_core.formats import date_key
from zhuji_core.uow import UnitOfWork
from zhuji_core.web.components import Cell, Column, Kind, Option, Pager, Row, Table
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import HEAVY, PERMISSION, PageController
from zhuji_core.web.exports import FormatUnknown
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]
PAGE = 100


class BookPages(PageController):
    """``/budget/books``."""

    module = MODULE
    path = "/books"
    cold = True

    @get("/", opt={PERMISSION: READ_LINES}, operation_id="budget.books.page", sync_to_thread=True)
    def list_page(
        self, context: Context, year: FromQuery[int | None] = None, after: FromQuery[str] = ""
    ) -> Response[str]:
        with context.read() as uow:
            states = year_states(uow)
            chosen = year or usual_year(uow, states)
            rows = list_books(uow, chosen, after=after, limit=PAGE + 1)
            return render(
                context,
                "budget/unit_books.html",
                title=context.gettext("{year} 年度單位預算書").format(year=chosen),
                breadcrumb=_crumbs(context)[:2],
                table=_agencies(context, rows, chosen, after),
                action=context.path("budget/books"),
                years=tuple(
                    Option(value=str(one), title=str(one)) for one in sorted({chosen, *states})
                ),
                year=str(chosen),
            )

    @get(
        "/{fiscal_year:int}",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.book.page",
        sync_to_thread=True,
    )
    def page(
        self,
        context: Context,
        fiscal_year: FromPath[int],
        agency_code: FromQuery[str] = "",
        part: FromQuery[str] = "",
        sheet: FromQuery[int] = 0,
    ) -> Response[str]:
        with context.read() as uow:
            found = year_edition(uow, fiscal_year=fiscal_year, agency_code=agency_code)
            title = _year_title(context, found)
            return _page(
                context,
                uow,
                found.edition,
                title=title,
                root=context.path(f"budget/books/{fiscal_year}"),
                agency_code=agency_code,
                crumbs=(*_crumbs(context), Crumb(title=found.edition.agency_name)),
                part=part,
                sheet=sheet,
            )

    @get(
        "/{fiscal_year:int}/export/{suffix:str}",
        opt={PERMISSION: READ_LINES, HEAVY: True},
        operation_id="budget.book.export",
        sync_to_thread=True,
    )
    def export(
        self,
        context: Context,
        fiscal_year: FromPath[int],
        suffix: FromPath[str],
        agency_code: FromQuery[str] = "",
        part: FromQuery[str] = "",
    ) -> Response[bytes]:
        with context.read() as uow:
            found = year_edition(uow, fiscal_year=fiscal_year, agency_code=agency_code)
            title = _year_title(context, found)
            return _file(uow, found.edition, title=title, part=part, suffix=suffix)


class EstimateBookPages(PageController):
    """``/budget/estimates/{id}/book``."""

    module = MODULE
    path = "/estimates"
    cold = True

    @get(
        "/{estimate_id:uuid}/book",
        opt={PERMISSION: READ_ESTIMATES},
        operation_id="budget.estimate.book-page",
        sync_to_thread=True,
    )
    def page(
        self,
        context: Context,
        estimate_id: FromPath[uuid.UUID],
        part: FromQuery[str] = "",
        sheet: FromQuery[int] = 0,
    ) -> Response[str]:
        with context.read() as uow:
            estimate, edition = estimate_edition(uow, estimate_id)
            root = context.path(f"budget/estimates/{estimate_id}")
            crumbs = (
                Crumb(title=context.gettext("預算")),
                Crumb(title=context.gettext("概算"), url=context.path("budget/estimates")),
                Crumb(title=estimate.agency_name, url=root),
                Crumb(title=context.gettext("單位預算書")),
            )
            return _page(
                context,
                uow,
                edition,
                title=_estimate_title(context, estimate),
                root=f"{root}/book",
                crumbs=crumbs,
                part=part,
                sheet=sheet,
                import_url=f"{root}/book/import" if _may_import(uow, estimate) else "",
            )

    @get(
        "/{estimate_id:uuid}/book/export/{suffix:str}",
        opt={PERMISSION: READ_ESTIMATES, HEAVY: True},
        operation_id="budget.estimate.book-export",
        sync_to_thread=True,
    )
    def export(
        self,
        context: Context,
        estimate_id: FromPath[uuid.UUID],
        suffix: FromPath[str],
        part: FromQuery[str] = "",
    ) -> Response[bytes]:
        with context.read() as uow:
            estimate, edition = estimate_edition(uow, estimate_id)
            title = _estimate_title(context, estimate)
            return _file(uow, edition, title=title, part=part, suffix=suffix)


def _may_import(uow: UnitOfWork, estimate: Estimate) -> bool:
    may = uow.actor.may(WRITE_ESTIMATE, agency_code=estimate.agency_code)
    return may and estimate.state in EDITABLE


def _page(  # noqa: PLR0913 (what a page of a book is made of, all by keyword)
    context: RequestContext,
    uow: UnitOfWork,
    edition: Edition,
    *,
    title: str,
    root: str,
    crumbs: tuple[Crumb, ...],
    part: str,
    sheet: int,
    agency_code: str = "",
    import_url: str = "",
) -> Response[str]:
    booklet = booklet_of(edition, part=part, title=title, author=uow.actor.name, printed_at=uow.now)
    return render(
        context,
        "budget/unit_book.html",
        title=title,
        breadcrumb=crumbs,
        import_url=import_url,
        book=book_view(
            edition,
            booklet.sheets,
            place=BookPlace(root=root, agency_code=agency_code, part=part),
            chosen=sheet,
            gettext=context.gettext,
        ),
    )


def _file(
    uow: UnitOfWork, edition: Edition, *, title: str, part: str, suffix: str
) -> Response[bytes]:
    if suffix not in WRITERS:
        raise FormatUnknown(file_format=suffix, offered="、".join(WRITERS))
    booklet = booklet_of(edition, part=part, title=title, author=uow.actor.name, printed_at=uow.now)
    whose = f"{edition.agency_name}_{title}{f'_{part}' if part else ''}"
    name = quote(f"{whose}_{date_key(uow.business_date)}.{suffix}")
    uow.end_reading()  # a whole book takes a while
    return Response(
        booklet_file(booklet, suffix),
        media_type=media_type(suffix),
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
    )


def _year_title(context: RequestContext, found: YearBook) -> str:
    year = found.edition.book.fiscal_year
    if found.state == "bill":
        return context.gettext("{year} 年度單位預算案").format(year=year)
    return context.gettext("{year} 年度單位預算").format(year=year)


def _estimate_title(context: RequestContext, estimate: Estimate) -> str:
    return context.gettext("{year} 年度單位概算").format(year=estimate.fiscal_year)


def _agencies(context: RequestContext, rows: list[AgencyBook], year: int, after: str) -> Table:
    tr, root = context.gettext, context.path("budget/books")
    shown = rows[:PAGE]
    return Table(
        id="books",
        caption=tr("各機關單位預算書"),
        columns=(
            Column(title=tr("機關代碼"), kind=Kind.CODE),
            Column(title=tr("機關")),
            Column(title=tr("歲出"), kind=Kind.AMOUNT, unit=tr("元")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=row.agency_code, url=f"{root}/{year}?agency_code={row.agency_code}"),
                    Cell(value=row.agency_name),
                    Cell(value=row.amount_ntd),
                )
            )
            for row in shown
        ),
        pager=Pager(
            shown=len(shown),
            first_url=f"{root}?year={year}" if after else "",
            next_url=f"{root}?year={year}&after={shown[-1].agency_code}"
            if len(rows) > PAGE
            else "",
        ),
        empty=tr("本年度尚無預算。"),
    )


def _crumbs(context: RequestContext) -> tuple[Crumb, ...]:
    return (
        Crumb(title=context.gettext("預算")),
        Crumb(title=context.gettext("預算報表"), url=context.path("budget/reports")),
        Crumb(title=context.gettext("單位預算書"), url=context.path("budget/books")),
    )
