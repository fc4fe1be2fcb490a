"""Expense claims as lists and as one page, and the requests that may be claimed of. Reads only."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from zhuji_accounting.domain.claims.claim import ExpenseClaim
from zhuji_accounting.domain.claims.refusals import ClaimNotFound
from zhuji_accounting.domain.labels import draft_label
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.permissions import READ_CLAIMS
from zhuji_accounting.queries.scope import listed_agencies
from zhuji_accounting.queries.waiting_counts import Right, count_waiting, counted
from zhuji_accounting.store.claims import CLAIM_COLUMNS, claim_of_row
from zhuji_accounting.store.requests import REQUEST_COLUMNS, request_of
from zhuji_core.db.by_agency import PageByAgency
from zhuji_core.ids import AFTER_ALL
from zhuji_core.matching import containing
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

REQUESTS_MAX = 50  # of one claim: as many as it has lines
OF_REQUEST_MAX = 500

ONE = sa.text(f"SELECT {CLAIM_COLUMNS} FROM accounting.claim AS c WHERE c.claim_id = :claim_id")
REQUESTS = sa.text(f"""
    SELECT {REQUEST_COLUMNS}
      FROM accounting.spending_request AS r
     WHERE r.request_id = ANY(:ids)
     ORDER BY r.request_id
     LIMIT {REQUESTS_MAX}
""")
BY_NUMBER = sa.text("""
    SELECT r.request_id
      FROM accounting.spending_request AS r
     WHERE r.agency_code = :agency_code AND r.fiscal_year = :fiscal_year
       AND (r.request_no = ANY(:numbers)
            OR (r.state = 'certified'
                AND r.supplements_id IN (SELECT o.request_id
                                           FROM accounting.spending_request AS o
                                          WHERE o.agency_code = :agency_code
                                            AND o.fiscal_year = :fiscal_year
                                            AND o.request_no = ANY(:numbers))))
     ORDER BY r.request_no
     LIMIT 50
""")
COLUMNS = """
    c.claim_id, c.fiscal_year, c.agency_code, c.agency_name, c.state, c.kind, c.memo, c.final,
    COALESCE(c.claim_no, 0) AS claim_no, c.amount_ntd, c.created_by_name, c.submitted_at,
    COALESCE((SELECT string_agg(DISTINCT l.request_label, '、')
                FROM accounting.claim_line AS l WHERE l.claim_id = c.claim_id), '') AS requests
"""
LIST = PageByAgency(
    columns=COLUMNS,
    table="accounting.claim",
    alias="c",
    where="""
        c.fiscal_year = :fiscal_year
        AND (:state = '' OR c.state = :state)
        AND (c.state <> 'draft' OR c.created_by = :actor_id)
        AND (NOT :mine OR c.created_by = :actor_id)
        AND (:text = '' OR c.memo LIKE :pattern OR c.created_by_name LIKE :pattern
             OR c.fiscal_year || '報' || lpad(c.claim_no::text, 5, '0') LIKE :pattern
             OR (SELECT bool_or(l.request_label LIKE :pattern) FROM accounting.claim_line AS l
                  WHERE l.claim_id = c.claim_id))
        AND c.claim_id < :before
    """,
    order="c.claim_id DESC",
)
OF_REQUEST = sa.text(f"""
    SELECT {COLUMNS}
      FROM accounting.claim AS c
     WHERE c.claim_id IN (SELECT l.claim_id FROM accounting.claim_line AS l
                           WHERE l.request_id = :request_id)
       AND c.state <> 'withdrawn' AND (c.state <> 'draft' OR c.created_by = :actor_id)
     ORDER BY c.claim_id
     LIMIT {OF_REQUEST_MAX}
""")
OF_ADVANCE = sa.text(f"""
    SELECT {COLUMNS}
      FROM accounting.claim AS c
     WHERE c.advance_id = :advance_id
       AND c.state <> 'withdrawn' AND (c.state <> 'draft' OR c.created_by = :actor_id)
     ORDER BY c.claim_id
     LIMIT {OF_REQUEST_MAX}
""")
# What waits for the actor: each step in the agencies of its right, never for who wrote the claim.
WAITING = counted(
    table="accounting.claim",
    figures="""
        min(COALESCE(d.submitted_at, d.created_at)) AS oldest, sum(d.amount_ntd) AS amount_ntd
    """,
    states=("draft", "returned", "submitted", "accepted", "unit_approved", "reviewed"),
    waits="(g.own = (d.created_by = :actor_id) OR (NOT g.own AND :excepted))",
)


class ClaimFilter(Value, frozen=True, kw_only=True):
    """What a list shows: empty values do not restrict. ``before`` is the last id of the page."""

    fiscal_year: int
    agency_code: str = ""
    state: str = ""
    text: str = ""
    mine: bool = False
    before: uuid.UUID | None = None
    limit: int = 50


class ClaimRow(Value, frozen=True, kw_only=True):
    """One row of a list of claims; ``requests`` are the numbers of those that it draws on."""

    claim_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    agency_name: str
    state: str
    kind: str
    memo: str
    final: bool
    claim_no: int
    amount_ntd: int
    created_by_name: str
    submitted_at: dt.datetime | None
    requests: str

    @property
    def label(self) -> str:
        if self.claim_no:
            return f"{self.fiscal_year}報{self.claim_no:05}"
        return draft_label(self.claim_id)


def find_claim(uow: UnitOfWork, claim_id: uuid.UUID) -> ExpenseClaim:
    """Return the claim; raise ClaimNotFound, also for those whom the actor may not see."""
    row = uow.connection.execute(ONE, {"claim_id": claim_id}).mappings().one_or_none()
    if row is None or not uow.actor.may(READ_CLAIMS, agency_code=row["agency_code"]):
        raise ClaimNotFound
    if row["state"] == "draft" and row["created_by"] != uow.actor.user_id:
        raise ClaimNotFound
    return claim_of_row(dict(row))


def claimable_requests(uow: UnitOfWork, ids: Sequence[uuid.UUID]) -> list[SpendingRequest]:
    """Return the requests as they stand, in order of id; what may be claimed the rules decide."""
    rows = uow.connection.execute(REQUESTS, {"ids": list(ids)}).mappings()
    return [request_of(dict(row)) for row in rows]


def drawable_requests(
    uow: UnitOfWork, ids: Sequence[uuid.UUID], permission: Permission
) -> list[SpendingRequest]:
    """Return those of the requests on which the actor may write what needs ``permission``."""
    found = claimable_requests(uow, ids)
    return [one for one in found if uow.actor.may(permission, agency_code=one.agency_code)]


def requests_by_number(
    uow: UnitOfWork, numbers: Sequence[int], *, agency_code: str, fiscal_year: int | None = None
) -> list[uuid.UUID]:
    """Return the ids of the agency's requests of the year (this one) and of their supplements."""
    given = {
        "agency_code": agency_code,
        "fiscal_year": fiscal_year or uow.fiscal_year,
        "numbers": list(numbers),
    }
    return list(uow.connection.execute(BY_NUMBER, given).scalars())


def list_claims(uow: UnitOfWork, wanted: ClaimFilter) -> list[ClaimRow]:
    """Return claims that the actor may read, newest first; others' drafts are not shown."""
    agencies = listed_agencies(uow, READ_CLAIMS, wanted.agency_code)
    rows = uow.connection.execute(
        LIST.of(agencies),
        {
            "fiscal_year": wanted.fiscal_year,
            "agencies": agencies,
            "state": wanted.state,
            "actor_id": uow.actor.user_id,
            "mine": wanted.mine,
            "text": wanted.text.strip(),
            "pattern": containing(wanted.text),
            "before": wanted.before or AFTER_ALL,
            "limit": wanted.limit,
        },
    )
    return [ClaimRow(**row) for row in rows.mappings()]


def claims_of_request(uow: UnitOfWork, request_id: uuid.UUID) -> list[ClaimRow]:
    """Return the claims that draw on the request, oldest first."""
    given = {"request_id": request_id, "actor_id": uow.actor.user_id}
    return [ClaimRow(**row) for row in uow.connection.execute(OF_REQUEST, given).mappings()]


def claims_of_advance(uow: UnitOfWork, advance_id: uuid.UUID) -> list[ClaimRow]:
    """Return the claims that settle the advance, or replenish it, oldest first."""
    given = {"advance_id": advance_id, "actor_id": uow.actor.user_id}
    return [ClaimRow(**row) for row in uow.connection.execute(OF_ADVANCE, given).mappings()]


def waiting_claims(
    uow: UnitOfWork, rights: Sequence[tuple[str, Permission, bool]]
) -> dict[str, sa.Row[Any]]:
    """Count what waits: ``rights`` are (state, right, the actor's own), states without a right."""
    given = [
        Right(
            wait=state,
            state=state,
            agencies=None if own else uow.actor.agencies(permission),
            own=own,
        )
        for state, permission, own in rights
        if uow.actor.may(permission)
    ]
    return count_waiting(uow, WAITING, given)
