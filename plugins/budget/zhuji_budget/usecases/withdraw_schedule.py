"""Withdraw a schedule that was not approved; the agency may begin another (撤回)."""

from __future__ import annotations

import uuid

import msgspec

from zhuji_budget.domain.schedule import Schedule, ScheduleState
from zhuji_budget.domain.schedule_rules import IN_WORK, require_state
from zhuji_budget.permissions import WRITE_ALLOTMENT
from zhuji_budget.usecases._schedule import lock_one, save_act
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_


def withdraw_schedule(uow: UnitOfWork, *, schedule_id: uuid.UUID) -> Schedule:
    """Withdraw the schedule for good; raise ScheduleNotFound, Forbidden or WrongState."""
    before = lock_one(uow, schedule_id, permission=WRITE_ALLOTMENT)
    require_state(before, IN_WORK, action=N_("撤回"))
    after = msgspec.structs.replace(before, state=ScheduleState.WITHDRAWN)
    return save_act(uow, "budget.allotment.withdraw", before=before, after=after)
