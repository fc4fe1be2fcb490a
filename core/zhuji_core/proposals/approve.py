"""Approve a proposal: the change happens in this transaction, or the decision does not."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec

from zhuji_core.permissions import DECIDE_PROPOSAL
from zhuji_core.proposals import store
from zhuji_core.proposals._decision import lock_for_decision
from zhuji_core.proposals.kinds import kind_of
from zhuji_core.proposals.model import (
    Proposal,
    ProposalKind,
    ProposalStale,
    ProposalState,
    ProposalVersion,
)
from zhuji_core.proposals.propose import told
from zhuji_core.uow import UnitOfWork


def approve_proposal(uow: UnitOfWork, *, proposal_id: uuid.UUID, reason: str = "") -> Proposal:
    """Apply the proposed change in the name of the actor, the second person.

    Raises ProposalNotFound, Forbidden, OwnProposal, ProposalDecided, ProposalExpired,
    ProposalVersion, ProposalStale with what has changed since, and whatever the kind refuses;
    then nothing is kept and the proposal stays open.
    """
    uow.require(DECIDE_PROPOSAL)
    proposal = lock_for_decision(uow, proposal_id)
    kind = kind_of(uow.hooks, proposal.kind)
    payload = _payload(kind, proposal)
    _require_unchanged(proposal, kind.foresee(uow, payload).facts)
    store.decide(uow, proposal, state=ProposalState.APPROVED, reason=reason.strip())
    kind.apply(uow, payload, proposal)
    uow.audit(
        f"{kind.name}.approve",
        proposal.document,
        before={"state": ProposalState.OPEN},
        after=told(proposal, state=ProposalState.APPROVED, decision_reason=reason.strip()),
    )
    return msgspec.structs.replace(proposal, state=ProposalState.APPROVED)


def _payload(kind: ProposalKind[Any], proposal: Proposal) -> Any:
    if proposal.payload_version != kind.version:
        raise ProposalVersion
    return msgspec.convert(proposal.payload, kind.payload)


def _require_unchanged(proposal: Proposal, now: Any) -> None:
    """Compare what the proposal relied on with what is so now."""
    changed = tuple(
        f"{label} {proposal.facts.get(label) or '－'} → {now.get(label) or '－'}"
        for label in {**proposal.facts, **now}
        if proposal.facts.get(label) != now.get(label)
    )
    if changed:
        raise ProposalStale(changed=changed)
