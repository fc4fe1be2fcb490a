"""The control ledger (預算控制): every movement of a year's rows in its order (additive only)."""

from __future__ import annotations

import datetime as dt
import uuid

from zhuji_core.values import Value


class ControlPosting(Value, frozen=True, kw_only=True):
    """One movement of a control row and what it did to the row's counters, whole NT dollars.

    ``on_date`` never goes back on one row. ``budget_ntd`` is what it added to the year's budget
    (enacted, changed, frozen with its sign); the other amounts are the differences of the
    counters. Months of the allotment are not in it: they move no money of the year.
    """

    control_row_id: uuid.UUID
    agency_code: str
    label: str
    on_date: dt.date
    kind: str
    document_kind: str
    document_id: uuid.UUID
    document_label: str
    budget_ntd: int
    encumbered_ntd: int
    advanced_ntd: int
    expended_ntd: int

    @property
    def available_ntd(self) -> int:
        """What it added to the year's available balance."""
        return self.budget_ntd - self.encumbered_ntd - self.advanced_ntd - self.expended_ntd
