"""What approving and rejecting have in common: who may decide which proposal now."""

from __future__ import annotations

import uuid

from zhuji_core.formats import format_date
from zhuji_core.proposals import store
from zhuji_core.proposals.kinds import kind_of
from zhuji_core.proposals.model import (
    STATE_TITLES,
    OwnProposal,
    Proposal,
    ProposalDecided,
    ProposalExpired,
    ProposalNotFound,
    ProposalState,
)
from zhuji_core.uow import UnitOfWork


def lock_open(uow: UnitOfWork, proposal_id: uuid.UUID) -> Proposal:
    """Lock a proposal that is open; raise ProposalNotFound, ProposalDecided, ProposalExpired."""
    proposal = store.lock(uow, proposal_id)
    if proposal is None:
        raise ProposalNotFound
    if proposal.state == ProposalState.EXPIRED:
        raise ProposalExpired(expires_on=format_date(proposal.expires_on))
    if proposal.state != ProposalState.OPEN:
        raise ProposalDecided(state=STATE_TITLES[proposal.state])
    return proposal


def lock_for_decision(uow: UnitOfWork, proposal_id: uuid.UUID) -> Proposal:
    """Lock an open proposal that the actor may decide.

    Raises what ``lock_open`` raises, ProposalVersion, Forbidden or OwnProposal.
    """
    proposal = lock_open(uow, proposal_id)
    uow.require(kind_of(uow.hooks, proposal.kind).decide)
    if proposal.proposers & uow.actor.persons:
        raise OwnProposal
    return proposal
