"""Facts about a county's budget that other modules may act upon (additive only).

All events of one agency and fiscal year are told under one document id, while the year is locked:
who follows them meets the enactment before the first release, and each release before what changed
it. What was told adds up: enacted and changed is the budget, released is the allotment to date.
"""

from __future__ import annotations

import datetime as dt
import uuid

from zhuji_core.values import Event, Value


class BudgetRow(Value, frozen=True, kw_only=True):
    """One row of the enacted budget: a control row, or a row of revenue (``object``: its source).

    ``amount_ntd`` is the baseline; ``frozen_ntd`` of it waits for the council's release.
    """

    row_id: uuid.UUID
    code: str
    name: str
    object_code: str
    object_name: str
    account: str
    amount_ntd: int
    frozen_ntd: int = 0


class BudgetEnacted(Event, frozen=True, kw_only=True, tag="budget.enacted"):
    """An agency's budget of a year is law (法定預算成立): its baseline by row.

    ``document_id`` and ``label`` are the year's. ``effective_on`` is the first day of the fiscal
    year, whenever the council decided; ``business_date`` is the day of the act.
    """

    fiscal_year: int
    agency_code: str
    document_id: uuid.UUID
    label: str
    act_no: str
    effective_on: dt.date
    business_date: dt.date
    expenditure_ntd: int
    expenditure: tuple[BudgetRow, ...]
    revenue_ntd: int
    revenue: tuple[BudgetRow, ...]


class ReleasedRow(Value, frozen=True, kw_only=True):
    """What one row got (or, by a revision, gave back) of the month, whole NT dollars."""

    row_id: uuid.UUID
    amount_ntd: int


class AllotmentReleased(Event, frozen=True, kw_only=True, tag="budget.allotment-released"):
    """A month's allotment of an agency became available (分配數釋出), or was revised afterwards.

    ``side`` is expenditure or revenue. ``occasion`` month: the whole month, once, effective on its
    first day. ``occasion`` revision: an approved schedule (``document_id``, ``label``) changed a
    month that was released before; amounts are signed, effective on the day of the act.
    """

    fiscal_year: int
    agency_code: str
    side: str
    month: int
    occasion: str
    document_id: uuid.UUID
    label: str
    amount_ntd: int
    rows: tuple[ReleasedRow, ...]
    effective_on: dt.date
    business_date: dt.date


class ChangedRow(Value, frozen=True, kw_only=True):
    """What a document changed of one row, each a delta in NT dollars.

    ``months_ntd``: of the allotment of January to December; ``released_ntd``: the part of them that
    lies in months released before. The other months are told with their release.
    """

    row_id: uuid.UUID
    code: str
    name: str
    object_code: str
    object_name: str
    account: str
    change_ntd: int
    frozen_ntd: int
    months_ntd: tuple[int, ...]
    released_ntd: int


class ChangePosted(Event, frozen=True, kw_only=True, tag="budget.change-posted"):
    """A document changed an agency's budget during the year (追加減, 流用, 預備金 …).

    One event for each agency whose rows it touches. ``kind`` is the document's; ``reverses_id`` the
    one that it takes back. Sums are of this agency; an advance (墊付) moves nothing and has zeros.
    """

    fiscal_year: int
    agency_code: str
    document_id: uuid.UUID
    label: str
    kind: str
    act_no: str
    purpose: str
    reverses_id: uuid.UUID | None
    effective_on: dt.date
    business_date: dt.date
    change_ntd: int
    released_ntd: int
    expenditure: tuple[ChangedRow, ...]
    revenue_change_ntd: int = 0
    revenue_released_ntd: int = 0
    revenue: tuple[ChangedRow, ...] = ()
