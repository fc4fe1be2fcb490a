"""Close a month of an agency: it takes no more certifications (關帳)."""

from __future__ import annotations

from zhuji_accounting.domain.period import period_document, require_begun, valid_period
from zhuji_accounting.domain.refusals import PeriodState
from zhuji_accounting.permissions import CLOSE_PERIOD
from zhuji_accounting.queries.untold import require_told
from zhuji_accounting.store import periods
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_


def close_period(uow: UnitOfWork, *, fiscal_year: int, period: int, agency_code: str) -> None:
    """Close the month of ``agency_code``.

    Raises Forbidden, PeriodInvalid, PeriodFuture, PeriodOrder, EventsPending, VouchersPending or
    PeriodState; then nothing is kept.
    """
    uow.require(CLOSE_PERIOD, agency_code=agency_code)
    wanted = valid_period(fiscal_year=fiscal_year, period=period)
    require_begun(wanted, today=uow.business_date)
    periods.shut(uow, wanted)
    require_told(uow, wanted, agency_code=agency_code)
    document_id = periods.close(uow, wanted, agency_code=agency_code)
    if document_id is None:
        raise PeriodState(fiscal_year=fiscal_year, period=period, state=N_("已關帳"))
    uow.audit(
        CLOSE_PERIOD.name,
        period_document(wanted, agency_code=agency_code, document_id=document_id),
        before={"closed": False},
        after={"closed": True},
    )
