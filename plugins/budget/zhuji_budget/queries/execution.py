"""Execution by month of a line's control rows, as of the event that the module was last told of."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from zhuji_budget.store.execution import FOLLOWED_TYPES
from zhuji_core.events.status import read_progress
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

MODULE = "budget"

# Certified and released money follows events; what was spent and advanced stands with the movement.
MONTHS = sa.text("""
    SELECT x.month_key, sum(x.certified_ntd)::bigint AS certified_ntd,
           sum(x.released_ntd)::bigint AS released_ntd, sum(x.documents)::integer AS documents,
           sum(x.realised_ntd)::bigint AS realised_ntd,
           sum(x.advanced_ntd)::bigint AS advanced_ntd
      FROM (SELECT m.month_key, m.certified_ntd, m.released_ntd, m.documents,
                   0 AS realised_ntd, 0 AS advanced_ntd
              FROM budget.execution_month AS m
             WHERE m.control_row_id = ANY(:ids)
             UNION ALL
            SELECT m.month_key, 0, 0, 0, m.spent_ntd + m.settled_ntd - m.recovered_ntd,
                   m.advanced_ntd - m.settled_ntd - m.returned_ntd
              FROM budget.realised_month AS m
             WHERE m.control_row_id = ANY(:ids)) AS x
     GROUP BY x.month_key
     ORDER BY x.month_key
     LIMIT 200
""")


class ExecutedMonth(Value, frozen=True, kw_only=True):
    """What one month certified and released, whole NT dollars; ``month_key`` 10503 is 105-03.

    ``documents`` counts certifications and releases. ``realised_ntd`` (實現數) is spent and settled
    less recovered, ``advanced_ntd`` advanced less settled and returned: below zero in a month that
    takes more back than it gives.
    """

    month_key: int
    certified_ntd: int
    released_ntd: int
    documents: int
    realised_ntd: int = 0
    advanced_ntd: int = 0

    @property
    def net_ntd(self) -> int:
        return self.certified_ntd - self.released_ntd


class Execution(Value, frozen=True, kw_only=True):
    """The months, and up to which event they are true: ``behind`` events are still to come.

    What was realised and advanced waits for no event.
    """

    months: tuple[ExecutedMonth, ...]
    as_of_event: int
    behind: int


def execution(uow: UnitOfWork, control_row_ids: Sequence[uuid.UUID]) -> Execution:
    """Return execution by month of these rows together; the caller has asked for the right."""
    rows = uow.connection.execute(MONTHS, {"ids": list(control_row_ids)}).mappings()
    progress = read_progress(uow.connection, module=MODULE, types=FOLLOWED_TYPES)
    return Execution(
        months=tuple(ExecutedMonth(**row) for row in rows),
        as_of_event=progress.as_of_event,
        behind=progress.behind,
    )
