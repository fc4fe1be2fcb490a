"""End the year of an agency (年度終了): close its accounts, keep its reports, open the next year.

A preview is this function in a transaction that is given up: what it shows is what would be.
"""

from __future__ import annotations

from zhuji_accounting.domain.carries.brought import Continued, GoingOn
from zhuji_accounting.domain.carries.carried import carried_facts
from zhuji_accounting.domain.ledger.successors import successors
from zhuji_accounting.domain.ledger.voucher import OPENING_PERIOD, Voucher
from zhuji_accounting.domain.period import LAST_PERIOD, require_begun
from zhuji_accounting.domain.report_set import ReportSet
from zhuji_accounting.domain.request import Brought, Period
from zhuji_accounting.domain.year_end import (
    YearHead,
    closing_facts,
    divided_accounts,
    opening_facts,
    source_label,
)
from zhuji_accounting.domain.year_end_refusals import YearAdvances, YearCommitments, YearState
from zhuji_accounting.facts import shipped_openings
from zhuji_accounting.permissions import CLOSE_YEAR
from zhuji_accounting.queries.charts import chart_of, posting_of
from zhuji_accounting.queries.periods import is_closed_for_good
from zhuji_accounting.queries.year_ends import (
    advances_out_of,
    balances_of,
    held_of,
    year_end_of,
)
from zhuji_accounting.store import charts, periods, year_ends
from zhuji_accounting.usecases._agency import agency_name
from zhuji_accounting.usecases._forward import bring_forward
from zhuji_accounting.usecases._record_fact import post_automatic
from zhuji_accounting.usecases.close_period import close_shut
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value

NOT_KEPT = "a preview of the year's end"


class ClosedYear(Value, frozen=True, kw_only=True):
    """What ended the year: the vouchers in their order, and the reports that were kept.

    ``continued``: the next year's requests that go on with what was decided to be carried over;
    it stands in the next year's books and on rows of former years of its budget.
    """

    head: YearHead
    vouchers: tuple[Voucher, ...]
    reports: tuple[ReportSet, ...]
    continued: tuple[Continued, ...] = ()

    @property
    def carried(self) -> list[GoingOn]:
        """What of each line is carried over (保留)."""
        lines = (line for one in self.continued for line in one.lines)
        return [line for line in lines if line.brought is Brought.CARRIED]


def close_year(
    uow: UnitOfWork, *, fiscal_year: int, agency_code: str, preview: bool = False
) -> ClosedYear:
    """End the year of ``agency_code``; with ``preview`` nothing of it is kept.

    Raises Forbidden, PeriodFuture, YearState, PeriodOrder, EventsPending, VouchersPending,
    YearCommitments, YearAdvances, YearLeftover, YearOpening, YearMapping, NoChart, NoPostingRule or
    NoAccountForObject; then nothing is kept.
    """
    uow.require(CLOSE_YEAR, agency_code=agency_code)
    last = Period(fiscal_year=fiscal_year, period=LAST_PERIOD)
    require_begun(last, today=uow.business_date)
    periods.shut(uow, last)
    if year_end_of(uow, agency_code=agency_code, fiscal_year=fiscal_year) is not None:
        raise YearState(agency_code=agency_code, fiscal_year=fiscal_year, state=N_("已結帳"))
    _require_answered(uow, fiscal_year, agency_code)
    reports: tuple[ReportSet, ...] = ()
    if not is_closed_for_good(uow, last, agency_code=agency_code):
        reports = close_shut(uow, last, agency_code=agency_code)
    closed = _post(uow, _head(uow, fiscal_year, agency_code), reports)
    year_ends.keep(uow, closed.head)
    uow.audit(CLOSE_YEAR.name, closed.head.document, before=None, after=summary(closed))
    if preview:
        uow.abandon(NOT_KEPT)
    return closed


def _require_answered(uow: UnitOfWork, fiscal_year: int, agency_code: str) -> None:
    """Raise YearCommitments or YearAdvances while money of the year is held or out.

    Asked with the gate of the adjustment period shut: nothing is claimed or paid back meanwhile.
    """
    held = held_of(uow, agency_code=agency_code, fiscal_year=fiscal_year)
    if held.count:
        raise YearCommitments(
            fiscal_year=fiscal_year,
            count=held.count,
            held_ntd=held.held_ntd,
            arithmetic={"held_ntd": held.held_ntd},
        )
    out = advances_out_of(uow, agency_code=agency_code, fiscal_year=fiscal_year)
    if out.count:
        raise YearAdvances(
            fiscal_year=fiscal_year,
            count=out.count,
            outstanding_ntd=out.outstanding_ntd,
            advances="、".join(f"{label} {ntd:,}" for label, ntd in out.named.items())
            + ("……" if out.count > len(out.named) else ""),
            arithmetic={**out.named, "outstanding_ntd": out.outstanding_ntd},
        )


def _head(uow: UnitOfWork, fiscal_year: int, agency_code: str) -> YearHead:
    return YearHead(
        agency_code=agency_code,
        agency_name=agency_name(uow, agency_code),
        fiscal_year=fiscal_year,
        document=DocumentRef(
            kind="accounting.year-end",
            document_id=new_id(),
            label=source_label(fiscal_year),
            agency_code=agency_code,
        ),
    )


def _post(uow: UnitOfWork, head: YearHead, reports: tuple[ReportSet, ...]) -> ClosedYear:
    """Post the closing vouchers and those that open the next year, in this order."""
    charts.ensure_shipped(uow)
    posting = posting_of(uow, fiscal_year=head.fiscal_year, on_date=head.closes_on)
    balances = balances_of(
        uow,
        agency_code=head.agency_code,
        fiscal_year=head.fiscal_year,
        divided=divided_accounts(posting.chart, posting.rules),
    )
    facts, remaining = closing_facts(head, balances, chart=posting.chart, rules=posting.rules)
    next_chart = chart_of(uow, head.fiscal_year + 1)
    facts += opening_facts(
        head,
        remaining,
        balances,
        chart=posting.chart,
        next_chart=next_chart,
        opens=successors(posting.chart, next_chart, shipped_openings()),
    )
    continued, requests = bring_forward(uow, head)
    vouchers = post_automatic(uow, facts + carried_facts(head, requests))
    return ClosedYear(
        head=head,
        vouchers=tuple(vouchers),
        reports=reports,
        continued=continued,
    )


def summary(closed: ClosedYear) -> dict[str, object]:
    """Return what the audit keeps of the end of a year."""
    return {
        "closing": [one.label for one in closed.vouchers if one.period != OPENING_PERIOD],
        "opening": [one.label for one in closed.vouchers if one.period == OPENING_PERIOD],
        "carried_ntd": sum(one.amount_ntd for one in closed.carried),
        "continued": {one.first.request_label: one.label for one in closed.continued},
        "reports": {str(one.kind): one.digest for one in closed.reports},
    }
