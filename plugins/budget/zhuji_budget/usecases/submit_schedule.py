"""Submit an allotment schedule: to the supervising agency if there is one, else to finance."""

from __future__ import annotations

import uuid

import msgspec

from zhuji_budget.domain.schedule import Opinion, Schedule, ScheduleKind, ScheduleState
from zhuji_budget.domain.schedule_rules import (
    EDITABLE,
    require_allowed,
    require_changes,
    require_reason,
    require_state,
)
from zhuji_budget.permissions import WRITE_ALLOTMENT
from zhuji_budget.queries.supervisors import supervisor_of
from zhuji_budget.store import schedules
from zhuji_budget.usecases._schedule import clock_for, lock_one, rows_to_allot, save_act, writers_of
from zhuji_core.numbering import take_numbers
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

NUMBER_KIND = "allotment"


def submit_schedule(uow: UnitOfWork, *, schedule_id: uuid.UUID) -> Schedule:
    """Submit the draft or returned schedule; its number is given here and stays.

    Raises ScheduleNotFound, Forbidden, WrongState, ReasonMissing (a revision says why),
    NothingChanged, or what ``require_allowed`` raises; then nothing is kept.
    """
    before = lock_one(uow, schedule_id, permission=WRITE_ALLOTMENT)
    require_state(before, EDITABLE, action=N_("送出"))
    if before.kind is ScheduleKind.REVISION:
        require_reason(before.reason, what=N_("修改分配之理由"))
    lines = schedules.lines(uow, schedule_id)
    require_changes(before, lines)
    rows = {row.row_id: row for row in rows_to_allot(uow, before)}
    require_allowed(before, lines, rows, clock=clock_for(uow, before))
    supervisor = supervisor_of(uow, before.agency_code)
    submitted = msgspec.structs.replace(
        before,
        state=ScheduleState.SUPERVISING if supervisor.code else ScheduleState.SUBMITTED,
        supervisor_code=supervisor.code,
        supervisor_name=supervisor.name,
        endorsed_by=None,
        endorsed_for=None,
        endorsed_by_name="",
        endorsed_on=None,
        writers=writers_of(uow, before),
        submitted_on=uow.business_date,
        schedule_no=before.schedule_no or _number(uow, before),
        opinion=Opinion.NONE,
        comment="",
        commented_by=None,
        commented_for=None,
        commented_by_name="",
        return_reason="",
    )
    total_ntd = sum(line.allotted_ntd for line in lines)
    return save_act(
        uow,
        "budget.allotment.submit",
        before=before,
        after=submitted,
        told={"scheduled_ntd": total_ntd, "supervisor_code": supervisor.code},
    )


def _number(uow: UnitOfWork, schedule: Schedule) -> int:
    return take_numbers(
        uow,
        agency_code=schedule.agency_code,
        fiscal_year=schedule.fiscal_year,
        kind=NUMBER_KIND,
    )[0]
