"""The audit trail on pages: search, one entry with its proof, the daily report."""

from __future__ import annotations

import datetime as dt
import uuid
from urllib.parse import quote

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from zhuji_core.audit.daily import daily_report
from zhuji_core.audit.proofs import EntryBroken, EntryUnsealed, Proof, prove_entry
from zhuji_core.audit.sealing import seal_status
from zhuji_core.audit.search import AuditFilter, export_audit, find_audit_entry, search_audit
from zhuji_core.formats import date_key, parse_date
from zhuji_core.identity.agencies import find_agencies
from zhuji_core.permissions import READ_AUDIT
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError
from zhuji_core.web.components import Option
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import HEAVY, PERMISSION, PageController
from zhuji_core.web.exports import export_table
from zhuji_core.web.pages import audit_view as view
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb, Flash, FlashKind

Context = NamedDependency[RequestContext]

TITLE = N_("稽核紀錄")
DAILY = N_("稽核日報")
PATH = "kernel/audit"
PAGE_ROWS = 100
# A filter that cannot be read looks for nothing: it would otherwise restrict nothing.
UNREADABLE = 422


class AuditPages(PageController):
    """``/{county}/kernel/audit``."""

    module = "kernel"
    path = "/{county:str}/kernel/audit"

    @get(
        "/",
        operation_id="kernel.audit.page",
        opt={PERMISSION: READ_AUDIT},
        sync_to_thread=True,
    )
    def page(  # noqa: PLR0913, PLR0917 (each a filter, by name)
        self,
        context: Context,
        who: FromQuery[str] = "",
        action: FromQuery[str] = "",
        label: FromQuery[str] = "",
        document_id: FromQuery[uuid.UUID | None] = None,
        agency_code: FromQuery[str] = "",
        from_date: FromQuery[str] = "",
        to_date: FromQuery[str] = "",
        trace_id: FromQuery[str] = "",
        words: FromQuery[str] = "",
        before_id: FromQuery[int | None] = None,
    ) -> Response[str]:
        typed = view.Typed(from_date=from_date, to_date=to_date)
        faults: dict[str, str] = {}
        wanted = AuditFilter(
            who=who,
            action=action,
            label=label,
            document_id=document_id,
            agency_code=agency_code,
            from_date=_date(context, "from_date", from_date, faults),
            to_date=_date(context, "to_date", to_date, faults),
            trace_id=trace_id,
            words=words,
            before_id=before_id,
            limit=PAGE_ROWS,
        )
        return _list(context, wanted, typed, faults)

    @get(
        "/export/{file_format:str}",
        operation_id="kernel.audit.export",
        opt={PERMISSION: READ_AUDIT, "cold": True, HEAVY: True},
        sync_to_thread=True,
    )
    def export(  # noqa: PLR0913, PLR0917 (each a filter, by name)
        self,
        context: Context,
        file_format: FromPath[str],
        who: FromQuery[str] = "",
        action: FromQuery[str] = "",
        label: FromQuery[str] = "",
        document_id: FromQuery[uuid.UUID | None] = None,
        agency_code: FromQuery[str] = "",
        from_date: FromQuery[str] = "",
        to_date: FromQuery[str] = "",
        trace_id: FromQuery[str] = "",
        words: FromQuery[str] = "",
    ) -> Response[bytes]:
        wanted = AuditFilter(
            who=who,
            action=action,
            label=label,
            document_id=document_id,
            agency_code=agency_code,
            from_date=_date(context, "from_date", from_date),
            to_date=_date(context, "to_date", to_date),
            trace_id=trace_id,
            words=words,
        )
        return _file(context, wanted, file_format)

    @get(
        "/{audit_id:int}",
        operation_id="kernel.audit.entry.page",
        opt={PERMISSION: READ_AUDIT},
        sync_to_thread=True,
    )
    def entry(self, context: Context, audit_id: FromPath[int]) -> Response[str]:
        return _entry(context, audit_id)

    @get(
        "/{audit_id:int}/proof",
        operation_id="kernel.audit.entry.proof",
        opt={PERMISSION: READ_AUDIT, "cold": True},
        sync_to_thread=True,
    )
    def proof(self, context: Context, audit_id: FromPath[int]) -> Response[bytes]:
        with context.read() as uow:
            find_audit_entry(uow, audit_id)
            proof = prove_entry(uow.connection, county=uow.county.code, audit_id=audit_id)
        name = f"{context.county.code}-{audit_id}.json"
        return Response(
            msgspec.json.format(msgspec.json.encode(proof)),
            media_type="application/json",
            headers={"Content-Disposition": f"attachment; filename={quote(name)}"},
        )

    @get(
        "/daily",
        operation_id="kernel.audit.daily.page",
        opt={PERMISSION: READ_AUDIT},
        sync_to_thread=True,
    )
    def daily(self, context: Context, day: FromQuery[str] = "") -> Response[str]:
        tr = context.gettext
        faults: dict[str, str] = {}
        with context.read() as uow:
            found = daily_report(uow, _date(context, "day", day, faults) or uow.business_date)
            return render(
                context,
                "kernel/audit_daily.html",
                status_code=UNREADABLE if faults else 200,
                title=tr(DAILY),
                breadcrumb=(
                    Crumb(title=tr(TITLE), url=context.path(PATH)),
                    Crumb(title=tr(DAILY)),
                ),
                flash=view.alarm(context, seal_status(uow.connection, now=uow.now)),
                action=context.path(f"{PATH}/daily"),
                report=found,
                typed=day or date_key(found.day),
                faults=faults,
                facts=view.daily_facts(context, found),
                table=view.unreadable(context, faults, name="daily", caption=DAILY)
                if faults
                else view.daily_table(context, found, base=context.path(f"{PATH}/daily")),
                groups=view.groups(found),
            )

    @get(
        "/daily/export/{file_format:str}",
        operation_id="kernel.audit.daily.export",
        opt={PERMISSION: READ_AUDIT, "cold": True, HEAVY: True},
        sync_to_thread=True,
    )
    def daily_file(
        self, context: Context, file_format: FromPath[str], day: FromQuery[str]
    ) -> Response[bytes]:
        tr = context.gettext
        with context.read() as uow:
            found = daily_report(uow, _date(context, "day", day) or uow.business_date)
            return export_table(
                context,
                uow,
                view.daily_table(context, found, base=""),
                title=tr(DAILY),
                agency="",
                period=view.daily_period(context, found),
                file_format=file_format,
                signed=True,
                in_ntd=False,
            )


def _entry(context: RequestContext, audit_id: int) -> Response[str]:
    """Show an entry; that it was tampered with is said on it, not instead of it."""
    tr = context.gettext
    with context.read() as uow:
        row = find_audit_entry(uow, audit_id)
        proof: Proof | None = None
        flash: tuple[Flash, ...] = ()
        try:
            proof = prove_entry(
                uow.connection, county=uow.county.code, audit_id=audit_id, links_max=0
            )
        except EntryUnsealed:
            flash = view.alarm(context, seal_status(uow.connection, now=uow.now))
        except EntryBroken as broken:
            flash = (Flash(text=broken.text(tr), kind=FlashKind.WARNING),)
        return render(
            context,
            "kernel/audit_entry.html",
            title=tr(N_("稽核紀錄 {number}")).format(number=audit_id),
            breadcrumb=(
                Crumb(title=tr(TITLE), url=context.path(PATH)),
                Crumb(title=str(audit_id)),
            ),
            flash=flash,
            head=view.entry_facts(context, row),
            changes=view.changes_table(context, row),
            seal=view.seal_facts(context, row, proof),
            is_sealed=row.sealed,
            proof_url=context.path(f"{PATH}/{audit_id}/proof") if proof else "",
        )


def _list(
    context: RequestContext, wanted: AuditFilter, typed: view.Typed, faults: dict[str, str]
) -> Response[str]:
    tr, base = context.gettext, context.path(PATH)
    with context.read() as uow:
        status = seal_status(uow.connection, now=uow.now)
        return render(
            context,
            "kernel/audit.html",
            status_code=UNREADABLE if faults else 200,
            title=tr(TITLE),
            breadcrumb=(Crumb(title=tr(TITLE)),),
            flash=view.alarm(context, status),
            action=base,
            daily_url=f"{base}/daily",
            wanted=wanted,
            typed=typed,
            faults=faults,
            agencies=_agencies(uow),
            table=view.unreadable(context, faults, name="audit", caption=TITLE)
            if faults
            else view.audit_table(context, search_audit(uow, wanted), wanted, base=base),
        )


def _file(context: RequestContext, wanted: AuditFilter, file_format: str) -> Response[bytes]:
    with context.read() as uow:
        page = export_audit(uow, wanted)
        return export_table(
            context,
            uow,
            view.audit_table(context, page, wanted, base="", in_full=True),
            title=context.gettext(TITLE),
            agency="",
            period=view.period(context, wanted.from_date, wanted.to_date),
            file_format=file_format,
            in_ntd=False,
        )


def _agencies(uow: UnitOfWork) -> tuple[Option, ...]:
    return tuple(
        Option(value=one.agency_code, title=f"{one.name}（{one.agency_code}）")
        for one in find_agencies(uow, codes=None)
    )


def _date(
    context: RequestContext, name: str, text: str, faults: dict[str, str] | None = None
) -> dt.date | None:
    """Read a keyed date; one that cannot be read is named in ``faults``, or raised."""
    if not text.strip():
        return None
    try:
        return parse_date(text, reference=context.business_date)
    except DomainError as error:
        if faults is None:
            raise
        faults[name] = error.text(context.gettext)
        return None
