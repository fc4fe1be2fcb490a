"""The API of the reports of the month: each handler is one use case or one query."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

import msgspec
from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from zhuji_budget.domain.month_report import (
    LINES_MAX,
    LagNote,
    MonthReport,
    ReportedLine,
    ReportState,
)
from zhuji_budget.permissions import (
    ACCEPT_MONTH_REPORT,
    READ_LINES,
    SUBMIT_MONTH_REPORT,
    WRITE_MONTH_REPORT,
)
from zhuji_budget.queries.month_reports import (
    MonthReportRow,
    find_month_report,
    list_month_reports,
)
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.accept_month_report import accept_month_report
from zhuji_budget.usecases.open_month_report import open_month_report
from zhuji_budget.usecases.return_month_report import return_month_report
from zhuji_budget.usecases.submit_month_report import submit_month_report
from zhuji_budget.usecases.write_lag_notes import write_lag_notes
from zhuji_core.values import N_, Value
from zhuji_core.web.answers import Answer, json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of
from zhuji_core.web.parameters import CODE_MAX, YEAR_MAX, FiscalYear

Context = NamedDependency[RequestContext]
ReportId = FromPath[uuid.UUID]
MonthAsked = Annotated[int, QueryParameter(ge=1, le=12, description=N_("月份"))]
StateAsked = Annotated[ReportState | None, QueryParameter(description=N_("執行月報的狀態"))]


class MonthReportWanted(Value, frozen=True, kw_only=True):
    """A report to begin, of a month that is over."""

    fiscal_year: Annotated[int, msgspec.Meta(ge=1, le=YEAR_MAX)]
    month: Annotated[int, msgspec.Meta(ge=1, le=12)]
    agency_code: Annotated[str, msgspec.Meta(min_length=1, max_length=CODE_MAX)]


class NotesWanted(Value, frozen=True, kw_only=True):
    """Notes on some lines; the others stay. ``revision`` 0 overwrites whichever there is."""

    notes: Annotated[tuple[LagNote, ...], msgspec.Meta(max_length=LINES_MAX)]
    revision: Annotated[int, msgspec.Meta(ge=0, le=999_999_999)] = 0


class ReturnWanted(Value, frozen=True, kw_only=True):
    """Why a report is given back."""

    reason: str = ""


class MonthReportAnswer(Value, frozen=True, kw_only=True):
    """A report after an act."""

    report_id: uuid.UUID
    label: str
    fiscal_year: int
    month: int
    agency_code: str
    state: str
    below_percent: int
    basis: str
    lagging: int
    explained: int
    submitted_on: dt.date | None
    accepted_on: dt.date | None
    return_reason: str
    revision: int


class ReportedLineAnswer(Value, frozen=True, kw_only=True):
    """One line as of the month's last day; ``lags`` by the report's rule."""

    line: ReportedLine
    balance_ntd: int
    done_bp: int | None
    lags: bool


class MonthReportDetail(Value, frozen=True, kw_only=True):
    """One report whole."""

    report: MonthReportAnswer
    lines: tuple[ReportedLineAnswer, ...]


class MonthReportsApi(ApiController):
    """``/month-reports``."""

    module = MODULE
    path = "/month-reports"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.month-reports.list",
        summary=N_("列出一個月的執行月報"),
        sync_to_thread=True,
    )
    def list_all(
        self,
        context: Context,
        *,
        month: MonthAsked,
        fiscal_year: FiscalYear = None,
        states: StateAsked = None,
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> Page[MonthReportRow]:
        after = open_cursor(context, cursor, str) or ""
        with context.read() as uow:
            rows = list_month_reports(
                uow,
                fiscal_year=fiscal_year or uow.fiscal_year,
                month=month,
                state=str(states) if states else "",
                after=after,
                limit=limit + 1,
            )
        return page_of(
            context, rows, limit=limit, key=lambda row: row.agency_code, item=lambda row: row
        )

    @get(
        "/{report_id:uuid}",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.month-reports.read",
        summary=N_("查詢一份執行月報"),
        sync_to_thread=True,
    )
    def read(self, context: Context, report_id: ReportId) -> MonthReportDetail:
        with context.read() as uow:
            found = find_month_report(uow, report_id)
        rule = found.report.rule
        return MonthReportDetail(
            report=_answer_of(found.report),
            lines=tuple(
                ReportedLineAnswer(
                    line=line,
                    balance_ntd=line.balance_ntd,
                    done_bp=line.done_bp(rule.basis),
                    lags=line.lags(rule),
                )
                for line in found.lines
            ),
        )

    @post(
        "/",
        opt={PERMISSION: WRITE_MONTH_REPORT, ANSWERS: MonthReportAnswer},
        operation_id="budget.month-reports.open",
        summary=N_("建立執行月報"),
        status_code=201,
        sync_to_thread=True,
    )
    def open(self, context: Context, data: JSONBody[MonthReportWanted]) -> Response[bytes]:
        return context.perform(
            lambda uow: open_month_report(
                uow,
                fiscal_year=data.fiscal_year,
                month=data.month,
                agency_code=data.agency_code,
            ),
            lambda made: json_answer(
                _answer_of(made),
                status_code=201,
                location=context.path(f"api/v1/budget/month-reports/{made.report_id}"),
            ),
        )

    @put(
        "/{report_id:uuid}/notes",
        opt={PERMISSION: WRITE_MONTH_REPORT, ANSWERS: MonthReportAnswer},
        operation_id="budget.month-reports.write",
        summary=N_("填寫落後原因及改進措施"),
        sync_to_thread=True,
    )
    def write(
        self, context: Context, report_id: ReportId, data: JSONBody[NotesWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: write_lag_notes(
                uow, report_id=report_id, wanted=data.notes, revision=data.revision
            ),
            _answered,
        )

    @post(
        "/{report_id:uuid}/submission",
        opt={PERMISSION: SUBMIT_MONTH_REPORT, ANSWERS: MonthReportAnswer},
        operation_id="budget.month-reports.submit",
        summary=N_("送出執行月報"),
        status_code=200,
        sync_to_thread=True,
    )
    def submit(self, context: Context, report_id: ReportId) -> Response[bytes]:
        return context.perform(lambda uow: submit_month_report(uow, report_id=report_id), _answered)

    @post(
        "/{report_id:uuid}/acceptance",
        opt={PERMISSION: ACCEPT_MONTH_REPORT, ANSWERS: MonthReportAnswer},
        operation_id="budget.month-reports.accept",
        summary=N_("備查執行月報"),
        status_code=200,
        sync_to_thread=True,
    )
    def accept(self, context: Context, report_id: ReportId) -> Response[bytes]:
        return context.perform(lambda uow: accept_month_report(uow, report_id=report_id), _answered)

    @post(
        "/{report_id:uuid}/return",
        opt={PERMISSION: ACCEPT_MONTH_REPORT, ANSWERS: MonthReportAnswer},
        operation_id="budget.month-reports.return",
        summary=N_("退回執行月報"),
        status_code=200,
        sync_to_thread=True,
    )
    def send_back(
        self, context: Context, report_id: ReportId, data: JSONBody[ReturnWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: return_month_report(uow, report_id=report_id, reason=data.reason),
            _answered,
        )


def _answered(report: MonthReport) -> Answer:
    return json_answer(_answer_of(report))


def _answer_of(report: MonthReport) -> MonthReportAnswer:
    return MonthReportAnswer(
        report_id=report.report_id,
        label=report.label,
        fiscal_year=report.fiscal_year,
        month=report.month,
        agency_code=report.agency_code,
        state=str(report.state),
        below_percent=report.rule.below_percent,
        basis=str(report.rule.basis),
        lagging=report.lagging,
        explained=report.explained,
        submitted_on=report.submitted_on,
        accepted_on=report.accepted_on,
        return_reason=report.return_reason,
        revision=report.revision,
    )
