"""Closing and reopening a month: the document that the audit names."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

from zhuji_accounting.domain.ledger.refusals import NoChart
from zhuji_accounting.domain.ledger.voucher import ADJUSTMENT_PERIOD
from zhuji_accounting.domain.refusals import PeriodFuture, PeriodInvalid
from zhuji_accounting.domain.request import Period
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.formats import ROC_OFFSET
from zhuji_core.values import N_

LAST_PERIOD = ADJUSTMENT_PERIOD
DECEMBER = 12
TITLES = {0: N_("開帳（0）"), LAST_PERIOD: N_("整理期間（13）"), 14: N_("結帳（14）")}


def valid_period(*, fiscal_year: int, period: int) -> Period:
    """Return the period; raise PeriodInvalid outside 1–13."""
    if not 1 <= period <= LAST_PERIOD:
        raise PeriodInvalid(period=period, fields={"period": PeriodInvalid.message})
    return Period(fiscal_year=fiscal_year, period=period)


def period_title(period: int, gettext: Callable[[str], str]) -> str:
    """Return the words of a period in the reader's language."""
    if period in TITLES:
        return gettext(TITLES[period])
    return gettext(N_("{period} 月")).format(period=period)


def require_begun(period: Period, *, today: dt.date) -> None:
    """Raise PeriodFuture for a month that has not begun: it has nothing to close.

    Raise NoChart for one before the first year of the calendar: nothing was ever booked there.
    """
    if period.fiscal_year < 1:
        raise NoChart(fiscal_year=period.fiscal_year)
    # Not by dates: the year that somebody asks for may be one that no calendar has.
    year, month = period.fiscal_year + ROC_OFFSET, period.period
    if period.period == LAST_PERIOD:
        year, month = year + 1, 1
    if (year, month) > (today.year, today.month):
        raise PeriodFuture(
            fiscal_year=period.fiscal_year,
            period=period.period,
            begins_on=f"{year}-{month:02}-01",
            today=str(today),
        )


def period_document(period: Period, *, agency_code: str, document_id: uuid.UUID) -> DocumentRef:
    return DocumentRef(
        kind="accounting.period",
        document_id=document_id,
        label=f"{period.fiscal_year}-{period.period:02}",
        agency_code=agency_code,
    )
