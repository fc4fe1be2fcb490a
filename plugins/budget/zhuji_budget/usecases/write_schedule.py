"""Save keyed months of a schedule in work; what was not sent stays as it was."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import msgspec

from zhuji_budget.domain.schedule import Rule, Schedule, ScheduleLine
from zhuji_budget.domain.schedule_refusals import RowUnknown
from zhuji_budget.domain.schedule_rules import (
    EDITABLE,
    kind_of,
    require_keyed,
    require_months,
    require_short,
    require_state,
)
from zhuji_budget.permissions import WRITE_ALLOTMENT
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


class WantedMonths(Value, frozen=True, kw_only=True):
    """The twelve months of one row, NT dollars."""

    row_id: uuid.UUID
    months_ntd: tuple[int, ...]


def write_schedule(
    uow: UnitOfWork,
    *,
    schedule_id: uuid.UUID,
    wanted: Sequence[WantedMonths],
    reason: str | None = None,
    revision: int = 0,
) -> Schedule:
    """Save these rows' months upon the rows as they stand now.

    What is keyed is asked at once for what is wrong by itself; submission asks for all of it.
    Raises ScheduleNotFound, Forbidden, ScheduleRevised, WrongState, RowUnknown, MonthsMalformed,
    AllotmentPast or AllotmentExceeds; then nothing is kept.
    """
    before = lock_one(uow, schedule_id, permission=WRITE_ALLOTMENT, revision=revision)
    require_state(before, EDITABLE, action=N_("修改"))
    rows = rows_to_allot(uow, before)
    known = lines_upon(rows, schedules.lines(uow, schedule_id))
    months = _by_row(wanted, known)
    lines = [_keyed(line, months) for line in known]
    require_months(lines)
    after = msgspec.structs.replace(
        before,
        kind=kind_of(rows),
        writers=writers_of(uow, before),
        reason=before.reason if reason is None else require_short(reason),
    )
    keyed = [line for line in lines if line.row_id in months]
    by_row = {row.row_id: row for row in rows}
    require_keyed(after, keyed, by_row, clock=clock_for(uow, after))
    if lines == list(known) and after == before:
        uow.abandon("nothing of the schedule is changed")
        return before
    schedules.put_lines(uow, schedule_id, lines)
    return save_act(
        uow,
        WRITE_ALLOTMENT.name,
        before=before,
        after=after,
        told={
            "rows": len(months),
            "scheduled_ntd": sum(line.allotted_ntd for line in lines),
            "reason": after.reason,
        },
    )


def _by_row(
    wanted: Sequence[WantedMonths], known: Sequence[ScheduleLine]
) -> Mapping[uuid.UUID, tuple[int, ...]]:
    months: dict[uuid.UUID, tuple[int, ...]] = {}
    rows = {line.row_id for line in known}
    for one in wanted:
        if one.row_id not in rows or one.row_id in months:
            raise RowUnknown(row_id=str(one.row_id))
        months[one.row_id] = tuple(one.months_ntd)
    return months


def _keyed(line: ScheduleLine, months: Mapping[uuid.UUID, tuple[int, ...]]) -> ScheduleLine:
    keyed = months.get(line.row_id, line.months_ntd)
    if keyed == line.months_ntd:
        return line
    return msgspec.structs.replace(line, months_ntd=keyed, rule=Rule.MANUAL)
