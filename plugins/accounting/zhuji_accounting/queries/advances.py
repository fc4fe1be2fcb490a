"""Advances as lists and as one page. Reads only."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from zhuji_accounting.domain.advances.advance import Advance, advance_label
from zhuji_accounting.domain.advances.refusals import AdvanceNotFound
from zhuji_accounting.permissions import READ_ADVANCES, WRITE_CLAIM
from zhuji_accounting.queries.scope import listed_agencies
from zhuji_accounting.queries.waiting_counts import Right, count_waiting, counted
from zhuji_accounting.store.advances import ADVANCE_COLUMNS, advance_of_row
from zhuji_core.db.by_agency import PageByAgency
from zhuji_core.ids import AFTER_ALL
from zhuji_core.matching import containing
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

OF_REQUEST_MAX = 200
WAITING_STATES = ("draft", "returned", "submitted", "unit_approved", "granted")

ONE = sa.text(
    f"SELECT {ADVANCE_COLUMNS} FROM accounting.advance AS a WHERE a.advance_id = :advance_id"
)
COLUMNS = """
    a.advance_id, a.fiscal_year, a.agency_code, a.agency_name, a.state, a.kind, a.memo,
    a.receiver_name, a.request_id, a.request_label, a.settle_by, a.granted_on, a.created_by_name,
    COALESCE(a.advance_no, 0) AS advance_no, a.amount_ntd,
    CASE WHEN a.state = 'granted'
         THEN (SELECT COALESCE(sum(l.amount_ntd - l.settled_ntd - l.returned_ntd), 0)
                 FROM accounting.advance_line AS l WHERE l.advance_id = a.advance_id)
         ELSE 0 END::bigint AS outstanding_ntd
"""
LIST = PageByAgency(
    columns=COLUMNS,
    table="accounting.advance",
    alias="a",
    where="""
        a.fiscal_year = :fiscal_year
        AND (:state = '' OR a.state = :state)
        AND (NOT :overdue OR (a.state = 'granted' AND a.settle_by < :today))
        AND (a.state <> 'draft' OR a.created_by = :actor_id)
        AND (NOT :mine OR a.created_by = :actor_id)
        AND (:text = '' OR a.memo LIKE :pattern OR a.receiver_name LIKE :pattern
             OR a.created_by_name LIKE :pattern OR a.request_label LIKE :pattern
             OR a.fiscal_year || '暫' || lpad(a.advance_no::text, 5, '0') LIKE :pattern)
        AND a.advance_id < :before
    """,
    order="a.advance_id DESC",
)
OF_REQUEST = sa.text(f"""
    SELECT {COLUMNS}
      FROM accounting.advance AS a
     WHERE a.request_id = :request_id
       AND a.state <> 'withdrawn' AND (a.state <> 'draft' OR a.created_by = :actor_id)
     ORDER BY a.advance_id
     LIMIT {OF_REQUEST_MAX}
""")
# What waits for the actor: each step in the agencies of its right, never for who wrote it; and
# what is due for who wrote it or answers for the money.
WAITING = counted(
    table="accounting.advance",
    figures="""
        min(COALESCE(d.submitted_at, d.created_at)) AS oldest, sum(d.amount_ntd) AS amount_ntd
    """,
    states=WAITING_STATES,
    waits="(g.own = (d.created_by = :actor_id) OR (NOT g.own AND :excepted))",
)
DUE = counted(
    table="accounting.advance",
    figures="""
        min(CAST(d.settle_by AS timestamptz)) AS oldest,
        sum((SELECT sum(l.amount_ntd - l.settled_ntd - l.returned_ntd)
               FROM accounting.advance_line AS l
              WHERE l.advance_id = d.advance_id)) AS amount_ntd
    """,
    states=WAITING_STATES,
    waits="d.settle_by < :today AND (NOT g.own OR d.created_by = :actor_id)",
)
BY_NUMBER = sa.text(f"""
    SELECT {ADVANCE_COLUMNS}
      FROM accounting.advance AS a
     WHERE a.agency_code = :agency_code AND a.fiscal_year = :fiscal_year
       AND a.advance_no = :advance_no
""")
OVERDUE = "overdue"


class AdvanceFilter(Value, frozen=True, kw_only=True):
    """What a list shows: empty values do not restrict. ``before`` is the last id of the page."""

    fiscal_year: int
    agency_code: str = ""
    state: str = ""
    text: str = ""
    mine: bool = False
    overdue: bool = False
    before: uuid.UUID | None = None
    limit: int = 50


class AdvanceRow(Value, frozen=True, kw_only=True):
    """One row of a list of advances; ``outstanding_ntd`` is neither settled nor paid back."""

    advance_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    agency_name: str
    state: str
    kind: str
    memo: str
    receiver_name: str
    request_id: uuid.UUID
    request_label: str
    settle_by: dt.date
    granted_on: dt.date | None
    created_by_name: str
    advance_no: int
    amount_ntd: int
    outstanding_ntd: int

    @property
    def label(self) -> str:
        return advance_label(self.fiscal_year, self.advance_no, self.advance_id)

    def days_overdue(self, today: dt.date) -> int:
        return max(0, (today - self.settle_by).days) if self.outstanding_ntd else 0


def find_advance(uow: UnitOfWork, advance_id: uuid.UUID) -> Advance:
    """Return the advance; raise AdvanceNotFound, also for those whom the actor may not see."""
    row = uow.connection.execute(ONE, {"advance_id": advance_id}).mappings().one_or_none()
    if row is None or not uow.actor.may(READ_ADVANCES, agency_code=row["agency_code"]):
        raise AdvanceNotFound
    if row["state"] == "draft" and row["created_by"] != uow.actor.user_id:
        raise AdvanceNotFound
    return advance_of_row(dict(row))


def advance_by_id(uow: UnitOfWork, advance_id: uuid.UUID) -> Advance | None:
    """Return the advance for a rule that asks of it, whoever acts; None: there is none."""
    row = uow.connection.execute(ONE, {"advance_id": advance_id}).mappings().one_or_none()
    return None if row is None else advance_of_row(dict(row))


def advance_by_number(
    uow: UnitOfWork, advance_no: int, *, agency_code: str, fiscal_year: int = 0
) -> Advance | None:
    """Return the agency's advance of the year (0: this one) by its number, or None."""
    given = {
        "agency_code": agency_code,
        "fiscal_year": fiscal_year or uow.fiscal_year,
        "advance_no": advance_no,
    }
    row = uow.connection.execute(BY_NUMBER, given).mappings().one_or_none()
    return None if row is None else advance_of_row(dict(row))


def answerable_advance(
    uow: UnitOfWork,
    *,
    fiscal_year: int,
    advance_no: int,
    agency_code: str,
    advance_id: uuid.UUID | None,
) -> Advance | None:
    """Return the advance by its number, else by its id, if the actor may write a claim on it.

    ``fiscal_year`` 0: this one; last year's advances are settled in the two months after it.
    """
    if advance_no:
        advance = advance_by_number(
            uow, advance_no, agency_code=agency_code, fiscal_year=fiscal_year
        )
    else:
        advance = None if advance_id is None else advance_by_id(uow, advance_id)
    if advance is None or not uow.actor.may(WRITE_CLAIM, agency_code=advance.agency_code):
        return None
    return advance


def list_advances(uow: UnitOfWork, wanted: AdvanceFilter) -> list[AdvanceRow]:
    """Return advances that the actor may read, newest first; others' drafts are not shown."""
    agencies = listed_agencies(uow, READ_ADVANCES, wanted.agency_code)
    rows = uow.connection.execute(
        LIST.of(agencies),
        {
            "fiscal_year": wanted.fiscal_year,
            "agencies": agencies,
            "state": wanted.state,
            "overdue": wanted.overdue,
            "today": uow.business_date,
            "actor_id": uow.actor.user_id,
            "mine": wanted.mine,
            "text": wanted.text.strip(),
            "pattern": containing(wanted.text),
            "before": wanted.before or AFTER_ALL,
            "limit": wanted.limit,
        },
    )
    return [AdvanceRow(**row) for row in rows.mappings()]


def advances_of_request(uow: UnitOfWork, request_id: uuid.UUID) -> list[AdvanceRow]:
    """Return the advances that draw on the request, oldest first."""
    given = {"request_id": request_id, "actor_id": uow.actor.user_id}
    return [AdvanceRow(**row) for row in uow.connection.execute(OF_REQUEST, given).mappings()]


def waiting_advances(
    uow: UnitOfWork, rights: Sequence[tuple[str, Permission, bool]]
) -> dict[str, sa.Row[Any]]:
    """Count what waits: ``rights`` are (state or OVERDUE, right, whether it is the actor's own)."""
    given = [
        Right(
            wait=wait,
            state="granted" if wait == OVERDUE else wait,
            agencies=None if own else uow.actor.agencies(permission),
            own=own,
        )
        for wait, permission, own in rights
        if uow.actor.may(permission)
    ]
    steps = [one for one in given if one.wait != OVERDUE]
    due = [one for one in given if one.wait == OVERDUE]
    return {
        **count_waiting(uow, WAITING, steps),
        **count_waiting(uow, DUE, due, today=uow.business_date),
    }
