"""Skip an event that cannot be delivered: a person's decision, with a written reason."""

from __future__ import annotations

import sqlalchemy as sa

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.events.waiting import EventNotWaiting
from zhuji_core.permissions import SKIP_EVENT
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError

REASON_MAX = 500

# The relay's own lock: an event is not skipped while it is being told.
LOCK = sa.text("SELECT FROM kernel.event_cursor AS c WHERE c.module = :module FOR NO KEY UPDATE")
SKIP = sa.text("""
    DELETE FROM kernel.event_waiting AS w
     USING kernel.event AS e
     WHERE w.module = :module AND w.sequence = :sequence AND w.state <> 'behind'
       AND e.sequence = w.sequence
    RETURNING w.sequence, w.code, w.error, w.attempts, e.event_id, e.type
""")


class SkipReason(DomainError):
    """Whoever skips an event says why, for those who will ask."""

    code = "E-EVENT-SKIP-REASON"
    message = N_("略過事件須填寫理由，最多 {length_max} 字。")
    status_code = 422


def skip_event(uow: UnitOfWork, *, module: str, sequence: int, reason: str) -> None:
    """Give a failed event up for ``module``; what waits behind it goes on.

    Raises Forbidden, SkipReason or EventNotWaiting.
    """
    uow.require(SKIP_EVENT)
    said = reason.strip()
    if not said or len(said) > REASON_MAX:
        raise SkipReason(length_max=REASON_MAX, fields={"reason": SkipReason.message})
    uow.connection.execute(LOCK, {"module": module})
    parameters = {"module": module, "sequence": sequence}
    row = uow.connection.execute(SKIP, parameters).one_or_none()
    if row is None:
        raise EventNotWaiting(module=module, sequence=sequence)
    uow.audit(
        SKIP_EVENT.name,
        DocumentRef(
            kind="kernel.event",
            document_id=row.event_id,
            label=f"{row.type} {row.sequence}",
            agency_code="",
        ),
        before={"attempts": row.attempts, "code": row.code, "error": row.error},
        after={"module": module, "reason": said},
    )
