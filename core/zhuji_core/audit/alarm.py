"""Entries that wait too long for their seal, on the first page of those who must know."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_core.audit.keeper import LAG_ALARM_S
from zhuji_core.audit.sealing import seal_status
from zhuji_core.modules import WorkItem
from zhuji_core.permissions import READ_AUDIT
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

DAY_S = 86_400


def late_seals(uow: UnitOfWork) -> Sequence[WorkItem]:
    """Return the alarm as work that waits; nobody else pays for the question."""
    if not uow.actor.may(READ_AUDIT):
        return ()
    status = seal_status(uow.connection, now=uow.now)
    if status.lag_s <= LAG_ALARM_S:
        return ()
    return (
        WorkItem(
            title=N_("稽核紀錄逾時未封存"),
            path="kernel/audit",
            count=status.backlog,
            oldest_days=int(status.lag_s // DAY_S),
            amount_ntd=0,
        ),
    )
