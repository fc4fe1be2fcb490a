"""The API of the statements of the budget's execution: the levels of the pages, in JSON."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from zhuji_accounting.domain.books.levels import STATEMENTS, statement_named
from zhuji_accounting.permissions import READ_VOUCHERS
from zhuji_accounting.queries.books.levels import read_statement
from zhuji_accounting.web.books_api import Month
from zhuji_accounting.web.level_view import asked_levels
from zhuji_core.reports.level_sheets import kind_of, sheet_of
from zhuji_core.values import N_, Value
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, next_cursor, open_cursor
from zhuji_core.web.parameters import CODE_MAX, Code, FiscalYear
from zhuji_core.web.sheets import SheetAnswer, SheetHead, sheet_answer

COLD = "cold"
LEVELS_MAX = 4
Context = NamedDependency[RequestContext]
Within = Annotated[
    str,
    QueryParameter(
        max_length=LEVELS_MAX * (CODE_MAX + 1),
        description=N_("展開何列：自最上層起各層之編號，以逗號相連；空白為全部"),
    ),
]
Depth = Annotated[
    int,
    QueryParameter(ge=0, le=LEVELS_MAX, description=N_("列示至第幾層；0 為一層，指定機關時為全部")),
]


class StatementDescription(Value, frozen=True, kw_only=True):
    """A statement: its levels from the outermost, its figures."""

    name: str
    title: str
    about: str
    levels: tuple[str, ...]
    columns: tuple[SheetHead, ...]


class LevelsApi(ApiController):
    """``/reports``: what a page of a statement shows."""

    module = "accounting"
    path = "/reports"

    @get(
        "/",
        opt={PERMISSION: READ_VOUCHERS, COLD: True},
        operation_id="accounting.reports.list",
        summary=N_("列出預算執行報表"),
        sync_to_thread=True,
    )
    def list_reports(self, context: Context) -> list[StatementDescription]:
        tr = context.gettext
        return [
            StatementDescription(
                name=one.name,
                title=tr(one.title),
                about=tr(one.about),
                levels=tuple(tr(level.title) for level in one.dimensions),
                columns=tuple(
                    SheetHead(name=figure.name, title=tr(figure.title), kind=kind_of(figure))
                    for figure in one.figures
                ),
            )
            for one in STATEMENTS.values()
        ]

    @get(
        "/{report:str}",
        opt={PERMISSION: READ_VOUCHERS, COLD: True},
        operation_id="accounting.reports.read",
        summary=N_("查詢一種預算執行報表"),
        sync_to_thread=True,
    )
    def read(  # noqa: PLR0913, PLR0917 (each a filter of the statement, by name)
        self,
        context: Context,
        report: FromPath[str],
        fiscal_year: FiscalYear = None,
        agency_code: Code = "",
        period: Month = 0,
        within: Within = "",
        depth: Depth = 0,
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> SheetAnswer:
        """Give a page of the statement; ``keys`` of a row are the codes of its levels."""
        after = open_cursor(context, cursor, str) or ""
        with context.read() as uow:
            wanted = asked_levels(
                uow, statement_named(report), fiscal_year=fiscal_year, agency_code=agency_code,
                period=period, within=within, depth=depth, after=after, limit=limit,
            )  # fmt: skip
            found = read_statement(uow, report, wanted)
        following = next_cursor(context, found.rows[-1].place) if found.more else None
        return sheet_answer(context, sheet_of(found), following=following)
