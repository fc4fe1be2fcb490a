"""A year allotted equally: by an operator's command, or by two persons as on pages."""

from __future__ import annotations

import dataclasses

from zhuji_budget.domain.year import BudgetYear
from zhuji_budget.usecases.allot_equally import allot_equally
from zhuji_budget.usecases.propose_allotment import propose_allotment
from zhuji_core.identity.actor import system_actor
from zhuji_core.proposals.approve import approve_proposal
from zhuji_core.testing.counties import CountyUnderTest, given_actor
from zhuji_core.uow import UnitOfWork

PROPOSER, APPROVER = given_actor(63), given_actor(64)
REASON = "年度開始，各機關未送分配預算表"


def given_equal(uow: UnitOfWork, *, fiscal_year: int) -> BudgetYear:
    """Allot the year in this transaction as an operator does."""
    operator = system_actor(uow.actor.permissions, reason="測試之縣市")
    return allot_equally(dataclasses.replace(uow, actor=operator), fiscal_year=fiscal_year)


def given_equal_by_two(county: CountyUnderTest, *, fiscal_year: int) -> None:
    """One person proposes, another approves."""
    with county.uow(PROPOSER) as uow:
        made = propose_allotment(uow, fiscal_year=fiscal_year, reason=REASON)
    with county.uow(APPROVER) as uow:
        approve_proposal(uow, proposal_id=made.proposal_id)
