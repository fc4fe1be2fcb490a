"""Approve an allotment schedule (核定分配預算): its months become the rows' allotment."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec

from zhuji_budget.domain import schedule_rules as rules
from zhuji_budget.domain.schedule import Schedule, ScheduleLine, ScheduleState, Side
from zhuji_budget.domain.year import BudgetYear
from zhuji_budget.permissions import APPROVE_ALLOTMENT
from zhuji_budget.settings import MODULE, BudgetSettings
from zhuji_budget.store import digests, schedules, years
from zhuji_budget.store.adjustments import adjust, adjust_revenue
from zhuji_budget.usecases._schedule import clock_for, lock_one, save_act
from zhuji_budget.usecases._telling import release_begun, tell_revision
from zhuji_core.identity.duties import Step, done, require_separate
from zhuji_core.identity.duty_exceptions import note_uses
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_


def approve_schedule(uow: UnitOfWork, *, schedule_id: uuid.UUID, reason: str = "") -> Schedule:
    """Approve the schedule that finance has commented, or had its days for.

    ``reason`` answers an objection. The rows that change are locked, asked again by the rules of
    submission, and changed by deltas. Raises ScheduleNotFound, Forbidden, WrongState,
    CommentPending, ReasonMissing, SamePerson, EarlierHand, or what ``require_allowed`` raises.
    """
    before = lock_one(uow, schedule_id, permission=APPROVE_ALLOTMENT)
    rules.require_state(before, rules.WAITING, action=N_("核定"))
    days = uow.settings(BudgetSettings, module=MODULE).allotment_comment_days
    rules.require_commented(before, today=uow.business_date, days=days)
    answer = rules.require_answer_to(before, reason)
    used = require_separate(
        uow.actor,
        Step.APPROVE,
        (done(Step.WRITE, *before.writers),),
        label=before.label,
        agency_code=before.agency_code,
    )
    rules.require_other_hands(before, uow.actor.persons, action=N_("核定"))
    year = years.lock(uow, fiscal_year=before.fiscal_year)
    assert year is not None, "a schedule belongs to a year"
    changed = [line for line in schedules.lines(uow, schedule_id) if line.is_changed]
    _apply(uow, before, changed, year=year)
    approved = msgspec.structs.replace(
        before,
        state=ScheduleState.APPROVED,
        approved_by_name=uow.actor.signature,
        approved_on=uow.business_date,
    )
    noted = note_uses(uow, used, document=approved.document, step=Step.APPROVE)
    saved = save_act(
        uow,
        APPROVE_ALLOTMENT.name,
        before=before,
        after=approved,
        told={
            "control_rows": len(changed),
            "allotted_ntd": sum(sum(rules.deltas(line)) for line in changed),
            "reason": answer,
            **noted,
        },
    )
    _close_year(uow, saved, year)
    return saved


def _apply(
    uow: UnitOfWork, schedule: Schedule, changed: Sequence[ScheduleLine], *, year: BudgetYear
) -> None:
    """Change the rows; tell what that changed of released months, and release what is due."""
    rules.require_changes(schedule, changed)
    rows = schedules.lock_rows(uow, [line.row_id for line in changed], side=schedule.side)
    rules.require_allowed(schedule, changed, rows, clock=clock_for(uow, schedule))
    release_begun(uow, year, side=schedule.side, agencies=(schedule.agency_code,))
    if schedule.side is Side.REVENUE:
        adjust_revenue(uow, schedule.document, rules.revenue_adjustments(changed))
    else:
        adjust(uow, schedule.document, rules.adjustments(changed))
    tell_revision(uow, year, schedule, changed)
    release_begun(uow, year, side=schedule.side, agencies=(schedule.agency_code,))


def _close_year(uow: UnitOfWork, schedule: Schedule, year: BudgetYear) -> None:
    """With the last agency's first schedule the year is allotted, as by the county's shortcut."""
    if schedule.side is Side.REVENUE or year.state != "enacted":
        return
    if schedules.has_unallotted_agency(uow, fiscal_year=schedule.fiscal_year):
        return
    allotted = msgspec.structs.replace(year, state="allotted")
    years.set_state(uow, allotted)
    uow.audit(
        APPROVE_ALLOTMENT.name,
        allotted.document,
        before={"state": year.state},
        after={
            "state": allotted.state,
            "rule": "schedules",
            digests.DIGEST: digests.of_allotment(uow, allotted.document_id),
        },
    )
