"""Post approved vouchers (登帳): they get their numbers and enter the books, once and for all."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from zhuji_accounting.domain.ledger import voucher_rules
from zhuji_accounting.domain.ledger.voucher import Voucher, VoucherState
from zhuji_accounting.permissions import POST_VOUCHER
from zhuji_accounting.queries.charts import chart_of
from zhuji_accounting.store import vouchers as store
from zhuji_accounting.usecases._voucher import audit, lock_many
from zhuji_core.contracts.ledger import VoucherPosted
from zhuji_core.identity.duties import Step
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_


def post_vouchers(uow: UnitOfWork, *, voucher_ids: Sequence[uuid.UUID]) -> list[Voucher]:
    """Post the approved vouchers in this order, all or none; return them with their numbers.

    Raises VoucherBatch, VoucherNotFound, VoucherState, SamePerson, PeriodClosed and what
    ``require_postable`` raises; then nothing is kept and no number is taken.
    """
    approved = lock_many(uow, voucher_ids, permission=POST_VOUCHER)
    charts = {
        fiscal_year: chart_of(uow, fiscal_year)
        for fiscal_year in sorted({voucher.fiscal_year for voucher in approved})
    }
    for voucher in approved:
        voucher_rules.require_state(voucher, [VoucherState.APPROVED], action=N_("登帳"))
        voucher_rules.require_duties(voucher, by=uow.actor, step=Step.POST)
        voucher_rules.require_postable(
            voucher, chart=charts[voucher.fiscal_year], today=uow.business_date
        )
    posted = store.post(uow, approved)
    for before, after in zip(approved, posted, strict=True):
        tell(uow, after)
        audit(uow, POST_VOUCHER, before, after, step=Step.POST)
    return posted


def tell(uow: UnitOfWork, voucher: Voucher) -> None:
    """Tell others that the voucher is in the books."""
    uow.record(
        VoucherPosted(
            event_id=new_id(),
            voucher_id=voucher.voucher_id,
            label=voucher.label,
            agency_code=voucher.agency_code,
            fiscal_year=voucher.fiscal_year,
            period=voucher.period,
            posting_date=voucher.posting_date,
            kind=str(voucher.kind),
            event_code=voucher.event_code,
            amount_ntd=voucher.debit_ntd,
            source=voucher.source,
        ),
        document_id=voucher.voucher_id,
    )
