"""Write a voucher and hand it to review at once (製票送覆核): what the form's main button does."""

from __future__ import annotations

import uuid

from zhuji_accounting.domain.ledger.voucher import Voucher
from zhuji_accounting.usecases.prepare_vouchers import prepare_vouchers
from zhuji_accounting.usecases.write_voucher import WantedVoucher, write_voucher
from zhuji_core.uow import UnitOfWork


def send_voucher(
    uow: UnitOfWork, *, wanted: WantedVoucher, voucher_id: uuid.UUID | None = None
) -> Voucher:
    """Write and prepare in one transaction: when it is not fit for the books nothing is kept.

    Raises what write_voucher and prepare_vouchers raise.
    """
    written = write_voucher(uow, wanted=wanted, voucher_id=voucher_id)
    return prepare_vouchers(uow, voucher_ids=[written.voucher_id])[0]
