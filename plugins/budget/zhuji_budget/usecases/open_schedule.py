"""Begin an allotment schedule of an agency and year (擬編分配預算表), or a revision of it."""

from __future__ import annotations

import msgspec

from zhuji_budget.domain.schedule import (
    SIDE_TITLES,
    Opinion,
    Schedule,
    ScheduleKind,
    ScheduleState,
    Side,
)
from zhuji_budget.domain.schedule_refusals import NothingToAllot
from zhuji_budget.domain.schedule_rules import kind_of, require_short
from zhuji_budget.domain.year import STATE_TITLES as YEAR_TITLES
from zhuji_budget.domain.year import YearNotFound, YearState
from zhuji_budget.permissions import WRITE_ALLOTMENT
from zhuji_budget.store import schedules, years
from zhuji_budget.usecases._schedule import lines_upon, rows_to_allot
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork


def open_schedule(
    uow: UnitOfWork, *, fiscal_year: int, agency_code: str, side: Side, reason: str = ""
) -> Schedule:
    """Write a draft with a line for each row of the agency, its months as they are now.

    Raises Forbidden, YearNotFound, YearState, NothingToAllot, TooManyRows or ScheduleOpen; then
    nothing is kept.
    """
    uow.require(WRITE_ALLOTMENT, agency_code=agency_code)
    _require_enacted(uow, fiscal_year)
    name = schedules.agency_name(uow, fiscal_year=fiscal_year, agency_code=agency_code)
    if not name:
        raise NothingToAllot(agency=agency_code, year=fiscal_year, side=SIDE_TITLES[side])
    draft = _draft(uow, fiscal_year, agency_code, name, side)
    rows = rows_to_allot(uow, draft)
    draft = msgspec.structs.replace(draft, kind=kind_of(rows), reason=require_short(reason))
    schedules.insert(uow, draft)
    schedules.put_lines(uow, draft.schedule_id, lines_upon(rows, ()))
    uow.audit(
        WRITE_ALLOTMENT.name,
        draft.document,
        after={
            "state": str(draft.state),
            "kind": str(draft.kind),
            "side": str(side),
            "rows": len(rows),
        },
    )
    return draft


def _require_enacted(uow: UnitOfWork, fiscal_year: int) -> None:
    year = years.lock_shared(uow, fiscal_year=fiscal_year)
    if year is None:
        raise YearNotFound(fiscal_year=fiscal_year)
    if year.state == "bill":
        raise YearState(
            fiscal_year=fiscal_year,
            state=YEAR_TITLES[year.state],
            needed=YEAR_TITLES["enacted"],
        )


def _draft(
    uow: UnitOfWork, fiscal_year: int, agency_code: str, agency_name: str, side: Side
) -> Schedule:
    return Schedule(
        schedule_id=new_id(),
        fiscal_year=fiscal_year,
        agency_code=agency_code,
        agency_name=agency_name,
        side=side,
        kind=ScheduleKind.ALLOTMENT,
        state=ScheduleState.DRAFT,
        schedule_no=0,
        reason="",
        created_by=uow.actor.user_id,
        created_by_name=uow.actor.signature,
        writers=tuple(uow.actor.persons),
        created_at=uow.now,
        submitted_on=None,
        opinion=Opinion.NONE,
        comment="",
        commented_by_name="",
        approved_by_name="",
        approved_on=None,
        return_reason="",
        revision=1,
    )
