"""Remittances that the bank returned: a list, one, those of a claim. Reads only."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.recoveries.recovery import recovery_label
from zhuji_accounting.domain.remittances.refusals import ReturnNotFound
from zhuji_accounting.domain.remittances.returned import OfClaim, ReturnedRemittance
from zhuji_accounting.permissions import READ_CLAIMS
from zhuji_accounting.queries.scope import listed_agencies
from zhuji_core.db.by_agency import PageByAgency
from zhuji_core.ids import AFTER_ALL
from zhuji_core.matching import containing
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

OF_CLAIM_MAX = 500
COLUMNS = """
    r.return_id, r.fiscal_year, r.agency_code, r.agency_name, r.return_no, r.claim_id,
    r.claim_label, r.payee_no, r.payee_name, r.bank_code, r.branch_code, r.account_no,
    r.amount_ntd, r.answer_by, r.recorded_by, r.recorded_by_name, r.recorded_for,
    json_build_object('notice_no', r.notice_no, 'returned_on', r.returned_on,
                      'reason', r.reason) AS notice,
    CASE WHEN a.return_id IS NOT NULL THEN json_build_object(
        'kind', a.kind, 'settled_on', a.settled_on, 'slip_no', a.slip_no,
        'bank_code', a.bank_code, 'branch_code', a.branch_code, 'account_no', a.account_no,
        'recovery_id', a.recovery_id, 'recovery_label', a.recovery_label,
        'answered_by', a.answered_by, 'answered_by_name', a.answered_by_name,
        'answered_for', a.answered_for) END AS answer
"""
JOINED = """
      FROM accounting.returned_remittance AS r
      LEFT JOIN accounting.remittance_answer AS a USING (return_id)
"""
LIST = PageByAgency(
    columns=COLUMNS,
    table="accounting.returned_remittance",
    alias="r",
    where="""
        r.fiscal_year = :fiscal_year
        AND (NOT :waiting OR NOT EXISTS (SELECT FROM accounting.remittance_answer AS o
                                          WHERE o.return_id = r.return_id))
        AND (:text = '' OR r.payee_name LIKE :pattern OR r.notice_no LIKE :pattern
             OR r.reason LIKE :pattern OR r.claim_label LIKE :pattern
             OR r.fiscal_year || '退' || lpad(r.return_no::text, 5, '0') LIKE :pattern)
        AND r.return_id < :before
    """,
    order="r.return_id DESC",
    joined="LEFT JOIN accounting.remittance_answer AS a USING (return_id)",
)
OF_CLAIM = sa.text(f"""
    SELECT {COLUMNS} {JOINED}
     WHERE r.claim_id = :claim_id
     ORDER BY r.return_id
     LIMIT {OF_CLAIM_MAX}
""")
ONE = sa.text(f"SELECT {COLUMNS} {JOINED} WHERE r.return_id = :return_id")
# The last voucher in the books that paid the claim and was not taken back.
PAID_ON = sa.text("""
    SELECT max(v.posting_date)
      FROM accounting.voucher AS v
     WHERE v.source_id = :claim_id AND v.state = 'posted' AND v.kind = 'disbursement'
       AND NOT EXISTS (SELECT FROM accounting.voucher AS o
                        WHERE o.reverses_id = v.voucher_id AND o.state = 'posted')
""")
FREE_RECOVERIES = sa.text(f"""
    SELECT v.recovery_id, v.fiscal_year, v.recovery_no, v.amount_ntd, v.deposited_on
      FROM accounting.recovery AS v
     WHERE v.claim_id = :claim_id
       AND NOT EXISTS (SELECT FROM accounting.remittance_answer AS a
                        WHERE a.recovery_id = v.recovery_id)
     ORDER BY v.recovery_id
     LIMIT {OF_CLAIM_MAX}
""")


class ReturnFilter(Value, frozen=True, kw_only=True):
    """What a list shows: empty values do not restrict. ``before`` is the last id of the page."""

    fiscal_year: int
    agency_code: str = ""
    text: str = ""
    waiting: bool = False
    before: uuid.UUID | None = None
    limit: int = 50


def list_returned(uow: UnitOfWork, wanted: ReturnFilter) -> list[ReturnedRemittance]:
    """Return what came back from the bank of claims that the actor may read, newest first."""
    agencies = listed_agencies(uow, READ_CLAIMS, wanted.agency_code)
    rows = uow.connection.execute(
        LIST.of(agencies),
        {
            "fiscal_year": wanted.fiscal_year,
            "agencies": agencies,
            "waiting": wanted.waiting,
            "text": wanted.text.strip(),
            "pattern": containing(wanted.text),
            "before": wanted.before or AFTER_ALL,
            "limit": wanted.limit,
        },
    )
    return [_returned(row) for row in rows.mappings()]


def returned_of(uow: UnitOfWork, claim_id: uuid.UUID) -> list[ReturnedRemittance]:
    """Return what came back of one claim that the actor may read, oldest first."""
    rows = uow.connection.execute(OF_CLAIM, {"claim_id": claim_id}).mappings()
    return [_returned(row) for row in rows]


def find_returned(uow: UnitOfWork, return_id: uuid.UUID) -> ReturnedRemittance:
    """Return the returned remittance; raise ReturnNotFound, also for those who may not read it."""
    row = uow.connection.execute(ONE, {"return_id": return_id}).mappings().one_or_none()
    if row is None or not uow.actor.may(READ_CLAIMS, agency_code=row["agency_code"]):
        raise ReturnNotFound
    return _returned(row)


def paid_on(uow: UnitOfWork, claim_id: uuid.UUID) -> dt.date | None:
    """Return the day on which the books paid the claim, or None while they have not."""
    day: dt.date | None = uow.connection.execute(PAID_ON, {"claim_id": claim_id}).scalar_one()
    return day


def free_recoveries(uow: UnitOfWork, claim_id: uuid.UUID) -> tuple[OfClaim, ...]:
    """Return the recoveries of the claim by which no return was given back yet."""
    rows = uow.connection.execute(FREE_RECOVERIES, {"claim_id": claim_id})
    return tuple(
        OfClaim(
            recovery_id=row.recovery_id,
            label=recovery_label(row.fiscal_year, row.recovery_no),
            amount_ntd=row.amount_ntd,
            deposited_on=row.deposited_on,
        )
        for row in rows
    )


def _returned(row: Mapping[Any, Any]) -> ReturnedRemittance:
    return msgspec.convert(dict(row), ReturnedRemittance)
