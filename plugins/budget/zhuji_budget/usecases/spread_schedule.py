"""Fill the months of a schedule by rule: equally, as last year, or by the progress of a plan."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence

import msgspec

from zhuji_budget.domain.allotment import PERCENT
from zhuji_budget.domain.schedule import AllottedRow, Rule, Schedule, ScheduleKind, ScheduleLine
from zhuji_budget.domain.schedule_refusals import PatternMissing, RowUnknown
from zhuji_budget.domain.schedule_rules import EDITABLE, kind_of, percents, require_state, spread
from zhuji_budget.permissions import WRITE_ALLOTMENT
from zhuji_budget.queries.allotment_pattern import Pattern, last_years_patterns
from zhuji_budget.store import schedules
from zhuji_budget.usecases._schedule import (
    clock_for,
    lines_upon,
    lock_one,
    rows_to_allot,
    save_act,
    writers_of,
)
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value


class Spread(Value, frozen=True, kw_only=True):
    """A rule, the rows it fills, and the twelve percents of a plan.

    None named: all but reserves, which have no months (預算法 22, 64).
    """

    rule: Rule
    row_ids: tuple[uuid.UUID, ...] = ()
    percents: tuple[int, ...] = ()


def spread_schedule(
    uow: UnitOfWork, *, schedule_id: uuid.UUID, wanted: Spread, revision: int = 0
) -> Schedule:
    """Spread what may be allotted of the named rows; in a revision only over months to come.

    Raises ScheduleNotFound, Forbidden, ScheduleRevised, WrongState, RowUnknown, PlanPercent or
    PatternMissing; then nothing is kept.
    """
    before = lock_one(uow, schedule_id, permission=WRITE_ALLOTMENT, revision=revision)
    require_state(before, EDITABLE, action=N_("依規則分配"))
    rows = rows_to_allot(uow, before)
    after = msgspec.structs.replace(before, kind=kind_of(rows), writers=writers_of(uow, before))
    patterns = _patterns(uow, after, rows, wanted)
    chosen = _chosen(wanted.row_ids, rows)
    # The running month of a revision may still be raised or lowered, those over may not.
    kept = clock_for(uow, after).past if after.kind is ScheduleKind.REVISION else 0
    by_row = {row.row_id: row for row in rows}
    lines = [
        _spread_line(line, by_row[line.row_id], patterns.get(line.row_id), wanted.rule, kept)
        if line.row_id in chosen
        else line
        for line in lines_upon(rows, schedules.lines(uow, schedule_id))
    ]
    schedules.put_lines(uow, schedule_id, lines)
    return save_act(
        uow,
        WRITE_ALLOTMENT.name,
        before=before,
        after=after,
        told={
            "rule": str(wanted.rule),
            "rows": len(chosen),
            "scheduled_ntd": sum(line.allotted_ntd for line in lines),
        },
    )


def _patterns(
    uow: UnitOfWork, schedule: Schedule, rows: Sequence[AllottedRow], wanted: Spread
) -> Mapping[uuid.UUID, Pattern]:
    if wanted.rule is Rule.PLAN:
        plan = Pattern(weights=percents(wanted.percents), rule=Rule.PLAN)
        return {row.row_id: plan for row in rows}
    if wanted.rule is Rule.EQUAL:
        return {}
    found = last_years_patterns(
        uow,
        rows,
        fiscal_year=schedule.fiscal_year,
        agency_code=schedule.agency_code,
        side=schedule.side,
    )
    if not found:
        raise PatternMissing(agency=schedule.agency_name, year=schedule.fiscal_year - 1)
    return found


def _chosen(row_ids: Sequence[uuid.UUID], rows: Sequence[AllottedRow]) -> Collection[uuid.UUID]:
    known = {row.row_id for row in rows}
    for row_id in row_ids:
        if row_id not in known:
            raise RowUnknown(row_id=str(row_id))
    return set(row_ids) or {row.row_id for row in rows if not row.is_reserve}


def _spread_line(
    line: ScheduleLine, row: AllottedRow, pattern: Pattern | None, rule: Rule, kept: int
) -> ScheduleLine:
    if pattern is None:
        months = spread(row, Rule.EQUAL, kept=kept)
        return msgspec.structs.replace(line, months_ntd=months, rule=rule)
    whole = PERCENT if rule is Rule.PLAN else sum(pattern.weights)
    months = spread(row, pattern.rule, kept=kept, weights=pattern.weights, whole=whole)
    return msgspec.structs.replace(line, months_ntd=months, rule=pattern.rule)
