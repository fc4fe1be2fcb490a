"""Close a month of an agency (關帳): nothing enters its books, and its reports are kept."""

from __future__ import annotations

import msgspec

from zhuji_accounting.domain.period import period_document, require_begun, valid_period
from zhuji_accounting.domain.refusals import PeriodState
from zhuji_accounting.domain.report_set import ReportSet, kinds_of
from zhuji_accounting.domain.request import Period
from zhuji_accounting.domain.year_end_refusals import YearOrder
from zhuji_accounting.permissions import CLOSE_PERIOD
from zhuji_accounting.queries.report_sets import compose
from zhuji_accounting.queries.untold import require_told
from zhuji_accounting.queries.year_ends import has_books, year_end_of
from zhuji_accounting.store import periods, report_sets
from zhuji_accounting.usecases._agency import agency_name
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_


def close_period(
    uow: UnitOfWork, *, fiscal_year: int, period: int, agency_code: str
) -> tuple[ReportSet, ...]:
    """Close the month of ``agency_code``; return the reports that were kept of it.

    Raises Forbidden, PeriodInvalid, PeriodFuture, NoChart, PeriodOrder, YearOrder, EventsPending,
    VouchersPending or PeriodState; then nothing is kept.
    """
    uow.require(CLOSE_PERIOD, agency_code=agency_code)
    wanted = valid_period(fiscal_year=fiscal_year, period=period)
    require_begun(wanted, today=uow.business_date)
    periods.shut(uow, wanted)
    if period == 1:
        _require_year_before(uow, fiscal_year - 1, agency_code)
    return close_shut(uow, wanted, agency_code=agency_code)


def close_shut(uow: UnitOfWork, wanted: Period, *, agency_code: str) -> tuple[ReportSet, ...]:
    """Close the month whose gate is shut, keep its reports, and say so in the audit.

    Raises PeriodOrder, EventsPending, VouchersPending or PeriodState.
    """
    require_told(uow, wanted, agency_code=agency_code)
    document_id = periods.close(uow, wanted, agency_code=agency_code)
    if document_id is None:
        raise PeriodState(fiscal_year=wanted.fiscal_year, period=wanted.period, state=N_("已關帳"))
    kept = _keep_reports(uow, wanted, agency_code)
    uow.audit(
        CLOSE_PERIOD.name,
        period_document(wanted, agency_code=agency_code, document_id=document_id),
        before={"closed": False},
        after={"closed": True, "reports": {str(one.kind): one.digest for one in kept}},
    )
    return kept


def _require_year_before(uow: UnitOfWork, fiscal_year: int, agency_code: str) -> None:
    """Raise YearOrder while the year before has books and is not ended.

    January's reports begin with what that year leaves.
    """
    if has_books(uow, agency_code=agency_code, fiscal_year=fiscal_year) and (
        year_end_of(uow, agency_code=agency_code, fiscal_year=fiscal_year) is None
    ):
        raise YearOrder(
            fiscal_year=fiscal_year + 1,
            action=N_("關帳"),
            other_year=fiscal_year,
            state=N_("未結帳"),
        )


def _keep_reports(uow: UnitOfWork, period: Period, agency_code: str) -> tuple[ReportSet, ...]:
    """Keep what the books tell of the month, of the half-year after June, of the year after 13."""
    name = agency_name(uow, agency_code)
    kept = []
    for kind in kinds_of(period.period):
        reports = compose(
            uow,
            fiscal_year=period.fiscal_year,
            agency_code=agency_code,
            period=period.period,
            kind=kind,
        )
        kept.append(msgspec.structs.replace(reports, agency_name=name))
        report_sets.keep(uow, kept[-1])
    return tuple(kept)
