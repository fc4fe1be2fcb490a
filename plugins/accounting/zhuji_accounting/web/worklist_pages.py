"""What waits: for approval, one by one; for certification, one by one or many at once."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from zhuji_accounting.domain.certification import Outcome
from zhuji_accounting.permissions import APPROVE_REQUEST, CERTIFY_REQUEST
from zhuji_accounting.queries.requests import PAGE_MAX, RequestRow, waiting_requests
from zhuji_accounting.usecases.approve_request import approve_request
from zhuji_accounting.usecases.certify_requests import certify_requests
from zhuji_accounting.web.batches import batch_result, chosen_ids, confirmation
from zhuji_accounting.web.refusals import refused
from zhuji_accounting.web.request_tables import waiting_table
from zhuji_core.ids import new_id
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError
from zhuji_core.web.answers import Answer
from zhuji_core.web.components import Pager
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import KEYLESS, PERMISSION, PageController
from zhuji_core.web.paging import Cursor, make_cursor, open_cursor
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb
from zhuji_core.web.steps import perform_or_show

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]
# Where a page ended: when its last request was submitted, and its id.
Submitted = tuple[dt.datetime, uuid.UUID]
APPROVAL = "accounting/requests/waiting/approval"
CERTIFICATION = "accounting/requests/waiting/certification"


class WorklistPages(PageController):
    """``/requests/waiting/…``: oldest first, with age and amount."""

    module = "accounting"
    path = "/requests/waiting"

    @get(
        "/approval",
        opt={PERMISSION: APPROVE_REQUEST},
        operation_id="accounting.waiting.approval",
        sync_to_thread=True,
    )
    def approval(self, context: Context, cursor: Cursor = "") -> Response[str]:
        return _approval(
            context, after=open_cursor(context, cursor, tuple[dt.datetime, uuid.UUID], of=APPROVAL)
        )

    @post(
        "/approval/{request_id:uuid}",
        opt={PERMISSION: APPROVE_REQUEST},
        operation_id="accounting.waiting.approve",
        sync_to_thread=True,
    )
    def approve(self, context: Context, request_id: FromPath[uuid.UUID]) -> Page:
        return perform_or_show(
            context,
            lambda uow: approve_request(uow, request_id=request_id),
            to=lambda _: APPROVAL,
            show=lambda error: _approval(context, error=error),
        )

    @get(
        "/certification",
        opt={PERMISSION: CERTIFY_REQUEST},
        operation_id="accounting.waiting.certification",
        sync_to_thread=True,
    )
    def certification(self, context: Context, cursor: Cursor = "") -> Response[str]:
        return _certification(context, after=_opened(context, cursor, CERTIFICATION))

    @post(
        "/certification",
        opt={PERMISSION: CERTIFY_REQUEST, KEYLESS: True, "cold": True},
        operation_id="accounting.waiting.choose",
        sync_to_thread=True,
    )
    def choose(self, context: Context, data: Form) -> Response[str]:
        """Show the summary of the chosen requests; nothing is changed yet."""
        return _confirm(context, chosen_ids(data))


class BatchPages(PageController):
    """``/certifications/batch``: certify what was chosen and confirmed."""

    module = "accounting"
    path = "/certifications"

    @post(
        "/batch",
        opt={PERMISSION: CERTIFY_REQUEST},
        operation_id="accounting.certifications.batch",
        sync_to_thread=True,
    )
    def certify(self, context: Context, data: Form) -> Page:
        ids = chosen_ids(data)
        if str(data.get("confirmation", "")).strip() != str(len(ids)):
            error = context.gettext("鍵入的件數與所選 {count} 件不符，尚未簽證。")
            return _confirm(context, ids, error=error.format(count=len(ids)))
        try:
            return context.perform(
                lambda uow: certify_requests(uow, request_ids=ids),
                lambda outcomes: _kept(_result(context, outcomes)),
            )
        except DomainError as error:
            return _certification(context, error=error)


def _waiting(
    uow: UnitOfWork, state: str, permission: Permission, after: Submitted | None
) -> list[RequestRow]:
    """Return a page of what waits, and one row more where there is another page."""
    return waiting_requests(
        uow,
        state=state,
        agencies=uow.actor.agencies(permission),
        after=after,
        limit=PAGE_MAX + 1,
    )


def _opened(context: RequestContext, cursor: str, path: str) -> Submitted | None:
    return open_cursor(context, cursor, tuple[dt.datetime, uuid.UUID], of=path)


def _pager(
    context: RequestContext, rows: Sequence[RequestRow], *, path: str, after: Submitted | None
) -> Pager:
    here, next_url = context.path(path), ""
    if len(rows) > PAGE_MAX:
        last = rows[PAGE_MAX - 1]
        cursor = make_cursor(context, (last.submitted_at, last.request_id), of=path)
        next_url = f"{here}?cursor={cursor}"
    return Pager(shown=min(len(rows), PAGE_MAX), first_url=here if after else "", next_url=next_url)


def _approval(
    context: RequestContext, *, after: Submitted | None = None, error: DomainError | None = None
) -> Response[str]:
    tr = context.gettext
    with context.read() as uow:
        rows = _waiting(uow, "submitted", APPROVE_REQUEST, after)
        pager = _pager(context, rows, path=APPROVAL, after=after)
        rows = rows[:PAGE_MAX]
        return render(
            context,
            "accounting/waiting_approval.html",
            breadcrumb=(Crumb(title=tr("待核准動支申請")),),
            status_code=error.status_code if error else 200,
            title=tr("待核准動支申請"),
            table=waiting_table(context, rows, caption=tr("待核准，依送出先後"), pager=pager),
            ids=tuple(str(row.request_id) for row in rows),
            action=context.path(APPROVAL),
            key=str(new_id()),
            refusal=refused(context, error) if error else None,
        )


def _certification(
    context: RequestContext, *, after: Submitted | None = None, error: DomainError | None = None
) -> Response[str]:
    tr = context.gettext
    with context.read() as uow:
        rows = _waiting(uow, "unit_approved", CERTIFY_REQUEST, after)
        pager = _pager(context, rows, path=CERTIFICATION, after=after)
        rows = rows[:PAGE_MAX]
        return render(
            context,
            "accounting/waiting_certification.html",
            breadcrumb=(Crumb(title=tr("待簽證動支申請")),),
            status_code=error.status_code if error else 200,
            title=tr("待簽證動支申請"),
            table=waiting_table(
                context,
                rows,
                caption=tr("待簽證，依送出先後"),
                select_name="request_ids",
                pager=pager,
            ),
            action=context.path(CERTIFICATION),
            refusal=refused(context, error) if error else None,
        )


def _confirm(
    context: RequestContext, ids: Sequence[uuid.UUID], *, error: str = ""
) -> Response[str]:
    tr = context.gettext
    with context.read() as uow:
        found = waiting_requests(
            uow,
            state="unit_approved",
            agencies=uow.actor.agencies(CERTIFY_REQUEST),
            request_ids=ids,
        )
        waiting = {row.request_id: row for row in found}
        chosen = [waiting[request_id] for request_id in ids if request_id in waiting]
        return render(
            context,
            "accounting/batch_confirm.html",
            breadcrumb=(
                Crumb(title=tr("待簽證動支申請"), url=context.path(CERTIFICATION)),
                Crumb(title=tr("批次簽證")),
            ),
            status_code=422 if error or not chosen else 200,
            title=tr("批次簽證"),
            confirm=confirmation(context, chosen, error=error) if chosen else None,
            back_url=context.path(CERTIFICATION),
        )


def _kept(page: Response[str]) -> Answer:
    """Keep the page of results as the answer: reloading shows it again and certifies nothing."""
    return Answer(
        status_code=page.status_code or 200,
        body=page.content,
        media_type="text/html",
    )


def _result(context: RequestContext, outcomes: Sequence[Outcome]) -> Response[str]:
    tr = context.gettext
    granted = any(outcome.certification for outcome in outcomes)
    return render(
        context,
        "accounting/batch_result.html",
        breadcrumb=(
            Crumb(title=tr("待簽證動支申請"), url=context.path(CERTIFICATION)),
            Crumb(title=tr("批次簽證結果")),
        ),
        status_code=200 if granted else 409,
        title=tr("批次簽證結果"),
        result=batch_result(context, outcomes),
        next_url=context.path(CERTIFICATION),
        register_url=context.path("accounting/register"),
    )
