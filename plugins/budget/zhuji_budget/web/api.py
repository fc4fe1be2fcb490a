"""The API of budget: each handler is one use case or one query."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, MultipartBody, PathParameter, QueryParameter

from zhuji_budget.permissions import APPROVE_ALLOTMENT, ENACT_YEAR, IMPORT_BOOK, READ_LINES
from zhuji_budget.queries.codes import codes_of
from zhuji_budget.queries.lines import LineFilter, find_line
from zhuji_budget.queries.positions import find_control_rows, readable_positions
from zhuji_budget.queries.years import (
    YearRow,
    find_seen,
    list_years,
    read_year,
    reserves_beyond,
)
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_budget.usecases.import_books import import_reading
from zhuji_budget.usecases.propose_allotment import propose_allotment
from zhuji_budget.usecases.read_books import BooksInconsistent, read_books
from zhuji_budget.usecases.report_import import ImportReport, report_import
from zhuji_budget.web.import_pages import uploads_of
from zhuji_budget.web.line_pages import find_lines
from zhuji_budget.web.structs import (
    AllotmentProposed,
    AllotmentWanted,
    BillToEnact,
    BooksWanted,
    EnactmentWanted,
    ImportProblem,
    LineDetail,
    LineList,
    Position,
    YearAnswer,
    bill_of,
    detail_of,
    position_of,
    year_of,
)
from zhuji_budget.web.uploads import UPLOAD_MAX, book_files, fiscal_year_of
from zhuji_core.contracts.funds import ControlRowQuery
from zhuji_core.values import N_
from zhuji_core.web.answers import json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, BODY, PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT, LIMIT_MAX, Cursor, Limit, next_cursor, open_cursor
from zhuji_core.web.parameters import YEAR_MAX, Code, FiscalYear, Text
from zhuji_core.web.problems import PROBLEM_JSON, problem_of

Context = NamedDependency[RequestContext]
PICK = 20
# Of a file that is not one at all every row may be wrong.
PROBLEMS_MAX = 200
Ids = Annotated[list[uuid.UUID], QueryParameter(min_items=1, max_items=LIMIT_MAX)]
YearInPath = Annotated[int, PathParameter(ge=1, le=YEAR_MAX)]


class LinesApi(ApiController):
    """``/lines``: budget lines with their figures."""

    module = MODULE
    path = "/lines"

    @get(
        "/",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.lines.list",
        summary=N_("列出預算科目"),
        sync_to_thread=True,
    )
    def list_lines(
        self,
        context: Context,
        fiscal_year: FiscalYear = None,
        agency_code: Code = "",
        text: Text = "",
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> LineList:
        after = open_cursor(context, cursor, str) or ""
        with context.read() as uow:
            found = find_lines(
                uow,
                LineFilter(
                    fiscal_year=fiscal_year or uow.fiscal_year,
                    agency_code=agency_code,
                    text=text,
                    after=after,
                    limit=limit,
                ),
            )
        return LineList(
            items=found.rows,
            totals=found.totals,
            next=next_cursor(context, found.rows[-1].code) if found.more else None,
        )

    @get(
        "/{line_id:uuid}",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.lines.read",
        summary=N_("查詢一個預算科目"),
        sync_to_thread=True,
    )
    def read(self, context: Context, line_id: FromPath[uuid.UUID]) -> LineDetail:
        with context.read() as uow:
            return detail_of(find_line(uow, line_id))


class ControlRowsApi(ApiController):
    """``/control-rows`` for choosing, ``/control-rows/positions`` for balances."""

    module = MODULE
    path = "/control-rows"

    @get(
        "/",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.control-rows.find",
        summary=N_("尋找控制列"),
        sync_to_thread=True,
    )
    def find(
        self,
        context: Context,
        agency_code: Code,
        fiscal_year: FiscalYear = None,
        text: Text = "",
        limit: Limit = PICK,
    ) -> list[Position]:
        """Give the best matches for a picker; whoever wants all of them lists the lines."""
        with context.read() as uow:
            uow.require(READ_LINES, agency_code=agency_code)
            found = find_control_rows(
                uow,
                ControlRowQuery(
                    agency_code=agency_code,
                    fiscal_year=fiscal_year or uow.fiscal_year,
                    text=text,
                    limit=limit,
                ),
            )
        return [position_of(one) for one in found]

    @get(
        "/positions",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.control-rows.positions",
        summary=N_("查詢控制列餘額"),
        sync_to_thread=True,
    )
    def positions(
        self,
        context: Context,
        id: Ids,  # noqa: A002 (the name in the address)
    ) -> list[Position]:
        """Rows of agencies that the caller may not read are left out."""
        with context.read() as uow:
            return [position_of(one) for one in readable_positions(uow, id)]


class YearsApi(ApiController):
    """``/years``: states of the budget year; enact and allot."""

    module = MODULE
    path = "/years"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.years.list",
        summary=N_("列出預算年度"),
        sync_to_thread=True,
    )
    def list_all(self, context: Context) -> list[YearRow]:
        with context.read() as uow:
            return list_years(uow)

    @get(
        "/{fiscal_year:int}",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.years.read",
        summary=N_("查詢一個預算年度"),
        sync_to_thread=True,
    )
    def read(self, context: Context, fiscal_year: YearInPath) -> YearRow:
        with context.read() as uow:
            return read_year(uow, fiscal_year)

    @get(
        "/{fiscal_year:int}/enactment",
        opt={PERMISSION: ENACT_YEAR},
        operation_id="budget.years.read-bill",
        summary=N_("查詢待成立之預算案及其核對碼"),
        sync_to_thread=True,
    )
    def read_bill(self, context: Context, fiscal_year: YearInPath) -> BillToEnact:
        """Return what enactment would make law now; its ``seen`` goes back with the POST."""
        with context.read() as uow:
            read_year(uow, fiscal_year, needed="bill")
            return bill_of(find_seen(uow, fiscal_year), over=reserves_beyond(uow, fiscal_year))

    @post(
        "/{fiscal_year:int}/enactment",
        opt={PERMISSION: ENACT_YEAR, ANSWERS: YearAnswer},
        operation_id="budget.years.enact",
        summary=N_("法定預算成立"),
        status_code=200,
        sync_to_thread=True,
    )
    def enact(
        self, context: Context, fiscal_year: YearInPath, data: JSONBody[EnactmentWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: enact_year(
                uow,
                fiscal_year=fiscal_year,
                act_no=data.act_no,
                reserve_reason=data.reserve_reason,
                gap_reason=data.gap_reason,
                seen=data.seen,
            ),
            lambda year: json_answer(year_of(year)),
        )

    @post(
        "/{fiscal_year:int}/allotment",
        opt={PERMISSION: APPROVE_ALLOTMENT, ANSWERS: AllotmentProposed},
        operation_id="budget.years.allot",
        summary=N_("提案平均分配預算（由另一人核准）"),
        status_code=200,
        sync_to_thread=True,
    )
    def allot(
        self, context: Context, fiscal_year: YearInPath, data: JSONBody[AllotmentWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: propose_allotment(
                uow, fiscal_year=fiscal_year, reason=data.reason, reference=data.reference
            ),
            lambda made: json_answer(
                AllotmentProposed(fiscal_year=fiscal_year, proposal_id=made.proposal_id)
            ),
        )


class ImportsApi(ApiController):
    """``/imports``: books as ``files``, with ``year`` and ``partial``, all or nothing."""

    module = MODULE
    path = "/imports"
    cold = True

    @post(
        "/",
        opt={PERMISSION: IMPORT_BOOK, ANSWERS: ImportReport, BODY: BooksWanted},
        operation_id="budget.imports.import",
        summary=N_("匯入預算書"),
        status_code=200,
        request_max_body_size=UPLOAD_MAX,
        sync_to_thread=True,
    )
    def import_books(
        self, context: Context, data: MultipartBody[dict[str, Any]]
    ) -> Response[bytes]:
        """Answer with the report; books with errors are a problem that lists all of them."""
        with context.read() as uow:
            codes = codes_of(uow)
        reading = read_books(
            book_files(uploads_of(data.get("files"))),
            fiscal_year=fiscal_year_of(str(data.get("year", ""))),
            partial=data.get("partial") in {"1", "true"},
            codes=codes,
        )
        try:
            reading.require_consistent()
        except BooksInconsistent as refusal:
            problem = problem_of(refusal, gettext=context.gettext)
            report = report_import(reading, translate=context.gettext)
            told = ImportProblem(
                **msgspec.structs.asdict(problem), errors=report.errors[:PROBLEMS_MAX]
            )
            return Response(
                msgspec.json.encode(told), status_code=problem.status, media_type=PROBLEM_JSON
            )
        return context.perform(
            lambda uow: import_reading(uow, reading),
            lambda imported: json_answer(
                report_import(reading, translate=context.gettext, imported=imported)
            ),
        )
