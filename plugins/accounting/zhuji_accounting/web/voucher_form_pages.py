"""Pages on which a voucher is keyed: new, and changed while it is a draft or returned."""

from __future__ import annotations

import uuid
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from zhuji_accounting.domain.ledger import voucher_rules
from zhuji_accounting.domain.ledger.refusals import NoChart
from zhuji_accounting.domain.ledger.voucher import KIND_TITLES, Voucher
from zhuji_accounting.permissions import WRITE_VOUCHER
from zhuji_accounting.queries.charts import Posting, posting_of
from zhuji_accounting.queries.revenue_rows import (
    RevenueRow,
    pick_revenue_rows,
    revenue_rows,
)
from zhuji_accounting.queries.vouchers import read_voucher
from zhuji_accounting.usecases.send_voucher import send_voucher
from zhuji_accounting.usecases.write_voucher import write_voucher
from zhuji_accounting.web.refusals import refused
from zhuji_accounting.web.voucher_form import (
    TypedVoucher,
    blank_voucher,
    filled_by_rule,
    typed_from,
    typed_voucher,
    wanted_voucher,
    year_of,
)
from zhuji_accounting.web.voucher_grid import voucher_grid
from zhuji_accounting.web.wording import options_of
from zhuji_core.formats import DateMalformed, parse_date
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError
from zhuji_core.web.answers import see_other
from zhuji_core.web.components import Option
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.drafts import delete_draft, get_draft
from zhuji_core.web.forms import ADD_ROW_FIELD, fields_of
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

COLD = "cold"
Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
VoucherId = FromPath[uuid.UUID]
NEW = "accounting.voucher.new"
# No agency earns by more rows; whoever does finds them in the grid.
REVENUE_ROWS_MAX = 200
# The button that fills in the entries of the chosen event; it saves nothing.
RULE_FIELD = "_rule"


class VoucherFormPages(PageController):
    """``/vouchers/new`` and ``/vouchers/{id}/edit``."""

    module = "accounting"
    path = "/vouchers"

    @get(
        "/new",
        opt={PERMISSION: WRITE_VOUCHER, COLD: True},
        operation_id="accounting.vouchers.new-form",
        sync_to_thread=True,
    )
    def new(self, context: Context) -> Response[str]:
        kept = _kept(context, NEW)
        with context.read() as uow:
            uow.require(WRITE_VOUCHER, agency_code=uow.actor.agency_code)
            return _form(context, uow, kept or blank_voucher(uow), from_draft=kept is not None)

    @post(
        "/new",
        opt={PERMISSION: WRITE_VOUCHER, COLD: True},
        operation_id="accounting.vouchers.new-send",
        sync_to_thread=True,
    )
    def write_new(self, context: Context, data: Form) -> Response[bytes] | Response[str]:
        return _write(context, data, before=None)

    @get(
        "/{voucher_id:uuid}/edit",
        opt={PERMISSION: WRITE_VOUCHER, COLD: True},
        operation_id="accounting.vouchers.edit-form",
        sync_to_thread=True,
    )
    def edit(self, context: Context, voucher_id: VoucherId) -> Response[str]:
        kept = _kept(context, _form_key(voucher_id))
        with context.read() as uow:
            voucher = _editable(uow, voucher_id)
            saved = typed_from(voucher)
            # What was typed over an older state of the voucher would undo a later change.
            newer = kept if kept and kept.revision == voucher.revision else None
            return _form(context, uow, newer or saved, before=voucher, from_draft=newer is not None)

    @post(
        "/{voucher_id:uuid}/edit",
        opt={PERMISSION: WRITE_VOUCHER, COLD: True},
        operation_id="accounting.vouchers.edit-send",
        sync_to_thread=True,
    )
    def write_edited(
        self, context: Context, voucher_id: VoucherId, data: Form
    ) -> Response[bytes] | Response[str]:
        with context.read() as uow:
            voucher = read_voucher(uow, voucher_id)
        return _write(context, data, before=voucher)


def _editable(uow: UnitOfWork, voucher_id: uuid.UUID) -> Voucher:
    voucher = read_voucher(uow, voucher_id)
    uow.require(WRITE_VOUCHER, agency_code=voucher.agency_code)
    voucher_rules.require_state(voucher, voucher_rules.EDITABLE, action=N_("修改"))
    return voucher


def _write(
    context: RequestContext, data: dict[str, Any], *, before: Voucher | None
) -> Response[bytes] | Response[str]:
    """Save what was typed, or hand it to review; a refusal shows the form as it was typed."""
    typed = typed_voucher(fields_of(data))
    if data.get(ADD_ROW_FIELD) or data.get(RULE_FIELD):
        with context.read() as uow:
            if data.get(RULE_FIELD) and (posting := _posting(uow, typed)):
                typed = filled_by_rule(typed, posting, _revenue_row(uow, typed))
            return _form(context, uow, typed, before=before)
    try:
        answer = context.perform(
            lambda uow: _act(uow, typed, before=before, sends=data.get("act") != "keep"),
            lambda voucher: see_other(context.path(f"accounting/vouchers/{voucher.voucher_id}")),
        )
    except DomainError as error:
        with context.read() as uow:
            return _form(context, uow, typed, before=before, error=error)
    delete_draft(
        context.access,
        user_id=context.actor.user_id,
        form_key=NEW if before is None else _form_key(before.voucher_id),
    )
    return answer


def _act(uow: UnitOfWork, typed: TypedVoucher, *, before: Voucher | None, sends: bool) -> Voucher:
    agency_code = before.agency_code if before else uow.actor.agency_code
    uow.require(WRITE_VOUCHER, agency_code=agency_code)
    wanted = wanted_voucher(uow, typed, agency_code=agency_code)
    use_case = send_voucher if sends else write_voucher
    return use_case(uow, wanted=wanted, voucher_id=before.voucher_id if before else None)


def _form(
    context: RequestContext,
    uow: UnitOfWork,
    typed: TypedVoucher,
    *,
    before: Voucher | None = None,
    error: DomainError | None = None,
    from_draft: bool = False,
) -> Response[str]:
    """Show the form with what was typed; ``error`` stands at the head and at its fields."""
    tr = context.gettext
    refusal = refused(context, error) if error else None
    faults = refusal.faults if refusal else {}
    title = tr("修改傳票 {label}").format(label=before.label) if before else tr("製作傳票")
    agency_code = before.agency_code if before else uow.actor.agency_code
    own = f"accounting/vouchers/{before.voucher_id}/edit" if before else "accounting/vouchers/new"
    form_key = _form_key(before.voucher_id) if before else NEW
    return render(
        context,
        "accounting/voucher_form.html",
        breadcrumb=(
            Crumb(title=tr("傳票"), url=context.path("accounting/vouchers")),
            Crumb(title=title),
        ),
        status_code=error.status_code if error else 200,
        title=title,
        typed=typed,
        action=context.path(own),
        draft_url=context.path(f"drafts/{form_key}"),
        key=str(new_id()),
        from_draft=from_draft,
        focus=next((name for name in faults), "memo"),
        kinds=options_of(KIND_TITLES, tr),
        events=_events(uow, typed),
        revenue_rows=_revenue_options(uow, typed, agency_code=agency_code),
        returned=before.return_reason if before else "",
        recorded=before is not None and not voucher_rules.is_keyed(before),
        is_new=before is None,
        refusal=refusal,
        faults=faults,
        grid=voucher_grid(
            context,
            typed,
            agency_code=agency_code,
            faults=faults,
        ),
    )


def _posting(uow: UnitOfWork, typed: TypedVoucher) -> Posting | None:
    """Return chart and rules of what was typed so far; None while no chart serves that year."""
    try:
        on_date = parse_date(typed.head["posting_date"], reference=uow.business_date)
    except DateMalformed:
        on_date = uow.business_date
    try:
        return posting_of(
            uow,
            fiscal_year=year_of(uow, typed.head["fiscal_year"], typed.head["posting_date"]),
            on_date=on_date,
        )
    except NoChart:
        return None


def _events(uow: UnitOfWork, typed: TypedVoucher) -> tuple[Option, ...]:
    """Return the events of which people make vouchers, by the rules in force."""
    posting = _posting(uow, typed)
    return tuple(
        Option(value=rule.event_code, title=f"{rule.title}（{rule.event_code}）")
        for rule in (posting.rules.manual_rules if posting else ())
    )


def _kept(context: RequestContext, form_key: str) -> TypedVoucher | None:
    """Return what was typed before and not saved, or None."""
    draft = get_draft(context.access, user_id=context.actor.user_id, form_key=form_key)
    if draft is None:
        return None
    fields = draft.fields.get("fields", draft.fields)
    return typed_voucher(fields_of(fields)) if isinstance(fields, dict) else None


def _form_key(voucher_id: uuid.UUID) -> str:
    return f"accounting.voucher.{voucher_id}"


def _revenue_options(
    uow: UnitOfWork, typed: TypedVoucher, *, agency_code: str
) -> tuple[Option, ...]:
    """Return the agency's rows of revenue, of which an event of revenue is."""
    rows = pick_revenue_rows(
        uow,
        agency_code=agency_code,
        fiscal_year=year_of(uow, typed.head["fiscal_year"], typed.head["posting_date"]),
        limit=REVENUE_ROWS_MAX,
    )
    return tuple(Option(value=str(row.row_id), title=row.label) for row in rows)


def _revenue_row(uow: UnitOfWork, typed: TypedVoucher) -> RevenueRow | None:
    """Return the row of revenue that was chosen beside the event."""
    try:
        row_id = uuid.UUID(typed.head["revenue_row"])
    except ValueError:
        return None
    row = revenue_rows(uow, [row_id]).get(row_id)
    mine = row is not None and uow.actor.may(WRITE_VOUCHER, agency_code=row.agency_code)
    return row if mine else None
