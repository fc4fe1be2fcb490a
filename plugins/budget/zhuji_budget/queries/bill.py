"""The bill of a year before it is compiled, and after: who is in it, who is not, its balance."""

from __future__ import annotations

from zhuji_budget.domain.bill_gaps import BillOutlook
from zhuji_budget.domain.year import require_planned
from zhuji_budget.permissions import COMPILE_BILL, READ_LINES
from zhuji_budget.queries.years import YearRow
from zhuji_budget.store.bill_gaps import bill_as_compiled, bill_to_come
from zhuji_core.audit.history import history
from zhuji_core.uow import UnitOfWork


def find_outlook(uow: UnitOfWork, fiscal_year: int) -> BillOutlook:
    """Return the bill that compiling now would make; raise Forbidden or YearNotFound."""
    uow.require(COMPILE_BILL)
    require_planned(fiscal_year, this_year=uow.fiscal_year)
    return bill_to_come(uow, fiscal_year=fiscal_year)


def find_compiled(uow: UnitOfWork, year: YearRow) -> BillOutlook:
    """Return the bill as it stands: what is enacted if it is enacted now."""
    uow.require(READ_LINES)
    return bill_as_compiled(uow, fiscal_year=year.fiscal_year)


def said_at_compiling(uow: UnitOfWork, year: YearRow) -> str:
    """Return why the bill was compiled though it is not whole, as it was told last."""
    uow.require(READ_LINES)
    told = [
        (entry.after or {}).get("gap_reason", "")
        for entry in history(uow, year.document_id)
        if entry.action == COMPILE_BILL.name
    ]
    return next((text for text in reversed(told) if text), "")
