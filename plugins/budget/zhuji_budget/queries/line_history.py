"""How a line came to be what it is: its estimates, the council, and documents of changes.

Documents that took no effect (drafts, returned, withdrawn, reversed) are told with their reason.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from zhuji_budget.permissions import READ_CHANGES, READ_ESTIMATES
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# Each version of the estimate that had the line, by the primary keys of both tables.
ESTIMATED = sa.text("""
    SELECT e.estimate_id, v.version_no, v.stage, v.recorded_at, v.actor_name, v.reason,
           COALESCE((SELECT sum((i.item ->> 'amount_ntd')::bigint)
                       FROM jsonb_array_elements(l.line -> 'items') AS i (item)), 0)::bigint
               AS asked_ntd,
           COALESCE((SELECT sum((i.item ->> 'cut_ntd')::bigint)
                       FROM jsonb_array_elements(l.line -> 'items') AS i (item)), 0)::bigint
               AS cut_ntd
      FROM budget.estimate AS e
      JOIN budget.estimate_version AS v USING (estimate_id)
     CROSS JOIN LATERAL jsonb_array_elements(v.items) AS l (line)
     WHERE e.fiscal_year = :fiscal_year AND e.agency_code = :agency_code
       AND l.line ->> 'code' = :code AND l.line ->> 'side' = 'expenditure'
     ORDER BY v.version_no DESC
     LIMIT 50
""")
DECIDED = sa.text("""
    SELECT c.control_row_id, c.cut_ntd, c.frozen_ntd, c.condition
      FROM budget.council_change AS c
     WHERE c.control_row_id = ANY(:ids)
     ORDER BY c.control_row_id
     LIMIT 100
""")
# Documents on rows of the line, and drafts of rows that it has not yet, by change_line_row.
CHANGED = sa.text("""
    SELECT d.document_id, d.kind, d.state, d.change_no, d.agency_code, d.fiscal_year, d.created_at,
           d.posted_on, d.created_by_name, d.agreed_by_name, d.posted_by_name, d.purpose, d.ground,
           d.return_reason, l.control_row_id, l.object_code, l.object_name, l.account,
           sum(l.amount_ntd)::bigint AS amount_ntd
      FROM budget.change_document AS d
      JOIN budget.change_line AS l USING (document_id)
     WHERE d.fiscal_year = :fiscal_year
       AND (l.control_row_id = ANY(:ids)
            OR (l.control_row_id IS NULL AND l.line_code = :code))
     GROUP BY d.document_id, l.control_row_id, l.object_code, l.object_name, l.account
     ORDER BY d.created_at DESC, d.document_id DESC, l.object_code, l.account
     LIMIT 200
""")


class EstimatedStep(Value, frozen=True, kw_only=True):
    """What the line was in one version of its agency's estimate, NT dollars."""

    estimate_id: uuid.UUID
    version_no: int
    stage: str
    recorded_at: dt.datetime
    actor_name: str
    reason: str
    asked_ntd: int
    cut_ntd: int


class CouncilDecision(Value, frozen=True, kw_only=True):
    """What the council decided on one control row (議會刪減、凍結、附帶決議)."""

    control_row_id: uuid.UUID
    cut_ntd: int
    frozen_ntd: int
    condition: str


class ChangeStep(Value, frozen=True, kw_only=True):
    """What one document does, or would have done, to one row of the line."""

    document_id: uuid.UUID
    kind: str
    state: str
    change_no: int | None
    agency_code: str
    fiscal_year: int
    created_at: dt.datetime
    posted_on: dt.date | None
    created_by_name: str
    agreed_by_name: str
    posted_by_name: str
    purpose: str
    ground: str
    return_reason: str
    control_row_id: uuid.UUID | None
    object_code: str
    object_name: str
    account: str
    amount_ntd: int


class LineHistory(Value, frozen=True, kw_only=True):
    """All of it, each part newest first."""

    estimated: tuple[EstimatedStep, ...]
    decided: tuple[CouncilDecision, ...]
    changed: tuple[ChangeStep, ...]


def line_history(
    uow: UnitOfWork, *, fiscal_year: int, agency_code: str, code: str, ids: Sequence[uuid.UUID]
) -> LineHistory:
    """Return the history of a line; the caller has asked for the right to read the line.

    Estimates and documents are of those who may read them in this agency, else empty.
    """
    asked = {
        "fiscal_year": fiscal_year,
        "agency_code": agency_code,
        "code": code,
        "ids": list(ids),
    }
    ask, may = uow.connection.execute, uow.actor.may
    estimated = may(READ_ESTIMATES, agency_code=agency_code)
    changed = may(READ_CHANGES, agency_code=agency_code)
    return LineHistory(
        estimated=tuple(EstimatedStep(**row) for row in ask(ESTIMATED, asked).mappings())
        if estimated
        else (),
        decided=tuple(CouncilDecision(**row) for row in ask(DECIDED, asked).mappings()),
        changed=tuple(ChangeStep(**row) for row in ask(CHANGED, asked).mappings())
        if changed
        else (),
    )
