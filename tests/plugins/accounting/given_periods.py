"""An agency's months and years closed, and opened again."""

from __future__ import annotations

import datetime as dt

from tests.plugins.accounting.given import Office
from zhuji_accounting.domain.ledger.voucher import Voucher
from zhuji_accounting.usecases.close_period import close_period
from zhuji_accounting.usecases.close_year import ClosedYear, close_year
from zhuji_accounting.usecases.reopen_period import reopen_period
from zhuji_accounting.usecases.reopen_year import reopen_year

NEXT_FEBRUARY = dt.date(2017, 2, 6)
CLOSED = "SELECT period FROM accounting.closed_period ORDER BY period"


def close(office: Office, period: int, agency_code: str = "") -> None:
    with office.county.uow(office.reviewer) as uow:
        close_period(
            uow,
            fiscal_year=105,
            period=period,
            agency_code=agency_code or office.government.agency_code,
        )


def reopen(office: Office, period: int) -> None:
    with office.county.uow() as uow:
        reopen_period(
            uow,
            fiscal_year=105,
            period=period,
            agency_code=office.government.agency_code,
            reason="補登",
        )


def closed(office: Office) -> list[int]:
    return [row.period for row in office.county.rows(CLOSED)]


def close_months(office: Office) -> None:
    office.county.begun("twelve months closed", lambda: _close_months(office))


def _close_months(office: Office) -> None:
    for period in range(1, 13):
        close(office, period)


def end(office: Office, *, preview: bool = False) -> ClosedYear:
    with office.county.uow(office.reviewer) as uow:
        return close_year(
            uow, fiscal_year=105, agency_code=office.government.agency_code, preview=preview
        )


def take_back(office: Office) -> list[Voucher]:
    with office.county.uow() as uow:
        return reopen_year(
            uow, fiscal_year=105, agency_code=office.government.agency_code, reason="補登應付"
        )
