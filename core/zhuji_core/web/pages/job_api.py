"""Background jobs for programs: the same as on the pages."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from zhuji_core.jobs.cancel import cancel_job
from zhuji_core.jobs.queries import JobFilter, JobSeen, find_file, find_job, list_jobs
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_
from zhuji_core.web.answers import json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, SIGNED_IN, ApiController
from zhuji_core.web.pages.jobs import sent
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of

Context = NamedDependency[RequestContext]

Everybody = Annotated[bool, QueryParameter(description=N_("是否包含他人之作業（須有權限）"))]


class JobApi(ApiController):
    """``/{county}/api/v1/kernel/jobs``."""

    module = "kernel"
    path = "/{county:str}/api/v1/kernel/jobs"

    @get(
        "/",
        operation_id="kernel.jobs.list",
        summary=N_("列出背景作業"),
        opt={SIGNED_IN: True},
        sync_to_thread=True,
    )
    def search(
        self,
        context: Context,
        everybody: Everybody = False,  # noqa: FBT002 (Litestar gives it by name)
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> Page[JobSeen]:
        """List background jobs, newest first."""
        wanted = JobFilter(
            everybody=everybody,
            before=open_cursor(context, cursor, tuple[dt.datetime, uuid.UUID]),
            limit=limit + 1,
        )
        with context.read() as uow:
            found = list_jobs(uow, wanted)
        return page_of(
            context,
            found,
            limit=limit,
            key=lambda job: (job.queued_at, job.job_id),
            item=lambda job: job,
        )

    @get(
        "/{job_id:uuid}",
        operation_id="kernel.job.read",
        summary=N_("查詢一件背景作業"),
        opt={SIGNED_IN: True},
        sync_to_thread=True,
    )
    def one(self, context: Context, job_id: FromPath[uuid.UUID]) -> JobSeen:
        """Read one background job."""
        with context.read() as uow:
            return find_job(uow, job_id)

    @post(
        "/{job_id:uuid}/cancellation",
        operation_id="kernel.job.cancel",
        summary=N_("取消背景作業"),
        opt={SIGNED_IN: True, "answers": JobSeen},
        status_code=200,
        sync_to_thread=True,
    )
    def cancel(self, context: Context, job_id: FromPath[uuid.UUID]) -> Response[bytes]:
        """Cancel a background job at its next safe point."""

        def cancel(uow: UnitOfWork) -> JobSeen:
            cancel_job(uow, job_id=job_id)
            return find_job(uow, job_id)

        return context.perform(cancel, json_answer)

    @get(
        "/{job_id:uuid}/file",
        operation_id="kernel.job.file.read",
        summary=N_("下載背景作業產生的檔案"),
        opt={SIGNED_IN: True, ANSWERS: bytes},
        sync_to_thread=True,
    )
    def file(self, context: Context, job_id: FromPath[uuid.UUID]) -> Stream:
        """Fetch the file that one's own job made."""
        with context.read() as uow:
            job = find_file(uow, job_id)
        return sent(context, job)
