"""The monthly release (分配數釋出): which months of which rows become available, and are told.

What is available follows from the calendar alone (預算法 61); a release records that a month has
begun, once for each agency and side, so that others hear of it in the order in which it happened.
"""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Container, Iterable, Sequence

from zhuji_budget.domain.schedule import Side
from zhuji_core.contracts.budgets import ReleasedRow
from zhuji_core.values import Value


class MonthsOfRow(Value, frozen=True, kw_only=True):
    """One row's twelve months, and up to which month its agency was released before."""

    agency_code: str
    row_id: uuid.UUID
    months_ntd: tuple[int, ...]
    released_to: int


class MonthRelease(Value, frozen=True, kw_only=True):
    """One month of one agency and side; rows without money in it are left out."""

    agency_code: str
    side: Side
    month: int
    rows: tuple[ReleasedRow, ...]

    @property
    def amount_ntd(self) -> int:
        return sum(row.amount_ntd for row in self.rows)


def due(
    rows: Iterable[MonthsOfRow], *, side: Side, begun: int, marked: Container[str] = ()
) -> list[MonthRelease]:
    """Return the months to release, ``begun`` being the last that has begun; rows by agency.

    An agency without any month has no allotment yet, so none of its months is passed over:
    approved late, they are released then. Of ``marked`` agencies they are.
    """
    releases = []
    for agency_code, group in itertools.groupby(rows, key=lambda row: row.agency_code):
        own = list(group)
        if agency_code in marked or any(any(row.months_ntd) for row in own):
            first = own[0].released_to + 1
            releases += [_month(own, side, month) for month in range(first, begun + 1)]
    return releases


def _month(rows: Sequence[MonthsOfRow], side: Side, month: int) -> MonthRelease:
    released = (
        ReleasedRow(row_id=row.row_id, amount_ntd=row.months_ntd[month - 1]) for row in rows
    )
    return MonthRelease(
        agency_code=rows[0].agency_code,
        side=side,
        month=month,
        rows=tuple(row for row in released if row.amount_ntd),
    )


def first_day(fiscal_year: int, month: int = 1) -> dt.date:
    """Return the first day of a month of the fiscal year (預算法 12: the calendar year)."""
    return dt.date(fiscal_year + 1911, month, 1)
