"""SQL that closes and reopens periods."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from zhuji_accounting.domain.ledger.refusals import VouchersPending
from zhuji_accounting.domain.request import Period
from zhuji_accounting.store.requests import PERIOD_GATE
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork

# Waits until every act under way in this period has committed; those that come later wait here,
# and find the month closed (``certifications.INSERT``, ``certifications.RELEASE``).
SHUT_GATE = sa.text(f"""
    SELECT pg_advisory_xact_lock({PERIOD_GATE}, CAST(:fiscal_year * 100 + :period AS integer))
""")
CLOSE = sa.text("""
    INSERT INTO accounting.closed_period
           (fiscal_year, agency_code, period, document_id, closed_by, closed_at)
    VALUES (:fiscal_year, :agency_code, :period, :document_id, :actor_id, :now)
        ON CONFLICT DO NOTHING
    RETURNING document_id
""")
# Asked with the gate shut: nothing of the month can be posted meanwhile, or prepared unseen.
UNPOSTED = sa.text("""
    SELECT count(*) AS vouchers, min(v.posting_date) AS oldest_on,
           (array_agg(v.memo ORDER BY v.posting_date, v.voucher_id))[1] AS memo
      FROM accounting.voucher AS v
     WHERE v.fiscal_year = :fiscal_year AND v.period = :period AND v.agency_code = :agency_code
       AND v.state IN ('draft', 'prepared', 'reviewed', 'approved', 'returned')
""")
REOPEN = sa.text("""
    DELETE FROM accounting.closed_period
     WHERE fiscal_year = :fiscal_year AND agency_code = :agency_code AND period = :period
    RETURNING document_id
""")


def close(uow: UnitOfWork, period: Period, *, agency_code: str) -> uuid.UUID | None:
    """Close the period; None when it was closed already. Raises VouchersPending."""
    uow.connection.execute(SHUT_GATE, {"fiscal_year": period.fiscal_year, "period": period.period})
    _require_posted(uow, period, agency_code=agency_code)
    result: uuid.UUID | None = uow.connection.execute(
        CLOSE,
        {
            "fiscal_year": period.fiscal_year,
            "period": period.period,
            "agency_code": agency_code,
            "document_id": new_id(),
            "actor_id": uow.actor.user_id,
            "now": uow.now,
        },
    ).scalar_one_or_none()
    return result


def reopen(uow: UnitOfWork, period: Period, *, agency_code: str) -> uuid.UUID | None:
    """Open the period again; None when it was not closed."""
    result: uuid.UUID | None = uow.connection.execute(
        REOPEN,
        {
            "fiscal_year": period.fiscal_year,
            "period": period.period,
            "agency_code": agency_code,
        },
    ).scalar_one_or_none()
    return result


def _require_posted(uow: UnitOfWork, period: Period, *, agency_code: str) -> None:
    """Raise VouchersPending while vouchers of the month are not in the books."""
    found = uow.connection.execute(
        UNPOSTED,
        {
            "fiscal_year": period.fiscal_year,
            "period": period.period,
            "agency_code": agency_code,
        },
    ).one()
    if found.vouchers:
        raise VouchersPending(
            fiscal_year=period.fiscal_year,
            period=period.period,
            count=found.vouchers,
            oldest_on=str(found.oldest_on),
            memo=found.memo,
        )
