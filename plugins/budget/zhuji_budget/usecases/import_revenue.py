"""Keep revenue taken from published tables as part of the year's bill (匯入歲入)."""

from __future__ import annotations

from zhuji_budget.domain.bill import RevenueFacts
from zhuji_budget.domain.year import BudgetYear, require_state
from zhuji_budget.permissions import IMPORT_BOOK
from zhuji_budget.store import bill as store
from zhuji_budget.store import years
from zhuji_budget.usecases._council import require_bill_open
from zhuji_core.uow import UnitOfWork


def import_revenue(uow: UnitOfWork, *, revenue: RevenueFacts) -> BudgetYear:
    """Add the rows to the bill of their year, whose expenditure was imported before.

    Raises Forbidden, YearNotFound, YearState (after enactment) or BillAtCouncil; then nothing
    is kept.
    """
    uow.require(IMPORT_BOOK)
    fiscal_year = revenue.fiscal_year
    year = require_state(
        years.lock(uow, fiscal_year=fiscal_year), fiscal_year=fiscal_year, needed="bill"
    )
    require_bill_open(uow, fiscal_year=fiscal_year)
    store.keep_revenue(uow, revenue.rows, fiscal_year=fiscal_year)
    years.note_writers(uow, fiscal_year=fiscal_year)
    uow.audit(
        IMPORT_BOOK.name,
        year.document,
        after={
            "source": revenue.source,
            "revenue_rows": len(revenue.rows),
            "revenue_ntd": revenue.total_ntd,
        },
    )
    return year
