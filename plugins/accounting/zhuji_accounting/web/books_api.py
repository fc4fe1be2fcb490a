"""The API of books and statements: the sheets of the pages, in JSON."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from zhuji_accounting.domain.books.catalogue import BOOKS, book_named
from zhuji_accounting.permissions import READ_VOUCHERS
from zhuji_accounting.queries.books.reading import read_book
from zhuji_accounting.web.book_view import asked_filter
from zhuji_core.values import N_, Value
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, next_cursor, open_cursor
from zhuji_core.web.parameters import CODE_MAX, TEXT_MAX, Code, FiscalYear
from zhuji_core.web.sheets import SheetAnswer, SheetHead, sheet_answer

COLD = "cold"
Context = NamedDependency[RequestContext]
Month = Annotated[
    int,
    QueryParameter(ge=0, le=13, description=N_("迄月；13 為整理期間，0 為業務日期之月份")),
]
First = Annotated[int, QueryParameter(ge=0, le=13, description=N_("起月；0 為 1 月"))]
AccountCode = Annotated[str, QueryParameter(max_length=CODE_MAX, description=N_("會計科目代碼"))]
SubsidiaryKind = Annotated[
    str,
    QueryParameter(
        max_length=CODE_MAX,
        description=N_("明細類別：payee、contract、advance、deposit、person"),
    ),
]
SubsidiaryKey = Annotated[str, QueryParameter(max_length=TEXT_MAX, description=N_("明細代號"))]


RowId = Annotated[
    str, QueryParameter(max_length=CODE_MAX, description=N_("預算控制項目或歲入科目之識別碼"))
]
Part = Annotated[
    str,
    QueryParameter(
        max_length=CODE_MAX,
        description=N_(
            "何種分錄：realised、contract、collected、remitted；"
            "以前年度：carried（保留）、owed（應付）；空白為全部"
        ),
    ),
]
Day = Annotated[
    str, QueryParameter(max_length=CODE_MAX, description=N_("日期（西元，YYYY-MM-DD）；逐日明細用"))
]


class BookDescription(Value, frozen=True, kw_only=True):
    """A book: its columns, and what it has to be asked by."""

    name: str
    title: str
    about: str
    of_agency: bool
    needs: tuple[str, ...]
    columns: tuple[SheetHead, ...]


class BooksApi(ApiController):
    """``/books``: what a page of a book shows."""

    module = "accounting"
    path = "/books"

    @get(
        "/",
        opt={PERMISSION: READ_VOUCHERS, COLD: True},
        operation_id="accounting.books.list",
        summary=N_("列出帳簿及會計報表"),
        sync_to_thread=True,
    )
    def list_books(self, context: Context) -> list[BookDescription]:
        tr = context.gettext
        return [
            BookDescription(
                name=book.name,
                title=tr(book.title),
                about=tr(book.about),
                of_agency=book.of_agency,
                needs=book.needs,
                columns=tuple(
                    SheetHead(name=column.name, title=tr(column.title), kind=column.kind)
                    for column in book.columns
                ),
            )
            for book in BOOKS.values()
        ]

    @get(
        "/{book:str}",
        opt={PERMISSION: READ_VOUCHERS, COLD: True},
        operation_id="accounting.books.read",
        summary=N_("查詢一種帳簿或會計報表"),
        sync_to_thread=True,
    )
    def read(  # noqa: PLR0913, PLR0917 (each a filter of the book, by name)
        self,
        context: Context,
        book: FromPath[str],
        fiscal_year: FiscalYear = None,
        agency_code: Code = "",
        first: First = 0,
        period: Month = 0,
        account_code: AccountCode = "",
        subsidiary_kind: SubsidiaryKind = "",
        subsidiary_key: SubsidiaryKey = "",
        row_id: RowId = "",
        part: Part = "",
        day: Day = "",
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> SheetAnswer:
        after = open_cursor(context, cursor, str) or ""
        with context.read() as uow:
            wanted = asked_filter(
                uow, book_named(book), fiscal_year=fiscal_year, agency_code=agency_code,
                first=first, period=period, account_code=account_code, kind=subsidiary_kind,
                key=subsidiary_key, row=row_id, part=part, day=day, after=after, limit=limit,
            )  # fmt: skip
            sheet = read_book(uow, book, wanted)
        following = next_cursor(context, sheet.next) if sheet.next else None
        return sheet_answer(context, sheet, following=following)
