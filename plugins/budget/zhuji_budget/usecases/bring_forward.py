"""Bring into the next year what was carried over or is owed; take it back when its year opens."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from zhuji_budget.store import carried_rows
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.contracts.funds import BroughtForward, ControlRowNotFound, ForwardMoved
from zhuji_core.uow import UnitOfWork


def bring_forward(
    uow: UnitOfWork,
    *,
    fiscal_year: int,
    document: DocumentRef,
    brought: Sequence[BroughtForward],
) -> Mapping[uuid.UUID, uuid.UUID]:
    """Open the rows of former years that ``brought`` needs in ``fiscal_year``; tell each one's.

    Four statements whatever their number, in the caller's transaction. The counters of the year
    that ends stay: its final accounts show them as 保留數 and 應付數. Raises ControlRowNotFound.
    """
    if not brought:
        return {}
    rows = sorted({one.control_row_id for one in brought})
    opened = carried_rows.open_rows(uow, fiscal_year, rows)
    for row in rows:
        if row not in opened:
            raise ControlRowNotFound(control_row_id=str(row))
    carried_rows.bring(uow, document, brought, opened)
    return opened


def take_back_forward(uow: UnitOfWork, *, document: DocumentRef) -> bool:
    """Undo what ``document`` brought, whole: raise ForwardMoved when anything of it moved."""
    rows = sorted({row.control_row_id for row in carried_rows.brought_by(uow, document)})
    if not rows:
        return True
    years = {one.control_row_id: one.fiscal_year for one in carried_rows.lock(uow, rows)}
    found = carried_rows.brought_by(uow, document)
    for row in found:
        if row.left_ntd != row.brought_ntd:
            raise ForwardMoved(
                fiscal_year=years[row.control_row_id],
                label=row.commitment_label,
                brought_ntd=row.brought_ntd,
                left_ntd=row.left_ntd,
                arithmetic={"brought_ntd": row.brought_ntd, "left_ntd": row.left_ntd},
            )
    carried_rows.take_back(uow, document, found)
    return True
