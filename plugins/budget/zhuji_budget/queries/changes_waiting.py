"""What changes wait for the actor: to approve, to decide, to mend. One round trip, or none."""

from __future__ import annotations

import sqlalchemy as sa

from zhuji_budget.domain.changes.model import BY_AGENCY
from zhuji_budget.permissions import (
    AGREE_CHANGE,
    DECIDE_CHANGE,
    ENDORSE_CHANGE,
    WRITE_CHANGE,
    WRITE_COUNTY_CHANGE,
)
from zhuji_core.modules import Permission, WorkItem
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

# Who wrote or approved a document may not do the next step on it, so it does not wait for them.
# What was returned waits for all who may mend it: its writer may not be there any more.
WAITING = sa.text("""
    SELECT d.state, count(*) AS documents, min(d.created_at) AS oldest,
           COALESCE(sum(abs(d.amount_ntd)), 0)::bigint AS amount_ntd
      FROM budget.change_document AS d
     CROSS JOIN LATERAL (
           SELECT d.writers || ARRAY[d.created_by, d.created_for, d.agreed_by, d.agreed_for,
                                     d.endorsed_by, d.endorsed_for] AS hands) AS h
     WHERE (d.state = 'submitted' AND :agrees AND NOT h.hands && :persons
            AND (CAST(:agree_in AS text[]) IS NULL OR d.agency_code = ANY(:agree_in)))
        OR (d.state = 'supervising' AND d.supervisor_code = ANY(:endorse_in)
            AND NOT h.hands && :persons)
        OR (d.state = 'agreed' AND :decides AND NOT h.hands && :persons)
        OR (d.state = 'returned'
            AND (d.created_by = :actor_id
                 OR CASE WHEN d.kind = ANY(:by_agency) THEN d.agency_code = ANY(:write_in)
                         ELSE :writes_county END))
     GROUP BY d.state
     LIMIT 4
""")
TITLES = {
    "agreed": N_("待核定預算變動"),
    "supervising": N_("待核轉之所屬機關預算變動"),
    "submitted": N_("待核准預算變動"),
    "returned": N_("退回補正預算變動"),
}


def waiting_changes(uow: UnitOfWork) -> list[WorkItem]:
    """Return what waits for the actor, in the order of the work."""
    rights = (AGREE_CHANGE, ENDORSE_CHANGE, DECIDE_CHANGE, WRITE_CHANGE)
    if not any(uow.actor.may(permission) for permission in rights):
        return []
    rows = uow.connection.execute(
        WAITING,
        {
            "actor_id": uow.actor.user_id,
            "agrees": uow.actor.may(AGREE_CHANGE),
            "agree_in": _agencies(uow, AGREE_CHANGE),
            "endorse_in": list(uow.actor.agencies(ENDORSE_CHANGE) or ()),
            "decides": uow.actor.may(DECIDE_CHANGE),
            "persons": sorted(uow.actor.persons),
            "by_agency": sorted(BY_AGENCY),
            "write_in": list(uow.actor.agencies(WRITE_CHANGE) or ()),
            "writes_county": uow.actor.may(WRITE_COUNTY_CHANGE),
        },
    )
    found = {row.state: row for row in rows}
    return [
        WorkItem(
            title=title,
            path=f"budget/changes?states={state}",
            count=found[state].documents,
            oldest_days=max(0, (uow.now - found[state].oldest).days),
            amount_ntd=found[state].amount_ntd,
        )
        for state, title in TITLES.items()
        if state in found
    ]


def _agencies(uow: UnitOfWork, permission: Permission) -> list[str] | None:
    agencies = uow.actor.agencies(permission)
    return None if agencies is None else list(agencies)
