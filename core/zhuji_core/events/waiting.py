"""What waits: the documents that a failed event has parked, and why."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_core.hooks import Hooks
from zhuji_core.permissions import READ_EVENTS
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

LIST_MAX = 200
STATE_TITLES = {"dead": N_("死信（等候人工處理）"), "retrying": N_("重試中")}

# The first waiting event of each document; what stands behind it is counted, not listed.
HEADS = """
    SELECT w.module, w.sequence, w.document_id, w.state, w.attempts, w.due_at, w.since, w.code,
           w.error, e.type, e.event_id, e.recorded_at, e.body::text AS body,
           (SELECT count(*) FROM (SELECT FROM kernel.event_waiting AS b
                                   WHERE b.module = w.module AND b.document_id = w.document_id
                                     AND b.sequence > w.sequence
                                   LIMIT 10000) AS n) AS behind
      FROM kernel.event_waiting AS w
      JOIN kernel.event AS e USING (sequence)
     WHERE w.state <> 'behind'
"""
LIST = sa.text(f"""
    {HEADS}
       AND (:module = '' OR w.module = :module)
       AND (w.module, w.sequence) > (:after_module, :after_sequence)
     ORDER BY w.module, w.sequence
     LIMIT :limit
""")
ONE = sa.text(f"""
    {HEADS} AND w.module = :module AND w.sequence = :sequence
""")


class EventNotWaiting(DomainError):
    """The event does not wait for this module: it was delivered, skipped, or stands behind."""

    code = "E-EVENT-NOT-WAITING"
    message = N_("事件 {sequence} 未在模組「{module}」等候處理，可能已處理完成。")
    status_code = 404


class WaitingEvent(Value, frozen=True, kw_only=True):
    """An event that failed, with what may be shown of it.

    ``state``: ``retrying`` until ``due_at``, or ``dead``; ``behind``: later events of the same
    document that wait for it; ``fields``: the body without what points at a person (empty for a
    type that nobody declares: what is personal in it is not known).
    """

    module: str
    sequence: int
    event_id: uuid.UUID
    type: str
    document_id: uuid.UUID
    state: str
    attempts: int
    due_at: dt.datetime
    since: dt.datetime
    recorded_at: dt.datetime
    code: str
    error: str
    behind: int
    fields: Mapping[str, Any]


class WaitingFilter(Value, frozen=True, kw_only=True):
    """``after``: module and number of the last one shown."""

    module: str = ""
    after_module: str = ""
    after_sequence: int = 0
    limit: int = 100


def list_waiting(uow: UnitOfWork, wanted: WaitingFilter) -> list[WaitingEvent]:
    """Return failed events by module and number; raise Forbidden."""
    uow.require(READ_EVENTS)
    parameters = {
        **msgspec.structs.asdict(wanted),
        "limit": min(wanted.limit, LIST_MAX + 1),
    }
    rows = uow.connection.execute(LIST, parameters).mappings()
    return [_waiting(dict(row), uow.hooks) for row in rows]


def find_waiting(uow: UnitOfWork, *, module: str, sequence: int) -> WaitingEvent:
    """Return one failed event; raise Forbidden or EventNotWaiting."""
    uow.require(READ_EVENTS)
    parameters = {"module": module, "sequence": sequence}
    row = uow.connection.execute(ONE, parameters).mappings().one_or_none()
    if row is None:
        raise EventNotWaiting(module=module, sequence=sequence)
    return _waiting(dict(row), uow.hooks)


def _waiting(row: dict[str, Any], hooks: Hooks) -> WaitingEvent:
    body = msgspec.json.decode(row.pop("body"))
    declared = hooks.event_types.get(row["type"])
    hidden = {"type", "event_id"} | (declared.PERSONAL if declared else set(body))
    fields = {name: value for name, value in body.items() if name not in hidden}
    return WaitingEvent(**row, fields=fields)
