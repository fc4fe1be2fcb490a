"""The audit trail for programs of auditors: the same entries as on the pages, with proofs."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from zhuji_core.audit.daily import DailyReport, daily_report
from zhuji_core.audit.proofs import Proof, prove_entry
from zhuji_core.audit.sealing import SealStatus, seal_status
from zhuji_core.audit.search import AuditFilter, AuditRow, find_audit_entry, search_audit
from zhuji_core.permissions import READ_AUDIT
from zhuji_core.values import N_
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, next_cursor, open_cursor
from zhuji_core.web.parameters import TEXT_MAX, Code

Context = NamedDependency[RequestContext]
TRACE_MAX = 32


Who = Annotated[str, QueryParameter(max_length=TEXT_MAX, description=N_("帳號或姓名"))]
Action = Annotated[
    str,
    QueryParameter(
        max_length=TEXT_MAX, description=N_("作業代號；以點結尾者為其開頭，例如 budget.")
    ),
]
Label = Annotated[str, QueryParameter(max_length=TEXT_MAX, description=N_("文件編號或其開頭"))]
Document = Annotated[uuid.UUID | None, QueryParameter(description=N_("文件識別碼"))]
From = Annotated[dt.date | None, QueryParameter(description=N_("業務日期起"))]
To = Annotated[dt.date | None, QueryParameter(description=N_("業務日期迄"))]
Trace = Annotated[str, QueryParameter(max_length=TRACE_MAX, description=N_("追蹤編號"))]
Words = Annotated[str, QueryParameter(max_length=TEXT_MAX, description=N_("異動前後內容中的文字"))]


class AuditApi(ApiController):
    """``/{county}/api/v1/kernel/audit``."""

    module = "kernel"
    path = "/{county:str}/api/v1/kernel/audit"

    @get(
        "/entries",
        operation_id="kernel.audit.entries.list",
        opt={PERMISSION: READ_AUDIT},
        sync_to_thread=True,
    )
    def entries(  # noqa: PLR0913, PLR0917 (each a filter, by name)
        self,
        context: Context,
        who: FromQuery[Who] = "",
        action: FromQuery[Action] = "",
        label: FromQuery[Label] = "",
        document_id: FromQuery[Document] = None,
        agency_code: FromQuery[Code] = "",
        from_date: FromQuery[From] = None,
        to_date: FromQuery[To] = None,
        trace_id: FromQuery[Trace] = "",
        words: FromQuery[Words] = "",
        cursor: FromQuery[Cursor] = "",
        limit: FromQuery[Limit] = LIMIT,
    ) -> Page[AuditRow]:
        """List audit entries, newest first."""
        wanted = AuditFilter(
            who=who,
            action=action,
            label=label,
            document_id=document_id,
            agency_code=agency_code,
            from_date=from_date,
            to_date=to_date,
            trace_id=trace_id,
            words=words,
            before_id=open_cursor(context, cursor, int),
            limit=limit,
        )
        with context.read() as uow:
            page = search_audit(uow, wanted)
        following = None if page.next_id is None else next_cursor(context, page.next_id)
        return Page(items=page.rows, next=following)

    @get(
        "/entries/{audit_id:int}",
        operation_id="kernel.audit.entry.read",
        opt={PERMISSION: READ_AUDIT},
        sync_to_thread=True,
    )
    def entry(self, context: Context, audit_id: FromPath[int]) -> AuditRow:
        """Read one audit entry."""
        with context.read() as uow:
            return find_audit_entry(uow, audit_id)

    @get(
        "/entries/{audit_id:int}/proof",
        operation_id="kernel.audit.entry.prove",
        opt={PERMISSION: READ_AUDIT},
        sync_to_thread=True,
    )
    def proof(self, context: Context, audit_id: FromPath[int]) -> Proof:
        """Prove that an entry stands under the newest head; anybody can check it offline."""
        with context.read() as uow:
            find_audit_entry(uow, audit_id)
            return prove_entry(uow.connection, county=uow.county.code, audit_id=audit_id)

    @get(
        "/status",
        operation_id="kernel.audit.status.read",
        opt={PERMISSION: READ_AUDIT},
        sync_to_thread=True,
    )
    def status(self, context: Context) -> SealStatus:
        """Read the head of the chain, and how far the seals are behind."""
        with context.read() as uow:
            return seal_status(uow.connection, now=uow.now)

    @get(
        "/days/{day:date}",
        operation_id="kernel.audit.day.read",
        opt={PERMISSION: READ_AUDIT},
        sync_to_thread=True,
    )
    def day(self, context: Context, day: FromPath[dt.date]) -> DailyReport:
        """Read the counts of a business day and the head that covers it."""
        with context.read() as uow:
            return daily_report(uow, day)
