"""Propose a change that a second person decides."""

from __future__ import annotations

import datetime as dt

import msgspec

from zhuji_core.ids import new_id
from zhuji_core.permissions import MODULE
from zhuji_core.proposals import store
from zhuji_core.proposals.model import (
    TEXT_MAX,
    Payload,
    Proposal,
    ProposalAlreadyOpen,
    ProposalKind,
    ProposalReasonMissing,
    ProposalState,
)
from zhuji_core.settings import CountySettings
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_


def propose(
    uow: UnitOfWork,
    kind: ProposalKind[Payload],
    payload: Payload,
    *,
    reason: str,
    reference: str = "",
) -> Proposal:
    """Keep the change for a second person, with what it relies on; nothing is changed yet.

    ``reference`` names the document that asks for it (機關函文號). Raises Forbidden,
    ProposalReasonMissing, ProposalAlreadyOpen, and whatever ``kind.foresee`` refuses; then
    nothing is kept.
    """
    uow.require(kind.propose)
    words = require_words(reason)
    if len(reference) > TEXT_MAX:
        raise ProposalReasonMissing(text_max=TEXT_MAX, fields={"reference": N_("內容過長")})
    foreseen = kind.foresee(uow, payload)
    principal = uow.actor.on_behalf_of
    days = uow.settings(CountySettings, module=MODULE).proposal_days
    proposal = Proposal(
        proposal_id=new_id(),
        kind=kind.name,
        payload_version=kind.version,
        payload=msgspec.to_builtins(payload),
        subject=foreseen.subject,
        document=foreseen.document,
        facts=dict(foreseen.facts),
        changes=foreseen.changes,
        reason=words,
        reference=reference.strip(),
        proposed_by=uow.actor.user_id,
        proposed_for=None if principal is None else principal.user_id,
        proposed_by_name=uow.actor.signature,
        proposed_at=uow.now,
        expires_on=uow.business_date + dt.timedelta(days=days),
        state=ProposalState.OPEN,
    )
    before = store.insert(uow, proposal)
    if before is not None:
        raise ProposalAlreadyOpen(label=proposal.label, proposed_by=before)
    uow.audit(f"{kind.name}.propose", proposal.document, after=told(proposal))
    return proposal


def require_words(reason: str) -> str:
    """Return the reason without blanks around it; raise ProposalReasonMissing."""
    words = reason.strip()
    if not 1 <= len(words) <= TEXT_MAX:
        raise ProposalReasonMissing(
            text_max=TEXT_MAX, fields={"reason": ProposalReasonMissing.message}
        )
    return words


def told(proposal: Proposal, **more: str) -> dict[str, object]:
    """Return what the audit keeps of a proposal and of each decision on it."""
    return {
        "proposal_id": proposal.proposal_id,
        "kind": proposal.kind,
        "payload": proposal.payload,
        "reason": proposal.reason,
        "reference": proposal.reference,
        "proposed_by": proposal.proposed_by_name,
        **more,
    }
