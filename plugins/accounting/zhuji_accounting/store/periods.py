"""SQL that closes months, in one step or in two, and reopens them."""

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
# Period 0 is no month: only the vouchers that open the year share this gate. Of two years the lower
# one comes first (core/docs/locks.md).
SHUT_YEAR = sa.text(f"""
    SELECT pg_advisory_xact_lock({PERIOD_GATE}, CAST(:fiscal_year * 100 AS integer))
""")
# Waits until every act under way in this period has committed; those that come later wait here,
# and find the month closed (``certifications.INSERT``, ``certifications.RELEASE``).
SHUT_GATE = sa.text(f"""
    SELECT pg_advisory_xact_lock({PERIOD_GATE}, CAST(:fiscal_year * 100 + :period AS integer))
""")
CLOSE = sa.text("""
    INSERT INTO accounting.closed_period AS p
           (fiscal_year, agency_code, period, document_id, stage, closed_by, closed_by_name,
            closed_at)
    VALUES (:fiscal_year, :agency_code, :period, :document_id, 'closed', :actor_id, :actor_name,
            :now)
        ON CONFLICT (fiscal_year, agency_code, period) DO UPDATE
       SET stage = 'closed', closed_by = excluded.closed_by,
           closed_by_name = excluded.closed_by_name, closed_at = excluded.closed_at
     WHERE p.stage = 'soft'
    RETURNING document_id
""")
STOP = sa.text("""
    INSERT INTO accounting.closed_period
           (fiscal_year, agency_code, period, document_id, stage, closed_by, closed_by_name,
            closed_at)
    VALUES (:fiscal_year, :agency_code, :period, :document_id, 'soft', :actor_id, :actor_name,
            :now)
        ON CONFLICT DO NOTHING
    RETURNING document_id
""")
RESUME = sa.text("""
    DELETE FROM accounting.closed_period
     WHERE fiscal_year = :fiscal_year AND agency_code = :agency_code AND period = :period
       AND stage = 'soft'
    RETURNING document_id
""")
FIRST_OPEN_BEFORE = sa.text("""
    SELECT min(m.period)
      FROM generate_series(1, :period - 1) AS m (period)
     WHERE NOT EXISTS (SELECT FROM accounting.closed_period AS p
                        WHERE p.fiscal_year = :fiscal_year AND p.period = m.period
                          AND p.agency_code IN (:agency_code, '') AND p.stage = 'closed')
""")
LAST_CLOSED_AFTER = sa.text("""
    SELECT max(p.period)
      FROM accounting.closed_period AS p
     WHERE p.fiscal_year = :fiscal_year AND p.period > :period
       AND p.agency_code IN (:agency_code, '') AND p.stage = 'closed'
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
       AND stage = 'closed'
    RETURNING document_id
""")


def shut_year(uow: UnitOfWork, fiscal_year: int) -> None:
    """Wait for whoever closes, reopens, ends or opens this year; later ones wait for the commit."""
    uow.connection.execute(SHUT_YEAR, {"fiscal_year": fiscal_year})


def shut(uow: UnitOfWork, period: Period) -> None:
    """Wait for every act of this month and keep later ones waiting until the commit."""
    shut_year(uow, period.fiscal_year)
    uow.connection.execute(SHUT_GATE, {"fiscal_year": period.fiscal_year, "period": period.period})


def close(uow: UnitOfWork, period: Period, *, agency_code: str) -> uuid.UUID | None:
    """Close the shut period; None when it was closed already.

    Raises PeriodOrder or VouchersPending.
    """
    _require_order(uow, period, agency_code=agency_code)
    _require_posted(uow, period, agency_code=agency_code)
    return _write(uow, CLOSE, period, agency_code)


def stop(uow: UnitOfWork, period: Period, *, agency_code: str) -> uuid.UUID | None:
    """Stop the intake of the shut period (停止收件); None when it was stopped or closed already."""
    return _write(uow, STOP, period, agency_code)


def resume(uow: UnitOfWork, period: Period, *, agency_code: str) -> uuid.UUID | None:
    """Take the intake up again; None when it was not stopped."""
    shut_year(uow, period.fiscal_year)
    return _write(uow, RESUME, period, agency_code)


def reopen(uow: UnitOfWork, period: Period, *, agency_code: str) -> uuid.UUID | None:
    """Open the period again; None when it was not closed. Raises PeriodOrder."""
    shut_year(uow, period.fiscal_year)
    later: int | None = uow.connection.execute(
        LAST_CLOSED_AFTER, _key(period, agency_code)
    ).scalar_one()
    if later is not None:
        raise PeriodOrder(
            fiscal_year=period.fiscal_year,
            period=period.period,
            action=N_("重開"),
            other=later,
            state=N_("已關帳"),
        )
    return _write(uow, REOPEN, period, agency_code)


def _key(period: Period, agency_code: str) -> dict[str, object]:
    return {
        "fiscal_year": period.fiscal_year,
        "period": period.period,
        "agency_code": agency_code,
    }


def _write(
    uow: UnitOfWork, statement: sa.TextClause, period: Period, agency_code: str
) -> uuid.UUID | None:
    result: uuid.UUID | None = uow.connection.execute(
        statement,
        {
            **_key(period, agency_code),
            "document_id": new_id(),
            "actor_id": uow.actor.user_id,
            "actor_name": uow.actor.signature,
            "now": uow.now,
        },
    ).scalar_one_or_none()
    return result


def _require_order(uow: UnitOfWork, period: Period, *, agency_code: str) -> None:
    """Raise PeriodOrder while a month before it is open."""
    earlier: int | None = uow.connection.execute(
        FIRST_OPEN_BEFORE, _key(period, agency_code)
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
    found = uow.connection.execute(UNPOSTED, _key(period, agency_code)).one()
    if found.vouchers:
        raise VouchersPending(
            fiscal_year=period.fiscal_year,
            period=period.period,
            count=found.vouchers,
            oldest_on=str(found.oldest_on),
            memo=found.memo,
        )
