"""What waits for the actor: to approve, to certify, to mend. One round trip."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from zhuji_accounting.permissions import APPROVE_REQUEST, CERTIFY_REQUEST, WRITE_REQUEST
from zhuji_accounting.queries.requests import waiting_requests
from zhuji_core.modules import Permission, WorkItem
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value

# Each part counts over the index spending_request_counted, without the table: it is asked by every
# page. In parts, each with its one state: a condition of several was answered by reading all
# requests. Who wrote or approved a request may not do the next step on it, so it does not wait for
# that person.
FIGURES = """
    count(*) AS requests, min(COALESCE(r.submitted_at, r.created_at)) AS oldest,
    COALESCE(sum(r.amount_ntd), 0)::bigint AS amount_ntd
"""
WAITING = """
    SELECT 'submitted' AS state, {figures}
      FROM accounting.spending_request AS r
     WHERE r.state = 'submitted' AND :approves AND (r.created_by <> :actor_id OR :excepted)
       AND {approve_in}
    HAVING count(*) > 0
     UNION ALL
    SELECT 'unit_approved', {figures}
      FROM accounting.spending_request AS r
     WHERE r.state = 'unit_approved' AND :certifies
       AND ((r.created_by <> :actor_id AND r.approved_by <> :actor_id) OR :excepted)
       AND {certify_in}
    HAVING count(*) > 0
     UNION ALL
    SELECT r.state, {figures}
      FROM accounting.spending_request AS r
     WHERE r.state IN ('returned', 'draft') AND :writes AND r.created_by = :actor_id
     GROUP BY r.state
     LIMIT 4
"""
EVERY, OF = "true", "r.agency_code = ANY(CAST(:{} AS text[]))"
# By whether the actor approves in every agency, and certifies in every one: one text for all would
# read for an office what waits in the county.
COUNTED = {
    (approves, certifies): sa.text(
        WAITING.format(
            figures=FIGURES,
            approve_in=EVERY if approves else OF.format("approve_in"),
            certify_in=EVERY if certifies else OF.format("certify_in"),
        )
    )
    for approves in (True, False)
    for certifies in (True, False)
}
TITLES = {
    "submitted": (N_("待核准動支申請"), "accounting/requests/waiting/approval"),
    "unit_approved": (N_("待簽證動支申請"), "accounting/requests/waiting/certification"),
    "returned": (N_("退回補正動支申請"), "accounting/requests?states=returned&mine=true"),
    "draft": (N_("草稿"), "accounting/requests?states=draft&mine=true"),
}


# In which order the actor is led on: right, state of the request, and what the link says.
STEPS = (
    (CERTIFY_REQUEST, "unit_approved", N_("下一件待簽證")),
    (APPROVE_REQUEST, "submitted", N_("下一件待核准")),
)


class Following(Value, frozen=True, kw_only=True):
    """The request that waits for the actor next; ``title`` says for which step."""

    title: str
    request_id: uuid.UUID


class Waiting(Value, frozen=True, kw_only=True):
    """Counts by state, for the numbers beside the verbs."""

    items: tuple[WorkItem, ...]
    by_state: dict[str, int]


def waiting(uow: UnitOfWork) -> Waiting:
    """Return what waits for the actor in the order of the work: certify, approve, mend."""
    approve_in, certify_in = _agencies(uow, APPROVE_REQUEST), _agencies(uow, CERTIFY_REQUEST)
    rows = {
        row.state: row
        for row in uow.connection.execute(
            COUNTED[approve_in is None, certify_in is None],
            {
                "actor_id": uow.actor.user_id,
                "excepted": bool(uow.actor.duty_exceptions),
                "approves": uow.actor.may(APPROVE_REQUEST),
                "approve_in": approve_in,
                "certifies": uow.actor.may(CERTIFY_REQUEST),
                "certify_in": certify_in,
                "writes": uow.actor.may(WRITE_REQUEST),
            },
        )
    }
    items = tuple(
        WorkItem(
            title=TITLES[state][0],
            path=TITLES[state][1],
            count=rows[state].requests,
            oldest_days=max(0, (uow.now - rows[state].oldest).days),
            amount_ntd=rows[state].amount_ntd,
        )
        for state in ("unit_approved", "submitted", "returned", "draft")
        if state in rows
    )
    return Waiting(items=items, by_state={state: row.requests for state, row in rows.items()})


def next_waiting(uow: UnitOfWork, *, but: uuid.UUID) -> Following | None:
    """Return what waits longest for the actor besides the request ``but``; None: nothing."""
    for permission, state, title in STEPS:
        if not uow.actor.may(permission):
            continue
        agencies = uow.actor.agencies(permission)
        for row in waiting_requests(uow, state=state, agencies=agencies, limit=2):
            if row.request_id != but:
                return Following(title=title, request_id=row.request_id)
    return None


def _agencies(uow: UnitOfWork, permission: Permission) -> list[str] | None:
    agencies = uow.actor.agencies(permission)
    return None if agencies is None else list(agencies)
