"""Attachments of a voucher: their list, and one with its content."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from zhuji_accounting.domain.ledger.attachment import Attachment, AttachmentNotFound
from zhuji_accounting.queries.vouchers import read_voucher
from zhuji_core import blobs
from zhuji_core.blobs import Blob
from zhuji_core.uow import UnitOfWork

OF_VOUCHER = sa.text("""
    SELECT a.attachment_id, a.voucher_id, encode(a.digest, 'hex') AS digest, a.file_name,
           a.media_type, a.size_bytes, a.attached_by, a.attached_by_name, a.attached_at
      FROM accounting.voucher_attachment AS a
     WHERE a.voucher_id = :voucher_id
     ORDER BY a.attachment_id
     LIMIT 100
""")


def attachments_of(uow: UnitOfWork, voucher_id: uuid.UUID) -> list[Attachment]:
    """Return the attachments in the order in which they came; the caller may read the voucher."""
    rows = uow.connection.execute(OF_VOUCHER, {"voucher_id": voucher_id}).mappings()
    return [Attachment(**row) for row in rows]


def one_attachment(
    uow: UnitOfWork, *, voucher_id: uuid.UUID, attachment_id: uuid.UUID
) -> Attachment:
    """Return one of the voucher's attachments; raise AttachmentNotFound."""
    for attachment in attachments_of(uow, voucher_id):
        if attachment.attachment_id == attachment_id:
            return attachment
    raise AttachmentNotFound


def read_attachment(
    uow: UnitOfWork, *, voucher_id: uuid.UUID, attachment_id: uuid.UUID
) -> tuple[Attachment, Blob]:
    """Return an attachment and its content; raise VoucherNotFound or AttachmentNotFound."""
    voucher = read_voucher(uow, voucher_id)
    found = one_attachment(uow, voucher_id=voucher.voucher_id, attachment_id=attachment_id)
    return found, blobs.get(uow, found.digest)
