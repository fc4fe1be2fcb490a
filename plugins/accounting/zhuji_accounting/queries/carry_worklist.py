"""Carry-over requests that wait for the actor: to review, to decide, or to mend. One round trip."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.carries.carry_over import CarryState
from zhuji_accounting.permissions import DECIDE_CARRY, REVIEW_CARRY, WRITE_CARRY
from zhuji_core.modules import Permission, WorkItem
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

# State → right, whether it is the writer's own affair, title.
ITEMS: dict[CarryState, tuple[Permission, bool, str]] = {
    CarryState.REVIEWED: (DECIDE_CARRY, False, N_("待核定保留案")),
    CarryState.SUBMITTED: (REVIEW_CARRY, False, N_("待審核保留案")),
    CarryState.RETURNED: (WRITE_CARRY, True, N_("退回補正保留案")),
    CarryState.DRAFT: (WRITE_CARRY, True, N_("保留案草稿")),
}
# Of this year and the last one: of an older year nothing can be decided any more. Nobody decides
# what he wrote or reviewed himself.
WAITING = sa.text("""
    SELECT c.state, c.fiscal_year, count(*) AS carries,
           min(COALESCE(c.submitted_at, c.created_at)) AS oldest,
           sum((SELECT sum(l.open_ntd) FROM accounting.carry_line AS l
                 WHERE l.carry_id = c.carry_id))::bigint AS open_ntd
      FROM accounting.carry_over AS c
      JOIN jsonb_to_recordset(CAST(:rights AS jsonb))
           AS g (state text, agencies jsonb, own boolean) USING (state)
     WHERE c.fiscal_year = ANY(:years)
       AND (g.agencies IS NULL OR g.agencies = 'null'::jsonb OR g.agencies ? c.agency_code)
       AND (g.own = (c.created_by = :actor_id) OR (NOT g.own AND :excepted))
       AND (g.own OR :excepted OR c.state <> 'reviewed'
            OR c.review ->> 'user_id' IS DISTINCT FROM CAST(:actor_id AS text))
     GROUP BY c.state, c.fiscal_year
     ORDER BY c.state, c.fiscal_year
     LIMIT 8
""")


def carries_waiting(uow: UnitOfWork) -> list[WorkItem]:
    """Return what waits for the actor, nearest to its decision first; each year by itself."""
    rights = [
        {"state": str(state), "agencies": None if own else _agencies(uow, right), "own": own}
        for state, (right, own, _) in ITEMS.items()
        if uow.actor.may(right)
    ]
    if not rights:
        return []
    rows = uow.connection.execute(
        WAITING,
        {
            "rights": msgspec.json.encode(rights).decode(),
            "years": [uow.fiscal_year - 1, uow.fiscal_year],
            "actor_id": uow.actor.user_id,
            "excepted": bool(uow.actor.duty_exceptions),
        },
    ).all()
    return [
        WorkItem(
            title=title,
            path=f"accounting/carry-overs?states={state}&fiscal_year={row.fiscal_year}"
            + ("&mine=true" if own else ""),
            count=row.carries,
            oldest_days=max(0, (uow.now - row.oldest).days),
            amount_ntd=row.open_ntd,
        )
        for state, (_, own, title) in ITEMS.items()
        for row in rows
        if row.state == state
    ]


def _agencies(uow: UnitOfWork, right: Permission) -> list[str] | None:
    codes = uow.actor.agencies(right)
    return None if codes is None else list(codes)
