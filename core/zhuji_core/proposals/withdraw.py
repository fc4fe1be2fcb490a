"""Withdraw a proposal: who made it takes it back while nobody has decided."""

from __future__ import annotations

import uuid

import msgspec

from zhuji_core.permissions import MAKE_PROPOSAL
from zhuji_core.proposals import store
from zhuji_core.proposals._decision import lock_open
from zhuji_core.proposals.model import NotProposer, Proposal, ProposalState
from zhuji_core.proposals.propose import told
from zhuji_core.uow import UnitOfWork


def withdraw_proposal(uow: UnitOfWork, *, proposal_id: uuid.UUID) -> Proposal:
    """Take the proposal back in the name of who proposed it, or for whom it was proposed.

    Raises Forbidden, ProposalNotFound, ProposalDecided, ProposalExpired or NotProposer; then
    nothing is kept.
    """
    uow.require(MAKE_PROPOSAL)
    proposal = lock_open(uow, proposal_id)
    if not proposal.proposers & uow.actor.persons:
        raise NotProposer(proposed_by=proposal.proposed_by_name)
    store.decide(uow, proposal, state=ProposalState.WITHDRAWN, reason="")
    uow.audit(
        f"{proposal.kind}.withdraw",
        proposal.document,
        before={"state": ProposalState.OPEN},
        after=told(proposal, state=ProposalState.WITHDRAWN),
    )
    return msgspec.structs.replace(proposal, state=ProposalState.WITHDRAWN)
