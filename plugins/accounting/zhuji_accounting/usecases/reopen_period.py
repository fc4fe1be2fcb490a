"""Reopen a closed month; only the county's BAS office may (重開).

The months of an ended year are opened again only after the year itself: its closing entries and the
next year's opening balances were made of them.
"""

from __future__ import annotations

from zhuji_accounting.domain import rules
from zhuji_accounting.domain.period import period_document, valid_period
from zhuji_accounting.domain.refusals import PeriodState
from zhuji_accounting.domain.year_end_refusals import YearState
from zhuji_accounting.permissions import REOPEN_PERIOD
from zhuji_accounting.queries.year_ends import ended_agency
from zhuji_accounting.store import periods
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_


def reopen_period(
    uow: UnitOfWork, *, fiscal_year: int, period: int, agency_code: str, reason: str
) -> None:
    """Reopen the month of ``agency_code``.

    Raises Forbidden, ReasonMissing, TooLong, PeriodInvalid, YearState, PeriodOrder or PeriodState;
    then nothing is kept.
    """
    uow.require(REOPEN_PERIOD)
    said = rules.require_reason(reason)
    wanted = valid_period(fiscal_year=fiscal_year, period=period)
    periods.shut_year(uow, fiscal_year)
    ended = ended_agency(uow, agency_code=agency_code, fiscal_year=fiscal_year)
    if ended is not None:
        raise YearState(
            agency_code=ended, fiscal_year=fiscal_year, state=N_("已結帳，須先重開年度結帳")
        )
    document_id = periods.reopen(uow, wanted, agency_code=agency_code)
    if document_id is None:
        raise PeriodState(fiscal_year=fiscal_year, period=period, state=N_("未關帳"))
    uow.audit(
        REOPEN_PERIOD.name,
        period_document(wanted, agency_code=agency_code, document_id=document_id),
        before={"closed": True},
        after={"closed": False, "reason": said},
    )
