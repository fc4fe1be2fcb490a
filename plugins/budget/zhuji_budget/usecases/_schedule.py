"""What the verbs on a schedule share: lock one, refresh its lines, save it with its audit."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from zhuji_budget.domain.schedule import (
    ROWS_MAX,
    SIDE_TITLES,
    AllottedRow,
    Clock,
    Rule,
    Schedule,
    ScheduleLine,
    ScheduleState,
    clock_of,
)
from zhuji_budget.domain.schedule_refusals import (
    NothingToAllot,
    ScheduleNotFound,
    ScheduleRevised,
    TooManyRows,
)
from zhuji_budget.domain.schedule_rules import refreshed
from zhuji_budget.queries.schedules import is_readable
from zhuji_budget.store import digests, schedules
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork


def lock_one(
    uow: UnitOfWork,
    schedule_id: uuid.UUID,
    *,
    permission: Permission,
    revision: int = 0,
    of_supervisor: bool = False,
) -> Schedule:
    """Lock the schedule; raise ScheduleNotFound, Forbidden, or ScheduleRevised.

    Who may not read it is told that it does not exist. ``revision`` 0: whichever.
    ``of_supervisor``: the right is asked for in the agency that supervises.
    """
    found = schedules.lock(uow, schedule_id)
    if found is None or not is_readable(
        uow, agency_code=found.agency_code, supervisor_code=found.supervisor_code
    ):
        uow.require(permission)
        raise ScheduleNotFound
    where = found.supervisor_code if of_supervisor else found.agency_code
    uow.require(permission, agency_code=where or found.agency_code)
    if revision and revision != found.revision:
        raise ScheduleRevised(label=found.label)
    return found


def rows_to_allot(uow: UnitOfWork, schedule: Schedule) -> list[AllottedRow]:
    """Return what the agency allots now; raise NothingToAllot or TooManyRows."""
    rows = schedules.read_rows(
        uow,
        fiscal_year=schedule.fiscal_year,
        agency_code=schedule.agency_code,
        side=schedule.side,
    )
    if not rows:
        raise NothingToAllot(
            agency=schedule.agency_name,
            year=schedule.fiscal_year,
            side=SIDE_TITLES[schedule.side],
        )
    if len(rows) > ROWS_MAX:
        raise TooManyRows(agency=schedule.agency_name, rows=len(rows), rows_max=ROWS_MAX)
    return rows


def lines_upon(rows: Sequence[AllottedRow], known: Sequence[ScheduleLine]) -> list[ScheduleLine]:
    """Return the known lines upon the rows as they stand now, and lines for new rows."""
    by_row = {line.row_id: line for line in known}
    last_no = max((line.line_no for line in known), default=0)
    lines = []
    for row in rows:
        line = by_row.get(row.row_id)
        if line is None:
            last_no += 1
            line = _new_line(row, last_no)
        lines.append(refreshed(line, row))
    return sorted(lines, key=lambda line: line.line_no)


def _new_line(row: AllottedRow, line_no: int) -> ScheduleLine:
    return ScheduleLine(
        row_id=row.row_id,
        line_no=line_no,
        code=row.code,
        name=row.name,
        object_code=row.object_code,
        object_name=row.object_name,
        account=row.account,
        base_ntd=row.months_ntd,
        months_ntd=row.months_ntd,
        rule=Rule.KEPT,
    )


def writers_of(uow: UnitOfWork, schedule: Schedule) -> tuple[uuid.UUID, ...]:
    """Return who has keyed the schedule, the actor and whom the actor acts for among them."""
    return tuple(sorted({*schedule.writers, *uow.actor.persons}))


def clock_for(uow: UnitOfWork, schedule: Schedule) -> Clock:
    """Return how far the schedule's year has come on the business date."""
    return clock_of(
        fiscal_year=schedule.fiscal_year,
        business_year=uow.fiscal_year,
        month=uow.business_date.month,
    )


def save_act(
    uow: UnitOfWork,
    action: str,
    *,
    before: Schedule,
    after: Schedule,
    told: Mapping[str, object] | None = None,
) -> Schedule:
    """Save the schedule after a verb, with its audit."""
    schedules.save(uow, after)
    kept = {}
    if after.state is ScheduleState.APPROVED:
        kept = {digests.DIGEST: digests.of_schedule(uow, after.schedule_id)}
    uow.audit(
        action,
        after.document,
        before={"state": str(before.state)},
        after={"state": str(after.state), **(told or {}), **kept},
    )
    return after
