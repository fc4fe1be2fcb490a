"""Record what the council decided on the bill (登錄議會審議結果), until enactment."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_budget.domain.council import CouncilChange, require_changes
from zhuji_budget.domain.year import BudgetYear, require_state
from zhuji_budget.permissions import RECORD_COUNCIL
from zhuji_budget.store import council as store
from zhuji_budget.store import years
from zhuji_core.uow import UnitOfWork


def record_council(
    uow: UnitOfWork, *, fiscal_year: int, changes: Sequence[CouncilChange]
) -> BudgetYear:
    """Put ``changes`` in the place of what was recorded before; a row not named is passed as is.

    Raises Forbidden, YearNotFound, YearState or CouncilInvalid; then nothing is kept.
    """
    uow.require(RECORD_COUNCIL)
    year = require_state(
        years.lock(uow, fiscal_year=fiscal_year), fiscal_year=fiscal_year, needed="bill"
    )
    require_changes(changes, bill_ntd=store.bill_rows(uow, fiscal_year=fiscal_year))
    store.keep(uow, changes, fiscal_year=fiscal_year)
    years.note_writers(uow, fiscal_year=fiscal_year)
    uow.audit(
        RECORD_COUNCIL.name,
        year.document,
        after={
            "changes": list(changes),
            "cut_ntd": sum(one.cut_ntd for one in changes),
            "frozen_ntd": sum(one.frozen_ntd for one in changes),
        },
    )
    return year
