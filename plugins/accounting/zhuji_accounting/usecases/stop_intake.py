"""Stop the intake of a month (停止收件): no more requests and claims; vouchers are still posted."""

from __future__ import annotations

from zhuji_accounting.domain.period import period_document, require_begun, valid_period
from zhuji_accounting.domain.refusals import PeriodState
from zhuji_accounting.permissions import CLOSE_PERIOD
from zhuji_accounting.store import periods
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

ACTION = "accounting.period.stop"


def stop_intake(uow: UnitOfWork, *, fiscal_year: int, period: int, agency_code: str) -> None:
    """Take no more certifications, releases and claims in the month of ``agency_code``.

    Raises Forbidden, PeriodInvalid, PeriodFuture or PeriodState; then nothing is kept.
    """
    uow.require(CLOSE_PERIOD, agency_code=agency_code)
    wanted = valid_period(fiscal_year=fiscal_year, period=period)
    require_begun(wanted, today=uow.business_date)
    periods.shut(uow, wanted)
    document_id = periods.stop(uow, wanted, agency_code=agency_code)
    if document_id is None:
        raise PeriodState(fiscal_year=fiscal_year, period=period, state=N_("已停止收件或已關帳"))
    uow.audit(
        ACTION,
        period_document(wanted, agency_code=agency_code, document_id=document_id),
        before={"stage": "open"},
        after={"stage": "soft"},
    )
