"""Claims that wait for the actor: to sign at each step, or to mend. One round trip."""

from __future__ import annotations

from zhuji_accounting.domain.claims.claim import ClaimState
from zhuji_accounting.permissions import (
    ACCEPT_CLAIM,
    APPROVE_CLAIM,
    GRANT_CLAIM,
    REVIEW_CLAIM,
    WRITE_CLAIM,
)
from zhuji_accounting.queries.claims import waiting_claims
from zhuji_core.modules import Permission, WorkItem
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

# State → right, whether it is the writer's own affair, title.
ITEMS: dict[ClaimState, tuple[Permission, bool, str]] = {
    ClaimState.REVIEWED: (GRANT_CLAIM, False, N_("待核定報支案")),
    ClaimState.UNIT_APPROVED: (REVIEW_CLAIM, False, N_("待審核報支案")),
    ClaimState.ACCEPTED: (APPROVE_CLAIM, False, N_("待核准報支案")),
    ClaimState.SUBMITTED: (ACCEPT_CLAIM, False, N_("待驗收報支案")),
    ClaimState.RETURNED: (WRITE_CLAIM, True, N_("退回補正報支案")),
    ClaimState.DRAFT: (WRITE_CLAIM, True, N_("報支案草稿")),
}


def claims_waiting(uow: UnitOfWork) -> list[WorkItem]:
    """Return what waits for the actor, nearest to the money first."""
    rights = [(str(state), right, own) for state, (right, own, _) in ITEMS.items()]
    rows = waiting_claims(uow, rights)
    return [
        WorkItem(
            title=title,
            path=f"accounting/claims?states={state}" + ("&mine=true" if own else ""),
            count=rows[state].documents,
            oldest_days=max(0, (uow.now - rows[state].oldest).days),
            amount_ntd=rows[state].amount_ntd,
        )
        for state, (_, own, title) in ITEMS.items()
        if state in rows
    ]
