"""Attachments of a voucher (傳票附件): which files, and which are refused. Pure."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from pathlib import PurePath

from zhuji_accounting.domain.ledger.voucher import Voucher, VoucherState
from zhuji_accounting.domain.ledger.voucher_rules import EDITABLE, require_state
from zhuji_core.values import N_, DomainError, Value

ATTACHMENTS_MAX = 50  # a slip with every receipt of a month
# What the first bytes say → how such a file may be called.
SUFFIXES = {
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "application/vnd.ms-excel": (".xls",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (".xlsx",),
    "application/vnd.oasis.opendocument.spreadsheet": (".ods",),
}
# What a browser shows beside the entries; the others are saved.
SHOWN = frozenset({"application/pdf", "image/png", "image/jpeg"})


class AttachmentLies(DomainError):
    """The name says another kind of file than its first bytes."""

    code = "E-ATTACHMENT-TYPE"
    message = N_("檔案「{file}」的副檔名與內容不符：內容為 {found}。請確認後以正確的檔名上傳。")
    status_code = 422


class AttachmentTwice(DomainError):
    """The same content is attached to this voucher already."""

    code = "E-ATTACHMENT-TWICE"
    message = N_("傳票 {label} 已附有內容相同的檔案「{file}」。")


class AttachmentsFull(DomainError):
    """More files than one voucher takes."""

    code = "E-ATTACHMENTS"
    message = N_("傳票 {label} 已有 {count} 個附件，上限 {attachments_max} 個。")


class AttachmentMissing(DomainError):
    """A form was sent without a file."""

    code = "E-ATTACHMENT-MISSING"
    message = N_("請選取要附上的檔案。")
    status_code = 422


class AttachmentNotFound(DomainError):
    """No such file belongs to this voucher."""

    code = "E-ATTACHMENT-NOT-FOUND"
    message = N_("此傳票沒有這個附件。")
    status_code = 404


class Attachment(Value, frozen=True, kw_only=True):
    """A kept file of a voucher; ``digest`` is its SHA-256 in hex."""

    attachment_id: uuid.UUID
    voucher_id: uuid.UUID
    digest: str
    file_name: str
    media_type: str
    size_bytes: int
    attached_by: uuid.UUID
    attached_by_name: str
    attached_at: dt.datetime

    @property
    def is_shown(self) -> bool:
        return self.media_type in SHOWN

    def summary(self) -> dict[str, object]:
        """Return what the audit keeps of it."""
        return {"file": self.file_name, "sha256": self.digest, "bytes": self.size_bytes}


def require_attachable(voucher: Voucher, held: Sequence[Attachment]) -> None:
    """Raise VoucherState once it is posted or withdrawn, AttachmentsFull for one too many."""
    open_states = [
        state
        for state in VoucherState
        if state not in {VoucherState.POSTED, VoucherState.WITHDRAWN}
    ]
    require_state(voucher, open_states, action=N_("加附件"))
    if len(held) >= ATTACHMENTS_MAX:
        raise AttachmentsFull(label=voucher.label, count=len(held), attachments_max=ATTACHMENTS_MAX)


def is_detachable(voucher: Voucher) -> bool:
    """Tell whether the voucher is with its preparer: nobody else has seen its files yet."""
    return voucher.state in EDITABLE


def require_detachable(voucher: Voucher) -> None:
    """Raise VoucherState unless the voucher is with its preparer: others have seen the file."""
    require_state(voucher, EDITABLE, action=N_("移除附件"))


def require_honest_name(file_name: str, media_type: str) -> None:
    """Raise AttachmentLies when the name ends as another kind of file does."""
    suffix = PurePath(file_name).suffix.casefold()
    if suffix and suffix not in SUFFIXES[media_type]:
        raise AttachmentLies(file=file_name, found=SUFFIXES[media_type][0])
