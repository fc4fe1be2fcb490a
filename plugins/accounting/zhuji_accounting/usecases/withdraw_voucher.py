"""Take a draft of a voucher back for good."""

from __future__ import annotations

import uuid

from zhuji_accounting.domain.ledger import voucher_rules
from zhuji_accounting.domain.ledger.voucher import Voucher
from zhuji_accounting.permissions import WRITE_VOUCHER
from zhuji_accounting.usecases._voucher import change_states
from zhuji_core.uow import UnitOfWork


def withdraw_voucher(uow: UnitOfWork, *, voucher_id: uuid.UUID) -> Voucher:
    """Withdraw a draft or returned voucher that records no other document.

    Raises VoucherNotFound, VoucherState or VoucherRecords; then nothing is kept.
    """
    (voucher,) = change_states(
        uow, [voucher_id], permission=WRITE_VOUCHER, change=voucher_rules.withdraw
    )
    return voucher
