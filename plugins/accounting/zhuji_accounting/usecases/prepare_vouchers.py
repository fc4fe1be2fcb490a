"""Hand drafts of vouchers to review (製票): the actor is their preparer."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from zhuji_accounting.domain.ledger import voucher_rules
from zhuji_accounting.domain.ledger.kept_accounts import require_not_kept
from zhuji_accounting.domain.ledger.voucher import Voucher
from zhuji_accounting.permissions import WRITE_VOUCHER
from zhuji_accounting.queries.charts import chart_of, kept_on
from zhuji_accounting.usecases._voucher import change_states
from zhuji_core.uow import UnitOfWork


def prepare_vouchers(uow: UnitOfWork, *, voucher_ids: Sequence[uuid.UUID]) -> list[Voucher]:
    """Prepare the drafts; they must be fit for the books, all or none.

    Raises VoucherBatch, VoucherNotFound, VoucherState, VoucherUnbalanced, AccountKept and what else
    ``require_postable`` raises; then nothing is kept.
    """

    def change(voucher: Voucher) -> Voucher:
        prepared = voucher_rules.prepare(voucher, by=uow.actor)
        chart = chart_of(uow, voucher.fiscal_year)
        voucher_rules.require_postable(prepared, chart=chart, today=uow.business_date)
        require_not_kept(prepared, kept_on(uow, chart, voucher.posting_date))
        return prepared

    return change_states(uow, voucher_ids, permission=WRITE_VOUCHER, change=change)
