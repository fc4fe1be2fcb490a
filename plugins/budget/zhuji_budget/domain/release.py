"""The monthly release (分配數釋出): which months of which rows become available, and are told.

What is available follows from the calendar alone (預算法 61); a release records that a month has
begun, once for each agency and side, so that others hear of it in the order in which it happened.
"""

from __future__ import annotations

import datetime as dt
import enum
import itertools
import uuid
from collections.abc import Container, Iterable, Mapping, Sequence

from zhuji_budget.domain.schedule import Side
from zhuji_core.contracts.budgets import ReleasedRow
from zhuji_core.values import N_, DomainError, Value

KIND = "budget.release"


class ReleaseState(enum.StrEnum):
    """How a month of an agency, or of many, stands on a day."""

    RELEASED = "released"
    LATE = "late"
    AHEAD = "ahead"
    NONE = "none"


STATE_TITLES: Mapping[str, str] = {
    ReleaseState.RELEASED: N_("已釋出"),
    ReleaseState.LATE: N_("已到月份，尚未釋出"),
    ReleaseState.AHEAD: N_("未到月份"),
    ReleaseState.NONE: N_("尚無分配"),
}


class NothingToRelease(DomainError):
    """No agency is behind the calendar."""

    code = "E-RELEASE-NONE"
    message = N_("已到月份之分配數均已釋出，沒有待釋出之機關。")


class NothingToNote(DomainError):
    """Every released month of the agency was taken note of before, or none was released."""

    code = "E-RELEASE-NOTED"
    message = N_("機關 {agency_code} {fiscal_year} 年度沒有待知悉的分配數釋出。")


def label_of(fiscal_year: int, agency_code: str) -> str:
    """Return what an agency's releases of a year are known by."""
    return f"{fiscal_year}-{agency_code}"


def stream_of(year_id: uuid.UUID, agency_code: str) -> uuid.UUID:
    """Return the document under which all of an agency's budget of a year is told."""
    return uuid.uuid5(year_id, agency_code)


def state_of(*, month: int, begun: int, agencies: int, released: int) -> ReleaseState:
    """Return how a month stands: of ``agencies`` with an allotment so many were ``released``."""
    if month > begun:
        return ReleaseState.AHEAD
    if not agencies and not released:
        return ReleaseState.NONE
    return ReleaseState.RELEASED if released >= agencies else ReleaseState.LATE


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
