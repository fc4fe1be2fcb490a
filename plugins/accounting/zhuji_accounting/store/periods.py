"""SQL that closes and reopens periods."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from zhuji_accounting.domain.ledger.refusals import VouchersPending
from zhuji_accounting.domain.refusals import PeriodOrder
from zhuji_accounting.domain.request import Period
from zhuji_accounting.store.requests import PERIOD_GATE
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

# Closing and reopening the months of a year go one after the other, so that their order holds.
# Period 0 is no month: nobody else takes this gate.
SHUT_YEAR = sa.text(f"""
    SELECT pg_advisory_xact_lock({PERIOD_GATE}, CAST(:fiscal_year * 100 AS integer))
""")
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
FIRST_OPEN_BEFORE = sa.text("""
    SELECT min(m.period)
      FROM generate_series(1, :period - 1) AS m (period)
     WHERE NOT EXISTS (SELECT FROM accounting.closed_period AS p
                        WHERE p.fiscal_year = :fiscal_year AND p.period = m.period
                          AND p.agency_code IN (:agency_code, ''))
""")
LAST_CLOSED_AFTER = sa.text("""
    SELECT max(p.period)
      FROM accounting.closed_period AS p
     WHERE p.fiscal_year = :fiscal_year AND p.period > :period
       AND p.agency_code IN (:agency_code, '')
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


def shut(uow: UnitOfWork, period: Period) -> None:
    """Wait for every act of this month and keep later ones waiting until the commit."""
    uow.connection.execute(SHUT_YEAR, {"fiscal_year": period.fiscal_year})
    uow.connection.execute(SHUT_GATE, {"fiscal_year": period.fiscal_year, "period": period.period})


def close(uow: UnitOfWork, period: Period, *, agency_code: str) -> uuid.UUID | None:
    """Close the shut period; None when it was closed already.

    Raises PeriodOrder or VouchersPending.
    """
    wanted = {
        "fiscal_year": period.fiscal_year,
        "period": period.period,
        "agency_code": agency_code,
    }
    _require_order(uow, period, agency_code=agency_code)
    _require_posted(uow, period, agency_code=agency_code)
    result: uuid.UUID | None = uow.connection.execute(
        CLOSE,
        {**wanted, "document_id": new_id(), "actor_id": uow.actor.user_id, "now": uow.now},
    ).scalar_one_or_none()
    return result


def reopen(uow: UnitOfWork, period: Period, *, agency_code: str) -> uuid.UUID | None:
    """Open the period again; None when it was not closed. Raises PeriodOrder."""
    uow.connection.execute(SHUT_YEAR, {"fiscal_year": period.fiscal_year})
    wanted = {
        "fiscal_year": period.fiscal_year,
        "period": period.period,
        "agency_code": agency_code,
    }
    later: int | None = uow.connection.execute(LAST_CLOSED_AFTER, wanted).scalar_one()
    if later is not None:
        raise PeriodOrder(
            fiscal_year=period.fiscal_year,
            period=period.period,
            action=N_("重開"),
            other=later,
            state=N_("已關帳"),
        )
    result: uuid.UUID | None = uow.connection.execute(REOPEN, wanted).scalar_one_or_none()
    return result


def _require_order(uow: UnitOfWork, period: Period, *, agency_code: str) -> None:
    """Raise PeriodOrder while a month before it is open."""
    earlier: int | None = uow.connection.execute(
        FIRST_OPEN_BEFORE,
        {
            "fiscal_year": period.fiscal_year,
            "period": period.period,
            "agency_code": agency_code,
        },
    ).scalar_one()
    if earlier is not None:
        raise PeriodOrder(
            fiscal_year=period.fiscal_year,
            period=period.period,
            action=N_("關帳"),
            other=earlier,
            state=N_("未關帳"),
        )


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
