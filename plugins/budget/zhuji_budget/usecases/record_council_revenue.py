"""Record what the council decided on the revenue of the bill, until enactment."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_budget.domain.council import CouncilRevenue, require_revenues
from zhuji_budget.domain.year import BudgetYear, require_state
from zhuji_budget.permissions import RECORD_COUNCIL
from zhuji_budget.store import council as store
from zhuji_budget.store import years
from zhuji_core.uow import UnitOfWork

ACTION = "budget.council.record-revenue"


def record_council_revenue(
    uow: UnitOfWork, *, fiscal_year: int, changes: Sequence[CouncilRevenue]
) -> BudgetYear:
    """Put ``changes`` in the place of what was recorded before; a row not named is passed as is.

    Raises Forbidden, YearNotFound, YearState or CouncilInvalid; then nothing is kept.
    """
    uow.require(RECORD_COUNCIL)
    year = require_state(
        years.lock(uow, fiscal_year=fiscal_year), fiscal_year=fiscal_year, needed="bill"
    )
    require_revenues(changes, bill_ntd=store.bill_revenues(uow, fiscal_year=fiscal_year))
    store.keep_revenue(uow, changes, fiscal_year=fiscal_year)
    years.note_writers(uow, fiscal_year=fiscal_year)
    uow.audit(
        ACTION,
        year.document,
        after={
            "revenue_changes": list(changes),
            "revenue_change_ntd": sum(one.change_ntd for one in changes),
        },
    )
    return year
