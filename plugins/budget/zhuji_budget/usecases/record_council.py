"""Record what the council decided on the bill (登錄議會審議結果), until enactment."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from zhuji_budget.domain.council import CouncilChange, require_changes
from zhuji_budget.domain.council_record import Decision
from zhuji_budget.domain.enactment import operator_said
from zhuji_budget.domain.schedule import Side
from zhuji_budget.domain.year import BudgetYear, require_state
from zhuji_budget.permissions import RECORD_COUNCIL
from zhuji_budget.store import council as store
from zhuji_budget.store import years
from zhuji_budget.usecases._council import UNSAID, Said, Scope, changed, note, require_seen
from zhuji_core.uow import UnitOfWork


def record_council(
    uow: UnitOfWork,
    *,
    fiscal_year: int,
    changes: Sequence[CouncilChange],
    line_id: uuid.UUID | None = None,
    said: Said = UNSAID,
) -> BudgetYear:
    """Put ``changes`` in the place of what was recorded before; a row not named is passed as is.

    With ``line_id`` that is so of this line's rows, and what was recorded on others stays. What
    changes is kept as a recording of its own. Raises Forbidden, OperatorReasonMissing,
    YearNotFound, YearState, CouncilStale, CouncilInvalid or CouncilReasonMissing; then nothing is
    kept.
    """
    uow.require(RECORD_COUNCIL)
    operator = operator_said(uow.actor)
    year = require_state(
        years.lock(uow, fiscal_year=fiscal_year), fiscal_year=fiscal_year, needed="bill"
    )
    scope = Scope(fiscal_year, Side.EXPENDITURE, line_id)
    require_seen(uow, scope, said)
    bill_ntd = store.bill_rows(uow, fiscal_year=fiscal_year, line_id=line_id)
    require_changes(changes, bill_ntd=bill_ntd)
    differing = changed(uow, scope, {one.control_row_id: _decision(one) for one in changes})
    if not differing:
        uow.abandon("everything stands so already")
        return year
    told = note(uow, scope, differing, reason=said.reason)
    store.keep(uow, changes, fiscal_year=fiscal_year, line_id=line_id)
    years.note_writers(uow, fiscal_year=fiscal_year)
    uow.audit(
        RECORD_COUNCIL.name,
        year.document,
        after={
            **({} if line_id is None else {"line_id": str(line_id)}),
            "changes": list(changes),
            "cut_ntd": sum(one.cut_ntd for one in changes),
            "frozen_ntd": sum(one.frozen_ntd for one in changes),
            **told,
            **operator,
        },
    )
    return year


def _decision(change: CouncilChange) -> Decision:
    return Decision(
        amount_ntd=change.cut_ntd, frozen_ntd=change.frozen_ntd, words=change.condition.strip()
    )
