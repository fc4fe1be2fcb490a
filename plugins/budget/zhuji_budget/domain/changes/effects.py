"""What a change does to every control row. Pure.

The preview that a writer sees and the decision that posts the document are these same functions.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import msgspec

from zhuji_budget.domain.adjustment import (
    Adjustment,
    RevenueAdjustment,
    RevenueBefore,
    RowBefore,
)
from zhuji_budget.domain.changes import refusals
from zhuji_budget.domain.changes.model import MONTHS, Change, ChangeKind
from zhuji_budget.domain.reserve_limit import AgencyReserve
from zhuji_core.values import Value


class Circumstances(Value, frozen=True, kw_only=True):
    """What the decision needs to know besides the rows, read under their lock.

    ``vired_in`` and ``vired_out``: what virements of this year that stand moved into and out of a
    row. ``month``: the last month that has begun, 0 to 12. ``binds_to_date``: certification is
    held to the allotment to date. ``advance``: what was advanced, what of it is included, and
    which agency's it is ("": whichever, its agency has no budget in this year). ``reserves``: first
    reserves of the document's agencies as voted until now. ``pooled``: what a row has of pooled
    lines (+) or has lent (−). ``reduced``: what reductions that stand took from a row.
    ``unallotted``: agencies of the document that have no allotment yet.
    """

    year_state: str
    business_year: int
    month: int
    binds_to_date: bool
    vired_in: Mapping[uuid.UUID, int] = {}
    vired_out: Mapping[uuid.UUID, int] = {}
    advanced_ntd: int | None = None
    included_ntd: int = 0
    advance_agency: str = ""
    pooled: Mapping[uuid.UUID, int] = {}
    reduced: Mapping[uuid.UUID, int] = {}
    unallotted: frozenset[str] = frozenset()
    reserves: tuple[AgencyReserve, ...] = ()


class RowEffect(Value, frozen=True, kw_only=True):
    """One control row before the document, and the deltas that the document makes."""

    before: RowBefore
    adjustment: Adjustment

    @property
    def budget_after_ntd(self) -> int:
        return self.before.budget_ntd + self.adjustment.change_ntd

    @property
    def frozen_after_ntd(self) -> int:
        return self.before.frozen_ntd + self.adjustment.frozen_ntd

    @property
    def months_after(self) -> tuple[int, ...]:
        pairs = zip(self.before.allotment_ntd, self.adjustment.months, strict=True)
        return tuple(allotted + delta for allotted, delta in pairs)

    @property
    def left_after_ntd(self) -> int:
        """全年餘額 after the document."""
        return self.budget_after_ntd - self.frozen_after_ntd - self.before.used_ntd

    @property
    def unallotted_after_ntd(self) -> int:
        return self.budget_after_ntd - self.frozen_after_ntd - sum(self.months_after)

    @property
    def is_neutral(self) -> bool:
        """Tell whether nothing of the row changes (an advance outside the budget)."""
        return self.adjustment == Adjustment(control_row_id=self.before.control_row_id)


class RevenueEffect(Value, frozen=True, kw_only=True):
    """One row of revenue before the document, and the deltas that the document makes."""

    before: RevenueBefore
    adjustment: RevenueAdjustment

    @property
    def budget_after_ntd(self) -> int:
        return self.before.budget_ntd + self.adjustment.change_ntd

    @property
    def months_after(self) -> tuple[int, ...]:
        pairs = zip(self.before.allotment_ntd, self.adjustment.months, strict=True)
        return tuple(allotted + delta for allotted, delta in pairs)

    @property
    def unallotted_after_ntd(self) -> int:
        return self.budget_after_ntd - sum(self.months_after)


def effects_of(change: Change, rows: Sequence[RowBefore]) -> tuple[RowEffect, ...]:
    """Return the effect on each row, in the order of the document; lines of one row are added.

    Raises ChangeRow for a line whose row is not among ``rows``.
    """
    known = {row.control_row_id: row for row in rows}
    deltas: dict[uuid.UUID, Adjustment] = {}
    for line in change.expenditures:
        row = known.get(line.row_id) if line.row_id else None
        if row is None or row.fiscal_year != change.fiscal_year:
            raise refusals.ChangeRow(line_no=line.line_no, fiscal_year=change.fiscal_year)
        before = deltas.get(row.control_row_id, Adjustment(control_row_id=row.control_row_id))
        deltas[row.control_row_id] = _added(before, change.kind, line.amount_ntd, line.month)
    return tuple(RowEffect(before=known[row_id], adjustment=one) for row_id, one in deltas.items())


def revenue_effects_of(change: Change, rows: Sequence[RevenueBefore]) -> tuple[RevenueEffect, ...]:
    """Return the effect on each row of revenue, in the order of the document.

    Raises ChangeRow for a line whose row is not among ``rows``.
    """
    known = {row.revenue_row_id: row for row in rows}
    deltas: dict[uuid.UUID, RevenueAdjustment] = {}
    for line in change.revenues:
        row = known.get(line.row_id) if line.row_id else None
        if row is None or row.fiscal_year != change.fiscal_year:
            raise refusals.ChangeRow(line_no=line.line_no, fiscal_year=change.fiscal_year)
        before = deltas.get(
            row.revenue_row_id, RevenueAdjustment(revenue_row_id=row.revenue_row_id)
        )
        months = list(before.months)
        if 1 <= line.month <= MONTHS:  # another month is refused with the lines
            months[line.month - 1] += line.amount_ntd
        change_ntd = before.change_ntd + line.amount_ntd
        deltas[row.revenue_row_id] = msgspec.structs.replace(
            before, change_ntd=change_ntd, months=tuple(months)
        )
    return tuple(
        RevenueEffect(before=known[row_id], adjustment=one) for row_id, one in deltas.items()
    )


def _added(before: Adjustment, kind: ChangeKind, amount_ntd: int, month: int) -> Adjustment:
    """Add one line to what the document makes of its row."""
    if kind is ChangeKind.ADVANCE:
        return before
    allotted_ntd = -amount_ntd if kind is ChangeKind.CONDITION else amount_ntd
    months = list(before.months)
    if 1 <= month <= MONTHS:  # another month is refused with the lines
        months[month - 1] += allotted_ntd
    if kind in {ChangeKind.CONDITION, ChangeKind.RELEASE}:
        frozen_ntd = before.frozen_ntd - allotted_ntd
        return msgspec.structs.replace(before, frozen_ntd=frozen_ntd, months=tuple(months))
    change_ntd = before.change_ntd + amount_ntd
    return msgspec.structs.replace(before, change_ntd=change_ntd, months=tuple(months))
