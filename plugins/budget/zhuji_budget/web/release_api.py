"""The API of the monthly release: months, agencies, the start, and the agency's note."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from zhuji_budget.domain.schedule import Side
from zhuji_budget.permissions import READ_ALLOTMENT, RELEASE_ALLOTMENT, WRITE_ALLOTMENT
from zhuji_budget.queries.releases import (
    AgencyRelease,
    ReleaseFilter,
    ReleaseMonth,
    begun_of,
    list_releases,
    release_months,
    release_runs,
)
from zhuji_budget.settings import MODULE
from zhuji_budget.store.releases import NotedMonth
from zhuji_budget.usecases.note_releases import note_releases
from zhuji_budget.usecases.release_monthly import start_release
from zhuji_core.jobs.queries import JobSeen
from zhuji_core.values import N_, Value
from zhuji_core.web.answers import json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of
from zhuji_core.web.parameters import CODE_MAX, YEAR_MAX, Code, FiscalYear

Context = NamedDependency[RequestContext]
SideAsked = Annotated[Side, QueryParameter(description=N_("歲入或歲出"))]
MonthAsked = Annotated[int | None, QueryParameter(ge=1, le=12, description=N_("月份"))]


class NoteWanted(Value, frozen=True, kw_only=True):
    """Of which agency's released months note is taken."""

    fiscal_year: Annotated[int, msgspec.Meta(ge=1, le=YEAR_MAX)]
    agency_code: Annotated[str, msgspec.Meta(min_length=1, max_length=CODE_MAX)]


class NoteAnswer(Value, frozen=True, kw_only=True):
    """The months that had waited."""

    noted: tuple[NotedMonth, ...]


class ReleaseStarted(Value, frozen=True, kw_only=True):
    """The job that was started; ``/api/v1/kernel/jobs/{job_id}`` tells how far it is."""

    job_id: uuid.UUID


class ReleaseRun(Value, frozen=True, kw_only=True):
    """One run of the job; ``code`` and ``error`` say why one failed."""

    job_id: uuid.UUID
    owner_name: str
    state: str
    done: int
    total: int | None
    kept: str
    code: str
    error: str
    queued_at: dt.datetime
    ended_at: dt.datetime | None


class ReleasesApi(ApiController):
    """``/releases``."""

    module = MODULE
    path = "/releases"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_ALLOTMENT},
        operation_id="budget.releases.list",
        summary=N_("列出一個月各機關之分配數釋出"),
        sync_to_thread=True,
    )
    def list_all(  # noqa: PLR0913, PLR0917 (each a filter of the list, by name)
        self,
        context: Context,
        fiscal_year: FiscalYear = None,
        month: MonthAsked = None,
        side: SideAsked = Side.EXPENDITURE,
        agency_code: Code = "",
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> Page[AgencyRelease]:
        after = open_cursor(context, cursor, str) or ""
        with context.read() as uow:
            year = fiscal_year or uow.fiscal_year
            rows = list_releases(
                uow,
                ReleaseFilter(
                    fiscal_year=year,
                    side=side,
                    month=month or max(1, begun_of(uow, year)),
                    agency_code=agency_code,
                    after=after,
                    limit=limit + 1,
                ),
            )
        return page_of(
            context, rows, limit=limit, key=lambda row: row.agency_code, item=lambda row: row
        )

    @get(
        "/months",
        opt={PERMISSION: READ_ALLOTMENT},
        operation_id="budget.releases.months",
        summary=N_("列出一個年度各月之分配數釋出"),
        sync_to_thread=True,
    )
    def months(
        self,
        context: Context,
        fiscal_year: FiscalYear = None,
        side: SideAsked = Side.EXPENDITURE,
        agency_code: Code = "",
    ) -> list[ReleaseMonth]:
        with context.read() as uow:
            return release_months(
                uow,
                ReleaseFilter(
                    fiscal_year=fiscal_year or uow.fiscal_year,
                    side=side,
                    month=1,
                    agency_code=agency_code,
                ),
            )

    @get(
        "/runs",
        opt={PERMISSION: RELEASE_ALLOTMENT},
        operation_id="budget.releases.runs",
        summary=N_("列出最近之釋出作業"),
        sync_to_thread=True,
    )
    def runs(self, context: Context) -> list[ReleaseRun]:
        with context.read() as uow:
            return [_run(run) for run in release_runs(uow)]

    @post(
        "/",
        opt={PERMISSION: RELEASE_ALLOTMENT, ANSWERS: ReleaseStarted},
        operation_id="budget.releases.start",
        summary=N_("立即釋出已到月份之分配數（背景作業）"),
        status_code=202,
        sync_to_thread=True,
    )
    def start(self, context: Context) -> Response[bytes]:
        return context.perform(
            lambda uow: ReleaseStarted(job_id=start_release(uow, language=context.language)),
            lambda started: json_answer(started, status_code=202),
        )

    @post(
        "/note",
        opt={PERMISSION: WRITE_ALLOTMENT, ANSWERS: NoteAnswer},
        operation_id="budget.releases.note",
        summary=N_("知悉機關之分配數釋出"),
        status_code=200,
        sync_to_thread=True,
    )
    def note(self, context: Context, data: JSONBody[NoteWanted]) -> Response[bytes]:
        return context.perform(
            lambda uow: NoteAnswer(
                noted=tuple(
                    note_releases(uow, fiscal_year=data.fiscal_year, agency_code=data.agency_code)
                )
            ),
            json_answer,
        )


def _run(run: JobSeen) -> ReleaseRun:
    return ReleaseRun(**{name: getattr(run, name) for name in ReleaseRun.__struct_fields__})
