"""What the actor may do next with a voucher, and why something else is not possible now."""

from __future__ import annotations

import enum
from collections.abc import Callable

from zhuji_accounting.domain.ledger import voucher_rules
from zhuji_accounting.domain.ledger.refusals import AlreadyReversed
from zhuji_accounting.domain.ledger.voucher import Voucher, VoucherState
from zhuji_accounting.permissions import (
    APPROVE_VOUCHER,
    POST_VOUCHER,
    REVIEW_VOUCHER,
    WRITE_VOUCHER,
)
from zhuji_accounting.queries.charts import chart_of
from zhuji_core.identity.actor import Forbidden
from zhuji_core.identity.duties import Step
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError, Value


class VoucherVerb(enum.StrEnum):
    """What may be done to a voucher, in the order of the work."""

    PREPARE = "prepare"
    EDIT = "edit"
    REVIEW = "review"
    APPROVE = "approve"
    POST = "post"
    RETURN = "return"
    WITHDRAW = "withdraw"
    REVERSE = "reverse"


PERMISSIONS: dict[VoucherVerb, Permission] = {
    VoucherVerb.PREPARE: WRITE_VOUCHER,
    VoucherVerb.EDIT: WRITE_VOUCHER,
    VoucherVerb.REVIEW: REVIEW_VOUCHER,
    VoucherVerb.APPROVE: APPROVE_VOUCHER,
    VoucherVerb.POST: POST_VOUCHER,
    VoucherVerb.RETURN: REVIEW_VOUCHER,
    VoucherVerb.WITHDRAW: WRITE_VOUCHER,
    VoucherVerb.REVERSE: WRITE_VOUCHER,
}
# The step that carries the voucher on; the others are spoken of only to those who may.
MAIN = {
    VoucherState.DRAFT: VoucherVerb.PREPARE,
    VoucherState.RETURNED: VoucherVerb.PREPARE,
    VoucherState.PREPARED: VoucherVerb.REVIEW,
    VoucherState.REVIEWED: VoucherVerb.APPROVE,
    VoucherState.APPROVED: VoucherVerb.POST,
}


class VoucherAction(Value, frozen=True, kw_only=True):
    """One verb; ``refusal`` is what the rules would say to it now, None when it is possible."""

    verb: VoucherVerb
    refusal: DomainError | None = None


def verbs_of(voucher: Voucher) -> tuple[VoucherVerb, ...]:
    """Return the verbs that are spoken of: a voucher of a document is undone by the document."""
    free = voucher.source is None
    match voucher.state:
        case VoucherState.DRAFT | VoucherState.RETURNED:
            return (
                VoucherVerb.PREPARE,
                VoucherVerb.EDIT,
                *((VoucherVerb.WITHDRAW,) if free else ()),
            )
        case VoucherState.PREPARED:
            return VoucherVerb.REVIEW, VoucherVerb.APPROVE, VoucherVerb.RETURN
        case VoucherState.REVIEWED:
            return VoucherVerb.APPROVE, VoucherVerb.RETURN
        case VoucherState.APPROVED:
            return VoucherVerb.POST, VoucherVerb.RETURN
        case VoucherState.POSTED:
            return (VoucherVerb.REVERSE,) if free else ()
        case VoucherState.WITHDRAWN:
            return ()


def voucher_actions(
    uow: UnitOfWork, voucher: Voucher, reversal: Voucher | None
) -> tuple[VoucherAction, ...]:
    """Try each verb of the voucher's state against the rules of the use cases."""
    actions = []
    for verb in verbs_of(voucher):
        refusal = _refusal(uow, voucher, reversal, verb)
        if isinstance(refusal, Forbidden) and verb is not MAIN.get(voucher.state):
            continue
        actions.append(VoucherAction(verb=verb, refusal=refusal))
    return tuple(actions)


def _refusal(
    uow: UnitOfWork, voucher: Voucher, reversal: Voucher | None, verb: VoucherVerb
) -> DomainError | None:
    def fit() -> None:
        chart = chart_of(uow, voucher.fiscal_year)
        voucher_rules.require_postable(voucher, chart=chart, today=uow.business_date)

    def post() -> None:
        voucher_rules.require_duties(voucher, by=uow.actor, step=Step.POST)
        fit()

    def reverse() -> None:
        if reversal is not None:
            raise AlreadyReversed(label=voucher.label, other=reversal.label)

    tries: dict[VoucherVerb, Callable[[], object]] = {
        VoucherVerb.PREPARE: fit,
        VoucherVerb.EDIT: lambda: None,
        VoucherVerb.REVIEW: lambda: voucher_rules.review(voucher, by=uow.actor),
        VoucherVerb.APPROVE: lambda: voucher_rules.approve(voucher, by=uow.actor),
        VoucherVerb.POST: post,
        VoucherVerb.RETURN: lambda: voucher_rules.send_back(voucher, reason="-"),
        VoucherVerb.WITHDRAW: lambda: voucher_rules.withdraw(voucher),
        VoucherVerb.REVERSE: reverse,
    }
    try:
        uow.require(PERMISSIONS[verb], agency_code=voucher.agency_code)
        tries[verb]()
    except DomainError as refusal:
        return refusal
    return None
