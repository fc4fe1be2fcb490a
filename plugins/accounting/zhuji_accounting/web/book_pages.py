"""Pages of books and statements: which there are, one book, and it as a file."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from zhuji_accounting.domain.books.catalogue import book_named
from zhuji_accounting.domain.books.definition import EXPORT_ROWS, PAGE_ROWS
from zhuji_accounting.permissions import READ_VOUCHERS
from zhuji_accounting.queries.books.reading import read_book
from zhuji_accounting.queries.charts import chart_of
from zhuji_accounting.web import book_view as view
from zhuji_accounting.web.agencies import agency_name
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import HEAVY, PERMISSION, PageController
from zhuji_core.web.exports import export_table
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

COLD = "cold"
Context = NamedDependency[RequestContext]


class BookPages(PageController):
    """``/books``."""

    module = "accounting"
    path = "/books"

    @get(
        "/",
        opt={PERMISSION: READ_VOUCHERS, COLD: True},
        operation_id="accounting.books.page",
        sync_to_thread=True,
    )
    def list_page(self, context: Context) -> Response[str]:
        title = context.gettext("帳簿及會計報表")
        return render(
            context,
            "accounting/books.html",
            title=title,
            breadcrumb=(Crumb(title=title),),
            table=view.books_table(context),
        )

    @get(
        "/{book:str}",
        opt={PERMISSION: READ_VOUCHERS, COLD: True},
        operation_id="accounting.book.page",
        sync_to_thread=True,
    )
    def page(  # noqa: PLR0913, PLR0917 (each a filter of the book, by name)
        self,
        context: Context,
        book: FromPath[str],
        fiscal_year: FromQuery[int | None] = None,
        agency_code: FromQuery[str] = "",
        first: FromQuery[int] = 0,
        period: FromQuery[int] = 0,
        account_code: FromQuery[str] = "",
        kind: FromQuery[str] = "",
        key: FromQuery[str] = "",
        row: FromQuery[str] = "",
        part: FromQuery[str] = "",
        day: FromQuery[str] = "",
        after: FromQuery[str] = "",
    ) -> Response[str]:
        tr = context.gettext
        with context.read() as uow:
            known = book_named(book)
            wanted = view.asked_filter(
                uow, known, fiscal_year=fiscal_year, agency_code=agency_code, first=first,
                period=period, account_code=account_code, kind=kind, key=key, row=row,
                part=part, day=day, after=after,
                limit=PAGE_ROWS,
            )  # fmt: skip
            sheet = read_book(uow, book, wanted)
            chart = chart_of(uow, wanted.fiscal_year)
            return render(
                context,
                "accounting/book.html",
                title=view.heading(context, known, wanted, sheet, chart),
                breadcrumb=(
                    Crumb(title=tr("帳簿及會計報表"), url=context.path("accounting/books")),
                    Crumb(title=tr(known.title)),
                ),
                view=view.book_view(context, uow, known, wanted, sheet, chart),
            )

    @get(
        "/{book:str}/export/{suffix:str}",
        opt={PERMISSION: READ_VOUCHERS, COLD: True, HEAVY: True},
        operation_id="accounting.book.export",
        sync_to_thread=True,
    )
    def export(  # noqa: PLR0913, PLR0917 (each a filter of the book, by name)
        self,
        context: Context,
        book: FromPath[str],
        suffix: FromPath[str],
        fiscal_year: FromQuery[int | None] = None,
        agency_code: FromQuery[str] = "",
        first: FromQuery[int] = 0,
        period: FromQuery[int] = 0,
        account_code: FromQuery[str] = "",
        kind: FromQuery[str] = "",
        key: FromQuery[str] = "",
        row: FromQuery[str] = "",
        part: FromQuery[str] = "",
        day: FromQuery[str] = "",
    ) -> Response[bytes]:
        """Give the whole book as a file, with the signature row of official reports."""
        with context.read() as uow:
            known = book_named(book)
            wanted = view.asked_filter(
                uow, known, fiscal_year=fiscal_year, agency_code=agency_code, first=first,
                period=period, account_code=account_code, kind=kind, key=key, row=row,
                part=part, day=day, limit=EXPORT_ROWS,
            )  # fmt: skip
            sheet = read_book(uow, book, wanted)
            chart = chart_of(uow, wanted.fiscal_year)
            return export_table(
                context,
                uow,
                view.book_table(context, known, wanted, sheet, chart),
                title=view.heading(context, known, wanted, sheet, chart),
                agency=agency_name(uow, wanted.agency_code)
                if wanted.agency_code
                else context.gettext("全部機關"),
                period=view.period_text(context, known, wanted),
                file_format=suffix,
                signed=True,
            )
