"""Who recorded what of the council's decisions, when and why: the newest first, row by row."""

from __future__ import annotations

import datetime as dt
import uuid

import msgspec
import sqlalchemy as sa

from zhuji_budget.domain.council_record import Decision, DecisionChange
from zhuji_budget.domain.schedule import Side
from zhuji_budget.queries.council import own_agencies
from zhuji_budget.queries.years import read_year
from zhuji_budget.store.council_records import last_no
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# By key: the recording and the place in it.
CHANGES = sa.text("""
    SELECT c.record_no, w.place, c.side, c.reason, c.actor_name, c.recorded_at, w.change
      FROM budget.council_record AS c
     CROSS JOIN LATERAL jsonb_array_elements(c.changes) WITH ORDINALITY AS w (change, place)
     WHERE c.fiscal_year = :fiscal_year
       AND (c.record_no < :record_no OR (c.record_no = :record_no AND w.place > :place))
       AND (CAST(:line_id AS text) IS NULL OR w.change ->> 'line_id' = :line_id)
       AND (CAST(:agencies AS text[]) IS NULL
            OR w.change ->> 'agency_code' = ANY(CAST(:agencies AS text[])))
     ORDER BY c.record_no DESC, w.place
     LIMIT :limit
""")
NEWEST = 2**31 - 1


class RecordKey(Value, frozen=True, kw_only=True):
    """Where the list goes on: after this change."""

    record_no: int = NEWEST
    place: int = 0


class CouncilRecordRow(Value, frozen=True, kw_only=True):
    """One row of the bill that a recording decided otherwise than before."""

    record_no: int
    place: int
    side: str
    reason: str
    actor_name: str
    recorded_at: dt.datetime
    row_id: uuid.UUID
    line_id: uuid.UUID | None
    label: str
    account: str
    before: Decision
    after: Decision

    @property
    def key(self) -> RecordKey:
        return RecordKey(record_no=self.record_no, place=self.place)


def council_records(
    uow: UnitOfWork,
    fiscal_year: int,
    *,
    line_id: uuid.UUID | None = None,
    after: RecordKey | None = None,
    limit: int = 100,
) -> list[CouncilRecordRow]:
    """Return what recordings changed, of the lines that the actor may read or of one of them.

    Raises Forbidden or YearNotFound.
    """
    read_year(uow, fiscal_year)
    key = after or RecordKey()
    rows = uow.connection.execute(
        CHANGES,
        {
            "fiscal_year": fiscal_year,
            "record_no": key.record_no,
            "place": key.place,
            "line_id": None if line_id is None else str(line_id),
            "limit": limit,
            **own_agencies(uow),
        },
    )
    return [_row(row) for row in rows]


def _row(row: sa.Row[tuple[object, ...]]) -> CouncilRecordRow:
    change = msgspec.convert(row.change, DecisionChange, strict=False)
    return CouncilRecordRow(
        record_no=row.record_no,
        place=row.place,
        side=row.side,
        reason=row.reason,
        actor_name=row.actor_name,
        recorded_at=row.recorded_at,
        row_id=change.row_id,
        line_id=change.line_id,
        label=change.label,
        account=change.account,
        before=change.before,
        after=change.after,
    )


def last_record_no(
    uow: UnitOfWork, fiscal_year: int, side: Side, *, line_id: uuid.UUID | None = None
) -> int:
    """Return the number of the last recording of a side, or of one line; 0: none."""
    return last_no(uow, fiscal_year=fiscal_year, side=side, line_id=line_id)
