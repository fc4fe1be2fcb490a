"""SQL that attaches kept files to vouchers. The voucher is locked before."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from zhuji_accounting.domain.ledger.attachment import Attachment
from zhuji_core.uow import UnitOfWork

INSERT = sa.text("""
    INSERT INTO accounting.voucher_attachment
           (attachment_id, voucher_id, digest, file_name, media_type, size_bytes, attached_by,
            attached_by_name, attached_at)
    VALUES (:attachment_id, :voucher_id, decode(:digest, 'hex'), :file_name, :media_type,
            :size_bytes, :attached_by, :attached_by_name, :attached_at)
""")
DELETE = sa.text("DELETE FROM accounting.voucher_attachment WHERE attachment_id = :attachment_id")


def insert(uow: UnitOfWork, attachment: Attachment) -> None:
    values = {name: getattr(attachment, name) for name in attachment.__struct_fields__}
    uow.connection.execute(INSERT, values)


def delete(uow: UnitOfWork, attachment_id: uuid.UUID) -> None:
    deleted = uow.connection.execute(DELETE, {"attachment_id": attachment_id})
    assert deleted.rowcount == 1, "its voucher is locked"
