"""Compile the reviewed estimates of a year into its bill (編成預算案)."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_budget.domain.bill import (
    Bill,
    WrongCount,
    compiled,
    require_once,
    require_reviewed,
)
from zhuji_budget.domain.bill_gaps import BillAgency, BillOutlook, require_whole
from zhuji_budget.domain.enactment import operator_said
from zhuji_budget.domain.estimate import REVENUE, Estimate
from zhuji_budget.domain.reserve_limit import require_reserves
from zhuji_budget.domain.review import require_still_within
from zhuji_budget.domain.year import YearNotFound, require_state
from zhuji_budget.permissions import COMPILE_BILL
from zhuji_budget.queries.codes import codes_of
from zhuji_budget.queries.estimates import objects_of
from zhuji_budget.store import bill as store
from zhuji_budget.store import digests, estimates, years
from zhuji_budget.store.bill_gaps import bill_to_come
from zhuji_budget.store.codes import ensure_shipped
from zhuji_budget.store.roles import mark_reserves, reserves_over
from zhuji_budget.usecases._council import require_bill_open
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value


class Compiled(Value, frozen=True, kw_only=True):
    """What came into the bill now, NT dollars, and the whole bill with who is not in it."""

    fiscal_year: int
    agencies: int
    lines: int
    control_rows: int
    expenditure_ntd: int
    revenue_ntd: int
    bill_expenditure_ntd: int
    bill_revenue_ntd: int
    bill_difference_ntd: int
    missing: tuple[BillAgency, ...]
    waiting: tuple[BillAgency, ...]
    gap_reason: str


def compile_bill(
    uow: UnitOfWork, *, fiscal_year: int, confirmation: str | None = None, gap_reason: str = ""
) -> Compiled:
    """Add the approved items up and keep them as lines, control rows and revenue of the bill.

    ``confirmation`` is the number of agencies that a person keyed; a program gives none.
    ``gap_reason``: why the bill is compiled without agencies that ought to be in it, or without
    revenue. Raises Forbidden, OperatorReasonMissing, YearNotFound, WrongCount, BillIncomplete,
    BillWithoutRevenue, BillSourcesUneven, ReviewOverCeiling, NothingToCompile, YearState (after
    enactment), BillAtCouncil, BillObjectUnknown, BillLineTwice or ReserveOver; then nothing is
    kept.
    """
    uow.require(COMPILE_BILL)
    operator = operator_said(uow.actor)
    found = store.estimates_of(uow, fiscal_year=fiscal_year)
    if not found:
        raise YearNotFound(fiscal_year=fiscal_year)
    years.open_year(uow, fiscal_year=fiscal_year)
    year = require_state(
        years.lock(uow, fiscal_year=fiscal_year), fiscal_year=fiscal_year, needed="bill"
    )
    require_bill_open(uow, fiscal_year=fiscal_year)
    ensure_shipped(uow)
    all_of_year = estimates.lock(uow, found)
    if confirmation not in {None, str(sum(one.state == "reviewed" for one in all_of_year))}:
        raise WrongCount(fields={"confirmation": WrongCount.message})
    reviewed = require_reviewed(all_of_year, fiscal_year=fiscal_year)
    for one in reviewed:
        require_still_within(one)
    outlook = bill_to_come(uow, fiscal_year=fiscal_year)
    said = require_whole(outlook, reason=gap_reason)
    bill = compiled(
        reviewed,
        objects=objects_of(uow, fiscal_year),
        schemes=codes_of(uow).schemes,
        new_id=new_id,
    )
    require_once(bill, taken=store.taken_codes(uow, bill, fiscal_year=fiscal_year))
    store.keep(uow, bill, fiscal_year=fiscal_year, estimates=[one.estimate_id for one in reviewed])
    mark_reserves(uow, fiscal_year=fiscal_year)
    wrote = {person for one in reviewed for person in one.writers}
    years.note_writers(uow, fiscal_year=fiscal_year, behind=wrote)
    require_reserves(reserves_over(uow, fiscal_year=fiscal_year))
    made = _made(bill, outlook, agencies=len(reviewed), gap_reason=said)
    _mark_compiled(uow, reviewed)
    uow.audit(
        COMPILE_BILL.name,
        year.document,
        after={
            "lines": made.lines,
            "total_ntd": made.expenditure_ntd,
            "agencies": made.agencies,
            **outlook.summary,
            "gap_reason": said,
            **operator,
        },
    )
    return made


def _mark_compiled(uow: UnitOfWork, reviewed: Sequence[Estimate]) -> None:
    for estimate in reviewed:
        estimates.keep_version(uow, estimate, stage="compiled")
        uow.audit(
            COMPILE_BILL.name,
            estimate.document,
            before={"state": "reviewed"},
            after={
                **digests.of_estimate(uow, estimate.estimate_id),
                "state": "compiled",
                "expenditure_ntd": estimate.expenditure_ntd - estimate.cut_ntd,
                "revenue_ntd": sum(line.approved_ntd for line in estimate.of(REVENUE)),
            },
        )


def _made(bill: Bill, outlook: BillOutlook, *, agencies: int, gap_reason: str) -> Compiled:
    return Compiled(
        fiscal_year=outlook.fiscal_year,
        agencies=agencies,
        lines=len(bill.lines),
        control_rows=sum(len(line.rows) for line in bill.lines),
        expenditure_ntd=bill.expenditure_ntd,
        revenue_ntd=bill.revenue_ntd,
        bill_expenditure_ntd=outlook.expenditure_ntd,
        bill_revenue_ntd=outlook.revenue_ntd,
        bill_difference_ntd=outlook.difference_ntd,
        missing=outlook.missing,
        waiting=outlook.waiting,
        gap_reason=gap_reason,
    )
