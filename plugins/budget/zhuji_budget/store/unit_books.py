"""SQL that keeps what a unit book tells beside the line items of its estimate."""

from __future__ import annotations

import uuid

import msgspec
import sqlalchemy as sa

from zhuji_budget.domain.unit_book.entered import Entered
from zhuji_core.uow import UnitOfWork

KEEP = sa.text("""
    INSERT INTO budget.unit_book AS u (estimate_id, file_name, digest, entered)
    VALUES (:estimate_id, :file_name, :digest, CAST(:entered AS jsonb))
        ON CONFLICT (estimate_id) DO UPDATE
       SET file_name = COALESCE(NULLIF(excluded.file_name, ''), u.file_name),
           digest = COALESCE(NULLIF(excluded.digest, ''), u.digest),
           entered = excluded.entered
""")
READ = sa.text("""
    SELECT u.entered FROM budget.unit_book AS u WHERE u.estimate_id = :estimate_id
""")


def keep(
    uow: UnitOfWork,
    estimate_id: uuid.UUID,
    entered: Entered,
    *,
    file_name: str = "",
    digest: str = "",
) -> None:
    """Keep it beside the estimate, which the caller has locked; what stood there is replaced.

    Without ``file_name`` the book that was imported stays named.
    """
    uow.connection.execute(
        KEEP,
        {
            "estimate_id": estimate_id,
            "file_name": file_name,
            "digest": digest,
            "entered": msgspec.json.encode(entered).decode(),
        },
    )


def read(uow: UnitOfWork, estimate_id: uuid.UUID) -> Entered:
    """Return what was entered, nothing where no book was imported and nothing keyed."""
    found = uow.connection.execute(READ, {"estimate_id": estimate_id}).scalar_one_or_none()
    return Entered() if found is None else msgspec.convert(found, Entered)
