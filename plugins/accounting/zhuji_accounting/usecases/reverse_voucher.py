"""Reverse a posted voucher by another one (沖銷, 會計法 67), which goes the way of any other."""

from __future__ import annotations

import datetime as dt
import uuid

from zhuji_accounting.domain import rules
from zhuji_accounting.domain.ledger import voucher_rules
from zhuji_accounting.domain.ledger.refusals import AlreadyReversed, VoucherRecords
from zhuji_accounting.domain.ledger.voucher import Voucher, VoucherState
from zhuji_accounting.domain.request import TEXT_MAX
from zhuji_accounting.permissions import WRITE_VOUCHER
from zhuji_accounting.queries.charts import chart_of
from zhuji_accounting.queries.vouchers import reversal_of
from zhuji_accounting.store import vouchers
from zhuji_accounting.usecases._voucher import lock_many
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_


def reverse_voucher(
    uow: UnitOfWork, *, voucher_id: uuid.UUID, reason: str, posting_date: dt.date | None = None
) -> Voucher:
    """Write the prepared voucher that undoes ``voucher_id``, dated ``posting_date`` (today).

    A voucher that records a document is undone by undoing the document. Raises ReasonMissing,
    TooLong, VoucherNotFound, VoucherState, VoucherRecords, AlreadyReversed, VoucherYear or
    VoucherFuture; then nothing is kept.
    """
    said = rules.require_reason(reason)
    (posted,) = lock_many(uow, [voucher_id], permission=WRITE_VOUCHER)
    voucher_rules.require_state(posted, [VoucherState.POSTED], action=N_("沖銷"))
    if posted.source is not None:
        raise VoucherRecords(label=posted.label)
    other = reversal_of(uow, voucher_id)
    if other is not None:
        raise AlreadyReversed(label=posted.label, other=other.label)
    reversal = _reversal(uow, posted, said, posting_date or uow.business_date)
    vouchers.insert(uow, [reversal])
    uow.audit(
        WRITE_VOUCHER.name,
        reversal.document,
        before=None,
        after={**reversal.summary(), "reverses": posted.label, "reason": said},
    )
    return reversal


def _reversal(uow: UnitOfWork, posted: Voucher, reason: str, posting_date: dt.date) -> Voucher:
    made = Voucher(
        voucher_id=new_id(),
        fiscal_year=posted.fiscal_year,
        agency_code=posted.agency_code,
        agency_name=posted.agency_name,
        kind=posted.kind,
        state=VoucherState.DRAFT,
        period=voucher_rules.period_of(fiscal_year=posted.fiscal_year, posting_date=posting_date),
        posting_date=posting_date,
        memo=f"沖銷 {posted.label}：{posted.memo}"[:TEXT_MAX],
        event_code=posted.event_code,
        rule_set_id=posted.rule_set_id,
        reverses_id=posted.voucher_id,
        reversal_reason=reason,
        lines=voucher_rules.reversal_lines(posted),
    )
    prepared = voucher_rules.prepare(made, by=uow.actor)
    voucher_rules.require_postable(
        prepared, chart=chart_of(uow, posted.fiscal_year), today=uow.business_date
    )
    return prepared
