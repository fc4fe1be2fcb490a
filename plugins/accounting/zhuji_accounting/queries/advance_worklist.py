"""Advances that wait for the actor: to sign, to mend, and to settle."""

from __future__ import annotations

import datetime as dt

from zhuji_accounting.domain.advances.advance import AdvanceState
from zhuji_accounting.permissions import APPROVE_ADVANCE, GRANT_ADVANCE, WRITE_ADVANCE
from zhuji_accounting.queries.advances import OVERDUE, waiting_advances
from zhuji_core.modules import Permission, WorkItem
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

# State → right, whether it is the writer's own affair, title.
ITEMS: dict[str, tuple[Permission, bool, str]] = {
    AdvanceState.UNIT_APPROVED: (GRANT_ADVANCE, False, N_("待核定暫付案")),
    AdvanceState.SUBMITTED: (APPROVE_ADVANCE, False, N_("待核准暫付案")),
    AdvanceState.RETURNED: (WRITE_ADVANCE, True, N_("退回補正暫付案")),
    AdvanceState.DRAFT: (WRITE_ADVANCE, True, N_("暫付案草稿")),
}
OVERDUE_TITLE = N_("逾期未結清暫付")


def advances_waiting(uow: UnitOfWork) -> list[WorkItem]:
    """Return what waits for the actor, nearest to the money first; overdue ones before all."""
    rights = [(str(state), right, own) for state, (right, own, _) in ITEMS.items()]
    # Who grants answers for all that is out; the others for what they wrote.
    grants = uow.actor.may(GRANT_ADVANCE)
    rights.append((OVERDUE, GRANT_ADVANCE if grants else WRITE_ADVANCE, not grants))
    rows = waiting_advances(uow, rights)
    titles = {OVERDUE: (not grants, OVERDUE_TITLE)} | {
        str(state): (own, title) for state, (_, own, title) in ITEMS.items()
    }
    return [
        WorkItem(
            title=title,
            path=_path(wait, own=own),
            count=rows[wait].documents,
            oldest_days=_days(uow, wait, rows[wait].oldest),
            amount_ntd=rows[wait].amount_ntd,
        )
        for wait, (own, title) in titles.items()
        if wait in rows
    ]


def _path(wait: str, *, own: bool) -> str:
    what = "overdue=true" if wait == OVERDUE else f"states={wait}"
    return f"accounting/advances?{what}" + ("&mine=true" if own else "")


def _days(uow: UnitOfWork, wait: str, oldest: dt.datetime) -> int:
    """Return how long it waits: since it was sent, or since the day on which it was due."""
    if wait == OVERDUE:
        return max(0, (uow.business_date - oldest.date()).days)
    return max(0, (uow.now - oldest).days)
