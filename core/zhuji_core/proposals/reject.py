"""Reject a proposal with a reason: nothing changes but that it is decided."""

from __future__ import annotations

import uuid

import msgspec

from zhuji_core.permissions import DECIDE_PROPOSAL
from zhuji_core.proposals import store
from zhuji_core.proposals._decision import lock_for_decision
from zhuji_core.proposals.model import Proposal, ProposalState
from zhuji_core.proposals.propose import require_words, told
from zhuji_core.uow import UnitOfWork


def reject_proposal(uow: UnitOfWork, *, proposal_id: uuid.UUID, reason: str) -> Proposal:
    """Say no in the name of the actor.

    Raises ProposalReasonMissing, ProposalNotFound, Forbidden, OwnProposal, ProposalDecided or
    ProposalExpired; then nothing is kept.
    """
    uow.require(DECIDE_PROPOSAL)
    words = require_words(reason)
    proposal = lock_for_decision(uow, proposal_id)
    store.decide(uow, proposal, state=ProposalState.REJECTED, reason=words)
    uow.audit(
        f"{proposal.kind}.reject",
        proposal.document,
        before={"state": ProposalState.OPEN},
        after=told(proposal, state=ProposalState.REJECTED, decision_reason=words),
    )
    return msgspec.structs.replace(proposal, state=ProposalState.REJECTED)
