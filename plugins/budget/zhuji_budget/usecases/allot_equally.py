"""Allot a year equally by month (分配預算); other rules of allotment come beside this one."""

from __future__ import annotations

import msgspec

from zhuji_budget.domain.allotment import equal_months, require_proposed
from zhuji_budget.domain.enactment import operator_said
from zhuji_budget.domain.schedule import Side
from zhuji_budget.domain.year import BudgetYear, require_state
from zhuji_budget.permissions import APPROVE_ALLOTMENT
from zhuji_budget.store import digests, years
from zhuji_budget.usecases._telling import release_begun
from zhuji_core.proposals.model import Proposal
from zhuji_core.uow import UnitOfWork


def allot_equally(
    uow: UnitOfWork, *, fiscal_year: int, proposal: Proposal | None = None
) -> BudgetYear:
    """Split each control row of the enacted year into twelve equal months (預算法 55).

    A person does so by approving the ``proposal`` of another (``propose_allotment.py``); an
    operator's command needs none, and says why. Months that have begun are released in the same
    transaction.

    Raises Forbidden, OperatorReasonMissing, AllottedAlone, YearNotFound or YearState; then
    nothing is kept.
    """
    uow.require(APPROVE_ALLOTMENT)
    operator = operator_said(uow.actor)
    require_proposed(is_proposed=proposal is not None, by_operator=bool(operator))
    enacted = require_state(
        years.lock(uow, fiscal_year=fiscal_year), fiscal_year=fiscal_year, needed="enacted"
    )
    months = {
        control_row_id: equal_months(budget_ntd)
        for control_row_id, budget_ntd in years.budgets(uow, fiscal_year=fiscal_year).items()
    }
    allotted = msgspec.structs.replace(enacted, state="allotted")
    rows = years.allot(uow, allotted, months)
    years.set_state(uow, allotted)
    release_begun(uow, allotted, side=Side.EXPENDITURE)
    uow.audit(
        APPROVE_ALLOTMENT.name,
        allotted.document,
        before={"state": enacted.state},
        after={
            "state": allotted.state,
            "rule": "equal",
            "control_rows": rows,
            "allotted_ntd": sum(sum(amounts) for amounts in months.values()),
            digests.DIGEST: digests.of_allotment(uow, allotted.document_id),
            **_proposed(proposal),
            **operator,
        },
    )
    return allotted


def _proposed(proposal: Proposal | None) -> dict[str, object]:
    """Whoever approves is the entry's own person; who proposed it, and why, stands beside."""
    if proposal is None:
        return {}
    return {
        "proposal_id": proposal.proposal_id,
        "proposed_by": proposal.proposed_by_name,
        "proposer_id": proposal.proposed_by,
        "reason": proposal.reason,
        "reference": proposal.reference,
    }
