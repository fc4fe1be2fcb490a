"""The supervising agency passes a change on to the budget office, or sends it back (預算法 64)."""

from __future__ import annotations

import uuid

from zhuji_budget.domain.changes import rules
from zhuji_budget.domain.changes.model import Change
from zhuji_budget.domain.supervisor import Endorsement
from zhuji_budget.permissions import ENDORSE_CHANGE
from zhuji_budget.store import changes
from zhuji_budget.usecases._change import Locked, lock_one, settle
from zhuji_core.uow import UnitOfWork


def endorse_change(
    uow: UnitOfWork, *, document_id: uuid.UUID, opinion: Endorsement, reason: str = ""
) -> Change:
    """Approve the document for the supervising agency, or return it to its writer with a reason.

    Raises ChangeNotFound, Forbidden (the right is of the supervising agency), OwnDocument,
    ChangeIncomplete, ChangeTextLong, a refusal of state, or what the law and the money say at this
    moment; then nothing is kept.
    """
    locked = lock_one(uow, document_id, permission=ENDORSE_CHANGE, of_supervisor=True)
    rules.require_endorser(locked.change, by=uow.actor)
    if opinion is Endorsement.RETURN:
        return _returned(uow, locked, reason)
    endorsed = rules.endorse(locked.change, by=uow.actor)
    noted = {"endorsement": str(opinion)}
    return settle(uow, endorsed, locked, action=ENDORSE_CHANGE.name, noted=noted)


def _returned(uow: UnitOfWork, locked: Locked, reason: str) -> Change:
    returned = rules.send_back_to_agency(locked.change, reason=reason)
    changes.save_state(uow, returned)
    uow.audit(
        ENDORSE_CHANGE.name,
        returned.document,
        before={"state": str(locked.change.state)},
        after={
            "state": str(returned.state),
            "endorsement": str(Endorsement.RETURN),
            "reason": returned.return_reason,
        },
    )
    return returned
