"""Attach a file to a voucher (加附件): kept by content, told apart by its first bytes."""

from __future__ import annotations

import uuid

from zhuji_accounting.domain.ledger import attachment as rules
from zhuji_accounting.domain.ledger.attachment import Attachment, AttachmentTwice
from zhuji_accounting.permissions import WRITE_VOUCHER
from zhuji_accounting.queries.attachments import attachments_of
from zhuji_accounting.store import attachments
from zhuji_accounting.usecases._voucher import lock_many
from zhuji_core import blobs
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork

ACTION = "accounting.voucher.attach"


def attach_file(
    uow: UnitOfWork, *, voucher_id: uuid.UUID, file_name: str, content: bytes
) -> Attachment:
    """Attach the file; until the voucher is posted, by whoever may prepare vouchers.

    Raises VoucherNotFound, VoucherState, AttachmentsFull, BlobTooLarge, BlobKind, AttachmentLies
    or AttachmentTwice; then nothing is kept.
    """
    (voucher,) = lock_many(uow, [voucher_id], permission=WRITE_VOUCHER)
    held = attachments_of(uow, voucher_id)
    rules.require_attachable(voucher, held)
    kept = blobs.put(
        uow, file_name=file_name, content=content, action=ACTION, accepted=tuple(rules.SUFFIXES)
    )
    rules.require_honest_name(kept.file_name, kept.media_type)
    twin = next((one for one in held if one.digest == kept.digest), None)
    if twin is not None:
        raise AttachmentTwice(label=voucher.label, file=twin.file_name)
    made = Attachment(
        attachment_id=new_id(),
        voucher_id=voucher_id,
        digest=kept.digest,
        file_name=kept.file_name,
        media_type=kept.media_type,
        size_bytes=len(content),
        attached_by=uow.actor.user_id,
        attached_by_name=uow.actor.signature,
        attached_at=uow.now,
    )
    attachments.insert(uow, made)
    uow.audit(ACTION, voucher.document, before=None, after=made.summary())
    return made
