"""Pages of money that came back: the list, one recovery, and the form on an advance or claim."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_accounting.domain.recoveries.recovery import (
    DepositSlip,
    RecoveryLine,
    SourceKind,
    WantedRecovery,
)
from zhuji_accounting.permissions import READ_CLAIMS, RECORD_RECOVERY
from zhuji_accounting.queries.recoveries import (
    RecoveryFilter,
    find_recovery,
    list_recoveries,
    paid_source,
)
from zhuji_accounting.queries.vouchers import vouchers_of
from zhuji_accounting.usecases.pay_back_advance import pay_back_advance
from zhuji_accounting.usecases.recover_spending import recover_spending
from zhuji_accounting.web import recovery_view as view
from zhuji_accounting.web.agencies import agency_options
from zhuji_accounting.web.document_pages import DocumentPage, render_document
from zhuji_accounting.web.refusals import refused
from zhuji_accounting.web.release_pages import given_amounts
from zhuji_accounting.web.typed import FormInvalid, needed_day, require_readable
from zhuji_accounting.web.voucher_view import vouchers_table
from zhuji_core.ids import new_id
from zhuji_core.values import DomainError
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb
from zhuji_core.web.steps import perform_or_show

COLD = "cold"
PAGE_ROWS = 50
Context = NamedDependency[RequestContext]
Id = FromPath[uuid.UUID]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]


class RecoveryFormPages(PageController):
    """``/advances/{id}/recovery`` and ``/claims/{id}/recovery``."""

    module = "accounting"
    path = "/"

    @get(
        "/advances/{advance_id:uuid}/recovery",
        opt={PERMISSION: RECORD_RECOVERY, COLD: True},
        operation_id="accounting.advances.recovery-form",
        sync_to_thread=True,
    )
    def advance_form(self, context: Context, advance_id: Id) -> Response[str]:
        return _form(context, SourceKind.ADVANCE, advance_id, {})

    @post(
        "/advances/{advance_id:uuid}/recovery",
        opt={PERMISSION: RECORD_RECOVERY, COLD: True},
        operation_id="accounting.advances.recovery-send",
        sync_to_thread=True,
    )
    def pay_back(self, context: Context, advance_id: Id, data: Form) -> Page:
        return perform_or_show(
            context,
            lambda uow: pay_back_advance(
                uow, advance_id=advance_id, wanted=_wanted(data, today=uow.business_date)
            ),
            to=lambda _: f"accounting/advances/{advance_id}",
            show=lambda error: _form(context, SourceKind.ADVANCE, advance_id, data, error=error),
        )

    @get(
        "/claims/{claim_id:uuid}/recovery",
        opt={PERMISSION: RECORD_RECOVERY, COLD: True},
        operation_id="accounting.claims.recovery-form",
        sync_to_thread=True,
    )
    def claim_form(self, context: Context, claim_id: Id) -> Response[str]:
        return _form(context, SourceKind.CLAIM, claim_id, {})

    @post(
        "/claims/{claim_id:uuid}/recovery",
        opt={PERMISSION: RECORD_RECOVERY, COLD: True},
        operation_id="accounting.claims.recovery-send",
        sync_to_thread=True,
    )
    def recover(self, context: Context, claim_id: Id, data: Form) -> Page:
        return perform_or_show(
            context,
            lambda uow: recover_spending(
                uow, claim_id=claim_id, wanted=_wanted(data, today=uow.business_date)
            ),
            to=lambda _: f"accounting/claims/{claim_id}",
            show=lambda error: _form(context, SourceKind.CLAIM, claim_id, data, error=error),
        )


class RecoveryPages(PageController):
    """``/recoveries`` and ``/recoveries/{id}``."""

    module = "accounting"
    path = "/recoveries"

    @get(
        "/",
        opt={PERMISSION: READ_CLAIMS, COLD: True},
        operation_id="accounting.recoveries.list-page",
        sync_to_thread=True,
    )
    def list_page(
        self,
        context: Context,
        fiscal_year: FromQuery[int | None] = None,
        agency_code: FromQuery[str] = "",
        text: FromQuery[str] = "",
        before: FromQuery[uuid.UUID | None] = None,
    ) -> Response[str]:
        tr = context.gettext
        with context.read() as uow:
            wanted = RecoveryFilter(
                fiscal_year=fiscal_year or uow.fiscal_year,
                agency_code=agency_code,
                text=text,
                before=before,
                limit=PAGE_ROWS,
            )
            return render(
                context,
                "accounting/recoveries.html",
                breadcrumb=(Crumb(title=tr("支出收回")),),
                title=tr("支出收回"),
                wanted=wanted,
                table=view.recoveries_table(context, list_recoveries(uow, wanted), wanted=wanted),
                action=context.path("accounting/recoveries"),
                agencies=agency_options(uow, READ_CLAIMS),
            )

    @get(
        "/{recovery_id:uuid}",
        opt={PERMISSION: READ_CLAIMS, COLD: True},
        operation_id="accounting.recoveries.page",
        sync_to_thread=True,
    )
    def page(self, context: Context, recovery_id: Id) -> Response[str]:
        tr = context.gettext
        with context.read() as uow:
            found = find_recovery(uow, recovery_id)
            source = paid_source(uow, found.source_kind, found.source_id)
            vouchers = vouchers_of(uow, [recovery_id])
            tables = [view.lines_table(context, found, source.paid)]
            if vouchers:
                tables.append(vouchers_table(context, vouchers))
            page = DocumentPage(
                list_title=tr("支出收回"),
                list_path="accounting/recoveries",
                title=tr("支出收回 {label}").format(label=found.label),
                label=found.label,
                head=view.document_head(context, found),
                tables=tuple(tables),
            )
            return render_document(context, page)


def _wanted(data: Mapping[str, Any], *, today: dt.date) -> WantedRecovery:
    """Read what was typed; raise FormInvalid naming every field that cannot be read."""
    faults: dict[str, str] = {}
    lines: Sequence[tuple[int, int]] = ()
    try:
        lines = sorted(given_amounts(data).items())
    except FormInvalid as invalid:
        faults |= invalid.fields
    deposited_on = needed_day(
        str(data.get("deposited_on", "")), "deposited_on", faults, today=today
    )
    require_readable(faults)
    return WantedRecovery(
        slip=DepositSlip(
            payer=str(data.get("payer", "")),
            slip_no=str(data.get("slip_no", "")),
            deposited_on=deposited_on,
            reason=str(data.get("reason", "")),
        ),
        lines=tuple(RecoveryLine(line_no=no, amount_ntd=amount_ntd) for no, amount_ntd in lines),
    )


def _form(
    context: RequestContext,
    kind: SourceKind,
    source_id: uuid.UUID,
    typed: Mapping[str, Any],
    *,
    error: DomainError | None = None,
) -> Response[str]:
    tr = context.gettext
    with context.read() as uow:
        source = paid_source(uow, kind, source_id)
        refusal = refused(context, error) if error else None
        own = context.path(f"{view.SOURCE_PATHS[kind]}/{source_id}")
        titles = {SourceKind.ADVANCE: tr("暫付案"), SourceKind.CLAIM: tr("報支案")}
        return render(
            context,
            "accounting/recovery_form.html",
            breadcrumb=(
                Crumb(title=titles[kind], url=context.path(view.SOURCE_PATHS[kind])),
                Crumb(title=source.label, url=own),
                Crumb(title=tr("登記收回")),
            ),
            status_code=error.status_code if error else 200,
            title=tr("登記收回 {label}").format(label=source.label),
            lines=source.paid,
            typed={name: str(value) for name, value in typed.items()},
            action=f"{own}/recovery",
            back_url=own,
            key=str(new_id()),
            refusal=refusal,
            faults=refusal.faults if refusal else {},
        )
