"""SQL that keeps the ends of years."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from zhuji_accounting.domain.ledger.voucher import Voucher
from zhuji_accounting.domain.year_end import YearHead
from zhuji_accounting.store.vouchers import VOUCHER_COLUMNS, voucher_of
from zhuji_core.uow import UnitOfWork

# The gate of the year is shut: nobody else draws the next version.
KEEP = sa.text("""
    INSERT INTO accounting.year_end
           (year_end_id, fiscal_year, agency_code, agency_name, version, state, closed_by,
            closed_by_name, closed_at)
    SELECT :year_end_id, :fiscal_year, :agency_code, :agency_name, 1 + count(*), 'closed',
           :actor_id, :actor_name, :now
      FROM accounting.year_end AS y
     WHERE y.agency_code = :agency_code AND y.fiscal_year = :fiscal_year
""")
REOPEN = sa.text("""
    UPDATE accounting.year_end
       SET state = 'reopened', reopened_by = :actor_id, reopened_by_name = :actor_name,
           reopened_at = :now, reason = :reason
     WHERE year_end_id = :year_end_id AND state = 'closed'
""")
# Its vouchers, the last first: they are undone in the other order.
VOUCHERS = sa.text(f"""
    SELECT {VOUCHER_COLUMNS}
      FROM accounting.voucher AS v
     WHERE v.source_id = :year_end_id AND v.state = 'posted' AND v.reverses_id IS NULL
     ORDER BY v.voucher_id DESC
     LIMIT 10000
""")


def keep(uow: UnitOfWork, head: YearHead) -> None:
    """Write that the year is ended by this document."""
    uow.connection.execute(
        KEEP,
        {
            "year_end_id": head.document.document_id,
            "fiscal_year": head.fiscal_year,
            "agency_code": head.agency_code,
            "agency_name": head.agency_name,
            "actor_id": uow.actor.user_id,
            "actor_name": uow.actor.signature,
            "now": uow.now,
        },
    )


def reopen(uow: UnitOfWork, year_end_id: uuid.UUID, *, reason: str) -> None:
    """Write that this end was taken back."""
    done = uow.connection.execute(
        REOPEN,
        {
            "year_end_id": year_end_id,
            "actor_id": uow.actor.user_id,
            "actor_name": uow.actor.signature,
            "now": uow.now,
            "reason": reason,
        },
    )
    assert done.rowcount == 1, "the gate of the year is shut, and it was closed"


def vouchers_of(uow: UnitOfWork, year_end_id: uuid.UUID) -> list[Voucher]:
    """Return the vouchers that this end posted, the last first."""
    rows = uow.connection.execute(VOUCHERS, {"year_end_id": year_end_id}).mappings()
    return [voucher_of(dict(row)) for row in rows]
