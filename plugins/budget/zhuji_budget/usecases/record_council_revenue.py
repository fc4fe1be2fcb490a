"""Record what the council decided on the revenue of the bill, until enactment."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_budget.domain.council import CouncilRevenue, require_revenues
from zhuji_budget.domain.council_record import REVENUE_RECORDED, Decision
from zhuji_budget.domain.enactment import operator_said
from zhuji_budget.domain.schedule import Side
from zhuji_budget.domain.year import BudgetYear, require_state
from zhuji_budget.permissions import RECORD_COUNCIL
from zhuji_budget.store import council as store
from zhuji_budget.store import years
from zhuji_budget.usecases._council import UNSAID, Said, Scope, changed, note, require_seen
from zhuji_core.uow import UnitOfWork


def record_council_revenue(
    uow: UnitOfWork, *, fiscal_year: int, changes: Sequence[CouncilRevenue], said: Said = UNSAID
) -> BudgetYear:
    """Put ``changes`` in the place of what was recorded before; a row not named is passed as is.

    What changes is kept as a recording of its own. Raises Forbidden, OperatorReasonMissing,
    YearNotFound, YearState, CouncilStale, CouncilInvalid or CouncilReasonMissing; then nothing is
    kept.
    """
    uow.require(RECORD_COUNCIL)
    operator = operator_said(uow.actor)
    year = require_state(
        years.lock(uow, fiscal_year=fiscal_year), fiscal_year=fiscal_year, needed="bill"
    )
    scope = Scope(fiscal_year, Side.REVENUE)
    require_seen(uow, scope, said)
    require_revenues(changes, bill_ntd=store.bill_revenues(uow, fiscal_year=fiscal_year))
    differing = changed(
        uow,
        scope,
        {
            one.revenue_row_id: Decision(amount_ntd=one.change_ntd, words=one.reason.strip())
            for one in changes
        },
    )
    if not differing:
        uow.abandon("everything stands so already")
        return year
    told = note(uow, scope, differing, reason=said.reason)
    store.keep_revenue(uow, changes, fiscal_year=fiscal_year)
    years.note_writers(uow, fiscal_year=fiscal_year)
    uow.audit(
        REVENUE_RECORDED,
        year.document,
        after={
            "revenue_changes": list(changes),
            "revenue_change_ntd": sum(one.change_ntd for one in changes),
            **told,
            **operator,
        },
    )
    return year
