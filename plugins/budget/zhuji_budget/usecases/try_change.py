"""Say what a document would do, and what forbids it, without keeping anything (試算)."""

from __future__ import annotations

import uuid

from zhuji_budget.domain.changes.model import BY_AGENCY, Change
from zhuji_budget.domain.changes.permit import require_agency
from zhuji_budget.permissions import READ_LINES, WRITE_CHANGE
from zhuji_budget.queries.changes import Preview, find_advance, find_change, preview_change
from zhuji_budget.usecases.write_change import (
    WantedChange,
    drafted,
    new_draft,
    require_editable,
)
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value


class Tried(Value, frozen=True, kw_only=True):
    """The document as it would be written, and its effect at this moment."""

    change: Change
    preview: Preview


def try_change(
    uow: UnitOfWork, *, wanted: WantedChange, document_id: uuid.UUID | None = None
) -> Tried:
    """Return what writing ``wanted`` and posting it now would do; nothing is locked or kept.

    What forbids it is part of the answer, but for rows whose figures the actor may not see: of
    those nothing is said (ChangeAgency, Forbidden). Raises also what ``write_change`` refuses of
    its content.
    """
    if document_id is None:
        draft = new_draft(uow, wanted)
    else:
        draft = find_change(uow, document_id).change
        require_editable(draft, wanted, by=uow.actor)
    uow.require(WRITE_CHANGE, agency_code=draft.agency_code)
    advance = find_advance(uow, wanted.advance_id)
    change = drafted(uow, draft, wanted, advance=advance)
    require_agency(change)
    if change.kind not in BY_AGENCY:
        for agency_code in sorted({line.agency_code for line in change.lines}):
            uow.require(READ_LINES, agency_code=agency_code)
    return Tried(change=change, preview=preview_change(uow, change))
