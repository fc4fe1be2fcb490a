"""Try events again that failed: now, and with all their attempts before them."""

from __future__ import annotations

import sqlalchemy as sa

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.events.waiting import EventNotWaiting
from zhuji_core.permissions import REPLAY_EVENT
from zhuji_core.uow import UnitOfWork

# Each is an audit entry; what remains is replayed by the next call.
REPLAY_MAX = 500

REPLAY = sa.text("""
    WITH chosen AS (
        SELECT w.module, w.sequence
          FROM kernel.event_waiting AS w
         WHERE w.state <> 'behind' AND w.module = :module
           AND (CAST(:sequence AS bigint) IS NULL AND w.state = 'dead' OR w.sequence = :sequence)
         ORDER BY w.sequence
         LIMIT :most
           FOR UPDATE
    )
    UPDATE kernel.event_waiting AS w
       SET state = 'retrying', attempts = 0, due_at = :now
      FROM chosen AS c, kernel.event AS e
     WHERE w.module = c.module AND w.sequence = c.sequence AND e.sequence = w.sequence
    RETURNING w.sequence, e.event_id, e.type, w.code
""")


def replay_event(uow: UnitOfWork, *, module: str, sequence: int) -> int:
    """Let one failed event be tried at the relay's next look; return 1.

    Raises Forbidden or EventNotWaiting.
    """
    uow.require(REPLAY_EVENT)
    if not _replay(uow, module, sequence):
        raise EventNotWaiting(module=module, sequence=sequence)
    return 1


def replay_dead_letters(uow: UnitOfWork, *, module: str) -> int:
    """Let the dead letters of a module be tried again, the oldest 500; return how many.

    Nothing to replay leaves the unit of work abandoned. Raises Forbidden.
    """
    uow.require(REPLAY_EVENT)
    count = _replay(uow, module, None)
    if not count:
        uow.abandon("there is no dead letter")
    return count


def _replay(uow: UnitOfWork, module: str, sequence: int | None) -> int:
    parameters = {"module": module, "sequence": sequence, "most": REPLAY_MAX, "now": uow.now}
    rows = uow.connection.execute(REPLAY, parameters).all()
    for row in rows:
        uow.audit(
            REPLAY_EVENT.name,
            DocumentRef(
                kind="kernel.event",
                document_id=row.event_id,
                label=f"{row.type} {row.sequence}",
                agency_code="",
            ),
            after={"module": module, "failed_with": row.code},
        )
    return len(rows)
