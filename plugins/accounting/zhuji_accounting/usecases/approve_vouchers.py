"""Approve vouchers as chief accountant (主辦會計核定): they may be posted then."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from zhuji_accounting.domain.ledger import voucher_rules
from zhuji_accounting.domain.ledger.voucher import Voucher
from zhuji_accounting.permissions import APPROVE_VOUCHER
from zhuji_accounting.usecases._voucher import change_states
from zhuji_core.identity.duties import Step
from zhuji_core.uow import UnitOfWork


def approve_vouchers(uow: UnitOfWork, *, voucher_ids: Sequence[uuid.UUID]) -> list[Voucher]:
    """Approve prepared or reviewed vouchers, all or none.

    Raises VoucherBatch, VoucherNotFound, VoucherState or SamePerson; then nothing is kept.
    """
    return change_states(
        uow,
        voucher_ids,
        permission=APPROVE_VOUCHER,
        change=lambda voucher: voucher_rules.approve(voucher, by=uow.actor),
        step=Step.REVIEW,
    )
