"""Propose that a year is allotted equally by month; a second person approves (平均分配預算).

It makes the whole county's year spendable, so it takes two persons as a pooled line does.
"""

from __future__ import annotations

from zhuji_budget.domain.allotment import MONTHS, equal_months
from zhuji_budget.domain.year import STATE_TITLES, require_state
from zhuji_budget.permissions import APPROVE_ALLOTMENT
from zhuji_budget.store import years
from zhuji_budget.usecases.allot_equally import allot_equally
from zhuji_core.proposals.model import Foreseen, Proposal, ProposalKind, ProposedChange
from zhuji_core.proposals.propose import propose
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value


class EqualAllotment(Value, frozen=True, kw_only=True):
    """The enacted year that is to be allotted."""

    fiscal_year: int


def propose_allotment(
    uow: UnitOfWork, *, fiscal_year: int, reason: str, reference: str = ""
) -> Proposal:
    """Keep for a second person that the enacted year is allotted equally (預算法 55).

    Raises Forbidden, YearNotFound, YearState, ProposalReasonMissing or ProposalAlreadyOpen; then
    nothing is kept.
    """
    wanted = EqualAllotment(fiscal_year=fiscal_year)
    return propose(uow, EQUAL_ALLOTMENT, wanted, reason=reason, reference=reference)


def _foresee(uow: UnitOfWork, wanted: EqualAllotment) -> Foreseen:
    """Reckon what would be allotted; another budget than was proposed is not approved."""
    year = require_state(
        years.lock(uow, fiscal_year=wanted.fiscal_year),
        fiscal_year=wanted.fiscal_year,
        needed="enacted",
    )
    months = [
        equal_months(ntd) for ntd in years.budgets(uow, fiscal_year=wanted.fiscal_year).values()
    ]
    figures = {
        N_("分配之控制項目數"): len(months),
        N_("一至十一月每月分配（元）"): sum(row[0] for row in months),
        N_("十二月分配（元）"): sum(row[MONTHS - 1] for row in months),
        N_("分配總額（元）"): sum(sum(row) for row in months),
    }
    texts = {label: f"{figure:,}" for label, figure in figures.items()}
    return Foreseen(
        document=year.document,
        subject=str(year.document_id),
        facts=texts,
        changes=(
            ProposedChange(
                label=N_("狀態"), before=STATE_TITLES["enacted"], after=STATE_TITLES["allotted"]
            ),
            *(ProposedChange(label=label, before="0", after=text) for label, text in texts.items()),
        ),
    )


def _apply(uow: UnitOfWork, wanted: EqualAllotment, proposal: Proposal) -> None:
    allot_equally(uow, fiscal_year=wanted.fiscal_year, proposal=proposal)


EQUAL_ALLOTMENT: ProposalKind[EqualAllotment] = ProposalKind(
    name="budget.equal-allotment",
    title=N_("平均分配預算"),
    payload=EqualAllotment,
    version=1,
    propose=APPROVE_ALLOTMENT,
    decide=APPROVE_ALLOTMENT,
    foresee=_foresee,
    apply=_apply,
)
