"""Closing and reopening a month: the document that the audit names."""

from __future__ import annotations

import uuid

from zhuji_accounting.domain.refusals import PeriodInvalid
from zhuji_accounting.domain.request import Period
from zhuji_core.contracts.documents import DocumentRef

LAST_PERIOD = 13


def valid_period(*, fiscal_year: int, period: int) -> Period:
    """Return the period; raise PeriodInvalid outside 1–13."""
    if not 1 <= period <= LAST_PERIOD:
        raise PeriodInvalid(period=period, fields={"period": PeriodInvalid.message})
    return Period(fiscal_year=fiscal_year, period=period)


def period_document(period: Period, *, agency_code: str, document_id: uuid.UUID) -> DocumentRef:
    return DocumentRef(
        kind="accounting.period",
        document_id=document_id,
        label=f"{period.fiscal_year}-{period.period:02}",
        agency_code=agency_code,
    )
