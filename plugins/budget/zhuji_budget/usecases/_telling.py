"""Tell others what the budget did: enactment, months released, changes. The caller holds the year.

Everything about one agency and year is told under one document id, in the order of the year's lock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Mapping, Sequence

from zhuji_budget.domain.adjustment import Adjustment, RevenueAdjustment
from zhuji_budget.domain.changes.effects import RevenueEffect, RowEffect
from zhuji_budget.domain.changes.model import Change
from zhuji_budget.domain.release import MonthRelease, due, first_day, stream_of
from zhuji_budget.domain.schedule import Schedule, ScheduleLine, Side, clock_of
from zhuji_budget.domain.schedule_rules import deltas
from zhuji_budget.domain.year import BudgetYear
from zhuji_budget.queries.enacted import enacted_agencies
from zhuji_budget.store import releases
from zhuji_budget.store.posted_changes import PostedChange
from zhuji_core.contracts.budgets import (
    AllotmentReleased,
    BudgetEnacted,
    ChangedRow,
    ChangePosted,
    ReleasedRow,
)
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

MONTH, REVISION = "month", "revision"


class Reached(Value, frozen=True, kw_only=True):
    """Up to which month agencies were released, by side; who is not named: none."""

    expenditure: Mapping[str, int] = {}
    revenue: Mapping[str, int] = {}


def tell_enacted(
    uow: UnitOfWork,
    year: BudgetYear,
    *,
    agencies: Container[str] | None = None,
    effective_on: dt.date | None = None,
) -> None:
    """Tell each agency's baseline, effective from the year's first day unless said otherwise."""
    for agency in enacted_agencies(uow, fiscal_year=year.fiscal_year):
        if agencies is not None and agency.agency_code not in agencies:
            continue
        uow.record(
            BudgetEnacted(
                event_id=new_id(),
                fiscal_year=year.fiscal_year,
                agency_code=agency.agency_code,
                document_id=year.document_id,
                label=year.document.label,
                act_no=year.act_no,
                effective_on=effective_on or first_day(year.fiscal_year),
                business_date=uow.business_date,
                expenditure_ntd=sum(row.amount_ntd for row in agency.expenditure),
                expenditure=agency.expenditure,
                revenue_ntd=sum(row.amount_ntd for row in agency.revenue),
                revenue=agency.revenue,
            ),
            document_id=stream_of(year.document_id, agency.agency_code),
        )


def release_begun(
    uow: UnitOfWork,
    year: BudgetYear,
    *,
    side: Side,
    agencies: Sequence[str] | None = None,
    marked: Sequence[str] = (),
) -> list[MonthRelease]:
    """Release and tell the months that have begun and were not released; of all agencies: None."""
    begun = clock_of(
        fiscal_year=year.fiscal_year,
        business_year=uow.fiscal_year,
        month=uow.business_date.month,
    ).to_date
    rows = releases.rows_behind(
        uow, fiscal_year=year.fiscal_year, side=side, begun=begun, agencies=agencies
    )
    released = due(rows, side=side, begun=begun, marked=marked)
    releases.write(uow, released, fiscal_year=year.fiscal_year)
    for release in released:
        if release.rows:
            uow.record(
                AllotmentReleased(
                    event_id=new_id(),
                    fiscal_year=year.fiscal_year,
                    agency_code=release.agency_code,
                    side=str(side),
                    month=release.month,
                    occasion=MONTH,
                    document_id=year.document_id,
                    label=year.document.label,
                    amount_ntd=release.amount_ntd,
                    rows=release.rows,
                    effective_on=first_day(year.fiscal_year, release.month),
                    business_date=uow.business_date,
                ),
                document_id=stream_of(year.document_id, release.agency_code),
            )
    return released


def tell_revision(
    uow: UnitOfWork, year: BudgetYear, schedule: Schedule, changed: Sequence[ScheduleLine]
) -> None:
    """Tell what an approved schedule changed of months that were released before."""
    agency = schedule.agency_code
    reached = releases.released_to(uow, [agency], fiscal_year=year.fiscal_year, side=schedule.side)
    for month in range(1, reached[agency] + 1):
        moved = [(line.row_id, deltas(line)[month - 1]) for line in changed]
        rows = tuple(ReleasedRow(row_id=row, amount_ntd=ntd) for row, ntd in moved if ntd)
        if rows:
            uow.record(
                AllotmentReleased(
                    event_id=new_id(),
                    fiscal_year=year.fiscal_year,
                    agency_code=agency,
                    side=str(schedule.side),
                    month=month,
                    occasion=REVISION,
                    document_id=schedule.schedule_id,
                    label=schedule.label,
                    amount_ntd=sum(row.amount_ntd for row in rows),
                    rows=rows,
                    effective_on=uow.business_date,
                    business_date=uow.business_date,
                ),
                document_id=stream_of(year.document_id, agency),
            )


def tell_change(
    uow: UnitOfWork,
    year: BudgetYear,
    change: Change,
    effects: Sequence[RowEffect],
    revenues: Sequence[RevenueEffect] = (),
) -> None:
    """Tell each agency's part of a posted document."""
    spent = {effect.before.agency_code for effect in effects}
    earned = {effect.before.agency_code for effect in revenues}
    wanted = {"fiscal_year": year.fiscal_year}
    reached = Reached(
        expenditure=releases.released_to(uow, sorted(spent), side=Side.EXPENDITURE, **wanted),
        revenue=releases.released_to(uow, sorted(earned), side=Side.REVENUE, **wanted),
    )
    posted = PostedChange(
        change=change,
        posted_on=uow.business_date,
        effects=tuple(effects),
        revenues=tuple(revenues),
    )
    _tell_change(uow, year, posted, reached, effective_on=uow.business_date)


def tell_past_change(
    uow: UnitOfWork, year: BudgetYear, posted: PostedChange, *, effective_on: dt.date
) -> None:
    """Tell a document that was posted before others were told of any.

    The releases that came after it hold what it did to months: none is told as released by it.
    """
    _tell_change(uow, year, posted, Reached(), effective_on=effective_on)


def _tell_change(
    uow: UnitOfWork,
    year: BudgetYear,
    posted: PostedChange,
    reached: Reached,
    *,
    effective_on: dt.date,
) -> None:
    change, effects, revenues = posted.change, posted.effects, posted.revenues
    spent = {effect.before.agency_code for effect in effects}
    earned = {effect.before.agency_code for effect in revenues}
    for agency_code in sorted(spent | earned):
        expenditure_rows = tuple(
            _expenditure_row(effect, reached.expenditure)
            for effect in effects
            if effect.before.agency_code == agency_code
        )
        revenue_rows = tuple(
            _revenue_row(effect, reached.revenue)
            for effect in revenues
            if effect.before.agency_code == agency_code
        )
        uow.record(
            ChangePosted(
                event_id=new_id(),
                fiscal_year=year.fiscal_year,
                agency_code=agency_code,
                document_id=change.document_id,
                label=change.label,
                kind=str(change.kind),
                act_no=change.act_no,
                purpose=change.purpose,
                reverses_id=change.reverses_id,
                effective_on=effective_on,
                business_date=uow.business_date,
                change_ntd=sum(row.change_ntd for row in expenditure_rows),
                released_ntd=sum(row.released_ntd for row in expenditure_rows),
                expenditure=expenditure_rows,
                revenue_change_ntd=sum(row.change_ntd for row in revenue_rows),
                revenue_released_ntd=sum(row.released_ntd for row in revenue_rows),
                revenue=revenue_rows,
            ),
            document_id=stream_of(year.document_id, agency_code),
        )


def _expenditure_row(effect: RowEffect, reached: Mapping[str, int]) -> ChangedRow:
    row, moved = effect.before, effect.adjustment
    return ChangedRow(
        row_id=row.control_row_id,
        code=row.line_code,
        name=row.line_name,
        object_code=row.object_code,
        object_name=row.object_name,
        account=row.account,
        change_ntd=moved.change_ntd,
        frozen_ntd=moved.frozen_ntd,
        months_ntd=moved.months,
        released_ntd=_released_ntd(moved, reached.get(row.agency_code, 0)),
    )


def _revenue_row(effect: RevenueEffect, reached: Mapping[str, int]) -> ChangedRow:
    row, moved = effect.before, effect.adjustment
    return ChangedRow(
        row_id=row.revenue_row_id,
        code=row.code,
        name=row.name,
        object_code=row.source_code,
        object_name=row.source_name,
        account=row.account,
        change_ntd=moved.change_ntd,
        frozen_ntd=0,
        months_ntd=moved.months,
        released_ntd=_released_ntd(moved, reached.get(row.agency_code, 0)),
    )


def _released_ntd(moved: Adjustment | RevenueAdjustment, reached: int) -> int:
    return sum(moved.months[:reached])
