"""Files as they were handed in: kept once by content (SHA-256), told apart by their first bytes."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from pathlib import PurePath

import sqlalchemy as sa

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

# The largest file that a clerk may hand in; a constraint of the table says the same.
BYTES_MAX = 10_485_760
NAME_MAX = 200
DIGEST_HEX = 64
# Blobs are known by their digest; the audit names documents by id.
BLOB_NAMESPACE = uuid.UUID("0198c5a0-0000-7000-8000-b10b00000001")

# By content, never by the name: (first bytes, media type). A ZIP says more about itself below.
MAGIC = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/vnd.ms-excel"),
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)
ZIP = b"PK\x03\x04"
OOXML = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
EXTENSIONS = {
    "application/vnd.ms-excel": ".xls",
    OOXML: ".xlsx",
    ODS: ".ods",
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
}
SPREADSHEETS = ("application/vnd.ms-excel", OOXML, ODS)
ODS_AT = 30  # the first entry of an OpenDocument file is its uncompressed media type

# A file that is there already is left as it was first stored, and nothing is told of it.
PUT = sa.text("""
    INSERT INTO kernel.blob (digest, file_name, media_type, content, stored_at)
    VALUES (:digest, :file_name, :media_type, :content, :now)
        ON CONFLICT (digest) DO NOTHING
    RETURNING digest
""")
GET = sa.text("""
    SELECT file_name, media_type, content, stored_at FROM kernel.blob WHERE digest = :digest
""")


class BlobTooLarge(DomainError):
    """More than a file may have."""

    code = "E-BLOB-SIZE"
    message = N_("檔案「{file}」過大，上限 {limit:,} 位元組。")
    status_code = 422


class BlobKind(DomainError):
    """The first bytes are of no kind of file that we keep."""

    code = "E-BLOB-KIND"
    message = N_("檔案「{file}」的內容不是可接受的格式（{accepted}）。")
    status_code = 422


class BlobNotFound(DomainError):
    """No such file was kept."""

    code = "E-BLOB-NOT-FOUND"
    message = N_("查無此檔案，請重新上傳。")
    status_code = 404


class Blob(Value, frozen=True, kw_only=True):
    """One kept file; ``digest`` is its SHA-256 in hex."""

    digest: str
    file_name: str
    media_type: str
    content: bytes

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind="kernel.blob",
            document_id=uuid.uuid5(BLOB_NAMESPACE, self.digest),
            label=self.file_name,
            agency_code="",
        )


def put(
    uow: UnitOfWork,
    *,
    file_name: str,
    content: bytes,
    action: str,
    accepted: Sequence[str] = tuple(EXTENSIONS),
) -> Blob:
    """Keep a file and audit it as ``action``; the same content twice is kept and told once.

    ``accepted`` are the media types to take. The caller asks for the permission.
    Raises BlobTooLarge or BlobKind; then nothing is kept.
    """
    name = clean_name(file_name)
    if len(content) > BYTES_MAX:
        raise BlobTooLarge(file=name, limit=BYTES_MAX)
    media_type = media_type_of(content)
    if media_type not in accepted:
        raise BlobKind(file=name, accepted="、".join(EXTENSIONS[one] for one in accepted))
    digest = hashlib.sha256(content)
    blob = Blob(digest=digest.hexdigest(), file_name=name, media_type=media_type, content=content)
    kept = uow.connection.execute(
        PUT,
        {
            "digest": digest.digest(),
            "file_name": name,
            "media_type": media_type,
            "content": content,
            "now": uow.now,
        },
    ).one_or_none()
    if kept is not None:
        uow.audit(
            action,
            blob.document,
            after={"sha256": blob.digest, "bytes": len(content), "media_type": media_type},
        )
    return blob


def get(uow: UnitOfWork, digest: str) -> Blob:
    """Return a kept file by its SHA-256 in hex; raise BlobNotFound."""
    try:
        key = bytes.fromhex(digest) if len(digest) == DIGEST_HEX else b""
    except ValueError:
        key = b""
    row = uow.connection.execute(GET, {"digest": key}).one_or_none()
    if row is None:
        raise BlobNotFound
    return Blob(
        digest=digest.lower(),
        file_name=row.file_name,
        media_type=row.media_type,
        content=bytes(row.content),
    )


def media_type_of(content: bytes) -> str:
    """Return the media type that the first bytes tell, or an empty text."""
    for magic, media_type in MAGIC:
        if content.startswith(magic):
            return media_type
    if not content.startswith(ZIP):
        return ""
    if content[ODS_AT:].startswith(f"mimetype{ODS}".encode()):
        return ODS
    # Names of a ZIP's parts stand uncompressed in its directory at the end.
    return OOXML if b"xl/workbook." in content else "application/zip"


def clean_name(file_name: str) -> str:
    """Return the name without folders and control characters, as it may be shown and kept."""
    last = PurePath(file_name.replace("\\", "/")).name
    return "".join(letter for letter in last if letter.isprintable())[:NAME_MAX] or "-"
