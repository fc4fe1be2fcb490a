"""Take a file off a voucher again, while the voucher is with its preparer."""

from __future__ import annotations

import uuid

from zhuji_accounting.domain.ledger import attachment as rules
from zhuji_accounting.domain.ledger.attachment import Attachment
from zhuji_accounting.permissions import WRITE_VOUCHER
from zhuji_accounting.queries.attachments import one_attachment
from zhuji_accounting.store import attachments
from zhuji_accounting.usecases._voucher import lock_many
from zhuji_core.uow import UnitOfWork

ACTION = "accounting.voucher.detach"


def detach_file(uow: UnitOfWork, *, voucher_id: uuid.UUID, attachment_id: uuid.UUID) -> Attachment:
    """Remove the attachment; the audit keeps its digest, the kernel its content.

    Raises VoucherNotFound, VoucherState or AttachmentNotFound; then nothing is changed.
    """
    (voucher,) = lock_many(uow, [voucher_id], permission=WRITE_VOUCHER)
    rules.require_detachable(voucher)
    found = one_attachment(uow, voucher_id=voucher_id, attachment_id=attachment_id)
    attachments.delete(uow, attachment_id)
    uow.audit(ACTION, voucher.document, before=found.summary(), after=None)
    return found
