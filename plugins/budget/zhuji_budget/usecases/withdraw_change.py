"""The writer takes a change back for good, before it takes effect."""

from __future__ import annotations

import uuid

from zhuji_budget.domain.changes import rules
from zhuji_budget.domain.changes.model import Change
from zhuji_budget.store import changes
from zhuji_budget.usecases._change import lock_to_write
from zhuji_core.uow import UnitOfWork

ACTION = "budget.change.withdraw"


def withdraw_change(uow: UnitOfWork, *, document_id: uuid.UUID) -> Change:
    """Withdraw the document; its number, if it had one, stays with it.

    Raises ChangeNotFound, Forbidden, NotChangeWriter or a refusal of state.
    """
    before = lock_to_write(uow, document_id).change
    withdrawn = rules.withdraw(before, by=uow.actor)
    changes.save_state(uow, withdrawn)
    uow.audit(
        ACTION,
        withdrawn.document,
        before={"state": str(before.state)},
        after={"state": str(withdrawn.state)},
    )
    return withdrawn
