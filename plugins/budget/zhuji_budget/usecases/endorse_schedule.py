"""The supervising agency passes a schedule on to finance, or sends it back (核轉分配預算)."""

from __future__ import annotations

import uuid

import msgspec

from zhuji_budget.domain.schedule import Schedule, ScheduleState
from zhuji_budget.domain.schedule_rules import (
    require_not_own,
    require_reason,
    require_short,
    require_state,
)
from zhuji_budget.domain.supervisor import Endorsement
from zhuji_budget.permissions import ENDORSE_ALLOTMENT
from zhuji_budget.usecases._schedule import lock_one, save_act
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_


def endorse_schedule(
    uow: UnitOfWork, *, schedule_id: uuid.UUID, opinion: Endorsement, reason: str = ""
) -> Schedule:
    """Pass the schedule on: finance's days begin today; or return it with a reason.

    Raises ScheduleNotFound, Forbidden (the right is of the supervising agency), WrongState,
    OwnDocument, ReasonMissing or TextTooLong; then nothing is kept.
    """
    before = lock_one(uow, schedule_id, permission=ENDORSE_ALLOTMENT, of_supervisor=True)
    require_state(before, (ScheduleState.SUPERVISING,), action=N_("核轉"))
    require_not_own(before, uow.actor.persons)
    principal = uow.actor.on_behalf_of
    if opinion is Endorsement.RETURN:
        text = require_reason(reason, what=N_("退回理由"))
        after = msgspec.structs.replace(before, state=ScheduleState.RETURNED, return_reason=text)
    else:
        text = require_short(reason)
        after = msgspec.structs.replace(
            before,
            state=ScheduleState.SUBMITTED,
            submitted_on=uow.business_date,
            endorsed_by=uow.actor.user_id,
            endorsed_for=principal.user_id if principal else None,
            endorsed_by_name=uow.actor.signature,
            endorsed_on=uow.business_date,
        )
    return save_act(
        uow,
        ENDORSE_ALLOTMENT.name,
        before=before,
        after=after,
        told={"endorsement": str(opinion), "reason": text},
    )
