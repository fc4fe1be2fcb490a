"""The API of unit books: the tables that the pages show, in JSON."""

from __future__ import annotations

import uuid
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, PathParameter, QueryParameter

from zhuji_budget.domain.unit_book.edition import Edition
from zhuji_budget.permissions import READ_ESTIMATES, READ_LINES
from zhuji_budget.queries.unit_books import (
    AgencyBook,
    estimate_edition,
    list_books,
    year_edition,
)
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.print_book import booklet_of
from zhuji_core.booklets.model import FormSheet
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import HEAVY, PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of
from zhuji_core.web.parameters import CODE_MAX, YEAR_MAX, Code, FiscalYear

Context = NamedDependency[RequestContext]
YearInPath = Annotated[int, PathParameter(ge=1, le=YEAR_MAX)]
PartWanted = Annotated[
    str,
    QueryParameter(max_length=CODE_MAX, description=N_("只要其中一種表；空白為全書")),
]


class BookAnswer(Value, frozen=True, kw_only=True):
    """A book: its sum of expenditure and its tables as they are printed."""

    fiscal_year: int
    agency_name: str
    expenditure_ntd: int
    unsplit_ntd: int
    sheets: tuple[FormSheet, ...]


class BooksApi(ApiController):
    """``/books``: unit books of a year."""

    module = MODULE
    path = "/books"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.books.list",
        summary=N_("列出單位預算書"),
        sync_to_thread=True,
    )
    def list_all(
        self,
        context: Context,
        fiscal_year: FiscalYear = None,
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> Page[AgencyBook]:
        after = open_cursor(context, cursor, str) or ""
        with context.read() as uow:
            year = fiscal_year or uow.fiscal_year
            rows = list_books(uow, year, after=after, limit=limit + 1)
        return page_of(
            context, rows, limit=limit, key=lambda row: row.agency_code, item=lambda row: row
        )

    @get(
        "/{fiscal_year:int}",
        opt={PERMISSION: READ_LINES, HEAVY: True},
        operation_id="budget.books.read",
        summary=N_("取得一機關的單位預算書"),
        sync_to_thread=True,
    )
    def read(
        self,
        context: Context,
        fiscal_year: YearInPath,
        agency_code: Code,
        part: PartWanted = "",
    ) -> BookAnswer:
        with context.read() as uow:
            found = year_edition(uow, fiscal_year=fiscal_year, agency_code=agency_code)
            return _answer(uow, found.edition, part)


class EstimateBooksApi(ApiController):
    """``/estimates/{id}/book``: the unit book that an estimate makes."""

    module = MODULE
    path = "/estimates"
    cold = True

    @get(
        "/{estimate_id:uuid}/book",
        opt={PERMISSION: READ_ESTIMATES, HEAVY: True},
        operation_id="budget.estimates.book",
        summary=N_("取得一份概算的單位預算書"),
        sync_to_thread=True,
    )
    def read(
        self, context: Context, estimate_id: FromPath[uuid.UUID], part: PartWanted = ""
    ) -> BookAnswer:
        with context.read() as uow:
            return _answer(uow, estimate_edition(uow, estimate_id)[1], part)


def _answer(uow: UnitOfWork, edition: Edition, part: str) -> BookAnswer:
    booklet = booklet_of(edition, part=part, title="", author=uow.actor.name, printed_at=uow.now)
    return BookAnswer(
        fiscal_year=edition.book.fiscal_year,
        agency_name=edition.agency_name,
        expenditure_ntd=edition.book.total_ntd(lambda _: True),
        unsplit_ntd=edition.unsplit_ntd,
        sheets=booklet.sheets,
    )
