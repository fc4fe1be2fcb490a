"""The agency's head approves a change: a virement takes effect, others go on.

A first reserve goes to the supervising agency where the county names one, others to the budget
office.
"""

from __future__ import annotations

import uuid

from zhuji_budget.domain.changes import rules
from zhuji_budget.domain.changes.model import Change
from zhuji_budget.permissions import AGREE_CHANGE
from zhuji_budget.queries.supervisors import supervisor_of
from zhuji_budget.usecases._change import lock_one, settle
from zhuji_core.identity.duties import Step
from zhuji_core.identity.duty_exceptions import note_uses
from zhuji_core.uow import UnitOfWork


def agree_change(uow: UnitOfWork, *, document_id: uuid.UUID) -> Change:
    """Approve the submitted document in the name of the actor (預算法 63: the head's decision).

    Raises ChangeNotFound, Forbidden, SamePerson, a refusal of state, or what the law and the
    money say at this moment; then nothing is kept.
    """
    locked = lock_one(uow, document_id, permission=AGREE_CHANGE)
    supervisor = supervisor_of(uow, locked.change.agency_code)
    agreed = rules.agree(locked.change, by=uow.actor, supervisor=supervisor)
    used = rules.require_duties(locked.change, by=uow.actor, step=Step.APPROVE)
    noted = note_uses(uow, used, document=agreed.document, step=Step.APPROVE)
    return settle(uow, agreed, locked, action=AGREE_CHANGE.name, noted=noted)
