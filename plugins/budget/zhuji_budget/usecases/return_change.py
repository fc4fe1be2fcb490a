"""Send a change back to its writer with the reason (退回補正)."""

from __future__ import annotations

import uuid

from zhuji_budget.domain.changes import rules
from zhuji_budget.domain.changes.model import Change
from zhuji_budget.permissions import RETURN_CHANGE
from zhuji_budget.store import changes
from zhuji_budget.usecases._change import lock_one
from zhuji_core.uow import UnitOfWork


def return_change(uow: UnitOfWork, *, document_id: uuid.UUID, reason: str) -> Change:
    """Return the document; it may be mended and submitted again under its number.

    Raises ChangeNotFound, Forbidden, ChangeIncomplete, ChangeTextLong or a refusal of state.
    """
    before = lock_one(uow, document_id, permission=RETURN_CHANGE).change
    returned = rules.send_back(before, reason=reason)
    changes.save_state(uow, returned)
    uow.audit(
        RETURN_CHANGE.name,
        returned.document,
        before={"state": str(before.state)},
        after={"state": str(returned.state), "reason": returned.return_reason},
    )
    return returned
