"""Return vouchers to their preparer with the reason (退回補正)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from zhuji_accounting.domain import rules
from zhuji_accounting.domain.ledger import voucher_rules
from zhuji_accounting.domain.ledger.voucher import Voucher
from zhuji_accounting.permissions import REVIEW_VOUCHER
from zhuji_accounting.usecases._voucher import change_states
from zhuji_core.uow import UnitOfWork


def return_vouchers(
    uow: UnitOfWork, *, voucher_ids: Sequence[uuid.UUID], reason: str
) -> list[Voucher]:
    """Return prepared, reviewed or approved vouchers, all or none.

    Raises ReasonMissing, TooLong, VoucherBatch, VoucherNotFound or VoucherState; then nothing is
    kept.
    """
    said = rules.require_reason(reason)
    return change_states(
        uow,
        voucher_ids,
        permission=REVIEW_VOUCHER,
        change=lambda voucher: voucher_rules.send_back(voucher, reason=said),
    )
