"""SQL that closes and reopens periods."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

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
REOPEN = sa.text("""
    DELETE FROM accounting.closed_period
     WHERE fiscal_year = :fiscal_year AND agency_code = :agency_code AND period = :period
    RETURNING document_id
""")


def close(uow: UnitOfWork, period: Period, *, agency_code: str) -> uuid.UUID | None:
    """Close the period; None when it was closed already."""
    uow.connection.execute(SHUT_GATE, {"fiscal_year": period.fiscal_year, "period": period.period})
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
