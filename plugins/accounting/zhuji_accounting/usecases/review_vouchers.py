"""Find vouchers right (覆核): somebody other than who prepared them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from zhuji_accounting.domain.ledger import voucher_rules
from zhuji_accounting.domain.ledger.voucher import Voucher
from zhuji_accounting.permissions import REVIEW_VOUCHER
from zhuji_accounting.usecases._voucher import change_states
from zhuji_core.identity.duties import Step
from zhuji_core.uow import UnitOfWork


def review_vouchers(uow: UnitOfWork, *, voucher_ids: Sequence[uuid.UUID]) -> list[Voucher]:
    """Review the prepared vouchers, all or none.

    Raises VoucherBatch, VoucherNotFound, VoucherState or SamePerson; then nothing is kept.
    """
    return change_states(
        uow,
        voucher_ids,
        permission=REVIEW_VOUCHER,
        change=lambda voucher: voucher_rules.review(voucher, by=uow.actor),
        step=Step.REVIEW,
    )
