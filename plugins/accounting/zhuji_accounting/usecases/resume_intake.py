"""Take the intake of a month up again (恢復收件): requests and claims are taken as before."""

from __future__ import annotations

from zhuji_accounting.domain import rules
from zhuji_accounting.domain.period import period_document, valid_period
from zhuji_accounting.domain.refusals import PeriodState
from zhuji_accounting.permissions import CLOSE_PERIOD
from zhuji_accounting.store import periods
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

ACTION = "accounting.period.resume"


def resume_intake(
    uow: UnitOfWork, *, fiscal_year: int, period: int, agency_code: str, reason: str
) -> None:
    """Open a month whose intake was stopped; one that was closed only 主計處 reopens.

    Raises Forbidden, ReasonMissing, TooLong, PeriodInvalid or PeriodState; then nothing is kept.
    """
    uow.require(CLOSE_PERIOD, agency_code=agency_code)
    said = rules.require_reason(reason)
    wanted = valid_period(fiscal_year=fiscal_year, period=period)
    document_id = periods.resume(uow, wanted, agency_code=agency_code)
    if document_id is None:
        raise PeriodState(fiscal_year=fiscal_year, period=period, state=N_("未停止收件或已關帳"))
    uow.audit(
        ACTION,
        period_document(wanted, agency_code=agency_code, document_id=document_id),
        before={"stage": "soft"},
        after={"stage": "open", "reason": said},
    )
