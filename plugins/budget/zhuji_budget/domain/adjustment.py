"""Deltas that a document makes on counters after enactment, and the rows as they were met."""

from __future__ import annotations

import uuid

from zhuji_core.values import Value

NO_MONTHS = (0,) * 12


class Adjustment(Value, frozen=True, kw_only=True):
    """What one document changes of one control row, NT dollars, each as a delta.

    ``change_ntd`` of the budget (追加減, 流用, 預備金), ``frozen_ntd`` of what may not be used yet,
    ``months`` of the allotment of January to December.
    """

    control_row_id: uuid.UUID
    change_ntd: int = 0
    frozen_ntd: int = 0
    months: tuple[int, ...] = NO_MONTHS


class RevenueAdjustment(Value, frozen=True, kw_only=True):
    """The same for one row of revenue."""

    revenue_row_id: uuid.UUID
    change_ntd: int = 0
    months: tuple[int, ...] = NO_MONTHS


class RowBefore(Value, frozen=True, kw_only=True):
    """One locked control row as a change meets it, NT dollars; ``role``: see ``domain/roles``."""

    control_row_id: uuid.UUID
    line_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    line_code: str
    line_name: str
    plan_code: str
    function_code: str
    pooled: bool
    object_code: str
    object_name: str
    account: str
    bill_ntd: int
    council_ntd: int
    enacted_ntd: int
    changes_ntd: int
    frozen_ntd: int
    allotment_ntd: tuple[int, ...]
    encumbered_ntd: int
    advanced_ntd: int
    expended_ntd: int
    closed_reason: str
    role: str = ""

    @property
    def budget_ntd(self) -> int:
        """預算數: enacted and all changes."""
        return self.enacted_ntd + self.changes_ntd

    @property
    def used_ntd(self) -> int:
        """Held, advanced and spent."""
        return self.encumbered_ntd + self.spent_ntd

    @property
    def spent_ntd(self) -> int:
        """Advanced and spent: paid out of what was allotted to date."""
        return self.advanced_ntd + self.expended_ntd

    @property
    def allotted_ntd(self) -> int:
        """The whole year's allotment."""
        return sum(self.allotment_ntd)

    @property
    def unallotted_ntd(self) -> int:
        """未分配數, without what is frozen."""
        return self.budget_ntd - self.frozen_ntd - self.allotted_ntd

    def allotted_to(self, month: int) -> int:
        """Return the allotment of January to ``month`` (0: none)."""
        return sum(self.allotment_ntd[:month])


class RevenueBefore(Value, frozen=True, kw_only=True):
    """One locked row of revenue as a change meets it, NT dollars."""

    revenue_row_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    code: str
    name: str
    source_code: str
    source_name: str
    account: str
    bill_ntd: int
    council_ntd: int
    enacted_ntd: int
    changes_ntd: int
    allotment_ntd: tuple[int, ...]

    @property
    def budget_ntd(self) -> int:
        """預算數: enacted and all changes."""
        return self.enacted_ntd + self.changes_ntd

    @property
    def unallotted_ntd(self) -> int:
        """未分配數 of the whole year."""
        return self.budget_ntd - sum(self.allotment_ntd)
