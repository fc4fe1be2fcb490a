"""Pages of vouchers: the list, one voucher, and its steps into the books."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_accounting.domain.ledger.voucher import (
    KIND_TITLES,
    Voucher,
    VoucherKind,
    VoucherState,
)
from zhuji_accounting.domain.ledger.voucher_rules import STATE_TITLES
from zhuji_accounting.permissions import (
    APPROVE_VOUCHER,
    POST_VOUCHER,
    READ_VOUCHERS,
    REVIEW_VOUCHER,
    WRITE_VOUCHER,
)
from zhuji_accounting.queries.voucher_actions import voucher_actions
from zhuji_accounting.queries.voucher_lists import VoucherFilter, list_vouchers
from zhuji_accounting.queries.vouchers import find_voucher, read_voucher, reversal_of
from zhuji_accounting.usecases.approve_vouchers import approve_vouchers
from zhuji_accounting.usecases.post_vouchers import post_vouchers
from zhuji_accounting.usecases.prepare_vouchers import prepare_vouchers
from zhuji_accounting.usecases.return_vouchers import return_vouchers
from zhuji_accounting.usecases.reverse_voucher import reverse_voucher
from zhuji_accounting.usecases.review_vouchers import review_vouchers
from zhuji_accounting.usecases.withdraw_voucher import withdraw_voucher
from zhuji_accounting.web import voucher_view as view
from zhuji_accounting.web.agencies import agency_options
from zhuji_accounting.web.refusals import refused
from zhuji_accounting.web.voucher_evidence import evidence_of
from zhuji_accounting.web.wording import options_of
from zhuji_core.audit.history import history
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb
from zhuji_core.web.steps import perform_or_show

COLD = "cold"
PAGE_ROWS = 50
Context = NamedDependency[RequestContext]
VoucherId = FromPath[uuid.UUID]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]


class VoucherPages(PageController):
    """``/vouchers``, ``/vouchers/{id}`` and the steps below it."""

    module = "accounting"
    path = "/vouchers"

    @get(
        "/",
        opt={PERMISSION: READ_VOUCHERS, COLD: True},
        operation_id="accounting.vouchers.list-page",
        sync_to_thread=True,
    )
    def list_page(  # noqa: PLR0913, PLR0917 (each a filter of the list, by name)
        self,
        context: Context,
        fiscal_year: FromQuery[int | None] = None,
        agency_code: FromQuery[str] = "",
        states: FromQuery[str] = "",
        kind: FromQuery[str] = "",
        text: FromQuery[str] = "",
        before: FromQuery[uuid.UUID | None] = None,
    ) -> Response[str]:
        tr = context.gettext
        with context.read() as uow:
            wanted = VoucherFilter(
                fiscal_year=fiscal_year or uow.fiscal_year,
                agency_code=agency_code,
                state=states if states in set(VoucherState) else "",
                kind=kind if kind in set(VoucherKind) else "",
                text=text,
                before=before,
                limit=PAGE_ROWS,
            )
            return render(
                context,
                "accounting/vouchers.html",
                breadcrumb=(Crumb(title=tr("傳票")),),
                title=tr("傳票"),
                wanted=wanted,
                table=view.list_table(context, list_vouchers(uow, wanted), wanted=wanted),
                action=context.path("accounting/vouchers"),
                states=options_of(STATE_TITLES, tr),
                waiting_url=context.path("accounting/vouchers/waiting"),
                kinds=options_of(KIND_TITLES, tr),
                agencies=agency_options(uow, READ_VOUCHERS),
            )

    @get(
        "/{voucher_id:uuid}",
        opt={PERMISSION: READ_VOUCHERS, COLD: True},
        operation_id="accounting.vouchers.page",
        sync_to_thread=True,
    )
    def page(
        self, context: Context, voucher_id: VoucherId, shown: FromQuery[uuid.UUID | None] = None
    ) -> Response[str]:
        return show_voucher(context, voucher_id, shown=shown)

    @post(
        "/{voucher_id:uuid}/preparation",
        opt={PERMISSION: WRITE_VOUCHER, COLD: True},
        operation_id="accounting.vouchers.prepare-form",
        sync_to_thread=True,
    )
    def prepare(self, context: Context, voucher_id: VoucherId) -> Page:
        return _act(
            context, voucher_id, lambda uow: prepare_vouchers(uow, voucher_ids=[voucher_id])[0]
        )

    @post(
        "/{voucher_id:uuid}/review",
        opt={PERMISSION: REVIEW_VOUCHER, COLD: True},
        operation_id="accounting.vouchers.review-form",
        sync_to_thread=True,
    )
    def review(self, context: Context, voucher_id: VoucherId) -> Page:
        return _act(
            context, voucher_id, lambda uow: review_vouchers(uow, voucher_ids=[voucher_id])[0]
        )

    @post(
        "/{voucher_id:uuid}/approval",
        opt={PERMISSION: APPROVE_VOUCHER, COLD: True},
        operation_id="accounting.vouchers.approve-form",
        sync_to_thread=True,
    )
    def approve(self, context: Context, voucher_id: VoucherId) -> Page:
        return _act(
            context, voucher_id, lambda uow: approve_vouchers(uow, voucher_ids=[voucher_id])[0]
        )

    @post(
        "/{voucher_id:uuid}/posting",
        opt={PERMISSION: POST_VOUCHER, COLD: True},
        operation_id="accounting.vouchers.post-form",
        sync_to_thread=True,
    )
    def enter(self, context: Context, voucher_id: VoucherId) -> Page:
        return _act(
            context, voucher_id, lambda uow: post_vouchers(uow, voucher_ids=[voucher_id])[0]
        )

    @post(
        "/{voucher_id:uuid}/return",
        opt={PERMISSION: REVIEW_VOUCHER, COLD: True},
        operation_id="accounting.vouchers.return-form",
        sync_to_thread=True,
    )
    def send_back(self, context: Context, voucher_id: VoucherId, data: Form) -> Page:
        reason = str(data.get("reason", ""))
        return _act(
            context,
            voucher_id,
            lambda uow: return_vouchers(uow, voucher_ids=[voucher_id], reason=reason)[0],
        )

    @post(
        "/{voucher_id:uuid}/withdrawal",
        opt={PERMISSION: WRITE_VOUCHER, COLD: True},
        operation_id="accounting.vouchers.withdraw-form",
        sync_to_thread=True,
    )
    def withdraw(self, context: Context, voucher_id: VoucherId) -> Page:
        return _act(context, voucher_id, lambda uow: withdraw_voucher(uow, voucher_id=voucher_id))

    @post(
        "/{voucher_id:uuid}/reversal",
        opt={PERMISSION: WRITE_VOUCHER, COLD: True},
        operation_id="accounting.vouchers.reverse-form",
        sync_to_thread=True,
    )
    def reverse(self, context: Context, voucher_id: VoucherId, data: Form) -> Page:
        reason = str(data.get("reason", ""))
        return _act(
            context,
            voucher_id,
            lambda uow: reverse_voucher(uow, voucher_id=voucher_id, reason=reason),
        )


def show_voucher(
    context: RequestContext,
    voucher_id: uuid.UUID,
    *,
    error: DomainError | None = None,
    shown: uuid.UUID | None = None,
) -> Response[str]:
    """Show the voucher; ``error`` is what refused the verb that was just tried.

    ``shown``: the attachment that stands open beside the entries.
    """
    tr = context.gettext
    with context.read() as uow:
        voucher = read_voucher(uow, voucher_id)
        reversal = reversal_of(uow, voucher_id)
        reversed_one = (
            None if voucher.reverses_id is None else find_voucher(uow, voucher.reverses_id)
        )
        others = [
            (word, one)
            for word, one in ((N_("沖銷"), reversed_one), (N_("已由沖銷傳票"), reversal))
            if one is not None
        ]
        actions = voucher_actions(uow, voucher, reversal)
        returned = voucher.state is VoucherState.RETURNED
        return render(
            context,
            "accounting/voucher.html",
            breadcrumb=(
                Crumb(title=tr("傳票"), url=context.path("accounting/vouchers")),
                Crumb(title=voucher.label),
            ),
            status_code=error.status_code if error else 200,
            title=tr("傳票 {label}").format(label=voucher.label),
            refusal=refused(context, error) if error else None,
            return_reason=voucher.return_reason if returned else "",
            head=view.document_head(context, voucher, others),
            entries=view.entries_table(context, voucher),
            evidence=evidence_of(context, uow, voucher, shown),
            print_url=context.path(f"accounting/vouchers/{voucher_id}/print"),
            actions=view.actions_of(context, voucher, actions, key=str(new_id())),
            history=view.history_of(history(uow, voucher_id), tr),
        )


def _act(
    context: RequestContext, voucher_id: uuid.UUID, action: Callable[[UnitOfWork], Voucher]
) -> Page:
    """Do the verb and go to the voucher that it leaves: the same one, or the reversing one."""
    return perform_or_show(
        context,
        action,
        to=lambda made: f"accounting/vouchers/{made.voucher_id}",
        show=lambda error: show_voucher(context, voucher_id, error=error),
    )
