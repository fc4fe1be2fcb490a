"""Enact a budget year (法定預算成立): the bill's amounts become the immutable baseline."""

from __future__ import annotations

import msgspec

from zhuji_budget.domain.adjustment import Adjustment
from zhuji_budget.domain.bill_gaps import require_whole
from zhuji_budget.domain.enactment import operator_said, require_second, require_seen
from zhuji_budget.domain.reserve_limit import require_reserves
from zhuji_budget.domain.year import ActNumberMissing, BudgetYear, require_state
from zhuji_budget.permissions import ENACT_YEAR
from zhuji_budget.store import council, digests, years
from zhuji_budget.store.adjustments import adjust
from zhuji_budget.store.bill_gaps import bill_as_compiled
from zhuji_budget.store.roles import mark_reserves, reserves_over
from zhuji_budget.usecases._telling import tell_enacted
from zhuji_core.identity.duties import Step
from zhuji_core.identity.duty_exceptions import note_uses
from zhuji_core.uow import UnitOfWork


def enact_year(
    uow: UnitOfWork,
    *,
    fiscal_year: int,
    act_no: str,
    reserve_reason: str = "",
    gap_reason: str = "",
    seen: str = "",
) -> BudgetYear:
    """Enact ``fiscal_year`` on the ground of document ``act_no`` (地方制度法 40).

    ``reserve_reason``: why first reserves are beyond one per cent (預算法 22), where they are.
    ``gap_reason``: why agencies or revenue are not in the bill, where they ought to be.
    ``seen``: the token of the bill that was looked at (``domain/enactment.py``), where one was.
    Whoever imported, compiled or recorded the bill does not enact it. Raises Forbidden,
    OperatorReasonMissing, ActNumberMissing, YearNotFound, YearState, SamePerson, BillMoved,
    BillIncomplete, BillWithoutRevenue or ReserveOver; then nothing is kept.
    """
    uow.require(ENACT_YEAR)
    operator = operator_said(uow.actor)
    if not act_no.strip():
        raise ActNumberMissing(fields={"act_no": ActNumberMissing.message})
    bill = require_state(
        years.lock(uow, fiscal_year=fiscal_year), fiscal_year=fiscal_year, needed="bill"
    )
    used = require_second(bill.document, years.writers(uow, fiscal_year=fiscal_year), by=uow.actor)
    looked = years.bill_seen(uow, fiscal_year=fiscal_year)
    require_seen(bill.document, looked, seen=seen)
    outlook = bill_as_compiled(uow, fiscal_year=fiscal_year)
    said = require_whole(outlook, reason=gap_reason)
    over = reserves_over(uow, fiscal_year=fiscal_year)
    enacted = msgspec.structs.replace(
        bill,
        state="enacted",
        act_no=act_no.strip(),
        reserve_reason=require_reserves(over, reason=reserve_reason),
    )
    mark_reserves(uow, fiscal_year=fiscal_year)
    rows, enacted_ntd = years.enact(uow, enacted)
    revenue_ntd = council.enact_revenue(uow, enacted)
    frozen = council.frozen(uow, fiscal_year=fiscal_year)
    adjust(
        uow,
        enacted.document,
        [Adjustment(control_row_id=row, frozen_ntd=ntd) for row, ntd in frozen.items()],
    )
    years.set_state(uow, enacted)
    tell_enacted(uow, enacted)
    uow.audit(
        ENACT_YEAR.name,
        enacted.document,
        before={"state": bill.state},
        after={
            "state": enacted.state,
            "act_no": enacted.act_no,
            "control_rows": rows,
            "enacted_ntd": enacted_ntd,
            "frozen_ntd": sum(frozen.values()),
            "decisions": looked.decisions,
            "reserve_reason": enacted.reserve_reason,
            "revenue_ntd": revenue_ntd,
            digests.DIGEST: digests.of_year(uow, enacted.document_id),
            **({**outlook.summary, "gap_reason": said} if said else {}),
            **operator,
            **note_uses(uow, used, document=enacted.document, step=Step.APPROVE),
        },
    )
    return enacted
