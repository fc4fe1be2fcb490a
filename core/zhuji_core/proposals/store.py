"""SQL of proposals: keep one, lock one, write its decision."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_core.proposals.model import Proposal, ProposalState
from zhuji_core.uow import UnitOfWork

COLUMNS = """
    p.proposal_id, p.kind, p.payload_version, p.payload, p.subject,
    jsonb_build_object('kind', p.document_kind, 'document_id', p.document_id,
                       'label', p.document_label, 'agency_code', p.agency_code) AS document,
    p.facts, p.changes, p.reason, p.reference, p.proposed_by, p.proposed_for,
    p.proposed_by_name, p.proposed_at, p.expires_on,
    CASE WHEN p.state = 'open' AND p.expires_on < :today THEN 'expired' ELSE p.state END AS state,
    p.decided_by, p.decided_for, p.decided_by_name, p.decided_at, p.decision_reason
"""
# An expired one gives up its place: only now is it written down that nobody decided it.
EXPIRE = sa.text("""
    UPDATE kernel.proposal
       SET state = 'expired', decided_at = :now
     WHERE kind = :kind AND subject = :subject AND state = 'open' AND expires_on < :today
""")
INSERT = sa.text("""
    INSERT INTO kernel.proposal
           (proposal_id, kind, payload_version, payload, subject, document_kind, document_id,
            document_label, agency_code, facts, changes, reason, reference, proposed_by,
            proposed_for, proposed_by_name, proposed_at, expires_on)
    VALUES (:proposal_id, :kind, :payload_version, CAST(:payload AS jsonb), :subject,
            :document_kind, :document_id, :document_label, :agency_code, CAST(:facts AS jsonb),
            CAST(:changes AS jsonb), :reason, :reference, :proposed_by, :proposed_for,
            :proposed_by_name, :now, :expires_on)
        ON CONFLICT (kind, subject) WHERE state = 'open' DO NOTHING
    RETURNING proposal_id
""")
OPEN_ON = sa.text("""
    SELECT proposed_by_name
      FROM kernel.proposal
     WHERE kind = :kind AND subject = :subject AND state = 'open'
""")
# Two who decide at once: the second waits here, and then finds it decided.
LOCK = sa.text(f"""
    SELECT {COLUMNS}
      FROM kernel.proposal AS p
     WHERE p.proposal_id = :proposal_id
       FOR NO KEY UPDATE
""")  # noqa: S608 (constants of this file)
DECIDE = sa.text("""
    UPDATE kernel.proposal
       SET state = :state, decided_by = :decided_by, decided_for = :decided_for,
           decided_by_name = :decided_by_name, decided_at = :now, decision_reason = :reason
     WHERE proposal_id = :proposal_id AND state = 'open'
    RETURNING proposal_id
""")


def insert(uow: UnitOfWork, proposal: Proposal) -> str | None:
    """Keep the proposal; return who proposed the same before, when it is still open."""
    key = {"kind": proposal.kind, "subject": proposal.subject}
    uow.connection.execute(EXPIRE, {**key, "now": uow.now, "today": uow.business_date})
    made = uow.connection.execute(
        INSERT,
        {
            **key,
            "proposal_id": proposal.proposal_id,
            "payload_version": proposal.payload_version,
            "payload": _json(proposal.payload),
            "document_kind": proposal.document.kind,
            "document_id": proposal.document.document_id,
            "document_label": proposal.document.label,
            "agency_code": proposal.document.agency_code,
            "facts": _json(proposal.facts),
            "changes": _json(proposal.changes),
            "reason": proposal.reason,
            "reference": proposal.reference,
            "proposed_by": proposal.proposed_by,
            "proposed_for": proposal.proposed_for,
            "proposed_by_name": proposal.proposed_by_name,
            "now": uow.now,
            "expires_on": proposal.expires_on,
        },
    ).one_or_none()
    if made is not None:
        return None
    return str(uow.connection.execute(OPEN_ON, key).scalar() or "")


def lock(uow: UnitOfWork, proposal_id: uuid.UUID) -> Proposal | None:
    """Lock the proposal; its state is ``expired`` when its last day has passed."""
    row = (
        uow.connection.execute(LOCK, {"proposal_id": proposal_id, "today": uow.business_date})
        .mappings()
        .one_or_none()
    )
    return None if row is None else proposal_of(dict(row))


def decide(uow: UnitOfWork, proposal: Proposal, *, state: ProposalState, reason: str) -> None:
    """Write the decision in the name of the actor."""
    principal = uow.actor.on_behalf_of
    uow.connection.execute(
        DECIDE,
        {
            "proposal_id": proposal.proposal_id,
            "state": str(state),
            "decided_by": uow.actor.user_id,
            "decided_for": None if principal is None else principal.user_id,
            "decided_by_name": uow.actor.signature,
            "now": uow.now,
            "reason": reason,
        },
    ).one()


def proposal_of(row: dict[str, Any]) -> Proposal:
    return msgspec.convert(row, Proposal)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
