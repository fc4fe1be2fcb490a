"""SQL that writes awards: the contract of a request, once."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.commitments.award import Award
from zhuji_core.uow import UnitOfWork

INSERT = sa.text("""
    WITH made AS (
        INSERT INTO accounting.award
               (award_id, request_id, contract_no, contractor, tax_id, awarded_on, due_on,
                amount_ntd, surplus_ntd, business_date, awarded_by, awarded_by_name, awarded_at)
        VALUES (:award_id, :request_id, :contract_no, :contractor, :tax_id, :awarded_on, :due_on,
                :amount_ntd, :surplus_ntd, :business_date, :awarded_by, :awarded_by_name, :now)
        RETURNING award_id
    ), contract AS (
        UPDATE accounting.spending_request
           SET contract_no = :contract_no, contractor = :contractor, revision = revision + 1
         WHERE request_id = :request_id
    )
    INSERT INTO accounting.award_line (award_id, line_no, awarded_ntd, surplus_ntd)
    SELECT made.award_id, l.line_no, l.awarded_ntd, l.surplus_ntd
      FROM made
     CROSS JOIN jsonb_to_recordset(CAST(:lines AS jsonb))
           AS l (line_no integer, awarded_ntd bigint, surplus_ntd bigint)
""")


def insert(uow: UnitOfWork, award: Award) -> None:
    """Write the award of a locked request, and its contract in the request."""
    contract = msgspec.structs.asdict(award.contract)
    uow.connection.execute(
        INSERT,
        {
            **contract,
            "award_id": award.award_id,
            "request_id": award.request_id,
            "amount_ntd": award.amount_ntd,
            "surplus_ntd": award.surplus_ntd,
            "business_date": award.business_date,
            "awarded_by": award.awarded_by,
            "awarded_by_name": award.awarded_by_name,
            "now": uow.now,
            "lines": msgspec.json.encode(award.lines).decode(),
        },
    )
