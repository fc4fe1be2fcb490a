"""The budget office decides a change on the ground of an act; the counters move."""

from __future__ import annotations

import uuid

from zhuji_budget.domain.changes import rules
from zhuji_budget.domain.changes.model import Change
from zhuji_budget.domain.changes.reserve_use import require_reserve_use
from zhuji_budget.permissions import DECIDE_CHANGE
from zhuji_budget.usecases._change import lock_one, settle
from zhuji_core.identity.duties import Step
from zhuji_core.identity.duty_exceptions import note_uses
from zhuji_core.uow import UnitOfWork


def decide_change(uow: UnitOfWork, *, document_id: uuid.UUID, act_no: str) -> Change:
    """Make the document effective; ``act_no`` is the executive's or the council's number.

    Raises ChangeNotFound, Forbidden, SamePerson, ChangeActNumber, a refusal of state,
    ReserveCaseMissing, CouncilNotTold, or what the law and the money say at this moment; then
    nothing is kept.
    """
    locked = lock_one(uow, document_id, permission=DECIDE_CHANGE)
    decided = rules.decide(locked.change, by=uow.actor, act_no=act_no)
    require_reserve_use(locked.change, today=uow.business_date)
    used = rules.require_duties(locked.change, by=uow.actor, step=Step.CERTIFY)
    noted = note_uses(uow, used, document=decided.document, step=Step.CERTIFY)
    return settle(uow, decided, locked, action=DECIDE_CHANGE.name, noted=noted)
