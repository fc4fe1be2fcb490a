"""Proposals as people read them: lists, one of them, and how many wait."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from zhuji_core.modules import WorkItem
from zhuji_core.permissions import DECIDE_PROPOSAL, READ_PROPOSALS
from zhuji_core.proposals.kinds import kinds_of
from zhuji_core.proposals.model import Proposal, ProposalNotFound, ProposalState
from zhuji_core.proposals.store import COLUMNS, proposal_of
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value

PAGE_ROWS = 50

# By key: ids are made in order of time, so the newest come first.
LIST = sa.text(f"""
    SELECT {COLUMNS}
      FROM kernel.proposal AS p
     WHERE (CAST(:before AS uuid) IS NULL OR p.proposal_id < :before)
       AND (CAST(:kind AS text) = '' OR p.kind = :kind)
       AND (CAST(:document_id AS uuid) IS NULL OR p.document_id = :document_id)
       AND (CAST(:state AS text) = ''
            OR CASE WHEN p.state = 'open' AND p.expires_on < :today
                    THEN 'expired' ELSE p.state END = :state)
     ORDER BY p.proposal_id DESC
     LIMIT :limit
""")  # noqa: S608 (constants of this product)
FIND = sa.text(f"""
    SELECT {COLUMNS} FROM kernel.proposal AS p WHERE p.proposal_id = :proposal_id
""")  # noqa: S608 (same)
# Whoever proposed does not decide, so it does not wait for that person.
WAITING = sa.text("""
    SELECT count(*) AS proposals, min(proposed_at) AS oldest
      FROM kernel.proposal
     WHERE state = 'open' AND expires_on >= :today AND kind = ANY(:kinds)
       AND proposed_by <> ALL(:persons)
       AND (proposed_for IS NULL OR proposed_for <> ALL(:persons))
""")


class ProposalFilter(Value, frozen=True, kw_only=True):
    """``before``: the last proposal of the page before; empty texts: all."""

    state: str = ProposalState.OPEN
    kind: str = ""
    document_id: uuid.UUID | None = None
    before: uuid.UUID | None = None
    limit: int = PAGE_ROWS


def list_proposals(uow: UnitOfWork, wanted: ProposalFilter) -> list[Proposal]:
    """Return proposals, newest first, one more than ``limit`` when there are more."""
    uow.require(READ_PROPOSALS)
    rows = uow.connection.execute(
        LIST,
        {
            "state": wanted.state,
            "kind": wanted.kind,
            "document_id": wanted.document_id,
            "before": wanted.before,
            "today": uow.business_date,
            "limit": wanted.limit + 1,
        },
    )
    return [proposal_of(dict(row)) for row in rows.mappings()]


def find_proposal(uow: UnitOfWork, *, proposal_id: uuid.UUID) -> Proposal:
    """Return the proposal; raise ProposalNotFound."""
    uow.require(READ_PROPOSALS)
    row = (
        uow.connection.execute(FIND, {"proposal_id": proposal_id, "today": uow.business_date})
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise ProposalNotFound
    return proposal_of(dict(row))


def waiting_proposals(uow: UnitOfWork) -> list[WorkItem]:
    """Say how many proposals wait for the actor to decide; asks nothing for whoever decides none.

    One round trip, on the first page of administrators and the accounting office alone.
    """
    kinds = [kind.name for kind in kinds_of(uow.hooks) if uow.actor.may(kind.decide)]
    if not kinds or not uow.actor.may(DECIDE_PROPOSAL):
        return []
    row = uow.connection.execute(
        WAITING,
        {"today": uow.business_date, "kinds": kinds, "persons": list(uow.actor.persons)},
    ).one()
    if not row.proposals:
        return []
    return [
        WorkItem(
            title=N_("待決定提案"),
            path="kernel/proposals",
            count=row.proposals,
            oldest_days=max(0, (uow.now - row.oldest) // dt.timedelta(days=1)),
            amount_ntd=0,
        )
    ]
