"""Background jobs: the list, one of them while it goes on, cancelling it, and what it made."""

from __future__ import annotations

import datetime as dt
import uuid
from urllib.parse import quote

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from zhuji_core.jobs.cancel import cancel_job
from zhuji_core.jobs.queries import JobFilter, JobSeen, file_parts, find_file, find_job, list_jobs
from zhuji_core.permissions import READ_JOBS
from zhuji_core.values import N_
from zhuji_core.web.answers import see_other
from zhuji_core.web.components import Link
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import SIGNED_IN, PageController
from zhuji_core.web.pages.job_view import (
    PATH,
    job_actions,
    job_facts,
    job_table,
    progress_text,
    state_badge,
)
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]

TITLE = N_("背景作業")
PAGE_ROWS = 50


class JobPages(PageController):
    """``/{county}/kernel/jobs``."""

    module = "kernel"
    path = "/{county:str}/kernel/jobs"

    @get("/", operation_id="kernel.jobs.page", opt={SIGNED_IN: True}, sync_to_thread=True)
    def page(
        self,
        context: Context,
        everybody: FromQuery[bool] = False,  # noqa: FBT002 (Litestar gives it by name)
        before: FromQuery[str] = "",
    ) -> Response[str]:
        tr = context.gettext
        wanted = JobFilter(everybody=everybody, before=_before(before), limit=PAGE_ROWS + 1)
        with context.read() as uow:
            table = job_table(context, list_jobs(uow, wanted), limit=PAGE_ROWS, everybody=everybody)
            other = Link(title=tr("我的背景作業"), url=context.path(PATH))
            if not everybody:
                other = Link(
                    title=tr("所有人的背景作業"), url=context.path(f"{PATH}?everybody=true")
                )
            return render(
                context,
                "kernel/jobs.html",
                title=tr(TITLE),
                breadcrumb=(Crumb(title=tr(TITLE)),),
                table=table,
                other=other if uow.actor.may(READ_JOBS) else None,
            )

    @get(
        "/{job_id:uuid}", operation_id="kernel.job.page", opt={SIGNED_IN: True}, sync_to_thread=True
    )
    def one(self, context: Context, job_id: FromPath[uuid.UUID]) -> Response[str]:
        tr = context.gettext
        with context.read() as uow:
            job = find_job(uow, job_id)
            label = tr(job.label)
            return render(
                context,
                "kernel/job.html",
                title=label,
                breadcrumb=(Crumb(title=tr(TITLE), url=context.path(PATH)), Crumb(title=label)),
                job=job,
                url=context.path(f"{PATH}/{job_id}"),
                badge=state_badge(context, job),
                progress=progress_text(context, job),
                facts=job_facts(context, job),
                actions=job_actions(context, job, uow.actor),
            )

    @post(
        "/{job_id:uuid}/cancellation",
        operation_id="kernel.job.cancel-form",
        opt={SIGNED_IN: True},
        sync_to_thread=True,
    )
    def cancel(self, context: Context, job_id: FromPath[uuid.UUID]) -> Response[bytes]:
        return context.perform(
            lambda uow: cancel_job(uow, job_id=job_id),
            lambda _: see_other(context.path(f"{PATH}/{job_id}")),
        )

    @get(
        "/{job_id:uuid}/file",
        operation_id="kernel.job.file",
        opt={SIGNED_IN: True},
        sync_to_thread=True,
    )
    def file(self, context: Context, job_id: FromPath[uuid.UUID]) -> Stream:
        with context.read() as uow:
            job = find_file(uow, job_id)
        return sent(context, job)


def sent(context: RequestContext, job: JobSeen) -> Stream:
    """Send the job's file, a part at a time."""
    return Stream(
        file_parts(context.access.statements, job.job_id),
        media_type=job.media_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(job.file_name)}",
            "Content-Length": str(job.file_bytes),
        },
    )


def _before(text: str) -> tuple[dt.datetime, uuid.UUID] | None:
    """Read the cursor of the page before; anything else is the first page."""
    moment, _, job_id = text.rpartition("_")
    try:
        found = dt.datetime.fromisoformat(moment), uuid.UUID(job_id)
    except ValueError:
        return None
    return found if found[0].tzinfo is not None else None
