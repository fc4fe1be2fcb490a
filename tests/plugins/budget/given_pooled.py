"""A line marked as pooled by the hands that its year asks for."""

from __future__ import annotations

import uuid

from zhuji_budget.usecases.pool_line import pool_line
from zhuji_core.proposals.approve import approve_proposal
from zhuji_core.testing.counties import CountyUnderTest, given_actor

PROPOSER, DECIDER = given_actor(61), given_actor(62)


def given_pooled(county: CountyUnderTest, line_id: uuid.UUID, *, pooled: bool = True) -> None:
    """One person proposes it and another decides; in a bill the first one does it."""
    with county.uow(PROPOSER) as uow:
        made = pool_line(uow, line_id=line_id, pooled=pooled, reason="依總預算附表")
    if made is not None:
        with county.uow(DECIDER) as uow:
            approve_proposal(uow, proposal_id=made.proposal_id)
