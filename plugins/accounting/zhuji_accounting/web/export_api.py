"""Exports that take long, for programs: started here, watched and fetched as the kernel's jobs."""

from __future__ import annotations

import datetime as dt
import uuid

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from zhuji_accounting.permissions import READ_REGISTER
from zhuji_accounting.queries.certifications import RegisterFilter
from zhuji_accounting.usecases.export_register import start_register_export
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value
from zhuji_core.web.answers import json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, ApiController

Context = NamedDependency[RequestContext]


class RegisterExportWanted(Value, frozen=True, kw_only=True):
    """Which part of the register, and as what: ``ods``, ``xlsx`` or ``csv``."""

    agency_code: str
    fiscal_year: int
    file_format: str
    from_date: dt.date | None = None
    to_date: dt.date | None = None
    text: str = ""


class StartedJob(Value, frozen=True, kw_only=True):
    """The job that was started; ``/api/v1/kernel/jobs/{job_id}`` tells how far it is."""

    job_id: uuid.UUID


class RegisterExportsApi(ApiController):
    """``/register-exports``."""

    module = "accounting"
    path = "/register-exports"

    @post(
        "/",
        opt={PERMISSION: READ_REGISTER, "answers": StartedJob, "cold": True},
        operation_id="accounting.register-exports.start",
        summary=N_("開始匯出簽證登記簿（背景作業）"),
        status_code=202,
        sync_to_thread=True,
    )
    def start(self, context: Context, data: JSONBody[RegisterExportWanted]) -> Response[bytes]:
        def start(uow: UnitOfWork) -> StartedJob:
            job_id = start_register_export(
                uow,
                wanted=RegisterFilter(
                    agency_code=data.agency_code,
                    fiscal_year=data.fiscal_year,
                    from_date=data.from_date,
                    to_date=data.to_date,
                    text=data.text,
                ),
                file_format=data.file_format,
                language=context.language,
            )
            return StartedJob(job_id=job_id)

        return context.perform(start, lambda started: json_answer(started, status_code=202))
