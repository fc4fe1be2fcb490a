"""Execution by month of a line's control rows, as of the event that the module was last told of."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from zhuji_core.events.status import read_progress
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

MODULE = "budget"

MONTHS = sa.text("""
    SELECT m.month_key, sum(m.certified_ntd)::bigint AS certified_ntd,
           sum(m.released_ntd)::bigint AS released_ntd, sum(m.documents)::integer AS documents
      FROM budget.execution_month AS m
     WHERE m.control_row_id = ANY(:ids)
     GROUP BY m.month_key
     ORDER BY m.month_key
     LIMIT 200
""")


class ExecutedMonth(Value, frozen=True, kw_only=True):
    """What one month certified and released, whole NT dollars; ``month_key`` 10503 is 105-03.

    ``documents`` counts certifications and releases.
    """

    month_key: int
    certified_ntd: int
    released_ntd: int
    documents: int

    @property
    def net_ntd(self) -> int:
        return self.certified_ntd - self.released_ntd


class Execution(Value, frozen=True, kw_only=True):
    """The months, and up to which event they are true: ``behind`` events are still to come."""

    months: tuple[ExecutedMonth, ...]
    as_of_event: int
    behind: int


def execution(uow: UnitOfWork, control_row_ids: Sequence[uuid.UUID]) -> Execution:
    """Return execution by month of these rows together; the caller has asked for the right."""
    rows = uow.connection.execute(MONTHS, {"ids": list(control_row_ids)}).mappings()
    progress = read_progress(uow.connection, module=MODULE)
    return Execution(
        months=tuple(ExecutedMonth(**row) for row in rows),
        as_of_event=progress.as_of_event,
        behind=progress.behind,
    )
