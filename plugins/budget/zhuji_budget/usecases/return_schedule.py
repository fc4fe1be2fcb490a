"""Send a submitted schedule back to its agency with a reason (退回修正)."""

from __future__ import annotations

import uuid

import msgspec

from zhuji_budget.domain.schedule import Schedule, ScheduleState
from zhuji_budget.domain.schedule_rules import WAITING, require_reason, require_state
from zhuji_budget.permissions import APPROVE_ALLOTMENT
from zhuji_budget.usecases._schedule import lock_one, save_act
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_


def return_schedule(uow: UnitOfWork, *, schedule_id: uuid.UUID, reason: str) -> Schedule:
    """Return the schedule; its number stays for when it comes again.

    Raises ScheduleNotFound, Forbidden, WrongState, ReasonMissing or TextTooLong.
    """
    before = lock_one(uow, schedule_id, permission=APPROVE_ALLOTMENT)
    require_state(before, WAITING, action=N_("退回"))
    text = require_reason(reason, what=N_("退回理由"))
    after = msgspec.structs.replace(before, state=ScheduleState.RETURNED, return_reason=text)
    return save_act(
        uow, "budget.allotment.return", before=before, after=after, told={"reason": text}
    )
