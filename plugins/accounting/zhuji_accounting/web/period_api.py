"""The API of months: which are closed, stop the intake of one, close it, open it again."""

from __future__ import annotations

import datetime as dt

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from zhuji_accounting.permissions import CLOSE_PERIOD, READ_REGISTER, REOPEN_PERIOD
from zhuji_accounting.queries.periods import Month, months
from zhuji_accounting.usecases.close_period import close_period
from zhuji_accounting.usecases.reopen_period import reopen_period
from zhuji_accounting.usecases.resume_intake import resume_intake
from zhuji_accounting.usecases.stop_intake import stop_intake
from zhuji_core.values import N_, Value
from zhuji_core.web.answers import json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of
from zhuji_core.web.parameters import Code, FiscalYear

COLD = "cold"
Context = NamedDependency[RequestContext]


class PeriodWanted(Value, frozen=True, kw_only=True):
    """Which agency's month; empty: the actor's own agency."""

    agency_code: str = ""


class PeriodReopening(Value, frozen=True, kw_only=True):
    """Which agency's month, and why it is opened again."""

    agency_code: str
    reason: str


class PeriodAnswer(Value, frozen=True, kw_only=True):
    """A month after a verb; ``stage``: ``open``, ``soft`` (停止收件) or ``closed``."""

    fiscal_year: int
    period: int
    agency_code: str
    stage: str


class ListedPeriod(Value, frozen=True, kw_only=True):
    """A month of an agency; ``period`` 13 is the adjustment period (整理期間)."""

    fiscal_year: int
    period: int
    agency_code: str
    stage: str
    closed_at: dt.datetime | None
    closed_by_name: str
    certifications: int
    certified_ntd: int


class PeriodsApi(ApiController):
    """``/periods``: the months of an agency's year."""

    module = "accounting"
    path = "/periods"

    @get(
        "/",
        opt={PERMISSION: READ_REGISTER, COLD: True},
        operation_id="accounting.periods.list",
        summary=N_("列出會計月份"),
        sync_to_thread=True,
    )
    def list_periods(
        self,
        context: Context,
        fiscal_year: FiscalYear = None,
        agency_code: Code = "",
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> Page[ListedPeriod]:
        after = open_cursor(context, cursor, int) or 0
        with context.read() as uow:
            year = fiscal_year or uow.fiscal_year
            code = agency_code or uow.actor.agency_code
            found = months(uow, agency_code=code, fiscal_year=year)
        rows = [month for month in found if month.period > after][: limit + 1]
        return page_of(
            context,
            rows,
            limit=limit,
            key=lambda month: month.period,
            item=lambda month: _listed(month, year, code),
        )

    @post(
        "/{fiscal_year:int}/{period:int}/closing",
        opt={PERMISSION: CLOSE_PERIOD, COLD: True, ANSWERS: PeriodAnswer},
        operation_id="accounting.periods.close",
        summary=N_("關閉會計月份"),
        status_code=200,
        sync_to_thread=True,
    )
    def close(
        self,
        context: Context,
        fiscal_year: FromPath[int],
        period: FromPath[int],
        data: JSONBody[PeriodWanted],
    ) -> Response[bytes]:
        code = data.agency_code or context.actor.agency_code
        return context.perform(
            lambda uow: close_period(uow, fiscal_year=fiscal_year, period=period, agency_code=code),
            lambda _: json_answer(_answer(fiscal_year, period, code, "closed")),
        )

    @post(
        "/{fiscal_year:int}/{period:int}/reopening",
        opt={PERMISSION: REOPEN_PERIOD, COLD: True, ANSWERS: PeriodAnswer},
        operation_id="accounting.periods.reopen",
        summary=N_("重開會計月份"),
        status_code=200,
        sync_to_thread=True,
    )
    def reopen(
        self,
        context: Context,
        fiscal_year: FromPath[int],
        period: FromPath[int],
        data: JSONBody[PeriodReopening],
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: reopen_period(
                uow,
                fiscal_year=fiscal_year,
                period=period,
                agency_code=data.agency_code,
                reason=data.reason,
            ),
            lambda _: json_answer(_answer(fiscal_year, period, data.agency_code, "open")),
        )

    @post(
        "/{fiscal_year:int}/{period:int}/soft-closing",
        opt={PERMISSION: CLOSE_PERIOD, COLD: True, ANSWERS: PeriodAnswer},
        operation_id="accounting.periods.stop",
        summary=N_("停止收件"),
        status_code=200,
        sync_to_thread=True,
    )
    def stop(
        self,
        context: Context,
        fiscal_year: FromPath[int],
        period: FromPath[int],
        data: JSONBody[PeriodWanted],
    ) -> Response[bytes]:
        code = data.agency_code or context.actor.agency_code
        return context.perform(
            lambda uow: stop_intake(uow, fiscal_year=fiscal_year, period=period, agency_code=code),
            lambda _: json_answer(_answer(fiscal_year, period, code, "soft")),
        )

    @post(
        "/{fiscal_year:int}/{period:int}/resumption",
        opt={PERMISSION: CLOSE_PERIOD, COLD: True, ANSWERS: PeriodAnswer},
        operation_id="accounting.periods.resume",
        summary=N_("恢復收件"),
        status_code=200,
        sync_to_thread=True,
    )
    def resume(
        self,
        context: Context,
        fiscal_year: FromPath[int],
        period: FromPath[int],
        data: JSONBody[PeriodReopening],
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: resume_intake(
                uow,
                fiscal_year=fiscal_year,
                period=period,
                agency_code=data.agency_code,
                reason=data.reason,
            ),
            lambda _: json_answer(_answer(fiscal_year, period, data.agency_code, "open")),
        )


def _answer(fiscal_year: int, period: int, agency_code: str, stage: str) -> PeriodAnswer:
    return PeriodAnswer(
        fiscal_year=fiscal_year, period=period, agency_code=agency_code, stage=stage
    )


def _listed(month: Month, fiscal_year: int, agency_code: str) -> ListedPeriod:
    return ListedPeriod(
        fiscal_year=fiscal_year,
        period=month.period,
        agency_code=agency_code,
        stage=month.stage,
        closed_at=month.closed_at,
        closed_by_name=month.closed_by_name,
        certifications=month.certifications,
        certified_ntd=month.certified_ntd,
    )
